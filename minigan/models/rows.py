"""Anybody's rows: any array of shape (n, d) trains with dense networks of a size that suits d."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from .. import nn, optim
from .. import random as random_
from ..backend import to_numpy
from ..gan import Fit
from .recipe import Recipe


def rows_recipe(rows, name: str = "data") -> Recipe:
    """A recipe for ``rows`` (n, d); columns are standardised for training, and `original_scale` brings samples back.

    Raises `ValueError` for fewer than two rows, a table in which every column is constant (to rounding), or one whose
    deviations overflow.
    """
    host = to_numpy(rows)
    if host.shape[0] < 2:
        raise ValueError(f"training needs at least two rows, and the data has shape {host.shape}")
    with np.errstate(over="ignore", invalid="ignore"):
        mean, deviation = host.mean(0), host.std(0)
    if not np.isfinite(deviation).all():
        raise ValueError("the data's standard deviation is beyond the largest float: scale the columns down first")
    varies = deviation > 1e-13 * abs(host).max(0)  # the deviation of equal numbers is not 0 but rounding
    if not varies.any():
        raise ValueError("every column of the data is constant: there is nothing to learn")
    deviation = np.where(varies, deviation, 1.0)
    columns = host.shape[1]
    width = int(min(512, max(64, 4 * columns)))
    steps = 4000
    clip = optim.clip_by_norm(1.0)  # anybody's rows may have tails
    return Recipe(
        name=name,
        title=f"{host.shape[0]} rows of {columns} numbers",
        heading="Generative Adversarial Networks",
        data=mnp.asarray((host - mean) / deviation, dtype="float32"),
        noise=int(min(64, max(4, columns))),
        generator=nn.mlp([width, width, columns], activation="relu"),
        discriminator=nn.sequential(
            nn.dense(width), nn.leaky_relu(0.2), nn.dense(width), nn.leaky_relu(0.2), nn.dense(1)
        ),
        steps=steps,
        batch=int(min(128, host.shape[0])),
        measure=lambda result: measure(result, mean, deviation, varies),
        options={
            "generator_optimizer": optim.adam(optim.cosine(5e-4, steps), beta1=0.5, clip=clip),
            "discriminator_optimizer": optim.adam(5e-4, beta1=0.5, clip=clip),
        },
    )


def original_scale(samples, mean, deviation):
    """Samples in the data's own units."""
    return to_numpy(samples) * deviation + mean


def measure(result: Fit, mean, deviation, varies) -> dict:
    """How far 2,000 samples are from the data, column by column: means in deviations, deviations as quotients."""
    samples = original_scale(result.sample(2000, random_.generator(1)), mean, deviation)
    shift = np.abs(samples.mean(0) - mean) / deviation
    narrow = samples.std(0) / deviation
    return {
        "largest_shift_of_a_mean_in_deviations": round(float(shift.max()), 4),
        "narrowest_column_relative_to_data": round(float(narrow[varies].min()), 4),
        "collapsed": bool((narrow[varies] < 0.1).any()),
    }
