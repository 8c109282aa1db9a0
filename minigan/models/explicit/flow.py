"""Change of variables: a density through an invertible map, for rows and for pixels of so many grey levels."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...nn import Bijection

HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
MARGIN = 0.05  # of the logit transform: pixels are kept that far from 0 and 1


@takes_lists("x")
def log_density(flow: Bijection, params, x):
    """log p(x) = log N(f(x); 0, I) + log |det df/dx|, in nats: shape (n,). Raises `ValueError` for x of other dimensions.

    The lecture's "Change of Variables" with y = f(x) standard normal.

    >>> from minigan import nn
    >>> flow = nn.activation_norm()
    >>> params = {"shift": mnp.asarray([0.0]), "log_scale": mnp.asarray([math.log(2.0)])}  # x ~ N(0, 1/4)
    >>> round(float(log_density(flow, params, mnp.asarray([[0.0]]))[0]), 6)  # log 2 - log(2 pi) / 2
    -0.225791
    """
    y, log_det = flow.forward(params, x)
    if math.prod(y.shape[1:]) != math.prod(x.shape[1:]):
        raise ValueError(
            f"a change of variables keeps the dimension, and {flow.name} takes x of shape {tuple(x.shape)} to "
            f"{tuple(y.shape)}"
        )
    axes = tuple(range(1, y.ndim))
    return mnp.sum(-0.5 * mnp.square(y) - HALF_LOG_2PI, axes) + log_det


def sample(flow: Bijection, params, shape, rng, dtype="float32"):
    """The inverse at y ~ N(0, I) of this ``shape``, that of y."""
    return flow.inverse(params, rng.standard_normal(shape, dtype=dtype))


class Pixels(NamedTuple):
    """Pixels in (0, 1) as numbers on the whole line: logit(margin + (1 - 2 margin) x), and how volume changes by it."""

    numbers: Any
    log_det: Any


@takes_lists("x")
def logit_transform(x, margin: float = MARGIN) -> Pixels:
    """``x`` (n, ..., ) in (0, 1); log |det| is the sum of log(1 - 2 margin) - log p - log(1 - p) at p = margin + ...

    >>> float(logit_transform(mnp.asarray([[0.5]])).log_det[0]).__round__(6)  # log(0.9 * 4)
    1.280934
    """
    p = margin + (1.0 - 2.0 * margin) * x
    log_slope = math.log(1.0 - 2.0 * margin) - mnp.log(p) - mnp.log1p(-p)
    return Pixels(mnp.log(p) - mnp.log1p(-p), mnp.sum(log_slope, tuple(range(1, x.ndim))))


def from_logits(numbers, margin: float = MARGIN):
    """The inverse of `logit_transform`, clipped to [0, 1]: the map's image is a little wider."""
    return mnp.clip((mnp.sigmoid(numbers) - margin) / (1.0 - 2.0 * margin), 0.0, 1.0)
