"""Games of two players: the lecture's examples, and where they go wrong."""

from . import gaussian, grid, hips_example, ring, rows, unrolled_ring, visits

__all__ = ["gaussian", "grid", "hips_example", "ring", "rows", "unrolled_ring", "visits"]
