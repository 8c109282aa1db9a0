"""Transport on the line against SciPy and by exact shifts; slices against closed forms; as a loss; refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.stats import wasserstein_distance

import minigan as mg
import minigan.numpy as mnp
from minigan.metrics import null_distribution, sliced_wasserstein, wasserstein_on_the_line
from minigan.random import generator


def number(x):
    return float(mg.to_numpy(x))


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 1000))
def test_the_line_against_scipy(n, m, seed):
    rng = generator(seed)
    x, y = rng.standard_normal((n,)), 2.0 * rng.standard_normal((m,)) + 0.3
    stated = wasserstein_distance(mg.to_numpy(x), mg.to_numpy(y))
    assert_allclose(number(wasserstein_on_the_line(x, y, p=1)), stated, rtol=1e-10, atol=1e-13)
    repeated = wasserstein_on_the_line(mnp.repeat(x, m), mnp.repeat(y, n), p=2)  # as many of each: sorted pairs
    assert_allclose(number(wasserstein_on_the_line(x, y, p=2)), number(repeated), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("p", [1, 1.5, 2, 3])
@pytest.mark.parametrize("d", [1, 2, 5])
def test_a_shift_moves_every_sample_by_itself(p, d):
    rng = generator(0)
    x, a = rng.standard_normal((40, d)), rng.standard_normal((d,))
    found = number(sliced_wasserstein(x, x + a, directions=4000, p=p))
    length = float(np.linalg.norm(mg.to_numpy(a)))
    # E |u_1|^p for u uniform on the sphere
    moment = math.gamma(d / 2) * math.gamma((p + 1) / 2) / (math.gamma((d + p) / 2) * math.sqrt(math.pi))
    assert_allclose(found, length * moment ** (1 / p), rtol=1e-9 if d == 1 else 0.04)
    if p == 2:
        assert_allclose(moment, 1 / d, rtol=1e-12)


def test_between_gaussians_of_different_widths():
    """In every direction W_2 = |s_1 - s_2| = 1.5, so the slices' root mean square is too."""
    rng = generator(0)
    x, y = 0.5 * rng.standard_normal((20_000, 3)), 2.0 * rng.standard_normal((15_000, 3))
    assert_allclose(number(sliced_wasserstein(x, y, directions=64)), 1.5, rtol=0.02)


def test_a_metric_but_for_sampling():
    rng = generator(0)
    x, y = rng.standard_normal((30, 4)), rng.standard_normal((50, 4)) + 1.0
    assert number(sliced_wasserstein(x, x)) == 0.0
    assert_allclose(number(sliced_wasserstein(x, y)), number(sliced_wasserstein(y, x)), rtol=1e-12)
    assert number(sliced_wasserstein(x, y, rng=1)) != number(sliced_wasserstein(x, y, rng=2))
    at_null = null_distribution(
        lambda a, b: sliced_wasserstein(a, b, directions=32), lambda rng, n: rng.standard_normal((n, 4)), 30, 50
    )
    assert at_null.values.min() > 0.0 and at_null.p_value(number(sliced_wasserstein(x, y, directions=32))) < 0.01


@pytest.mark.parametrize("n, m", [(4, 4), (3, 5)])
def test_derivatives(n, m):
    rng = generator(0)
    x, y = rng.standard_normal((n, 2)), rng.standard_normal((m, 2))
    mg.check_grads(lambda x, y: sliced_wasserstein(x, y, directions=3), (x, y), order=1)
    mg.check_grads(lambda x, y: sliced_wasserstein(x, y, directions=3) ** 2, (x, y))


def test_float32_stays():
    x = generator(0).standard_normal((5, 2), dtype="float32")
    for y in (x + 1.0, generator(1).standard_normal((7, 2), dtype="float32")):
        assert mg.to_numpy(sliced_wasserstein(x, y)).dtype == np.float32


@pytest.mark.parametrize(
    "act, message",
    [
        (lambda: sliced_wasserstein(mnp.ones((3, 2)), mnp.ones((3, 3))), "rows of one width"),
        (lambda: sliced_wasserstein(mnp.ones((3,)), mnp.ones((3,))), "rows of one width"),
        (lambda: sliced_wasserstein(mnp.ones((3, 2)), mnp.ones((3, 2)), directions=0), "directions must be a positive"),
        (lambda: sliced_wasserstein(mnp.ones((0, 2)), mnp.ones((3, 2))), "n, m > 0"),
        (lambda: wasserstein_on_the_line(mnp.ones((3,)), mnp.ones((3,)), p=0.5), "at least 1"),
        (lambda: wasserstein_on_the_line(mnp.ones((3, 2)), mnp.ones((3,))), "n, m > 0"),
    ],
)
def test_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
