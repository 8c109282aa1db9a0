"""Adversarial variational Bayes beside the VAE with a Gaussian posterior: the same decoder, the same data, one run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

import minigan.numpy as mnp

from ... import nn, optim
from ...options import Batch, Rate
from ...random import generator
from ...training import Player, players_learner
from ..explicit import vae
from ..explicit.bits import digit_bits, independent_pixels
from ..form import Form, images
from ..registry import system
from ..system import System
from .adversarial_bayes import Model, Networks, losses
from .encoders import basis_encoder, network_encoder
from .two_posteriors import Judged, gaussian, implicit, mmd_of_prior

CODE = vae.CODE
PAPER = {  # Mescheder, Nowozin & Geiger (2017), table 1; its error is taken for that of one of the four bits: of all of
    # them, the VAE's bound would leave its codes KL(q(z | x) || p(z)) - KL(q(z) || p(z)) > log 4 to tell of four points
    "VAE": Judged(-1.568, -1.697, 4 * 0.0885, 0.165, math.nan),
    "AVB": Judged(-1.403, -1.421, 4 * 0.00577, 0.026, math.nan),
}


@dataclass(frozen=True)
class Setting:
    """What is learned, and by networks of which size."""

    title: str
    steps: int
    hidden: int
    discriminator: int
    codes_judged: int  # of each held-out example
    contrast: str
    best: float | None = None  # nats that no model surpasses


SETTINGS = {
    "points": Setting("four points", 8000, 64, 128, 5000, "prior", -math.log(4.0)),
    "digits": Setting("digits in black and white", 4000, 128, 128, 500, "adaptive"),
}


def networks(bits: int, hidden: int, discriminator: int, adaptive: bool) -> Networks:
    """Layers of relu but for the decoder, which is smooth, so that a sum over a grid of codes is the integral."""
    return Networks(
        basis_encoder(hidden) if adaptive else network_encoder(hidden),
        nn.mlp([hidden, hidden, bits], activation="tanh"),
        nn.mlp([discriminator] * 3 + [1], activation="relu"),
    )


def gaussian_networks(bits: int, hidden: int) -> vae.Networks:
    """The same with an encoder to a mean and a log deviation of each code."""
    encoder = nn.mlp([hidden, hidden, 2 * CODE], activation="relu")
    return vae.Networks(encoder, nn.mlp([hidden, hidden, bits], activation="tanh"))


@system(heading="Generalizing these ideas", about="adversarial variational Bayes: a VAE whose q(z | x) has no density")
def avb(
    *,
    on: Annotated[Literal["points", "digits"], "four points, or digits in black and white"] = "points",
    contrast: Annotated[
        Literal["prior", "adaptive"] | None,
        "what codes are told from, the prior or the Gaussian with their moments; of points the one, of digits the other",
    ] = None,
    batch: Batch = 128,
    lr: Rate = 1e-3,
) -> System:
    """Mescheder, Nowozin & Geiger (2017), beside a VAE with Gaussian q(z | x) that learns from the same batches.

    A code has two numbers, so log p(x) is a quadrature over the plane, for both; T's own estimate of it is no bound.
    With ``contrast="adaptive"`` the encoder is one whose moments are known.

    >>> avb().title, round(avb().learner.at_optimum["model_loss"], 4)
    ('adversarial variational Bayes on four points, beside a VAE', 1.3863)
    """
    setting = SETTINGS[on]
    data, held_out, labels = examples(on)
    adaptive = (contrast or setting.contrast) == "adaptive"
    bits = data.shape[1]
    layers = networks(bits, setting.hidden, setting.discriminator, adaptive)
    gaussian_layers = gaussian_networks(bits, setting.hidden)
    of_discriminator, of_model = losses(layers, adaptive)

    def of_gaussian(parameters, x, rng):
        noise = rng.standard_normal((batch, CODE), dtype="float32")
        return -mnp.mean(vae.objective(gaussian_layers, parameters["gaussian"], x, noise))

    adam = optim.adam(lr, beta1=0.5)
    players = {
        "discriminator": Player(partial(discriminator_parameters, layers, bits), of_discriminator, adam, moves=2),
        "model": Player(
            partial(model_parameters, layers, bits), of_model, adam, None if setting.best is None else -setting.best
        ),
        "gaussian": Player(partial(gaussian_parameters, gaussian_layers, bits), of_gaussian, adam),
    }
    learner = players_learner(
        players, lambda rng, state: mnp.take(data, rng.integers(0, data.shape[0], (batch,)), 0), name="avb"
    )

    baseline = independent_pixels(data, held_out)

    def judge(parameters, rng):
        return {
            "AVB": implicit(layers, parameters["model"], held_out, data, setting.codes_judged, rng),
            "VAE": gaussian(gaussian_layers, parameters["gaussian"], held_out, data, rng),
        }

    def measured(state, rng):
        found = judge(state.parameters, rng)
        return {
            **found["AVB"].as_metrics(),
            **found["VAE"].as_metrics("_of_gaussian"),
            "mmd_of_prior": round(mmd_of_prior(rng), 5),
            "log_likelihood_of_independent_bits": round(baseline, 4),
            "collapsed": not found["AVB"].log_likelihood > baseline,
        }

    return System(
        f"adversarial variational Bayes on {setting.title}, beside a VAE",
        learner,
        lambda state, n, rng, condition=None: vae.drawn_bits(layers, state.parameters["model"], n, rng),
        measured,
        setting.steps,
        data=data,
        form=images(8, low=0.0, high=1.0) if on == "digits" else Form(columns=("first", "second", "third", "fourth")),
        log_density=lambda state, x: vae.log_density(layers, state.parameters["model"], x),
        told=lambda trained: table(judge(trained.state.parameters, generator(1)), on, setting.best, bits),
        when_collapsed="it says less than independent bits do; try more steps or a smaller --lr",
        parts={
            "layers": layers,
            "gaussian_layers": gaussian_layers,
            "held_out": held_out,
            "labels": labels,
            "on": on,
        },
    )


def table(found: dict[str, Judged], on: str, best: float | None, bits: int) -> tuple:
    """What training ends with: both models' numbers, those of the paper's four points beside ours."""
    columns = {"VAE, q Gaussian": found["VAE"], "AVB": found["AVB"]}
    if on == "points":
        columns = {
            "VAE, paper": PAPER["VAE"],
            "VAE, here": found["VAE"],
            "AVB, paper": PAPER["AVB"],
            "AVB, here": found["AVB"],
        }
    rows = [
        ("log p(x), by quadrature", "log_likelihood", ".3f"),
        ("ELBO", "elbo", ".3f"),
        ("reconstruction error, a bit", "reconstruction_error", ".4f"),
        ("KL(q(z), p(z))", "kl_of_codes", ".3f"),
        ("MMD^2(q(z), p(z))", "mmd_of_codes", ".4f"),
    ]
    columns = {
        name: one._replace(reconstruction_error=one.reconstruction_error / bits) for name, one in columns.items()
    }
    words = [
        (name, *("" if math.isnan(getattr(one, key)) else format(getattr(one, key), form) for one in columns.values()))
        for name, key, form in rows
    ]
    below = "nats, means over held-out examples"
    if best is not None:
        below = f"nats, means over the examples; the best log p(x) there is: -log 4 = {best:.4f}"
    return ("", *columns), words, below


def examples(on: str):
    """Rows to learn from, rows to judge by, and the class of the former: four points are all there are."""
    if on == "points":
        points = mnp.eye(4, dtype="float32")
        return points, points, mnp.arange(4)
    bits = digit_bits()
    return bits.training, bits.held_out, bits.labels


def discriminator_parameters(layers: Networks, bits: int, rng):
    """Fresh parameters of T."""
    return layers.discriminator.init(rng, (None, bits + CODE), "float32")


def model_parameters(layers: Networks, bits: int, rng) -> Model:
    """Fresh parameters of the encoder and the decoder."""
    return Model(
        layers.encoder.init(rng, bits),
        layers.decoder.init(rng, (None, CODE), "float32"),
    )


def gaussian_parameters(layers: vae.Networks, bits: int, rng) -> vae.Networks:
    """Fresh parameters of the Gaussian encoder and its decoder."""
    return vae.Networks(
        layers.encoder.init(rng, (None, bits), "float32"), layers.decoder.init(rng, (None, CODE), "float32")
    )
