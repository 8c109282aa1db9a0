"""A critic's bound on samples, from features to standard error, every mean written out; and how far its v may go."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.optimize import minimize

import minigan.numpy as mnp
from minigan.backend import to_numpy
from minigan.densities import Normal
from minigan.divergences import jensen_shannon, kl, pearson, total_variation
from minigan.divergences.bias import ESTIMATORS, Bias, estimator_bias
from minigan.divergences.estimators import bumps, polynomials, trained_bound
from minigan.divergences.neighbours import points_of
from minigan.divergences.variational import LARGEST, bound, gap, largest_output
from minigan.random import generator

ROWS = {  # T = f'(exp v), f*(T), and the s with T, f*(T) = O(exp(s |v|))
    kl: (lambda v: v + 1.0, np.exp, 1.0),
    pearson: (lambda v: 2.0 * np.expm1(v), lambda v: np.expm1(2.0 * v), 2.0),
    jensen_shannon: (
        lambda v: math.log(2.0) - np.log1p(np.exp(-v)),
        lambda v: np.log1p(np.exp(v)) - math.log(2.0),
        None,
    ),
    total_variation: (lambda v: 0.5 * np.tanh(v), lambda v: 0.5 * np.tanh(v), None),
}


def by_hand(row, real, fake, features, penalty):
    """(value, standard error, bound on the training half), all from the definition."""
    g, f, growth = ROWS[row]
    both = np.concatenate([real, fake])
    mean = both.sum(axis=0) / len(both)
    spread = np.sqrt(((both - mean) ** 2).sum(axis=0) / len(both))
    spread[spread == 0.0] = 1.0
    real, fake = features((real - mean) / spread), features((fake - mean) / spread)
    fewest = min(len(real[::2]), len(fake[::2]))
    c = min(8.0, math.log(fewest) / growth) if growth else 8.0 if row is not total_variation else math.inf
    bounded = (lambda v: v) if math.isinf(c) else (lambda v: c * np.tanh(v / c))

    def terms(theta, half):
        return g(bounded(real[half::2] @ theta)), f(bounded(fake[half::2] @ theta))

    def loss(theta):
        t, s = terms(theta, 0)
        return penalty * theta @ theta - (t.mean() - s.mean())

    theta = minimize(loss, np.zeros(real.shape[1]), method="BFGS", options={"gtol": 1e-7}).x
    (t, s), (seen_t, seen_s) = terms(theta, 1), terms(theta, 0)
    squares = [sum((x - x.mean()) ** 2) / (len(x) - 1) / len(x) for x in (t, s)]
    return t.mean() - s.mean(), math.sqrt(sum(squares)), seen_t.mean() - seen_s.mean()


@pytest.mark.parametrize("row", ROWS, ids=str)
@pytest.mark.parametrize("n, m", [(4, 4), (4, 6), (7, 4), (40, 25)])
def test_the_trained_bound_by_hand(row, n, m):
    """Halves of two points have a standard error, too: with n - 2 for n - 1 it would be infinite."""
    rng = np.random.default_rng([n, m])
    real, fake = 3.0 + 2.0 * rng.normal(size=(n, 1)), 4.0 + rng.normal(size=(m, 1))
    features, penalty = (lambda x: np.concatenate([np.ones_like(x), x], axis=1)), 0.1
    found = trained_bound(row, real, fake, features, penalty)
    value, error, seen = by_hand(row, real, fake, features, penalty)
    assert found.value == pytest.approx(value, rel=1e-3, abs=1e-4)
    assert found.standard_error == pytest.approx(error, rel=2e-3, abs=1e-5)
    assert found.on_training_half == pytest.approx(seen, rel=1e-3, abs=1e-4)
    assert found.on_training_half >= -1e-9 or row is jensen_shannon  # it is the maximum, and 0 at v = 0


def test_the_critic_is_by_default_a_polynomial_of_degree_four_with_a_small_penalty():
    rng = np.random.default_rng(5)
    real, fake = rng.normal(size=(60, 2)), rng.normal(0.5, 1.0, size=(50, 2))
    default = trained_bound(jensen_shannon, real, fake)
    assert default == trained_bound(jensen_shannon, real, fake, polynomials(4), 1e-6)
    assert default == trained_bound(jensen_shannon, real, fake, features=polynomials())
    assert default.value != trained_bound(jensen_shannon, real, fake, polynomials(3)).value


def test_a_coordinate_that_never_changes_is_no_reason_to_divide_by_zero():
    rng = np.random.default_rng(6)
    real, fake = rng.normal(size=(30, 1)), rng.normal(1.0, 1.0, size=(30, 1))
    flat = [np.concatenate([x, np.full((30, 1), 7.0)], axis=1) for x in (real, fake)]
    one, other = trained_bound(kl, real, fake, polynomials(1)), trained_bound(kl, *flat, polynomials(1))
    assert other.value == pytest.approx(one.value, rel=1e-3)


def test_where_the_samples_lie_and_how_wide_they_are_does_not_matter():
    rng = np.random.default_rng(7)
    real, fake = rng.normal(size=(80, 2)), rng.normal(0.7, 1.3, size=(60, 2))
    here = trained_bound(jensen_shannon, real, fake, polynomials(2))
    there = trained_bound(jensen_shannon, 1024.0 * real - 4096.0, 1024.0 * fake - 4096.0, polynomials(2))
    assert there == pytest.approx(here, rel=1e-4)


@pytest.mark.parametrize("real, fake", [(3, 10), (10, 3)])
def test_four_points_of_each_kind_are_needed(real, fake):
    with pytest.raises(ValueError, match=f"need four of each kind: {real} real, {fake} fake"):
        trained_bound(kl, np.arange(real), np.arange(fake))
    trained_bound(jensen_shannon, np.arange(4.0), np.arange(4.0) + 0.5, polynomials(1), 0.1)


@pytest.mark.parametrize("degree", [1, 2, 5])
def test_polynomial_features_are_powers_and_products_of_two(degree):
    x = np.array([[2.0, 3.0, -5.0], [0.5, 1.0, 7.0]])
    found = polynomials(degree)(x)
    for point, row in zip(x, found):
        powers = [t**k for t in point for k in range(1, degree + 1)]
        a, b, c = point
        assert sorted(row) == pytest.approx(sorted([1.0, *powers, a * b, a * c, b * c]), rel=1e-15)
    np.testing.assert_array_equal(polynomials()(x), polynomials(4)(x))


@pytest.mark.parametrize("count", [3, 12])
def test_bumps_are_gaussians_as_wide_as_they_are_apart(count):
    """From -2.5 to 2.5, along one coordinate after the other."""
    x = np.array([[-2.5, 0.0], [2.5, 1.3], [0.4, -40.0]])
    found = bumps(count)(x)
    assert found.shape == (3, 1 + 2 * count)
    apart = 5.0 / (count - 1)
    for point, row in zip(x, found):
        stated = [math.exp(-0.5 * ((t + 2.5 - i * apart) / apart) ** 2) for t in point for i in range(count)]
        np.testing.assert_allclose(row, [1.0, *stated], rtol=1e-10, atol=1e-300)
    np.testing.assert_array_equal(bumps()(x), bumps(12)(x))
    with pytest.raises(ValueError, match="the count of bumps must be an integer of at least 2, and is 1"):
        bumps(1)


def test_points_are_columns_of_doubles_on_the_host():
    for given in ([1, 2, 3], np.array([1, 2, 3]), np.array([1, 2, 3], dtype="float32"), mnp.asarray([1.0, 2.0, 3.0])):
        found = points_of(given, "real")
        assert type(found) is np.ndarray and found.dtype == np.float64 and found.tolist() == [[1.0], [2.0], [3.0]]
    assert points_of([[1, 2], [3, 4]], "real").tolist() == [[1.0, 2.0], [3.0, 4.0]]
    for wrong in (1.0, np.zeros((2, 2, 2))):
        with pytest.raises(ValueError, match=r"^fake points have the shape \(n,\) or \(n, d\), and these have \("):
            points_of(wrong, "fake")


# -- what v may be -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.25, 1.0, 3.0])
@pytest.mark.parametrize("side", [1.0, -1.0])
@pytest.mark.parametrize("which", [0, 1])
def test_the_largest_output_follows_the_function_that_grows_fastest_to_either_side(rate, side, which):
    functions = [lambda v: 0.0 * v + 1.0, lambda v: math.exp(rate * side * v)]
    row = SimpleNamespace(canonical_activation=functions[which], conjugate_of_canonical_activation=functions[1 - which])
    for samples in (10, 1000, 10**9):
        assert largest_output(row, samples) == pytest.approx(min(LARGEST, math.log(samples) / rate), rel=1e-12)


def test_functions_that_are_zero_at_forty_do_not_say_how_they_grow():
    """One that begins, or ends, between 40 and 41 has no rate; a constant has the rate 0."""
    begins, ends = (lambda v: max(abs(v) - 40.0, 0.0)), (lambda v: max(41.0 - abs(v), 0.0))
    for one in (begins, ends, lambda v: 0.0, lambda v: 5.0):
        row = SimpleNamespace(canonical_activation=one, conjugate_of_canonical_activation=one)
        assert largest_output(row, 10**6) == LARGEST
    falls = lambda v: math.exp(-abs(v))
    row = SimpleNamespace(canonical_activation=falls, conjugate_of_canonical_activation=falls)
    assert largest_output(row, 2) == pytest.approx(LARGEST) and largest_output(row, 10**6) == LARGEST


@pytest.mark.parametrize("row", [kl, pearson, jensen_shannon, total_variation], ids=str)
def test_the_gap_is_what_the_bound_lacks_in_every_kind_of_category(row):
    """Filled in both, in one, in none; one by one as together, and never negative by a rounding."""
    p, q = [0.25, 0.5, 0.0, 0.25, 0.0], [0.25, 0.25, 0.5, 0.0, 0.0]
    critic = [0.1, -0.3, 0.05, 0.2, 99.0]
    exact = float(row.between(p, q))
    if math.isfinite(exact):
        low = float(bound(row, critic[:4], critic[:4], p[:4], q[:4]))
        assert float(gap(row, critic, p, q)) == pytest.approx(exact - low, rel=1e-12)
    # a category that Q leaves empty lacks p (f'(inf) - T) there, and nothing where T is f'(inf)
    if math.isfinite(row.f_prime_at_infinity):
        alone = gap(row, [0.0, 0.2], [0.5, 0.5], [1.0, 0.0]) - gap(row, [0.0, 0.1], [0.5, 0.5], [1.0, 0.0])
        assert float(alone) == pytest.approx(-0.5 * 0.1, rel=1e-9)
        end = row.f_prime_at_infinity
        at_end, beyond = (float(gap(row, [0.0, t], [0.5, 0.5], [1.0, 0.0])) for t in (end, end + 1.0))
        assert at_end == beyond == pytest.approx(float(row.f(0.5)) + float(row.conjugate(0.0)) - 0.0, rel=1e-12)
    batched = gap(row, [critic[:2], critic[1::-1]], [[0.5, 0.5]] * 2, [[0.25, 0.75]] * 2)
    for i, pair in enumerate((critic[:2], critic[1::-1])):
        one = float(gap(row, pair, [0.5, 0.5], [0.25, 0.75]))
        assert float(to_numpy(batched)[i]) == pytest.approx(one, rel=1e-15) and one > 0.0
    best = row.optimal_critic(mnp.asarray([0.1 / 0.3, 0.9 / 0.7]))
    assert 0.0 <= float(gap(row, best, [0.1, 0.9], [0.3, 0.7])) < 1e-15


# -- biases --------------------------------------------------------------------------------------------------


def test_biases_are_of_the_very_samples_that_the_seeds_draw():
    """One generator a seed, P's points before Q's; the critic with twelve bumps and a penalty of 3e-3."""
    p, q, n = Normal(0.0, 1.0), Normal(0.5, 1.0), 60
    found = estimator_bias(jensen_shannon, p, q, n, seeds=[3, 11, 4])
    exact = float(jensen_shannon.between_densities(p, q))
    values = []
    for seed in (3, 11, 4):
        rng = generator(seed)
        real, fake = to_numpy(p.sample(rng, (n,))), to_numpy(q.sample(rng, (n,)))
        values.append(trained_bound(jensen_shannon, real, fake, bumps(12), 3e-3).value)
        assert ESTIMATORS["critic"](jensen_shannon, real, fake) == values[-1]
    mean = sum(values) / 3
    error = math.sqrt(sum((x - mean) ** 2 for x in values) / 2 / 3)
    assert isinstance(found["critic"], Bias)
    assert found["critic"] == pytest.approx((mean, error, mean - exact), rel=1e-12)
    default, five = (estimator_bias(kl, p, q, 20, **seeds) for seeds in ({}, {"seeds": 5}))
    assert default == five != estimator_bias(kl, p, q, 20, seeds=4)
    with pytest.raises(ValueError, match="there are 1"):
        estimator_bias(kl, p, q, 20, seeds=[7])
    assert estimator_bias(kl, p, q, 20, seeds=2)
