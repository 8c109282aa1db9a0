"""Inference with a simulator: a posterior is the prior times the ratio of the joint law to the product of its marginals.

    log p(theta | x) = log p(theta) + v(theta, x),    v = log p(theta, x) / (p(theta) p(x))

Nothing is asked of the simulator but data. Source: Hermans, Begy and Louppe (2020); Mohamed and Lakshminarayanan (2016).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ... import random as random_
from ...arrays import host_floats, takes_lists
from ...autodiff import tree_map
from ...backend import to_numpy
from ...divergences.variational import softly_bounded
from ...names import unknown
from ...options import Above, Batch, Rate
from ...training import Player, Trained, players_learner
from ..form import Form
from ..registry import system
from ..system import System
from .ratio_estimators import class_probability_loss
from .simulators import GRID, Simulator, simulator_called

STEPS = 4000
APART = 2  # parameters of other simulations that data are shown with
LARGEST = 12.0  # of |v|; a posterior narrower than exp(-12) of the prior is not for it
TESTS = 400  # simulated data sets by which coverage is told
STRIDE = 5  # of the grid, for these
LEVEL = 0.8


class PosteriorNetwork:
    """v(theta, x) = log p(theta, x) / (p(theta) p(x)) of parameters (n, 2) and data (n, d), by a network of two layers."""

    def __init__(self, simulator: Simulator, hidden: int = 64):
        self.simulator = simulator
        self.layers = nn.mlp([hidden, hidden, 1], activation="relu")
        self.data = len(next(iter(simulator.observed.values())))

    def init(self, rng):
        seen = self.simulator.summary(mnp.zeros((1, self.data), dtype="float32")).shape[1]
        return self.layers.init(rng, (None, 2 + seen))

    def log_ratio(self, params, theta, x):
        low, high = self.simulator.low, self.simulator.high
        scaled = mnp.stack([(theta[:, i] - low[i]) * (2.0 / (high[i] - low[i])) - 1.0 for i in range(2)], -1)
        seen = mnp.concatenate([scaled, self.simulator.summary(x)], axis=1)
        return softly_bounded(self.layers.apply(params, seen)[:, 0], LARGEST)

    def log_ratio_at(self, params, theta, x):
        """The same for one data set x, (d,), in float64: shape (n,) for rows theta."""
        params = tree_map(lambda leaf: mnp.astype(leaf, "float64"), params)
        x = mnp.broadcast_to(mnp.asarray(x, dtype="float64")[None, :], (theta.shape[0], self.data))
        return self.log_ratio(params, theta, x)


@system(
    heading="Generalizing these ideas",
    about="a posterior without a likelihood: the ratio of joint to marginals, beside a grid's",
)
def likelihood_free(
    *,
    simulator: Annotated[str, "lighthouse, or my_file.py:my_simulator"] = "lighthouse",
    hidden: Annotated[int, Above(0), "units in either layer"] = 96,
    batch: Batch = 256,
    lr: Rate = 1e-2,
) -> System:
    """A classifier tells pairs (theta, x) of one simulation from pairs of two: its logit is log p(x | theta) / p(x).

    One training serves all data: samples are of the posterior of the data set that ``condition`` names, the simulator's
    first unless told, and the true one is on a grid of the likelihood where that is known. Raises `ValueError` where the
    simulator gives what is not finite, with the parameters.

    >>> likelihood_free().conditions
    ('together', 'two and two', 'one astray', 'spread')
    """
    source = simulator_called(simulator)
    network = PosteriorNetwork(source, hidden)

    def draw(rng, state):
        return source.drawn(rng, batch)

    def loss(parameters, pairs, rng):
        theta, x = pairs
        joint = network.log_ratio(parameters["ratio"], theta, x)
        others = [mnp.roll(theta, by, 0) for by in range(1, APART + 1)]
        apart = mnp.concatenate([network.log_ratio(parameters["ratio"], other, x) for other in others])
        return class_probability_loss(joint, apart)

    def sampled(state, n, rng, condition=None):
        return drawn_from(source, posterior(network, state, observed(source, condition)), rng, n)

    first = observed(source)
    known = source.log_likelihood is not None
    true = source.true_posterior(first) if known else None
    optimizer = optim.adam(optim.cosine(lr, STEPS), clip=optim.clip_by_norm(1.0))
    return System(
        f"the posterior of {source.title}",
        players_learner({"ratio": Player(network.init, loss, optimizer)}, draw, name="class_probability"),
        sampled,
        lambda state, rng: measure(network, state),
        STEPS,
        data=(lambda rng, n: drawn_from(source, true, rng, n))
        if known
        else (lambda rng, n: source.prior.sample(rng, n)),
        form=Form(columns=source.parameters),
        log_density=lambda state, theta: log_density(network, state, theta, first),
        conditions=tuple(source.observed),
        told=lambda trained: told(network, trained.state),
        when_collapsed="the posterior is hardly nearer to the truth than the prior is; try more steps or a smaller --lr",
        parts={"simulator": source, "network": network},
    )


def observed(simulator: Simulator, condition: str | None = None):
    """The observed data set of that name, or the first; `ValueError` for an unknown name."""
    if condition is None:
        return next(iter(simulator.observed.values()))
    if condition not in simulator.observed:
        raise unknown("data set", condition, simulator.observed, ", ".join(simulator.observed))
    return simulator.observed[condition]


def posterior(network: PosteriorNetwork, state, x) -> np.ndarray:
    """Prior times learned ratio on the simulator's grid, masses that sum to 1, shape (121, 121)."""
    theta = network.simulator.grid.theta
    return network.simulator.grid_posterior(to_numpy(network.log_ratio_at(state.parameters["ratio"], theta, x)))


