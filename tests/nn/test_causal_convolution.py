"""The causal convolution against sums written out, and what its Jacobian says of the order of places."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.random import generator


def by_loops(x, weight, bias, dilation):
    n, places, _ = x.shape
    y = np.zeros((n, places, weight.shape[2])) + bias
    for t in range(places):
        for k in range(len(weight)):
            if t - k * dilation >= 0:
                y[:, t] += x[:, t - k * dilation] @ weight[k]
    return y


@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 9), st.integers(0, 99))
def test_it_is_the_sum_over_earlier_places(kernel, dilation, places, seed):
    layer = nn.causal_convolution(3, kernel, dilation, bias=nn.normal(1.0))
    rng = generator(seed)
    params = layer.init(rng, (None, places, 2))
    x = rng.standard_normal((2, places, 2))
    stated = by_loops(mg.to_numpy(x), mg.to_numpy(params["weight"]), mg.to_numpy(params["bias"]), dilation)
    assert_allclose(mg.to_numpy(layer.apply(params, x)), stated, atol=1e-13)
    assert layer.output_shape((2, places, 2)) == (2, places, 3)


def test_no_output_sees_what_comes_later_nor_between_its_taps():
    layer = nn.causal_convolution(1, kernel=3, dilation=2)
    params = layer.init(generator(0), (None, 8, 1))
    slopes = mg.to_numpy(mg.jacobian(lambda x: layer.apply(params, mnp.reshape(x, (1, 8, 1)))[0, :, 0])(mnp.ones(8)))
    seen = np.array([[t - s in (0, 2, 4) for s in range(8)] for t in range(8)])
    assert_array_equal(slopes != 0.0, seen)


def test_sizes_that_do_not_fit_are_refused():
    for wrong in (dict(width=0), dict(width=2, kernel=0), dict(width=2, dilation=-1), dict(width=2.5), dict(width=True)):
        with pytest.raises(ValueError, match="of a causal convolution is a positive integer, and was"):
            nn.causal_convolution(**wrong)
    layer = nn.causal_convolution(2)
    params = layer.init(generator(0), (None, 5, 3))
    with pytest.raises(ValueError, match=r"weights for 3 channels of sequences .* \(4, 5, 2\)"):
        layer.apply(params, mnp.ones((4, 5, 2)))
    with pytest.raises(ValueError, match="weights for 3 channels"):
        layer.apply(params, mnp.ones((5, 3)))
