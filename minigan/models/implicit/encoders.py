"""Posteriors q(z | x) that are drawn from and have no density: networks that are given noise.

Of `network_encoder` nothing is known but draws; `basis_encoder` is affine in random functions that all examples share, so
its moments given x are known as well as those of the functions, which many draws of noise tell.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import minigan.numpy as mnp

from ... import nn
from ..explicit.vae import CODE

NOISE = 8  # numbers that an encoder is given
BENT = nn.leaky_relu(0.01)  # as sharp as relu, and no two draws come out the same
LEAST_VARIANCE = 1e-12  # of codes that all fall on one point, whose logarithm would be -inf


class Gaussian(NamedTuple):
    """Independent Gaussians by ``mean`` and ``log_deviation``, each of shape (n, 2), or 0 for the standard one."""

    mean: Any
    log_deviation: Any


class Encoder(NamedTuple):
    """A q(z | x) without density.

    * ``init(rng, bits)``: fresh parameters for rows of so many bits.
    * ``codes(params, x, noise)``: draws given x (n, bits) and noise (k, n, `NOISE`), of shape (k, n, 2).
    * ``moments(params, x, noise)``: the `Gaussian` with the mean and the deviation of q(z | x), by ``noise`` (m, `NOISE`);
      ``None`` where it is not known.
    """

    init: Callable
    codes: Callable
    moments: Callable | None = None


def network_encoder(hidden: int) -> Encoder:
    """z = f(x, noise), f a network of two hidden layers."""
    layers = nn.mlp([hidden, hidden, CODE], activation=BENT)

    def codes(params, x, noise):
        given = mnp.broadcast_to(x, (noise.shape[0], *x.shape))
        return layers.apply(params, mnp.concatenate([given, noise], -1))

    return Encoder(lambda rng, bits: layers.init(rng, (None, bits + NOISE), "float32"), codes)


class Basis(NamedTuple):
    """Parameters: ``functions`` from noise to random numbers, ``coefficients`` from bits to what they are weighted by."""

    functions: Any
    coefficients: Any


def basis_encoder(hidden: int, functions: int = 32) -> Encoder:
    """z_j = b_j(x) + sum_i a_ij(x) v_ij(noise), both networks: Mescheder et al. (2017), section 3.3 and figure 5.

    Given x its mean is b + a E v and its variance a' Cov(v) a, however many modes it has.
    """
    random = nn.mlp([hidden, hidden, CODE * functions], activation=BENT)
    weights = nn.mlp([hidden, hidden, CODE * (functions + 1)], activation=BENT)

    def init(rng, bits):
        return Basis(random.init(rng, (None, NOISE), "float32"), weights.init(rng, (None, bits), "float32"))

    def parts(params, x):
        """b of shape (n, 2, 1), and a of shape (n, 2, functions)."""
        found = mnp.reshape(weights.apply(params.coefficients, x), (x.shape[0], CODE, functions + 1))
        return found[..., :1], found[..., 1:]

    def values(params, noise):
        """v of shape (..., 2, functions)."""
        return mnp.reshape(random.apply(params.functions, noise), (*noise.shape[:-1], CODE, functions))

    def codes(params, x, noise):
        shift, a = parts(params, x)
        return mnp.sum(a * values(params, noise), -1) + shift[..., 0]

    def moments(params, x, noise):
        shift, a = parts(params, x)
        v = values(params, noise)
        mean = mnp.mean(v, 0)
        around = mnp.matmul(mnp.moveaxis(a, 1, 0), mnp.moveaxis(v - mean, 0, -1))  # (2, n, m)
        variance = mnp.matrix_transpose(mnp.mean(mnp.square(around), -1))
        return Gaussian(mnp.sum(a * mean, -1) + shift[..., 0], 0.5 * mnp.log(variance + LEAST_VARIANCE))

    return Encoder(init, codes, moments)
