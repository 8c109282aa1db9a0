"""Judges of samples: perfect ones, collapsed ones, noise; and what they refuse."""

import json
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan.numpy as mnp
from minigan.data import digits, ring, ring_centres
from minigan.metrics import digit_coverage, digit_judge, mode_coverage
from minigan.random import generator


def test_the_judge_tells_real_digits_apart():
    judge = digit_judge()
    assert judge.accuracy > 0.97
    assert judge.margin > 0
    assert digit_judge() is judge


def test_coverage_of_real_digits():
    found = digit_coverage(digits().images)
    assert found["classes_covered"] == 10 and not found["collapsed"]
    assert_allclose(sum(found["class_shares"]), 1.0, atol=6e-4)  # ten numbers of four digits
    assert all(0.09 < share < 0.11 for share in found["class_shares"])
    # two thirds were trained on and are clearer than the held-out ones, of which 95 % are
    assert 0.95 <= found["clear_share"] <= 1.0
    json.loads(json.dumps(found, allow_nan=False))


def test_clear_share_of_held_out_digits_is_the_quantile_that_defines_it():
    from sklearn.model_selection import train_test_split

    from minigan import to_numpy

    images, labels = (to_numpy(part) for part in digits())
    _, held_out = train_test_split(images, test_size=1 / 3, random_state=0, stratify=labels)
    assert_allclose(digit_coverage(mnp.asarray(held_out))["clear_share"], 0.95, atol=1 / len(held_out) + 5e-5)


@pytest.mark.parametrize("which", [0, 700, 1500])
def test_coverage_of_a_collapsed_batch_is_one_class(which):
    one = digits().images[which : which + 1, :]
    found = digit_coverage(mnp.tile(one, (300, 1)))
    assert found["classes_covered"] == 1 and found["collapsed"]
    assert max(found["class_shares"]) == 1.0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_noise_is_no_clear_digit(seed):
    noise = generator(seed).uniform((1000, 64), -1.0, 1.0)
    assert digit_coverage(noise)["clear_share"] < 0.7


def test_a_class_counts_from_one_in_a_hundred():
    images, labels = digits()
    from minigan import to_numpy

    images, labels = to_numpy(images), to_numpy(labels)
    zeros, one = images[labels == 0][:100], images[labels == 1][:1]
    predicted = digit_judge().classifier.predict(np.concatenate([zeros, one]))
    assert (predicted == np.r_[np.zeros(100), 1]).all()
    assert digit_coverage(np.concatenate([zeros[:99], one]))["classes_covered"] == 2
    assert digit_coverage(np.concatenate([zeros, one]))["classes_covered"] == 1


@pytest.mark.parametrize("shape", [(0, 64), (5, 63), (64,), (2, 8, 8)])
def test_images_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="shape"):
        digit_coverage(np.zeros(shape))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_perfect_ring_reaches_the_ceiling(seed):
    n, ceiling = 8000, 1.0 - math.exp(-4.5)
    found = mode_coverage(ring()(generator(seed), n), ring_centres(), 0.05)
    assert found["modes_covered"] == found["modes"] == 8
    assert abs(found["high_quality_share"] - ceiling) < 5 * math.sqrt(ceiling * (1 - ceiling) / n)
    assert found["mode_kl"] < 25.0 / (2 * n) + 1e-4  # 2 n KL is about chi-square with 7 degrees; 25 is its 99.9 %
    json.loads(json.dumps(found, allow_nan=False))


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_ring_that_lost_modes(seed):
    rng = generator(seed)
    centres = ring_centres()
    kept = mnp.take(centres, mnp.asarray([0, 3, 5]), 0)
    samples = mnp.take(kept, rng.integers(0, 3, (3000,)), 0) + 0.05 * rng.standard_normal((3000, 2))
    found = mode_coverage(samples, centres, 0.05)
    assert found["modes_covered"] == 3
    assert_allclose(found["mode_kl"], math.log(8.0 / 3.0), atol=5e-3)
    assert sum(share > 0 for share in found["mode_shares"]) == 3


def test_samples_near_a_mode_but_beyond_three_deviations_do_not_cover_it():
    centres = ring_centres()
    found = mode_coverage(centres + mnp.asarray([0.16, 0.0]), centres, 0.05)
    assert found["modes_covered"] == 0 and found["high_quality_share"] == 0.0
    assert found["mode_kl"] == 0.0
    assert mode_coverage(centres + mnp.asarray([0.14, 0.0]), centres, 0.05)["modes_covered"] == 8


@pytest.mark.parametrize("shape", [(0, 2), (5, 3), (2,)])
def test_samples_of_another_shape_are_refused(shape):
    with pytest.raises(ValueError, match="shape"):
        mode_coverage(np.zeros(shape), ring_centres(), 0.05)
