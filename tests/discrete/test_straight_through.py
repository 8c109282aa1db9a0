"""Straight-through: the hard value to the bit, the soft derivative to second order, and the exact bias of a toy."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.backend import dtype_name
from minigan.discrete import straight_through, straight_through_bernoulli, straight_through_softmax
from minigan.random import generator
from minigan.testing import finite_floats

from .laws import arrays, frequencies_fit, one_program

DTYPES = ("float64", "float32")


@given(st.lists(st.tuples(finite_floats(-1e300, 1e300), finite_floats(-1e300, 1e300)), min_size=1, max_size=5))
def test_the_value_is_hard_to_the_bit_and_the_derivative_softs(pairs):
    hard, soft = (mnp.asarray(np.array(column)) for column in zip(*pairs))
    value, pullback = mg.vjp(straight_through, hard, soft)
    assert_array_equal(mg.to_numpy(value), mg.to_numpy(hard))
    to_hard, to_soft = pullback(mnp.ones_like(soft))
    assert (mg.to_numpy(to_hard) == 0).all() and (mg.to_numpy(to_soft) == 1).all()
    _, tangent = mg.jvp(lambda s: straight_through(hard, s), (soft,), (2.0 * mnp.ones_like(soft),))
    assert (mg.to_numpy(tangent) == 2).all()


def test_an_infinite_soft_value_does_no_harm():
    hard = straight_through(mnp.array([1.0, 0.0]), mnp.array([math.inf, -math.inf]))
    assert_array_equal(mg.to_numpy(hard), [1.0, 0.0])


def test_second_order():
    """y = h(x) with dy = cos x dx: (y^2)' = 2 y cos x, and (y^2)'' = 2 cos^2 x - 2 y sin x."""
    f = lambda x: straight_through(mnp.round(x), mnp.sin(x)) ** 2
    for x in (0.3, 0.8, 2.6):
        y = round(x)
        assert float(mg.grad(f)(x)) == pytest.approx(2 * y * math.cos(x), abs=1e-14)
        exact = 2 * math.cos(x) ** 2 - 2 * y * math.sin(x)
        assert float(mg.grad(mg.grad(f))(x)) == pytest.approx(exact, rel=1e-14)
        assert float(mg.to_numpy(mg.hessian(f)(mnp.asarray(x)))) == pytest.approx(exact, rel=1e-14)
        assert float(mg.jvp(mg.grad(f), (mnp.asarray(x),), (mnp.asarray(1.0),))[1]) == pytest.approx(exact, rel=1e-14)


# -- the toy: p = (1/2, 1/3, 1/6) and a = (1, 2, 3), in exact fractions --------------------------------------

P = np.array([1 / 2, 1 / 3, 1 / 6])
A = np.array([1.0, 2.0, 3.0])
TOY = [
    ("linear", lambda x, a: mnp.sum(a * x), ("-1/3", "1/9", "2/9"), ("0", "0", "0")),
    ("square", lambda x, a: mnp.sum(a * x) ** 2, ("-10/9", "10/27", "20/27"), ("1/18", "4/27", "-11/54")),
    ("coordinatewise", lambda x, a: mnp.sum(a * x**2), ("-1/18", "2/27", "-1/54"), ("5/18", "-1/27", "-13/54")),
    ("shifted", lambda x, a: (mnp.sum(a * x) - 2.0) ** 2, ("2/9", "-2/27", "-4/27"), ("1/18", "4/27", "-11/54")),
    ("cubic", lambda x, a: mnp.sum(a * x) ** 3, ("-10/3", "10/9", "20/9"), ("0", "1", "-1")),
]


def fractions(texts):
    return np.array([float(Fraction(t)) for t in texts])


@pytest.mark.parametrize(("f", "expected", "bias"), [row[1:] for row in TOY], ids=[row[0] for row in TOY])
def test_the_expected_gradient_and_its_bias_are_the_exact_fractions(f, expected, bias):
    """E over the three outcomes, each forced by noise that leaves no doubt."""
    logits, a = mnp.asarray(np.log(P)), mnp.asarray(A)
    gradients, values = [], []
    for k in range(3):
        noise = mnp.asarray(100.0 * np.eye(3)[k])
        value, g = mg.value_and_grad(lambda x, noise: f(straight_through_softmax(x, noise=noise), a))(logits, noise)
        gradients.append(mg.to_numpy(g)), values.append(float(mg.to_numpy(value)))
    mean = P @ np.array(gradients)
    assert_allclose(mean, fractions(expected), atol=1e-14)
    true = P * (np.array(values) - P @ values)
    assert_allclose(mean - true, fractions(bias), atol=1e-13)


