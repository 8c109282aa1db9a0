"""Counting: images that always hold four blobs, and how often a generator's do. Lecture, "Problems with Counting"."""

from __future__ import annotations

from typing import Unpack

from ... import random as random_
from ...data.blobs import blobs as blobs_of
from ...gan import Fit
from ...metrics.counting import blob_judgement
from ...options import Batch, Rate
from ..registry import system
from ..system import System
from ..two_players import GameOptions
from .black_and_white import SIDE, convolutional_system, variety

COUNT = 4


@system(heading="Problems with Counting", about="images that always hold four blobs, and how often generated ones do")
def blobs(*, batch: Batch = 64, lr: Rate = 1e-3, **how: Unpack[GameOptions]) -> System:
    """Four blobs at random places. Every real image has four; a generator that sees blobs one by one miscounts.

    >>> blobs().title
    'images of 12x12 pixels that always hold 4 blobs'
    """
    title = f"images of {SIDE}x{SIDE} pixels that always hold {COUNT} blobs"
    return convolutional_system(title, blobs_of(COUNT, SIDE, "float32"), measure, told, batch, lr, how)


def measure(result: Fit, rng) -> dict:
    """How many of 2,000 samples hold exactly four blobs, beside the same of 2,000 real images."""
    images = result.sample(2000, rng)
    real = blobs_of(COUNT, SIDE, "float32")(random_.generator(1), 2000)
    real_share = blob_judgement(real, COUNT, SIDE)["exact_share"]
    return {**blob_judgement(images, COUNT, SIDE), "real_exact_share": real_share, **variety(images)}


def told(result: Fit):
    """The histogram of counts."""
    found = measure(result, random_.generator(1))
    rows = [(count, f"{share:.1%}") for count, share in found["counts"].items()]
    below = (
        f"exactly {COUNT}: {found['exact_share']:.1%} of generated images, {found['real_exact_share']:.0%} of real ones"
    )
    return ("blobs", "generated images"), rows, below
