"""Anybody's images: any array (n, h, w, c), file or folder of them trains with networks of a size that suits them."""

from __future__ import annotations

import math
from typing import Unpack

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ...backend import to_numpy
from ...data import Dataset
from ...gan import Fit, r1, r2
from ...metrics import frechet_distance, precision_recall
from ...options import Batch, Rate
from ..form import Form
from ..registry import system
from ..system import System
from ..two_players import GameOptions, gan_system
from .convolutional import convolutional_players

STEPS, NOISE, WIDTH = 6000, 64, 32
SMALLEST = 8  # pixels of a side that convolutions are for
JUDGED = 1000  # images a side


@system(heading="Generator Network", about="images of your own: arrays, IDX, CIFAR, SVHN, folders (--data)", kind="images")
def images(data: Dataset, *, batch: Batch = 64, lr: Rate = 5e-4, **how: Unpack[GameOptions]) -> System:
    """Noise of 64 dimensions onto images of any size, by two transposed convolutions; below 8 pixels by dense layers.

    Pixels are scaled to [-1, 1] for training, and samples come back in their own units, uint8 as uint8. R1 and R2 keep D
    smooth. Raises `ValueError` for a single image, and where all are the same.

    >>> import numpy as np
    >>> from minigan.data import from_array
    >>> made = images(data=from_array((np.arange(1024) // 4).astype("uint8").reshape(4, 16, 16), "squares"))
    >>> made.title, made.form.restore(np.ones((1, 256))).max()
    ('squares: 4 images of 16x16 pixels', np.uint8(255))
    """
    if data.kind != "images":
        raise ValueError(f"{data.name} holds rows, of shape {data.values.shape}: say what images they are, --shape 28x28")
    count, height, width, channels = data.values.shape
    if count < 2:
        raise ValueError(f"training needs at least two images, and {data.name} holds {count}")
    if (data.values == data.values[:1]).all():
        raise ValueError(f"all images of {data.name} are the same: there is nothing to learn")
    pixels = mnp.reshape(data.for_training("float32"), (count, height * width * channels))
    generator, discriminator = players_for(height, width, channels)
    optimizer = optim.adam(optim.cosine(lr, STEPS), beta1=0.5)
    size = f"{height}x{width}" + (f"x{channels}" if channels > 1 else "")
    return gan_system(
        f"{data.name}: {count} images of {size} pixels",
        generator=generator,
        discriminator=discriminator,
        generator_optimizer=optimizer,
        discriminator_optimizer=optimizer,
        data=pixels,
        noise=NOISE,
        steps=STEPS,
        batch=int(min(batch, count)),
        measure=lambda result, rng: measure(result, to_numpy(pixels), (height, width, channels), rng),
        form=Form("images", data.restore, low=float(data.low), high=float(data.high)),
        options=how,
        penalty=r1(0.1) + r2(0.1),
    )


def players_for(height: int, width: int, channels: int):
    """Generator and discriminator of flat images of that size: convolutions, and dense layers for what is too small."""
    if min(height, width) >= SMALLEST:
        return convolutional_players(height, width, channels, WIDTH)
    dense = nn.sequential(nn.dense(256), nn.leaky_relu(0.2), nn.dense(256), nn.leaky_relu(0.2), nn.dense(1))
    return nn.mlp([256, 256, height * width * channels], activation="relu", output="tanh"), dense


def measure(result: Fit, real, shape, rng) -> dict:
    """How like the real images 1,000 samples are, both reduced to 8 by 8 cells; and their variety beside the real ones'.

    The Fréchet distance, beside that of one half of the real images to the other, and precision and recall; the mean over
    pixels of the deviation over images, as a quotient.
    """
    count = min(JUDGED, len(real))
    chosen = real[to_numpy(rng.permutation(len(real)))[:count]]
    made = to_numpy(result.sample(count, rng))
    variety = float(made.std(0).mean() / chosen.std(0).mean())
    found = {"deviation_relative_to_data": round(variety, 4), "collapsed": variety < 0.2}
    if count < 20:
        return found
    fake, true = cells(made, shape), cells(chosen, shape)
    likeness = precision_recall(fake, true)
    return {
        "frechet_distance": round(frechet_distance(fake, true), 4),
        "frechet_distance_of_real_halves": round(frechet_distance(true[: count // 2], true[count // 2 :]), 4),
        "precision": round(likeness.precision, 4),
        "recall": round(likeness.recall, 4),
        **found,
    }


def cells(flat, shape, across: int = 8):
    """Images reduced to at most ``across`` by ``across`` means of their pixels' brightness: rows of numbers.

    >>> cells(np.arange(16.0).reshape(1, 16), (4, 4, 1), across=2)
    array([[ 2.5,  4.5, 10.5, 12.5]])
    """
    height, width, channels = shape
    grey = flat.reshape(len(flat), height, width, channels).astype(float).mean(-1)
    for axis in (1, 2):
        edges = np.linspace(0, grey.shape[axis], min(across, grey.shape[axis]) + 1).astype(int)[:-1]
        sizes = np.diff([*edges, grey.shape[axis]]).reshape([-1 if i == axis else 1 for i in range(3)])
        grey = np.add.reduceat(grey, edges, axis=axis) / sizes
    return grey.reshape(len(flat), math.prod(grey.shape[1:]))
