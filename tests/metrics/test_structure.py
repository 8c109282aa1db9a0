"""The judges of counting and of symmetry: drawn cases, real data, and images with planted errors."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
from minigan.data import blobs, symmetric
from minigan.metrics import blob_counts, blob_judgement, mirror_errors, mirror_judgement
from minigan.random import generator

PICTURES = {  # how many regions, by eye
    "....\n....\n....\n....": 0,
    "##..\n##..\n....\n....": 1,
    "##..\n##..\n..##\n..##": 1,  # joined across a corner
    "##.#\n##.#\n....\n####": 3,
    "#.#.\n....\n#.#.\n....": 4,
    "####\n#..#\n#..#\n####": 1,
}


def images_of(pictures):
    return np.array([[1.0 if c == "#" else -1.0 for c in picture.replace("\n", "")] for picture in pictures])


def test_regions_are_counted_as_by_eye():
    drawn = images_of(PICTURES)
    assert_array_equal(blob_counts(drawn, 4), list(PICTURES.values()))
    assert_array_equal(blob_counts(0.01 * drawn, 4), list(PICTURES.values()))  # ink is what lies above 0
    found = blob_judgement(drawn, 1, 4)
    assert found["exact_share"] == 0.5 and found["mean_count"] == round(10 / 6, 4)
    assert found["flawless_share"] == round(1 / 6, 4)  # one of the three single regions is a 2x2 square
    assert found["counts"] == {"0": 0.1667, "1": 0.5, "3": 0.1667, "4": 0.1667}


@pytest.mark.parametrize("count", [1, 4, 5])
@pytest.mark.parametrize("seed", [0, 1])
def test_real_blobs_are_all_counted_right(count, seed):
    found = blob_judgement(blobs(count)(generator(seed), 2000), count, 12)
    assert found == {"exact_share": 1.0, "flawless_share": 1.0, "counts": {str(count): 1.0}, "mean_count": count}


def test_a_lost_and_a_frayed_blob_are_noticed():
    images = mg.to_numpy(blobs(4)(generator(0), 100)).copy()
    for image in images[:30]:
        corner = np.flatnonzero(image > 0.0)[0]
        image[[corner, corner + 1, corner + 12, corner + 13]] = -1.0
    for image in images[30:50]:
        image[np.flatnonzero(image > 0.0)[0]] = -1.0
    found = blob_judgement(images, 4, 12)
    assert (found["exact_share"], found["flawless_share"]) == (0.7, 0.5)
    assert found["counts"] == {"3": 0.3, "4": 0.7}


@pytest.mark.parametrize("seed", [0, 1])
def test_real_symmetric_images_have_no_error_and_unrelated_halves_one_of_a_half(seed):
    images = symmetric()(generator(seed), 2000)
    assert (mirror_errors(images, 12) == 0.0).all()
    found = mirror_judgement(images, 12)
    assert (found["exact_share"], found["mean_error"], found["error_quantiles"]) == (1.0, 0.0, [0.0, 0.0, 0.0])
    assert abs(found["unrelated_error"] - 0.5) < 0.02
    other = symmetric()(generator(seed + 10), 2000)
    mixed = np.concatenate([mg.to_numpy(x).reshape(-1, 12, 12)[:, :, half] for x, half in (
        (images, slice(None, 6)), (other, slice(6, None)))], 2).reshape(2000, -1)  # fmt: skip
    assert abs(mirror_errors(mixed, 12).mean() - 0.5) < 0.02


def test_planted_errors_are_counted_pair_by_pair():
    images = mg.to_numpy(symmetric()(generator(0), 73)).copy().reshape(-1, 12, 12)
    rng = np.random.default_rng(0)
    for wrong, image in enumerate(images):
        rows, columns = np.unravel_index(rng.permutation(72)[:wrong], (12, 6))
        image[rows, columns] *= -1.0
    assert_allclose(mirror_errors(images.reshape(73, -1), 12), np.arange(73) / 72.0, rtol=1e-12)


@pytest.mark.parametrize("call", [
    lambda: blob_counts(np.zeros((3, 10)), 3),
    lambda: blob_judgement(np.zeros((0, 9)), 1, 3),
    lambda: mirror_errors(np.zeros((3, 9)), 3),
    lambda: mirror_judgement(np.zeros((0, 16)), 4),
])  # fmt: skip
def test_other_shapes_are_refused(call):
    with pytest.raises(ValueError, match="shape"):
        call()
