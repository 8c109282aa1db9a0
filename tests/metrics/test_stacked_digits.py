"""Stacks of digits: what is drawn, and how they are counted, on sets of which the answer is known."""

import math

import numpy as np
import pytest

import minigan as mg
from minigan.data import digits, stacked_digits
from minigan.metrics import digit_judge, stacked_coverage
from minigan.metrics.modes import kl_from_uniform


def real():
    found = digits()
    return mg.to_numpy(found.images), mg.to_numpy(found.labels)


def clear_one(digit):
    """A real image that the judge reads rightly, and clearly."""
    images, labels = real()
    judge = digit_judge()
    good = (labels == digit) & (judge.predict(images) == digit) & judge.clear(images)
    return images[np.flatnonzero(good)[0]]


def stack(a, b, c):
    return np.stack([clear_one(digit) for digit in (a, b, c)], -1).reshape(192)


def test_channels_are_real_digits_drawn_independently():
    drawn = mg.to_numpy(stacked_digits()(0, 4000)).reshape(-1, 64, 3)
    images, labels = real()
    known = {image.tobytes(): label for image, label in zip(images, labels)}
    read = np.array([[known[channel.tobytes()] for channel in one.T] for one in np.ascontiguousarray(drawn)])
    counts = np.bincount(labels) / len(labels)
    for i in range(3):  # five standard errors of a share
        assert abs(np.bincount(read[:, i]) / 4000 - counts).max() < 5.0 * math.sqrt(0.1 * 0.9 / 4000)
    both = np.bincount(10 * read[:, 0] + read[:, 1], minlength=100) / 4000
    assert abs(both - np.outer(counts, counts).ravel()).max() < 5.0 * math.sqrt(0.01 / 4000)


def test_known_stacks_are_counted():
    three = np.stack([stack(1, 2, 3), stack(3, 2, 1), stack(1, 2, 3), stack(0, 0, 9)])
    found = stacked_coverage(three)
    assert found["modes_covered"] == 3 and found["clear_share"] == 1.0
    assert found["mode_kl"] == pytest.approx(round(kl_from_uniform([0.5, 0.25, 0.25] + [0.0] * 997), 4))


def test_a_smudge_in_one_channel_is_not_clear():
    smudged = stack(1, 2, 3).reshape(64, 3)
    smudged[:, 1] = 0.0
    assert stacked_coverage(smudged.reshape(1, 192))["clear_share"] == 0.0


def test_the_accuracy_stated_is_that_of_three():
    assert stacked_coverage(stack(4, 5, 6)[None])["judge_accuracy"] == pytest.approx(digit_judge().accuracy ** 3, abs=1e-4)


@pytest.mark.parametrize("wrong", [np.zeros((3, 64)), np.zeros((0, 192)), np.zeros(192)])
def test_other_shapes_are_refused(wrong):
    with pytest.raises(ValueError, match=r"stacks of three digits have shape \(n, 192\)"):
        stacked_coverage(wrong)


def test_noise_seems_to_be_many_numbers():
    """So neither the count nor the share of clear stacks says enough alone: a Fréchet distance stands by them."""
    noise = stacked_coverage(np.random.default_rng(0).uniform(-1.0, 1.0, (500, 192)))
    real = stacked_coverage(stacked_digits()(0, 500))
    assert noise["modes_covered"] > 10 and noise["clear_share"] < 0.5 < real["clear_share"]
