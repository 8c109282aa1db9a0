"""Expectations of functions that overflow where the density underflows: right where finite, infinite where not."""

import math

import mpmath
import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.densities import Laplace, Mixture, Normal, StudentT, Uniform
from minigan.divergences import TABLE, alpha, jeffreys, neyman, pearson, reverse_kl
from minigan.divergences.quadrature import expectation_under
from minigan.divergences.variational import bound_between_densities

STANDARD = Normal(0.0, 1.0)


def log_ratio(p, q):
    return lambda x: p.log_ratio(q, x)


def best_critic(row, p, q):
    return lambda x: row.canonical_activation(p.log_ratio(q, x))


def by_mpmath(function, ends):
    with mpmath.workdps(40):
        return float(mpmath.quad(function, ends))


def normal(x, mean, deviation):
    return mpmath.exp(-(((x - mean) / mpmath.mpf(deviation)) ** 2) / 2) / (deviation * mpmath.sqrt(2 * mpmath.pi))


def test_neymans_best_critic():
    """1 - (q/p)^2 overflows at |x| = 48, where p is e^-1150: their product is e^-440, and was NaN."""
    q = Normal(0.7, 1.2)
    expected = by_mpmath(
        lambda x: normal(x, 0, 1) - normal(x, mpmath.mpf(0.7), 1.2) ** 2 / normal(x, 0, 1), range(-30, 32, 2)
    )
    found = expectation_under(STANDARD, best_critic(neyman, STANDARD, q))
    assert float(found) == pytest.approx(expected, rel=1e-12)
    exact = float(neyman.between_gaussians(0.0, 1.0, 0.7, 1.2))
    assert float(bound_between_densities(neyman, best_critic(neyman, STANDARD, q), STANDARD, q)) == pytest.approx(
        exact, rel=1e-11
    )


M1 = Mixture((0.33, 0.67), (Normal(-1.0, 0.255), Normal(2.0, 1.414)))
ROWS = [*TABLE.values(), alpha(-0.5), alpha(3.0)]


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("q", [Normal(0.7, 1.2), Normal(0.7, 0.9), Normal(-3.0, 1.05)], ids=str)
def test_the_best_critic_attains_every_row(row, q):
    exact = float(row.between_densities(STANDARD, q))
    found = float(bound_between_densities(row, best_critic(row, STANDARD, q), STANDARD, q))
    assert found == pytest.approx(exact, rel=1e-9)


PAIRS = [
    (M1, Normal(1.01, 1.83)),
    (Normal(1.01, 1.83), M1),
    (STANDARD, StudentT(0.0, 1.0, 3.0)),  # E_p[q/p], of which neither tail can be told from the logarithms' difference
    (Laplace(0.0, 1.0), Laplace(1.0, 1.5)),
    (Laplace(0.0, 1.0), StudentT(0.0, 1.0, 2.0)),
    (Uniform(0.0, 1.0), STANDARD),
    (Normal(3.0, 0.5), Normal(-40.0, 3.0)),  # the exponential of v overflows where q has all its mass
    (STANDARD, Normal(0.0, 1e-3)),  # what matters under p is as narrow as q
]


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("p, q", PAIRS, ids=str)
def test_the_best_output_attains_every_row(row, p, q):
    """v = log p/q, whose g(v) and f*(g(v)) overflow later than f* of g(v)."""
    exact = float(row.between_densities(p, q))
    found = float(bound_between_densities(row, log_ratio(p, q), p, q, canonical=True))
    if math.isinf(exact):
        assert math.isinf(found)
    else:
        assert found == pytest.approx(exact, rel=1e-8)


def test_a_critic_that_lost_its_values_is_refused():
    """T = -exp(-v) overflows at |x| = 38, where q is 1e-8 and f*(T) = v - 1 is -710."""
    q = StudentT(0.0, 1.0, 3.0)
    with pytest.raises(ValueError, match="canonical=True or False"):
        bound_between_densities(reverse_kl, best_critic(reverse_kl, STANDARD, q), STANDARD, q)


@pytest.mark.parametrize(
    "exponent, expected",
    [
        (lambda x: 30.0 * x, math.exp(450.0)),  # all of it comes from x = 30, and h overflows at 23.7
        (lambda x: 0.4 * mnp.square(x), math.sqrt(5.0)),
        (lambda x: 0.495 * mnp.square(x), 10.0),  # two percent of it from where h overflows
        (lambda x: 0.495 * mnp.square(x) + 0.5 * x, 10.0 * math.exp(12.5)),
        (lambda x: 0.49995 * mnp.square(x), 100.0),
        (lambda x: -700.0 + 40.0 * x, math.exp(100.0)),
        (lambda x: 40.0 * x, math.inf),  # e^800
        (lambda x: 0.5 * mnp.square(x), math.inf),
        (lambda x: mnp.square(x), math.inf),
        (lambda x: mnp.square(x) * x, math.inf),
    ],
)
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_exponentials_under_a_normal(exponent, expected, sign):
    found = expectation_under(STANDARD, lambda x: sign * mnp.exp(exponent(x)))
    assert float(found) == pytest.approx(sign * expected, rel=1e-9)
    assert not math.isfinite(expected) or found.error < 1e-6 * expected


