"""Derivatives of what was missing among NumPy's names, to second order, compiled, and on every library."""

import mpmath
import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(11)
A, B = RNG.standard_normal((3, 4)), RNG.standard_normal((3, 4))
V, W = RNG.standard_normal(6), RNG.standard_normal(4)
CUBE = RNG.standard_normal((2, 3, 4))
SQUARE = RNG.standard_normal((3, 3))
TRIANGLE = np.triu(SQUARE) + np.diag([1.0, 4.0, 7.0])
MAP = RNG.standard_normal((6, 6)) + 3.0 * np.eye(6)
HOLES = np.array([[1.0, np.nan, -2.0, 0.5], [0.25, np.nan, 3.0, 1.5], [0.75, 2.0, -1.0, 4.0]])
PLACES = np.array([0, 2, 2, 1])


def places():
    return mnp.asarray(PLACES)


def eigenpairs(a):
    """In the order of the eigenvalues, without the vectors' signs."""
    w, v = mnp.linalg.eig(a)
    order = mnp.argsort(w)
    return mnp.take(w, order) ** 2, mnp.square(mnp.take(v, order, 1))


FUNCTIONS = {
    "partition": (lambda a: mnp.partition(a, 1, axis=1) ** 2, A),
    "partition at several": (lambda v: mnp.partition(v, (1, 4)) ** 2, V),
    "sort_complex": (lambda v: mnp.real(mnp.sort_complex(v)) ** 2, V),
    "insert": (lambda a, b: mnp.insert(a, [0, 2], b, 1) ** 2, A, B[:, :2]),
    "insert one": (lambda a, w: mnp.insert(a, 1, w, 0) ** 2, A, W),
    "insert, flat": (lambda a, w: mnp.insert(a, 5, w) ** 2, A, W),
    "delete": (lambda a: mnp.delete(a, 1, 0) ** 2, A),
    "append": (lambda a, b: mnp.append(a, b, 1) ** 2, A, B),
    "trim": (lambda v: mnp.append(v, 0.0) ** 2, V),
    "r_": (lambda v, w: mnp.r_[v, 0.5, 1:3, w] ** 2, V, W),
    "r_ by rows": (lambda a, w: mnp.r_["0,2", a, w] ** 2, A, W),
    "c_": (lambda v, w: mnp.c_[v, mnp.cos(w)] ** 2, V[:4], W),
    "ldexp": (lambda a: mnp.ldexp(a, places()) ** 2, A),
    "frexp": (lambda a: mnp.frexp(a)[0] ** 2, A),
    "modf": (lambda a: mnp.modf(a)[0] ** 2, 5.0 * A),
    "divmod": (lambda a, b: mnp.divmod(a, b)[1] ** 2, 5.0 + np.abs(A), 1.0 + np.abs(B)),
    "i0": (lambda a: mnp.i0(a), A),
    "kaiser": (lambda b: mnp.kaiser(6, b), np.array(2.5)),
    "unwrap": (lambda v: mnp.unwrap(v) ** 2, 5.0 * V),
    "unwrap by a period": (lambda v, p: mnp.unwrap(v, period=p) ** 2, 5.0 * V, np.array(2.3)),
    "geomspace": (lambda a, b: mnp.geomspace(a, b, 5), np.abs(W) + 0.5, np.abs(V[:4]) + 2.0),
    "geomspace, falling": (lambda a: mnp.geomspace(a, -7.0, 4), np.array(-2.0)),
    "matvec": (lambda a, w: mnp.matvec(a, w), CUBE, W),
    "vecmat": (lambda v, a: mnp.vecmat(v, a), V[:3], CUBE),
    "nanquantile": (lambda a: mnp.nanquantile(a, 0.3, axis=1) ** 2, A),
    "nanpercentile": (lambda a: mnp.nanpercentile(a, mnp.asarray([20.0, 75.0])) ** 2, A),
    "piecewise": (lambda a: mnp.piecewise(a, [a < 0.0, a > 0.5], [mnp.exp, mnp.square, lambda a: a**3]), A),
    "apply_along_axis": (lambda a: mnp.apply_along_axis(lambda v: mnp.cumsum(v) * v[0, ...], 1, a), A),
    "apply_over_axes": (lambda a: mnp.apply_over_axes(lambda a, i: mnp.sum(a**2, i), a, (0, 2)), CUBE),
    "extract": (lambda a: mnp.extract(mnp.asarray(A > 0.0), a) ** 2, A),
    "vander": (lambda v: mnp.vander(v, 4), V),
    "polyval": (lambda w, a: mnp.polyval(w, a), W, A),
    "polyadd": (lambda v, w: mnp.polyadd(v, w) ** 2, V, W),
    "polysub": (lambda v, w: mnp.polysub(v, w) ** 2, V, W),
    "polymul": (lambda v, w: mnp.polymul(v, w), V, W),
    "polydiv": (lambda v, w: mnp.polydiv(v, w + 3.0), V, W),
    "polyder": (lambda v: mnp.polyder(v, 2) ** 2, V),
    "polyint": (lambda v, w: mnp.polyint(v, 2, w) ** 2, V, W[:2]),
    "polyfit": (lambda v, w: mnp.polyfit(v, w, 2), V, RNG.standard_normal(6)),
    "polyfit with weights": (lambda v, w, u: mnp.polyfit(v, w, 1, w=u), W, V[:4], np.abs(A[0]) + 0.5),
    "roots": (lambda v: mnp.sort(mnp.roots(v)), np.array([1.0, -6.0, 11.0, -6.0])),
    "poly": (lambda v: mnp.poly(v), W),
    "bincount": (lambda w: mnp.bincount(places(), w, 5) ** 2, W),
    "histogram": (lambda b: mnp.histogram(mnp.asarray(A), 4, weights=b)[0] ** 2, B),
    "histogram's edges": (lambda a: mnp.histogram(a, 4, density=True), A),
    "eig": (eigenpairs, TRIANGLE),
    "eigvals": (lambda a: mnp.sort(mnp.linalg.eigvals(a)) ** 2, TRIANGLE),
    "lstsq, tall": (lambda a, b: [mnp.linalg.lstsq(a, b)[i] for i in (0, 1, 3)], A.T, W),
    "lstsq, wide": (lambda a, b: [mnp.linalg.lstsq(a, b)[i] for i in (0, 3)], A, SQUARE),
    "tensorsolve": (lambda a, b: mnp.linalg.tensorsolve(mnp.reshape(a, (2, 3, 6)), b), MAP, V.reshape(2, 3)),
    "tensorinv": (lambda a: mnp.linalg.tensorinv(mnp.reshape(a, (2, 3, 6))), MAP),
    "matrix_power": (lambda a: mnp.linalg.matrix_power(a, -3), TRIANGLE),
    "fftfreq": (lambda d: mnp.fft.fftfreq(5, d), np.array(0.7)),
}  # fmt: skip
BY_VALUE = {"polymul", "polydiv", "roots", "trim"}  # a shape that only a run has


