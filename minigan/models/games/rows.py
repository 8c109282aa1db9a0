"""Anybody's rows: any table of shape (n, d) trains with dense networks of a size that suits d."""

from __future__ import annotations

from typing import Unpack

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ...backend import to_numpy
from ...data import Dataset
from ...gan import Fit
from ...options import Batch, Rate
from ..form import Form
from ..registry import system
from ..system import System
from ..two_players import GameOptions, gan_system

STEPS = 4000


@system(heading="Generative Adversarial Networks", about="rows of your own: any table of numbers (--data)", kind="rows")
def rows(data: Dataset, *, batch: Batch = 128, lr: Rate = 5e-4, **how: Unpack[GameOptions]) -> System:
    """Any table; columns are standardised for training, and the system's form brings samples back into their own units.

    Raises `ValueError` for fewer than two rows, a table in which every column is constant (to rounding), or one whose
    deviations overflow.

    >>> import numpy as np
    >>> from minigan.data import from_array
    >>> rows(data=from_array(np.eye(4), "corners")).title
    'corners: 4 rows of 4 numbers'
    """
    host = np.asarray(data.values, dtype="float64")
    if host.ndim != 2:
        raise ValueError(f"rows have shape (n, d), and {data.name} has {host.shape}: images are for the system 'images'")
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
    clip = optim.clip_by_norm(1.0)  # anybody's rows may have tails
    return gan_system(
        f"{data.name}: {host.shape[0]} rows of {columns} numbers",
        generator=nn.mlp([width, width, columns], activation="relu"),
        discriminator=nn.sequential(
            nn.dense(width), nn.leaky_relu(0.2), nn.dense(width), nn.leaky_relu(0.2), nn.dense(1)
        ),
        generator_optimizer=optim.adam(optim.cosine(lr, STEPS), beta1=0.5, clip=clip),
        discriminator_optimizer=optim.adam(lr, beta1=0.5, clip=clip),
        data=mnp.asarray((host - mean) / deviation, dtype="float32"),
        noise=int(min(64, max(4, columns))),
        steps=STEPS,
        batch=int(min(batch, host.shape[0])),
        measure=lambda result, rng: measure(result, mean, deviation, varies, rng),
        form=Form(
            restore=lambda samples: original_scale(samples, mean, deviation),
            columns=data.columns or tuple(f"column {i}" for i in range(columns)),
        ),
        options=how,
        when_collapsed="some column hardly varies: heavy tails can look so as well; see samples.png",
    )


def original_scale(samples, mean, deviation):
    """Samples in the data's own units."""
    return to_numpy(samples) * deviation + mean


def measure(result: Fit, mean, deviation, varies, rng) -> dict:
    """How far 2,000 samples are from the data, column by column: means in deviations, deviations as quotients."""
    samples = original_scale(result.sample(2000, rng), mean, deviation)
    shift = np.abs(samples.mean(0) - mean) / deviation
    narrow = samples.std(0) / deviation
    return {
        "largest_shift_of_a_mean_in_deviations": round(float(shift.max()), 4),
        "narrowest_column_relative_to_data": round(float(narrow[varies].min()), 4),
        "collapsed": bool((narrow[varies] < 0.1).any()),
    }
