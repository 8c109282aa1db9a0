import autograd.numpy as np
import mpmath
import pytest
from autograd import grad
from numpy.testing import assert_allclose

from reference.densities import normal_log_density
from reference.divergences import (
    jensen_shannon_standard,
    jensen_shannon_standard_between_densities,
    kl,
    kl_between_densities,
    kl_mixture_to_data,
    kl_mixture_to_data_between_densities,
    mixture_of,
    reverse_kl,
    reverse_kl_between_densities,
)

# discrete.cat3: P, Q, KL(P || Q), KL(Q || P), JSD, KL(M || P)
CAT3 = (
    np.array([0.5, 0.3, 0.2]),
    np.array([0.2, 0.3, 0.5]),
    0.27488721956224651955505816353,
    0.27488721956224651955505816353,
    0.0664143143822816522021416555152,
    0.07102929539884160757538742625,
)


def drawn_pair(seed, categories=7):
    rng = np.random.RandomState(seed)
    return rng.dirichlet(np.ones(categories)), rng.dirichlet(np.ones(categories))


def normals(mean_p, deviation_p, mean_q, deviation_q):
    return (
        lambda x: normal_log_density(x, mean_p, deviation_p),
        lambda x: normal_log_density(x, mean_q, deviation_q),
    )


def test_cat3():
    p, q, *exact = CAT3
    measured = [kl(p, q), reverse_kl(p, q), jensen_shannon_standard(p, q), kl_mixture_to_data(p, q)]
    assert_allclose(measured, exact, rtol=1e-14)


def test_bernoulli_has_two_different_kullback_leiblers():
    p, q = np.array([0.9, 0.1]), np.array([0.5, 0.5])
    assert kl(p, q) == pytest.approx(np.log(2) + 0.9 * np.log(0.9) + 0.1 * np.log(0.1), rel=1e-14)
    assert reverse_kl(p, q) == pytest.approx(-np.log(2 * np.sqrt(0.9 * 0.1)), rel=1e-14)


@pytest.mark.parametrize("seed", range(20))
def test_half_reverse_kl_minus_jensen_shannon_is_kl_of_the_mixture_to_the_data(seed):
    p, q = drawn_pair(seed)
    difference = reverse_kl(p, q) / 2 - jensen_shannon_standard(p, q)
    assert difference == pytest.approx(kl_mixture_to_data(p, q), rel=1e-10)


@pytest.mark.parametrize("seed", range(20))
def test_order_and_bounds(seed):
    p, q = drawn_pair(seed)
    total_variation = np.sum(np.abs(p - q)) / 2
    assert 2 * total_variation**2 <= kl(p, q)
    assert 0 < jensen_shannon_standard(p, q) < np.log(2) * total_variation
    assert jensen_shannon_standard(p, q) == pytest.approx(jensen_shannon_standard(q, p), rel=1e-14)
    assert kl(p, p) == jensen_shannon_standard(p, p) == kl_mixture_to_data(p, p) == 0


def test_empty_categories():
    left, right = np.array([0.5, 0.5, 0.0]), np.array([0.0, 0.5, 0.5])
    assert kl(left, right) == reverse_kl(left, right) == np.inf
    assert jensen_shannon_standard(left, right) == pytest.approx(np.log(2) / 2, rel=1e-15)
    assert kl_mixture_to_data(left, right) == np.inf
    one, half = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    assert kl(one, half) == pytest.approx(np.log(2), rel=1e-15)
    assert reverse_kl(one, half) == np.inf
    assert jensen_shannon_standard(one, np.array([0.0, 1.0])) == pytest.approx(np.log(2), rel=1e-15)
    both_empty = np.array([1.0, 0.0]), np.array([1.0, 0.0])
    assert kl(*both_empty) == 0


def test_the_derivative_of_kl_in_q_is_minus_the_ratio():
    p, q, *_ = CAT3
    assert_allclose(grad(kl, 1)(p, q), -p / q, rtol=1e-14)
    empty = np.array([0.5, 0.5, 0.0])
    assert_allclose(grad(kl, 1)(empty, q), -empty / q, rtol=1e-14)


def gaussian_kl(mean_p, deviation_p, mean_q, deviation_q):
    difference = deviation_p**2 + (mean_p - mean_q) ** 2
    return np.log(deviation_q / deviation_p) + difference / (2 * deviation_q**2) - 0.5


@pytest.mark.parametrize("pair", [(0.0, 1.0, 1.0, 1.0), (0.0, 1.0, 1.2, 0.7), (-0.5, 2.0, 1.0, 0.9)])
def test_gaussians_in_closed_form(pair):
    mean_p, deviation_p, mean_q, deviation_q = pair
    log_p, log_q = normals(*pair)
    assert kl_between_densities(log_p, log_q, -25, 25) == pytest.approx(gaussian_kl(*pair), rel=1e-13)
    reverse = gaussian_kl(mean_q, deviation_q, mean_p, deviation_p)
    assert reverse_kl_between_densities(log_p, log_q, -25, 25) == pytest.approx(reverse, rel=1e-13)


# generator_gradients base, far and gaussian_pairs A: JSD and KL(M || P) where it was computed
@pytest.mark.parametrize(
    ("pair", "jensen_shannon", "mixture_to_data"),
    [
        ((0.0, 1.0, 1.2, 0.7), 0.2098158419519862243721113, 0.2010216300173799650842081),
        ((0.0, 1.0, 6.0, 1.0), 0.6892979330290777667229706, 8.310702066970922233277029),
        ((0.0, 1.0, 1.0, 1.0), 0.22284296436947235943 / 2, 0.25 - 0.22284296436947235943 / 2),
    ],
    ids=["base", "far", "unit shift"],
)
def test_gaussians_without_closed_form(pair, jensen_shannon, mixture_to_data):
    log_p, log_q = normals(*pair)
    measured = jensen_shannon_standard_between_densities(log_p, log_q, -12, 18)
    assert measured == pytest.approx(jensen_shannon, rel=1e-13)
    measured = kl_mixture_to_data_between_densities(log_p, log_q, -12, 18)
    assert measured == pytest.approx(mixture_to_data, rel=1e-13)


def test_jensen_shannon_by_the_quadrature_of_mpmath():
    def half_term(x):
        p, q = mpmath.npdf(x, -0.5, 2.0), mpmath.npdf(x, 1.0, 0.9)
        return (p * mpmath.log(2 * p / (p + q)) + q * mpmath.log(2 * q / (p + q))) / 2

    exact = mpmath.quad(half_term, [-20, -5, -1, 1, 3, 8, 20])
    measured = jensen_shannon_standard_between_densities(*normals(-0.5, 2.0, 1.0, 0.9), -25, 25)
    assert measured == pytest.approx(float(exact), rel=1e-12)


def test_the_mixture_is_the_average_density():
    log_m = mixture_of(*normals(0.0, 1.0, 1.2, 0.7))
    exact = (mpmath.npdf(0.3, 0.0, 1.0) + mpmath.npdf(0.3, 1.2, 0.7)) / 2
    assert np.exp(log_m(0.3)) == pytest.approx(float(exact), rel=1e-14)
