"""Every line of the table of conventions is true; a new line without a check fails here."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.numpy.conventions import CONVENTIONS

pytestmark = pytest.mark.filterwarnings("ignore:divide by zero", "ignore:invalid value")

INF = float("inf")


def derivatives(f, *at):
    """The derivative in each argument, in reverse and in forward mode, which must agree."""
    at = [mnp.asarray(x) for x in at]
    reverse = [mg.to_numpy(g) for g in mg.grad(f, argnums=tuple(range(len(at))))(*at)]
    for i, x in enumerate(at):
        flat = np.eye(int(np.prod(x.shape))).reshape(-1, *x.shape)
        columns = []
        for direction in flat:
            tangents = [mnp.asarray(direction) if j == i else mnp.zeros_like(other) for j, other in enumerate(at)]
            columns.append(float(mg.to_numpy(mg.jvp(f, at, tangents)[1])))
        np.testing.assert_array_equal(np.reshape(columns, x.shape), reverse[i])
    return [g.tolist() for g in reverse]


def value(x):
    return float(mg.to_numpy(x))


def second(f, x):
    return value(mg.grad(mg.grad(f))(mnp.asarray(x)))


def abs_at_0():
    assert derivatives(mnp.abs, 0.0) == [0.0]
    assert derivatives(abs, 0.0) == [0.0]


def piecewise_constant():
    for f in (mnp.sign, mnp.floor, mnp.ceil, mnp.round, mnp.trunc):
        for x in (0.0, 0.3, 1.0):
            assert derivatives(lambda x, f=f: f(x) + 0.0 * x, x) == [0.0]
    assert derivatives(lambda x: mnp.where(x > 0.0, 1.0, 2.0) + 0.0 * x, 0.0) == [0.0]
    assert derivatives(lambda x: mnp.astype(mnp.argmax(x), "float64") + 0.0 * mnp.sum(x), [1.0, 1.0]) == [[0.0, 0.0]]


def equal_pair():
    for f in (mnp.maximum, mnp.minimum):
        assert derivatives(f, 2.0, 2.0) == [0.5, 0.5]
        assert derivatives(lambda x, f=f: f(x, 0.0), 0.0) == [0.5]
        assert derivatives(lambda x, f=f: f(x, x), 3.0) == [1.0]


def tied_extremes():
    assert derivatives(mnp.max, [1.0, 4.0, 4.0, 4.0]) == [[0.0, 1 / 3, 1 / 3, 1 / 3]]
    assert derivatives(mnp.min, [[2.0, 2.0], [3.0, 2.0]]) == [[[1 / 3, 1 / 3], [0.0, 1 / 3]]]
    assert derivatives(lambda x: mnp.sum(mnp.max(x, axis=1)), [[2.0, 2.0], [3.0, 2.0]]) == [[[0.5, 0.5], [1.0, 0.0]]]


def tied_pooling():
    tied = [[1.0, 4.0, 5.0, 0.0], [4.0, 4.0, 5.0, 5.0]]

    def f(x):
        return mnp.sum(mnp.max_pool2d(mnp.reshape(x, (1, 2, 4, 1)), 2))

    assert derivatives(f, tied) == [[[0.0, 1.0, 1.0, 0.0], [0.0, 0.0, 0.0, 0.0]]]


def clip_at_a_bound():
    for x in (-1.0, -2.0):
        assert derivatives(mnp.clip, x, -1.0, 1.0) == [0.0, 1.0, 0.0]
    for x in (1.0, 3.0):
        assert derivatives(mnp.clip, x, -1.0, 1.0) == [0.0, 0.0, 1.0]
    assert derivatives(mnp.clip, 0.5, -1.0, 1.0) == [1.0, 0.0, 0.0]
    assert derivatives(lambda x, low: mnp.clip(x, low, None), 1.0, 1.0) == [0.0, 1.0]
    assert derivatives(lambda x, high: mnp.clip(x, None, high), 1.0, 1.0) == [0.0, 1.0]
    assert derivatives(mnp.clip, 0.5, 0.5, 0.5) == [
        0.0,
        1.0,
        0.0,
    ]  # an interval of one point: the partials sum to 1


def relu_at_0():
    from minigan import nn

    assert derivatives(nn.relu, 0.0) == [0.0]
    assert derivatives(nn.relu, 1.5) == [1.0]


def no_side_of_nan():
    from minigan import nn

    nan = float("nan")
    for f in (mnp.maximum, mnp.minimum):
        assert np.isnan(value(f(mnp.asarray(nan), 1.0))) and np.isnan(value(f(1.0, mnp.asarray(nan))))
        assert derivatives(f, nan, 1.0) == derivatives(f, 1.0, nan) == [0.0, 0.0]
    assert np.isnan(value(mnp.clip(mnp.asarray(nan), -1.0, 1.0))) and derivatives(mnp.clip, nan, -1.0, 1.0) == [0.0] * 3
    assert np.isnan(value(nn.relu(mnp.asarray(nan)))) and derivatives(nn.relu, nan) == [0.0]


def middle_of_nan():
    nan = float("nan")
    for f in (mnp.median, lambda x: mnp.quantile(x, 0.3), lambda x: mnp.quantile(x, 0.0)):
        for line in ([nan, 0.5, 2.0, 1.0], [0.5, INF, nan, -INF]):
            assert np.isnan(value(f(mnp.asarray(line))))
            assert derivatives(f, line) == [[float(np.isnan(x)) for x in line]]
    rows = mnp.asarray([[nan, 1.0], [2.0, 4.0]])
    np.testing.assert_array_equal(mg.to_numpy(mnp.quantile(rows, 0.5, axis=1)), [nan, 3.0])


def norm_at_zero():
    assert derivatives(mnp.linalg.norm, [0.0, 0.0]) == [[0.0, 0.0]]
    assert derivatives(lambda x: mnp.sum(mnp.linalg.norm(x, axis=1)), [[0.0, 0.0], [3.0, 4.0]]) == [
        [[0, 0], [0.6, 0.8]]
    ]


def std_of_equal_numbers():
    assert derivatives(mnp.std, [2.0, 2.0, 2.0]) == [[0.0, 0.0, 0.0]]


def even_functions_of_lengths():
    """h = square, cosh, and one plus the square of the square: every smooth function of |x| is even."""
    at = {"abs": (abs, 0.0, 1.0), "fabs": (mnp.fabs, 0.0, 1.0), "norm": (mnp.linalg.norm, [0.0, 0.0, 0.0], np.eye(3))}
    at["norm along rows"] = (lambda x: mnp.linalg.norm(mnp.reshape(x, (2, 2)), axis=1), [0.0] * 4, np.eye(4))
    at["one row of zeros"] = (lambda x: mnp.linalg.norm(mnp.reshape(x, (2, 2)), axis=1), [0.0, 0.0, 3.0, 4.0], np.eye(4))
    at["std"] = (mnp.std, [2.0, 2.0, 2.0], (np.eye(3) - 1.0 / 3.0) / 3.0)
    for name, (length, x, metric) in at.items():
        for h in (mnp.square, lambda r: r**2, lambda r: r * r, lambda r: 2.0 * mnp.cosh(r), lambda r: 1.0 + r**2 + r**4):
            if name == "one row of zeros" and h is not mnp.square:
                continue  # off zero it is not the square's own
            f = lambda x, h=h, length=length: mnp.sum(h(length(x)))
            x = mnp.asarray(x)
            hessians = [mg.hessian(f)(x)]
            basis = np.eye(int(np.prod(x.shape))).reshape(-1, *x.shape)
            hessians.append(mnp.stack([mg.hvp(f)(x, mnp.asarray(e)) for e in basis]))
            if mg.active().name == "numpy":
                hessians.append(mg.compile(mg.hessian(f))(x))
            for found in hessians:
                np.testing.assert_allclose(np.squeeze(mg.to_numpy(found)), 2.0 * metric, atol=1e-15)
            np.testing.assert_array_equal(np.ravel(mg.to_numpy(mg.grad(f)(x)))[:2], 0.0)


def sqrt_at_0():
    assert derivatives(mnp.sqrt, 0.0) == [INF]


def unguarded_where():
    def f(x):
        return mnp.where(x > 0.0, mnp.sqrt(x), 0.0)

    zero, one = mnp.asarray(0.0), mnp.asarray(1.0)
    assert np.isnan(value(mg.grad(f)(zero)))
    assert value(mg.jvp(f, (zero,), (one,))[1]) == 0.0
    guarded = derivatives(lambda x: mnp.where(x > 0.0, mnp.sqrt(mnp.where(x > 0.0, x, 1.0)), 0.0), 0.0)
    assert guarded == [0.0]


def to_the_power_0():
    assert derivatives(lambda x: x**0, 0.0) == [0.0]
    assert derivatives(lambda x: x**0.0, 0.0) == [0.0]
    assert derivatives(lambda x: mnp.power(x, mnp.zeros_like(x)), 0.0) == [0.0]


def powers_of_0():
    assert derivatives(lambda y: mnp.power(0.0, y), 2.0) == [0.0]
    assert derivatives(mnp.power, 0.0, 2.0) == [0.0, 0.0]
    assert derivatives(lambda x: x**2, 0.0) == [0.0] and second(lambda x: x**2, 0.0) == 2.0
    assert derivatives(lambda x: x**1, 0.0) == [1.0]


def zero_log_zero():
    assert value(mnp.xlogy(mnp.asarray(0.0), mnp.asarray(0.0))) == 0.0
    assert derivatives(lambda y: mnp.xlogy(0.0, y), 0.0) == [0.0]
    assert derivatives(lambda y: mnp.xlogy(0.0, y), 2.0) == [0.0]
    assert np.isnan(value(mnp.xlogy(mnp.asarray(0.0), mnp.asarray(float("nan")))))


def logaddexp_of_nothing():
    assert value(mnp.logaddexp(mnp.asarray(-INF), mnp.asarray(-INF))) == -INF
    assert derivatives(mnp.logaddexp, -INF, -INF) == [0.0, 0.0]
    assert derivatives(mnp.logaddexp, -INF, 1.0) == [0.0, 1.0]


def logsumexp_of_nothing():
    assert value(mnp.logsumexp(mnp.asarray([-INF, -INF]))) == -INF
    assert derivatives(mnp.logsumexp, [-INF, -INF]) == [[0.0, 0.0]]
    assert derivatives(mnp.logsumexp, [-INF, 3.0]) == [[0.0, 1.0]]


def prod_with_zeros():
    assert derivatives(mnp.prod, [0.0, 2.0, 3.0]) == [[6.0, 0.0, 0.0]]
    assert derivatives(mnp.prod, [0.0, 0.0, 3.0]) == [[0.0, 0.0, 0.0]]
    hessian = mg.to_numpy(mg.hessian(mnp.prod)(mnp.asarray([0.0, 0.0, 3.0])))
    np.testing.assert_array_equal(hessian, [[0.0, 3.0, 0.0], [3.0, 0.0, 0.0], [0.0, 0.0, 0.0]])


def sort_with_ties():
    f = lambda x: mnp.sum(mnp.sort(x) * mnp.asarray([1.0, 10.0, 100.0]))
    assert derivatives(f, [2.0, 1.0, 2.0]) == [[10.0, 1.0, 100.0]]
    assert mg.to_numpy(mnp.argsort(mnp.asarray([2.0, 1.0, 2.0, 1.0]))).tolist() == [1, 3, 0, 2]


def eigenspaces():
    """The trace of f(A) depends on eigenvalues alone: its gradient is f'(A), repeated eigenvalues or not."""
    rotation = np.linalg.qr(np.random.default_rng(0).standard_normal((3, 3)))[0]
    for spectrum in ([1.0, 1.0, 1.0], [2.0, 2.0, 0.5], [1.0, 2.0, 3.0]):
        for basis in (np.eye(3), rotation):
            a = basis @ np.diag(spectrum) @ basis.T

            def trace_of_exponential(a):
                w, v = mnp.linalg.eigh(a)
                return mnp.trace((v * mnp.exp(w)) @ mnp.swapaxes(v, 0, 1))

            expected = basis @ np.diag(np.exp(spectrum)) @ basis.T
            found = mg.to_numpy(mg.grad(trace_of_exponential)(mnp.asarray(a)))
            np.testing.assert_allclose(found, expected, rtol=1e-13, atol=1e-13)


