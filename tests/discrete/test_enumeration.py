"""The exact judge against sums written out, rationals, mpmath and HIPS autograd."""

import math

import autograd
import autograd.numpy as anp
import mpmath
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.discrete import expectation, expectation_and_gradient, expectation_gradient
from minigan.discrete.enumeration import BLOCK
from tests.discrete.exactly import TOYS, P, probabilities, states, toy

EPS = 2.0**-52


def table(values, shape):
    """A black box: the value of a state is looked up in a list, by its number."""
    symbols, places = shape[-1], math.prod(shape[:-1])
    weights = np.array([symbols**i for i in range(places - 1, -1, -1)], dtype=float)

    def f(x):
        digits = mnp.reshape(mnp.argmax(x, axis=-1), (x.shape[0], places))
        number = mnp.astype(digits, "float64") @ mnp.asarray(weights)
        return mnp.take(mnp.asarray(values), mnp.astype(number, "int64"))

    return f


@pytest.mark.parametrize("name", TOYS)
def test_three_symbols_are_exact(name):
    f, logits = toy(name)
    value, gradient = expectation_and_gradient(f, logits)
    assert_allclose(float(mg.to_numpy(value)), P @ TOYS[name][1], rtol=4 * EPS)
    assert_allclose(mg.to_numpy(gradient), TOYS[name][2], rtol=0, atol=32 * EPS)


@given(
    st.sampled_from([(1,), (3,), (1, 4), (2, 3), (2, 2, 2), (3, 1), (4, 4)]),
    st.integers(0, 2**32 - 1),
    st.floats(0.1, 20),
)
def test_any_black_box_over_any_product(shape, seed, spread):
    """A table of random values, against the sums over all states written out in extended precision."""
    random = np.random.default_rng(seed)
    logits, values = spread * random.normal(size=shape), random.normal(size=len(states(shape)))
    f = table(values, shape)
    value, gradient = expectation_and_gradient(f, mnp.asarray(logits))
    with mpmath.workdps(30):
        rows = np.vectorize(mpmath.mpf)(logits.reshape(-1, shape[-1]))
        weights = [[mpmath.exp(x) for x in row] for row in rows]
        p = np.array([[w / mpmath.fsum(row) for w in row] for row in weights]).reshape(-1)
        visited = states(shape).reshape(len(values), -1).astype(int)
        joint = [mpmath.fprod(p[x == 1]) for x in visited]
        mean = mpmath.fsum(q * v for q, v in zip(joint, values))
        exact = [mpmath.fsum(q * v * (x[j] - p[j]) for q, v, x in zip(joint, values, visited)) for j in range(len(p))]
        size = float(mpmath.fsum(q * abs(v) for q, v in zip(joint, values)))
    # the rounding of a softmax is about eps (1 + spread of its logits); every factor brings its own
    tolerance = EPS * (8 + 4 * len(rows) * (2 + np.ptp(logits))) * (size + 1)
    assert abs(float(mg.to_numpy(value)) - float(mean)) <= tolerance
    assert_allclose(mg.to_numpy(gradient).reshape(-1), [float(g) for g in exact], rtol=0, atol=tolerance)
    assert_allclose(mg.to_numpy(expectation_gradient(f, mnp.asarray(logits))), mg.to_numpy(gradient), atol=0)


def test_an_offset_of_f_costs_no_digits():
    f, logits = toy("square")
    shifted = expectation_gradient(lambda x: f(x) + 2.0**40, logits)
    assert_allclose(mg.to_numpy(shifted), TOYS["square"][2], rtol=0, atol=32 * EPS)


@pytest.mark.parametrize("places", [14, 17])
def test_several_blocks_of_states(places):
    """f = the number of ones, squared, of independent bits: E = m^2 + s^2, over more states than a block holds."""
    logits = 0.3 * np.random.default_rng(places).normal(size=(places, 2))
    assert 2**places * places * 2 > BLOCK
    value, gradient = expectation_and_gradient(lambda x: mnp.square(mnp.sum(x[:, :, 1], axis=-1)), mnp.asarray(logits))
    p = 1 / (1 + np.exp(logits[:, 0] - logits[:, 1]))
    slope = p * (1 - p) * (2 * (p.sum() - p) + 1)
    assert_allclose(float(mg.to_numpy(value)), p.sum() ** 2 + (p * (1 - p)).sum(), rtol=1e-13)
    assert_allclose(mg.to_numpy(gradient), np.stack([-slope, slope], -1), rtol=1e-12)


