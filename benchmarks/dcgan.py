"""W3: a DCGAN for 28x28 pictures at batch 64: 9.4 GFLOP, nearly all of it in convolutions.

G: noise 64 - dense to 7x7x128 - BN - ReLU - transposed convolution to 14x14x64 - BN - ReLU - transposed convolution to
28x28x1 - tanh. D: convolution to 14x14x64 - LeakyReLU - convolution to 7x7x128 - BN - LeakyReLU - dense to 1. Every
convolution is 4x4, stride 2, padding 1; batch normalisation uses the batch's own statistics and keeps no others; what
is followed by it has no bias.

Parameters are given in the layout (row, column, channel), kernels as (4, 4, channels of the larger picture, of the
smaller one); each peer permutes them into its own, so that all start as the same function.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from . import with_jax, with_minigan, with_torch
from .problem import POOL, Problem
from .workload import Case, Contender, Settings, Workload

NOISE, BATCH, SIZE = 64, 64, (28, 28, 1)


def problem(batch: int = BATCH) -> Problem:
    rng = np.random.default_rng(0)

    def normal(*shape, deviation):
        return (deviation * rng.standard_normal(shape)).astype(np.float32)

    def norm(width):
        return [np.ones(width, np.float32), np.zeros(width, np.float32)]

    generator = [
        normal(NOISE, 7 * 7 * 128, deviation=NOISE**-0.5),
        *norm(128),
        normal(4, 4, 64, 128, deviation=0.05),
        *norm(64),
        normal(4, 4, 1, 64, deviation=0.05),
        np.zeros(1, np.float32),
    ]
    discriminator = [
        normal(4, 4, 1, 64, deviation=0.25),
        np.zeros(64, np.float32),
        normal(4, 4, 64, 128, deviation=0.03),
        *norm(128),
        normal(7 * 7 * 128, 1, deviation=0.01),
        np.zeros(1, np.float32),
    ]
    pool = rng.uniform(-1.0, 1.0, (POOL, batch, *SIZE)).astype(np.float32)
    return Problem(NOISE, batch, generator, discriminator, pool, lr=2e-4)


# -- minigan -------------------------------------------------------------------------------------------------


def by_minigan(batch: int, settings: Settings, compiled: bool = False) -> Contender:
    with_minigan.start(settings)
    from minigan import nn

    leaky_relu = nn.leaky_relu(0.2)
    generator = nn.sequential(
        nn.dense(7 * 7 * 128, use_bias=False),
        nn.reshape(7, 7, 128),
        nn.batch_norm(),
        nn.relu,
        nn.conv_transpose2d(64, 4, stride=2, padding=1, use_bias=False),
        nn.batch_norm(),
        nn.relu,
        nn.conv_transpose2d(1, 4, stride=2, padding=1),
        nn.tanh,
    )
    discriminator = nn.sequential(
        nn.conv2d(64, 4, stride=2, padding=1),
        leaky_relu,
        nn.conv2d(128, 4, stride=2, padding=1, use_bias=False),
        nn.batch_norm(),
        leaky_relu,
        nn.flatten,
        nn.dense(1),
    )

    def norm(scale, shift):
        return {"scale": scale, "shift": shift, "mean": np.zeros_like(scale), "var": np.ones_like(scale)}

    made = problem(batch)
    w1, s1, b1, w2, s2, b2, w3, b3 = made.generator
    g_params = (
        {"weight": w1}, None, norm(s1, b1), None,
        {"weight": w2}, norm(s2, b2), None,
        {"weight": w3, "bias": b3}, None,
    )  # fmt: skip
    w1, b1, w2, s2, b2, w3, b3 = made.discriminator
    d_params = (
        {"weight": w1, "bias": b1}, None,
        {"weight": w2}, norm(s2, b2), None,
        None, {"weight": w3, "bias": b3},
    )  # fmt: skip
    return with_minigan.gan(made, generator, discriminator, g_params, d_params, compiled)


def by_compiled_minigan(batch: int, settings: Settings) -> Contender:
    return by_minigan(batch, settings, compiled=True)


# -- JAX -----------------------------------------------------------------------------------------------------


def by_jax(batch: int, settings: Settings) -> Contender:
    with_jax.start(settings)
    import jax
    import jax.numpy as jnp
    from jax import lax

    layout = ("NHWC", "HWIO", "NHWC")

    def convolve(x, kernel):
        return lax.conv_general_dilated(x, kernel, (2, 2), "SAME", dimension_numbers=layout)

    def transposed(x, kernel):
        return lax.conv_transpose(x, kernel, (2, 2), "SAME", dimension_numbers=layout, transpose_kernel=True)

    def norm(x, scale, shift):
        mean, var = jnp.mean(x, (0, 1, 2)), jnp.var(x, (0, 1, 2))
        return (x - mean) * (scale * lax.rsqrt(var + 1e-5)) + shift

    def generator(params, z):
        w1, s1, b1, w2, s2, b2, w3, b3 = params
        x = jax.nn.relu(norm((z @ w1).reshape(-1, 7, 7, 128), s1, b1))
        x = jax.nn.relu(norm(transposed(x, w2), s2, b2))
        return jnp.tanh(transposed(x, w3) + b3)

    def discriminator(params, x):
        w1, b1, w2, s2, b2, w3, b3 = params
        x = jax.nn.leaky_relu(convolve(x, w1) + b1, 0.2)
        x = jax.nn.leaky_relu(norm(convolve(x, w2), s2, b2), 0.2)
        return x.reshape(x.shape[0], -1) @ w3 + b3

    return with_jax.gan(problem(batch), generator, discriminator)


# -- PyTorch: kernels are (smaller, larger, 4, 4), pictures (sample, channel, row, column) ---------------------


def torch_problem(batch: int, channels_last: bool) -> Problem:
    """The same problem in PyTorch's layout; the dense layers keep (row, column, channel) if ``channels_last``."""

    def kernel(w):
        return np.ascontiguousarray(w.transpose(3, 2, 0, 1))

    def features(w, axis):  # the rows or columns of a dense layer that are a 7x7x128 picture
        if channels_last:
            return w
        index = np.arange(7 * 7 * 128).reshape(7, 7, 128).transpose(2, 0, 1).ravel()
        return np.ascontiguousarray(np.take(w, index, axis))

    made = problem(batch)
    w1, s1, b1, w2, s2, b2, w3, b3 = made.generator
    generator = [features(w1, 1), s1, b1, kernel(w2), s2, b2, kernel(w3), b3]
    w1, b1, w2, s2, b2, w3, b3 = made.discriminator
    discriminator = [kernel(w1), b1, kernel(w2), s2, b2, features(w3, 0), b3]
    pool = np.ascontiguousarray(made.pool.transpose(0, 1, 4, 2, 3))
    return replace(made, generator=generator, discriminator=discriminator, pool=pool)


