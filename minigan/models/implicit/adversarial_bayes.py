"""Adversarial variational Bayes: the bound of a VAE whose q(z | x) is a network with noise and has no density.

A discriminator T(x, z) tells codes of q(z | x) from draws of the prior. Where it does so as well as can be,
T(x, z) = log q(z | x) - log p(z), which is all that the bound needs of q:

    log p(x) >= E_q [log p(x | z) - T(x, z)].

With *adaptive contrast* codes are told from r(z | x) instead, the Gaussian that has q's moments. T is then
log q(z | x) - log r(z | x), a smaller thing to learn, and the bound has log r(z | x) - log p(z) besides.

Source: Mescheder, Nowozin & Geiger (2017), equations 3.3 and 3.8, section 3.3.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import minigan.numpy as mnp

from ...arrays import takes_lists
from ..explicit.vae import CODE, log_likelihood, log_normal
from .encoders import NOISE, Encoder, Gaussian
from .ratio_estimators import classification_loss

PRIOR = Gaussian(0.0, 0.0)
DRAWS = 512  # of noise, to tell the moments of q by


class Networks(NamedTuple):
    """``encoder`` from bits and noise to a code, ``decoder`` from codes to logits of bits, ``discriminator`` T from bits
    and a code to a number."""

    encoder: Encoder
    decoder: Any
    discriminator: Any


class Model(NamedTuple):
    """Parameters of those who maximise the bound: ``encoder`` and ``decoder``."""

    encoder: Any
    decoder: Any


@takes_lists("x", "z")
def log_ratio(layers: Networks, params, x, z, contrast: Gaussian = PRIOR):
    """T(x, z) for codes z (k, n, 2), shape (k, n): a network of x and s, plus |s|^2 / 2, where
    s = (z - mean) / deviation of the contrast."""
    given = mnp.broadcast_to(x, (z.shape[0], *x.shape))
    told = (z - contrast.mean) * mnp.exp(-1.0 * contrast.log_deviation)
    # T* grows like minus the contrast's log density, which a network that is linear far out would never reach: rare codes
    # far from all others would then pass for a gain of the bound
    return layers.discriminator.apply(params, mnp.concatenate([given, told], -1))[..., 0] + 0.5 * mnp.sum(
        told * told, -1
    )


@takes_lists("x", "z")
def bound(layers: Networks, model: Model, discriminator, x, z, contrast: Gaussian = PRIOR):
    """log p(x | z) - T(x, z) - log r(z | x) + log p(z) of codes z (k, n, 2), shape (k, n): its mean is the bound if T is
    the best one, and no bound otherwise."""
    found = log_likelihood(layers, model, x, z) - log_ratio(layers, discriminator, x, z, contrast)
    if contrast is PRIOR:
        return found
    return found - log_normal(z, contrast.mean, contrast.log_deviation) + log_normal(z)


def losses(layers: Networks, adaptive: bool):
    """The losses of the two players, as `minigan.training.Player` has them: T's, and that of the model.

    Codes are drawn anew at each move, one of each example. Slopes go through the moments of r too: what moves or widens
    all codes of an example is then told by log r alone, and only their shape by T.
    """

    def drawn(model, x, rng):
        noise = rng.standard_normal((1, x.shape[0], NOISE), dtype="float32")
        z = layers.encoder.codes(model.encoder, x, noise)
        if not adaptive:
            return z, PRIOR
        return z, layers.encoder.moments(model.encoder, x, rng.standard_normal((DRAWS, NOISE), dtype="float32"))

    def of_discriminator(parameters, x, rng):
        z, contrast = drawn(parameters["model"], x, rng)
        other = rng.standard_normal((1, x.shape[0], CODE), dtype="float32")
        own = parameters["discriminator"]
        return classification_loss(log_ratio(layers, own, x, z, contrast), log_ratio(layers, own, x, other))

    def of_model(parameters, x, rng):
        z, contrast = drawn(parameters["model"], x, rng)
        return -mnp.mean(bound(layers, parameters["model"], parameters["discriminator"], x, z, contrast))

    return of_discriminator, of_model