def test_derivatives_to_second_order_and_in_what_f_closes_over():
    shape = (2, 3)
    random = np.random.default_rng(3)
    logits, w = random.normal(size=shape), random.normal(size=6)
    visited = states(shape).reshape(9, 6)

    def by_autograd(logits, w):
        p = anp.exp(logits) / anp.sum(anp.exp(logits), axis=-1, keepdims=True)
        joint = anp.reshape(p[0][:, None] * p[1][None, :], (-1,))
        return anp.sum(joint * anp.tanh(anp.dot(visited, w)) ** 2)

    def ours(logits, w):
        return expectation(lambda x: mnp.square(mnp.tanh(mnp.reshape(x, (-1, 6)) @ w)), logits)

    at = mnp.asarray(logits), mnp.asarray(w)
    for argnum in (0, 1):
        exact = autograd.grad(by_autograd, argnum)(logits, w)
        assert_allclose(mg.to_numpy(mg.grad(ours, argnum)(*at)), exact, atol=1e-15)
    gradient = expectation_gradient(lambda x: mnp.square(mnp.tanh(mnp.reshape(x, (-1, 6)) @ at[1])), at[0])
    assert_allclose(mg.to_numpy(gradient), autograd.grad(by_autograd)(logits, w), atol=1e-15)
    hessian = mg.hessian(lambda logits: ours(logits, at[1]))(at[0])
    assert_allclose(mg.to_numpy(hessian), autograd.hessian(by_autograd)(logits, w), atol=1e-14)


def test_an_impossible_state_counts_nothing():
    logits = mnp.asarray([0.0, -math.inf, math.log(3.0)])
    f = lambda x: mnp.where(x[:, 1] > 0.5, math.inf, 1.0 + x[:, 2])
    value, gradient = expectation_and_gradient(f, logits)
    assert_allclose(float(mg.to_numpy(value)), 1.75, rtol=4 * EPS)
    assert_allclose(mg.to_numpy(gradient), [-3 / 16, 0.0, 3 / 16], atol=4 * EPS)
    slope = mg.grad(lambda logits: expectation(f, logits))(logits)
    assert_allclose(mg.to_numpy(slope), [-3 / 16, 0.0, 3 / 16], atol=4 * EPS)


def test_float32_stays_and_sums_in_float64():
    f, logits = toy("square", "float32")
    value, gradient = expectation_and_gradient(f, logits)
    assert str(value.dtype).endswith("float32") and str(gradient.dtype).endswith("float32")
    assert_allclose(mg.to_numpy(gradient), TOYS["square"][2], rtol=3e-7)


def test_integers_and_truth_values_of_f_are_numbers():
    _, logits = toy("linear")
    assert_allclose(float(mg.to_numpy(expectation(lambda x: mnp.argmax(x, axis=-1), logits))), 2 / 3, rtol=4 * EPS)
    assert_allclose(float(mg.to_numpy(expectation(lambda x: x[:, 0] > 0.5, logits))), 1 / 2, rtol=4 * EPS)


def test_compiled_it_is_the_same():
    f, logits = toy("cubic")
    compiled = mg.compile(lambda logits: expectation_and_gradient(f, logits))
    for at in (logits, 0.5 * logits):
        for one, other in zip(compiled(at), expectation_and_gradient(f, at)):
            assert_allclose(mg.to_numpy(one), mg.to_numpy(other), rtol=1e-14)


def test_what_is_refused():
    f, logits = toy("linear")
    for wrong in ([math.nan, 0.0], [math.inf, 0.0], [-math.inf, -math.inf], np.zeros((2, 0))):
        with pytest.raises(ValueError, match=r"no distribution|empty alphabet"):
            expectation(f, mnp.asarray(wrong))
    with pytest.raises(TypeError, match="was given None, which is no function"):
        expectation_gradient(None, mnp.zeros(3))
    with pytest.raises(ValueError, match="single number"):
        expectation(f, mnp.asarray(1.0))
    with pytest.raises(ValueError, match="no variable"):
        expectation(f, mnp.zeros((0, 3)))
    with pytest.raises(TypeError, match="floating-point"):
        expectation(f, mnp.asarray([1, 2, 3]))
    with pytest.raises(ValueError, match=r"4\^11 = 4194304 states, and goes through 1048576 at most"):
        expectation(f, mnp.zeros((11, 4)))
    with pytest.raises(ValueError, match=r"about 10\^100 states"):
        expectation(f, mnp.zeros((100, 10)))
    with pytest.raises(ValueError, match=r"f must return a number for each, shape \(3,\); it returned shape \(3, 3\)"):
        expectation(lambda x: x, logits)
    with pytest.raises(ValueError, match="it returned 'float'"):
        expectation_gradient(lambda x: 1.0, logits)


def test_the_oracle_of_these_tests_sums_to_one():
    assert_allclose(probabilities(np.random.default_rng(0).normal(size=(3, 3))).sum(), 1.0, rtol=1e-14)
