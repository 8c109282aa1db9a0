"""A generator with a prior on its weights, as a hierarchical implicit model, and their posterior without its likelihood.

    weights w ~ N(0, I),    z_n ~ N(0, 1),    x_n = G(z_n; w) + s e_n,    s = 0.3,    for a few observations n.

The weights are global, z and e local and never inferred. A discriminator tells what generators draw from a fixed wide law
r, for weights drawn at random, and so learns v(x, w) = log p(x | w) / r(x). The posterior is then

    log p(w | x_1 .. x_n) = log p(w) + sum_n v(x_n, w) + constant,

which Hamiltonian chains draw from: a law of generators. Without the prior, the largest sum of v is the likeliest one
generator, such as a GAN has. The discriminator sees a generator by what it makes of fixed codes, in order, so that it
need not learn what weights mean.

*linear*: G = w_1 + w_2 z, whose likelihood is Gaussian and posterior a grid's. *network*: a hidden layer of eight tanh.
Source: Tran, Ranganath & Blei (2017), sections 3 and 5, a Bayesian GAN; the prior on weights is MacKay's (1992).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ...arrays import host_floats, takes_lists
from ...autodiff import grad, tree_map
from ...backend import to_numpy
from ...compiler import compile
from ...densities import Mixture, Normal
from ...random import as_generator
from ...training import Player, players_learner, train
from .hamiltonian import Chains, hamiltonian_chains
from .planes import divergence_between
from .ratio_estimators import classification_loss

ERROR = 0.3
LENGTH = {"linear": 0.12, "network": 0.06}  # of a leap
UNITS = 8  # of the network's hidden layer
CODES = 16  # by which the discriminator sees a generator: quantiles of z
WIDE = 3.0  # the deviation of r
WIDER = 1.4  # than the prior is the law of the weights that the discriminator learns from
LARGEST = 20.0  # of |log p(x | w)|
DATA = {"linear": Normal(0.8, 1.1), "network": Mixture((0.5, 0.5), (Normal(-1.3, 0.5), Normal(1.3, 0.5)))}
REACH, NODES = 6.0, 121  # of the code, in quadratures
LOW, HIGH, POINTS = -9.0, 9.0, 721  # of x


class WeightedGenerator(NamedTuple):
    """``count`` weights, and ``apply(w, z)`` for rows w (k, count) and codes z (k, m) or (1, m): shape (k, m)."""

    count: int
    apply: Callable


@takes_lists("w", "z")
def linear(w, z):
    """w_1 + w_2 z."""
    return w[:, :1] + w[:, 1:2] * z


@takes_lists("w", "z")
def network(w, z):
    """w_0 + sum_i c_i tanh(a_i z + b_i), eight units.

    >>> round(float(network(mnp.asarray([[0.5] + [1.0] * 24]), mnp.asarray([[0.0]]))[0, 0]), 6)  # 1/2 + 8 tanh 1
    6.592753
    """
    a, b, c = (w[:, None, 1 + i * UNITS : 1 + (i + 1) * UNITS] for i in range(3))
    return w[:, :1] + mnp.sum(c * mnp.tanh(a * z[:, :, None] + b), -1)


GENERATORS = {"linear": WeightedGenerator(2, linear), "network": WeightedGenerator(1 + 3 * UNITS, network)}


def quantiles(count: int) -> np.ndarray:
    """Of N(0, 1), at the middles of ``count`` equal shares."""
    from scipy.special import ndtri

    return ndtri((np.arange(count) + 0.5) / count)


class Discriminator(NamedTuple):
    """A network that gives log p(x | w) of x and what the generator makes of `CODES` codes, in order."""

    layers: Any
    generator: WeightedGenerator

    def log_likelihood(self, params, w, x):
        """For rows w (k, d) and x (k, m), or (1, m) for the same to all: shape (k, m)."""
        codes = mnp.asarray(quantiles(CODES)[None], dtype=_dtype(w))
        made = mnp.sort(self.generator.apply(w, codes), axis=-1)
        k, m = w.shape[0], x.shape[1]
        apart = mnp.broadcast_to(made[:, None, :] - x[:, :, None], (k, m, CODES))
        near = mnp.exp(-0.5 * mnp.square(apart))
        seen = mnp.concatenate([apart * (1.0 / WIDE), near], axis=-1)
        out = self.layers.apply(params, mnp.reshape(seen, (k * m, 2 * CODES)))
        return mnp.reshape(LARGEST * mnp.tanh(out[:, 0] / LARGEST), (k, m))

    def log_ratio(self, params, w, x):
        """v = log p(x | w) - log r(x)."""
        return (
            self.log_likelihood(params, w, x) + 0.5 * mnp.square(x / WIDE) + math.log(WIDE * math.sqrt(2.0 * math.pi))
        )


def _dtype(x) -> str:
    return str(x.dtype).rpartition(".")[2]


@takes_lists("w", "x")
def exact_log_likelihood(generator: WeightedGenerator, w, x, nodes: int = NODES):
    """log p(x | w) = log int N(z) N(x; G(z; w), s^2) dz by the trapezoidal rule, for w (k, d) and x (m,): shape (k, m)."""
    z = mnp.linspace(-REACH, REACH, nodes, dtype=_dtype(w))
    made = generator.apply(w, z[None, :])
    log_weight = -0.5 * mnp.square(z) + math.log(2.0 * REACH / (nodes - 1)) - math.log(2.0 * math.pi * ERROR)
    apart = (x[None, :, None] - made[:, None, :]) * (1.0 / ERROR)
    return mnp.logsumexp(log_weight - 0.5 * mnp.square(apart), -1)


def ratio_learner(made: Discriminator, *, batch: int, lr: float, steps: int):
    """The `Learner` of v: ``batch`` generators a step, and eight numbers of each beside eight of r."""

    def draw(rng, state):
        w = WIDER * rng.standard_normal((batch, made.generator.count), dtype="float32")
        return (w, *(rng.standard_normal((batch, 8), dtype="float32") for _ in range(3)))

    def loss(parameters, given, rng):
        w, z, e, wide = given
        own = made.generator.apply(w, z) + ERROR * e
        on_own, on_wide = (made.log_ratio(parameters["ratio"], w, x) for x in (own, WIDE * wide))
        return classification_loss(on_own, on_wide)

    first = lambda rng: made.layers.init(rng, (None, 2 * CODES), "float32")
    optimizer = optim.adam(optim.cosine(lr, steps, final=0.02 * lr), clip=optim.clip_by_norm(1.0))
    return players_learner({"ratio": Player(first, loss, optimizer)}, draw, name="class_probability")


def learned_likelihood(kind: str, seed: int, steps: int, *, hidden: int = 64, batch: int = 64, lr: float = 3e-3):
    """log p(x | w) as it was learned from simulations: a function of weights (k, d) and x (n,), shape (k, n)."""
    made = Discriminator(nn.mlp([hidden, hidden, 1], activation="relu"), GENERATORS[kind])
    trained = train(ratio_learner(made, batch=batch, lr=lr, steps=steps), steps, rng=seed)
    params = tree_map(lambda leaf: mnp.astype(leaf, "float64"), trained.state.parameters["ratio"])
    return lambda w, x: made.log_likelihood(params, w, x[None, :])


def exact_likelihood(kind: str) -> Callable:
    """The same by quadrature."""
    return lambda w, x: exact_log_likelihood(GENERATORS[kind], w, x)


# -- what is inferred from few observations ---------------------------------------------------------------------------


def observed(kind: str, count: int, seed: int):
    """``count`` numbers of the data's law, float64."""
    return DATA[kind].sample(as_generator(10_000 + seed), (count,))


