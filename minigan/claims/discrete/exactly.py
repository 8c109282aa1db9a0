"""Expectations over the noise of a draw without sampling it: every state in turn, or nodes of a quadrature."""

from __future__ import annotations

import itertools
import math

import minigan.numpy as mnp

from ...backend import to_numpy
from ...discrete import one_hot

HEADING = "Discrete outputs"
P = (1 / 2, 1 / 3, 1 / 6)  # the toy's probabilities, and the values that its three symbols add up with
A = (1.0, 2.0, 3.0)

# f on the simplex from s = a.x and x; p_j (f_j - E f), its gradient in the logits
TOYS = {
    "a.x": (lambda s, x: s, (-1 / 3, 1 / 9, 2 / 9)),
    "(a.x)^2": (lambda s, x: s**2, (-7 / 6, 2 / 9, 17 / 18)),
    "a.(x^2)": (lambda s, x: mnp.square(x) @ mnp.asarray(A), (-1 / 3, 1 / 9, 2 / 9)),
    "(a.x - 2)^2": (lambda s, x: (s - 2.0) ** 2, (1 / 6, -2 / 9, 1 / 18)),
    "(a.x)^3": (lambda s, x: s**3, (-10 / 3, 1 / 9, 29 / 9)),
}


def toy(name: str):
    """f, its logits and its true gradient, for a name of `TOYS`."""
    function, gradient = TOYS[name]
    return lambda x: function(x @ mnp.asarray(A), x), mnp.log(mnp.asarray(P)), gradient


def every_draw(samples: int = 1):
    """Noise (3^samples, samples, 3) that leads to every combination of the toy's symbols, and the probability of each."""
    ways = list(itertools.product(range(3), repeat=samples))
    noise = 1e4 * one_hot(mnp.asarray(ways), 3)
    return noise, mnp.asarray([math.prod(P[k] for k in way) for way in ways])


def logistic_nodes(step: float = 0.02, end: float = 45.0):
    """Values of the difference of two Gumbel variables, and their weights, by the trapezoidal rule.

    For two symbols everything depends on that difference. A function of it that is analytic within pi t of the real line
    is integrated up to exp(-2 pi^2 t / step).
    """
    half = round(end / step)
    s = step * (mnp.arange(2 * half + 1, dtype="float64") - half)
    return s, step * mnp.sigmoid(s) * mnp.sigmoid(-s)


def for_two(difference):
    """Noise for one sample of two symbols with this ``difference``: shape (..., 1, 2)."""
    return mnp.expand_dims(mnp.stack([difference, mnp.zeros_like(difference)], -1), -2)


def moments(estimates, weights):
    """Mean and variance, in NumPy, of estimates (n, ...) that come with ``weights`` (n,)."""
    estimates, weights = to_numpy(estimates), to_numpy(weights)
    weights = weights.reshape(-1, *(1,) * (estimates.ndim - 1))
    mean = (weights * estimates).sum(0)
    return mean, (weights * (estimates - mean) ** 2).sum(0)


def bias_in_errors(estimates, truth):
    """|mean of the estimates - truth| in standard errors of that mean, both over all coordinates; and their variance."""
    estimates, truth = to_numpy(estimates), to_numpy(truth)
    found = estimates.reshape(len(estimates), -1) - truth.reshape(1, -1)
    variance = float(found.var(0, ddof=1).sum())
    return float((found.mean(0) ** 2).sum() ** 0.5) / (variance / len(found)) ** 0.5, variance
