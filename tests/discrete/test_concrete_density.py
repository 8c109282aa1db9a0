"""The density of the Concrete law: fifty digits, normalisation, its samples' distribution function, its edges."""

import itertools
import math

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import integrate

import minigan as mg
import minigan.numpy as mnp
from minigan.backend import dtype_name
from minigan.discrete import (
    binary_concrete_log_density,
    concrete_log_density,
    exp_concrete_log_density,
    log_gumbel_softmax,
)
from minigan.random import generator
from minigan.testing import finite_floats

from .laws import arrays, one_program

DTYPES = ("float64", "float32")
TEMPERATURES = (0.05, 0.3, 0.5, 1.0, 2.0, 5.0)
INF = math.inf


def printed(log_x, logits, temperature):
    """log of (n-1)! t^(n-1) prod a_k x_k^(-t-1) / (sum a_i x_i^(-t))^n, as it stands, at fifty digits."""
    with mp.workdps(50):
        t = mp.mpf(temperature)
        x, a = ([mp.exp(mp.mpf(float(v))) for v in values] for values in (log_x, logits))
        n = len(x)
        product = mp.fprod(ak * xk ** (-t - 1) for ak, xk in zip(a, x))
        total = mp.fsum(ak * xk**-t for ak, xk in zip(a, x))
        return float(mp.log(mp.factorial(n - 1) * t ** (n - 1) * product / total**n))


def simplex_logarithms(rng, n, spread):
    y = spread * rng.standard_normal(n)
    return y - np.logaddexp.reduce(y)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_the_printed_formula(n):
    """Points from the middle to e^-600 off a face. The sum's terms, up to (1 + t) 600 in size, are rounded."""
    rng = np.random.default_rng(n)
    for temperature, spread in itertools.product(TEMPERATURES, (0.1, 1.0, 20.0, 300.0)):
        log_x, logits = simplex_logarithms(rng, n, spread), 2 * rng.standard_normal(n)
        expected = printed(log_x, logits, temperature)
        found = float(mg.to_numpy(concrete_log_density(mnp.asarray(log_x), mnp.asarray(logits), temperature)))
        slack = 20 * np.finfo(float).eps * (1 + (1 + temperature) * np.abs(log_x).sum() + np.abs(logits).sum())
        assert abs(found - expected) <= slack
        # log-ratios u_k = log x_k / x_n: |dx/du| = prod x_k
        found = float(mg.to_numpy(exp_concrete_log_density(mnp.asarray(log_x), mnp.asarray(logits), temperature)))
        assert abs(found - (expected + log_x.sum())) <= slack


def test_the_jacobian_between_the_two_densities_is_the_product_of_the_coordinates():
    u = mnp.asarray(np.random.default_rng(0).standard_normal(3))
    x = lambda u: mnp.softmax(mnp.concatenate([u, mnp.zeros(1)]))
    jacobian = mg.to_numpy(mg.jacobian(x)(u))[:3]
    assert np.linalg.det(jacobian) == pytest.approx(mg.to_numpy(x(u)).prod(), rel=1e-13)


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_two_coordinates_integrate_to_one_and_to_the_distribution_function(temperature):
    """By quadrature over s = log x / (1 - x), dx = x (1 - x) ds; P(X_1 <= x) = sigmoid(t s - l)."""
    logit = 1.2

    def integrand(s):
        log_x = np.stack([-np.logaddexp(0.0, -s), -np.logaddexp(0.0, s)], -1)
        log_p = concrete_log_density(mnp.asarray(log_x), mnp.asarray(np.array([logit, 0.0])), temperature)
        return math.exp(float(mg.to_numpy(log_p)) + log_x.sum())

    scale = 1.0 / temperature
    for upper in (-0.7 * scale, 0.4 * scale, 45.0 * scale):
        found = integrate.quad(integrand, -45.0 * scale, upper, epsabs=1e-12, limit=200, points=[0.0])[0]
        assert found == pytest.approx(1 / (1 + math.exp(logit - temperature * upper)), abs=1e-9)


