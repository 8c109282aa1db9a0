"""A GAN to train, the same for every peer: sizes, initial parameters, data and the noise of the check, in NumPy.

One iteration, whoever runs it: draw noise; fake = G(noise), computed once; D moves down
mean softplus(-D(real)) + mean softplus(D(fake)); G moves down mean softplus(-D(fake)) by the moved D, without
gradients for D's parameters. Both by Adam. Real batches are taken in turn from a small pool in memory.

With ``unrolled`` = K > 0, G's cost is by the D that K further plain updates d <- d - unrolled_lr * gradient, on the same
batch and from the moved D, would lead to; G's gradient goes through these updates, second derivatives included (Metz et
al. 2017, "Unrolled Generative Adversarial Networks"). They are then forgotten: D itself moves as without them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

POOL, CHECKED = 8, 10


@dataclass(frozen=True)
class Problem:
    """Parameters are flat lists of arrays; what each means is known to the networks that take them."""

    noise: int
    batch: int
    generator: list[np.ndarray]
    discriminator: list[np.ndarray]
    pool: np.ndarray  # (POOL, batch, ...)
    lr: float = 1e-3
    beta1: float = 0.5
    beta2: float = 0.999
    epsilon: float = 1e-8
    unrolled: int = 0
    unrolled_lr: float = 0.3

    def checked(self):
        """The (real, noise) pairs of the short training that every peer must reproduce."""
        rng = np.random.default_rng(1)
        for i in range(CHECKED):
            yield self.pool[i % POOL], rng.standard_normal((self.batch, self.noise), dtype=np.float32)


def dense_parameters(rng: np.random.Generator, widths: Sequence[int]) -> list[np.ndarray]:
    """[W, b, W, b ...] with W ~ N(0, 1/inputs) and b = 0, float32."""
    params = []
    for inputs, outputs in itertools.pairwise(widths):
        params.append((rng.standard_normal((inputs, outputs)) / inputs**0.5).astype(np.float32))
        params.append(np.zeros(outputs, np.float32))
    return params


@dataclass(frozen=True)
class MlpGan:
    """Two multilayer perceptrons; the first width is the input's. ``activation`` is "tanh", or "relu" for ReLU in G and
    LeakyReLU (slope 0.2) in D; outputs are linear."""

    generator: tuple[int, ...]
    discriminator: tuple[int, ...]
    batch: int
    activation: str = "tanh"
    lr: float = 1e-3
    unrolled: int = 0

    def build(self) -> Problem:
        rng = np.random.default_rng(0)
        generator = dense_parameters(rng, self.generator)
        discriminator = dense_parameters(rng, self.discriminator)
        pool = real_data(rng, POOL * self.batch, self.discriminator[0])
        pool = pool.reshape(POOL, self.batch, -1)
        return Problem(self.generator[0], self.batch, generator, discriminator, pool, self.lr, unrolled=self.unrolled)

    @property
    def hidden(self) -> tuple[str, str]:
        """The hidden activations of G and D."""
        return ("tanh", "tanh") if self.activation == "tanh" else ("relu", "leaky_relu")


def real_data(rng: np.random.Generator, count: int, width: int) -> np.ndarray:
    """N(3, 0.5) in one dimension, eight Gaussians on a circle in two, uniform on [-1, 1) beyond."""
    if width == 1:
        return rng.normal(3.0, 0.5, (count, 1)).astype(np.float32)
    if width == 2:
        angle = rng.integers(0, 8, count) * (np.pi / 4)
        centres = np.stack([np.cos(angle), np.sin(angle)], 1)
        return (centres + 0.05 * rng.standard_normal((count, 2))).astype(np.float32)
    return rng.uniform(-1.0, 1.0, (count, width)).astype(np.float32)
