"""What `blobs` and `symmetry` share: small convolutional players for images of two values, and how they are trained."""

from __future__ import annotations

import numpy as np

from .. import nn, optim
from ..backend import to_numpy
from ..gan import r1, r2
from .recipe import Recipe

SIDE, NOISE, WIDTH = 12, 32, 16
STEPS = 3000


def convolutional_recipe(name, title, heading, data, measure, told) -> Recipe:
    """Noise of 32 dimensions onto images of 12x12 by two convolutions a player, regularised by R1 and R2.

    Each kernel sees 4x4 pixels: what is near is easy for both players, and what concerns the whole image is left to the
    one dense layer of each.
    """
    coarse = SIDE // 4
    optimizer = optim.adam(optim.cosine(1e-3, STEPS), beta1=0.5)
    return Recipe(
        name=name,
        title=title,
        heading=heading,
        data=data,
        noise=NOISE,
        generator=nn.sequential(
            nn.dense(coarse * coarse * 2 * WIDTH),
            nn.reshape(coarse, coarse, 2 * WIDTH),
            nn.relu,
            nn.conv_transpose2d(WIDTH, 4, stride=2, padding=1),
            nn.relu,
            nn.conv_transpose2d(1, 4, stride=2, padding=1),
            nn.tanh,
            nn.flatten,
        ),
        discriminator=nn.sequential(
            nn.reshape(SIDE, SIDE, 1),
            nn.conv2d(WIDTH, 4, stride=2, padding=1),
            nn.leaky_relu(0.2),
            nn.conv2d(2 * WIDTH, 4, stride=2, padding=1),
            nn.leaky_relu(0.2),
            nn.flatten,
            nn.dense(1),
        ),
        steps=STEPS,
        batch=64,
        measure=measure,
        picture="images",
        options={
            "generator_optimizer": optimizer,
            "discriminator_optimizer": optimizer,
            "penalty": r1(0.1) + r2(0.1),
        },
        told=told,
    )


def variety(images) -> dict:
    """``distinct_share``, different images (pixels above 0 or not) among all; ``collapsed`` where it is below a half."""
    found = np.unique(to_numpy(images) > 0.0, axis=0)
    share = len(found) / images.shape[0]
    return {"distinct_share": round(share, 4), "collapsed": share < 0.5}
