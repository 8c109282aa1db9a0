"""Dropout keeps the mean, drops at its rate, and is the identity outside training."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.random import generator

N = 50_000


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("rate", [0.1, 0.5, 0.9])
def test_rate_and_mean_within_five_standard_errors(rate, seed):
    """Outputs are 0 or 3 / (1 - rate): variance 9 rate / (1 - rate)."""
    y = mg.to_numpy(nn.dropout(rate).apply(None, mnp.full((N,), 3.0), train=True, rng=generator(seed)))
    assert_allclose(np.unique(y), [0.0, 3.0 / (1.0 - rate)], rtol=1e-15)
    assert abs(np.mean(y == 0.0) - rate) < 5 * math.sqrt(rate * (1 - rate) / N)
    assert abs(y.mean() - 3.0) < 5 * 3.0 * math.sqrt(rate / (1 - rate) / N)


def test_outside_training_and_at_rate_zero_it_is_the_identity():
    x = mnp.ones((3, 2))
    assert nn.dropout(0.5).apply(None, x) is x
    assert nn.dropout(0.5).apply(None, x, rng=generator(0)) is x
    assert nn.dropout(0.0).apply(None, x, train=True) is x


def test_every_element_has_its_own_mask_and_every_call_too():
    rng = generator(0)
    a, b = (mg.to_numpy(nn.dropout(0.5).apply(None, mnp.ones((8, 8)), train=True, rng=rng)) for _ in range(2))
    assert np.any(a != b)
    assert len({tuple(row) for row in a}) > 1 and len({tuple(column) for column in a.T}) > 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_it_asks_for_numbers_as_wide_as_its_input(dtype):
    y = mg.to_numpy(nn.dropout(0.3).apply(None, mnp.ones((40, 5), dtype=dtype), train=True, rng=generator(3)))
    kept = mg.to_numpy(generator(3).uniform((40, 5), dtype=dtype)) >= 0.3
    assert y.dtype == dtype
    assert_array_equal(y != 0.0, kept)


def test_derivative_is_the_mask():
    x = generator(1).standard_normal((6, 4))

    def f(x):
        return nn.dropout(0.3).apply(None, x, train=True, rng=generator(0))

    mg.check_grads(f, (x,))
    mask = mg.to_numpy(f(mnp.ones((6, 4))))
    assert_array_equal(mg.to_numpy(mg.grad(lambda x: mnp.sum(f(x)))(x)), mask)


@pytest.mark.parametrize("rate", [-0.1, 1.0, float("nan")])
def test_other_rates_are_refused(rate):
    with pytest.raises(ValueError, match="probability to drop"):
        nn.dropout(rate)


def test_training_without_a_generator_is_refused_with_the_line_to_write():
    with pytest.raises(ValueError, match=r"train=True, rng=rng"):
        nn.sequential(nn.dropout(0.5)).apply((None,), mnp.ones(3), train=True)