@pytest.mark.parametrize("temperature", TEMPERATURES)
@pytest.mark.parametrize("logits", [(0.0, 0.0, 0.0), (1.0, -0.5, 0.3), (3.0, 0.0, -2.0)])
def test_three_coordinates_integrate_to_one_with_the_argmax_law(temperature, logits):
    """The trapezoidal rule over the plane of log-ratios, spectrally accurate: P(argmax = k) only over a region.

    The integrand decays like exp(-t |u|) and its poles lie pi / t off the axes: with a step of 0.25 / t the error is
    e^-78, and e^-40 is cut off. A region's border costs the order of step^2, over 3 |grad| of the density.
    """
    v = np.arange(-45.0, 45.01, 0.25)
    u = np.stack(np.meshgrid(v, v), -1) / temperature
    y = np.concatenate([u, np.zeros((*u.shape[:-1], 1))], -1)
    log_x = y - np.logaddexp.reduce(y, axis=-1)[..., None]
    log_p = mg.to_numpy(concrete_log_density(mnp.asarray(log_x), mnp.asarray(np.array(logits)), temperature))
    mass = np.exp(log_p + log_x.sum(-1)) * (0.25 / temperature) ** 2
    assert mass.sum() == pytest.approx(1.0, abs=1e-12)
    highest = y.max(-1, keepdims=True)
    share = ((y == highest) / (y == highest).sum(-1, keepdims=True) * mass[..., None]).sum((0, 1))
    assert_allclose(share, np.exp(logits) / np.exp(logits).sum(), atol=3e-3)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_mean_log_ratio_of_densities_of_samples_is_that_of_laws(seed):
    """E_p q/p = 1 within five standard errors, for the densities of two Concrete laws at samples of the first."""
    n, logits, other = 50_000, np.array([0.5, 0.0, -0.5]), np.array([0.3, 0.1, -0.4])
    draws = mnp.broadcast_to(mnp.asarray(logits), (n, 3))
    log_x = log_gumbel_softmax(draws, 0.5, generator(seed))
    log_p = concrete_log_density(log_x, mnp.asarray(logits), 0.5)
    ratio = np.exp(mg.to_numpy(concrete_log_density(log_x, mnp.asarray(other), 0.6) - log_p))
    assert abs(ratio.mean() - 1) < 5 * ratio.std() / math.sqrt(n)


# -- edges ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "temperature", "expected"),
    [
        ((0.0, 0.4, 0.6), 0.25, INF),
        ((0.0, 0.4, 0.6), 2.0, -INF),
        ((0.0, 0.4, 0.6), 0.5, None),  # t = m / (n - m): finite, the limit
        ((0.4, 0.0, 0.6), 0.5, None),
        ((0.0, 0.0, 1.0), 1.0, INF),
        ((0.0, 1.0, 0.0), 3.0, -INF),
        ((1.0, 0.0, 0.0), 2.0, None),
        ((0.0, 1.0), 1.0, None),
        ((1.0, 0.0), 0.999, INF),
        ((1.0, 0.0), 1.001, -INF),
        ((1.0,), 0.3, 0.0),
    ],
)
def test_on_the_faces_it_is_the_limit(x, temperature, expected):
    x, logits = np.array(x), np.array([0.3, -0.2, 0.7])[: len(x)]
    with np.errstate(divide="ignore"):
        log_x = np.log(x)
    at = lambda log_x: float(mg.to_numpy(concrete_log_density(mnp.asarray(log_x), mnp.asarray(logits), temperature)))
    if expected is None:
        near = np.where(x == 0, 1e-9, x)
        expected = pytest.approx(printed(np.log(near / near.sum()), logits, temperature), abs=1e-3)  # 1e-9 ** t
    assert at(log_x) == expected
    g = mg.grad(lambda a, t: concrete_log_density(mnp.asarray(log_x), a, t), argnums=(0, 1))
    for part in g(mnp.asarray(logits), mnp.asarray(temperature)):
        assert not np.isnan(mg.to_numpy(part)).any()


@given(
    st.lists(st.tuples(finite_floats(-700.0, 0.0), finite_floats(-1e3, 1e3)), min_size=1, max_size=5),
    st.sampled_from((1e-300, 1e-3, 0.25, 1.0, 3.0, 1e3, 1e300)),
    st.sampled_from(DTYPES),
)
def test_never_nan(pairs, temperature, dtype):
    y, logits = (np.array(column) for column in zip(*pairs))
    log_x, logits = (y - np.logaddexp.reduce(y)).astype(dtype), logits.astype(dtype)
    if temperature < 1e-30 and dtype == "float32":
        return
    with np.errstate(all="ignore"):
        for density in (concrete_log_density, exp_concrete_log_density):
            found = density(mnp.asarray(log_x), mnp.asarray(logits), temperature)
            assert dtype_name(found.dtype) == dtype and not np.isnan(mg.to_numpy(found)).any()


def test_a_category_that_is_never_drawn_leaves_no_density():
    logits = mnp.asarray(np.array([0.0, -INF, 1.0]))
    log_x = np.log(np.array([[0.2, 0.3, 0.5], [0.4, 1e-300, 0.6]]))
    log_x = np.concatenate([log_x, [[math.log(0.4), -INF, math.log(0.6)]]])
    for density in (concrete_log_density, exp_concrete_log_density):
        assert (mg.to_numpy(density(mnp.asarray(log_x), logits, 0.5)) == -INF).all()


