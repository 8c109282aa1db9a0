"""The minibatch GAN: a discriminator that also sees what the rest of the batch is like, on the ring and on digits."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Literal, Unpack

import numpy as np

from ... import nn, optim
from ...backend import to_numpy
from ...data import digits as real_digits
from ...gan import Fit
from ...options import Batch, Rate
from ..form import images
from ..images.digits import measure as measure_digits
from ..registry import system
from ..remedies import remedied
from ..system import System
from ..two_players import GameOptions, gan_system
from .unrolled_ring import unrolled_ring

STEPS, NOISE = 4000, 32
REMEDY = {"discrimination": "minibatch_discrimination", "stddev": "minibatch_stddev", "none": "plain"}


@system(heading="Minibatch GAN on ImageNet", about="a D that sees whole batches, on the ring or on digits")
def minibatch_gan(
    *,
    on: Annotated[Literal["ring", "digits"], "what is learned"] = "ring",
    feature: Annotated[
        Literal["discrimination", "stddev", "none"], "what D is told of the rest of the batch"
    ] = "discrimination",
    batch: Batch = 256,
    lr: Rate = 1e-3,
    **how: Unpack[GameOptions],
) -> System:
    """A small GAN that collapses if D sees samples one by one (``feature="none"``), and D's features of a batch beside it.

    ``discrimination`` is `nn.minibatch_discrimination`, ``stddev`` `nn.minibatch_stddev`, before D's last layer. On the
    ring it is the plain GAN of `unrolled_ring`; on digits D has two layers of 48 against G's of 256. Source: Salimans et
    al. (2016), section 3.2; Karras et al. (2018), section 3.

    >>> minibatch_gan().steps, minibatch_gan(on="digits", feature="stddev").steps
    (1500, 4000)
    """
    if on == "ring":
        told = {"unroll": 0, "first_order": False, "discriminator_steps": 1}
        told |= {key: one for key, one in how.items() if one is not None}
        made = unrolled_ring(**told, batch=batch, lr=lr, remedy=REMEDY[feature])
        return replace(made, title=f"eight Gaussians on a circle, minibatch feature: {feature}")
    optimizer = optim.adam(optim.cosine(lr, STEPS, final=lr / 20), beta1=0.5)
    features = nn.sequential(nn.dense(48), nn.leaky_relu(0.2), nn.dense(48), nn.leaky_relu(0.2))
    decided = remedied(REMEDY[feature], features, optimizer, optimizer, how, batch=batch, gamma=0.0)
    return gan_system(
        f"1,797 handwritten digits, minibatch feature: {feature}",
        generator=nn.mlp([256, 256, 64], activation="relu", output="tanh"),
        data=real_digits("float32").images,
        noise=NOISE,
        steps=STEPS,
        measure=measure,
        form=images(8),
        **decided,
    )


def measure(result: Fit, rng) -> dict:
    """Classes, likeness, and how far samples are from each other: their mean squared distance over that of real digits."""
    made, real = to_numpy(result.sample(1797, rng)), to_numpy(real_digits("float32").images)
    return {**measure_digits(result, rng), "diversity_relative_to_data": round(diversity(made) / diversity(real), 4)}


def diversity(rows) -> float:
    """Twice the total variance: the mean squared distance between two independent rows.

    >>> diversity(np.array([[0.0], [2.0]]))
    2.0
    """
    return 2.0 * float(np.asarray(rows, dtype=float).var(0).sum())
