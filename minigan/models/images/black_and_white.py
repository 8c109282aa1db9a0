"""What `blobs` and `symmetry` share: small convolutional players for images of two values, and how they are trained."""

from __future__ import annotations

import numpy as np

from ... import nn, optim
from ...backend import to_numpy
from ...gan import r1, r2
from ..form import images
from ..system import System
from ..two_players import GameOptions, gan_system

SIDE, NOISE, WIDTH = 12, 32, 16
STEPS = 3000


def convolutional_system(title, data, measure, told, batch: int, lr: float, options: GameOptions) -> System:
    """Noise of 32 dimensions onto images of 12x12 by two convolutions a player, regularised by R1 and R2.

    Each kernel sees 4x4 pixels: what is near is easy for both players, and what concerns the whole image is left to the
    one dense layer of each.
    """
    coarse = SIDE // 4
    optimizer = optim.adam(optim.cosine(lr, STEPS), beta1=0.5)
    return gan_system(
        title,
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
        generator_optimizer=optimizer,
        discriminator_optimizer=optimizer,
        data=data,
        noise=NOISE,
        steps=STEPS,
        batch=batch,
        measure=measure,
        form=images(SIDE),
        options=options,
        told=told,
        penalty=r1(0.1) + r2(0.1),
    )


def variety(images) -> dict:
    """``distinct_share``, different images (pixels above 0 or not) among all; ``collapsed`` where it is below a half."""
    found = np.unique(to_numpy(images) > 0.0, axis=0)
    share = len(found) / images.shape[0]
    return {"distinct_share": round(share, 4), "collapsed": share < 0.5}
