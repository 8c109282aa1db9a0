"""Activations against their formulas, in the tails and at their kinks."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.backend import dtype_name

FORMULAS = {
    "relu": (nn.relu, lambda x: max(x, 0.0)),
    "leaky_relu": (nn.activation("leaky_relu"), lambda x: x if x > 0 else 0.2 * x),
    "tanh": (nn.tanh, math.tanh),
    "sigmoid": (nn.sigmoid, lambda x: 1 / (1 + math.exp(-x))),
    "softplus": (nn.softplus, lambda x: math.log1p(math.exp(x))),
    "elu": (nn.elu, lambda x: x if x > 0 else math.expm1(x)),
    "identity": (nn.identity, lambda x: x),
}
X = np.array([-30.0, -2.5, -1e-9, 0.0, 1e-9, 0.7, 30.0])


@pytest.mark.parametrize("name", FORMULAS)
def test_values_and_the_two_ways_to_call(name):
    layer, formula = FORMULAS[name]
    assert nn.activation(name).name == layer.name and nn.activation(layer) is layer
    expected = [formula(x) for x in X]
    x = mnp.asarray(X)
    assert_allclose(mg.to_numpy(layer(x)), expected, rtol=1e-14)
    init, apply = layer
    assert init(None, (None, 7)) is None and layer.output_shape((2, 7)) == (2, 7)
    assert_array_equal(mg.to_numpy(apply(None, x, train=True)), mg.to_numpy(layer(x)))
    single = layer(mnp.asarray(X, dtype="float32"))
    assert dtype_name(single.dtype) == "float32"
    assert_allclose(mg.to_numpy(single), expected, rtol=1e-6)


@pytest.mark.parametrize("name", FORMULAS)
def test_derivatives_to_second_order_away_from_the_kink(name):
    layer, _ = FORMULAS[name]
    mg.check_grads(layer, (mnp.asarray([-3.0, -0.5, 0.4, 2.0]),))


@pytest.mark.parametrize(
    ("layer", "slope"), [(nn.relu, 0.0), (nn.leaky_relu(0.1), 0.1), (nn.leaky_relu(1.0), 1.0), (nn.elu, 1.0)]
)
def test_derivative_at_the_kink_in_both_modes(layer, slope):
    zero = mnp.asarray(0.0)
    assert float(mg.grad(layer)(zero)) == slope
    assert float(mg.jvp(layer, (zero,), (mnp.asarray(1.0),))[1]) == slope


@pytest.mark.parametrize("name", FORMULAS)
def test_far_out_there_is_neither_overflow_nor_a_lost_nan(name):
    layer, _ = FORMULAS[name]
    x = mnp.asarray([-1e4, 1e4])
    with np.errstate(over="raise", invalid="raise"):
        assert np.all(np.isfinite(mg.to_numpy(layer(x))))
        assert np.all(np.isfinite(mg.to_numpy(mg.grad(lambda x: mnp.sum(layer(x)))(x))))
    assert np.isnan(float(layer(mnp.asarray(mnp.nan))))


def test_a_function_becomes_a_layer():
    layer = nn.activation(mnp.cos)
    assert isinstance(layer, nn.Layer)
    assert_allclose(
        mg.to_numpy(nn.sequential(layer, layer).apply((None, None), mnp.asarray(X))),
        np.cos(np.cos(X)),
        rtol=1e-14,
    )
    assert repr(nn.activation(lambda x: x)) == "<lambda>"


@pytest.mark.parametrize("slope", [-0.1, 1.5, float("nan"), "0.2", np.ones(2)])
def test_slopes_outside_the_unit_interval_are_refused(slope):
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        nn.leaky_relu(slope)