@pytest.mark.parametrize("name", FUNCTIONS)
def test_derivatives_to_second_order(name):
    f, *values = FUNCTIONS[name]
    mg.check_grads(f, tuple(map(mnp.asarray, values)))


@pytest.mark.parametrize("name", [name for name in FUNCTIONS if name not in BY_VALUE])
def test_compiled_values_and_gradients_are_the_plain_ones(name):
    f, *values = FUNCTIONS[name]
    values = tuple(map(mnp.asarray, values))

    def loss(*values):
        return mnp.sum(mnp.stack([mnp.sum(leaf * mnp.cos(leaf)) for leaf in mg.tree_leaves(f(*values))]))

    places = tuple(range(len(values)))
    expected = mg.value_and_grad(loss, argnums=places)(*values)
    found = mg.compile(mg.value_and_grad(loss, argnums=places))(*values)
    for a, b in zip(mg.tree_leaves(found), mg.tree_leaves(expected)):
        np.testing.assert_allclose(mg.to_numpy(a), mg.to_numpy(b), rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("name", ["nanquantile", "nanpercentile"])
def test_quantiles_leave_nan_out(name):
    """The gradient of the others is that of the function without NaN; of NaN itself it is 0."""
    share = 0.3 if name == "nanquantile" else 30.0
    f = getattr(mnp, name)
    g = mg.to_numpy(mg.grad(lambda a: mnp.sum(f(a, share, axis=1)))(mnp.asarray(HOLES)))
    for row, line in zip(HOLES, g):
        there = ~np.isnan(row)
        plain = mg.grad(lambda a: mnp.quantile(a, 0.3))(mnp.asarray(row[there]))
        np.testing.assert_allclose(line[there], mg.to_numpy(plain), rtol=1e-12)
        np.testing.assert_array_equal(line[~there], 0.0)
    empty = mnp.asarray([[np.nan, np.nan], [1.0, np.nan]])
    np.testing.assert_array_equal(mg.to_numpy(mg.jvp(lambda a: f(a, share, axis=1), (empty,), (empty,))[0]), [np.nan, 1.0])


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("kth", [0, 57, 299, (3, 150), (299, 0, 41)])
def test_the_derivative_of_a_partition_is_the_library_s_own_permutation(kth):
    """Of many numbers, with ties, where the order within the parts is the algorithm's."""
    for values in (RNG.standard_normal(300), RNG.integers(0, 9, 300).astype(float)):
        found, moved = mg.jvp(lambda x: mnp.partition(x, kth), (values,), (np.arange(300.0),))
        np.testing.assert_array_equal(found, np.partition(values, kth))
        np.testing.assert_array_equal(values[moved.astype(int)], found)
        assert sorted(moved) == list(range(300))


def test_weights_are_never_dropped():
    """They were: bincount and histogram of a traced array were computed from its value, weights too."""
    w = mnp.asarray(W)
    np.testing.assert_array_equal(
        mg.to_numpy(mg.grad(lambda w: mnp.sum(mnp.bincount(places(), w) * mnp.asarray([1.0, 10.0, 100.0])))(w)),
        [1.0, 100.0, 100.0, 10.0],
    )
    x = mnp.asarray([0.1, 0.6, 0.7, 1.0])
    np.testing.assert_array_equal(
        mg.to_numpy(mg.grad(lambda w: mnp.histogram(x, 2, (0.0, 1.0), weights=w)[0][1])(w)), [0.0, 1.0, 1.0, 1.0]
    )


def test_edges_of_bins_for_equal_numbers():
    """Half a unit to each side; the extremes, tied, share the derivative."""
    x = mnp.asarray([1.0, 1.0])
    edges, pullback = mg.vjp(lambda x: mnp.histogram_bin_edges(x, 2), x)
    np.testing.assert_array_equal(mg.to_numpy(edges), [0.5, 1.0, 1.5])
    np.testing.assert_array_equal(mg.to_numpy(pullback(mnp.asarray([1.0, 10.0, 100.0]))[0]), [55.5, 55.5])


def test_piecewise_never_leaves_a_domain():
    """log and sqrt see no number that is not theirs: their derivatives there would make NaN of 0 times infinity."""
    x = mnp.asarray([-4.0, -1.0, 0.0, 0.25, 9.0])
    f = lambda x: mnp.piecewise(x, [x > 0.0, x < 0.0], [mnp.sqrt, lambda x: mnp.log(-x), 5.0])
    for g in (mg.grad(lambda x: mnp.sum(f(x))), mg.compile(mg.grad(lambda x: mnp.sum(f(x))))):
        np.testing.assert_allclose(mg.to_numpy(g(x)), [-0.25, -1.0, 0.0, 1.0, 1.0 / 6.0])
    with pytest.raises(ValueError, match=r"2 conditions takes as many functions, or one more.*4"):
        mg.grad(lambda x: mnp.sum(mnp.piecewise(x, [x > 0, x < 0], [1.0] * 4)))(x)


def test_eigenvalues_that_are_complex_or_coincide():
    turn = mnp.asarray([[0.0, -2.0], [2.0, 0.0]])
    for f in (lambda a: mnp.linalg.eig(a)[0], mnp.linalg.eigvals):
        with pytest.raises(ValueError, match=r"eigenvalues of this real matrix are complex.*eig\(a.astype\(complex\)\)"):
            mg.grad(lambda a: mnp.sum(f(a)))(turn)  # noqa: B023
        with pytest.raises(ValueError, match=r"no derivative where eigenvalues coincide, as 1\.0 .*eigh for a symmetric"):
            mg.grad(lambda a: mnp.sum(f(a)))(mnp.asarray([[1.0, 1.0], [0.0, 1.0]]))  # noqa: B023
        # of [[0, -b], [c, 0]] they are +- i sqrt(b c): the sum of their moduli is 2 sqrt(b c)
        modulus = lambda a: mnp.sum(mnp.abs(f(mnp.astype(a, "complex128"))))  # noqa: B023
        np.testing.assert_allclose(mg.to_numpy(mg.grad(modulus)(turn)), [[0.0, -1.0], [1.0, 0.0]], atol=1e-14)
        mg.check_grads(modulus, (mnp.asarray(SQUARE),))


def test_eigenvectors_keep_their_length():
    f = lambda a: mnp.sum(mnp.square(mnp.linalg.eig(a)[1]), 0)
    np.testing.assert_allclose(mg.to_numpy(mg.jacobian(f)(mnp.asarray(TRIANGLE))), 0.0, atol=1e-14)


def test_lstsq_of_a_lower_rank():
    """Along matrices of the same rank x moves as the pseudo-inverse does; residuals are not given."""
    left, right, b = RNG.standard_normal((5, 2)), RNG.standard_normal((2, 3)), mnp.asarray(RNG.standard_normal(5))

    def solution(f):
        return lambda left, right: f(mnp.matmul(left, right))

    args = mnp.asarray(left), mnp.asarray(right)
    tangents = mnp.asarray(RNG.standard_normal((5, 2))), mnp.asarray(RNG.standard_normal((2, 3)))
    _, residuals, rank, _ = mnp.linalg.lstsq(mnp.matmul(*args), b)
    assert int(rank) == 2 and residuals.shape == (0,)
    by_lstsq = mg.jvp(solution(lambda a: mnp.linalg.lstsq(a, b)[0]), args, tangents)
    by_pinv = mg.jvp(solution(lambda a: mnp.matmul(mnp.linalg.pinv(a), b)), args, tangents)
    for found, expected in zip(by_lstsq, by_pinv):
        np.testing.assert_allclose(mg.to_numpy(found), mg.to_numpy(expected), rtol=1e-9, atol=1e-12)


def test_r_and_c_are_numpy_s():
    v, w, a = V[:3], np.arange(3.0), SQUARE
    cases = [
        ("r_", (v, 0.0, w)), ("r_", (slice(1, 4), v)), ("r_", (slice(0.0, 1.0, 4j), v)), ("r_", (a, w[None])),
        ("r_", ("0,2", v, w)), ("r_", ("1,2,0", v, w)), ("r_", ("-1", a, a)), ("r_", ("0,3,1", v, w)), ("c_", (v, w)),
        ("c_", (a, v, w)), ("c_", (slice(0, 3), v)), ("r_", (v.astype("f4"), 2.5)), ("r_", (v.astype("f4"), w)),
        ("r_", (v, [7.0, 8.0])),
    ]  # fmt: skip
    with mg.use("numpy"):
        for name, key in cases:
            expected = getattr(np, name)[key]
            i = next(i for i, part in enumerate(key) if part is v or getattr(part, "dtype", None) == "f4" or part is a)

            def f(x, name=name, key=key, i=i):
                return getattr(mnp, name)[(*key[:i], x, *key[i + 1 :])]

            for found in (f(key[i]), mg.vjp(f, key[i])[0], mg.jvp(f, (key[i],), (key[i],))[0], mg.compile(f)(key[i])):
                np.testing.assert_array_equal(found, expected, err_msg=f"{name} {key!r}")
                assert found.dtype == expected.dtype
        with pytest.raises(ValueError, match=r"r_ of traced arrays takes a directive.*'r'"):
            mg.grad(lambda x: mnp.sum(mnp.r_["r", x]))(v)


def test_kaiser_s_window_against_its_definition():
    found = mg.to_numpy(mg.value_and_grad(lambda b: mnp.kaiser(7, b)[1])(mnp.asarray(3.0)))
    with mpmath.workdps(40):
        x = mpmath.sqrt(1 - mpmath.mpf(4) / 9)
        oracle = lambda b: mpmath.besseli(0, b * x) / mpmath.besseli(0, b)
        np.testing.assert_allclose(found, [float(oracle(3)), float(mpmath.diff(oracle, 3))], rtol=1e-13)


@pytest.mark.usefixtures("on_numpy")
def test_questions_of_shapes_and_dtypes_are_answered_in_compiled_functions():
    def f(x):
        assert np.result_type(x, 1.0) == np.float32 and mnp.iscomplexobj(x) is False and np.iterable(x)
        rows, columns = np.triu_indices_from(x)
        return x[rows, columns]

    x = np.arange(9.0, dtype="f4").reshape(3, 3)
    np.testing.assert_array_equal(mg.compile(f)(x), x[np.triu_indices(3)])
    np.testing.assert_array_equal(mg.grad(lambda x: mnp.sum(f(x)))(x), np.triu(np.ones((3, 3))))
