"""One generator and one graphical model z -> x, trained in the VAE's way, by its exact likelihood, and by the game.

    z ~ N(0, 1),    x | z ~ N(G(z), s^2).

*bound*: the ELBO, with a Gaussian q(z | x) of an encoder. *exact*: log p(x) = log int p(z) N(x; G(z), s^2) dz, by
quadrature over the code. *game*: a discriminator looks at samples G(z) + s e and at data, and no likelihood is used.
*implicit*: the same game for x = G(z): there is no p(x | z) any more, and p(x) is that of a change of variables.
Lecture, "Relation to VAEs".
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import minigan.numpy as mnp

from ... import nn, optim
from ...arrays import takes_lists
from ...autodiff import tree_map
from ...backend import to_numpy
from ...densities import Mixture, Normal
from ...gan import Pushforward, non_saturating
from ...training import Player, averaged, players_learner, train

WAYS = ("bound", "exact", "game", "implicit")
DATA = Mixture((0.4, 0.6), (Normal(-1.5, 0.5), Normal(1.5, 0.8)))
HIDDEN, BATCH, RATE = 16, 256, 5e-3
REACH, NODES = 6.0, 121  # of the code, for training; what is judged has ten times as many nodes
LOW, HIGH, POINTS = -9.0, 10.0, 3801  # of x: of data nothing lies beyond, of models less than 1e-6
GENERATOR = nn.mlp([HIDDEN, HIDDEN, 1], activation="tanh")
ENCODER = nn.mlp([32, 32, 2], activation="tanh")
CRITIC = nn.mlp([32, 32, 1], activation="relu")


@takes_lists("z")
def generated(params, z):
    """G(z) = 2 z and what a network adds, for codes (n,): shape (n,)."""
    network, _ = params
    return 2.0 * z + GENERATOR.apply(network, z[:, None])[:, 0]


def log_normal(x, mean, log_deviation):
    """log N(x; mean, deviation^2), elementwise."""
    return -0.5 * mnp.square((x - mean) * mnp.exp(-log_deviation)) - log_deviation - 0.5 * math.log(2.0 * math.pi)


@takes_lists("x")
def log_density(params, x, nodes: int = NODES):
    """log p(x) = log int p(z) N(x; G(z), s^2) dz by the trapezoidal rule over the code, shape (n,)."""
    z = mnp.linspace(-REACH, REACH, nodes, dtype=str(x.dtype).rpartition(".")[2])
    log_weight = log_normal(z, 0.0, mnp.zeros_like(z)) + math.log(2.0 * REACH / (nodes - 1))
    return mnp.logsumexp(log_normal(x[:, None], generated(params, z), params[1]) + log_weight, -1)


@takes_lists("x", "noise")
def bound(params, encoder, x, noise):
    """The ELBO of one draw for each x: log p(x | z) - KL(q(z | x) || p(z)), shape (n,)."""
    out = ENCODER.apply(encoder, x[:, None])
    mean, log_deviation = out[:, 0], out[:, 1]
    kl = 0.5 * (mnp.square(mean) + mnp.exp(2.0 * log_deviation) - 1.0) - log_deviation
    return log_normal(x, generated(params, mean + mnp.exp(log_deviation) * noise), params[1]) - kl


def learner_of(way: str, steps: int):
    """The `Learner` of the generator in one of the four `WAYS`, averaged."""
    if way not in WAYS:
        raise ValueError(f"a way is one of {', '.join(WAYS)}, and was {way!r}")
    game = non_saturating()

    def draw(rng, state):
        x = mnp.astype(DATA.sample(rng, (BATCH,)), "float32")
        return x, rng.standard_normal((BATCH,), dtype="float32"), rng.standard_normal((BATCH,), dtype="float32")

    def samples(parameters, given):
        _, z, noise = given
        params = parameters["generator"]
        x = generated(params, z)
        return x if way == "implicit" else x + mnp.exp(params[1]) * noise

    def critic(parameters, x):
        return CRITIC.apply(parameters["other"], x[:, None])[:, 0]

    def generator_loss(parameters, given, rng):
        x, z, _ = given
        params = parameters["generator"]
        if way == "bound":
            return -mnp.mean(bound(params, parameters["other"], x, z))
        if way == "exact":
            return -mnp.mean(log_density(params, x))
        unused = 0.0 * params[1]
        return game.generator_loss(critic(parameters, samples(parameters, given))) + unused

    def other_loss(parameters, given, rng):
        x, z, _ = given
        if way == "bound":
            return -mnp.mean(bound(parameters["generator"], parameters["other"], x, z))
        real, fake = critic(parameters, x), critic(parameters, samples(parameters, given))
        return game.discriminator_loss(real, fake)

    def init(rng):
        return GENERATOR.init(rng, (None, 1), "float32"), mnp.asarray(math.log(0.5), dtype="float32")

    plays = way in ("game", "implicit")

    def adam(rate):
        return optim.adam(optim.cosine(rate, steps, final=0.05 * rate), beta1=0.5 if plays else 0.9)

    one = Player(init, generator_loss, adam(0.2 * RATE if plays else RATE))
    players = {"generator": one}
    if way != "exact":
        network = CRITIC if plays else ENCODER
        other = Player(
            lambda rng: network.init(rng, (None, 1), "float32"),
            other_loss,
            adam(0.8 * RATE if plays else RATE),
            moves=2 if plays else 1,
        )
        players = {"other": other, **players}
    return averaged(players_learner(players, draw), ["generator"], decay=0.995)


class Law(NamedTuple):
    """What a way came to: log p at the points `axis`, both divergences from and to the data, and where a likelihood
    exists its ``width`` s, else 0."""

    way: str
    log_density: Any
    kl: float
    reverse_kl: float
    width: float
    mass: float


def axis():
    """The points of quadratures over the data, float64."""
    return mnp.linspace(LOW, HIGH, POINTS)


def law_of(way: str, params) -> Law:
    """KL(data || model) and KL(model || data) of trained parameters by quadrature."""
    params = tree_map(lambda leaf: mnp.astype(leaf, "float64"), params)
    x, cell = axis(), (HIGH - LOW) / (POINTS - 1)
    log_p = DATA.log_density(x)
    if way == "implicit":
        push = Pushforward(lambda z: generated(params, z))
        log_q = push.log_density(x)
        z = mnp.linspace(-REACH, REACH, 10 * NODES)
        at = generated(params, z)
        weight = mnp.exp(log_normal(z, 0.0, mnp.zeros_like(z))) * (2.0 * REACH / (10 * NODES - 1))
        reverse = mnp.sum(weight * (push.log_density(at) - DATA.log_density(at)))
    else:
        log_q = log_density(params, x, 10 * NODES)
        reverse = mnp.sum(mnp.exp(log_q) * (log_q - log_p)) * cell
    kl = mnp.sum(mnp.exp(log_p) * (log_p - log_q)) * cell
    width = 0.0 if way == "implicit" else float(to_numpy(mnp.exp(params[1])))
    mass = float(to_numpy(mnp.sum(mnp.exp(log_q)) * cell))
    return Law(way, log_q, float(to_numpy(kl)), float(to_numpy(reverse)), width, mass)


def entropy(law: Law) -> float:
    """-E log p of the model, by quadrature over x."""
    density = mnp.exp(law.log_density)
    return float(to_numpy(-mnp.sum(density * law.log_density))) * (HIGH - LOW) / (POINTS - 1)


def trained(way: str, seed: int, steps: int):
    """The generator's averaged parameters, a network's and log s."""
    return train(learner_of(way, steps), steps, rng=seed).state.means["generator"]
