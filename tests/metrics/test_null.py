"""The law of a metric under the null hypothesis."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan.numpy as mnp
from minigan.metrics import Null, null_distribution


def normals(rng, n):
    return rng.standard_normal((n, 1))


def test_one_sample_and_two():
    one = null_distribution(mnp.mean, normals, 50, repetitions=400)
    two = null_distribution(lambda x, y: mnp.mean(x) - mnp.mean(y), normals, 50, 20, repetitions=400)
    assert_allclose(one.deviation, math.sqrt(1 / 50), rtol=0.15)
    assert_allclose(two.deviation, math.sqrt(1 / 50 + 1 / 20), rtol=0.15)
    assert abs(two.mean) < 4.0 * two.deviation / 20.0
    assert (np.diff(one.values) >= 0).all()


def test_seeds():
    a, b, c = (null_distribution(mnp.mean, normals, 5, repetitions=3, rng=seed).values for seed in (0, 0, 1))
    assert (a == b).all() and (a != c).any()


def test_what_is_read_off():
    null = Null(np.arange(99.0))
    assert null.p_value(1000.0) == 0.01 and null.p_value(-1.0) == 1.0 and null.p_value(98.0) == 0.02
    assert null.quantile(0.5) == 49.0 and null.mean == 49.0
    assert_allclose(null.quantile([0.0, 1.0]), [0.0, 98.0])
    assert "99 values" in repr(null)


@pytest.mark.parametrize("seed", range(3))
def test_p_values_are_uniform_under_the_null(seed):
    draws = np.random.default_rng(seed).standard_normal((300, 20))
    p = [Null(np.sort(row[1:])).p_value(row[0]) for row in draws]
    assert abs(np.mean(np.asarray(p) <= 0.25) - 0.25) < 4.0 * math.sqrt(0.25 * 0.75 / 300)


@pytest.mark.parametrize(
    "n, against, repetitions", [(0, None, 3), (3, 0, 3), (3, None, 0), (3, None, 1), (2.0, None, 3)]
)
def test_refused(n, against, repetitions):
    with pytest.raises(ValueError, match=r"(n|against) must be a positive|repetitions must be an integer of at least 2"):
        null_distribution(lambda *x: 0.0, normals, n, against, repetitions=repetitions)


def test_a_metric_that_is_not_finite():
    with pytest.raises(ValueError, match="not finite on samples of the data"):
        null_distribution(lambda x: math.nan, normals, 3, repetitions=2)
