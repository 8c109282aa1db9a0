"""Stacked digits: three real digits as three channels, a thousand modes, and a small discriminator that loses them."""

from __future__ import annotations

from typing import Annotated, Unpack

from ... import nn, optim
from ...backend import to_numpy
from ...data import stacked_digits as real_stacks
from ...gan import Fit
from ...metrics import frechet_distance, stacked_coverage
from ...options import Above, Batch, Choices, Rate
from ...training import averaged
from ..form import images
from ..registry import system
from ..remedies import REMEDIES, remedied
from ..system import System
from ..two_players import GameOptions, gan_system

STEPS, STACKS, NOISE = 6000, 10_000, 64
WIDE, SMALL = 256, 64  # D's layers, by default and with a remedy
GAMMA, RATIO = 1.0, 3.0  # of R1 and R2 each; D's rate over G's
REMEDY_GAMMA = 0.1  # among the remedies, whose D is small


@system(heading="Mode Collapse", about="three digits as channels, a thousand modes")
def stacked_digits(
    *,
    batch: Batch = 120,
    lr: Rate = 1e-3,
    width: Annotated[int | None, Above(0), "of D's two layers; 256, as G's, or with --remedy 64"] = None,
    remedy: Annotated[str | None, Choices(lambda: REMEDIES), "train the plain GAN instead, with this"] = None,
    **how: Unpack[GameOptions],
) -> System:
    """Noise of 64 dimensions onto stacks of 8x8 pixels and three channels, a thousand modes.

    By the relativistic pairing game, or the one that is named, with R1 and R2, He's initial weights, Adam without momentum
    and D as wide as G and three times as fast; samples are drawn by the average of G's weights. ``remedy`` trains a plain
    GAN instead, which has none of these and a D that is a quarter as wide as G and loses most modes, with that one of
    `minigan.models.remedies` or ``"plain"``. Source: Metz et al. (2017), section 3.3.1, who stack larger digits and make
    D as small.

    >>> system, plain = stacked_digits(), stacked_digits(remedy="packing_3")
    >>> system.parts["game"], plain.parts["game"]
    ('relativistic_pairing', 'non_saturating')
    """
    width = width or (WIDE if remedy is None else SMALL)
    if remedy is None:
        weight, ratio, momentum = nn.he_normal(), RATIO, {"beta1": 0.0, "beta2": 0.99}
        if not how.get("game") and not how.get("divergence"):
            how = {**how, "game": "relativistic_pairing"}
    else:
        weight, ratio, momentum = nn.glorot_normal(), 1.0, {"beta1": 0.5}
    generator_optimizer, discriminator_optimizer = (
        optim.adam(optim.cosine(rate, STEPS, final=rate / 20), **momentum) for rate in (lr, ratio * lr)
    )
    features = nn.sequential(nn.dense(width, weight), nn.leaky_relu(0.2), nn.dense(width, weight), nn.leaky_relu(0.2))
    decided = remedied(
        remedy or "penalties",
        features,
        generator_optimizer,
        discriminator_optimizer,
        how,
        batch=batch,
        gamma=GAMMA if remedy is None else REMEDY_GAMMA,
        weight=weight,
    )
    return gan_system(
        f"three digits as channels{f', remedy: {remedy}' if remedy else ''}",
        generator=nn.mlp([256, 256, 192], activation="relu", output="tanh", initialiser=weight),
        data=real_stacks("float32"),
        noise=NOISE,
        steps=STEPS,
        measure=measure,
        form=images(8, channels=3, ink=False),
        learner=None if remedy else lambda one: averaged(one, ["generator"]),
        when_collapsed="a small D loses modes: --width 256 makes it larger, and without --remedy it plays with R1 and R2",
        **decided,
    )


def measure(result: Fit, rng) -> dict:
    """Modes that a classifier reads in 10,000 stacks, and the same of 10,000 real ones; it reads noise as numbers, too.

    What tells noise from digits is the Fréchet distance of the pixels to real stacks, beside that of two real samples.
    """
    draw = real_stacks("float32")
    made, given, again = (to_numpy(one) for one in (result.sample(STACKS, rng), draw(rng, STACKS), draw(rng, STACKS)))
    found, real = stacked_coverage(made), stacked_coverage(given)
    return {
        **found,
        "frechet_distance": round(frechet_distance(made, given), 4),
        "frechet_distance_of_real_stacks": round(frechet_distance(again, given), 4),
        "modes_covered_by_real_stacks": real["modes_covered"],
        "mode_kl_of_real_stacks": real["mode_kl"],
        "clear_share_of_real_stacks": real["clear_share"],
        "collapsed": found["modes_covered"] < 500,
    }
