"""Kinds of faults that drawn calls found, each with its siblings."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(3)
A = RNG.standard_normal((3, 4))

OF_ONE_AXIS = """
    sum mean var std prod max min median nanmean nanmedian ptp average cumsum cumprod sort argsort flip
    squeeze expand_dims diff unstack softmax logsumexp any all argmax count_nonzero nansum nanmax nanvar
"""
WITH_AXES = {
    **{name: lambda x, axis, name=name: getattr(mnp, name)(x, axis=axis) for name in OF_ONE_AXIS.split()},
    "take": lambda x, axis: mnp.take(x, [0], axis=axis),
    "take_along_axis": lambda x, axis: mnp.take_along_axis(x, np.zeros((1, 1), int), axis),
    "compress": lambda x, axis: mnp.compress([True], x, axis=axis),
    "repeat": lambda x, axis: mnp.repeat(x, 2, axis),
    "split": lambda x, axis: mnp.split(x, 1, axis),
    "array_split": lambda x, axis: mnp.array_split(x, 2, axis),
    "roll": lambda x, axis: mnp.roll(x, 1, axis),
    "rollaxis": lambda x, axis: mnp.rollaxis(x, axis),
    "swapaxes": lambda x, axis: mnp.swapaxes(x, axis, 0),
    "moveaxis": lambda x, axis: mnp.moveaxis(x, axis, 0),
    "gradient": lambda x, axis: mnp.gradient(x, axis=axis),
    "trapezoid": lambda x, axis: mnp.trapezoid(x, np.arange(3.0), axis=axis),
    "cumulative_sum": lambda x, axis: mnp.cumulative_sum(x, axis=axis),
    "quantile": lambda x, axis: mnp.quantile(x, 0.5, axis=axis),
    "norm": lambda x, axis: mnp.linalg.norm(x, axis=axis),
    "vector_norm": lambda x, axis: mnp.linalg.vector_norm(x, axis=axis),
    "fft": lambda x, axis: mnp.fft.fft(x, axis=axis),
    "fftn": lambda x, axis: mnp.fft.fftn(x, axes=(axis,)),
    "tensordot": lambda x, axis: mnp.tensordot(x, x, axes=([axis], [0])),
}


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("axis", [4, -5])
@pytest.mark.parametrize("name", WITH_AXES)
def test_an_axis_that_is_not_there(name, axis):
    with pytest.raises((ValueError, IndexError)) as plain:
        WITH_AXES[name](A, axis)
    for traced in (lambda f: mg.vjp(f, A), lambda f: mg.jvp(f, (A,), (A,)), lambda f: mg.compile(f)(A)):
        with pytest.raises((ValueError, IndexError)) as found:
            traced(lambda x: WITH_AXES[name](x, axis))
        assert "bounds" in str(found.value) or type(found.value) is type(plain.value)


SIGNS = {
    "pad": lambda x: mnp.pad(x, 1),
    "diag": mnp.diag,
    "diagflat, above": lambda x: mnp.diagflat(x, 1),
    "diagflat, below": lambda x: mnp.diagflat(x, -2),
    "nanmin": mnp.nanmin,
    "pull through a slice": lambda x: mg.vjp(lambda y: y[1:], mnp.zeros(3))[1](x)[0],
}


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("name", SIGNS)
def test_a_negative_zero_stays_one(name):
    x, f = np.array([-0.0, -0.0]), SIGNS[name]
    for found in (mg.jvp(f, (x,), (x,))[0], mg.compile(f)(x)):
        assert np.sum(np.signbit(found)) == (1 if name == "nanmin" else 2)


def test_python_s_complex_numbers_follow_arrays_in_compiled_code(on_numpy):
    for f in (lambda x: x + 1j, lambda x: x * (2.0 - 1j), lambda x: mnp.where(x == 1.0, 1j, x)):
        for dtype in ("float32", "complex64", "float64"):
            x = np.array([1.0, 2.0], dtype)
            assert mg.compile(f)(x).dtype == f(x).dtype
            np.testing.assert_array_equal(mg.compile(f)(x), f(x))


def test_numpy_s_numbers_keep_their_dtype_when_they_are_returned(on_numpy):
    numbers = (np.int32(3), np.float32(2.5), np.uint8(7), np.bool_(True))
    for found, number in zip(mg.compile(lambda x: (numbers, x))(np.ones(2))[0], numbers):
        assert (found.dtype, found) == (number.dtype, number)


@pytest.mark.parametrize("initial", [np.inf, -np.inf, np.float64(np.inf)])
def test_infinities_among_static_arguments_are_written_down(initial, on_numpy):
    f = lambda x: (mnp.max(x, initial=initial), mnp.min(x, axis=0, initial=initial))
    for found, expected in zip(mg.compile(f)(A), f(A)):
        np.testing.assert_array_equal(found, expected)


def test_the_sign_of_a_complex_determinant_turns():
    offset = mnp.asarray(RNG.standard_normal((3, 3)) + 1j * RNG.standard_normal((3, 3)))

    def parts(x):
        sign, logabsdet = mnp.linalg.slogdet(offset + 1j * x)
        return mnp.real(sign) * mnp.imag(sign) + logabsdet, mnp.real(sign)

    mg.check_grads(parts, (mnp.asarray(A[:, :3]),))


def test_tangents_of_eigenvectors_are_as_narrow_as_they(on_numpy):
    a = np.float32(A[:, :3] + A[:, :3].T)
    for tangent in mg.jvp(lambda a: tuple(mnp.linalg.eigh(a)), (a,), (a,))[1]:
        assert tangent.dtype == np.float32


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("shape", [(0, 0), (2, 0, 0)])
@pytest.mark.parametrize("name", ["det", "slogdet", "eigh", "eigvalsh", "inv", "matrix_rank", "svdvals"])
def test_matrices_of_no_rows(name, shape):
    a = np.zeros(shape)
    f = lambda a: mg.tree_map(mnp.asarray, getattr(mnp.linalg, name)(a))
    y, pullback = mg.vjp(f, a)
    assert pullback(y)[0].shape == shape
    again = mg.vjp(lambda a: mg.vjp(f, a)[1](y)[0], a)[1]
    assert again(a)[0].shape == shape


def test_numbers_follow_arrays_where_they_are_joined(on_numpy):
    half = np.float16([1.0])
    joined = {
        "concatenate": lambda x: mnp.concatenate([2, x], axis=None),
        "select": lambda x: mnp.select([x > 0.0], [x], -2.5),
        "choose": lambda x: mnp.choose(np.array([0]), [x, 0, 1.5]),
    }
    for f in joined.values():
        assert mg.vjp(f, half)[0].dtype == f(half).dtype == np.float16


def test_ends_of_a_polygon():
    x, xp, fp = (mnp.asarray(part) for part in ([-1.0, 0.5, 9.0], [0.0, 1.0, 2.0], [3.0, 5.0, 4.0]))
    found = mnp.interp(x, xp, fp, left=-7.0, right=8.0)
    np.testing.assert_array_equal(mg.to_numpy(found), [-7.0, 4.0, 8.0])
    moved = mg.jvp(lambda fp: mnp.interp(x, xp, fp, left=-7.0), (fp,), (mnp.ones(3),))[1]
    np.testing.assert_array_equal(mg.to_numpy(moved), [0.0, 1.0, 1.0])


@pytest.mark.parametrize("name", ["erf", "erfc", "gammaln", "digamma", "i0", "fabs", "rint", "sigmoid"])
def test_special_functions_of_integers_are_floats(name):
    f = getattr(mnp, name)
    found = f(mnp.asarray([1, 2], dtype="int64"))
    np.testing.assert_allclose(mg.to_numpy(found), mg.to_numpy(f(mnp.asarray([1.0, 2.0]))), rtol=1e-15)


def test_quantiles_of_nan_are_nan():
    x = mnp.asarray([[1.0, np.nan, 2.0], [3.0, 1.0, 2.0]])
    np.testing.assert_array_equal(mg.to_numpy(mnp.quantile(x, 0.5, axis=1)), [np.nan, 2.0])


def test_a_number_beside_a_list_is_weak():
    """NumPy's: a list is an array, a number beside it takes the others' dtype."""
    low = np.array(-1.0, "float16")
    found = mg.vjp(lambda low: mnp.clip([True, False, False], low, -0.5), low)[0]
    assert found.dtype == np.clip([True, False, False], low, -0.5).dtype == np.float16
    narrow = np.array([1.0, 2.0], "float32")
    assert mg.vjp(lambda x: mnp.where([True, False], x, 0.5), narrow)[0].dtype == np.float32


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda x: mnp.squeeze(x, axis=[0]), "a tuple of them, and was given the list"),
        (lambda x: mnp.rollaxis(x, 0, start=1.0), "start was 1.0"),
        (lambda x: mnp.cumulative_prod(x, axis=(0,), include_initial=True), r"along one axis, and was to go along \(0,\)"),
        (lambda x: mnp.cumulative_sum(x, axis=1.5), "along one axis, and was to go along 1.5"),
    ],
)
def test_axes_that_are_none_are_refused_by_name(call, told):
    with pytest.raises(TypeError, match=told):
        mg.vjp(call, np.ones((1, 3)))


def test_quantiles_of_truth_values_have_a_derivative_in_their_shares():
    """Constant between jumps: 0, where the difference of two truth values was asked for."""
    shares = np.array([0.5, 0.75])

    def loss(q):
        return mnp.sum(1.0 * mnp.percentile(np.array([[False], [True]]), q, method="higher"))

    np.testing.assert_array_equal(mg.grad(loss)(shares), 0.0)


@pytest.mark.usefixtures("on_numpy")
def test_what_numpy_refuses_by_its_dtype_is_refused_traced():
    places = np.array([0.0, 1.0, 3.0, 4.0])
    steps = lambda x: mnp.gradient(np.array([True, False, True, False]), x)
    for call in (lambda: steps(places), lambda: mg.vjp(steps, places)):
        with pytest.raises(TypeError, match="bool"):
            call()
    for name in ("nanmean", "nanvar", "nanstd"):
        for mask in (True, A > 0.0):
            with pytest.raises(TypeError):
                mg.vjp(lambda x, name=name, mask=mask: getattr(mnp, name)(x, dtype="int64", where=mask), A)


@pytest.mark.usefixtures("on_numpy")
def test_a_traced_trace_is_added_up_as_numpys():
    """In float16 the order of additions is seen; over drawn layouts."""
    for seed in range(40):
        x = np.asarray(np.random.default_rng(seed).standard_normal((4, 3, 4)), "float16", order="F")
        for how in ({}, {"offset": -1}, {"axis1": 1, "axis2": 2}):
            value, pullback = mg.vjp(lambda x, how=how: mnp.trace(x, **how), x)
            plain = np.trace(x, **how)
            assert value.dtype == plain.dtype and value.tobytes() == plain.tobytes()
            mask = np.broadcast_to(np.eye(4, 3, how["offset"])[:, :, None], x.shape) if "offset" in how else None
            if mask is not None:
                np.testing.assert_array_equal(pullback(np.ones_like(plain))[0], mask)


def test_numbers_of_python_and_widths_of_other_kinds():
    x = mnp.asarray([[1.0, 2.0]])
    np.testing.assert_array_equal(mg.to_numpy(mnp.dot(x, -1)), [[-1.0, -2.0]])
    np.testing.assert_array_equal(mg.to_numpy(mnp.dot(2, x)), [[2.0, 4.0]])
    widths = ((mnp.asarray(1), np.int64(0)), (0, 2))
    np.testing.assert_array_equal(mg.to_numpy(mnp.pad(x, widths)), [[0.0] * 4, [1.0, 2.0, 0.0, 0.0]])


def test_exp2_of_complex_infinities_multiplies_no_infinity_by_zero():
    z = np.array([np.inf + 0.75j, -np.inf + 1.0j, 0.5 - 0.25j])
    found = mg.to_numpy(mnp.exp2(mnp.asarray(z)))
    np.testing.assert_allclose(found, np.exp2(z), rtol=1e-13)


def test_nan_may_be_replaced_by_an_infinity():
    x = np.array([np.nan, np.inf, -np.inf, 2.0])
    for nan, posinf, neginf in ((np.inf, 1.0, None), (-np.inf, np.inf, 0.5), (0.0, -np.inf, np.inf)):
        how = {"nan": nan, "posinf": posinf, "neginf": neginf}
        found, pullback = mg.vjp(lambda x, how=how: mnp.nan_to_num(x, **how), mnp.asarray(x))
        np.testing.assert_array_equal(mg.to_numpy(found), np.nan_to_num(x, **how))
        np.testing.assert_array_equal(mg.to_numpy(pullback(mnp.ones(4))[0]), [0.0, 0.0, 0.0, 1.0])


@pytest.mark.usefixtures("on_numpy")
def test_dtypes_that_are_asked_for_and_truth_values_that_are_sorted():
    x = np.array(-2.5)
    value, _ = mg.vjp(lambda x: mnp.cumulative_sum(x, axis=-1, dtype="int64", include_initial=True), x)
    assert value.dtype == "int64" and value.tolist() == [0, -2]
    bits = np.array([[False, True, False], [True, False, False]])
    quantile, pullback = mg.vjp(lambda q: mnp.nanpercentile(bits, q, method="higher"), np.array([30.0, 80.0]))
    assert quantile.tolist() == np.nanpercentile(bits, [30.0, 80.0], method="higher").tolist()
    assert pullback(np.ones(2))[0].tolist() == [0.0, 0.0]
    for name in ("nanvar", "nanstd"):  # the mean is rounded to the dtype, what it is taken from is not
        f = lambda x, name=name: getattr(mnp, name)(x, dtype="float32", where=A > 1.0)
        assert mg.vjp(f, A)[0] == pytest.approx(f(A), rel=1e-6) and f(A).dtype == np.float32


def test_norms_of_integer_matrices_are_floats():
    x = mnp.asarray([[-2, 1], [0, 3]], dtype="int8")
    for order in ("fro", "nuc", 1, -1, 2, -2, float("inf"), -float("inf")):
        found = mg.to_numpy(mnp.linalg.matrix_norm(x, ord=order))
        assert found.dtype.kind == "f" and found == pytest.approx(np.linalg.norm([[-2, 1], [0, 3]], order))


@pytest.mark.parametrize("dtype", ["float32", "float64", "int64"])
@pytest.mark.parametrize("name", ["add", "multiply", "power", "maximum", "subtract"])
def test_numbers_alone_are_computed_in_the_dtype_that_is_asked_for(name, dtype):
    found = getattr(mnp, name)(2, 3, dtype=dtype)
    assert mg.backend.dtype_name(found.dtype) == dtype
    assert float(found) == getattr(np, name)(2, 3, dtype=dtype)


def test_fmod_of_infinities():
    x, y = np.meshgrid([np.nan, np.inf, -np.inf, 3.0, -1.0], [0.5, np.inf, -np.inf, np.nan, -2.0])
    with np.errstate(invalid="ignore"):
        stated = np.fmod(x, y)
    np.testing.assert_array_equal(mg.to_numpy(mnp.fmod(mnp.asarray(x), mnp.asarray(y))), stated)


@pytest.mark.usefixtures("on_numpy")
def test_axes_and_places_that_do_not_fit_one_another():
    row = A[0]
    for call in (
        lambda x: mnp.gradient(x, row, axis=()),
        lambda x: mnp.gradient(np.outer(row, row), x),
    ):
        for how in (lambda f: f(row), lambda f: mg.vjp(f, row)):
            with pytest.raises(TypeError):
                how(call)
    steps = mg.vjp(lambda h: mnp.gradient(np.outer(row, row), h)[1], 0.5)[0]
    np.testing.assert_array_equal(steps, np.gradient(np.outer(row, row), 0.5)[1])


PARTS = np.array([-np.inf, -0.0, 1.5, np.inf, np.nan])
OF_ALL_PARTS = (np.stack([*np.meshgrid(PARTS, PARTS)], axis=-1)).view("complex128")[..., 0]
PUT_TOGETHER = {
    "nan by inf": (lambda xp, z: xp.nan_to_num(z, nan=np.inf), (0, 1, 2, 3)),
    "inf by nan": (lambda xp, z: xp.nan_to_num(z, posinf=np.nan, neginf=-np.inf), (0, 1, 2, 3)),
    "rounded": (lambda xp, z: xp.round(z, 1), (0, 1, 2, 3, 4)),
}


@pytest.mark.parametrize("dtype", ["complex64", "complex128"])
@pytest.mark.parametrize("name", PUT_TOGETHER)
def test_an_infinite_or_unknown_part_leaves_the_other_alone(name, dtype):
    f, z = PUT_TOGETHER[name][0], OF_ALL_PARTS.astype(dtype)
    expected = f(np, z)
    of_ours, z = (lambda z: f(mnp, z)), mnp.asarray(z)
    for found in (of_ours(z), mg.jvp(of_ours, (z,), (z,))[0], mg.compile(of_ours)(z)):
        assert mg.to_numpy(found).dtype == dtype
        for part in ("real", "imag"):
            np.testing.assert_array_equal(getattr(mg.to_numpy(found), part), getattr(expected, part))


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("nan", [np.float64(2.0), np.array(3.0), np.array([3.0]), True])
def test_what_nan_becomes_is_of_the_array_s_dtype(nan):
    for dtype in ("float16", "float32", "complex64"):
        x = np.array([np.nan, 1.0], dtype)
        found = mg.vjp(lambda x: mnp.nan_to_num(x, nan=nan), x)[0]
        assert found.dtype == dtype and found.tolist() == np.nan_to_num(x, nan=nan).tolist()


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("nan", [None, 1j, np.complex64(1.0)])
def test_nan_becomes_a_real_number_alone(nan):
    for x in (np.ones(2), np.ones(2, "complex64")):
        for call in (lambda x: mnp.nan_to_num(x, nan=nan), lambda x: mg.vjp(lambda x: mnp.nan_to_num(x, nan=nan), x)):
            with pytest.raises(TypeError):
                call(x)


def test_an_infinite_tangent_of_an_imaginary_part_moves_it_alone():
    z, moved = mnp.asarray([1.0 + 2.0j]), mnp.asarray([complex(3.0, np.inf)])
    assert mg.to_numpy(mg.jvp(mnp.imag, (z,), (moved,))[1]).tolist() == [np.inf]
    assert mg.to_numpy(mg.jvp(mnp.imag, (z,), (mnp.asarray([complex(np.inf, 4.0)]),))[1]).tolist() == [4.0]


@pytest.mark.parametrize("weights", [[1.0, 2.0], [[1.0], [2.0]]])
def test_logsumexp_takes_lists_beside_one_number(weights):
    for a in (0.5, mnp.asarray(0.5), [0.5, 0.5]):
        expected = 0.5 + np.log(3.0 if np.shape(weights) == (2,) or np.ndim(a) == 0 else 6.0)
        assert float(mnp.logsumexp(a, b=weights)) == pytest.approx(expected, rel=1e-15)


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("name", ["norm", "vector_norm"])
def test_norms_take_the_axes_that_numpy_s_take(name):
    numpys, ours = getattr(np.linalg, name), getattr(mnp.linalg, name)
    for axis in (1.0, -1.0, np.float32(0.0), np.array(1.0), np.int8(1), True, "a", [0], (0, 1.0), ()):
        for keepdims in (False, True):
            for order in (2, 1, 3, np.inf):
                how = {"axis": axis, "keepdims": keepdims, "ord": order}
                try:
                    expected = numpys(A, **how)
                except (TypeError, ValueError) as error:
                    with pytest.raises(type(error)):
                        mg.vjp(lambda x, how=how: ours(x, **how), A)
                else:
                    np.testing.assert_allclose(mg.vjp(lambda x, how=how: ours(x, **how), A)[0], expected, rtol=1e-15)


@pytest.mark.parametrize("ddof", [0, 1])
@pytest.mark.parametrize("name", ["mean", "var", "std", "nanmean", "nanvar", "nanstd"])
def test_moments_in_a_narrower_dtype_round_the_mean_alone(name, ddof):
    """Of numbers near one another the squares are those of what the mean lost, on the stand-in too."""
    how = {"dtype": "float32", **({} if name.endswith("mean") else {"ddof": ddof})}
    for x in (100.0 + A, 100.0 + A[:2, 0], 0.1 + 0.0 * A):
        found = mg.to_numpy(getattr(mnp, name)(mnp.asarray(x), **how))
        np.testing.assert_allclose(found, getattr(np, name)(x, **how), rtol=1e-6)
        assert found.dtype == np.float32


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("name", ["cov", "corrcoef"])
def test_covariances_of_columns_are_added_up_as_numpy_s_compiled_too(name):
    for seed in range(5):
        x, y = np.random.default_rng(seed).standard_normal((2, 4, 4))
        f = lambda x, y, name=name: getattr(mnp, name)(x, y, rowvar=False)
        for found in (mg.compile(f)(x, y), mg.vjp(f, x, y)[0]):
            np.testing.assert_array_equal(found, getattr(np, name)(x, y, rowvar=False))


def test_what_the_standard_has_not_is_of_numpy_s_sign_and_dtype():
    x = np.array([-1.5, -0.0, 0.0, 2.0])
    np.testing.assert_array_equal(mg.to_numpy(mnp.spacing(mnp.asarray(x))), np.spacing(x))
    zeros = mg.to_numpy(mnp.poly(mnp.asarray([3, -1])))
    assert zeros.dtype == "float64" and zeros.tolist() == [1.0, -2.0, -3.0]
    for call in ((1, 3), (mnp.asarray([-2, 0, 2]), mnp.asarray([5, 5, 5]))):
        assert mg.to_numpy(mnp.heaviside(*call)).dtype == "float64"
    for call in ((mnp.asarray([False, True]), 3), (3, mnp.asarray([False, True]))):  # a whole number is no truth value
        expected = np.heaviside(*(mg.to_numpy(one) if hasattr(one, "dtype") else one for one in call))
        np.testing.assert_array_equal(mg.to_numpy(mnp.heaviside(*call)), expected)


def test_a_table_of_shares_over_several_axes_is_refused():
    """NumPy's nanquantile (not its quantile) puts the axes of the shares between the others there."""
    x, q = mnp.zeros((3, 3, 1)), mnp.asarray([[0.5], [0.75]])
    for f in (mnp.nanquantile, lambda x, q, axis: mnp.nanpercentile(x, 100.0 * q, axis)):
        with pytest.raises(ValueError, match="give the shares as a vector"):
            mg.vjp(lambda x, f=f: f(x, q, axis=(0, 2)), x)
        assert mg.vjp(lambda x, f=f: f(x, mnp.ravel(q), axis=(0, 2)), x)[0].shape == (2, 3)
        assert mg.vjp(lambda x, f=f: f(x, q, axis=(1,)), x)[0].shape == (2, 1, 3, 1)


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("name", ["norm", "vector_norm"])
def test_norms_of_one_row_are_rounded_as_numpy_s_kept_or_not(name):
    for seed in range(30):
        x = np.random.default_rng(seed).standard_normal(1 + seed % 3).astype("float32")
        for order in (3, -2, 2.5):
            for how in ({}, {"axis": 0}, {"axis": (0,)}):
                for keepdims in (False, True):
                    f = lambda xp, x: getattr(xp.linalg, name)(x, ord=order, keepdims=keepdims, **how)  # noqa: B023
                    assert mg.vjp(lambda x, f=f: f(mnp, x), x)[0] == f(np, x)


