"""Handwritten digits: how the samples are judged, the real ones among them."""

import numpy as np

import minigan as mg
import minigan.numpy as mnp
from minigan.data import digits as real_digits
from minigan.gan import Fit
from minigan.models.images.digits import likeness, measure
from minigan.random import generator


class Perfect(Fit):
    """A trained generator that gives the data back, all of them, mixed."""

    def sample(self, n, rng=None):
        return mnp.take(real_digits("float32").images, rng.permutation(n), 0)


def test_real_digits_are_ten_classes_and_like_themselves():
    found = measure(Perfect(None, None, {}, None, None), generator(0))
    assert found["classes_covered"] == 10 and not found["collapsed"]
    assert found["frechet_distance"] < 1e-3 < found["frechet_distance_of_real_halves"]
    assert found["precision"] == found["recall"] == 1.0


def test_noise_is_put_into_classes_and_told_from_digits_all_the_same():
    real = mg.to_numpy(real_digits("float32").images)[:600]
    noise = np.random.default_rng(0).uniform(-1.0, 1.0, real.shape)
    found = likeness(noise, real, generator(0))
    assert found["frechet_distance"] > 20.0 * found["frechet_distance_of_real_halves"]
    assert found["precision"] == 0.0


def test_half_of_the_classes_have_half_the_recall():
    """Samples of the digits 0 to 4 alone are precise, and miss the others."""
    every = real_digits("float32")
    real, labels = mg.to_numpy(every.images), mg.to_numpy(every.labels)
    found = likeness(real[labels < 5], real, generator(0))
    assert found["precision"] == 1.0
    assert abs(found["recall"] - np.mean(labels < 5)) < 0.15
