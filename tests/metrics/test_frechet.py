"""The Fréchet distance against closed forms, a general square root, transport; rank-deficient and equal laws; refusals."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.linalg import sqrtm

import minigan as mg
from minigan.metrics import frechet_between_gaussians, frechet_distance, null_distribution


def law(rng, d, rank):
    a = rng.standard_normal((d, rank))
    return rng.standard_normal(d), a @ a.T


@pytest.mark.parametrize("m1, s1, m2, s2", [(0.0, 1.0, 0.0, 1.0), (1.0, 2.0, -0.5, 0.3), (0.0, 0.0, 3.0, 2.0)])
def test_on_the_line(m1, s1, m2, s2):
    assert_allclose(frechet_between_gaussians(m1, s1**2, m2, s2**2), (m1 - m2) ** 2 + (s1 - s2) ** 2, atol=1e-14)


@given(st.integers(1, 8), st.integers(0, 10_000))
def test_covariances_that_commute(d, seed):
    """With shared axes the distance is that of the deviations, axis by axis."""
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.standard_normal((d, d)))
    s1, s2 = rng.uniform(0.0, 2.0, (2, d)) * (rng.uniform(size=(2, d)) > 0.3)
    m = rng.standard_normal(d)
    found = frechet_between_gaussians(m, q * s1**2 @ q.T, np.zeros(d), q * s2**2 @ q.T)
    # an eigenvalue that is 0 but for rounding has a root of 1e-8 times the largest deviation
    assert_allclose(found, (m**2).sum() + ((s1 - s2) ** 2).sum(), rtol=1e-6, atol=1e-6)


@given(st.integers(1, 6), st.integers(0, 10_000))
def test_against_a_general_square_root(d, seed):
    rng = np.random.default_rng(seed)
    (m1, c1), (m2, c2) = law(rng, d, d + 2), law(rng, d, d + 2)
    stated = ((m1 - m2) ** 2).sum() + np.trace(c1) + np.trace(c2) - 2.0 * np.trace(sqrtm(c1 @ c2).real)
    assert_allclose(frechet_between_gaussians(m1, c1, m2, c2), stated, rtol=1e-7, atol=1e-7)


@given(st.integers(1, 7), st.integers(0, 9), st.integers(0, 9), st.integers(0, 10_000))
def test_any_rank_never_negative_and_symmetric(d, rank, other, seed):
    rng = np.random.default_rng(seed)
    (m1, c1), (m2, c2) = law(rng, d, rank), law(rng, d, other)
    there, back = frechet_between_gaussians(m1, c1, m2, c2), frechet_between_gaussians(m2, c2, m1, c1)
    assert there >= 0.0
    assert_allclose(there, back, rtol=1e-6, atol=1e-6)
    assert 0.0 <= frechet_between_gaussians(m1, c1, m1, c1) <= 1e-6 * max(1.0, np.trace(c1))


def test_a_linear_map_of_a_gaussian_moves_it_by_itself():
    """N(0, I) to N(0, A A^T), A symmetric positive: the optimal map is A, at a cost of tr (A - I)^2."""
    rng = np.random.default_rng(0)
    b = rng.standard_normal((4, 4))
    A = b @ b.T / 4
    assert_allclose(
        frechet_between_gaussians(np.zeros(4), np.eye(4), np.zeros(4), A @ A), ((A - np.eye(4)) ** 2).sum(), rtol=1e-10
    )


@pytest.mark.parametrize("n, m, d", [(50, 40, 3), (5, 4, 20), (2, 30, 8), (100, 3, 3)])
def test_of_samples_is_that_of_their_moments(n, m, d):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((n, d)), 2.0 * rng.standard_normal((m, d)) + 1.0
    stated = frechet_between_gaussians(x.mean(0), np.cov(x, rowvar=False), y.mean(0), np.cov(y, rowvar=False))
    assert_allclose(frechet_distance(x, y), stated, rtol=1e-6)
    assert_allclose(frechet_distance(x, x + 2.0), 4.0 * d, rtol=1e-9)
    assert 0.0 <= frechet_distance(x, x) < 1e-10 * d


def test_on_the_active_backend():
    rng = mg.random.generator(0)
    x, y = rng.standard_normal((30, 2)), rng.standard_normal((30, 2))
    assert frechet_distance(x, y) == frechet_distance(mg.to_numpy(x), mg.to_numpy(y)) > 0.0


@pytest.mark.parametrize("d", [1, 4])
def test_its_bias_at_a_perfect_generator(d):
    """Means differ by tr C (1/n + 1/m) on average; deviations add to it, for d = 1 (1/n + 1/m) / 2 of variance 1."""
    n, m = 60, 90
    null = null_distribution(frechet_distance, lambda rng, n: rng.standard_normal((n, d)), n, m, repetitions=300)
    floor = d * (1 / n + 1 / m)
    error = 4.0 * null.deviation / math.sqrt(300)
    assert null.values.min() >= 0.0 and null.mean > floor - error
    if d == 1:
        assert abs(null.mean - 1.5 * floor) < error + 0.05 * floor
    else:
        assert null.mean > floor + error


@pytest.mark.parametrize(
    "act, message",
    [
        (lambda: frechet_distance(np.ones((1, 2)), np.ones((5, 2))), "generated samples must have shape .* n >= 2"),
        (lambda: frechet_distance(np.ones((5, 2)), np.ones((1, 2))), "real samples must have shape"),
        (lambda: frechet_distance(np.ones((5, 2)), np.ones((5, 3))), "2 columns and real ones 3"),
        (lambda: frechet_distance(np.full((5, 2), np.inf), np.ones((5, 2))), "generated samples hold NaN or infinity"),
        (lambda: frechet_distance(np.ones((5, 2, 2)), np.ones((5, 2))), "flatten images"),
        (lambda: frechet_between_gaussians([0.0], [[1.0]], [0.0, 0.0], np.eye(2)), "1 and 2 dimensions"),
        (lambda: frechet_between_gaussians([0.0, 0.0], [[1.0]], [0.0], [[1.0]]), "mean of shape"),
        (lambda: frechet_between_gaussians(0.0, -1.0, 0.0, 1.0), "eigenvalue -1, below 0"),
        (lambda: frechet_between_gaussians([0, 0], [[1, 1], [0, 1]], [0, 0], np.eye(2)), "not symmetric"),
        (lambda: frechet_between_gaussians(np.nan, 1.0, 0.0, 1.0), "hold NaN"),
    ],
)
def test_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
