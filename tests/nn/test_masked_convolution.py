"""Masked convolutions: against loops, what each kind of window sees, and what is refused."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.nn.masked_convolution import KINDS, seen_places
from minigan.random import generator
from reference.belief_nets import masked_convolution

SEES = {
    "before": lambda i, j: (i, j) < (0, 0),
    "before or here": lambda i, j: (i, j) <= (0, 0),
    "above": lambda i, j: i < 0,
    "above or level": lambda i, j: i <= 0,
    "left": lambda i, j: i == 0 and j < 0,
    "left or here": lambda i, j: i == 0 and j <= 0,
}
sides = st.sampled_from([1, 3, 5])
kinds = pytest.mark.parametrize("kind", KINDS)


@kinds
@given(sides, sides, st.integers(0, 99))
def test_it_is_a_convolution_by_loops(kind, height, width, seed):
    if not nn.window_mask((height, width), kind).any():
        return
    rng = np.random.default_rng(seed)
    layer = nn.masked_conv2d(2, (height, width), kind)
    w, b, x = rng.normal(size=(height, width, 3, 2)), rng.normal(size=2), rng.normal(size=(2, 4, 3, 3))
    params = {"weight": mnp.asarray(w), "bias": mnp.asarray(b)}
    stated = [masked_convolution(one, w, b, SEES[kind]) for one in x]
    assert_allclose(mg.to_numpy(layer.apply(params, mnp.asarray(x))), stated, rtol=1e-11, atol=1e-12)
    assert layer.output_shape((2, 4, 3, 3)) == (2, 4, 3, 2)


@kinds
def test_weights_that_are_not_seen_start_at_zero_and_stay(kind):
    layer, rng = nn.masked_conv2d(2, 3, kind), generator(0)
    params = layer.init(rng, (None, 4, 4, 1))
    unseen = nn.window_mask(3, kind) == 0.0
    slope = mg.grad(lambda params: mnp.sum(layer.apply(params, rng.standard_normal((2, 4, 4, 1))) ** 2))(params)
    for leaf in (params["weight"], slope["weight"]):
        assert (mg.to_numpy(leaf)[unseen] == 0.0).all() and (mg.to_numpy(leaf)[~unseen] != 0.0).all()


def test_the_first_weights_are_scaled_to_what_is_seen():
    """With 5 of 9 places seen, the variance of a sum over them is that of He's initialiser: 2 / (5 channels)."""
    layer = nn.masked_conv2d(400, 3, "before or here")
    weight = mg.to_numpy(layer.init(generator(0), (None, 8, 8, 50))["weight"])
    seen = weight[nn.window_mask(3, "before or here") == 1.0]
    assert_allclose(seen.var(), 2.0 / (5 * 50), rtol=0.02)
    ones = nn.masked_conv2d(2, 3, "before", nn.constant(1.0)).init(generator(0), (None, 4, 4, 1))["weight"]
    assert_array_equal(mg.to_numpy(ones)[0], 1.0)


def test_places_are_in_the_order_of_rows():
    assert seen_places((3, 3), "before or here") == [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 0)]
    assert seen_places((1, 3), "left") == [(0, -1)]
    for kind in KINDS:
        assert seen_places(5, kind) == sorted(seen_places(5, kind))


def test_it_goes_to_other_processes():
    layer = nn.masked_conv2d(2, 3, "above", use_bias=False)
    again = pickle.loads(pickle.dumps(layer))
    params, x = layer.init(generator(0), (None, 4, 4, 1)), mnp.ones((1, 4, 4, 1))
    assert_array_equal(mg.to_numpy(again.apply(params, x)), mg.to_numpy(layer.apply(params, x)))
    assert repr(layer) == "masked_conv2d(2, 3x3, above)" and set(params) == {"weight"}


@pytest.mark.parametrize(
    "how, told",
    [
        ((2, 4, "before"), "has a centre, so its sides are odd, and was"),
        ((2, 3, "befor"), "no kind of mask is called 'befor'; the nearest is 'before'"),
        ((2, 1, "above"), "sees nothing above the centre of a window of 1 x 1: enlarge it"),
        ((0, 3, "before"), "features of masked_conv2d are a positive integer, and were 0"),
        ((2, 0, "before"), "kernel of masked_conv2d is an integer of at least 1"),
    ],
)
def test_what_is_no_masked_convolution_is_refused(how, told):
    with pytest.raises(ValueError, match=told):
        nn.masked_conv2d(*how)


def test_what_is_no_image_is_refused():
    with pytest.raises(ValueError, match="batch axis first and channels last"):
        nn.masked_conv2d(2, 3, "before").init(generator(0), (None, 16))
