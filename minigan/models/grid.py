"""The grid: 25 Gaussians, on which a plain GAN keeps losing modes."""

from __future__ import annotations

from .. import nn, optim
from .. import random as random_
from ..data import grid, grid_centres
from ..gan import Fit
from ..metrics import mode_coverage
from .recipe import Recipe
from .unrolled_ring import quartered

DEVIATION = 0.05


def grid_recipe() -> Recipe:
    """Noise of two dimensions onto a 5 x 5 grid of modes two apart; three discriminator steps for one of G.

    It collapses: seeds 0 and 1 end on 10 and 13 of the 25 modes (a plain GAN of Lin et al. 2018, table 1, with larger
    networks, on 17.3). A problem to try remedies on, not a solved one.

    >>> grid_recipe().batch
    256
    """
    steps = 3000
    optimizer = optim.adam(optim.cosine(2e-3, steps, final=4e-5), beta1=0.5)
    return Recipe(
        name="grid",
        title="25 Gaussians on a grid",
        heading="Mode Collapse",
        data=grid(5, 2.0, DEVIATION, dtype="float32"),
        noise=2,
        generator=nn.mlp([128, 128, 128, 2], activation="relu"),
        discriminator=nn.sequential(
            nn.activation(quartered), nn.mlp([128, 128, 1], activation="relu", initialiser=nn.orthogonal(1.4))
        ),
        steps=steps,
        batch=256,
        measure=measure,
        picture="grid",
        options={
            "generator_optimizer": optimizer,
            "discriminator_optimizer": optimizer,
            "discriminator_steps": 3,
        },
    )


def measure(result: Fit) -> dict:
    """Modes covered and share of high quality among 5,000 samples."""
    found = mode_coverage(result.sample(5000, random_.generator(1)), grid_centres(), DEVIATION)
    return {**found, "collapsed": found["modes_covered"] < found["modes"]}
