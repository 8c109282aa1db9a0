"""From grey levels to points of the cells that they stand for: uniformly, or as a network learns to from the image.

P(levels) is the integral of a density over a cell, E_q [p(levels + u) / q(u | levels)] for any law q of u in the cell.
By Jensen's inequality E_q [log p(levels + u) - log q(u | levels)] bounds log P(levels) from below, with the gap
KL(q || p(u | levels)). A uniform q asks of a smooth p what it cannot do: to be flat on each cell and jump between two.
Sources: Theis, van den Oord & Bethge (2016), section 3.1; Ho et al. (2019), section 3.1.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import minigan.numpy as mnp

from ... import nn
from ...arrays import takes_lists
from ...nn import Layer
from .flow import HALF_LOG_2PI


class Dequantised(NamedTuple):
    """``x`` in (0, 1), (levels + u) / count, of the levels' shape (n, d); ``log_q``, log q(u | levels), shape (n,)."""

    x: Any
    log_q: Any


@takes_lists("levels", "noise")
def uniform(levels, count: int, noise) -> Dequantised:
    """Grey levels 0 .. ``count`` - 1, (n, d), with u = Phi(``noise``), uniform on (0, 1) for normal noise.

    >>> found = uniform(mnp.asarray([[0.0, 1.0]]), 2, mnp.zeros((1, 2)))
    >>> [float(x) for x in found.x[0]], float(found.log_q[0])
    ([0.25, 0.75], 0.0)
    """
    return Dequantised((levels + _inside(mnp.ndtr(noise))) / count, mnp.zeros(levels.shape[0], dtype=levels.dtype))


def network(side: int, hidden: int) -> Layer:
    """From flat images (n, side^2) of numbers in [-1, 1] to the mean and log deviation of every pixel's logit of u."""
    return nn.sequential(
        nn.reshape(side, side, 1),
        nn.conv2d(hidden, 3, padding=1),
        nn.relu,
        nn.conv2d(hidden, 3, padding=1),
        nn.relu,
        nn.conv2d(2, 3, padding=1),
    )


def learned(layer: Layer, params, levels, count: int, noise) -> Dequantised:
    """u = sigmoid(mean + deviation ``noise``), both from ``layer`` at the levels: log q = log N(noise) - log du/dnoise.

    The log deviation is 2 tanh of the network's number over 2, so that no step takes u to the end of its cell.
    """
    out = layer.apply(params, 2.0 * levels / (count - 1) - 1.0)
    mean, spread = (mnp.reshape(out[..., i], tuple(levels.shape)) for i in (0, 1))
    spread = 2.0 * mnp.tanh(0.5 * spread)
    logit = mean + mnp.exp(spread) * noise
    log_slope = spread - mnp.softplus(logit) - mnp.softplus(-logit)
    log_q = mnp.sum(-0.5 * mnp.square(noise) - HALF_LOG_2PI - log_slope, -1)
    return Dequantised((levels + _inside(mnp.sigmoid(logit))) / count, log_q)


def _inside(u):
    """Off the ends of the cell, where float32 would put a pixel into the next one."""
    return mnp.clip(u, 1e-6, 1.0 - 1e-6)
