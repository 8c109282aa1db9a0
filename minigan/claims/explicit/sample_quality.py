"""Variational Autoencoder: the quality of its samples beside a GAN's, of one generator and at equal budgets."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ... import random as random_
from ...backend import to_numpy
from ...discrete import logistic
from ...gan import fit, r1, r2
from ...metrics import frechet_distance, precision_recall
from ...models.discrete.binary_digits import LATENT, drawn_noise, pixel_generator, pixel_network
from ...models.explicit import digit_bits
from ...models.explicit.vae import Networks, objective
from ...training import Player, players_learner, train
from ..registry import Check, Run, claim

HIDDEN, BATCH, STEPS = 128, 64, 3000
RATE = 3e-3  # it falls to zero within the steps, and suits both of them
GENERATOR = pixel_network(HIDDEN)  # p(x | z) of both: 32 normal numbers to the logits of 64 independent pixels
CODES = 5  # of an image in an update by the bound, which then takes about as long as one of G and D together
SETS = 2  # of as many samples as digits are held out; their mean is taken


def trained_by_the_bound(seed: int, steps: int, maximised=objective):
    """The generator's parameters, trained with an encoder by the evidence bound, the mean of `CODES` codes an image.

    The KL's weight rises to 1 over the first fifth: at 1 from the start, at this rate, some seeds' codes say nothing.
    """
    bits = digit_bits().training
    layers = Networks(nn.mlp([HIDDEN, HIDDEN, 2 * LATENT], activation="relu"), GENERATOR)

    def init(rng):
        shapes = ((BATCH, bits.shape[1]), (BATCH, LATENT))
        return Networks(*(layer.init(rng, shape, "float32") for layer, shape in zip(layers, shapes)))

    def draw(rng, state):
        rows = mnp.take(bits, rng.integers(0, bits.shape[0], (BATCH,)), 0)
        weight = mnp.minimum((mnp.astype(state.steps, "float32") + 1.0) / (0.2 * steps), 1.0)
        return rows, rng.standard_normal((CODES, BATCH, LATENT), dtype="float32"), mnp.asarray(weight, dtype="float32")

    def loss(parameters, batch, rng):
        return -mnp.mean(maximised(layers, parameters["model"], *batch))

    player = Player(init, loss, optim.adam(optim.cosine(RATE, steps)))
    found = train(players_learner({"model": player}, draw), steps, rng=seed, check_every=100)
    return found.state.parameters["model"].decoder


def trained_by_the_game(seed: int, steps: int):
    """The generator's parameters, trained with a discriminator in the non-saturating game; pixels are straight-through."""
    adam = optim.adam(optim.cosine(RATE, steps), beta1=0.5)
    leaky = partial(nn.leaky_relu, 0.2)
    return fit(
        pixel_generator("gumbel", hidden=HIDDEN),
        nn.sequential(nn.dense(HIDDEN), leaky(), nn.dense(HIDDEN), leaky(), nn.dense(1)),
        2.0 * digit_bits().training - 1.0,
        noise=partial(drawn_noise, "gumbel"),
        steps=steps,
        batch=BATCH,
        rng=seed,
        generator_optimizer=adam,
        discriminator_optimizer=adam,
        penalty=r1(0.1) + r2(0.1),
        dtype="float32",
        check_every=100,
    ).state.generator


class Quality(NamedTuple):
    """``precision``, ``recall`` and the Fréchet distance ``frechet``, of pixels -1 and 1."""

    precision: float
    recall: float
    frechet: float


def quality(sets, held_out) -> Quality:
    """Of sets of images of -1 and 1, (n, 64) each, against the held-out digits: the mean over sets."""
    found = [(*precision_recall(images, held_out), frechet_distance(images, held_out)) for images in sets]
    return Quality(*map(float, np.mean(found, 0)))


