"""The embedding layer: a vector of its own for every class, word or symbol."""

from __future__ import annotations

from .. import numpy as mnp
from ..autodiff.program import seen
from ..autodiff.tracer import describe
from ..backend import dtype_name
from ..rebuilt import rebuilt_by_name
from .initialisers import initialiser, normal
from .layer import Layer, is_count, wrong_parameters


@rebuilt_by_name
def embedding(count: int, width: int, weight=None) -> Layer:
    """y = W[x]: row x of W, of shape (``count``, ``width``), for integers x in [0, ``count``).

    ``x`` has any shape (...), y (..., ``width``). The parameters are ``{"weight": W}``; ``weight`` is an initialiser,
    by default `normal(1.0)`. The derivative of W's row k is the sum of those of all y with x = k, and 0 for a k that
    does not occur. Raises `ValueError` for numbers below one and for an x outside of its range, `TypeError` for an x
    of floats or truth values. What `mg.compile` has recorded no longer looks: there, a negative x counts from the end,
    and for one of ``count`` or more NumPy raises `IndexError`.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> params = {"weight": mnp.asarray([[0.0, 1.0], [2.0, 3.0], [4.0, 5.0]])}
    >>> mg.to_numpy(nn.embedding(3, 2).apply(params, mnp.asarray([2, 0, 2])))
    array([[4., 5.],
           [0., 1.],
           [4., 5.]])
    """
    for number, what in ((count, "count"), (width, "width")):
        if not is_count(number):
            raise ValueError(f"the {what} of an embedding is a positive integer, and was {number!r}")
    count, width = int(count), int(width)
    weight, name = initialiser(weight, lambda: normal(1.0), "weight"), f"embedding({count}, {width})"

    def init(rng, shape, dtype=None):
        return {"weight": weight(rng, (count, width), dtype)}

    def apply(params, x, *, train=False, rng=None):
        try:
            matrix = params["weight"]
        except (TypeError, KeyError, IndexError):
            raise wrong_parameters(params, ("weight",), name) from None
        if matrix.shape != (count, width):
            raise ValueError(f"{name} has weights of shape {(count, width)}, and was given {tuple(matrix.shape)}")
        return mnp.take(matrix, _indices(x, count, name), axis=0)

    def output_shape(shape):
        return (*shape, width)

    return Layer(init, apply, output_shape, name=name)


def _indices(x, count, name):
    """``x`` as an array of integers in [0, count); refuses others as far as its values are known."""
    x = x if hasattr(x, "dtype") else mnp.asarray(x)
    if not dtype_name(x.dtype).startswith(("int", "uint")):
        raise TypeError(f"{name} takes integers from 0 to {count - 1}, and was given {describe(x)}")
    values = seen(x)
    if values is not None and values.size:
        lowest, highest = int(mnp.min(values)), int(mnp.max(values))
        if lowest < 0 or highest >= count:
            raise ValueError(
                f"{name} takes integers from 0 to {count - 1}, and was given {lowest if lowest < 0 else highest}"
            )
    return x
