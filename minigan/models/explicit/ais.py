"""Annealed importance sampling: an estimate of log Z where the states are too many to sum over.

From a machine whose Z is known a chain moves through machines ever nearer to the one in question, and multiplies up how
much likelier each next one finds it. The mean of these products is Z / Z_0 exactly, so log Z is missed from below on
average; and how far, only the spread over several runs tells. Source: Neal (2001); Salakhutdinov & Murray (2008).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logsumexp, stdtrit

import minigan.numpy as mnp

from ...arrays import host_floats
from ...backend import to_numpy
from ...validation import is_count
from .boltzmann import as_machine
from .gibbs import drawn, machine_sweep, rbm_sweep
from .machine_arguments import in_float64
from .rbm import as_rbm

LEVEL = 0.99


class Path(NamedTuple):
    """Machines from one that is known, at 0, to the one in question, at 1.

    * ``log_base``: log Z at 0. ``start(rng, n)``: n independent states of it.
    * ``log_density(states, beta)``: log of the unnormalised density at ``beta``, shape (n,).
    * ``sweep(states, beta, numbers)``: one step that leaves the law at ``beta`` as it is; ``units`` uniform numbers a row.
    """

    log_base: float
    start: Callable[[Any, int], Any]
    log_density: Callable[[Any, float], Any]
    sweep: Callable[[Any, float, Any], Any]
    units: int


class Estimate(NamedTuple):
    """``log_partition`` with its ``interval`` (low, high), and each chain's log weight with log Z_0, (runs, chains)."""

    log_partition: float
    interval: tuple[float, float]
    log_weights: np.ndarray


def annealed_log_partition(path: Path, rng, *, temperatures: int = 200, runs: int = 10, chains: int = 50) -> Estimate:
    """The `Estimate` of log Z by ``runs`` independent runs of ``chains`` chains over ``temperatures`` even steps of beta.

    Its interval is Student's at 99 % for the mean of the runs' estimates of Z, taken on the scale of log Z: log Z +- t s /
    (sqrt(runs) Z). It holds where a run's estimate is roughly normal, and cannot where no chain ever came to where most of
    Z lies. Raises `ValueError` for fewer than 2 runs, or fewer than 1 chain or temperature.

    >>> import minigan as mg
    >>> found = annealed_log_partition(rbm_path([[2.0]], [0.0], [0.0]), mg.random.generator(0))
    >>> found.interval[0] < math.log(3.0 + math.exp(2.0)) < found.interval[1]
    True
    """
    for value, name, least in ((temperatures, "temperatures", 1), (runs, "runs", 2), (chains, "chains", 1)):
        if not is_count(value, least):
            raise ValueError(f"{name} of annealed importance sampling are {least} or more, and were {value!r}")
    n = runs * chains
    states, log_weight = path.start(rng, n), path.log_base
    for i in range(1, temperatures + 1):
        before, beta = (i - 1) / temperatures, i / temperatures
        log_weight = log_weight + path.log_density(states, beta) - path.log_density(states, before)
        if i < temperatures:
            states = path.sweep(states, beta, rng.uniform((n, path.units)))
    return estimate_of(np.reshape(to_numpy(log_weight), (runs, chains)))


def estimate_of(log_weights) -> Estimate:
    """The `Estimate` that log weights (runs, chains) amount to.

    >>> round(estimate_of(np.log([[1.0], [3.0], [2.0]])).log_partition, 6)  # log 2
    0.693147
    """
    log_weights = host_floats(log_weights, "the log weights")
    runs = log_weights.shape[0]
    of_runs = logsumexp(log_weights, 1) - math.log(log_weights.shape[1])
    found = float(logsumexp(of_runs)) - math.log(runs)
    spread = float(np.std(np.exp(of_runs - found), ddof=1)) / math.sqrt(runs)
    half = float(stdtrit(runs - 1, 0.5 + 0.5 * LEVEL)) * spread
    return Estimate(found, (found - half, found + half), log_weights)


def rbm_path(weights, visible_bias, hidden_bias, base_bias=None) -> Path:
    """From independent visible units of ``base_bias`` (``visible_bias`` unless told) to the machine, a path of p(v) alone.

    exp(-F) at beta: exp((1 - beta) a' v + beta b' v) times the product over j of 1 + exp(beta (c + v' W)_j). A base whose
    units are as often 1 as the data's makes the path short.
    """
    w, b, c = in_float64(as_rbm(weights, visible_bias, hidden_bias))
    a = b if base_bias is None else as_rbm(w, base_bias, c).visible_bias
    a = mnp.astype(a, "float64")
    visible, hidden = w.shape

    def log_density(v, beta):
        return v @ ((1.0 - beta) * a + beta * b) + mnp.sum(mnp.softplus(beta * (v @ w + c)), -1)

    return Path(
        float(to_numpy(mnp.sum(mnp.softplus(a)))) + hidden * math.log(2.0),
        lambda rng, n: drawn(mnp.broadcast_to(a, (n, visible)), rng.uniform((n, visible))),
        log_density,
        lambda v, beta, numbers: rbm_sweep(v, beta * w, (1.0 - beta) * a + beta * b, beta * c, numbers),
        visible + hidden,
    )


def machine_path(weights, biases) -> Path:
    """From independent units of the machine's own biases to the machine: its weights times beta."""
    w, b = in_float64(as_machine(weights, biases))
    units = b.shape[0]

    def log_density(s, beta):
        return 0.5 * beta * mnp.sum((s @ w) * s, -1) + s @ b

    return Path(
        float(to_numpy(mnp.sum(mnp.softplus(b)))),
        lambda rng, n: drawn(mnp.broadcast_to(b, (n, units)), rng.uniform((n, units))),
        log_density,
        lambda s, beta, numbers: machine_sweep(s, beta * w, b, numbers),
        units,
    )
