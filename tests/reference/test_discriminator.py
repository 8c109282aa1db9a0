import autograd.numpy as np
import mpmath
import pytest
from autograd import grad
from numpy.testing import assert_allclose

from reference.densities import integrate, normal_density, normal_log_density
from reference.discriminator import (
    discriminator_loss,
    discriminator_objective,
    discriminator_objective_of_logit,
    optimal_discriminator,
    optimal_logit,
)

# Batches in the very proportions of p and q, so that their means are the expectations.
P, Q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
REAL, FAKE = np.repeat([0, 1, 2], [5, 3, 2]), np.repeat([0, 1, 2], [2, 3, 5])


def p_data(x):
    return normal_density(x, 0.0, 1.0)


def p_model(x):
    return normal_density(x, 1.2, 0.7)


def log_p_data(x):
    return normal_log_density(x, 0.0, 1.0)


def log_p_model(x):
    return normal_log_density(x, 1.2, 0.7)


def best_logit(x):
    return optimal_logit(log_p_data(x), log_p_model(x))


def test_the_loss_of_cat3_at_the_optimum():
    D = optimal_discriminator(P, Q)
    exact = 0.626732866177663657215090465943  # discrete.cat3, JD_at_Dstar
    assert discriminator_loss(D[REAL], D[FAKE]) == pytest.approx(exact, rel=1e-15)


def test_the_loss_of_a_guess_is_log_2():
    assert discriminator_loss(np.full(4, 0.5), np.full(7, 0.5)) == pytest.approx(np.log(2), rel=1e-15)


def test_the_loss_at_its_ends():
    with np.errstate(divide="ignore"):
        assert discriminator_loss(np.array([1.0]), np.array([0.0])) == 0
        assert discriminator_loss(np.array([0.0]), np.array([0.0])) == np.inf
        assert discriminator_loss(np.array([1.0]), np.array([1.0])) == np.inf


def test_no_change_of_the_optimal_discriminator_lowers_the_loss():
    D = optimal_discriminator(P, Q)

    def loss(D):
        return discriminator_loss(D[REAL], D[FAKE])

    assert_allclose(grad(loss)(D), 0, atol=1e-15)
    rng = np.random.RandomState(0)
    assert all(loss(rng.uniform(0.01, 0.99, 3)) > loss(D) for _ in range(50))


def test_both_empty_leaves_the_discriminator_free():
    with np.errstate(invalid="ignore"):
        assert np.isnan(optimal_discriminator(np.array([0.0]), np.array([0.0])))[0]
    assert optimal_discriminator(0.2, 0.0) == 1
    assert optimal_discriminator(0.0, 0.2) == 0


def test_the_logit_of_the_optimal_discriminator():
    x = np.linspace(-3.0, 4.0, 15)
    D = 1 / (1 + np.exp(-best_logit(x)))
    assert_allclose(D, optimal_discriminator(p_data(x), p_model(x)), rtol=1e-13)


def test_base_objective_at_the_optimum():
    exact = 0.4833313386079590850451208  # generator_gradients.base, JD
    by_logit = discriminator_objective_of_logit(best_logit, log_p_data, log_p_model, -10, 12)
    assert by_logit == pytest.approx(exact, rel=1e-14)

    def D(x):
        return optimal_discriminator(p_data(x), p_model(x))

    # Beyond this interval both integrands are below 1e-14, and D rounds to 1, which loses the literal form.
    assert discriminator_objective(D, p_data, p_model, -5, 8.5) == pytest.approx(exact, rel=1e-12)
    with np.errstate(divide="ignore", invalid="ignore"):
        assert not np.isfinite(discriminator_objective(D, p_data, p_model, -10, 12))


def test_far_objective_at_the_optimum():
    def log_far(x):
        return normal_log_density(x, 6.0, 1.0)

    def best_far_logit(x):
        return optimal_logit(log_p_data(x), log_far(x))

    exact = 0.003849247530867542694261556  # generator_gradients.far, JD
    measured = discriminator_objective_of_logit(best_far_logit, log_p_data, log_far, -10, 16)
    assert measured == pytest.approx(exact, rel=1e-12)


def test_literal_and_logit_objectives_agree_with_mpmath_away_from_the_optimum():
    def logit(x):
        return 0.3 - 0.8 * x

    def term(x):
        D = 1 / (1 + mpmath.exp(-(mpmath.mpf("0.3") - mpmath.mpf("0.8") * x)))
        return -(mpmath.npdf(x, 0, 1) * mpmath.log(D) + mpmath.npdf(x, 1.2, 0.7) * mpmath.log(1 - D)) / 2

    exact = float(mpmath.quad(term, [-12, -4, -1, 1, 2, 4, 12]))
    literal = discriminator_objective(lambda x: 1 / (1 + np.exp(-logit(x))), p_data, p_model, -12, 12)
    assert literal == pytest.approx(exact, rel=1e-12)
    by_logit = discriminator_objective_of_logit(logit, log_p_data, log_p_model, -12, 12)
    assert by_logit == pytest.approx(exact, rel=1e-12)


def test_the_gap_to_the_optimum_is_a_divergence_of_bernoullis():
    """2 (J^(D)(D) - J^(D)(D*)) = int (p + q) KL(Bernoulli(D*) || Bernoulli(D)), so D* is the one minimum."""

    def logit(x):
        return 0.3 - 0.8 * x

    def gap(x):
        v_best, v = best_logit(x), logit(x)
        D = 1 / (1 + np.exp(-v_best))
        divergence = D * (np.logaddexp(0, -v) - np.logaddexp(0, -v_best))
        divergence = divergence + (1 - D) * (np.logaddexp(0, v) - np.logaddexp(0, v_best))
        return (p_data(x) + p_model(x)) * divergence

    J = discriminator_objective_of_logit(logit, log_p_data, log_p_model, -12, 12)
    J_best = discriminator_objective_of_logit(best_logit, log_p_data, log_p_model, -12, 12)
    assert 2 * (J - J_best) == pytest.approx(integrate(gap, -12, 12), rel=1e-12)
