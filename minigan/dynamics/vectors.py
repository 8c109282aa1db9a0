"""Two players' parameters as one vector: x's leaves first, then y's, each in row-major order."""

from __future__ import annotations

import math

from .. import numpy as mnp
from ..autodiff import flatten, unflatten
from ..autodiff.boundary import as_input


def as_vector(tree):
    """``(vector, back)``: all leaves in one array of shape (n,), and the function from such an array to a tree.

    Raises `TypeError` for a leaf that is no floating-point array, `ValueError` for a tree without numbers or with
    leaves of several dtypes, since one vector has one.

    >>> import minigan.numpy as mnp
    >>> vector, back = as_vector({"w": mnp.ones((2, 2)), "b": 3.0})
    >>> vector.shape, float(back(2.0 * vector)["b"])
    ((5,), 6.0)
    """
    leaves, structure = flatten(tree)
    leaves = [as_input(leaf, "a two-player game") for leaf in leaves]
    shapes = [tuple(leaf.shape) for leaf in leaves]
    sizes = [math.prod(shape) for shape in shapes]
    if not sum(sizes):
        raise ValueError("the players have no parameters: there is nothing to move")
    if len({str(leaf.dtype) for leaf in leaves}) > 1:
        raise ValueError(f"one vector has one dtype, and these leaves have {sorted({str(x.dtype) for x in leaves})}")

    def back(vector):
        found, start = [], 0
        for shape, size in zip(shapes, sizes):
            found.append(mnp.reshape(vector[start : start + size], shape))
            start += size
        return unflatten(structure, found)

    return mnp.concatenate([mnp.reshape(leaf, (-1,)) for leaf in leaves]), back
