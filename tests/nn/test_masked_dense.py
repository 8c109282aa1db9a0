"""Masked dense layers, and masks that keep an order: what an output sees, read off the derivative, and what is refused."""

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.nn.masked_dense import checked_order, hidden_degrees
from minigan.random import generator

orders = st.integers(2, 9).flatmap(lambda n: st.permutations(range(n)))


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 99))
def test_it_is_a_dense_layer_with_some_weights_at_zero(inputs, outputs, seed):
    rng = np.random.default_rng(seed)
    mask = rng.integers(0, 2, (inputs, outputs))
    layer = nn.masked_dense(mask)
    params = {"weight": mnp.asarray(rng.normal(size=mask.shape)), "bias": mnp.asarray(rng.normal(size=outputs))}
    x = rng.normal(size=(3, inputs))
    weight, bias = (mg.to_numpy(params[key]) for key in ("weight", "bias"))
    stated = np.array([[bias[o] + sum(x[n, i] * weight[i, o] for i in range(inputs) if mask[i, o]) for o in range(outputs)]
                       for n in range(3)])  # fmt: skip
    assert_allclose(mg.to_numpy(layer.apply(params, mnp.asarray(x))), stated, rtol=1e-12, atol=1e-13)
    slope = mg.grad(lambda params: mnp.sum(layer.apply(params, mnp.asarray(x)) ** 2))(params)["weight"]
    assert (mg.to_numpy(slope)[mask == 0] == 0.0).all()
    assert (mg.to_numpy(layer.init(generator(0), (None, inputs))["weight"])[mask == 0] == 0.0).all()
    assert layer.output_shape((7, inputs)) == (7, outputs)


@given(orders, st.lists(st.integers(1, 20), max_size=3))
def test_an_output_is_reached_only_from_what_comes_before(order, widths):
    """The product of the masks counts the paths: none from an input to an output that does not come later."""
    place = np.argsort(order)
    paths = np.linalg.multi_dot([np.eye(len(order)), *nn.autoregressive_masks(order, widths)])
    assert (paths[place[:, None] >= place[None, :]] == 0.0).all()
    if all(width >= len(order) - 1 for width in widths):  # a unit of every degree
        assert (paths[place[:, None] < place[None, :]] > 0.0).all()


@given(orders, st.integers(1, 20))
def test_no_hidden_unit_is_dead(order, width):
    """Every unit sees an input and is seen by an output: that of degree 0 would not be, nor that of degree n."""
    first, last = nn.autoregressive_masks(order, (width,))
    assert (first.sum(0) >= 1.0).all() and (last.sum(1) >= 1.0).all()
    degrees = hidden_degrees(len(order), width)
    assert degrees.min() == 1 and degrees.max() <= len(order) - 1 and (np.diff(degrees) >= 0).all()


def test_a_mask_stays_what_it_was_and_goes_to_other_processes():
    mask = np.eye(3)
    layer = nn.masked_dense(mask, use_bias=False)
    again = pickle.loads(pickle.dumps(layer))
    mask[:] = 0.0
    params = {"weight": mnp.ones((3, 3))}
    for one in (layer, again):
        assert_array_equal(mg.to_numpy(one.apply(params, mnp.asarray([[1.0, 2.0, 3.0]]))), [[1.0, 2.0, 3.0]])


def test_float32_stays_float32():
    layer = nn.masked_dense([[1, 0], [1, 1]])
    params = layer.init(generator(0), (None, 2), "float32")
    assert mg.to_numpy(layer.apply(params, mnp.ones((3, 2), dtype="float32"))).dtype == np.float32


@pytest.mark.parametrize("mask", [[[0.5]], [1, 0], [[]], [["a"]], [[2]], [[np.nan]]])
def test_what_is_no_mask_is_refused(mask):
    with pytest.raises(ValueError, match=r"has the shape \(inputs, outputs\) and holds 0 and 1 alone, and was"):
        nn.masked_dense(mask)


def test_inputs_that_do_not_fit_are_refused():
    layer = nn.masked_dense(np.ones((3, 2)))
    with pytest.raises(ValueError, match=r"a mask for 3 inputs, and was initialised with the shape \(None, 4\)"):
        layer.init(generator(0), (None, 4))
    with pytest.raises(ValueError, match=r"a mask for 3 inputs and its input the shape \(5, 4\)"):
        layer.apply(layer.init(generator(0), (None, 3)), mnp.ones((5, 4)))


@pytest.mark.parametrize(
    "order, told",
    [
        ((0, 0), "0, 0 has 0 twice"),
        ((0, 2), r"permutation of 0 \.\. 1, and 0, 2 has 2"),
        ((1, 2), "has 2"),
        ((0.0, 1.0), r"has 0\.0"),
        ((True, False), "has True"),
        ((-1, 0), "has -1"),
        ((0,), "an order of two variables or more"),
    ],
)
def test_what_is_no_permutation_is_refused(order, told):
    with pytest.raises(ValueError, match=told):
        nn.autoregressive_masks(order, (4,))


def test_orders_of_another_length_are_refused():
    with pytest.raises(
        ValueError, match=r"a permutation of 0 \.\. 9, and 0, 1, 2, 3, 4, 5, 6, 7, \.\.\. has 9 entries"
    ):
        checked_order(range(9), 10)
    with pytest.raises(ValueError, match="the width of a masked layer is a positive integer, and was 0"):
        nn.autoregressive_masks((0, 1), (0,))
