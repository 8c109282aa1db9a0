"""A hierarchical model with an implicit local part: one global number, a cause of its own for every observation.

    mu ~ N(0, 3^2),    z_n | mu ~ N(mu, 1),    x_n | z_n ~ N(z_n, (1/2)^2)    for n = 1 .. 20.

Inference treats the local part as a simulator: q(mu) is a Gaussian, q(z_n | x_n, mu) a network fed with noise, and a
discriminator tells simulated (x, z) given mu from observed x with causes of q given the same mu,

    T*(x, z, mu) = log p(x, z | mu) - log q(x) q(z | x, mu),

so that the bound  E_q [sum_n T(x_n, z_n, mu)] - KL(q(mu) || p(mu))  is to be made large. The model is conjugate: what
should come out is known.
Source: Tran, Ranganath & Blei (2017), "Hierarchical implicit models and likelihood-free variational inference".
"""

from __future__ import annotations

import math
from typing import Annotated, Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ... import random as random_
from ...backend import to_numpy
from ...options import Above, Batch, Rate
from ...training import Averaged, Player, averaged, players_learner
from ..form import Form
from ..registry import system
from ..system import System
from .ratio_estimators import classification_loss

PRIOR, LOCAL, ERROR = 3.0, 1.0, 0.5  # deviations of mu, of z given mu, of x given z
TRUE_MEAN = 1.5
WIDER = 3.0  # than q(mu) is the law of mu that the discriminator learns from, so that it knows the slope all around
STEPS = 5000


def observed(count: int) -> np.ndarray:
    """The observations: ``count`` numbers of the model at mu = 1.5, the same at every call."""
    rng = random_.generator(100)
    return TRUE_MEAN + math.hypot(LOCAL, ERROR) * np.asarray(to_numpy(rng.standard_normal((count,))), dtype=float)


class Normals(NamedTuple):
    """Means and deviations, numbers or arrays (n,)."""

    mean: Any
    deviation: Any


def global_posterior(x) -> Normals:
    """p(mu | x): precision 1/9 + n / (1 + 1/4), mean sum x / (1 + 1/4) over it.

    >>> found = global_posterior(np.array([1.0, 2.0, 3.0]))
    >>> round(found.mean, 6), round(found.deviation, 6)
    (1.911504, 0.631055)
    """
    x = np.asarray(x, dtype=float)
    if x.ndim != 1 or not len(x) or not np.isfinite(x).all():
        raise ValueError(f"observations are one finite number or more in a row, and were of shape {x.shape}: {x!r:.60}")
    noise = LOCAL**2 + ERROR**2
    precision = 1.0 / PRIOR**2 + len(x) / noise
    return Normals(float(x.sum()) / noise / precision, precision**-0.5)


def local_posteriors(x) -> Normals:
    """p(z_n | x) for every n, mu integrated out: z_n given x_n and mu is N(w x_n + (1 - w) mu, w / 4), w = 4/5."""
    x = np.asarray(x, dtype=float)
    found, weight = global_posterior(x), LOCAL**2 / (LOCAL**2 + ERROR**2)
    variance = weight * ERROR**2 + ((1.0 - weight) * found.deviation) ** 2
    return Normals(weight * x + (1.0 - weight) * found.mean, np.full(len(x), math.sqrt(variance)))


class Hierarchy(NamedTuple):
    """The networks, with the observations' ``middle``, about which all numbers are taken before they see them."""

    sampler: Any
    ratio: Any
    middle: float

    def causes(self, params, x, mu, noise):
        """z ~ q(z | x, mu) for x, mu and noise of shape (n,): x, noise of the likelihood's size, and the network."""
        given = mnp.stack([x - self.middle, mu - self.middle, noise], -1)
        return x + ERROR * noise + self.sampler.apply(params, given)[:, 0]

    def log_ratio(self, params, x, z, mu):
        """T(x, z, mu), shape (n,)."""
        return self.ratio.apply(params, mnp.stack([x, z, mu], -1) - self.middle)[:, 0]


def drawn_mean(params, noise):
    """mu ~ q(mu), Gaussian: ``params`` are its mean and the logarithm of its deviation."""
    return params[0] + mnp.exp(params[1]) * noise


def hierarchical_learner(made: Hierarchy, x, *, batch: int, lr: float, steps: int):
    """The `Learner` of discriminator, local and global q; the last two are averaged."""
    count = x.shape[0]

    def normals(rng):
        return rng.standard_normal((batch,), dtype="float32")

    def draw(rng, state):
        rows = mnp.take(x, rng.integers(0, count, (batch,)), 0)
        return rows, normals(rng), normals(rng), (normals(rng), normals(rng))

    def told_apart(parameters, given, rng):
        rows, of_mu, of_z, simulator = given
        mu = drawn_mean(parameters["global_q"], WIDER * of_mu)
        z = mu + LOCAL * simulator[0]
        on_model = made.log_ratio(parameters["ratio"], z + ERROR * simulator[1], z, mu)
        on_q = made.log_ratio(parameters["ratio"], rows, made.causes(parameters["local_q"], rows, mu, of_z), mu)
        return classification_loss(on_model, on_q)

    def terms(parameters, given):
        rows, of_mu, of_z, _ = given
        mu = drawn_mean(parameters["global_q"], of_mu)
        z = made.causes(parameters["local_q"], rows, mu, of_z)
        return mu, made.log_ratio(parameters["ratio"], rows, z, mu)

    def local_loss(parameters, given, rng):
        return -mnp.mean(terms(parameters, given)[1])

    def global_loss(parameters, given, rng):
        """Minus the bound, without its constants."""
        mu, found = terms(parameters, given)
        return mnp.mean(0.5 * mnp.square(mu / PRIOR) - count * found) - parameters["global_q"][1]

    def adam(rate):
        return optim.adam(optim.cosine(rate, steps, final=0.02 * rate), beta1=0.5)

    def network(layer):
        return lambda rng: layer.init(rng, (None, 3), "float32")

    def nothing(rng):
        return mnp.zeros((), dtype="float32"), mnp.zeros((), dtype="float32")

    players = {
        "ratio": Player(network(made.ratio), told_apart, adam(2.0 * lr), moves=3),
        "local_q": Player(network(made.sampler), local_loss, adam(0.5 * lr)),
        "global_q": Player(nothing, global_loss, adam(5.0 * lr)),
    }
    return averaged(players_learner(players, draw), ["local_q", "global_q"], decay=0.998)


