import numpy as np
import pytest

from minigan.densities import Normal
from minigan.divergences import TABLE, alpha, jeffreys, jensen_shannon, kl, pearson, reverse_kl, squared_hellinger
from minigan.divergences.estimators import nearest_neighbour, polynomials, trained_bound

ESTIMATED = [kl, reverse_kl, jeffreys, squared_hellinger, pearson, alpha(0.5), alpha(1.5)]


@pytest.mark.parametrize("row", ESTIMATED, ids=str)
def test_the_bias_shrinks_with_the_sample(row):
    """Against the closed form between N(0, 1) and N(1, 1.2^2): the mean error over 20 samples, at 200 and at
    3200 points.
    """
    exact = float(row.between_gaussians(0.0, 1.0, 1.0, 1.2))
    errors = []
    for n in (200, 3200):
        found = []
        for seed in range(20):
            rng = np.random.default_rng(seed)
            found.append(nearest_neighbour(row, rng.normal(0.0, 1.0, n), rng.normal(1.0, 1.2, n)))
        errors.append((abs(np.mean(found) - exact), np.std(found) / np.sqrt(20)))
    (_, _), (bias, noise) = errors
    assert bias < 0.03 * max(exact, 0.3) + 4 * noise
    assert errors[1][0] < errors[0][0] + 3 * (errors[0][1] + errors[1][1])


def test_equal_distributions_and_two_dimensions():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(4000, 2)), rng.normal(size=(4000, 2))
    assert abs(nearest_neighbour(kl, x, y)) < 0.05
    shifted = y + np.array([1.0, 0.0])
    assert nearest_neighbour(kl, x, shifted) == pytest.approx(0.5, abs=0.08)


def test_refusals():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=50), rng.normal(size=50)
    with pytest.raises(ValueError, match="no nearest-neighbour estimate"):
        nearest_neighbour(jensen_shannon, x, y)
    with pytest.raises(ValueError, match="ties"):
        nearest_neighbour(kl, np.zeros(50), y)
    with pytest.raises(ValueError, match="k must be between"):
        nearest_neighbour(kl, x, y, k=50)
    with pytest.raises(ValueError, match="needs k >"):
        nearest_neighbour(alpha(3.0), x, y, k=2)
    with pytest.raises(ValueError, match="coordinates"):
        nearest_neighbour(kl, x, rng.normal(size=(50, 2)))
    with pytest.raises(ValueError, match="shape"):
        nearest_neighbour(kl, np.zeros((2, 2, 2)), y)


@pytest.mark.parametrize("name", TABLE)
def test_a_trained_critic_nears_the_truth_from_below(name):
    """Between N(0, 1) and N(0.6, 1), whose log-ratio is linear: three seeds, against the quadrature."""
    row = TABLE[name]
    exact = float(row.between_densities(Normal(0.0, 1.0), Normal(0.6, 1.0)))
    for seed in range(3):
        rng = np.random.default_rng(seed)
        found = trained_bound(row, rng.normal(0.0, 1.0, 6000), rng.normal(0.6, 1.0, 6000), polynomials(1))
        assert found.value <= exact + 4 * found.standard_error
        assert found.value >= exact - 4 * found.standard_error - 0.05 * (exact - row.smallest)
        assert found.standard_error < 0.3 * (exact - row.smallest)


def test_a_critic_without_features_sees_nothing():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=100), rng.normal(1.0, 1.0, 100)
    blind = trained_bound(kl, x, y, features=lambda x: np.ones((len(x), 1)))
    assert abs(blind.value) < 1e-6 and blind.standard_error < 1e-6
    with pytest.raises(ValueError, match="need four of each kind"):
        trained_bound(kl, x[:3], y)