def posterior_of(system: System, trained: Trained) -> Callable:
    """The same as a function of the data, of what training a `likelihood_free` returns."""
    return lambda x: posterior(system.parts["network"], trained.state, x)


def drawn_from(simulator: Simulator, mass, rng, n: int):
    """``n`` float32 rows of parameters from masses on the grid, uniform within a cell."""
    u = to_numpy(rng.uniform((n, 3)))
    total = np.cumsum(host_floats(mass, "the masses on the grid").ravel())
    cell = np.searchsorted(total, u[:, 0] * total[-1], side="right")
    at = np.stack([cell // GRID, cell % GRID], -1) + u[:, 1:]
    low, high = np.asarray(simulator.low), np.asarray(simulator.high)
    return mnp.asarray(low + (high - low) * at / GRID, dtype="float32")


@takes_lists("theta")
def log_density(network: PosteriorNetwork, state, theta, x):
    """log p(theta | x), shape (n,), normalised over the grid."""
    simulator, params = network.simulator, state.parameters["ratio"]
    level = simulator.grid.log_prior + to_numpy(network.log_ratio_at(params, simulator.grid.theta, x))
    cell = math.prod((high - low) / GRID for low, high in zip(simulator.low, simulator.high))
    theta = mnp.astype(theta, "float64")
    normaliser = float(np.logaddexp.reduce(level)) + math.log(cell)
    return simulator.prior.log_density(theta) + network.log_ratio_at(params, theta, x) - normaliser


def total_variation(a, b) -> float:
    """Half of the sum of |a - b| of two laws on one grid.

    >>> total_variation(np.array([0.5, 0.5]), np.array([1.0, 0.0]))
    0.5
    """
    return float(0.5 * np.abs(host_floats(a, "the masses a") - host_floats(b, "the masses b")).sum())


def coverage(simulator: Simulator, log_ratio: Callable, rng, level: float = LEVEL) -> float:
    """How often the true parameters lie in the ``level`` of highest posterior density: ``level``, for a posterior that is
    right on average over the prior. ``log_ratio(theta, x)`` is that of one data set x, up to a number.
    """
    theta, x = simulator.drawn(rng, TESTS)
    at = mnp.asarray(to_numpy(simulator.grid.theta).reshape(GRID, GRID, 2)[::STRIDE, ::STRIDE].reshape(-1, 2))
    log_prior = simulator.grid.log_prior.reshape(GRID, GRID)[::STRIDE, ::STRIDE].ravel()
    true, data = mnp.astype(theta, "float64"), to_numpy(x)
    own_prior, within = to_numpy(simulator.prior.log_density(true)), 0
    for i in range(TESTS):
        values = log_prior + to_numpy(log_ratio(at, data[i]))
        own = own_prior[i] + float(to_numpy(log_ratio(true[i : i + 1, ...], data[i]))[0])
        mass = np.exp(values - values.max())
        within += mass[values > own].sum() <= level * mass.sum()
    return float(within) / TESTS


def measure(network: PosteriorNetwork, state) -> dict:
    """Total variation to the grid posterior for each observed data set, and coverage over simulated ones."""
    simulator, params, what = network.simulator, state.parameters["ratio"], f"coverage_of_the_{LEVEL:.0%}"
    found = {what: coverage(simulator, lambda *at: network.log_ratio_at(params, *at), random_.generator(80_000))}
    if simulator.log_likelihood is None:
        return {**found, "collapsed": False}
    known = lambda theta, x: simulator.log_likelihood(theta, mnp.asarray(x, dtype="float64"))
    found[f"{what}_by_the_grid"] = coverage(simulator, known, random_.generator(80_000))  # 400 data sets, so not LEVEL
    prior, apart, of_prior = simulator.grid_posterior(0.0), {}, {}
    for name, x in simulator.observed.items():
        true = simulator.true_posterior(x)
        apart[name] = round(total_variation(posterior(network, state, x), true), 4)
        of_prior[name] = round(total_variation(prior, true), 4)
    return {
        "total_variation_to_grid_posterior": apart,
        "total_variation_of_prior": of_prior,
        **found,
        "collapsed": any(apart[name] > 0.5 * of_prior[name] for name in apart),
    }


def told(network: PosteriorNetwork, state):
    """A row for each observed data set: mean and deviation of either parameter, learned and by the grid."""
    simulator = network.simulator
    rows = []
    for name, x in simulator.observed.items():
        ours = posterior(network, state, x)
        true = None if simulator.log_likelihood is None else simulator.true_posterior(x)
        row = [name, ", ".join(f"{value:g}" for value in x)]
        for axis in range(2):
            row.append(_moments(simulator, ours, axis))
            row.append("not known" if true is None else _moments(simulator, true, axis))
        rows.append((*row, "not known" if true is None else f"{total_variation(ours, true):.3f}"))
    first, second = simulator.parameters
    columns = ("data", "observed", first, "by the grid", second, "by the grid", "total variation")
    return columns, rows, "means and deviations of the posterior; nothing was learned from the likelihood"


def _moments(simulator: Simulator, mass, axis: int) -> str:
    at = simulator.grid[axis]
    law = mass.sum(1 - axis)
    mean = float(law @ at)
    return f"{mean:.2f} ± {math.sqrt(float(law @ np.square(at - mean))):.2f}"
