"""The ring: eight Gaussians on a circle, where mode collapse shows."""

from __future__ import annotations

from typing import Annotated, Unpack

from ... import nn, optim
from ...data import ring as ring_sampler
from ...data import ring_centres
from ...gan import Fit
from ...metrics import mode_coverage
from ...options import Above, Batch, Choices, Rate
from ..form import Form
from ..registry import system
from ..remedies import REMEDIES
from ..system import System
from ..two_players import GameOptions, gan_system
from .unrolled_ring import unrolled_ring

DEVIATION, STEPS = 0.05, 3000


@system(heading="Mode Collapse", about="eight Gaussians on a circle")
def ring(
    *,
    batch: Batch = 256,
    lr: Rate = 1e-3,
    every: Annotated[int, Above(0), "of --unroll: steps between two looks at where the samples are"] = 50,
    remedy: Annotated[str | None, Choices(lambda: REMEDIES), "train the plain GAN instead, with this"] = None,
    **how: Unpack[GameOptions],
) -> System:
    """Noise of 32 dimensions onto eight distinct centres at radius 2; five discriminator steps for one of G.

    D is small, one hidden layer, and starts nearly linear, so that it cannot cut the ring into private regions at once.
    With ``unroll``, 0 included, it is the experiment of `unrolled_ring`, with other networks and rates; with ``remedy``
    the same without looking ahead, a plain GAN that hops from mode to mode, and that remedy or ``"plain"``.

    >>> ring().options["batch"], ring().steps, ring(unroll=0).steps
    (256, 3000, 1500)
    """
    told = {"discriminator_steps": 1, "first_order": False, **{key: one for key, one in how.items() if one is not None}}
    if remedy is not None:
        if how.get("unroll") is not None:
            raise ValueError(f"--remedy {remedy} looks not ahead, or as it says: leave --unroll {how['unroll']} away")
        return unrolled_ring(**{**told, "unroll": 0}, every=every, batch=batch, lr=lr, remedy=remedy)
    if how.get("unroll") is not None:
        return unrolled_ring(**told, every=every, batch=batch, lr=lr)
    # the logit games train as without it; the first gradients of exponential rows (kl, pearson) are longer
    clip = optim.clip_by_norm(1.0)
    optimizer = optim.adam(optim.cosine(lr, STEPS, final=lr / 20), beta1=0.5, clip=clip)
    return gan_system(
        "eight Gaussians on a circle",
        generator=nn.mlp([128, 128, 2], activation="relu", initialiser=nn.orthogonal(0.8)),
        discriminator=nn.mlp([128, 1], activation="relu", initialiser=nn.orthogonal(0.3)),
        generator_optimizer=optimizer,
        discriminator_optimizer=optimizer,
        data=ring_sampler(8, 2.0, DEVIATION, dtype="float32"),
        noise=32,
        steps=STEPS,
        batch=batch,
        measure=measure,
        form=Form(columns=("x", "y"), centres=ring_centres()),
        options=how,
        discriminator_steps=5,
    )


def measure(result: Fit, rng) -> dict:
    """Modes covered and share of high quality among 2,500 samples."""
    samples = result.sample(2500, rng)
    found = mode_coverage(samples, ring_centres(8, 2.0), DEVIATION)
    return {**found, "collapsed": found["modes_covered"] < found["modes"]}
