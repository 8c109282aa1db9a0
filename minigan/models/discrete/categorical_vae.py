"""A variational autoencoder whose code is discrete: ten letters of an alphabet of eight for a digit in black and white."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, NamedTuple

import minigan.numpy as mnp

from ... import nn, optim
from ...autodiff import tree_leaves
from ...backend import to_numpy
from ...data import binary_digits
from ...discrete import exp_concrete_log_density, gumbel_max, log_gumbel_softmax, one_hot
from ...options import Above, Batch, Rate
from ...training import Player, players_learner
from ..explicit.bits import HELD_OUT
from ..explicit.likelihood import Nats, bound_of_draws
from ..form import images
from ..registry import system
from ..system import System

LETTERS, ALPHABET, PIXELS = 10, 8, 64
TEMPERATURE = 0.3  # of the relaxed code, and of the relaxed prior
STEPS = 4000
DRAWS = 64  # codes of each digit, for the tighter bound
KL = {
    "relaxed": "KL between the relaxed laws, by Monte Carlo: a bound on log p(x) of the relaxed model",
    "true": "KL between the categorical laws, beside a relaxed sample: a bound on nothing",
}


class Networks(NamedTuple):
    """``encoder`` from pixels to logits of letters, ``decoder`` from (relaxed) one-hot letters to logits of pixels."""

    encoder: Any
    decoder: Any


NETWORKS = Networks(
    nn.mlp([256, LETTERS * ALPHABET], activation="relu"),
    nn.mlp([256, PIXELS], activation="relu"),
)


def initial_parameters(rng, dtype="float32"):
    """Fresh parameters of both networks."""
    return Networks(
        NETWORKS.encoder.init(rng, (None, PIXELS), dtype), NETWORKS.decoder.init(rng, (None, LETTERS * ALPHABET), dtype)
    )


def code_logits(params, x):
    """log-odds of the letters given images x (n, 64) of -1 and 1: shape (n, letters, alphabet)."""
    return mnp.reshape(NETWORKS.encoder.apply(params.encoder, x), (x.shape[0], LETTERS, ALPHABET))


def log_likelihood(params, x, code):
    """log p(x | code) of Bernoulli pixels, code (n, letters, alphabet) one-hot or relaxed: shape (n,), in nats."""
    logits = NETWORKS.decoder.apply(params.decoder, mnp.reshape(code, (x.shape[0], LETTERS * ALPHABET)))
    return mnp.sum(mnp.log_sigmoid(x * logits), -1)


def categorical_kl(logits):
    """The sum over letters of KL(softmax(logits) || uniform) = log K - entropy: shape (n,)."""
    log_q = mnp.log_softmax(logits)
    return LETTERS * math.log(ALPHABET) + mnp.sum(mnp.exp(log_q) * log_q, (-2, -1))


def relaxed_objective(params, x, noise, weight=1.0):
    """log p(x | z) - weight [log q(z | x) - log p(z)] at a relaxed z, both densities Concrete: shape (n,).

    At weight 1 its mean over z is a lower bound on log p(x) of the model whose code is relaxed, prior included. Source:
    Maddison, Mnih & Teh (2017), equation 20, in the coordinates log z.
    """
    logits = code_logits(params, x)
    log_z = log_gumbel_softmax(logits, TEMPERATURE, noise=noise)
    posterior = exp_concrete_log_density(log_z, logits, TEMPERATURE)
    prior = exp_concrete_log_density(log_z, mnp.zeros_like(logits), TEMPERATURE)
    return log_likelihood(params, x, mnp.exp(log_z)) - weight * mnp.sum(posterior - prior, -1)


def true_objective(params, x, noise, weight=1.0):
    """log p(x | z) at a relaxed z, minus weight times KL(q(c | x) || p(c)) of the categorical laws: shape (n,).

    Sample and KL belong to different laws, so this bounds no log p(x); the KL term is exact, its gradient free of noise.
    Source: Jang, Gu & Poole (2017), section 3.
    """
    logits = code_logits(params, x)
    z = mnp.exp(log_gumbel_softmax(logits, TEMPERATURE, noise=noise))
    return log_likelihood(params, x, z) - weight * categorical_kl(logits)


OBJECTIVES = {"relaxed": relaxed_objective, "true": true_objective}


def discrete_elbo(params, x, noise):
    """log p(x | c) at a one-hot code c drawn from q(c | x), minus the categorical KL: shape (n,).

    Its mean over c is a lower bound on log p(x) of the model with discrete codes, whichever objective trained it.
    """
    logits = code_logits(params, x)
    code = one_hot(gumbel_max(logits, noise=noise), ALPHABET, x.dtype)
    return log_likelihood(params, x, code) - categorical_kl(logits)


def discrete_log_weights(params, x, noise):
    """log p(x | c) + log p(c) - log q(c | x) at a one-hot code c drawn from q(c | x): shape (n,).

    Its mean is the bound too, and log of the mean of exp over several draws a tighter one (Burda et al., 2016).
    """
    logits = code_logits(params, x)
    code = one_hot(gumbel_max(logits, noise=noise), ALPHABET, x.dtype)
    log_q = mnp.sum(code * mnp.log_softmax(logits), (-2, -1))
    return log_likelihood(params, x, code) - LETTERS * math.log(ALPHABET) - log_q


@system(heading="Discrete outputs", about="a categorical VAE: a code of ten letters for a digit in black and white")
def categorical_vae(
    *,
    kl: Annotated[Literal["true", "relaxed"], "of the categorical laws, or of the relaxed ones"] = "true",
    batch: Batch = 128,
    lr: Rate = 1e-3,
    warm_up: Annotated[int, Above(-1), "steps over which the KL's weight rises from 0 to 1"] = 1500,
) -> System:
    """1,200 digits to train on, the other 597 to judge by; ``kl`` is a key of `KL`.

    The KL's weight rises from 0 to 1 over the first ``warm_up`` steps (Bowman et al., 2016): at once at 1, the relaxed KL
    drives the code to say nothing.

    >>> categorical_vae(kl="relaxed").title
    'a categorical VAE on digits in black and white, trained with the relaxed KL'
    """
    digits = binary_digits("float32").images
    training = digits[:-HELD_OUT, ...]
    objective = OBJECTIVES[kl]

    def draw(rng, state):
        rows = rng.integers(0, training.shape[0], (batch,))
        noise = rng.gumbel((batch, LETTERS, ALPHABET), dtype="float32")
        weight = mnp.minimum((mnp.astype(state.steps, "float32") + 1.0) / warm_up, 1.0) if warm_up > 0 else 1.0
        return mnp.take(training, rows, 0), noise, mnp.asarray(weight, dtype="float32")

    def loss(parameters, batch, rng):
        return -mnp.mean(objective(parameters["autoencoder"], *batch))

    player = Player(initial_parameters, loss, optim.adam(optim.cosine(lr, STEPS)))
    return System(
        f"a categorical VAE on digits in black and white, trained with the {kl} KL",
        players_learner({"autoencoder": player}, draw, name=f"{kl} KL"),
        lambda state, n, rng, condition=None: generated(state.parameters["autoencoder"], n, rng),
        lambda state, rng: measure(state.parameters["autoencoder"], kl, rng),
        STEPS,
        data=digits,
        form=images(8),
        when_collapsed="the code says nothing about the digits: a longer --warm-up lets it begin to",
        parts={"kl": kl, "warm_up": warm_up},
    )


def generated(params, n: int, rng):
    """``n`` images (n, 64) of -1 and 1: letters drawn uniformly, and the decoder's likelier pixels."""
    code = one_hot(rng.integers(0, ALPHABET, (n, LETTERS)), ALPHABET, "float32")
    logits = NETWORKS.decoder.apply(params.decoder, mnp.reshape(code, (n, LETTERS * ALPHABET)))
    return mnp.where(logits > 0.0, mnp.ones_like(logits), -mnp.ones_like(logits))