def remainder_at_a_multiple():
    assert derivatives(mnp.remainder, 6.0, 2.0) == [1.0, -3.0]


def discrete_results():
    def f(x):
        found = (x > 0.0, mnp.argmax(x), mnp.astype(x, "int64"), mnp.isfinite(x), mnp.argsort(x))
        assert not any(type(part).__name__ == "Tracer" for part in found)
        return mnp.sum(x)

    assert derivatives(f, [1.0, 2.0]) == [[1.0, 1.0]]


def python_numbers():
    x = mnp.asarray([1.0, 2.0], dtype="float32")
    for f in (
        lambda x: 2.0 * x,
        lambda x: x**2,
        lambda x: mnp.maximum(x, 1),
        lambda x: mnp.where(x > 1.0, x, 0.0),
    ):
        y, pullback = mg.vjp(f, x)
        assert mg.backend.dtype_name(y.dtype) == "float32"
        assert mg.backend.dtype_name(pullback(mnp.ones_like(y))[0].dtype) == "float32"


def terms_of_entropies_at_0():
    y = 2.0
    assert derivatives(mnp.entr, 0.0) == [INF]
    for f, slope in ((mnp.rel_entr, 0.0), (mnp.kl_div, 1.0)):
        # each argument by itself: a tangent 0 in x, times -inf, is NaN in forward mode
        assert derivatives(lambda x, f=f: f(x, y), 0.0) == [-INF]
        assert derivatives(lambda y, f=f: f(0.0, y), y) == [slope]
        for first in (0, 1):
            mixed = mg.grad(mg.grad(f, argnums=first), argnums=1 - first)
            assert value(mixed(mnp.asarray(0.0), mnp.asarray(y))) == -1.0 / y


