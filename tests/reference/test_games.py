import autograd.numpy as np
import pytest
from autograd import grad
from numpy.testing import assert_allclose

from reference.densities import normal_log_density
from reference.discriminator import optimal_discriminator
from reference.divergences import (
    jensen_shannon_standard,
    jensen_shannon_standard_between_densities,
    kl_between_densities,
    kl_mixture_to_data_between_densities,
)
from reference.games import (
    minimax_generator_loss,
    minimax_generator_objective,
    non_saturating_generator_loss,
    non_saturating_generator_objective,
    value,
    value_at_optimum,
)

P, Q = np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])
REAL, FAKE = np.repeat([0, 1, 2], [5, 3, 2]), np.repeat([0, 1, 2], [2, 3, 5])

LOW, HIGH = -12.0, 18.0

# generator_gradients.base and .far: (mean, deviation) of Q against P = N(0, 1); the two generators' gradients
# in it, against the optimal, frozen discriminator; their two losses.
BASE = dict(
    at=np.array([1.2, 0.7]),
    minimax=[0.253655489578761929081688, -0.2553381504150808407513798],
    non_saturating=[0.346344510421238070918312, -0.108947563870633444962906],
    minimax_loss=-0.4833313386079590850451208,
    non_saturating_loss=0.637732298994598231639406,
)
FAR = dict(
    at=np.array([6.0, 1.0]),
    minimax=[0.006226619609855270741275424, -0.01867985882956581222382627],
    non_saturating=[2.993773380390144729258725, 0.01867985882956581222382627],
    minimax_loss=-0.003849247530867542694261556,
    non_saturating_loss=9.001924623765433771347131,
)
CASES = pytest.mark.parametrize("case", [BASE, FAR], ids=["base", "far"])


def log_p(x):
    return normal_log_density(x, 0.0, 1.0)


def log_q(theta):
    return lambda x: normal_log_density(x, theta[0], theta[1])


def best_logit(theta):
    return lambda x: log_p(x) - log_q(theta)(x)


def test_cat3():
    D = optimal_discriminator(P, Q)
    # discrete.cat3
    minimax = minimax_generator_loss(D[REAL], D[FAKE])
    assert minimax == pytest.approx(-0.626732866177663657215090465943, rel=1e-15)
    non_saturating = non_saturating_generator_loss(D[FAKE])
    assert non_saturating == pytest.approx(0.450810042869955088385074314737, rel=1e-15)
    assert value(D[REAL], D[FAKE]) == pytest.approx(-1.25346573235532731443018093189, rel=1e-15)
    assert value_at_optimum(P, Q) == pytest.approx(-1.25346573235532731443018093189, rel=1e-15)


def test_at_the_equilibrium():
    guess = np.full(6, 0.5)
    assert minimax_generator_loss(guess, guess) == pytest.approx(-np.log(2), rel=1e-15)
    assert non_saturating_generator_loss(guess) == pytest.approx(np.log(2) / 2, rel=1e-15)
    assert value(guess, guess) == value_at_optimum(P, P) == pytest.approx(-np.log(4), rel=1e-15)


def test_resembles_jensen_shannon_exactly():
    rng = np.random.RandomState(0)
    for _ in range(20):
        p, q = rng.dirichlet(np.ones(5)), rng.dirichlet(np.ones(5))
        exact = 2 * jensen_shannon_standard(p, q) - np.log(4)
        assert value_at_optimum(p, q) == pytest.approx(exact, rel=1e-13)


def test_the_optimal_value_of_disjoint_distributions_is_zero():
    assert value_at_optimum(np.array([0.4, 0.6, 0.0]), np.array([0.0, 0.0, 1.0])) == 0


@CASES
def test_losses_at_the_optimal_discriminator(case):
    logit, log_model = best_logit(case["at"]), log_q(case["at"])
    minimax = minimax_generator_objective(logit, log_p, log_model, LOW, HIGH)
    assert minimax == pytest.approx(case["minimax_loss"], rel=1e-12)
    non_saturating = non_saturating_generator_objective(logit, log_model, LOW, HIGH)
    assert non_saturating == pytest.approx(case["non_saturating_loss"], rel=1e-13)


@CASES
def test_gradients_against_the_optimal_frozen_discriminator(case):
    frozen = best_logit(case["at"])
    minimax = grad(lambda theta: minimax_generator_objective(frozen, log_p, log_q(theta), LOW, HIGH))
    assert_allclose(minimax(case["at"]), case["minimax"], rtol=1e-11)
    non_saturating = grad(lambda theta: non_saturating_generator_objective(frozen, log_q(theta), LOW, HIGH))
    assert_allclose(non_saturating(case["at"]), case["non_saturating"], rtol=1e-11)


@CASES
def test_the_divergences_whose_gradients_these_are(case):
    def jensen_shannon(theta):
        return jensen_shannon_standard_between_densities(log_p, log_q(theta), LOW, HIGH)

    def mixture_to_data(theta):
        return kl_mixture_to_data_between_densities(log_p, log_q(theta), LOW, HIGH)

    assert_allclose(grad(jensen_shannon)(case["at"]), case["minimax"], rtol=1e-10)
    assert_allclose(grad(mixture_to_data)(case["at"]), case["non_saturating"], rtol=1e-10)


def test_the_minimax_gradient_saturates_and_the_other_does_not():
    assert abs(FAR["minimax"][0]) < 0.01 < 2.9 < abs(FAR["non_saturating"][0])
    half_reverse_kl = grad(lambda theta: kl_between_densities(log_q(theta), log_p, LOW, HIGH) / 2)(FAR["at"])
    assert_allclose(half_reverse_kl, [3.0, 0.0], atol=1e-11)
