"""The shipped data sets: shapes, ranges, what is known of them."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from sklearn.datasets import load_digits

import minigan as mg
from minigan.data import digits, ring, ring_centres
from minigan.random import generator


def test_digits_are_scikit_learns_mapped_to_minus_one_to_one():
    images, labels = (mg.to_numpy(part) for part in digits())
    theirs = load_digits()
    assert images.shape == (1797, 64) and images.dtype == np.float64
    assert images.min() == -1.0 and images.max() == 1.0
    assert (8.0 * (images + 1.0) == theirs.data).all()
    assert (labels == theirs.target).all()
    assert set(labels.tolist()) == set(range(10))


def test_digits_in_float32_are_the_same_numbers():
    """Seventeen grey levels are eighths, which float32 holds exactly."""
    single = mg.to_numpy(digits("float32").images)
    assert single.dtype == np.float32
    assert (single == mg.to_numpy(digits().images)).all()


@pytest.mark.parametrize("modes", [1, 2, 8, 13])
def test_ring_centres_are_distinct_evenly_spaced_and_on_the_circle(modes):
    centres = mg.to_numpy(ring_centres(modes, 3.0))
    assert centres.shape == (modes, 2)
    assert_allclose(np.hypot(*centres.T), 3.0, rtol=1e-15)
    distances = np.linalg.norm(centres - np.roll(centres, 1, axis=0), axis=1)
    assert_allclose(distances, 6.0 * abs(math.sin(math.pi / modes)), atol=1e-14)
    assert_allclose(centres.sum(0), [3.0, 0.0] if modes == 1 else [0.0, 0.0], atol=1e-13)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_ring_samples_have_the_mixtures_moments(seed):
    n, deviation = 20_000, 0.05
    x = mg.to_numpy(ring(8, 2.0, deviation)(generator(seed), n))
    assert x.shape == (n, 2)
    # each coordinate has mean 0 and variance r^2 / 2 + s^2
    variance = 2.0 + deviation**2
    assert (abs(x.mean(0)) < 5 * math.sqrt(variance / n)).all()
    square = x**2
    assert (abs(square.mean(0) - variance) < 5 * square.std(0) / math.sqrt(n)).all()
    nearest = np.linalg.norm(x[:, None] - mg.to_numpy(ring_centres()), axis=2)
    counts = np.bincount(nearest.argmin(1), minlength=8)
    assert (abs(counts / n - 1 / 8) < 5 * math.sqrt(7 / 64 / n)).all()
    radial = nearest.min(1) ** 2  # two coordinates of variance s^2
    assert abs(radial.mean() - 2 * deviation**2) < 5 * radial.std() / math.sqrt(n)


def test_ring_in_float32():
    assert mg.to_numpy(ring(dtype="float32")(generator(0), 3)).dtype == np.float32


@pytest.mark.parametrize("modes", [0, -1, 2.5, "8"])
def test_a_ring_of_no_modes_is_refused(modes):
    with pytest.raises(ValueError, match="modes of a ring must be a positive integer"):
        ring_centres(modes)


@pytest.mark.parametrize("deviation", [0.0, -1.0, math.nan])
def test_a_ring_without_width_is_refused(deviation):
    with pytest.raises(ValueError, match="deviation"):
        ring(8, 2.0, deviation)