def test_the_bernoulli_form_is_exact_for_what_is_linear():
    """E d/dl y = p (1 - p) for every draw; the slope of y^2 is 2 y p (1 - p), in the mean 2 p^2 (1 - p)."""
    logit = math.log(0.3 / 0.7)
    slope = mg.grad(lambda x, noise: straight_through_bernoulli(x, noise=noise) ** 2)
    slopes = [float(slope(mnp.asarray(logit), mnp.asarray(noise))) for noise in (9.0, -9.0)]
    assert slopes == pytest.approx([2 * 0.21, 0.0], rel=1e-14)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_forward_values_are_draws_of_the_law(seed):
    n, p = 50_000, np.array([0.2, 0.7, 0.1])
    hard = mg.to_numpy(straight_through_softmax(mnp.broadcast_to(mnp.asarray(np.log(p)), (n, 3)), generator(seed)))
    assert set(np.unique(hard)) == {0.0, 1.0} and (hard.sum(-1) == 1).all()
    frequencies_fit(hard.sum(0), p)
    logits = np.array([-math.inf, math.log(0.3 / 0.7), math.inf])
    hard = mg.to_numpy(straight_through_bernoulli(mnp.asarray(np.tile(logits, (n, 1))), generator(seed)))
    assert (hard[:, 0] == 0).all() and (hard[:, 2] == 1).all()
    frequencies_fit([n - hard[:, 1].sum(), hard[:, 1].sum()], [0.7, 0.3])


@pytest.mark.parametrize("dtype", DTYPES)
def test_within_a_program_over_any_batch_and_axis(dtype):
    x, g, w = arrays(0, dtype, (2, 3), (4, 2, 3), (4, 2, 3))
    for f in (
        lambda x, g, w: mnp.sum(w * straight_through_softmax(x, noise=g) ** 2),
        lambda x, g, w: mnp.sum(w * straight_through_softmax(x, noise=g, axis=0) ** 2),
        lambda x, g, w: mnp.sum(w * straight_through_bernoulli(x, noise=g) ** 2),
        lambda x, g, w: mnp.sum(w * straight_through(g > 0, mnp.sin(w) * x) ** 2),
    ):
        one_program(f, x, g, w)
        one_program(mg.value_and_grad(f, argnums=(0, 1, 2)), x, g, w)
        one_program(lambda x, g, w: mg.hvp(lambda x: f(x, g, w))(x, x), x, g, w)  # noqa: B023
    hard = straight_through_softmax(x, noise=g, axis=-2)
    assert dtype_name(hard.dtype) == dtype
    assert_array_equal(mg.to_numpy(hard).argmax(1), (mg.to_numpy(x) + mg.to_numpy(g)).argmax(1))


def test_hard_values_may_be_integers_and_truth_values():
    for hard in (mnp.asarray([1, 0]), mnp.asarray([True, False]), [1, 0]):
        out = straight_through(hard, mnp.array([0.5, 0.5]))
        assert dtype_name(out.dtype) == "float64"
        assert_array_equal(mg.to_numpy(out), [1.0, 0.0])


@pytest.mark.parametrize(
    ("call", "error", "told"),
    [
        (lambda: straight_through(mnp.zeros(3), mnp.zeros((2, 3))), ValueError, r"float64\[3\] .* float64\[2,3\]"),
        (lambda: straight_through(mnp.zeros(2), mnp.asarray([0, 1])), TypeError, "soft values must be floating"),
        (lambda: straight_through_softmax(mnp.zeros(3)), ValueError, "exactly one of rng and noise"),
        (lambda: straight_through_bernoulli(mnp.array(math.nan), generator(0)), ValueError, "NaN"),
        (lambda: straight_through_bernoulli(mnp.array([1, 2]), generator(0)), TypeError, "write 2.0 for 2"),
        (lambda: straight_through_bernoulli(mnp.zeros(3), noise=mnp.zeros(2)), ValueError, "does not fit"),
    ],
)
def test_what_is_refused(call, error, told):
    with pytest.raises(error, match=told):
        call()
