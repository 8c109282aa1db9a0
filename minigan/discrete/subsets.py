"""Draws of several at once: k of n without replacement, and permutations, exact and relaxed."""

from __future__ import annotations

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..backend import dtype_name
from ..validation import count, switch
from .arguments import as_logits, as_temperature, noise_for, seen
from .concrete import softened
from .gumbel import gumbel, one_hot
from .straight_through import straight_through


def gumbel_top_k(logits, k, rng=None, *, noise=None, axis=-1):
    """k different categories in the order drawn, without replacement: the k largest of logits + G, largest first.

    P(i_1, ..., i_k) = prod_j p(i_j) / (1 - p(i_1) - ... - p(i_{j-1})), the Plackett-Luce law. Integers; the shape is that
    of the logits with k places along ``axis``. At least k logits must be finite. Arguments and errors as in
    `gumbel_max`. Source: Yellott (1977); Kool, van Hoof & Welling (2019).

    >>> import minigan.numpy as mnp
    >>> gumbel_top_k(mnp.array([0.0, 1.0, 2.0]), 2, noise=mnp.array([3.0, 0.0, 0.0]))
    array([0, 2])
    """
    logits, axis, k = _subset(logits, k, axis)
    moved = stop_gradient(logits + noise_for(logits, (axis,), rng, noise, gumbel))
    order = mnp.argsort(-moved, axis=axis)
    return order[(..., slice(None, k), *(slice(None),) * (-axis - 1))]


def relaxed_top_k(logits, k, temperature, rng=None, hard=False, *, noise=None, axis=-1):
    """A point with coordinates that sum to k, near a 0-1 vector of k ones as ``temperature`` falls; shape as the logits.

    The sum of k softmaxes: after each, log(1 - what it took) is added to the logits, so that the next takes others. At
    temperature 0 it is the vector of the k categories of `gumbel_top_k`, with derivative zero, and with ``hard`` that
    vector with the derivative of the relaxed one. Arguments and errors as in `gumbel_softmax`. Source: Plötz & Roth
    (2018), section 3; Xie & Ermon (2019), algorithm 2.

    >>> import minigan.numpy as mnp
    >>> x = relaxed_top_k(mnp.array([0.0, 1.0, 2.0]), 2, 0.2, noise=mnp.array([3.0, 0.0, 0.0]))
    >>> mnp.round(x, 3), round(float(mnp.sum(x)), 12)
    (array([0.993, 0.007, 1.   ]), 2.0)
    """
    logits, axis, k = _subset(logits, k, axis)
    temperature, hard = as_temperature(temperature, logits), switch(hard, "hard")
    noise = noise_for(logits, (axis,), rng, noise, gumbel)
    n = logits.shape[axis]
    chosen = one_hot(gumbel_top_k(logits, k, noise=noise, axis=axis), n, logits.dtype, axis - 1)
    vertex = mnp.sum(chosen, axis=axis)
    if isinstance(temperature, float) and temperature == 0.0:
        return vertex
    # 1 - a is not looked at below eps^2: its logarithm, already far below any competitor, stays differentiable
    least = float(mnp.finfo(dtype_name(logits.dtype)).eps) ** 2
    keys, total = logits + noise, None
    for _ in range(k):
        log_share = softened(keys, temperature, axis, mnp.log_softmax, -float("inf"), 0.0)
        share = mnp.exp(log_share)
        total = share if total is None else total + share
        keys = keys + mnp.log1mexp(mnp.maximum(-log_share, least))
    return straight_through(vertex, total) if hard else total


def sinkhorn(scores, iterations=20):
    """A doubly stochastic matrix from a square one: rows and columns of exp(scores) scaled to sum to 1, in turns.

    ``scores`` has shape (..., n, n), any leading batch. Columns are last: they sum to 1 exactly, rows as nearly as
    ``iterations`` rounds make them. Computed in logarithms. Source: Sinkhorn (1964); Mena et al. (2018), section 2.

    >>> import minigan.numpy as mnp
    >>> mnp.round(sinkhorn(mnp.log(mnp.array([[1.0, 2.0], [3.0, 4.0]]))), 4)
    array([[0.4495, 0.5505],
           [0.5505, 0.4495]])
    """
    scores = _square(scores)
    for _ in range(count(iterations, "iterations")):
        scores = mnp.log_softmax(mnp.log_softmax(scores, axis=-1), axis=-2)
    return mnp.exp(scores)


def gumbel_sinkhorn(logits, temperature, rng=None, iterations=20, *, noise=None):
    """sinkhorn((logits + G) / temperature): a relaxed permutation matrix, nearer to one as ``temperature`` falls.

    Its limit at 0 is the best assignment of logits + G, which is no draw of a known simple law (unlike `gumbel_max`).
    Temperatures must be positive; the lower, the more ``iterations`` it takes. Other arguments and errors as in
    `gumbel_softmax`. Source: Mena, Belanger, Linderman & Snoek (2018).

    >>> import minigan.numpy as mnp
    >>> mnp.round(gumbel_sinkhorn(mnp.array([[1.0, 0.0], [0.0, 1.0]]), 0.5, noise=mnp.zeros((2, 2))), 4)
    array([[0.8808, 0.1192],
           [0.1192, 0.8808]])
    """
    logits = _square(logits)
    temperature = as_temperature(temperature, logits, smallest_is_zero=False)
    return sinkhorn((logits + noise_for(logits, (-1, -2), rng, noise, gumbel)) / temperature, iterations)


def _square(scores):
    scores = as_logits(scores)[0]
    if scores.ndim < 2 or scores.shape[-1] != scores.shape[-2]:
        raise ValueError(f"a permutation needs square scores (..., n, n), and these have shape {tuple(scores.shape)}")
    return as_logits(scores, -2)[0]  # a column of nothing but -inf is no better than a row


def _subset(logits, k, axis):
    logits, axis = as_logits(logits, axis)
    k = count(k, "k")
    if k > logits.shape[axis]:
        raise ValueError(f"{k} different categories of {logits.shape[axis]} cannot be drawn")
    values = seen(logits)
    if values is not None and bool(mnp.any(mnp.sum(mnp.astype(mnp.isfinite(values), "int64"), axis=axis) < k)):
        raise ValueError(f"{k} different categories cannot be drawn where fewer than {k} logits are finite")
    return logits, axis, k
