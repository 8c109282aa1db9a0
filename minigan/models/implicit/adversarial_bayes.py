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

from ..explicit.vae import CODE, log_likelihood, log_normal

LEAST_VARIANCE = 1e-12  # of codes that all fall on one point, whose logarithm would be -inf


class Networks(NamedTuple):
    """``encoder`` from bits and noise to a code, ``decoder`` from codes to logits of bits, ``discriminator`` T from bits
    and a code to a number. ``noise`` is how many normal numbers the encoder is given."""

    encoder: Any
    decoder: Any
    discriminator: Any
    noise: int


class Model(NamedTuple):
    """Parameters of those who maximise the bound: ``encoder`` and ``decoder``."""

    encoder: Any
    decoder: Any


class Contrast(NamedTuple):
    """What codes are told from: a Gaussian r(z | x) by its ``mean`` and ``log_deviation``, each (n, 2) or 0."""

    mean: Any
    log_deviation: Any


PRIOR = Contrast(0.0, 0.0)


def codes(layers: Networks, params: Model, x, noise):
    """Draws of q(z | x): where the encoder takes ``noise`` (k, n, noise) given bits x (n, d), shape (k, n, 2)."""
    given = mnp.broadcast_to(x, (noise.shape[0], *x.shape))
    return layers.encoder.apply(params.encoder, mnp.concatenate([given, noise], -1))


def moments(z) -> Contrast:
    """The Gaussian with the mean and the deviation that the draws z (k, n, 2) have over their first axis.

    >>> r = moments(mnp.asarray([[[1.0, 0.0]], [[3.0, 0.0]]]))
    >>> r.mean.tolist(), round(float(r.log_deviation[0, 0]), 6)
    ([[2.0, 0.0]], 0.0)
    """
    mean = mnp.mean(z, 0)
    return Contrast(mean, 0.5 * mnp.log(mnp.mean(mnp.square(z - mean), 0) + LEAST_VARIANCE))


def log_ratio(layers: Networks, params, x, z, contrast: Contrast = PRIOR):
    """T(x, z) for codes z (k, n, 2), shape (k, n): it is shown (z - mean) / deviation of the contrast."""
    given = mnp.broadcast_to(x, (z.shape[0], *x.shape))
    told = (z - contrast.mean) * mnp.exp(-1.0 * contrast.log_deviation)
    return layers.discriminator.apply(params, mnp.concatenate([given, told], -1))[..., 0]


def discriminator_loss(at_codes, at_contrast):
    """-E_q log sigmoid(T) - E_r log(1 - sigmoid(T)), equation 3.3: least where T = log q - log r.

    >>> round(float(discriminator_loss(mnp.zeros(3), mnp.zeros(3))), 6)  # 2 log 2
    1.386294
    """
    return mnp.mean(mnp.softplus(-at_codes)) + mnp.mean(mnp.softplus(at_contrast))


def bound(layers: Networks, model: Model, discriminator, x, z, contrast: Contrast = PRIOR):
    """log p(x | z) - T(x, z) - log r(z | x) + log p(z) of codes z (k, n, 2), shape (k, n): its mean is the bound if T is
    the best one, and no bound otherwise."""
    found = log_likelihood(layers, model, x, z) - log_ratio(layers, discriminator, x, z, contrast)
    if contrast is PRIOR:
        return found
    return found - log_normal(z, contrast.mean, contrast.log_deviation) + log_normal(z)


def losses(layers: Networks, examples: int, draws: int, adaptive: bool):
    """The losses of the two players, as `minigan.training.Player` has them: T's, and that of the model.

    At each move ``draws`` codes of each of ``examples`` are drawn anew. Slopes go through the moments of r too: what
    moves or widens all codes of an example is then told by log r alone, and only their shape by T.
    """

    def drawn(model, x, rng):
        z = codes(layers, model, x, rng.standard_normal((draws, examples, layers.noise), dtype="float32"))
        return z, moments(z) if adaptive else PRIOR

    def of_discriminator(parameters, x, rng):
        own = parameters["discriminator"]
        z, contrast = drawn(parameters["model"], x, rng)
        other = rng.standard_normal((draws, examples, CODE), dtype="float32")
        found = log_ratio(layers, own, x, z, contrast)
        return discriminator_loss(found, log_ratio(layers, own, x, other))

    def of_model(parameters, x, rng):
        z, contrast = drawn(parameters["model"], x, rng)
        return -mnp.mean(bound(layers, parameters["model"], parameters["discriminator"], x, z, contrast))

    return of_discriminator, of_model
