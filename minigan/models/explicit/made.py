"""MADE, one masked network for all conditionals of a fully visible belief net, in any order of the variables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import minigan.numpy as mnp

from ... import nn, optim
from ...backend import dtype_name
from ...nn.masked_dense import autoregressive_masks, checked_order, hidden_degrees, masked
from ...options import Above, Batch, Rate
from ..form import images
from ..registry import system
from ..system import System
from .autoregressive import Autoregressive, order_called, products_in_order
from .bits import PIXELS, SIDE, digit_bits, independent_pixels
from .likelihood import Cost, likelihood_system

STEPS = 3000


def masked_network(order: Sequence[int], widths: Sequence[int] = ()) -> Autoregressive:
    """logits = b + V h, h = relu(c + W x) and so on for each of ``widths``, with `autoregressive_masks` on all weights.

    Without ``widths`` it is Frey's logistic belief net, logits = b + W x with W strictly triangular in that order.
    ``order`` is a permutation of 0 .. n - 1 (`ValueError` for any other). Source: Germain et al. (2015).

    >>> import minigan as mg
    >>> model = masked_network((2, 0, 1), (8,))
    >>> params = model.init(mg.random.generator(0), "float64")
    >>> model.logits(params, mnp.zeros((5, 3))).shape
    (5, 3)
    """
    order = checked_order(order)
    n, masks = len(order), autoregressive_masks(order, widths)
    layers = [nn.masked_dense(mask, nn.he_normal() if i else None) for i, mask in enumerate(masks)]
    # the units of each hidden layer that become known with the bit of a degree, as (first, end)
    known = [[_of_degree(n, width, degree) for degree in range(1, n)] for width in widths]

    def init(rng, dtype="float32"):
        return tuple(layer.init(rng, (None, len(mask)), dtype) for layer, mask in zip(layers, masks))

    def logits(params, x, given=None, products=None):
        h = x
        for i, (layer, own) in enumerate(zip(layers, params)):
            h = relu(h) if i else h
            if products is None:
                h = layer.apply(own, h)
            else:
                weight = masked(own["weight"], masks[i])
                rows = order if i == 0 else range(len(masks[i]))
                h = products([(h[:, k : k + 1], weight[k : k + 1, :]) for k in rows]) + own["bias"]
        return h

    def conditionals(params, count, given=None, products=products_in_order):
        weights = [masked(own["weight"], mask) for own, mask in zip(params, masks)]
        biases = [own["bias"] for own in params]
        sums = [mnp.zeros((count, mask.shape[1]), dtype=dtype_name(weights[0].dtype)) for mask in masks]
        for t, i in enumerate(order):
            bit = yield sums[-1][:, i] + biases[-1][i]
            sums[0] = products([(bit[:, None], weights[0][i : i + 1, :])], sums[0])
            for level, units in enumerate(known if t < n - 1 else ()):
                first, end = units[t]
                h = relu(sums[level][:, first:end] + biases[level][first:end])
                sums[level + 1] = products([(h, weights[level + 1][first:end, :])], sums[level + 1])

    return Autoregressive(order, init, logits, conditionals)


def relu(x):
    return mnp.maximum(x, 0.0)


def _of_degree(n: int, width: int, degree: int) -> tuple[int, int]:
    degrees = hidden_degrees(n, width).tolist()
    return sum(d < degree for d in degrees), sum(d <= degree for d in degrees)
