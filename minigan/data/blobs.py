"""Images that always hold exactly so many blobs: what a generator has to count. Lecture, "Problems with Counting"."""

from __future__ import annotations

import minigan.numpy as mnp

from ..arrays import float_name
from ..random import as_generator
from ..validation import count as counted
from ..validation import is_count

BLOB = 2  # rows and columns of a blob


def blobs(count: int = 4, side: int = 12, dtype=None):
    """The sampler ``draw(rng, n) -> (n, side * side)`` of images of -1 with ``count`` blobs of 1 each.

    A blob is a square of 2x2 pixels, and between any two of them at least one empty row or column runs, so that
    they stay apart even across corners. They are put down one after the other, each uniform over the places that the
    earlier ones leave. Raises `ValueError` for more blobs than are certain to find a place.

    >>> import minigan as mg
    >>> images = blobs(3)(mg.random.generator(0), 100)
    >>> images.shape, sorted(set(mg.to_numpy(images > 0.0).sum(1).tolist()))  # 3 blobs of 4 pixels
    ((100, 144), [12])
    """
    if not is_count(side, BLOB):
        raise ValueError(f"images of blobs have a side of {BLOB} pixels or more, and not {side!r}")
    dtype = "float64" if dtype is None else float_name(dtype)
    across = side - BLOB + 1  # places along a side
    most = 1 + (across**2 - 1) // (2 * BLOB + 1) ** 2  # each blob leaves none of the 5x5 places around it
    if not is_count(count) or count > most:
        raise ValueError(
            f"an image of side {side} is certain to have room for 1 to {most} blobs, and not for {count!r}"
        )
    pixel = mnp.arange(side)
    covered = (pixel >= pixel[:across, None]) & (pixel < pixel[:across, None] + BLOB)  # (place, pixel) along a side
    covered = mnp.astype(covered, dtype)
    stamps = mnp.reshape(covered[:, None, :, None] * covered[None, :, None, :], (across**2, side**2))
    close = mnp.abs(pixel[:across, None] - pixel[:across]) <= BLOB
    close = mnp.reshape(close[:, None, :, None] & close[None, :, None, :], (across**2, across**2))

    def draw(rng, n):
        rng, n = as_generator(rng), counted(n, "n", 0)
        taken, ink = None, 0.0
        for _ in range(count):
            chance = rng.uniform((n, across**2))
            place = mnp.argmax(chance if taken is None else mnp.where(taken, -1.0, chance), axis=1)
            here = mnp.take(close, place, 0)
            taken = here if taken is None else taken | here
            ink = ink + mnp.take(stamps, place, 0)
        return 2.0 * ink - 1.0

    return draw
