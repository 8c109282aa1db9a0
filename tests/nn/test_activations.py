"""Activations against their formulas, in the tails and at their kinks."""

import math

import mpmath
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.backend import dtype_name


def logistic(x):
    return 1 / (1 + math.exp(-x)) if x > -700 else 0.0


FORMULAS = {
    "relu": (nn.relu, lambda x: max(x, 0.0)),
    "leaky_relu": (nn.activation("leaky_relu"), lambda x: x if x > 0 else 0.2 * x),
    "tanh": (nn.tanh, math.tanh),
    "sigmoid": (nn.sigmoid, logistic),
    "softplus": (nn.softplus, lambda x: math.log1p(math.exp(x))),
    "elu": (nn.elu, lambda x: x if x > 0 else math.expm1(x)),
    "silu": (nn.silu, lambda x: x * logistic(x)),
    "gelu": (nn.gelu, lambda x: x * math.erfc(-x * math.sqrt(0.5)) / 2),
    "gelu_tanh": (nn.gelu_tanh, lambda x: x * logistic(math.sqrt(8 / math.pi) * (x + 0.044715 * x**3))),
    "identity": (nn.identity, lambda x: x),
}
EVERYWHERE = np.array([-30.0, -2.5, -1e-9, 0.0, 1e-9, 0.7, 30.0])


@pytest.mark.parametrize("name", FORMULAS)
def test_values_and_the_two_ways_to_call(name):
    layer, formula = FORMULAS[name]
    # at -30 the two libraries' error functions differ by 100 eps; that tail stands in tests/numpy/test_tails.py
    X = EVERYWHERE[name == "gelu" :]
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
        mg.to_numpy(nn.sequential(layer, layer).apply((None, None), mnp.asarray(EVERYWHERE))),
        np.cos(np.cos(EVERYWHERE)),
        rtol=1e-14,
    )
    assert repr(nn.activation(lambda x: x)) == "<lambda>"


@pytest.mark.parametrize("slope", [-0.1, 1.5, float("nan"), "0.2", np.ones(2)])
def test_slopes_outside_the_unit_interval_are_refused(slope):
    with pytest.raises(ValueError, match=r"in \[0, 1\]"):
        nn.leaky_relu(slope)


def test_gelu_in_both_its_forms():
    x = mnp.asarray(EVERYWHERE)
    exact, approximate = mg.to_numpy(nn.gelu(x)), mg.to_numpy(nn.gelu_tanh(x))
    for option in ("none", False):
        assert nn.gelu(approximate=option) is nn.gelu
        assert_array_equal(mg.to_numpy(nn.gelu(x, approximate=option)), exact)
    for option in ("tanh", True):
        assert nn.gelu(approximate=option) is nn.gelu_tanh
        assert_array_equal(mg.to_numpy(nn.gelu(x, approximate=option)), approximate)
    assert_allclose(approximate, exact, atol=5e-4)
    assert approximate[1] != exact[1]
    with pytest.raises(ValueError, match=r"'none' or 'tanh'.*'erf'"):
        nn.gelu(x, approximate="erf")


@pytest.mark.parametrize("layer", [nn.silu, nn.gelu, nn.gelu_tanh], ids=repr)
def test_smooth_activations_keep_their_digits_on_the_left(layer):
    """At -6 gelu is -6e-9: 1 + tanh or 1 + erf would have half of its digits; and the derivative likewise."""
    with mpmath.workdps(50):
        mpf, forms = mpmath.mpf, {
            "silu": lambda x: x / (1 + mpmath.exp(-x)),
            "gelu": lambda x: x * mpmath.erfc(-x / mpmath.sqrt(2)) / 2,
            "gelu_tanh": lambda x: x / 2 * (1 + mpmath.tanh(mpmath.sqrt(2 / mpmath.pi) * (x + mpf("0.044715") * x**3))),
        }  # fmt: skip
        for x in (-6.0, -4.0, -1.5, 0.0, 1.0, 8.0):
            value, slope = mg.value_and_grad(layer)(mnp.asarray(x))
            expected = forms[layer.name](mpf(x)), mpmath.diff(forms[layer.name], mpf(x))
            assert_allclose([float(value), float(slope)], [float(y) for y in expected], rtol=3e-14)
