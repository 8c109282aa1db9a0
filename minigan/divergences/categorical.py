"""Exact divergences between categorical distributions: sums over the last axis, empty categories included."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..autodiff.tracer import Tracer
from ..backend import to_numpy
from .stable import as_floating, quietly

ROUNDING = 16.0  # of the dtype's last place: how far from 1 a rounded softmax may sum
SLACK = 1e-3  # how far from 1 a sum may be: more than rounding and a finite difference, less than a count


def between(divergence, p, q):
    """D_f(P || Q) = sum over q > 0 of q f(p/q), and f'(inf) P(q = 0): probabilities over the last axis.

    ``p`` and ``q`` broadcast; the result has the shape of what is left, and their dtype. A category
    with p = 0 costs q f(0), one with q = 0 costs p f'(inf), which may be infinite, and one with p = q = 0 nothing.
    Near p = q nothing cancels: the sum is taken over what f leaves above its tangent at 1, which is never negative,
    and the tangent's part f'(1) (sum p - sum q) is added by itself, where it is more than a rounding of the two sums
    (its derivative always is): float32 softmaxes have a kl of at least 0. Raises `ValueError` for a negative
    or NaN probability, and for sums that are not 1. Lecture, "f-GAN [Nowozin et al, 2016]".

    >>> from minigan.divergences import kl, total_variation
    >>> p, q = [0.5, 0.3, 0.2], [0.2, 0.3, 0.5]
    >>> round(float(kl.between(p, q)), 12), round(float(total_variation.between(p, q)), 12)
    (0.274887219562, 0.3)
    >>> float(kl.between([0.5, 0.5], [1.0, 0.0]))
    inf
    """
    p, q = as_floating(p), as_floating(q)
    _check(p, "p"), _check(q, "q")
    return quietly(_of_tables)(divergence, p, q)


def _of_tables(divergence, p, q):
    value = mnp.sum(divergence.perspective(p, q), axis=-1)
    rounding = ROUNDING * _last_place(value)
    if divergence.tangent != 0.0:
        excess = mnp.sum(p - q, axis=-1)
        value = value + divergence.tangent * (excess - _within(excess, rounding))
    # a rounding of p or q must not carry the value over the bounds, and it has the derivative it has
    size, outside = max(1.0, abs(divergence.smallest)), mnp.maximum(divergence.smallest - value, 0.0)
    if math.isfinite(divergence.largest):
        size = max(size, abs(divergence.largest))
        outside = outside + mnp.minimum(divergence.largest - value, 0.0)
    return value + _within(outside, rounding * size)


def _last_place(x):
    """The distance from 1 to the next number of the dtype."""
    return {"float16": 2.0**-10, "float32": 2.0**-23}.get(str(x.dtype).rpartition(".")[2], 2.0**-52)


def _within(x, rounding):
    """x where it is no more than a rounding, else 0; a constant to derivatives."""
    x = stop_gradient(x)
    return mnp.where(mnp.abs(x) <= rounding, x, mnp.zeros_like(x))


def _check(x, name):
    if not x.shape:
        raise ValueError(f"{name} must hold probabilities along its last axis, and is a single number")
    if isinstance(x, Tracer):
        return
    values = to_numpy(x)
    if not (values >= 0).all():
        raise ValueError(f"{name} must hold probabilities, and its smallest entry is {values.min()}")
    sums = values.sum(axis=-1)
    if not (abs(sums - 1.0) <= SLACK).all():
        raise ValueError(
            f"{name} must sum to 1 over its last axis, and sums to {sums.ravel()[abs(sums.ravel() - 1).argmax()]:.6g}; "
            f"divide it by mnp.sum({name}, axis=-1, keepdims=True)"
        )


def likelihood_ratio(p, q):
    """p/q, the r of `FDivergence.optimal_critic`: +inf where only q is 0, and 1 where both are."""
    p, q = as_floating(p), as_floating(q)

    def value(p, q):
        both = (p <= 0) & (q <= 0)
        return mnp.where(both, 1.0, p / mnp.where(both, 1.0, q))

    return quietly(value)(p, q)