@pytest.mark.parametrize("dtype", ["uint8", "int8", "int64", "float32", "float64"])
@pytest.mark.parametrize("bound", ["uint8", "int8", "int64", "float32", "float64"])
def test_clipped_arrays_are_in_the_dtype_of_array_and_bounds(dtype, bound):
    """An int8 array above the uint8 bound 253 is 253, which int8 has not."""
    x = np.array([0, 1, 5]).astype(dtype)
    for low, high in ((-3, None), (None, 2), (253, None), (1, 2)):
        given = [None if end is None else np.array(end).astype(bound) for end in (low, high)]
        expected = np.clip(x, *given)
        found = mg.to_numpy(mnp.clip(mnp.asarray(x), *(None if end is None else mnp.asarray(end) for end in given)))
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)


@pytest.mark.usefixtures("on_numpy")
def test_complex_numbers_of_python_beside_traced_arrays():
    z = np.array([0.5 - 0.25j, -0.125 + 1.0j])
    np.testing.assert_array_equal(
        mg.vjp(lambda z: mnp.float_power(z, complex(np.nan, -np.inf)), z)[0], np.float_power(z, complex(np.nan, -np.inf))
    )
    value, pullback = mg.vjp(lambda high: mnp.clip(1.5 - 0.5j, -0.5, high), np.array(2.0))
    assert value == 1.5 - 0.5j and pullback(value)[0] == 0.0
    value, pullback = mg.vjp(lambda low: mnp.clip(1.5 - 0.5j, low, 3.0), np.array(2.0))
    assert value == 2.0 and pullback(np.ones_like(value))[0] == 1.0


