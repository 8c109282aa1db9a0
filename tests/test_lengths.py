"""sqrt(x^2 + y^2) against mpmath, and at the edges against ``hypot``."""

import mpmath
import numpy as np
import pytest
from mpmath import mpf

import minigan as mg
import minigan.numpy as mnp
from minigan.lengths import LONG_ENOUGH, length

pytestmark = [pytest.mark.usefixtures("on_numpy"), pytest.mark.filterwarnings("ignore::RuntimeWarning")]
WIDTHS = ("float32", "float64")


@pytest.mark.parametrize("dtype", WIDTHS)
def test_lengths_to_one_and_a_half_units(dtype):
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal(1500) * np.exp2(rng.uniform(-30, 30, 1500)) for _ in range(2))
    x, y = x.astype(dtype), y.astype(dtype)
    for second in (y, np.asarray(1.0, dtype)):
        found = length(np, x, second)
        with mpmath.workdps(40):
            exact = [mpmath.hypot(mpf(float(a)), mpf(float(b))) for a, b in np.broadcast(x, second)]
            errors = [abs(mpf(float(f)) - e) / mpf(float(np.spacing(f))) for f, e in zip(found, exact)]
        assert max(errors) <= 1.5
        over = x.copy()
        assert length(np, over, second, out=over) is over and np.array_equal(over, found)


@pytest.mark.parametrize("dtype", WIDTHS)
def test_one_edge_and_all_are_numpys(dtype):
    info = np.finfo(dtype)
    for edge in (0.0, np.inf, np.nan, info.max, info.tiny, info.smallest_subnormal):
        x, y = np.array([1.0, edge, 3.0], dtype), np.array([2.0, edge, 4.0], dtype)
        np.testing.assert_array_equal(length(np, x, y), np.hypot(x, y))


@pytest.mark.parametrize("dtype", WIDTHS)
@pytest.mark.parametrize("f", [mnp.arctan, mnp.arcsinh], ids=["arctan", "arcsinh"])
def test_slopes_that_are_made_of_it(f, dtype):
    x = np.linspace(-9, 9, LONG_ENOUGH).astype(dtype)
    slope = mg.grad(lambda x: mnp.sum(f(x)))
    compiled = mg.compile(slope)
    np.testing.assert_allclose(compiled(x), slope(x), rtol=8 * np.finfo(dtype).eps)
    assert "length(np" in compiled.source