# -- two categories ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("temperature", TEMPERATURES)
def test_the_binary_density(temperature):
    """The printed formula at fifty digits, from x = e^-300 to 1 - x = e^-300, which log x = -e^-300 still knows."""
    for s, logit in itertools.product((-300.0, -20.0, -1.0, 0.0, 0.3, 20.0, 300.0), (-3.0, 0.0, 40.0)):
        with mp.workdps(300):
            x, rest = 1 / (1 + mp.exp(-mp.mpf(s))), 1 / (1 + mp.exp(mp.mpf(s)))
            t, a = mp.mpf(temperature), mp.exp(mp.mpf(logit))
            p = t * a * (x * rest) ** (-t - 1) / (a * x**-t + rest**-t) ** 2
            log_x, expected = float(mp.log(x)), float(mp.log(p))
        found = binary_concrete_log_density(mnp.asarray(log_x), mnp.asarray(logit), temperature)
        # log(1 - x) from log x near -1e-9 has the relative rounding of it: an eps or two of the logarithm
        assert float(mg.to_numpy(found)) == pytest.approx(expected, rel=1e-13, abs=1e-12)


def test_the_binary_density_at_its_ends():
    at = lambda x, logit, t: float(mg.to_numpy(binary_concrete_log_density(mnp.asarray(x), mnp.asarray(logit), t)))
    for end in (0.0, -INF):
        assert at(end, 0.4, 0.5) == INF and at(end, 0.4, 2.0) == -INF
    # t = 1: a at x = 1 and 1/a at x = 0
    assert at(0.0, 0.4, 1.0) == pytest.approx(0.4, abs=1e-14) and at(-INF, 0.4, 1.0) == pytest.approx(-0.4, abs=1e-14)
    assert at(-1.0, INF, 0.5) == at(-1.0, -INF, 0.5) == -INF
    g = mg.grad(lambda y: mnp.sum(binary_concrete_log_density(y, mnp.zeros(3), 0.5)))(mnp.asarray([0.0, -INF, -0.5]))
    assert not np.isnan(mg.to_numpy(g)).any()


# -- derivatives, programs, refusals -------------------------------------------------------------------------


def test_derivatives_to_second_order():
    logits, noise = arrays(0, "float64", (3,), (2, 3))
    log_x = log_gumbel_softmax(logits, 0.6, noise=noise)
    for density in (concrete_log_density, exp_concrete_log_density):
        mg.check_grads(density, (log_x, logits, mnp.asarray(0.6)), order=2)
    mg.check_grads(binary_concrete_log_density, (log_x, logits, mnp.asarray(0.6)), order=2)


@pytest.mark.parametrize("dtype", DTYPES)
def test_within_a_program_over_any_batch(dtype):
    logits, noise = arrays(0, dtype, (2, 3), (4, 2, 3))
    t = mnp.asarray(np.array(0.6, dtype))
    log_x = log_gumbel_softmax(logits, t, noise=noise)
    for density in (concrete_log_density, exp_concrete_log_density, binary_concrete_log_density):
        found = density(log_x, logits, t)
        assert dtype_name(found.dtype) == dtype and found.shape == log_x.shape[: found.ndim]
        one_program(density, log_x, logits, t)
        one_program(mg.grad(lambda *a: mnp.sum(density(*a)), argnums=(0, 1, 2)), log_x, logits, t)  # noqa: B023
        exact = density(mnp.astype(log_x, "float64"), mnp.astype(logits, "float64"), float(mg.to_numpy(t)))
        assert_allclose(mg.to_numpy(found), mg.to_numpy(exact), rtol=1e-4 if dtype == "float32" else 1e-14, atol=1e-4)


HALF = np.log([0.5, 0.5])


@pytest.mark.parametrize(
    ("log_x", "logits", "temperature", "error", "told"),
    [
        (HALF, np.zeros(2), 0.0, ValueError, "has no density"),
        (HALF, np.zeros(2), -1.0, ValueError, "finite number >= 0"),
        (HALF, np.zeros(3), 1.0, ValueError, "2 coordinates, .*, and 3 logits"),
        (np.array([0.5, 0.5]), np.zeros(2), 1.0, ValueError, r"pass mnp.log\(x\)"),
        (np.array([math.nan, 0.0]), np.zeros(2), 1.0, ValueError, "do|does not"),
        (np.array(0.0), np.zeros(2), 1.0, ValueError, "along its last axis"),
        (np.array([0, 0]), np.zeros(2), 1.0, TypeError, "log_x must be floating"),
        (HALF, np.full(2, -INF), 1.0, ValueError, "no distribution"),
    ],
)
def test_what_is_refused(log_x, logits, temperature, error, told):
    with pytest.raises(error, match=told):
        concrete_log_density(mnp.asarray(log_x), mnp.asarray(logits), temperature)


def test_what_the_binary_density_refuses():
    for log_x, logit, t, told in (
        (0.1, 0.0, 1.0, "never positive"),
        (-0.1, math.nan, 1.0, "NaN"),
        (-0.1, 0.0, 0, "density"),
    ):
        with pytest.raises(ValueError, match=told):
            binary_concrete_log_density(mnp.asarray(log_x), mnp.asarray(logit), t)
