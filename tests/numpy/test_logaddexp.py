"""logaddexp of long arrays, whose functions have vectors: NumPy's values, edges and slopes, against mpmath."""

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import minigan as mg
import minigan.numpy as mnp
from minigan import choosing

INF = np.inf
LENGTH = choosing.LONG_ENOUGH
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


def long(values, dtype):
    return mnp.asarray(np.resize(np.asarray(values, dtype), LENGTH))


def both(f, *args):
    """The eager and the compiled results."""
    return [[mg.to_numpy(leaf) for leaf in mg.tree_leaves(g(*args))] for g in (f, mg.compile(f))]


PAIRS = [(x, y) for x in (0.0, -0.7, 3.0, -40.0, 88.0, -1e4, 1e-9) for y in (0.0, 0.31, -2.5, 41.0, -87.0, 1e4, -1e-20)]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_and_slopes_to_units_in_the_last_place(dtype):
    """Two units of the larger of value and arguments; of a slope four, and half of one for each unit of x - y."""
    x, y = (long([pair[i] for pair in PAIRS], dtype) for i in range(2))
    eps, tiny = mpf(float(np.finfo(dtype).eps)), mpf(float(np.finfo(dtype).tiny))
    for out, *slopes in both(lambda x, y: (mnp.logaddexp(x, y), mg.vjp(mnp.logaddexp, x, y)[1](mnp.ones_like(x))), x, y):
        assert out.dtype == dtype
        for i in range(len(PAIRS)):
            a, b = (mpf(float(mg.to_numpy(part)[i])) for part in (x, y))
            exact = max(a, b) + mpmath.log1p(mpmath.exp(-abs(a - b)))
            assert abs(mpf(float(out[i])) - exact) <= 2 * eps * max(abs(exact), abs(a), abs(b)) + tiny
            for slope, d in ((slopes[0], a - b), (slopes[1], b - a)):
                weight = 1 / (1 + mpmath.exp(-d))
                assert abs(mpf(float(slope[i])) - weight) <= eps * (4 + abs(d) / 2) * weight + tiny


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_values_to_the_base_two(dtype):
    x, y = (long([pair[i] for pair in PAIRS], dtype) for i in range(2))
    eps, tiny = mpf(float(np.finfo(dtype).eps)), mpf(float(np.finfo(dtype).tiny))
    for (out,) in both(mnp.logaddexp2, x, y):
        assert out.dtype == dtype
        for i in range(len(PAIRS)):
            a, b = (mpf(float(mg.to_numpy(part)[i])) for part in (x, y))
            exact = max(a, b) + mpmath.log1p(mpf(2) ** -abs(a - b)) / mpmath.log(2)
            assert abs(mpf(float(out[i])) - exact) <= 3 * eps * max(abs(exact), abs(a), abs(b)) + tiny


EDGES = [(a, b) for a in (INF, -INF, np.nan, 0.0, -0.0, 1e308) for b in (INF, -INF, np.nan, 0.0, -1e308)]


@pytest.mark.parametrize("f", [mnp.logaddexp, mnp.logaddexp2], ids=["base e", "base 2"])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_edges_are_those_of_short_arrays(dtype, f):
    """Infinities that are equal, opposite or alone, NaN, zeros; differences beyond the range."""
    slopes = lambda x, y: (f(x, y), mg.vjp(f, x, y)[1](mnp.ones_like(x)))
    x, y = (long([pair[i] for pair in EDGES], dtype) for i in range(2))
    short = (mnp.asarray(np.asarray([pair[i] for pair in EDGES], dtype)) for i in range(2))
    expected = [mg.to_numpy(leaf) for leaf in mg.tree_leaves(slopes(*short))]
    for found in both(slopes, x, y):
        for part, exact in zip(found, expected, strict=True):
            np.testing.assert_allclose(part[: len(EDGES)], exact, rtol=1e-6)


@pytest.mark.parametrize("number", [0.0, -3, INF, -INF])
def test_numbers_beside_arrays(number):
    """A number is weak, whatever it is; NumPy's own value, and slopes that sum to one."""
    x = np.resize(np.asarray([0.5, -2.0, 0.0, INF, -INF], np.float32), LENGTH)
    expected = np.logaddexp(x, np.float32(number))
    for found in both(lambda x: (mnp.logaddexp(x, number), mnp.logaddexp(number, x)), mnp.asarray(x)):
        for part in found:
            assert part.dtype == np.float32
            np.testing.assert_allclose(part, expected, rtol=1e-6)
    for (slope,) in both(lambda x: mg.vjp(lambda x: mnp.logaddexp(x, number), x)[1](mnp.ones_like(x))[0], mnp.asarray(x)):
        finite = np.isfinite(x) & np.isfinite(number)
        np.testing.assert_allclose(slope[finite], np.exp(x - expected)[finite], rtol=1e-5)
        assert set(slope[:5].tolist()) <= {0.0, 0.5, 1.0} or np.isfinite(number)


def test_second_derivatives_at_ties():
    """d^2/dx^2 log(e^x + e^y) = s (1 - s), a quarter where x = y."""
    x = long([0.0, 1.5], "float64")
    second = mg.grad(lambda x: mnp.sum(mg.vjp(lambda x: mnp.logaddexp(x, 0.0), x)[1](mnp.ones_like(x))[0]))
    for (found,) in both(second, x):
        np.testing.assert_allclose(found[:2], [0.25, np.exp(1.5) / (1 + np.exp(1.5)) ** 2], rtol=1e-14)