@pytest.mark.parametrize("name", ["cov", "corrcoef"])
def test_of_no_variables_the_others_are_not_looked_at(name):
    """NumPy returns before it joins the second array to the first; so does what is traced and compiled."""
    x, y = np.zeros((1, 0)), np.zeros((1, 0))
    f = lambda x: getattr(mnp, name)(x, mnp.asarray(y), rowvar=False)
    for found in (f(mnp.asarray(x)), mg.vjp(f, mnp.asarray(x))[0], mg.compile(f)(mnp.asarray(x))):
        assert mg.to_numpy(found).shape == (0, 0)
    assert mg.to_numpy(mg.vjp(f, mnp.asarray(x))[1](f(mnp.asarray(x)))[0]).shape == (1, 0)


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_a_chosen_number_of_python_keeps_its_digits(dtype, on_numpy):
    """Beside a narrow array it is what `numpy.choose` makes of it, an array of its own width."""
    number, places = 2.0 + 0.7959387253844694j, np.array([2, 0, 1])
    f = lambda x, y: mnp.choose(places, [x, y, number])
    x, y = np.array(-2.0), np.array(0.5, dtype)
    for found in (f(x, y), mg.vjp(f, x, y)[0], mg.compile(f)(x, y)):
        assert found[0] == number


@pytest.mark.parametrize("number", [1, 1.0])
def test_a_clipped_number_of_python_has_its_own_width(number, on_numpy):
    high = np.array([-1.0], "float32")
    f = lambda high: mnp.clip(number, 3, high)
    for found in (f(high), mg.vjp(f, high)[0], mg.compile(f)(high)):
        assert found.dtype == np.clip(number, 3, high).dtype == "float64"
