import numpy as np
import pytest

from minigan.backend import to_numpy
from minigan.densities import Normal
from minigan.divergences import (
    TABLE,
    alpha,
    gan,
    jeffreys,
    jensen_shannon,
    kl,
    neyman,
    pearson,
    reverse_kl,
    squared_hellinger,
    total_variation,
    weighted_jensen_shannon,
)
from minigan.divergences.bias import estimator_bias
from minigan.divergences.estimators import bumps, nearest_neighbour, polynomials, trained_bound
from minigan.divergences.neighbours import by_counting
from minigan.random import generator

COUNTED = [jensen_shannon, weighted_jensen_shannon(0.3), gan, total_variation]
ESTIMATED = [kl, reverse_kl, jeffreys, squared_hellinger, pearson, alpha(0.5), alpha(1.5), *COUNTED]


@pytest.mark.parametrize("row", ESTIMATED, ids=str)
def test_the_bias_shrinks_with_the_sample(row):
    """Against the exact value between N(0, 1) and N(1, 1.2^2): the mean error over 20 samples, at 200 and at
    3200 points.
    """
    exact = float(row.between_densities(Normal(0.0, 1.0), Normal(1.0, 1.2)))
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


@pytest.mark.parametrize("row", COUNTED, ids=str)
@pytest.mark.parametrize("q, margin", [((0.0, 1.0), 0.012), ((4.0, 1.0), 0.012), ((0.0, 0.2), 0.02)])
def test_counting_neighbours_nears_the_truth(row, q, margin):
    """Ten samples of 3200 points each from N(0, 1) and from N(0, 1) again, N(4, 1), N(0, 0.04): the mean error."""
    exact = float(row.between_densities(Normal(0.0, 1.0), Normal(*q)))
    found = []
    for seed in range(10):
        rng = np.random.default_rng(seed)
        found.append(nearest_neighbour(row, rng.normal(0.0, 1.0, 3200), rng.normal(*q, 3200)))
    assert abs(np.mean(found) - exact) < margin + 4 * np.std(found) / np.sqrt(10)
    assert np.std(found) < 0.03


@pytest.mark.parametrize("row", COUNTED, ids=str)
def test_counting_takes_samples_of_different_sizes(row):
    """5000 against 1500 points, in two dimensions where only one differs; and points all at one place."""
    exact = float(row.between_densities(Normal(0.0, 1.0), Normal(1.5, 1.0)))
    found = []
    for seed in range(5):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(5000, 2)), rng.normal(size=(1500, 2)) + np.array([1.5, 0.0])
        found.append(by_counting(row, x, y))
    assert abs(np.mean(found) - exact) < 0.04
    with pytest.raises(ValueError, match="coordinates"):
        by_counting(row, np.zeros((9, 1)), np.zeros((9, 2)))


def test_counting_corrects_the_bias_of_shares_among_few():
    """At P = Q the plain mean of h(eta) is 1/k too much for Jensen-Shannon, whose h''(eta) is 2 / (eta (1 - eta))."""
    from minigan.divergences.neighbours import _mean_of_shares, neighbours_are_real

    k, plain, corrected = 40, [], []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        x, y = rng.normal(size=(1000, 1)), rng.normal(size=(1000, 1))
        plain.append(_mean_of_shares(jensen_shannon, neighbours_are_real(x, y, k), 0.5))
        corrected.append(by_counting(jensen_shannon, x, y, k))
    assert np.mean(plain) == pytest.approx(1 / k, rel=0.15)
    assert abs(np.mean(corrected)) < 0.15 / k


def test_the_estimate_of_an_unbounded_row_does_not_count():
    rng = np.random.default_rng(0)
    with pytest.raises(ValueError, match="unbounded"):
        by_counting(kl, rng.normal(size=50), rng.normal(size=50))
    with pytest.raises(ValueError, match="k must be between"):
        by_counting(jensen_shannon, rng.normal(size=50), rng.normal(size=50), k=50)


def test_the_neighbours_of_ties_are_still_k_others():
    from minigan.divergences.neighbours import neighbours_are_real

    found = neighbours_are_real(np.zeros((6, 1)), np.ones((6, 1)), 4)
    assert found.shape == (12, 4) and found[:6].all() and not found[6:].any()


