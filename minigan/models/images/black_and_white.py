"""What `blobs` and `symmetry` share: small convolutional players for images of two values, and how they are trained."""

from __future__ import annotations

import numpy as np

from ... import optim
from ...backend import to_numpy
from ...gan import r1, r2
from ..form import images
from ..system import System
from ..two_players import GameOptions, gan_system
from .convolutional import convolutional_players

SIDE, NOISE, WIDTH = 12, 32, 16
STEPS = 3000


def convolutional_system(title, data, measure, told, batch: int, lr: float, options: GameOptions) -> System:
    """Noise of 32 dimensions onto images of 12x12 by `convolutional_players`, regularised by R1 and R2."""
    optimizer = optim.adam(optim.cosine(lr, STEPS), beta1=0.5)
    generator, discriminator = convolutional_players(SIDE, SIDE, 1, WIDTH)
    return gan_system(
        title,
        generator=generator,
        discriminator=discriminator,
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
