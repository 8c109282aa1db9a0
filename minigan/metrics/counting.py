"""How many blobs an image holds, and how often a generator gets the number right."""

from __future__ import annotations

import numpy as np

from ..data.blobs import BLOB
from ..validation import count as counted
from .rows import as_images


def blob_counts(images, side: int):
    """The number of regions of ink (pixels above 0, joined along edges and corners) in each image, shape (n,).

    ``images`` is (n, side * side) in [-1, 1].

    >>> blob_counts(np.array([[1.0, -1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 1.0, -1.0]]), side=3)
    array([3])
    """
    from scipy.ndimage import label

    ink = as_images(images, side).reshape(-1, side, side) > 0.0
    return np.array([label(image, np.ones((3, 3)))[1] for image in ink])


def blob_judgement(images, count: int, side: int) -> dict:
    """How often images hold exactly ``count`` blobs; for real ones, see `minigan.data.blobs`, always.

    Returns a dict: ``exact_share`` (images with ``count`` regions), ``flawless_share`` (images in which each of them is
    also a blob of the data, a full square), ``counts`` (number of regions -> share of the images) and ``mean_count``.
    ``images`` is (n, side * side) in [-1, 1]; raises `ValueError` for other shapes and a negative ``count``.

    >>> images = -np.ones((2, 4, 4))
    >>> images[0, :2, :2] = images[0, 2:, 2:] = 1.0  # two squares that touch in a corner: one region, and no blob
    >>> images[1, :2, :2] = 1.0
    >>> found = blob_judgement(images.reshape(2, 16), 1, side=4)
    >>> found["exact_share"], found["flawless_share"]
    (1.0, 0.5)
    """
    from scipy.ndimage import find_objects, label

    count = counted(count, "the count of blobs", 0)
    ink = as_images(images, side).reshape(-1, side, side) > 0.0
    counts, flawless = [], 0
    for image in ink:
        regions, found = label(image, np.ones((3, 3)))
        counts.append(found)
        boxes = [regions[box] == i + 1 for i, box in enumerate(find_objects(regions))]
        flawless += found == count and all(box.shape == (BLOB, BLOB) and box.all() for box in boxes)
    tally = np.bincount(counts)
    return {
        "exact_share": round(float(np.mean(np.array(counts) == count)), 4),
        "flawless_share": round(flawless / len(ink), 4),
        "counts": {str(i): round(float(n) / len(ink), 4) for i, n in enumerate(tally) if n},
        "mean_count": round(float(np.mean(counts)), 4),
    }
