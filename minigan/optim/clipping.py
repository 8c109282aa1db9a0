"""Gradients kept within bounds before they are used: functions from a tree to a tree."""

from __future__ import annotations

import functools
import math
import operator

from .. import numpy as mnp
from ..autodiff import flatten, stop_gradient, tree_map, unflatten
from ..autodiff.boundary import as_input
from ..backend import dtype_name
from ..rebuilt import rebuilt_by_name
from ..validation import positive
from .dtypes import in_dtype, widest


def global_norm(tree):
    """The Euclidean norm of all leaves together, sqrt(sum x^2); its derivative at 0 is taken as 0.

    An array of shape () in the widest dtype of the leaves. The squares neither overflow nor underflow.

    >>> import minigan.numpy as mnp
    >>> from minigan import optim
    >>> float(optim.global_norm((mnp.asarray([3.0, 0.0]), mnp.asarray(4.0))))
    5.0
    """
    leaves = [as_input(leaf, "global_norm") for leaf in flatten(tree)[0]]
    dtype = widest(leaves)
    leaves = [mnp.ravel(in_dtype(leaf, dtype)) for leaf in leaves if math.prod(leaf.shape)]
    if not leaves:
        return mnp.zeros((), dtype=dtype)
    largest = functools.reduce(mnp.maximum, (mnp.max(mnp.abs(stop_gradient(leaf))) for leaf in leaves))
    unit = mnp.where(largest == 0, 1.0, largest)  # a constant: it cancels
    squares = functools.reduce(operator.add, (mnp.sum(mnp.square(leaf / unit)) for leaf in leaves))
    flat = squares == 0
    return mnp.where(flat, 0.0, unit * mnp.sqrt(mnp.where(flat, 1.0, squares)))


@rebuilt_by_name
def clip_by_norm(max_norm: float):
    """g <- g min(1, max_norm / |g|), with |g| the norm of the whole tree (`global_norm`).

    The direction stays; a gradient with NaN or infinity is left as it is, to be seen. Raises `ValueError`
    unless ``max_norm`` is positive. Source: Pascanu, Mikolov & Bengio (2013), algorithm 1.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import optim
    >>> mg.to_numpy(optim.clip_by_norm(1.0)(mnp.asarray([3.0, 4.0])))
    array([0.6, 0.8])
    """
    max_norm = positive(max_norm, "the norm to clip at")

    def clip(gradient):
        leaves, structure = flatten(gradient)
        leaves = [as_input(leaf, "clip_by_norm") for leaf in leaves]
        norm = global_norm(gradient)
        above = norm > max_norm
        scale = mnp.where(above, max_norm / mnp.where(above, norm, 1.0), 1.0)
        return unflatten(structure, [leaf * in_dtype(scale, dtype_name(leaf.dtype)) for leaf in leaves])

    return clip


@rebuilt_by_name
def clip_by_value(limit: float):
    """g <- min(max(g, -limit), limit), element by element. Raises `ValueError` unless ``limit`` is positive.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import optim
    >>> mg.to_numpy(optim.clip_by_value(1.0)(mnp.asarray([-3.0, 0.5])))
    array([-1. ,  0.5])
    """
    limit = positive(limit, "the value to clip at")
    return lambda gradient: tree_map(lambda leaf: mnp.clip(as_input(leaf, "clip_by_value"), -limit, limit), gradient)
