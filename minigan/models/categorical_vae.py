"""A variational autoencoder whose code is discrete: ten letters of an alphabet of eight for a digit in black and white."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from typing import Any, NamedTuple

import minigan.numpy as mnp

from .. import nn, optim
from .. import random as random_
from ..autodiff import value_and_grad
from ..backend import to_numpy
from ..compiler import compile
from ..data import binary_digits
from ..discrete import exp_concrete_log_density, gumbel_max, log_gumbel_softmax, one_hot
from ..gan import Diverged
from .progress import loss_bar

LETTERS, ALPHABET, PIXELS = 10, 8, 64
TEMPERATURE = 0.3  # of the relaxed code, and of the relaxed prior
HELD_OUT = 597  # of the 1,797 digits, the last ones: other writers' than most of the first
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


class State(NamedTuple):
    """What training carries from step to step."""

    parameters: Any
    memory: Any


class Autoencoder(NamedTuple):
    """What training returns: the state, the training objective with its sign turned by step, the source of noise."""

    state: State
    history: dict
    rng: Any

    def sample(self, n: int, rng=None):
        """``n`` images (n, 64) of -1 and 1: letters drawn uniformly, and the decoder's likelier pixels."""
        rng = rng or self.rng
        code = one_hot(rng.integers(0, ALPHABET, (n, LETTERS)), ALPHABET, "float32")
        logits = NETWORKS.decoder.apply(self.state.parameters.decoder, mnp.reshape(code, (n, LETTERS * ALPHABET)))
        return mnp.where(logits > 0.0, mnp.ones_like(logits), -mnp.ones_like(logits))


@dataclass(frozen=True)
class CategoricalVAE:
    """The recipe: 1,200 digits to train on, the other 597 to judge by. ``variant`` is a key of `KL`.

    The KL's weight rises from 0 to 1 over the first ``warm_up`` steps (Bowman et al., 2016): at once at 1, the relaxed KL
    drives the code to say nothing.

    >>> CategoricalVAE("true").title
    'a categorical VAE on digits in black and white, trained with the true KL'
    """

    variant: str = "true"
    steps: int = 4000
    batch: int = 128
    rate: float = 1e-3
    warm_up: int = 1500
    name: str = "categorical_vae"
    heading: str = "Discrete outputs"
    picture: str = "autoencoder"

    def __post_init__(self):
        if self.variant not in KL:
            raise ValueError(f"the KL of a categorical VAE is {' or '.join(KL)}, and was {self.variant!r}")

    @property
    def title(self) -> str:
        """One line on what it learns, and by which KL."""
        return f"a categorical VAE on digits in black and white, trained with the {self.variant} KL"

    def train(
        self,
        *,
        steps: int | None = None,
        seed: Any = 0,
        state: State | None = None,
        history: dict | None = None,
        callbacks=(),
        check_every: int = 20,
        progress: bool = False,
        compiled: bool | None = None,
    ) -> Autoencoder:
        """Maximise the objective; arguments are those of `minigan.gan.fit`, and `Diverged` is raised as there."""
        steps = self.steps if steps is None else steps
        rng = seed if isinstance(seed, random_.Generator) else random_.generator(seed)
        images = binary_digits("float32").images[:-HELD_OUT, ...]
        optimizer = optim.adam(optim.cosine(self.rate, self.steps))
        objective = OBJECTIVES[self.variant]
        gradient = value_and_grad(lambda params, *drawn: -mnp.mean(objective(params, *drawn)))

        def step(state, x, noise, weight):
            loss, slopes = gradient(state.parameters, x, noise, weight)
            return State(*optimizer.update(state.parameters, slopes, state.memory)), loss

        if state is None:
            params = initial_parameters(rng)
            state = State(params, optimizer.init(params))
        eager = os.environ.get("MINIGAN_EAGER") == "1" if compiled is None else not compiled
        run = step if eager else compile(step)
        losses = list((history or {}).get("loss", ()))
        good, pending, started = state, [], len(losses)
        with loss_bar(steps, progress) as show:
            for i in range(1, steps + 1):
                rows = rng.integers(0, images.shape[0], (self.batch,))
                noise = rng.gumbel((self.batch, LETTERS, ALPHABET), dtype="float32")
                weight = mnp.asarray(min(1.0, (started + i) / self.warm_up), dtype="float32")
                state, loss = run(state, mnp.take(images, rows, 0), noise, weight)
                pending.append(loss)
                stop = any([callback(started + i, state, {"loss": loss}) is True for callback in callbacks])
                if i % check_every == 0 or i == steps or stop:
                    found = [float(to_numpy(value)) for value in pending]
                    if not all(map(math.isfinite, found)):
                        raise Diverged(started + i, "autoencoder", "loss", good, {"loss": losses})
                    losses, good, pending = losses + found, state, []
                    show(i, losses)
                if stop:
                    break
        return Autoencoder(state, {"loss": losses}, rng)

    def measure(self, result: Autoencoder) -> dict:
        """The discrete bound and the trained objective on the held-out digits, ten draws each; how codes are used.

        In nats per image; ``perplexity_of_letters`` is exp of the entropy of each letter's marginal, averaged: 8 where all
        are used alike.
        """
        params, rng = result.state.parameters, random_.generator(1)
        x = binary_digits("float32").images[-HELD_OUT:, ...]
        bound = objective = 0.0
        for _ in range(10):
            noise = rng.gumbel((HELD_OUT, LETTERS, ALPHABET), dtype="float32")
            bound += float(to_numpy(mnp.mean(discrete_elbo(params, x, noise)))) / 10
            objective += float(to_numpy(mnp.mean(OBJECTIVES[self.variant](params, x, noise)))) / 10
        logits = code_logits(params, x)
        marginal = mnp.mean(mnp.softmax(logits), 0)
        entropy = -mnp.sum(mnp.xlogy(marginal, marginal), -1)
        perplexity = float(to_numpy(mnp.mean(mnp.exp(entropy))))
        return {
            "discrete_elbo": round(bound, 3),
            "objective_trained": round(objective, 3),
            "kl_in_training": KL[self.variant],
            "categorical_kl": round(float(to_numpy(mnp.mean(categorical_kl(logits)))), 3),
            "perplexity_of_letters": round(perplexity, 3),
            "collapsed": perplexity < 1.5,
        }


def train_categorical_vae(kl: str = "true", steps: int | None = None, seed: int = 0):
    """A trained `Autoencoder` and what is measured of it, by ``kl`` of `KL`.

    >>> result, found = train_categorical_vae("relaxed", steps=2)
    >>> len(result.history["loss"])
    2
    """
    recipe = CategoricalVAE(kl) if steps is None else CategoricalVAE(kl, steps=steps)
    result = recipe.train(seed=seed)
    return result, recipe.measure(result)
