"""Images that always hold so many blobs, and images that equal their mirror image: every one of them, by other means."""

import numpy as np
import pytest

import minigan as mg
from minigan.data import blobs, symmetric
from minigan.random import generator


def squares(image):
    """The top left corners of the 2x2 squares of an image, found by taking them away one by one."""
    image, found = image.copy(), []
    while (image > 0.0).any():
        r, c = np.argwhere(image > 0.0)[0]  # the first in reading order is a top left corner
        assert image[r : r + 2, c : c + 2].shape == (2, 2) and (image[r : r + 2, c : c + 2] > 0.0).all()
        image[r : r + 2, c : c + 2] = -1.0
        found.append((r, c))
    return np.array(found)


@pytest.mark.parametrize("count, side", [(1, 2), (1, 5), (3, 12), (4, 12), (5, 12), (9, 16)])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_image_holds_so_many_blobs_apart(count, side, dtype):
    images = mg.to_numpy(blobs(count, side, dtype)(generator(count), 300))
    assert images.shape == (300, side * side) and images.dtype == dtype
    assert set(np.unique(images)) <= {-1.0, 1.0}
    for image in images.reshape(-1, side, side):
        corners = squares(image)
        assert len(corners) == count
        for i in range(count):
            for j in range(i):
                assert abs(corners[i] - corners[j]).max() >= 3  # two pixels of a blob and one between them


def test_a_single_blob_is_anywhere_alike():
    n, places = 20_000, 11 * 11
    images = mg.to_numpy(blobs(1)(generator(0), n)).reshape(-1, 12, 12)
    first = np.argmax(images.reshape(n, -1), axis=1)
    _, counts = np.unique(first, return_counts=True)
    assert len(counts) == places
    chi2 = ((counts - n / places) ** 2).sum() / (n / places)
    assert abs(chi2 - (places - 1)) < 4.0 * np.sqrt(2.0 * (places - 1))  # mean and deviation of chi^2


@pytest.mark.parametrize("count, side", [(0, 12), (6, 12), (2, 3), (1, 1), (2.0, 12), (True, 12), (1, "12")])
def test_blobs_without_room_are_refused(count, side):
    with pytest.raises(ValueError, match="blobs"):
        blobs(count, side)


@pytest.mark.parametrize("side", [2, 8, 12])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_every_image_equals_its_mirror_image(side, dtype):
    images = mg.to_numpy(symmetric(side, dtype)(generator(side), 400))
    assert images.shape == (400, side * side) and images.dtype == dtype
    assert set(np.unique(images)) == {-1.0, 1.0}
    assert all((np.fliplr(image) == image).all() for image in images.reshape(-1, side, side))


def test_halves_are_fair_patchy_and_unlike_each_other_between_images():
    x = mg.to_numpy(symmetric()(generator(0), 4000)).reshape(-1, 12, 12)
    left = x[:, :, :6]
    assert abs(left.mean(0)).max() < 5.0 / np.sqrt(4000)  # each pixel is 1 or -1, as often
    places = np.arange(6)
    blur = np.exp(-((places[:, None] - places) ** 2) / (2.0 * 1.2**2))
    covariance = blur @ blur
    root = np.sqrt(np.diag(covariance))
    signs = (
        2.0 / np.pi * np.arcsin(np.minimum(covariance / np.outer(root, root), 1.0))
    )  # Sheppard's law of two Gaussians' signs
    # 12 rows of 4,000 images, neighbours among them alike: about 4 x 4,000 independent ones
    assert abs(np.einsum("nri,nrj->ij", left, left) / left[:, :, 0].size - signs).max() < 5.0 / np.sqrt(16_000)
    assert abs((left[1:] * left[:-1]).mean()) < 0.02
    assert abs((x[:, :3] * x[:, :-4:-1]).mean()) < 0.02  # nothing is mirrored from top to bottom


@pytest.mark.parametrize("side", [0, 7, 12.0, True])
def test_an_odd_side_is_refused(side):
    with pytest.raises(ValueError, match="even side"):
        symmetric(side)
