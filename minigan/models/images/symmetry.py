"""Global structure: images that equal their mirror image, and how nearly a generator's do. Lecture, "Problems with
Global Structure"."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from ... import random as random_
from ...data.symmetric import symmetric
from ...gan import Fit
from ...metrics.mirror import mirror_errors, mirror_judgement
from ...options import Batch, Rate
from ..registry import system
from ..system import System
from ..two_players import GameOptions
from .black_and_white import SIDE, convolutional_system, variety

PAIRS = SIDE * SIDE // 2
EDGES = (0, 1, 2, 4, 8, 16, 32, PAIRS)  # the table's: 0 pairs of pixels that differ, 1, 2, 3 to 4, 5 to 8 ...


@system(
    heading="Problems with Global Structure",
    about="images that equal their mirror image, and how nearly generated ones do",
)
def symmetry(*, batch: Batch = 64, lr: Rate = 1e-3, **how: Unpack[GameOptions]) -> System:
    """Patches of ink whose right half mirrors the left. Every real image does so in each of its 72 pairs of pixels.

    >>> symmetry().title
    'images of 12x12 pixels that equal their mirror image'
    """
    title = f"images of {SIDE}x{SIDE} pixels that equal their mirror image"
    return convolutional_system(title, symmetric(SIDE, "float32"), measure, told, batch, lr, how)


def measure(result: Fit, rng) -> dict:
    """How many of 2,000 samples equal their mirror image and how far the others are, beside the same of real images."""
    images = result.sample(2000, rng)
    real = symmetric(SIDE, "float32")(random_.generator(1), 2000)
    real_share = mirror_judgement(real, SIDE)["exact_share"]
    return {**mirror_judgement(images, SIDE), "real_exact_share": real_share, **variety(images)}


def told(result: Fit):
    """The histogram of how many pairs of mirrored pixels differ."""
    pairs = np.rint(PAIRS * mirror_errors(result.sample(2000, random_.generator(1)), SIDE))
    rows = []
    for low, high in zip((-1, *EDGES), EDGES):
        name = str(high) if high == low + 1 else f"{low + 1} to {high}"
        rows.append((name, f"{np.mean((pairs > low) & (pairs <= high)):.1%}"))
    below = f"0 in every real image; {PAIRS // 2} of {PAIRS} where the two halves have nothing to do with each other"
    return ("pairs of pixels that differ", "generated images"), rows, below