def scaled_bessel_at_0():
    assert derivatives(mnp.i0e, 0.0) == [0.0]


def partition_with_ties():
    """Whatever the library does, the first of equal values in its result is the first of the array's."""
    x = np.random.default_rng(1).integers(0, 3, 60).astype(float)
    out, moved = mg.jvp(lambda x: mnp.partition(x, 30), (mnp.asarray(x),), (mnp.asarray(np.arange(60.0)),))
    out, moved = mg.to_numpy(out), mg.to_numpy(moved)
    for number in range(3):
        np.testing.assert_array_equal(moved[out == number], np.flatnonzero(x == number))


def coinciding_eigenvalues():
    with pytest.raises(ValueError, match="no derivative where eigenvalues coincide"):
        mg.grad(lambda a: mnp.sum(mnp.linalg.eigvals(a)))(mnp.eye(2))
    for f in (lambda a: mnp.linalg.eigvals(a)[0], lambda a: mnp.linalg.eig(a)[1][0, 0] ** 2):
        assert np.all(np.isnan(mg.to_numpy(mg.compile(mg.grad(f))(mnp.eye(2)))))


def symmetric_matrices():
    c = np.array([[1.0, 2.0], [4.0, 8.0]])
    rebuilt = {
        "eigh": lambda w, v: (v * w) @ mnp.matrix_transpose(v),
        "cholesky": lambda factor: factor @ mnp.matrix_transpose(factor),
    }
    for name, back in rebuilt.items():
        decomposed = getattr(mnp.linalg, name)
        for a, right in (
            (np.array([[2.0, 0.1], [0.1, 3.0]]), [[1.0, 3.0], [3.0, 8.0]]),
            (np.array([[2.0, 0.3], [0.1, 3.0]]), [[1.0, 0.0], [6.0, 8.0]]),  # 0.3 is not read
        ):

            def f(a, decomposed=decomposed, back=back):
                parts = decomposed(a)
                return mnp.sum((back(*parts) if isinstance(parts, tuple) else back(parts)) * mnp.asarray(c))

            np.testing.assert_allclose(mg.to_numpy(mg.grad(f)(mnp.asarray(a))), right, rtol=0, atol=1e-13)
    values = mg.to_numpy(mg.grad(lambda a: mnp.sum(mnp.linalg.eigvalsh(a)))(mnp.asarray([[2.0, 1.0], [1.0, 2.0]])))
    np.testing.assert_allclose(values, np.eye(2), rtol=0, atol=1e-14)


