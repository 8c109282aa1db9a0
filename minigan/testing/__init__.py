"""Hypothesis strategies for what this library computes with: `arrays` draws shapes, arrays, trees and examples.

The only room that imports Hypothesis (``pip install 'minigan[test]'``). All strategies draw NumPy arrays, which a test
brings to the backend it runs on with ``mnp.asarray``.
"""

from .arrays import (
    arrays,
    broadcastable_pairs,
    broadcastable_shapes,
    dtypes,
    example_arguments,
    finite_floats,
    lattice,
    seeds,
    shapes,
    trees,
)

__all__ = [
    "arrays",
    "broadcastable_pairs",
    "broadcastable_shapes",
    "dtypes",
    "example_arguments",
    "finite_floats",
    "lattice",
    "seeds",
    "shapes",
    "trees",
]
