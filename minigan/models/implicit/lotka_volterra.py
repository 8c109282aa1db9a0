"""The rates of prey and predators from one counted series: their posterior by a ratio learned from simulations alone.

    v(u, x) = log p(u, x) / (p(u) p(x)),    log p(u | x) = log p(u) + v(u, x),

for u the standardised logarithms of the three rates. A classifier sees a series beside the rates of a whole batch and says
whose it is: its loss is -log (exp v(u_i, x_i) / sum_j exp v(u_j, x_i)). The shape of v makes the posterior log-normal,
with mean and covariance by a network of x, as Tran et al. take q(u) to be. Series replicated from the posterior are then
held against the observed one; and a particle filter, which nothing was learned from, says what the posterior is.

Source: Tran, Ranganath & Blei (2017), section 5; the loss by Durkan, Murray & Papamakarios (2020), "On contrastive
learning for likelihood-free inference".
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ... import random as random_
from ...arrays import takes_lists
from ...backend import to_numpy
from ...names import unknown
from ...options import Above, Batch, Rate
from ...training import Player, Trained, players_learner
from ..form import Form
from ..registry import system
from ..system import System
from .populations import (
    OBSERVED,
    RATES,
    SPREAD,
    STATISTICS,
    TIMES,
    host_of,
    log_rates,
    simulated,
    statistics,
    true_numbers,
    with_error,
)
from .predictive_check import band, tail_probabilities

STEPS = 3000
DTYPE = "float32"
LARGEST = 3.0  # of the logarithms of a factor of a precision
REPLICATED, DRAWN = 1000, 500  # series of a check, and drawn truths by which the posterior is told to be calibrated
LEVEL = 0.8
LEVEL_QUANTILE = 4.6416  # of chi^2 with three degrees: what 80 % of three standard normals' squares stay below


class Moments(NamedTuple):
    """Mean (3,) and covariance (3, 3) of the standardised log-rates."""

    mean: np.ndarray
    covariance: np.ndarray

    @property
    def deviation(self) -> np.ndarray:
        return np.sqrt(np.diagonal(self.covariance))


# by a particle filter, 3000 draws with 200 particles, 1367 of them effective
EXACT = Moments(
    np.array([-0.161, -0.311, 0.378]),
    np.array([[0.02215, 0.01285, 0.01199], [0.01285, 0.02975, 0.01852], [0.01199, 0.01852, 0.03472]]),
)


class RateNetwork(NamedTuple):
    """A network of a series (n, 20) that gives the posterior's mean (n, 3) and whitening factor (n, 3, 3), triangular."""

    layers: Any

    def init(self, rng):
        return self.layers.init(rng, (None, 2 * TIMES), "float32")

    def posterior(self, params, x):
        """m and L such that L (u - m) ~ N(0, I) for u ~ p(u | x), and log det L (n,)."""
        out = self.layers.apply(params, (x - 4.5) * 0.6)
        logs = LARGEST * mnp.tanh(out[:, 3:6] / LARGEST)
        a, b, c = (mnp.exp(logs[:, i]) for i in range(3))
        zero = mnp.zeros_like(a)
        rows = [(a, zero, zero), (out[:, 6], b, zero), (out[:, 7], out[:, 8], c)]
        return out[:, :3], mnp.stack([mnp.stack(row, -1) for row in rows], 1), mnp.sum(logs, 1)

    def learned(self, params) -> Callable:
        """The posterior as a function of x."""
        return lambda x: self.posterior(params, x)

    def log_ratio(self, params, u, x):
        """v of all pairs, u (k, 3) with x (n, 20): shape (n, k)."""
        mean, factor, log_det = self.posterior(params, x)
        precision = mnp.matmul(mnp.matrix_transpose(factor), factor)
        slope = mnp.matmul(precision, mean[:, :, None])[:, :, 0]
        squares = mnp.reshape(u[:, :, None] * u[:, None, :], (u.shape[0], 9))  # all pairs by two products of matrices
        bent = mnp.matmul(
            mnp.reshape(precision - mnp.eye(3, dtype=DTYPE), (x.shape[0], 9)), mnp.matrix_transpose(squares)
        )
        constant = log_det - 0.5 * mnp.sum(slope * mean, -1)
        return constant[:, None] - 0.5 * bent + mnp.matmul(slope, mnp.matrix_transpose(u))


@takes_lists("v")
def contrastive_loss(v):
    """-mean_i log (exp v_ii / mean_j exp v_ij) of v (n, n), rows of one series each: minus a bound on what x tells of u.

    Source: van den Oord, Li & Vinyals (2018), equation 4.

    >>> round(float(contrastive_loss(mnp.asarray([[0.0, 0.0], [0.0, 0.0]]))), 6)
    0.0
    """
    return mnp.mean(mnp.logsumexp(v, -1) - mnp.diagonal(v)) - math.log(v.shape[0])


