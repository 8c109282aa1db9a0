"""Games of two players: the lecture's examples, and where they go wrong."""

from . import (
    gaussian,
    grid,
    hips_example,
    landscape,
    minibatch_gan,
    ring,
    rows,
    smoothed_landscape,
    unrolled_ring,
    visits,
)

__all__ = [
    "gaussian",
    "grid",
    "hips_example",
    "landscape",
    "minibatch_gan",
    "ring",
    "rows",
    "smoothed_landscape",
    "unrolled_ring",
    "visits",
]