def test_an_exponential_under_a_laplace():
    """E exp(c x) = 1/(1 - c^2); the function overflows at |x| = 718, where the density is e^-718."""
    grown = lambda c: expectation_under(Laplace(0.0, 1.0), lambda x: mnp.exp(c * x))
    assert float(grown(0.99)) == pytest.approx(1.0 / (1.0 - 0.99**2), rel=1e-9)
    assert float(grown(1.0)) == math.inf and float(grown(1.5)) == math.inf


@pytest.mark.parametrize("degrees", [1.0, 2.5, 4.0])
def test_powers_under_a_student(degrees):
    """E |x|^k is finite for k < degrees alone; at 1e140 the powers have overflowed."""
    p = StudentT(0.0, 1.0, degrees)
    for k in (0.5, 0.9, 1.0, 2.0, 3.0, 3.9, 4.0, 6.0):
        found = float(expectation_under(p, lambda x, k=k: mnp.abs(x) ** k))
        if k >= degrees:
            assert found == math.inf
            continue
        with mpmath.workdps(30):
            n = mpmath.mpf(degrees)
            gammas = mpmath.gamma((k + 1) / mpmath.mpf(2)) * mpmath.gamma((n - k) / 2)
            expected = float(n ** (k / mpmath.mpf(2)) * gammas / (mpmath.sqrt(mpmath.pi) * mpmath.gamma(n / 2)))
        # |x|^k is rough at 0, and with k near the degrees the last of it lies beyond 1e140
        assert found == pytest.approx(expected, rel=1e-8)


def test_what_has_no_expectation_is_refused():
    with pytest.raises(ValueError, match="no expectation"):
        expectation_under(StudentT(0.0, 1.0, 1.0), lambda x: x)
    with pytest.raises(ValueError, match="no expectation"):
        expectation_under(STANDARD, lambda x: x * mnp.exp(mnp.square(x)))
    with pytest.raises(ValueError, match="NaN"):
        expectation_under(STANDARD, mnp.log)


def test_infinite_values_count_where_there_is_mass():
    beyond = lambda x: mnp.where(x > 2.0, -math.inf, 1.0)
    assert float(expectation_under(STANDARD, beyond)) == -math.inf
    assert float(expectation_under(Uniform(0.0, 1.0), beyond)) == pytest.approx(1.0, rel=1e-12)


def test_infinities_do_not_cancel():
    """N(0, 1) against N(0, 4): E_p[T*] and E_q[f*(T*)] are both -inf for neyman, and nothing is known from that."""
    q = Normal(0.0, 2.0)
    assert float(expectation_under(STANDARD, best_critic(neyman, STANDARD, q))) == -math.inf
    assert float(bound_between_densities(neyman, best_critic(neyman, STANDARD, q), STANDARD, q)) == -math.inf
    # the critic x^4 under a Student of 4 degrees is infinite, and pearson's f* of it finite under a normal
    assert float(bound_between_densities(pearson, lambda x: x**4, StudentT(0.0, 1.0, 4.0), q)) == math.inf
    assert float(bound_between_densities(pearson, lambda x: x**4, q, StudentT(0.0, 1.0, 4.0))) == -math.inf


@pytest.mark.parametrize("row", [neyman, jeffreys, reverse_kl, alpha(-0.5)], ids=str)
def test_gradients_survive_the_overflow(row):
    """d/dc of the bound at c log p/q: zero at c = 1, and the slope of differences elsewhere."""
    q = Normal(0.7, 1.2)

    def bound(c):
        critic = lambda x: row.canonical_activation(c * STANDARD.log_ratio(q, x))
        return bound_between_densities(row, critic, STANDARD, q, tolerance=1e-12).value

    slope = mg.grad(bound)
    assert abs(float(slope(mnp.asarray(1.0)))) < 1e-9
    difference = (float(bound(mnp.asarray(0.8001))) - float(bound(mnp.asarray(0.7999)))) / 2e-4
    assert float(slope(mnp.asarray(0.8))) == pytest.approx(difference, rel=1e-5)
    assert np.isfinite(difference)