@functools.lru_cache(maxsize=4)
def simulations(count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Rates u (count, 3) of the prior and the true numbers (count, 10, 2) they led to. Errors are drawn later."""
    host = np.random.default_rng(seed)
    u = host.standard_normal((count, 3))
    return u, true_numbers(u, host)


def rates_learner(network: RateNetwork, *, count: int, seed: int, batch: int, lr: float, steps: int):
    """The `Learner` of the ratio from ``count`` simulations, each counted anew whenever it is seen."""

    def draw(rng, state):
        u, numbers = simulations(count, seed)
        rows = to_numpy(rng.integers(0, count, (batch,)))
        x = mnp.asarray(with_error(numbers[rows], host_of(rng)), dtype="float32")
        return mnp.asarray(u[rows], dtype="float32"), x

    def loss(parameters, pairs, rng):
        u, x = pairs
        return contrastive_loss(network.log_ratio(parameters["ratio"], u, x))

    optimizer = optim.adam(optim.cosine(lr, steps, final=0.02 * lr), clip=optim.clip_by_norm(1.0))
    return players_learner({"ratio": Player(network.init, loss, optimizer)}, draw, name="contrastive")


# -- what came of it --------------------------------------------------------------------------------------------------


def posterior_of(system: System, trained: Trained) -> Callable:
    """`RateNetwork.posterior` as a function of series (n, 20) alone, of what training a `lotka_volterra` returns."""
    return system.parts["network"].learned(trained.state.parameters["ratio"])


def moments_of(posterior: Callable, x) -> Moments:
    """Of one series x (20,), in float64."""
    mean, factor, _ = posterior(mnp.asarray(np.asarray(x)[None], dtype="float32"))
    inverse = np.linalg.inv(to_numpy(factor)[0].astype(float))
    return Moments(to_numpy(mean)[0].astype(float), inverse @ inverse.T)


def drawn_from(moments: Moments, rng, n: int) -> np.ndarray:
    """``n`` rows u of the Gaussian with these moments."""
    noise = to_numpy(rng.standard_normal((n, 3))).astype(float)
    return moments.mean + noise @ np.linalg.cholesky(moments.covariance).T


class Off(NamedTuple):
    """How far learned moments are from the exact ones: the largest error of a mean, in exact deviations, and of the
    logarithm of a deviation."""

    mean: float
    log_deviation: float


def off(learned: Moments, exact: Moments = EXACT) -> Off:
    """The errors of learned moments.

    >>> off(EXACT._replace(covariance=4.0 * EXACT.covariance))  # log 2
    Off(mean=0.0, log_deviation=0.6931471805599453)
    """
    return Off(
        float(np.abs((learned.mean - exact.mean) / exact.deviation).max()),
        float(np.abs(np.log(learned.deviation / exact.deviation)).max()),
    )


class Calibration(NamedTuple):
    """Over series whose rates were drawn from the prior: what x tells of u as far as was learned, E log p(u | x) / p(u) in
    nats, how often u lies in the posterior's 80 %, and the largest of three distances of ranks from uniform ones."""

    nats: float
    coverage: float
    ranks_off: float


def calibration(posterior: Callable, rng, draws: int = DRAWN) -> Calibration:
    """Of ``posterior(x)``, as `RateNetwork.posterior` gives it. Ranks are those of simulation-based calibration, of an
    infinity of posterior draws: Talts et al. (2018); 1.63 / sqrt(draws) is what 1 % of right ones are off, of each of
    the three.
    """
    from scipy.special import ndtr

    host = host_of(rng)
    u = host.standard_normal((draws, 3))
    x = mnp.asarray(with_error(true_numbers(u, host), host), dtype="float32")
    mean, factor, log_det = (to_numpy(part).astype(float) for part in posterior(x))
    white = np.einsum("nij,nj->ni", factor, u - mean)
    square = np.square(white).sum(1)
    deviation = np.sqrt(np.square(np.linalg.inv(factor)).sum(2))
    ranks = np.sort(ndtr((u - mean) / deviation), 0)
    steps = np.arange(draws + 1)[:, None] / draws
    far = np.maximum(np.abs(ranks - steps[1:]), np.abs(ranks - steps[:-1])).max()
    gained = log_det - 0.5 * square + 0.5 * np.square(u).sum(1)
    return Calibration(float(gained.mean()), float((square <= LEVEL_QUANTILE).mean()), float(far))


class Check(NamedTuple):
    """Replicated series (n, 20), the observed one, and the tail probability of each of `STATISTICS`."""

    series: np.ndarray
    x: np.ndarray
    tails: np.ndarray

    def width(self) -> float:
        """Of the band that holds 90 % of the replicated, in logs, its mean over the times."""
        low, high = band(self.series)
        return float((high - low).mean())

    def held(self) -> float:
        """The share of the observed numbers in that band."""
        low, high = band(self.series)
        return float(((low <= self.x) & (self.x <= high)).mean())


def predictive_check(u, x, rng) -> Check:
    """One series replicated for each row u (n, 3), by the simulator, against the observed x (20,)."""
    series, x = to_numpy(simulated(u, rng)).astype(float), np.asarray(x, dtype=float)
    return Check(series, x, tail_probabilities(statistics(series), statistics(x[None])[0]))


def checks(posterior: Callable, name: str, rng) -> tuple[Check, Check]:
    """Of the learned posterior of the observed series of that name, and of the prior."""
    if name not in OBSERVED:
        raise unknown("observed series", name, OBSERVED, f"there are {', '.join(OBSERVED)}")
    x = OBSERVED[name]
    u = drawn_from(moments_of(posterior, x), rng, REPLICATED)
    prior = to_numpy(rng.standard_normal((REPLICATED, 3)))
    return predictive_check(u, x, rng), predictive_check(prior, x, rng)


def measure(posterior: Callable, rng) -> dict:
    """Metrics: calibration over drawn series, the posterior of ``cycles`` beside the exact one, and predictive checks."""
    found = calibration(posterior, rng)
    far = off(moments_of(posterior, OBSERVED["cycles"]))
    told = {name: checks(posterior, name, rng) for name in OBSERVED}
    return {
        "nats_of_the_rates": round(found.nats, 4),
        f"coverage_of_the_{LEVEL:.0%}": round(found.coverage, 4),
        "ranks_off_uniform": round(found.ranks_off, 4),
        "mean_off_in_deviations": round(far.mean, 4),
        "log_deviation_off": round(far.log_deviation, 4),
        "least_tail_probability": {name: round(float(after.tails.min()), 4) for name, (after, _) in told.items()},
        "width_of_band": round(told["cycles"][0].width(), 4),
        "width_of_band_of_prior": round(told["cycles"][1].width(), 4),
        "collapsed": not (found.nats > 2.0 and found.coverage > 0.5 * LEVEL),
    }


def table(posterior: Callable, rng) -> tuple:
    """A row for each rate of ``cycles``, learned and exact, and one for each statistic of either check."""
    learned = moments_of(posterior, OBSERVED["cycles"])

    def rate(moments, i):
        return f"{math.exp(log_rates(moments.mean)[i]):.3g} ± {SPREAD * moments.deviation[i]:.0%}"

    rows = [(f"rate: {name}", rate(learned, i), rate(EXACT, i), "") for i, name in enumerate(RATES)]
    cycles, plague = (checks(posterior, name, rng)[0].tails for name in OBSERVED)
    rows += [(f"tail: {name}", f"{a:.3f}", "", f"{b:.3f}") for name, a, b in zip(STATISTICS, cycles, plague)]
    below = "tails are probabilities of statistics as far out, of series replicated from the posterior"
    return ("", "cycles", "by a particle filter", "plague"), rows, below


@system(
    heading="Generalizing these ideas",
    about="rates of prey and predators from one series, without a likelihood, and a predictive check",
)
def lotka_volterra(
    *,
    simulations: Annotated[int, Above(0), "series that the ratio is learned from"] = 30_000,
    hidden: Annotated[int, Above(0), "units in either layer"] = 96,
    batch: Batch = 128,
    lr: Rate = 2e-3,
) -> System:
    """The posterior of three rates of a stochastic simulator; ``condition`` names one of two observed series.

    Samples are rates, after `Form.restore`; what is real, for want of a posterior to draw from, is the prior.

    >>> lotka_volterra().conditions
    ('cycles', 'plague')
    """
    return lotka_volterra_system(simulations, hidden, batch, lr)


def lotka_volterra_system(
    simulations: int, hidden: int, batch: int, lr: float, steps: int = STEPS, seed: int = 0
) -> System:
    """The `System`, trained for ``steps`` by default on simulations of that ``seed``."""
    network = RateNetwork(nn.mlp([hidden, hidden, 9], activation="relu"))

    def learned(state):
        return network.learned(state.parameters["ratio"])

    def sample(state, n, rng, condition=None):
        name = next(iter(OBSERVED)) if condition is None else condition
        if name not in OBSERVED:
            raise unknown("series", name, OBSERVED, ", ".join(OBSERVED))
        moments = moments_of(learned(state), OBSERVED[name])
        return mnp.asarray(drawn_from(moments, rng, n), dtype="float32")

    def log_density(state, u):
        x = mnp.asarray([OBSERVED["cycles"]], dtype="float32")
        v = network.log_ratio(state.parameters["ratio"], u, x)[0, :]
        return v - 0.5 * mnp.sum(mnp.square(u), -1) - 1.5 * math.log(2.0 * math.pi)

    return System(
        "rates of prey and predators, by a learned ratio",
        rates_learner(network, count=simulations, seed=seed, batch=batch, lr=lr, steps=steps),
        sample,
        lambda state, rng: measure(learned(state), rng),
        steps,
        data=lambda rng, n: rng.standard_normal((n, 3), dtype="float32"),
        form=Form(columns=RATES, restore=lambda u: np.exp(log_rates(to_numpy(u)))),
        log_density=log_density,
        conditions=tuple(OBSERVED),
        told=lambda trained: table(learned(trained.state), random_.generator(1)),
        when_collapsed="the posterior says hardly more than the prior; try more steps, or more --simulations",
        parts={"network": network},
    )
