"""Prey and predators, one by one: the stochastic Lotka-Volterra model, simulated for many sets of rates at once.

    birth of prey   X -> 2 X        at the rate a X
    predation       X + Y -> 2 Y    at the rate b X Y
    death           Y -> nothing    at the rate c Y

Numbers are whole. Time goes in short steps, and within one births and deaths happen by their exact laws, half of them
before and half after predation (Strang, 1968). Who has died out stays so; prey that nobody eats are counted up to
`CEILING`. Every unit of time both numbers are counted, with an error of 15 %. The likelihood would sum over all that can
have happened between two counts.
Source: Lotka (1925); Gillespie (1977); for inference Wilkinson (2011), and Tran, Ranganath & Blei (2017).
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from .simulators import checked_data

RATES = ("birth of prey", "predation", "death of predators")
TYPICAL = (1.0, 0.01, 1.0)  # of a, b and c: the median of the prior, around whose 100 and 100 the numbers circle
SPREAD = 0.4  # of the logarithm of each rate
START = (60, 80)
TIMES = 10  # at 1, 2, .. 10
STEP = 0.1
CEILING = 20_000
ERROR = 0.15  # of the logarithm of a count


def log_rates(u):
    """log (a, b, c) of rows u (n, 3), which are N(0, I) under the prior: rates are log-normal."""
    return np.log(TYPICAL) + SPREAD * np.asarray(u, dtype=float)


def host_of(rng) -> np.random.Generator:
    """A NumPy generator, of laws that `minigan.random` does not draw, which a draw of ``rng`` is the seed of."""
    return np.random.default_rng(int(to_numpy(rng.integers(0, 2**62))))


def after(populations, rates, host, time: float = 1.0):
    """Prey and predators (n, 2) a while later, whole numbers, for rates (n, 3).

    >>> mean = after(np.full((2000, 2), 50), np.array([[0.5, 0.0, 1.0]]), np.random.default_rng(0)).mean(0)
    >>> [round(float(one / 50), 1) for one in mean]  # exp(0.5) and exp(-1), as nobody is eaten
    [1.6, 0.4]
    """
    prey, predators = np.asarray(populations, dtype=np.int64).T
    birth, predation, death = np.asarray(rates, dtype=float).T
    steps = round(time / STEP)
    for step in range(steps + 1):
        h = STEP if 0 < step < steps else 0.5 * STEP
        children = host.negative_binomial(np.maximum(prey, 1), np.exp(-birth * h))  # of each the number is geometric
        prey = np.minimum(prey + np.where(prey > 0, children, 0), CEILING)
        predators = predators - host.binomial(predators, -np.expm1(-death * h))
        if step < steps:
            # prey + predators stay, and so numbers without chance would follow a logistic curve
            eaten = -np.expm1(-predation * (prey + predators) * STEP) * predators
            uneaten = np.maximum(predators + prey * np.exp(-predation * (prey + predators) * STEP), 1e-300)
            killed = host.binomial(prey, np.minimum(eaten / uneaten, 1.0))
            prey, predators = prey - killed, predators + killed
    return np.stack([prey, predators], -1)


def true_numbers(u, host) -> np.ndarray:
    """Prey and predators at the `TIMES`, shape (n, 10, 2), for rows u of standardised log-rates.

    Rows with a rate that is no finite positive number are NaN; `simulated` refuses them with their rates.
    """
    with np.errstate(all="ignore"):
        rates = np.exp(log_rates(u))
    known = (np.isfinite(rates) & (rates > 0.0)).all(1)
    rates = np.where(known[:, None], rates, TYPICAL)
    now, found = np.broadcast_to(np.array(START), (len(rates), 2)), []
    for _ in range(TIMES):
        now = after(now, rates, host)
        found.append(now)
    return np.where(known[:, None, None], np.stack(found, 1), math.nan)


def simulated(u, rng):
    """Counted series of the model, log(1 + number) with its error, float32 (n, 20): ten of prey, ten of predators.

    Raises `ValueError` with the rates for what is not finite.

    >>> from minigan.random import generator
    >>> simulated(np.full((1, 3), 2000.0), generator(0))
    Traceback (most recent call last):
    ValueError: the simulator lotka_volterra gave nan at birth of prey = inf, predation = inf, death of predators = inf: \
keep the prior where it is defined, or let it give something finite there
    """
    u = np.asarray(to_numpy(u), dtype=float)
    host = host_of(rng)
    counted = with_error(true_numbers(u, host), host)
    with np.errstate(all="ignore"):
        rates = np.exp(log_rates(u))
    return checked_data("lotka_volterra", RATES, rates, mnp.asarray(counted, dtype="float32"))


def with_error(numbers, host) -> np.ndarray:
    """Series (n, 20) of true numbers (n, 10, 2) as they are counted."""
    logs = np.log1p(np.swapaxes(numbers, 1, 2).reshape(len(numbers), 2 * TIMES))
    return logs + ERROR * host.standard_normal(logs.shape)


# -- what was observed ------------------------------------------------------------------------------------------------

# of the model at the rates of TRUTH, and of another, where at time 5 a plague leaves one predator in twenty; prey first
TRUTH = (0.0, -0.3, 0.3)
OBSERVED = {
    "cycles": (
        *(4.27, 4.899, 5.172, 5.265, 4.513, 4.129, 4.265, 4.903, 5.598, 5.658),
        *(4.061, 3.223, 3.932, 5.233, 5.422, 4.76, 4.303, 3.646, 4.086, 5.198),
    ),
    "plague": (
        *(4.445, 5.304, 5.011, 4.794, 3.966, 5.349, 6.042, 5.069, 3.148, 2.107),
        *(3.85, 4.281, 4.969, 5.325, 2.106, 1.501, 3.674, 6.124, 5.365, 3.934),
    ),
}


# -- what is looked at ------------------------------------------------------------------------------------------------

STATISTICS = (
    "mean of prey",
    "mean of predators",
    "spread of prey",
    "spread of predators",
    "autocorrelation of prey",
    "autocorrelation of predators",
    "correlation of both",
    "steepest fall of prey",
    "steepest fall of predators",
)


def statistics(x) -> np.ndarray:
    """Of series (n, 20) in logs: means, deviations, correlations with the time before and of both, and
    the steepest falls within a unit of time, shape (n, 9).

    A series that stands still is correlated with nothing: 0.

    >>> wave = np.sin(np.arange(10.0))
    >>> [round(float(one), 2) for one in statistics(np.concatenate([wave, wave])[None])[0]]
    [0.2, 0.2, 0.66, 0.66, 0.54, 0.54, 1.0, 0.9, 0.9]
    """
    x = np.asarray(to_numpy(x), dtype=float)
    prey, predators = x[:, :TIMES], x[:, TIMES:]

    def correlated(a, b):
        a, b = a - a.mean(1, keepdims=True), b - b.mean(1, keepdims=True)
        size = np.sqrt((a**2).sum(1) * (b**2).sum(1))
        return np.divide((a * b).sum(1), size, out=np.zeros(len(a)), where=size > 0.0)

    return np.stack(
        [
            prey.mean(1),
            predators.mean(1),
            prey.std(1),
            predators.std(1),
            correlated(prey[:, 1:], prey[:, :-1]),
            correlated(predators[:, 1:], predators[:, :-1]),
            correlated(prey, predators),
            -np.diff(prey, axis=1).min(1),
            -np.diff(predators, axis=1).min(1),
        ],
        -1,
    )
