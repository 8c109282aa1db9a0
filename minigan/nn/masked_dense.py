"""The masked dense layer, whose outputs see some of the inputs alone; and masks that keep an order of variables."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .. import numpy as mnp
from ..backend import dtype_name
from ..rebuilt import rebuilt_by_name
from ..validation import switch
from .initialisers import glorot_normal, initialiser, zeros
from .layer import Layer, as_input, features, is_count, source, wrong_parameters


@rebuilt_by_name
def masked_dense(mask, weight=None, bias=None, use_bias: bool = True) -> Layer:
    """y = x (M W) + b, the product M W elementwise, with a mask M of 0 and 1, of shape (inputs, outputs) like W.

    Output o sees input i where M[i, o] is 1; the derivative of any other weight is 0, and so is its first value.
    ``x`` has shape (..., inputs). The parameters are ``{"weight": W, "bias": b}``, the bias left out without ``use_bias``.
    ``weight`` and ``bias`` are initialisers, by default `glorot_normal()` and `zeros()`. Raises `ValueError` for a mask of
    other values or of another shape than its input's. Source: Germain et al. (2015), equation 8.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> layer = nn.masked_dense([[1, 0], [1, 1]])
    >>> params = {"weight": mnp.asarray([[1.0, 9.0], [2.0, 3.0]]), "bias": mnp.asarray([0.5, 0.0])}
    >>> mg.to_numpy(layer.apply(params, mnp.asarray([[10.0, 20.0]])))
    array([[50.5, 60. ]])
    """
    mask = checked_mask(mask)
    inputs, outputs = mask.shape
    weight, bias = initialiser(weight, glorot_normal, "weight"), initialiser(bias, zeros, "bias")
    use_bias = switch(use_bias, "use_bias")
    name = f"masked_dense({inputs}, {outputs})"

    def init(rng, shape, dtype=None):
        rng = source(rng)
        if features(shape, name) != inputs:
            raise ValueError(f"{name} has a mask for {inputs} inputs, and was initialised with the shape {shape!r}")
        params = {"weight": masked(weight(rng, mask.shape, dtype), mask)}
        if use_bias:
            params["bias"] = bias(rng, (outputs,), dtype)
        return params

    def apply(params, x, *, train=False, rng=None):
        x = as_input(x, name)
        try:
            matrix = params["weight"]
        except (TypeError, KeyError, IndexError):
            raise wrong_parameters(params, ("weight", "bias"), name) from None
        if x.shape[-1:] != (inputs,):
            raise ValueError(f"{name} has a mask for {inputs} inputs and its input the shape {tuple(x.shape)}")
        y = mnp.matmul(x, masked(matrix, mask))
        return y + params["bias"] if use_bias else y

    def output_shape(shape):
        features(shape, name)
        return (*shape[:-1], outputs)

    return Layer(init, apply, output_shape, name=name)


def checked_mask(mask) -> np.ndarray:
    """A mask of two axes as float64 of 0 and 1; refuses any other."""
    found = np.asarray(mask)
    if found.ndim != 2 or 0 in found.shape or found.dtype.kind not in "biuf" or not np.isin(found, (0, 1)).all():
        raise ValueError(
            f"the mask of masked_dense has the shape (inputs, outputs) and holds 0 and 1 alone, and was {found!r:.80}"
        )
    return found.astype(float)


def masked(weight, mask: np.ndarray):
    """``weight`` where ``mask`` is 1, and 0 elsewhere."""
    return weight * mnp.asarray(mask, dtype=dtype_name(weight.dtype))


def autoregressive_masks(order: Sequence[int], widths: Sequence[int] = ()) -> list[np.ndarray]:
    """Masks of `masked_dense` layers in a row, such that output i sees only inputs that come before i in ``order``.

    ``order`` is a permutation of 0 .. n - 1, n >= 2: ``order[t]`` is the variable that comes at place t + 1, its degree.
    Hidden units have degrees in 1 .. n - 1, rising evenly within each of the layers of ``widths``; a unit sees those of a
    degree up to its own, an output those below its own. (A unit of degree 0 would see nothing, one of degree n would be
    seen by nothing.) Without ``widths`` there is one mask, strictly triangular in that order. Raises `ValueError` for an
    order that is no permutation. Source: Germain et al. (2015), section 3.

    >>> autoregressive_masks((2, 0, 1))[0]
    array([[0., 1., 0.],
           [0., 0., 0.],
           [1., 1., 0.]])
    >>> [mask.shape for mask in autoregressive_masks(range(4), (6, 5))]
    [(4, 6), (6, 5), (5, 4)]
    """
    order = checked_order(order)
    n = len(order)
    if n < 2:
        raise ValueError(f"masks keep an order of two variables or more, and the order was {order!r}")
    for width in widths:
        if not is_count(width):
            raise ValueError(f"the width of a masked layer is a positive integer, and was {width!r}")
    visible = np.empty(n, dtype=int)
    visible[list(order)] = np.arange(1, n + 1)
    degrees = [visible, *(hidden_degrees(n, width) for width in widths)]
    hidden = [below[:, None] <= above for below, above in pairwise(degrees)]
    return [mask.astype(float) for mask in (*hidden, degrees[-1][:, None] < visible)]


def hidden_degrees(n: int, width: int) -> np.ndarray:
    """The degrees of ``width`` hidden units over ``n`` variables: 1 .. n - 1, rising evenly.

    >>> hidden_degrees(4, 6)
    array([1, 1, 2, 2, 3, 3])
    """
    return 1 + np.arange(width) * (n - 1) // width


def checked_order(order, n: int | None = None) -> tuple[int, ...]:
    """``order`` as a tuple, if it is a permutation of 0 .. n - 1; `ValueError` otherwise.

    >>> checked_order((0, 2, 2))
    Traceback (most recent call last):
    ...
    ValueError: an order is a permutation of 0 .. 2, and 0, 2, 2 has 2 twice
    """
    found = tuple(order)
    count = len(found) if n is None else n
    wanted = f"an order is a permutation of 0 .. {count - 1}"
    shown = ", ".join(map(str, found[:8])) + (", ..." if len(found) > 8 else "")
    if len(found) != count:
        raise ValueError(f"{wanted}, and {shown or 'this one'} has {len(found)} entries")
    for i, place in enumerate(found):
        if not is_count(place, 0) or place >= count:
            raise ValueError(f"{wanted}, and {shown} has {place!r}")
        if place in found[:i]:
            raise ValueError(f"{wanted}, and {shown} has {place} twice")
    return tuple(map(int, found))
