"""Hamiltonian chains: leapfrog's laws, moments against closed forms and quadratures, and eight schools."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats
from scipy.integrate import quad

import minigan as mg
import minigan.numpy as mnp
from minigan.models.implicit import eight_schools as S
from minigan.models.implicit import schools_posteriors as P
from minigan.models.implicit.hamiltonian import hamiltonian_chains, leapfrog
from minigan.quadrature import integrate
from minigan.random import generator


def quartic(z):
    """log of exp(-z^4 / 4 + z^2 / 2 + z / 5): two modes of unequal weight."""
    return mnp.sum(-0.25 * z**4 + 0.5 * z * z + 0.2 * z, -1)


def slope(z):
    return -(z**3) + z + 0.2


@given(st.floats(-2, 2), st.floats(-2, 2), st.integers(1, 20))
def test_leapfrog_goes_back_by_the_way_it_came(z, momentum, leaps):
    end, turned = leapfrog(slope, mnp.asarray(z), mnp.asarray(momentum), 0.1, leaps)
    back, again = leapfrog(slope, end, -turned, 0.1, leaps)
    assert_allclose([float(back), -float(again)], [z, momentum], atol=1e-9)


def test_leapfrog_keeps_volumes_and_energies_to_second_order():
    def energy(z, momentum):
        return float(-quartic(z) + 0.5 * mnp.sum(momentum * momentum))

    z, momentum = mnp.asarray([0.7]), mnp.asarray([1.1])
    errors = []
    for leaps in (10, 20, 40):
        end = leapfrog(slope, z, momentum, 2.0 / leaps, leaps)
        errors.append(abs(energy(*end) - energy(z, momentum)))
    assert_allclose([errors[0] / errors[1], errors[1] / errors[2]], 4.0, rtol=0.15)

    def both(start):
        return mnp.stack(leapfrog(slope, start[0], start[1], 0.3, 7))

    jacobian = mg.to_numpy(mg.jacobian(both)(mnp.asarray([0.7, 1.1])))
    assert_allclose(np.linalg.det(jacobian), 1.0, rtol=1e-12)


@pytest.mark.parametrize("step_length", [0.2, 0.9])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_moments_of_a_correlated_gaussian_however_long_the_steps(seed, step_length):
    covariance = np.array([[1.0, 0.6], [0.6, 0.8]])
    precision, mean = mnp.asarray(np.linalg.inv(covariance)), mnp.asarray([0.5, -1.0])

    def log_density(z):
        return -0.5 * mnp.sum((z - mean) * mnp.matmul(z - mean, precision), -1)

    found = hamiltonian_chains(log_density, mnp.zeros((200, 2)), seed, steps=150, step_length=step_length, leaps=5)
    draws = mg.to_numpy(found.samples)[30:].reshape(-1, 2)
    assert_allclose(draws.mean(0), [0.5, -1.0], atol=0.05)
    assert_allclose(np.cov(draws.T), covariance, atol=0.07)
    assert found.accepted > 0.97 if step_length < 0.5 else 0.4 < found.accepted < 0.95


def test_moments_of_two_modes_are_those_of_a_quadrature():
    """Steps so long that a chain without the last word of Metropolis and Hastings would be seen to be off."""
    found = hamiltonian_chains(quartic, mnp.zeros((400, 1)), 3, steps=200, step_length=0.7, leaps=3)
    draws = mg.to_numpy(found.samples)[40:].ravel()
    whole = float(integrate(lambda z: mnp.exp(quartic(z[:, None])), -6, 6))
    for power in (1, 2, 4):
        exact = float(integrate(lambda z, k=power: z**k * mnp.exp(quartic(z[:, None])), -6, 6)) / whole
        assert abs((draws**power).mean() - exact) < 0.05, power
    assert 0.6 < found.accepted < 0.97


def test_chains_go_by_their_seed_and_do_not_see_each_other():
    one, same, other = (
        mg.to_numpy(hamiltonian_chains(quartic, mnp.zeros((3, 2)), seed, steps=4, step_length=0.3).samples)
        for seed in (0, 0, 1)
    )
    assert one.shape == (4, 3, 2) and (one == same).all() and (one != other).any()
    assert len(np.unique(one[-1])) == 6


def test_what_cannot_be_a_chain_is_refused():
    start = mnp.zeros((2, 1))
    with pytest.raises(ValueError, match="rows, an array of shape"):
        hamiltonian_chains(quartic, mnp.zeros(2), 0, steps=1, step_length=0.1)
    with pytest.raises(ValueError, match=r"a finite number for each of the 2 chains where they start.*nan"):
        hamiltonian_chains(lambda z: math.nan * mnp.sum(z, -1), start, 0, steps=1, step_length=0.1)
    with pytest.raises(ValueError, match="a finite number for each of the 2 chains"):
        hamiltonian_chains(lambda z: mnp.sum(z), start, 0, steps=1, step_length=0.1)
    with pytest.raises(ValueError, match="step_length"):
        hamiltonian_chains(quartic, start, 0, steps=1, step_length=0.0)
    with pytest.raises(TypeError, match="the log density"):
        hamiltonian_chains(3.0, start, 0, steps=1, step_length=0.1)


# -- eight schools ---------------------------------------------------------------------------------------------------


def test_the_joint_density_is_the_sum_of_its_factors():
    z = np.random.default_rng(0).standard_normal(10)
    stated = stats.norm.logpdf(z).sum()
    for j, (y, deviation) in enumerate(zip(S.EFFECTS, S.DEVIATIONS)):
        stated += stats.norm.logpdf(y, z[0] + math.exp(z[1]) * z[2 + j], deviation)
    assert_allclose(float(S.log_joint(mnp.asarray(z)[None, :])[0]), stated, rtol=1e-12)


def test_the_posterior_of_eight_schools_by_quadrature_and_by_a_chain():
    """Two ways that share no formula: m and log s on a grid with effects integrated out, and all ten numbers' slopes."""
    exact = S.exact_moments()
    start = 0.1 * generator(1).standard_normal(
        (200, 10)
    )  # apart, and not where s is large: steps would be too long there
    found = hamiltonian_chains(S.log_joint, start, 0, steps=300, step_length=0.15, leaps=8)
    chain = S.moments_of(mg.to_numpy(found.samples)[50:].reshape(-1, 10))
    assert_allclose((chain.means - exact.means) / exact.deviations, 0.0, atol=0.05)
    assert_allclose(chain.deviations, exact.deviations, rtol=0.04)
    finer = S.exact_moments(801)
    assert_allclose(finer.means, exact.means, atol=1e-9)
    assert exact.deviations[2:].max() < 0.9 * max(S.DEVIATIONS)  # schools learn from each other


