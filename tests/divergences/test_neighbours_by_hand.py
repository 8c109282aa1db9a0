"""Estimates from a handful of points, every distance taken one by one; sizes unequal, in one and two dimensions."""

import math

import numpy as np
import pytest

from minigan.divergences import (
    alpha,
    jensen_shannon,
    kl,
    neyman,
    pearson,
    reverse_kl,
    squared_hellinger,
    total_variation,
)
from minigan.divergences import jeffreys as jeffreys_row
from minigan.divergences.neighbours import by_counting, can_be_estimated, nearest_neighbour, neighbour_distances

SIZES = [(2, 3, 1), (3, 2, 1), (6, 9, 2), (9, 6, 3)]  # real points, fake points, k


def drawn(n, m, dimensions):
    rng = np.random.default_rng([n, m, dimensions])
    return rng.standard_normal((n, dimensions)), 1.0 + rng.standard_normal((m, dimensions))


def kth(x, others, k, own=None):
    """The k-th smallest distance of ``x`` to ``others``, that with the index ``own`` left out."""
    return sorted(math.dist(x, y) for i, y in enumerate(others) if i != own)[k - 1]


def distances(real, fake, k):
    rho = [kth(x, real, k, own=i) for i, x in enumerate(real)]
    return rho, [kth(x, fake, k) for x in real]


def kl_by_hand(real, fake, k):
    rho, nu = distances(real, fake, k)
    n, m, d = len(real), len(fake), real.shape[1]
    return d / n * sum(math.log(b / a) for a, b in zip(rho, nu)) + math.log(m / (n - 1))


def power_by_hand(real, fake, k, a):
    rho, nu = distances(real, fake, k)
    n, m, d = len(real), len(fake), real.shape[1]
    weight = math.gamma(k) ** 2 / (math.gamma(k - a + 1) * math.gamma(k + a - 1))
    return sum(((n - 1) * r**d / (m * s**d)) ** (1 - a) * weight for r, s in zip(rho, nu)) / n


@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize("sizes", SIZES)
def test_kullback_leibler_and_what_is_made_of_it(sizes, dimensions):
    n, m, k = sizes
    real, fake = drawn(n, m, dimensions)
    there, back = kl_by_hand(real, fake, k), kl_by_hand(fake, real, k)
    assert nearest_neighbour(kl, real, fake, k) == pytest.approx(there, rel=1e-12)
    assert nearest_neighbour(reverse_kl, real, fake, k) == pytest.approx(back, rel=1e-12)
    assert nearest_neighbour(jeffreys_row, real, fake, k) == pytest.approx(there + back, rel=1e-12)
    found = neighbour_distances(real, fake, k)
    for ours, by_hand in zip(found, distances(real, fake, k)):
        np.testing.assert_allclose(ours, by_hand, rtol=1e-14)
    assert found[2:] == (n, m, dimensions)


@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize("sizes", [(6, 9, 3), (9, 6, 3)])
def test_powers(sizes, dimensions):
    """E_p (p / q)^(a - 1) is the integral of p^a q^(1 - a), and D = factor (integral - 1) / (a (a - 1))."""
    n, m, k = sizes
    real, fake = drawn(n, m, dimensions)
    for row, a, factor in (
        (alpha(0.4), 0.4, 1.0),
        (alpha(-0.5), -0.5, 1.0),
        (alpha(1.7), 1.7, 1.0),
        (squared_hellinger, 0.5, 0.5),
        (pearson, 2.0, 2.0),
        (neyman, -1.0, 2.0),
    ):
        integral = power_by_hand(real, fake, k, a)
        by_hand = factor * (integral - 1.0) / (a * (a - 1.0))
        assert nearest_neighbour(row, real, fake, k) == pytest.approx(by_hand, rel=1e-11), row.name


@pytest.mark.parametrize("row, real, fake", [
    (kl, [0.0, 0.0, 1.0, 2.0], [0.5, 3.0, 4.0]),  # a tie among the real points
    (kl, [0.0, 1.0, 2.0], [1.0, 5.0, 6.0]),  # a real point at a fake one
    (reverse_kl, [0.0, 1.0, 2.0], [1.0, 5.0, 6.0]),
    (jeffreys_row, [0.5, 1.0, 2.0], [3.0, 3.0, 6.0]),  # a tie among the fake points
    (pearson, [0.0, 1.0, 2.0], [1.0, 1.0, 6.0]),
])  # fmt: skip
def test_ties_are_refused_where_distances_are_taken(row, real, fake):
    with pytest.raises(ValueError, match="neighbours at distance 0"):
        nearest_neighbour(row, np.array(real), np.array(fake), 1 if row is not pearson else 2)


def test_ks_that_fit_no_sample_are_refused():
    real, fake = drawn(4, 3, 1)
    for k in (0, 4, -1):
        with pytest.raises(ValueError, match=f"k must be between 1 and one less than the sample size, and is {k}"):
            nearest_neighbour(kl, real, fake, k)
    nearest_neighbour(kl, real, fake, 3)  # as many as there are fake points, and other real ones
    with pytest.raises(ValueError, match="k must be between 1"):
        nearest_neighbour(kl, *drawn(9, 3, 1), 4)
    for k in (1, 3):
        with pytest.raises(ValueError, match=f"k must be between 2 .* {k}"):
            by_counting(jensen_shannon, real, fake, k)
    with pytest.raises(ValueError, match=r"alpha = 3 needs k > \|alpha - 1\| neighbours, and k is 2"):
        nearest_neighbour(alpha(3.0), *drawn(9, 9, 1), 2)


def test_counting_by_hand():
    """Each point's k nearest others of the pooled sample, against the share of real points among these others."""
    real, fake = drawn(7, 5, 2)
    k, pooled = 4, np.concatenate([real, fake])
    n, m = len(real), len(fake)

    def mean(k):
        terms = []
        for i, x in enumerate(pooled):
            order = sorted((j for j in range(n + m) if j != i), key=lambda j, x=x: math.dist(x, pooled[j]))
            eta, share = sum(j < n for j in order[:k]) / k, (n - (i < n)) / (n + m - 1)
            p, q = eta / share, (1 - eta) / (1 - share)
            above = float(jensen_shannon.perspective(np.asarray(p), np.asarray(q)))
            terms.append(above + jensen_shannon.tangent * (p - q))
        return sum(terms) / len(terms)

    assert by_counting(jensen_shannon, real, fake, k) == pytest.approx(2 * mean(k) - mean(k // 2), rel=1e-12)


def test_rows_that_can_be_estimated_are_those_of_the_table_and_the_bounded():
    for row in (kl, reverse_kl, jeffreys_row, pearson, neyman, squared_hellinger, alpha(3.0), total_variation):
        assert can_be_estimated(row)


def test_points_that_share_a_coordinate_are_no_ties():
    """One column of zeros beside a drawn one: the estimate is that of the drawn column alone."""
    rng = np.random.default_rng(4)
    real, fake = rng.standard_normal((60, 1)), 1.0 + rng.standard_normal((50, 1))
    flat = [np.concatenate([x, np.zeros_like(x)], 1) for x in (real, fake)]
    assert by_counting(total_variation, *flat, k=8) == by_counting(total_variation, real, fake, k=8)


def test_a_broken_line_has_no_curvature_where_it_is_straight():
    for u in (0.0, 0.5, 3.0):
        assert float(total_variation.f_second(u)) == 0.0