@takes_lists("x")
def posterior_weights(kind: str, likelihood: Callable, x, rng, *, chains: int = 20, steps: int = 160) -> Chains:
    """The second halves of Hamiltonian chains of log p(w) + sum_n log p(x_n | w), which began at the prior."""
    rng = as_generator(rng)
    start = rng.standard_normal((chains, GENERATORS[kind].count))
    log_density = lambda w: mnp.sum(likelihood(w, x), -1) - 0.5 * mnp.sum(mnp.square(w), -1)
    found = hamiltonian_chains(log_density, start, rng, steps=steps, step_length=LENGTH[kind], leaps=10)
    return found._replace(samples=found.samples[steps // 2 :, ...])


@takes_lists("x")
def likeliest_weights(kind: str, likelihood: Callable, x, rng, *, starts: int = 10, steps: int = 500):
    """The row w (1, d) of the largest sum_n log p(x_n | w), the best of what Adam finds from draws of the prior."""
    w = as_generator(rng).standard_normal((starts, GENERATORS[kind].count))
    optimizer = optim.adam(optim.cosine(0.05, steps, final=1e-3))
    slope = grad(lambda w: -mnp.sum(likelihood(w, x)) / x.shape[0])
    step, memory = compile(lambda w, memory: optimizer.update(w, slope(w), memory)), optimizer.init(w)
    for _ in range(steps):
        w, memory = step(w, memory)
    best = int(np.argmax(to_numpy(mnp.sum(likelihood(w, x), -1))))
    return w[best : best + 1, ...]


@takes_lists("x")
def weights_on_grid(likelihood: Callable, x, cells: int = 60) -> np.ndarray:
    """p(w | x) of the linear generator on the middles of cells over [-3, 3]^2, masses that sum to 1: (cells, cells)."""
    axis = 3.0 * ((2.0 * np.arange(cells) + 1.0) / cells - 1.0)
    w = mnp.asarray(np.stack([side.ravel() for side in np.meshgrid(axis, axis, indexing="ij")], -1))
    level = to_numpy(mnp.sum(likelihood(w, x), -1) - 0.5 * mnp.sum(mnp.square(w), -1))
    mass = np.exp(level - level.max())
    return (mass / mass.sum()).reshape(cells, cells)


class Predicted(NamedTuple):
    """The ``density`` of one more observation at `axis`, KL(data || it) in nats, and the Jensen-Shannon divergence."""

    density: np.ndarray
    kl: float
    jsd: float


def axis() -> np.ndarray:
    """The points of quadratures over x."""
    return np.linspace(LOW, HIGH, POINTS)


def predicted(kind: str, w, most: int = 200) -> Predicted:
    """mean_w p(x | w) over at most ``most`` of the rows w, spread evenly, each by quadrature over z."""
    w = host_floats(w, "the weights w").reshape(-1, GENERATORS[kind].count)
    rows = w[np.linspace(0, len(w) - 1, min(most, len(w))).astype(int)]
    x = mnp.asarray(axis())
    q = np.exp(to_numpy(exact_log_likelihood(GENERATORS[kind], mnp.asarray(rows), x))).mean(0)
    p, cell = to_numpy(DATA[kind].density(x)), (HIGH - LOW) / (POINTS - 1)
    tiny = 1e-300
    kl = float(np.sum(p * np.log((p + tiny) / (q + tiny)))) * cell
    return Predicted(q, kl, divergence_between(p * cell, q * cell))


class Inferred(NamedTuple):
    """What came of a likelihood and observations x: weights of the posterior, their predictions, the likeliest one's."""

    x: np.ndarray
    weights: np.ndarray
    posterior: Predicted
    likeliest: Predicted


@takes_lists("x")
def inferred(kind: str, likelihood: Callable, x, seed: int) -> Inferred:
    """Both, by one likelihood (`learned_likelihood` or `exact_likelihood`) of observations x (n,)."""
    w = posterior_weights(kind, likelihood, x, seed).samples
    best = likeliest_weights(kind, likelihood, x, seed)
    return Inferred(to_numpy(x), to_numpy(w), predicted(kind, w), predicted(kind, best))