def test_a_school_alone_is_pulled_towards_the_others():
    """Every effect's mean lies between what was seen there and the mean of all."""
    exact = S.exact_moments()
    for y, effect in zip(S.EFFECTS, exact.means[2:]):
        assert min(y, exact.means[0]) < effect < max(y, exact.means[0]), y


def test_the_evidence_is_that_of_gaussians_given_s():
    """Given s, all that was seen is one Gaussian, of covariance 1 + s^2 + deviation^2: a quadrature over log s alone."""
    y, noise = np.array(S.EFFECTS), np.diag(np.square(S.DEVIATIONS))

    def density(log_s):
        covariance = np.ones((8, 8)) + math.exp(2.0 * log_s) * np.eye(8) + noise
        return stats.norm.pdf(log_s) * stats.multivariate_normal.pdf(y, np.zeros(8), covariance)

    assert_allclose(S.log_evidence(), math.log(quad(density, -6.0, 6.0, epsabs=0.0)[0]), rtol=1e-7)


# -- three kinds of q ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("independent", [True, False])
def test_no_gaussian_nearby_has_a_greater_bound(independent):
    """By draws of its own, and densities of SciPy's."""
    found, noise = P.best_gaussian(independent), np.random.default_rng(0).standard_normal((20_000, 10))

    def bound(shift, root):
        z = shift + noise @ root.T
        log_q = stats.multivariate_normal.logpdf(z, shift, root @ root.T)
        return mg.to_numpy(S.log_joint(mnp.asarray(z))) - log_q

    at_best = bound(found.shift, found.root)
    assert_allclose(at_best.mean(), found.elbo, atol=0.05)
    assert found.elbo < S.log_evidence()
    assert (found.root[np.tril_indices(10, -1)] == 0.0).all() == independent
    rng = np.random.default_rng(1)
    for _ in range(8):
        moved = found.shift + 0.1 * rng.standard_normal(10)
        wider = found.root * np.exp(0.1 * rng.standard_normal(10))
        assert bound(moved, found.root).mean() < at_best.mean()
        assert bound(found.shift, wider).mean() < at_best.mean()


def test_whitened_codes_forget_affine_maps_and_the_entropy_does_not():
    rng = np.random.default_rng(2)
    z, turn = rng.exponential(size=(200, 3)), np.tril(rng.standard_normal((3, 3))) + 3.0 * np.eye(3)
    told, entropy = P.whitened(mnp.asarray(z))
    assert_allclose(np.cov(mg.to_numpy(told).T, bias=True), np.eye(3), atol=1e-12)
    assert_allclose(mg.to_numpy(told).mean(0), 0.0, atol=1e-12)
    assert_allclose(float(entropy), stats.multivariate_normal(None, np.cov(z.T, bias=True)).entropy(), rtol=1e-12)
    again, more = P.whitened(mnp.asarray(5.0 + z @ turn.T))
    assert_allclose(mg.to_numpy(again), mg.to_numpy(told), atol=1e-10)
    assert_allclose(float(more - entropy), np.linalg.slogdet(turn)[1], rtol=1e-10)


def test_the_implicit_q_begins_at_the_gaussian_and_learns():
    begun = S.moments_of(mg.to_numpy(P.posterior_samples("AVB", 0, 1, draws=4000)))
    there = S.moments_of(mg.to_numpy(P.posterior_samples("one Gaussian", 0, 1, draws=4000)))
    assert P.distance(begun, there).means < 0.1 and P.distance(begun, there).deviations < 0.05
    with pytest.raises(ValueError, match="no kind of q is called 'AVG'; the nearest is 'AVB'"):
        P.posterior_samples("AVG", 0, 1)
