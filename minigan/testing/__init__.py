"""Hypothesis strategies for what this library computes with: `arrays` draws shapes, arrays, trees and
examples, `calls` the arguments of every function,

The only room that imports Hypothesis (``pip install 'minigan[test]'``). All strategies draw NumPy arrays,
which a test brings to the backend it runs on with ``mnp.asarray``.
"""

from .arrays import (
    arrays,
    broadcastable_pairs,
    broadcastable_shapes,
    draw_arguments,
    dtypes,
    example_arguments,
    finite_floats,
    lattice,
    seeds,
    shapes,
    trees,
)
from .distributions import (
    alphas,
    channels,
    divergences,
    gaussians,
    merges,
    mixture_weights,
    mixtures,
    near_equal_pairs,
    near_singular_pairs,
    pairs,
    pairs_with_zeros,
    probabilities,
)

__all__ = [
    "alphas",
    "arrays",
    "broadcastable_pairs",
    "broadcastable_shapes",
    "channels",
    "divergences",
    "draw_arguments",
    "dtypes",
    "example_arguments",
    "finite_floats",
    "gaussians",
    "lattice",
    "merges",
    "mixture_weights",
    "mixtures",
    "near_equal_pairs",
    "near_singular_pairs",
    "pairs",
    "pairs_with_zeros",
    "probabilities",
    "seeds",
    "shapes",
    "trees",
]
