"""The grid: 25 Gaussians, on which a plain GAN keeps losing modes."""

from __future__ import annotations

from typing import Unpack

from ... import nn, optim
from ...data import grid as grid_sampler
from ...data import grid_centres
from ...gan import Fit
from ...metrics import mode_coverage
from ...options import Batch, Rate
from ..form import Form
from ..registry import system
from ..system import System
from ..two_players import GameOptions, gan_system
from .unrolled_ring import quartered

DEVIATION, STEPS = 0.05, 3000


@system(heading="Mode Collapse", about="25 Gaussians on a grid, a problem to try remedies on")
def grid(*, batch: Batch = 256, lr: Rate = 2e-3, **how: Unpack[GameOptions]) -> System:
    """Noise of two dimensions onto a 5 x 5 grid of modes two apart; three discriminator steps for one of G.

    It collapses: seeds 0 and 1 end on 10 and 13 of the 25 modes (a plain GAN of Lin et al. 2018, table 1, with larger
    networks, on 17.3). A problem to try remedies on, not a solved one.

    >>> grid().options["batch"]
    256
    """
    optimizer = optim.adam(optim.cosine(lr, STEPS, final=lr / 50), beta1=0.5)
    return gan_system(
        "25 Gaussians on a grid",
        generator=nn.mlp([128, 128, 128, 2], activation="relu"),
        discriminator=nn.sequential(
            nn.activation(quartered), nn.mlp([128, 128, 1], activation="relu", initialiser=nn.orthogonal(1.4))
        ),
        generator_optimizer=optimizer,
        discriminator_optimizer=optimizer,
        data=grid_sampler(5, 2.0, DEVIATION, dtype="float32"),
        noise=2,
        steps=STEPS,
        batch=batch,
        measure=measure,
        form=Form(columns=("x", "y"), centres=grid_centres()),
        options=how,
        discriminator_steps=3,
        when_collapsed="as every plain GAN does on this grid, whatever the seed: it is here to try remedies on",
    )


def measure(result: Fit, rng) -> dict:
    """Modes covered and share of high quality among 5,000 samples."""
    found = mode_coverage(result.sample(5000, rng), grid_centres(), DEVIATION)
    return {**found, "collapsed": found["modes_covered"] < found["modes"]}