def sampled(params, seed: int):
    """``SETS`` sets of images, pixels drawn, and the same codes with the likelier pixel everywhere."""
    rng, n = random_.generator(seed + 10_000), digit_bits().held_out.shape[0]
    logits = [GENERATOR.apply(params, rng.standard_normal((n, LATENT), dtype="float32")) for _ in range(SETS)]
    drawn = [one + logistic(rng, one.shape, "float32") for one in logits]
    return [[np.where(to_numpy(one) > 0.0, 1.0, -1.0) for one in images] for images in (drawn, logits)]


class Controls(NamedTuple):
    """Sets of images that show what the numbers mean: ``real`` digits, independent ``pixels``, and ``zeros`` alone."""

    real: list
    pixels: list
    zeros: list


def controls(seed: int) -> Controls:
    """Of the training digits: two halves of them, pixels each as often 1 as in them, and their zeros."""
    bits, (n, pixels) = digit_bits(), digit_bits().held_out.shape
    rng, real = random_.generator(seed + 20_000), to_numpy(2.0 * bits.training - 1.0)
    uniform, ones = to_numpy(rng.uniform((SETS, n, pixels))), (real.mean(0) + 1.0) / 2.0
    return Controls(
        [real[:n], real[-n:]],
        list(np.where(uniform < ones, 1.0, -1.0)),
        [real[to_numpy(bits.labels) == 0]],
    )


@claim(
    "vae-sample-quality",
    section="explicit",
    heading="Variational Autoencoder",
    statement="One generator of digits, at equal budgets: trained by the bound its samples have lower precision than by "
    "the game, and higher recall; by Fréchet distance both are near real digits.",
    latex=r"\mathrm{precision}(\mathrm{VAE}) < \mathrm{precision}(\mathrm{GAN}), \quad "
    r"\mathrm{recall}(\mathrm{VAE}) > \mathrm{recall}(\mathrm{GAN})",
    cost=35.0,
)
def quality_of_two_trainings(
    run: Run, bound=trained_by_the_bound, game=trained_by_the_game, judged=quality, drawing=sampled
):
    held_out = to_numpy(2.0 * digit_bits().held_out - 1.0)
    real, pixels, zeros = (judged(sets, held_out) for sets in controls(run.seed))
    yield Check("real digits: precision against others, held out", 0.75, real.precision, 0.0, ">=")
    yield Check("real digits: recall", 0.85, real.recall, 0.0, ">=")
    yield Check("independent pixels: precision", 0.15, pixels.precision, 0.0, "<=")
    yield Check(
        "independent pixels: Fréchet distance - that of real digits", 5.0, pixels.frechet - real.frechet, 0.0, ">="
    )
    yield Check("zeros alone, but real ones: precision", 0.75, zeros.precision, 0.0, ">=")
    yield Check("zeros alone: recall", 0.2, zeros.recall, 0.0, "<=")
    for seed in run.seeds(1 if run.quick else 3):
        (vae, vae_likelier), (gan, gan_likelier) = (
            [judged(sets, held_out) for sets in drawing(train(seed, STEPS), seed)] for train in (bound, game)
        )
        what = f"seed {seed}, pixels drawn"
        yield Check(f"{what}: precision of the GAN - VAE", 0.03, gan.precision - vae.precision, 0.0, ">=")
        yield Check(f"{what}: recall of the VAE - GAN", 0.05, vae.recall - gan.recall, 0.0, ">=")
        for name, drawn in (("VAE", vae), ("GAN", gan)):
            beyond = drawn.frechet - real.frechet
            yield Check(f"{what}: Fréchet distance of the {name} - that of real digits", 1.0, beyond, 0.0, "<=")
        # balls about noisy images are wide, and independent pixels "recall" most digits: so once more without the noise
        what = f"seed {seed}, likelier pixels"
        yield Check(f"{what}: recall of the VAE - GAN", 0.1, vae_likelier.recall - gan_likelier.recall, 0.0, ">=")
        for name, drawn, likelier in (("VAE", vae, vae_likelier), ("GAN", gan, gan_likelier)):
            gained = likelier.precision - drawn.precision
            yield Check(f"{what}: precision of the {name} - with pixels drawn", 0.08, gained, 0.0, ">=")
