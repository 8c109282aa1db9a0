"""Affine couplings: one part of x stretches and shifts the other, and is left as it is."""

from __future__ import annotations

import math

import numpy as np

from .. import numpy as mnp
from ..backend import dtype_name
from ..rebuilt import rebuilt_by_name
from .bijection import Bijection
from .layer import Layer

LARGEST = 2.0  # log of the largest factor of one coupling: without a bound the first steps of training explode


@rebuilt_by_name
def affine_coupling(network: Layer, mask="first half", largest: float = LARGEST) -> Bijection:
    """y = x where the mask is 1; elsewhere y = x exp(s) + t, with (s, t) what ``network`` makes of the part that stays.

    ``x`` has shape (n, ..., c). ``mask`` is an array of 0 and 1 of the shape of one x (or of its last axes), or ``"first
    half"`` / ``"second half"`` of the last axis, or ``"checkerboard"`` / ``"other checkerboard"`` over two axes of
    an image. ``network`` reads x where it stays, zeros elsewhere, and puts out twice as many numbers on its last axis; s
    is ``largest`` tanh of the first half. log |det| is the sum of s where the mask is 0. The parameters are the
    network's. Raises `ValueError` for an odd last axis where half of it is meant, for a mask that leaves all or nothing,
    and for a network of another width. Source: Dinh et al. (2017), Real NVP, section 3.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> coupling = nn.affine_coupling(nn.dense(4))
    >>> params = coupling.init(mg.random.generator(0), (None, 2))
    >>> y, log_det = coupling.forward(params, mnp.asarray([[1.0, 2.0]]))
    >>> float(y[0, 0]), mg.to_numpy(coupling.inverse(params, y)).round(12)
    (1.0, array([[1., 2.]]))
    """
    if not isinstance(network, Layer):
        raise TypeError(f"a coupling's network is a Layer, as nn.mlp([64, 4]) for two numbers, and was {network!r:.80}")
    if not (isinstance(largest, int | float) and largest > 0.0 and math.isfinite(largest)):
        raise ValueError(f"the largest log factor of a coupling is a positive number, and was {largest!r}")
    name = f"affine_coupling({network.name}, {mask if isinstance(mask, str) else 'mask'})"

    def init(rng, shape, dtype=None):
        resolved(shape)
        out = network.output_shape(shape)
        if tuple(out[1:]) != (*shape[1:-1], 2 * shape[-1]):
            raise ValueError(
                f"the network of a coupling puts out a factor and a shift for every number, (n, "
                f"{', '.join(map(str, (*shape[1:-1], 2 * shape[-1])))}), and {network.name} makes {tuple(out)}"
            )
        return network.init(rng, shape, dtype)

    def resolved(shape):
        return coupling_mask(mask, tuple(shape[1:]))

    def moves(params, x, stays):
        out = network.apply(params, x * stays)
        width = x.shape[-1]
        return largest * mnp.tanh(out[..., :width]) * (1.0 - stays), out[..., width:] * (1.0 - stays)

    def at(x):
        return mnp.asarray(resolved(x.shape), dtype=dtype_name(x.dtype))

    def forward(params, x):
        stretch, shift = moves(params, x, at(x))
        return x * mnp.exp(stretch) + shift, mnp.sum(stretch, tuple(range(1, x.ndim)))

    def inverse(params, y):
        stretch, shift = moves(params, y, at(y))  # what stays is the same in x and in y
        return (y - shift) * mnp.exp(-stretch)

    return Bijection(init, forward, inverse, name=name)


def coupling_mask(mask, shape: tuple[int, ...]) -> np.ndarray:
    """The mask of a coupling for one x of this ``shape``, as floats of 0 and 1; `ValueError` where there is none.

    >>> coupling_mask("checkerboard", (2, 3, 1))[..., 0]
    array([[1., 0., 1.],
           [0., 1., 0.]])
    >>> coupling_mask("first half", (3,))
    Traceback (most recent call last):
    ...
    ValueError: a coupling of halves needs an even last axis, and the shape of x is (3,)
    """
    if isinstance(mask, str):
        if mask in ("first half", "second half"):
            if not shape or shape[-1] % 2:
                raise ValueError(f"a coupling of halves needs an even last axis, and the shape of x is {shape}")
            half = np.arange(shape[-1]) < shape[-1] // 2
            found = np.broadcast_to(half if mask == "first half" else ~half, shape)
        elif mask in ("checkerboard", "other checkerboard"):
            if len(shape) != 3:
                raise ValueError(f"a checkerboard lies on images (rows, columns, channels), and the shape is {shape}")
            board = np.indices(shape[:2]).sum(0) % 2 == (0 if mask == "checkerboard" else 1)
            found = np.broadcast_to(board[..., None], shape)
        else:
            raise ValueError(
                f"a coupling's mask is 'first half', 'second half', 'checkerboard', 'other checkerboard' or an array, "
                f"and was {mask!r}"
            )
    else:
        found = np.asarray(mask)
        if found.dtype.kind not in "biuf" or not np.isin(found, (0, 1)).all():
            raise ValueError(f"a coupling's mask holds 0 and 1 alone, and was {mask!r:.80}")
        try:
            found = np.broadcast_to(found, shape)
        except ValueError:
            raise ValueError(f"a coupling's mask of shape {found.shape} does not fit x of shape {shape}") from None
    if found.all() or not found.any():
        raise ValueError("a coupling leaves a part of x as it is and moves the other: its mask has 0 and 1 in it")
    return found.astype(float)