CHECKS = {
    "abs at 0": abs_at_0,
    "sign, floor, comparisons, argmax": piecewise_constant,
    "maximum, minimum of equal numbers": equal_pair,
    "max, min over k ties": tied_extremes,
    "max_pool2d over k ties": tied_pooling,
    "clip at a bound, and beyond": clip_at_a_bound,
    "relu at 0": relu_at_0,
    "maximum, minimum, clip, relu of NaN": no_side_of_nan,
    "median, quantile of a line with NaN": middle_of_nan,
    "norm at the zero vector": norm_at_zero,
    "std of equal numbers": std_of_equal_numbers,
    "h(abs x), h(norm x), h(std x) at 0, twice": even_functions_of_lengths,
    "sqrt at 0": sqrt_at_0,
    "where(x > 0, sqrt(x), 0) at 0": unguarded_where,
    "x ** 0 at x = 0": to_the_power_0,
    "0 ** y in y, y > 0": powers_of_0,
    "0 log 0, as xlogy(0, 0)": zero_log_zero,
    "logaddexp(-inf, -inf)": logaddexp_of_nothing,
    "logsumexp of all -inf": logsumexp_of_nothing,
    "prod with zeros": prod_with_zeros,
    "sort, with ties": sort_with_ties,
    "eigh where eigenvalues coincide": eigenspaces,
    "eigh, eigvalsh, cholesky of a symmetric matrix": symmetric_matrices,
    "eig where eigenvalues coincide": coinciding_eigenvalues,
    "entr(0), rel_entr(0, y), kl_div(0, y)": terms_of_entropies_at_0,
    "i0e at 0": scaled_bessel_at_0,
    "partition, with ties": partition_with_ties,
    "remainder at a multiple": remainder_at_a_multiple,
    "an integer or boolean result": discrete_results,
    "a Python number as argument": python_numbers,
}


@pytest.mark.parametrize("convention", CONVENTIONS, ids=lambda c: c.what)
def test_convention(convention):
    assert convention.what in CHECKS, f"the convention {convention.what!r} has no check: add one to CHECKS"
    CHECKS[convention.what]()


def test_no_check_is_left_over():
    assert set(CHECKS) == {convention.what for convention in CONVENTIONS}
