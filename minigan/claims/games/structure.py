"""Problems with Counting and with Global Structure: images that keep one rule each, and how often generated ones do."""

from __future__ import annotations

from ... import random as random_
from ...data.blobs import blobs
from ...data.symmetric import symmetric
from ...metrics import blob_judgement, mirror_judgement
from ...models import SYSTEMS
from ...models.images.black_and_white import SIDE, variety
from ...models.images.blobs import COUNT
from ..registry import Check, Run, claim

IMAGES = 2000
BLOBS, MIRRORED = blobs(COUNT, SIDE, "float32"), symmetric(SIDE, "float32")


def trained_on_blobs(seed: int, steps: int):
    """Images of a generator that was trained on blobs for so many steps."""
    return trained_images("blobs", seed, steps)


def trained_on_mirror_images(seed: int, steps: int):
    """Images of a generator that was trained on images with a symmetry for so many steps."""
    return trained_images("symmetry", seed, steps)


def trained_images(name: str, seed: int, steps: int):
    """Images of that system after so many steps."""
    system = SYSTEMS[name]()
    return system.sample(system.train(steps, seed, check_every=50).state, IMAGES, random_.generator(1))


@claim(
    "counting",
    section="games",
    heading="Problems with Counting",
    statement="Every real image holds exactly four blobs; a convolutional generator makes about four, often miscounting.",
    latex=r"P_\text{data}(\#\text{blobs} = 4) = 1, \qquad 0 < P_\text{model}(\#\text{blobs} = 4) < 1",
    cost=14.0,
)
def generators_miscount(run: Run, train=trained_on_blobs, real=BLOBS, count=COUNT):
    found = blob_judgement(real(run.rng(70), IMAGES), count, SIDE)
    yield Check("real images: share with exactly four blobs", 1.0, found["exact_share"], 0.0)
    yield Check("real images: share with nothing else in them", 1.0, found["flawless_share"], 0.0)
    steps = 300 if run.quick else 600
    for seed in run.seeds(1 if run.quick else 3):
        images = train(seed, steps)
        found, what = blob_judgement(images, count, SIDE), f"generated after {steps} steps, seed {seed}"
        yield Check(f"{what}: mean number of blobs", count, found["mean_count"], 4.0 if run.quick else 1.5)
        yield Check(f"{what}: share with exactly four", 0.75, found["exact_share"], 0.0, "<=")
        yield Check(f"{what}: share with exactly four, not none", 0.02, found["exact_share"], 0.0, ">=")
        yield Check(f"{what}: distinct images", 0.5, variety(images)["distinct_share"], 0.0, ">=")


@claim(
    "global-structure",
    section="games",
    heading="Problems with Global Structure",
    statement="Every real image equals its mirror image; a convolutional generator comes near it, and hardly ever there.",
    latex=r"P_\text{data}(x = \bar x) = 1, \qquad P_\text{model}(x = \bar x) \ll 1",
    cost=14.0,
)
def generators_lose_the_symmetry(run: Run, train=trained_on_mirror_images, real=MIRRORED):
    found = mirror_judgement(real(run.rng(71), IMAGES), SIDE)
    yield Check("real images: share that equals its mirror image", 1.0, found["exact_share"], 0.0)
    yield Check("halves of different real images: share of pixels that differ", 0.5, found["unrelated_error"], 0.02)
    steps = 300 if run.quick else 600
    for seed in run.seeds(1 if run.quick else 3):
        images = train(seed, steps)
        found, what = mirror_judgement(images, SIDE), f"generated after {steps} steps, seed {seed}"
        yield Check(f"{what}: share that equals its mirror image", 0.2, found["exact_share"], 0.0, "<=")
        near = found["mean_error"] / found["unrelated_error"]
        yield Check(f"{what}: pixels that differ, by those of unrelated halves", 0.9, near, 0.0, "<=")
        yield Check(f"{what}: and not by chance only", 0.01, near, 0.0, ">=")
        yield Check(f"{what}: distinct images", 0.5, variety(images)["distinct_share"], 0.0, ">=")