def nats_of_digits(params, rng) -> Nats:
    """The bound of the held-out digits by `DRAWS` codes of each, and how much higher all of them together lie."""
    x = binary_digits("float32").images[-HELD_OUT:, ...]
    noises = (rng.gumbel((HELD_OUT, LETTERS, ALPHABET), dtype="float32") for _ in range(DRAWS))
    return bound_of_draws([to_numpy(discrete_log_weights(params, x, noise)) for noise in noises])


def measure(params, kl: str, rng) -> dict:
    """The discrete bound and the trained objective on the held-out digits, ten draws each; how codes are used.

    In nats per image, and as models with an explicit likelihood tell theirs (`nats_of_digits`).
    ``perplexity_of_letters`` is exp of the entropy of each letter's marginal, averaged: 8 where all are used alike.
    """
    x = binary_digits("float32").images[-HELD_OUT:, ...]
    bound = objective = 0.0
    for _ in range(10):
        noise = rng.gumbel((HELD_OUT, LETTERS, ALPHABET), dtype="float32")
        bound += float(to_numpy(mnp.mean(discrete_elbo(params, x, noise)))) / 10
        objective += float(to_numpy(mnp.mean(OBJECTIVES[kl](params, x, noise)))) / 10
    logits = code_logits(params, x)
    marginal = mnp.mean(mnp.softmax(logits), 0)
    entropy = -mnp.sum(mnp.xlogy(marginal, marginal), -1)
    perplexity = float(to_numpy(mnp.mean(mnp.exp(entropy))))
    return {
        "discrete_elbo": round(bound, 3),
        "objective_trained": round(objective, 3),
        "kl_in_training": KL[kl],
        "categorical_kl": round(float(to_numpy(mnp.mean(categorical_kl(logits)))), 3),
        "perplexity_of_letters": round(perplexity, 3),
        **nats_of_digits(params, rng).as_metrics(PIXELS),
        "parameters": sum(math.prod(leaf.shape) for leaf in tree_leaves(params)),
        "evaluations_per_sample": 1,
        "latent_code": True,
        "collapsed": perplexity < 1.5,
    }


class Autoencoder(NamedTuple):
    """What `train_categorical_vae` returns: both networks' parameters, and minus the objective by step."""

    parameters: Networks
    history: dict


def train_categorical_vae(kl: str = "true", steps: int | None = None, seed: int = 0, warm_up: int = 1500):
    """A trained `Autoencoder` and what is measured of it, by ``kl`` of `KL`.

    >>> result, found = train_categorical_vae("relaxed", steps=2)
    >>> len(result.history["autoencoder_loss"])
    2
    """
    made = categorical_vae(kl=kl, warm_up=warm_up)
    trained = made.train(steps, seed)
    return Autoencoder(trained.state.parameters["autoencoder"], trained.history), made.measured(trained)