def test_refusals():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=50), rng.normal(size=50)
    with pytest.raises(ValueError, match="k must be between"):
        nearest_neighbour(kl, x, y, k=0)
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


def test_bumps_see_a_second_hump_where_polynomials_do_not():
    rng = np.random.default_rng(0)
    x, y = np.where(rng.random(4000) < 0.5, -1.5, 1.5) + 0.3 * rng.normal(size=4000), 1.5 * rng.normal(size=4000)
    low, high = (
        trained_bound(jensen_shannon, x, y, polynomials(2)).value,
        trained_bound(jensen_shannon, x, y, bumps()).value,
    )
    assert high > 5 * low > -0.05


@pytest.mark.parametrize("row", [kl, neyman, jensen_shannon, total_variation], ids=str)
def test_biases_beside_the_exact_value(row):
    """Eight samples of 1500 points: a critic's bound is too low on average, neighbours are off by little."""
    p, q = Normal(0.0, 1.0), Normal(0.5, 1.0)
    exact = float(row.between_densities(p, q))
    found = estimator_bias(row, p, q, 1500, seeds=8)
    assert set(found) == {"critic", "nearest_neighbour"}
    for one in found.values():
        assert one.bias == pytest.approx(one.mean - exact, abs=1e-15) and 0 < one.standard_error < 0.6 * exact
    assert found["critic"].bias < 3 * found["critic"].standard_error
    assert found["critic"].mean > 0.5 * exact - 3 * found["critic"].standard_error
    assert abs(found["nearest_neighbour"].bias) < 3 * found["nearest_neighbour"].standard_error + 0.05 * exact
    again = estimator_bias(row, p, q, 1500, seeds=range(8))
    assert again == found


def test_biases_that_cannot_be_told():
    with pytest.raises(ValueError, match="infinite"):
        estimator_bias(neyman, Normal(0.0, 1.0), Normal(0.0, 2.0), 100)
    with pytest.raises(ValueError, match="two seeds"):
        estimator_bias(kl, Normal(0.0, 1.0), Normal(0.0, 2.0), 100, seeds=1)


@pytest.mark.parametrize("n", [200, 1000])
@pytest.mark.parametrize("row", COUNTED, ids=str)
def test_samples_of_atoms_are_refused_where_neighbours_are_counted(row, n):
    """Three atoms against themselves used to come to 0.27 at 200 points and to 0.66 at 1,000."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 3, n).astype(float), rng.integers(0, 3, n).astype(float)
    with pytest.raises(ValueError, match="points lie at one place: of ties no k are the nearest"):
        by_counting(row, x, y)


def test_a_few_ties_do_no_harm():
    """Values rounded to float32 have some: a fifth of these are at a place with another."""
    rng = np.random.default_rng(0)
    x, y = (np.round(rng.normal(size=2000), 3 + i) for i in range(2))
    assert abs(by_counting(jensen_shannon, x, y)) < 0.03


def test_the_standard_error_of_halves_of_different_sizes_is_the_spread_of_bounds():
    """400 points against 60, forty times: with the sizes changed it would be 2.6 times as much or as little."""
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found.append(trained_bound(jensen_shannon, rng.normal(0.0, 1.0, 400), rng.normal(0.3, 1.0, 60), polynomials(1)))
    spread = np.std([one.value for one in found], ddof=1)
    assert 0.6 < np.median([one.standard_error for one in found]) / spread < 1.5


def test_biases_of_two_seeds_have_the_error_of_two_numbers():
    """mean (a + b)/2, standard error |a - b|/2."""
    p, q = Normal(0.0, 1.0), Normal(0.5, 1.0)
    found = estimator_bias(kl, p, q, 200, seeds=2)["nearest_neighbour"]
    one, other = (nearest_neighbour(kl, *samples(seed, p, q)) for seed in (0, 1))
    assert found.mean == pytest.approx((one + other) / 2, rel=1e-13)
    assert found.standard_error == pytest.approx(abs(one - other) / 2, rel=1e-12)


def samples(seed, *densities, n=200):
    rng = generator(seed)
    return [to_numpy(density.sample(rng, (n,))) for density in densities]
