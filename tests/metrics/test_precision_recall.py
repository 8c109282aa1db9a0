"""Precision and recall by k-nearest-neighbour manifolds: by hand, collapsed, blurred, at the null; refusals."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.data import ring, ring_centres
from minigan.metrics import null_distribution, precision_recall
from minigan.random import generator


@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("d", [1, 3])
def test_by_hand(k, d):
    rng = np.random.default_rng(k)
    fake, real = rng.standard_normal((40, d)), 1.5 * rng.standard_normal((30, d)) + 0.5

    def share(points, samples):
        reach = [sorted(np.linalg.norm(samples - s, axis=1))[k] for s in samples]
        return np.mean([any(np.linalg.norm(p - s) <= r for s, r in zip(samples, reach)) for p in points])

    found = precision_recall(mnp.asarray(fake), mnp.asarray(real), k)
    assert found.precision == share(fake, real) and found.recall == share(real, fake)
    swapped = precision_recall(real, fake, k)
    assert (swapped.precision, swapped.recall) == (found.recall, found.precision)


def test_more_rows_than_are_compared_at_once():
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((1300, 2)), rng.standard_normal((700, 2))
    order = rng.permutation(1300)
    assert precision_recall(x, y) == precision_recall(x[order], y)


def test_the_same_samples_and_the_far_ones():
    x = generator(0).standard_normal((50, 2))
    assert precision_recall(x, x) == (1.0, 1.0)
    assert precision_recall(x, x + 100.0) == (0.0, 0.0)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_lost_modes_cost_recall_and_blur_costs_precision(seed):
    rng = generator(seed)
    real = ring()(rng, 1000)
    half = mnp.take(ring_centres(), rng.integers(0, 4, (1000,)), 0) + 0.05 * rng.standard_normal((1000, 2))
    lost = precision_recall(half, real)
    assert lost.precision > 0.95 and abs(lost.recall - 0.5) < 0.07
    blurred = precision_recall(real + 0.3 * rng.standard_normal((1000, 2)), real)
    assert blurred.precision < 0.5 and blurred.recall > 0.9


def test_a_single_point_has_no_recall():
    real = ring()(generator(0), 300)
    x = mnp.tile(real[:1, :], (300, 1))
    found = precision_recall(x, real)
    assert found.precision == 1.0
    assert_allclose(found.recall, 1 / 300)  # the real sample it stands on


def test_a_perfect_generator_is_not_at_one():
    draw = ring()
    null = null_distribution(lambda a, b: precision_recall(a, b).recall, draw, 500, 500, repetitions=20)
    assert 0.9 < null.mean < 0.99 and null.values.max() < 1.0


@pytest.mark.parametrize(
    "fake, real, k, message",
    [
        (np.ones((3, 2)), np.ones((9, 2)), 3, "n >= 4"),
        (np.ones((9, 2)), np.ones((3, 2)), 3, "real samples .* n >= 4"),
        (np.ones((9, 2)), np.ones((9, 3)), 3, "2 columns and real ones 3"),
        (np.ones((9, 2)), np.full((9, 2), np.nan), 3, "real samples hold NaN"),
        (np.ones((9, 2)), np.ones((9, 2)), 0, "number of neighbours must be a positive integer, and is 0"),
    ],
)
def test_refused(fake, real, k, message):
    with pytest.raises(ValueError, match=message):
        precision_recall(fake, real, k)


def test_collapsed_samples_are_no_error():
    assert precision_recall(np.zeros((9, 2)), np.ones((9, 2))) == (0.0, 0.0)
    assert mg.to_numpy(precision_recall(np.zeros((9, 2)), np.zeros((9, 2)))) == (1.0, 1.0)
