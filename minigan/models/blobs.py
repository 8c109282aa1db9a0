"""Counting: images that always hold four blobs, and how often a generator's do. Lecture, "Problems with Counting"."""

from __future__ import annotations

from .. import random as random_
from ..data.blobs import blobs
from ..gan import Fit
from ..metrics.counting import blob_judgement
from .black_and_white import SIDE, convolutional_recipe, variety
from .recipe import Recipe

COUNT = 4


def blobs_recipe() -> Recipe:
    """Four blobs at random places. Every real image has four; a generator that sees blobs one by one miscounts.

    >>> blobs_recipe().title
    'images of 12x12 pixels that always hold 4 blobs'
    """
    return convolutional_recipe(
        "blobs",
        f"images of {SIDE}x{SIDE} pixels that always hold {COUNT} blobs",
        "Problems with Counting",
        blobs(COUNT, SIDE, "float32"),
        measure,
        told,
    )


def measure(result: Fit) -> dict:
    """How many of 2,000 samples hold exactly four blobs, beside the same of 2,000 real images."""
    images = result.sample(2000, random_.generator(1))
    real = blobs(COUNT, SIDE, "float32")(random_.generator(1), 2000)
    real_share = blob_judgement(real, COUNT, SIDE)["exact_share"]
    return {**blob_judgement(images, COUNT, SIDE), "real_exact_share": real_share, **variety(images)}


def told(result: Fit):
    """The histogram of counts."""
    found = measure(result)
    rows = [(count, f"{share:.1%}") for count, share in found["counts"].items()]
    below = (
        f"exactly {COUNT}: {found['exact_share']:.1%} of generated images, {found['real_exact_share']:.0%} of real ones"
    )
    return ("blobs", "generated images"), rows, below
