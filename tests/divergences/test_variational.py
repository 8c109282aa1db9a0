import math

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.densities import Normal
from minigan.divergences import TABLE, alpha, jensen_shannon, kl, pearson, total_variation
from minigan.divergences.categorical import likelihood_ratio
from minigan.divergences.variational import (
    bound_between_densities,
    bound_of_outputs,
    estimate,
    gap,
    largest_output,
    softly_bounded,
)

ROWS = [*TABLE.values(), alpha(-0.5), alpha(3.0)]
P, Q = [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]


def host(x):
    return np.asarray(mg.to_numpy(x), dtype=float)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_optimal_critic_attains_the_divergence(row):
    p, q = mnp.asarray(P), mnp.asarray(Q)
    exact = float(row.between(p, q))
    best = row.optimal_critic(p / q)
    assert float(row.bound(best, best, p, q)) == pytest.approx(exact, rel=1e-13)
    assert float(gap(row, best, p, q)) == pytest.approx(0.0, abs=1e-15)
    v = mnp.log(p / q)
    assert float(bound_of_outputs(row, v, v, p, q, canonical=True)) == pytest.approx(exact, rel=1e-13)


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_any_other_critic_falls_short_by_the_gap(row):
    p, q = mnp.asarray(P), mnp.asarray(Q)
    rng = np.random.default_rng(0)
    for _ in range(20):
        v = mnp.asarray(rng.normal(size=3))
        for canonical in (False, True):
            t = row.canonical_activation(v) if canonical else row.activation(v)
            low = float(row.bound(t, t, p, q))
            assert low <= float(row.between(p, q)) + 1e-14
            assert float(gap(row, t, p, q)) == pytest.approx(float(row.between(p, q)) - low, abs=1e-13)
            assert float(bound_of_outputs(row, v, v, p, q, canonical)) == pytest.approx(low, abs=1e-13)


def test_the_gradient_in_the_critic_vanishes_at_the_optimum():
    p, q = mnp.asarray(P), mnp.asarray(Q)
    for row in ROWS:
        if row is total_variation:
            continue
        best = row.optimal_critic(p / q)
        slope = host(mg.grad(lambda t, row=row: row.bound(t, t, p, q))(best))
        assert np.abs(slope).max() < 1e-14


def test_samples_and_weights_agree():
    t = mnp.asarray([0.5, -0.5, 0.2, 0.2])
    equal_weights = mnp.asarray([0.25] * 4)
    for row in (kl, pearson, total_variation):
        assert float(row.bound(t, t)) == pytest.approx(float(row.bound(t, t, equal_weights, equal_weights)), rel=1e-14)


def test_batches_of_distributions():
    p, q = mnp.asarray([P, Q]), mnp.asarray([Q, P])
    best = kl.optimal_critic(p / q)
    np.testing.assert_allclose(host(kl.bound(best, best, p, q)), host(kl.between(p, q)), rtol=1e-13)


def test_empty_categories():
    """T* is infinite where p or q is empty, and weights of zero leave that out."""
    p, q = mnp.asarray([0.5, 0.5, 0.0]), mnp.asarray([0.0, 0.5, 0.5])
    best = jensen_shannon.optimal_critic(likelihood_ratio(p, q))
    assert float(jensen_shannon.bound(best, best, p, q)) == pytest.approx(math.log(2.0), rel=1e-14)
    assert float(gap(jensen_shannon, best, p, q)) == pytest.approx(0.0, abs=1e-15)
    assert float(gap(kl, mnp.asarray([1.0, 1.0, 1.0]), p, q)) == math.inf
    t = mnp.asarray([0.2, -0.3, -2.0])
    expected = math.log(2.0) - float(jensen_shannon.bound(t, t, p, q))
    assert float(gap(jensen_shannon, t, p, q)) == pytest.approx(expected, rel=1e-13)


def test_outside_the_domain_the_bound_is_minus_infinity():
    t = mnp.asarray([2.0, 2.0])
    assert float(jensen_shannon.bound(t, t, [0.5, 0.5], [0.5, 0.5])) == -math.inf


@pytest.mark.parametrize("row", [kl, jensen_shannon, TABLE["squared_hellinger"], TABLE["gan"]], ids=str)
def test_monte_carlo_estimates_cover_the_truth(row):
    """500 estimates from 400 samples: within two standard errors in 95 percent, 4 sigma of a binomial either
    way.
    """
    rng = np.random.default_rng(1)

    def critic(x):
        return row.optimal_critic(np.exp(0.5 - x))

    exact = float(row.between_densities(Normal(0.0, 1.0), Normal(1.0, 1.0)))
    covered = 0
    with mg.use("numpy"):
        for _ in range(500):
            found = estimate(row, critic(rng.normal(0.0, 1.0, 400)), critic(rng.normal(1.0, 1.0, 400)))
            covered += abs(float(found.value) - exact) <= 1.96 * float(found.standard_error)
    assert abs(covered - 475) <= 4 * math.sqrt(500 * 0.95 * 0.05)


def test_an_estimate_needs_two_samples():
    with pytest.raises(ValueError, match="there are 1 real and 2 fake"):
        estimate(kl, [0.0], [0.0, 1.0])


@pytest.mark.parametrize("row", [kl, TABLE["jensen_shannon"], TABLE["reverse_kl"], pearson], ids=str)
def test_bound_between_densities(row):
    p, q = Normal(0.0, 1.0), Normal(0.5, 1.1)
    exact = float(row.between_densities(p, q))

    def log_ratio(x):
        return p.log_density(x) - q.log_density(x)

    best = bound_between_densities(row, lambda x: row.canonical_activation(log_ratio(x)), p, q)
    assert float(best) == pytest.approx(exact, rel=1e-9)
    other = bound_between_densities(row, lambda x: row.canonical_activation(0.7 * log_ratio(x)), p, q)
    assert 0.5 * exact < float(other) < exact
    slope = mg.grad(
        lambda c: bound_between_densities(row, lambda x: row.canonical_activation(c * log_ratio(x)), p, q).value
    )
    assert abs(float(slope(mnp.asarray(1.0)))) < 1e-9 and float(slope(mnp.asarray(0.7))) > 0


def test_the_bound_on_v_follows_the_growth_of_the_row():
    assert largest_output(jensen_shannon, 4096) == largest_output(TABLE["gan"], 4096) == 8.0
    for row, growth in ((kl, 1.0), (TABLE["reverse_kl"], 1.0), (TABLE["jeffreys"], 1.0), (pearson, 2.0)):
        assert largest_output(row, 1000) == pytest.approx(math.log(1000) / growth, rel=1e-9)
    for a in (-0.5, 1.5, 3.0):
        assert largest_output(alpha(a), 1000) == pytest.approx(math.log(1000) / max(a, 1.0 - a), rel=1e-9)
    v = softly_bounded(mnp.asarray([-1e3, 0.01, 1e3]), 3.0)
    np.testing.assert_allclose(host(v), [-3.0, 0.01, 3.0], rtol=1e-5)


def test_the_standard_error_by_hand():
    """Two numbers against three: T = 0, 1 has the variance 1/2, and f*(T) = T + T^2/4 = 0, 3, 8 has 49/3."""
    found = estimate(pearson, [0.0, 1.0], [0.0, 2.0, 4.0])
    assert float(found.value) == pytest.approx(0.5 - 11.0 / 3.0, rel=1e-15)
    assert float(found.standard_error) == pytest.approx(math.sqrt(0.5 / 2.0 + (49.0 / 3.0) / 3.0), rel=1e-15)