class Found(NamedTuple):
    """What a trained state says of mu, and how far it is off: errors of means, and deviations over the exact ones, that of
    a local cause the worst of all."""

    mean: float
    deviation: float
    exact: Normals
    local_error: float
    local_deviation: float


def found_of(made: Hierarchy, state: Averaged, x, rng, draws: int = 4000) -> Found:
    """Global q as its parameters say, causes of every observation by ``draws`` samples with mu of q."""
    mean, log_deviation = (float(to_numpy(part)) for part in state.means["global_q"])
    z = to_numpy(local_draws(made, state, mnp.repeat(x, draws), rng)[1]).astype(float).reshape(-1, draws)
    exact = local_posteriors(to_numpy(x))
    ratios = z.std(1) / exact.deviation
    worst = float(ratios[np.argmax(abs(np.log(np.maximum(ratios, 1e-300))))])
    off = float(abs(z.mean(1) - exact.mean).max())
    return Found(mean, math.exp(log_deviation), global_posterior(to_numpy(x)), off, worst)


def local_draws(made: Hierarchy, state: Averaged, x, rng):
    """mu of q and a cause of each observation (n,), both (n,)."""
    mu = drawn_mean(state.means["global_q"], rng.standard_normal(tuple(x.shape), dtype="float32"))
    return mu, made.causes(state.means["local_q"], x, mu, rng.standard_normal(tuple(x.shape), dtype="float32"))


def hierarchical_system(hidden: int, batch: int, lr: float, observations: int, steps: int = STEPS) -> System:
    """The `System`, trained for ``steps`` by default; its rows are mu and the causes of the least and largest x."""
    host = observed(observations)
    made = Hierarchy(
        nn.mlp([hidden, hidden, 1], activation="relu"),
        nn.mlp([2 * hidden, 2 * hidden, 1], activation="relu"),
        float(host.mean()),
    )
    x = mnp.asarray(host, dtype="float32")
    ends = np.array([host.min(), host.max()])

    def sample(state, n, rng, condition=None):
        mu = drawn_mean(state.means["global_q"], rng.standard_normal((n,), dtype="float32"))
        columns = [mu]
        for end in ends:
            noise = rng.standard_normal((n,), dtype="float32")
            columns.append(made.causes(state.means["local_q"], mnp.full((n,), float(end), dtype="float32"), mu, noise))
        return mnp.stack(columns, -1)

    def exact(rng, n):
        found, weight = global_posterior(host), LOCAL**2 / (LOCAL**2 + ERROR**2)
        mu = found.mean + found.deviation * rng.standard_normal((n, 1))
        z = weight * mnp.asarray(ends) + (1.0 - weight) * mu + math.sqrt(weight) * ERROR * rng.standard_normal((n, 2))
        return mnp.astype(mnp.concatenate([mu, z], -1), "float32")

    def measure(state, rng):
        found = found_of(made, state, x, rng)
        off, ratio = found.mean - found.exact.mean, found.deviation / found.exact.deviation
        return {
            "global_mean": round(found.mean, 4),
            "exact_global_mean": round(found.exact.mean, 4),
            "global_deviation": round(found.deviation, 4),
            "exact_global_deviation": round(found.exact.deviation, 4),
            "largest_error_of_a_local_mean": round(found.local_error, 4),
            "farthest_local_deviation_over_exact": round(found.local_deviation, 4),
            "collapsed": not (abs(off) < 0.05 and abs(ratio - 1.0) < 0.1 and 0.5 < found.local_deviation < 2.0),
        }

    return System(
        f"a mean and {observations} local causes, without likelihood",
        hierarchical_learner(made, x, batch=batch, lr=lr, steps=steps),
        sample,
        measure,
        steps,
        data=exact,
        form=Form(columns=("global mean", "cause of the least x", "cause of the largest x")),
        when_collapsed="the global mean or its deviation is off by more than 0.05 or 10 %; try more steps",
        parts={"layers": made, "observations": x},
    )


@system(
    heading="Generalizing these ideas", about="a Gaussian hierarchy as a hierarchical implicit model, exactly known"
)
def hierarchical(
    *,
    observations: Annotated[int, Above(0), "numbers that are observed"] = 20,
    hidden: Annotated[int, Above(0), "units of each hidden layer of q; the discriminator's have twice as many"] = 32,
    batch: Batch = 160,
    lr: Rate = 1e-3,
) -> System:
    """Likelihood-free variational inference: Gaussian q of the global mean, implicit q of each local cause.

    >>> hierarchical().title
    'a mean and 20 local causes, without likelihood'
    """
    return hierarchical_system(hidden, batch, lr, observations)
