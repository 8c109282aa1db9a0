"""Activation normalisation: a factor and a shift for each channel, which begin at a first batch's statistics."""

from __future__ import annotations

import math

from .. import numpy as mnp
from ..rebuilt import rebuilt_by_name
from .bijection import Bijection
from .initialisers import zeros
from .layer import features


@rebuilt_by_name
def activation_norm() -> Bijection:
    """y = (x + b) exp(s), with b and s of shape (c,) for ``x`` of shape (n, ..., c).

    Both begin at 0; ``adapted(params, x)`` sets them so that the channels of y have mean 0 and deviation 1 over a first
    batch x. log |det| is the sum of s times the places that share a channel. Source: Kingma & Dhariwal (2018), section
    3.1.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> norm, x = nn.activation_norm(), mnp.asarray([[1.0], [5.0]])
    >>> params = norm.adapted(norm.init(None, (None, 1)), x)
    >>> y, log_det = norm.forward(params, x)
    >>> mg.to_numpy(y)[:, 0], round(float(log_det[0]), 6)  # - log 2, the deviation
    (array([-1.,  1.]), -0.693147)
    """

    def init(rng, shape, dtype=None):
        width = features(shape, "activation_norm")
        return {"shift": zeros()(rng, (width,), dtype), "log_scale": zeros()(rng, (width,), dtype)}

    def forward(params, x):
        places = math.prod(x.shape[1:-1])
        log_det = places * mnp.sum(params["log_scale"])
        return (x + params["shift"]) * mnp.exp(params["log_scale"]), mnp.broadcast_to(log_det, x.shape[:1])

    def inverse(params, y):
        return y * mnp.exp(-params["log_scale"]) - params["shift"]

    def adapted(params, x):
        axes = tuple(range(x.ndim - 1))
        return {"shift": -mnp.mean(x, axes), "log_scale": -0.5 * mnp.log(mnp.var(x, axes) + 1e-6 * (x.shape[0] > 2))}

    return Bijection(init, forward, inverse, adapted=adapted, name="activation_norm")
