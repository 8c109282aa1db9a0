"""The ring: eight Gaussians on a circle, where mode collapse shows."""

from __future__ import annotations

from .. import nn, optim
from .. import random as random_
from ..data import ring, ring_centres
from ..gan import Fit
from ..metrics import mode_coverage
from .recipe import Recipe
from .unrolled_ring import unrolled_ring_recipe

DEVIATION = 0.05


def ring_recipe(unroll: int | None = None, **how) -> Recipe:
    """Noise of 32 dimensions onto eight distinct centres at radius 2; five discriminator steps for one of G.

    D is small, one hidden layer, and starts nearly linear, so that it cannot cut the ring into private regions at once.
    With ``unroll``, 0 included, it is another recipe: `unrolled_ring_recipe`, which takes ``how``.

    >>> ring_recipe().batch
    256
    """
    if unroll is not None:
        return unrolled_ring_recipe(unroll, **how)
    steps = 3000
    # the logit games train as without it; the first gradients of exponential rows (kl, pearson) are longer
    clip = optim.clip_by_norm(1.0)
    optimizer = optim.adam(optim.cosine(1e-3, steps, final=5e-5), beta1=0.5, clip=clip)
    return Recipe(
        name="ring",
        title="eight Gaussians on a circle",
        heading="Mode Collapse",
        data=ring(8, 2.0, DEVIATION, dtype="float32"),
        noise=32,
        generator=nn.mlp([128, 128, 2], activation="relu", initialiser=nn.orthogonal(0.8)),
        discriminator=nn.mlp([128, 1], activation="relu", initialiser=nn.orthogonal(0.3)),
        steps=steps,
        batch=256,
        measure=measure,
        picture="ring",
        options={
            "generator_optimizer": optimizer,
            "discriminator_optimizer": optimizer,
            "discriminator_steps": 5,
        },
    )


def measure(result: Fit) -> dict:
    """Modes covered and share of high quality among 2,500 samples."""
    samples = result.sample(2500, random_.generator(1))
    found = mode_coverage(samples, ring_centres(8, 2.0), DEVIATION)
    return {**found, "collapsed": found["modes_covered"] < found["modes"]}