def by_torch(batch: int, settings: Settings, tuned: bool = False) -> Contender:
    device = with_torch.start(settings)
    import torch
    from torch import nn

    class Picture(nn.Module):
        def forward(self, x):
            return x.view(-1, 7, 7, 128).permute(0, 3, 1, 2) if tuned else x.view(-1, 128, 7, 7)

    class Row(nn.Module):
        def forward(self, x):
            return (x.permute(0, 2, 3, 1) if tuned else x).flatten(1)

    made = torch_problem(batch, channels_last=tuned)

    def norm(width):
        return nn.BatchNorm2d(width, track_running_stats=False)

    def filled(module, params):
        for mine, array in zip(module.parameters(), params, strict=True):
            given = torch.tensor(array)
            mine.data = given if mine.shape == given.shape else given.T.contiguous()
        return module.to(memory_format=torch.channels_last) if tuned else module

    def build():
        generator = nn.Sequential(
            nn.Linear(NOISE, 7 * 7 * 128, bias=False),
            Picture(),
            norm(128),
            nn.ReLU(),
            nn.ConvTranspose2d(128, 64, 4, 2, 1, bias=False),
            norm(64),
            nn.ReLU(),
            nn.ConvTranspose2d(64, 1, 4, 2, 1),
            nn.Tanh(),
        )
        discriminator = nn.Sequential(
            nn.Conv2d(1, 64, 4, 2, 1),
            nn.LeakyReLU(0.2),
            nn.Conv2d(64, 128, 4, 2, 1, bias=False),
            norm(128),
            nn.LeakyReLU(0.2),
            Row(),
            nn.Linear(7 * 7 * 128, 1),
        )
        return filled(generator, made.generator), filled(discriminator, made.discriminator)

    return with_torch.gan(made, build, device, tuned)


def by_tuned_torch(batch: int, settings: Settings) -> Contender:
    return by_torch(batch, settings, tuned=True)


def by_torch_compile(batch: int, settings: Settings) -> Contender:
    device = with_torch.start(settings)
    import torch
    from torch.nn import functional as F

    def norm(x, scale, shift):
        return F.batch_norm(x, None, None, scale, shift, training=True)

    def generator(params, z):
        w1, s1, b1, w2, s2, b2, w3, b3 = params
        x = F.relu(norm((z @ w1).view(-1, 7, 7, 128).permute(0, 3, 1, 2), s1, b1))
        x = F.relu(norm(F.conv_transpose2d(x, w2, None, 2, 1), s2, b2))
        return torch.tanh(F.conv_transpose2d(x, w3, b3, 2, 1))

    def discriminator(params, x):
        w1, b1, w2, s2, b2, w3, b3 = params
        x = F.leaky_relu(F.conv2d(x, w1, b1, 2, 1), 0.2)
        x = F.leaky_relu(norm(F.conv2d(x, w2, None, 2, 1), s2, b2), 0.2)
        return x.permute(0, 2, 3, 1).flatten(1) @ w3 + b3

    return with_torch.compiled_gan(torch_problem(batch, channels_last=True), generator, discriminator, device)


WORKLOAD = Workload(
    "W3",
    "DCGAN-28",
    (Case("", BATCH),),
    {
        "minigan": by_minigan,
        "minigan-compiled": by_compiled_minigan,
        "autograd": "it has no strided convolution",
        "mygrad": "it has no transposed convolution",
        "torch": by_torch,
        "torch-tuned": by_tuned_torch,
        "torch-compile": by_torch_compile,
        "jax": by_jax,
    },
)
