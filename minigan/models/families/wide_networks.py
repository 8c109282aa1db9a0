"""A wide random network is a Gaussian process: its kernel in closed form, and how far a finite network is from it.

    f(x) = sum_j v_j phi(w_j . x) / sqrt(width),    v_j ~ N(0, 1),  w_j ~ N(0, I)

has the covariance K(x, y) = E phi(w . x) phi(w . y) at every width, and is Gaussian as the width grows. Of relu units the
law of f(x) is known at every width by its characteristic function, ((1 + (1 + s^2 |x|^2 / width)^(-1/2)) / 2)^width: its
excess kurtosis is 15 / width, and its total variation from the Gaussian, to first order, a number over the width too.

Source: Neal (1994); Williams (1998), Computation with infinite neural networks; Cho & Saul (2009), Kernel methods for deep
learning.
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...backend import to_numpy
from ...names import unknown
from ...validation import count
from .row import Row


@takes_lists("x", "y")
def relu_kernel(x, y):
    """(|x| |y| / 2 pi) (sin t + (pi - t) cos t), t the angle between rows x (n, d) and y (m, d): shape (n, m).

    >>> relu_kernel(mnp.asarray([[1.0, 0.0]]), mnp.asarray([[1.0, 0.0], [0.0, 2.0]])).round(6)  # 1/2, 2 / 2 pi
    array([[0.5    , 0.31831]])
    """
    lengths = _lengths(x)[:, None] * _lengths(y)
    cosine = mnp.clip(mnp.matmul(x, mnp.matrix_transpose(y)) / lengths, -1.0, 1.0)
    angle = mnp.acos(cosine)
    return lengths / (2.0 * math.pi) * (mnp.sin(angle) + (math.pi - angle) * cosine)


@takes_lists("x", "y")
def erf_kernel(x, y):
    """(2 / pi) asin(2 x . y / sqrt((1 + 2 |x|^2) (1 + 2 |y|^2))) of rows x (n, d) and y (m, d): shape (n, m).

    >>> erf_kernel(mnp.asarray([[1.0]]), mnp.asarray([[1.0], [0.0]])).round(6)
    array([[0.464559, 0.      ]])
    """
    norms = (1.0 + 2.0 * mnp.square(_lengths(x)))[:, None] * (1.0 + 2.0 * mnp.square(_lengths(y)))
    return 2.0 / math.pi * mnp.asin(2.0 * mnp.matmul(x, mnp.matrix_transpose(y)) / mnp.sqrt(norms))


def _lengths(x):
    return mnp.sqrt(mnp.sum(mnp.square(x), -1))


UNITS = {"relu": (lambda a: mnp.maximum(a, 0.0), relu_kernel), "erf": (mnp.erf, erf_kernel)}


@takes_lists("x")
def features(x, width: int, rng, unit: str = "relu", networks: int | None = None):
    """phi(w_j . x) / sqrt(width) of rows x (n, d), with weights that are drawn: (n, width), or (networks, n, width)."""
    if unit not in UNITS:
        raise unknown("unit of a wide network", unit, UNITS, "there are relu and erf")
    width = count(width, "the width")
    lead = () if networks is None else (count(networks, "the number of networks"),)
    w = rng.standard_normal((*lead, x.shape[1], width))
    return UNITS[unit][0](mnp.matmul(x, w)) / math.sqrt(width)


def kernel_error(x, width: int, rng, unit: str = "relu", networks: int = 1000) -> float:
    """width times the mean of (phi(x) phi(x)' - K)^2 over networks and entries: whatever the width, one number."""
    gap = network_kernel(x, width, rng, unit, networks) - UNITS[unit][1](x, x)
    return width * float(to_numpy(mnp.mean(mnp.square(gap))))


# -- the law of one output of relu units, at |x|^2 = 2, where its variance is 1 -----------------------------------------

REACH, POINTS = 60.0, 1501  # of the frequencies


def characteristic_function(width: int, s) -> np.ndarray:
    """E exp(i s f(x)) = ((1 + (1 + 2 s^2 / width)^(-1/2)) / 2)^width; exp(-s^2 / 2) of the Gaussian.

    >>> [round(float(characteristic_function(width, 1.0)), 6) for width in (1, 100, 10**8)]  # the last: exp(-1/2)
    [0.788675, 0.610278, 0.606531]
    """
    s = np.asarray(s, dtype=float)
    return np.exp(width * np.log1p(0.5 * np.expm1(-0.5 * np.log1p(2.0 * s * s / width))))


def output_density(width: int, f) -> np.ndarray:
    """The density of f(x) by the inverse Fourier transform, without the mass 2^-width at 0, where no unit is on.

    Good to about 2^-width from 16 units on: the density has a peak at 0 of that size, which no frequency ends.
    """
    width = count(width, "the width", 16)
    s = np.linspace(0.0, REACH, POINTS)
    values = characteristic_function(width, s) - 0.5**width
    values[[0, -1]] *= 0.5
    return np.cos(np.multiply.outer(np.asarray(f, dtype=float), s)) @ values * (s[1] - s[0]) / math.pi


def total_variation(width: int) -> float:
    """1/2 int |density - N(0, 1)| of f(x), the mass at 0 included; to first order `FIRST_ORDER` / width.

    >>> round(100 * total_variation(100), 3)
    0.872
    """
    f = np.linspace(0.0, 9.0, 1201)  # of one half, the other is its mirror
    gap = np.abs(output_density(width, f) - np.exp(-0.5 * f * f) / math.sqrt(2.0 * math.pi))
    return float((np.sum(gap) - 0.5 * gap[0]) * (f[1] - f[0]) + 0.5 * 0.5**width)


def _first_order() -> float:
    """15/24 of 1/2 int |He4| N(0, 1), He4 = f^4 - 6 f^2 + 3: (He3(a) N(a) - He3(b) N(b)) 2, at the roots a > b of He4."""
    a, b = math.sqrt(3.0 + math.sqrt(6.0)), math.sqrt(3.0 - math.sqrt(6.0))
    he3 = lambda f: (f**3 - 3.0 * f) * math.exp(-0.5 * f * f) / math.sqrt(2.0 * math.pi)
    return 15.0 / 24.0 * 2.0 * (he3(a) - he3(b))


FIRST_ORDER = _first_order()


# -- what a network and the process learn ---------------------------------------------------------------------------------


@takes_lists("kernel", "y")
def process_posterior(kernel, y, noise: float):
    """Mean and variance (..., m) of y at the last m rows of a Gaussian process, given y (n,) at its first n ones.

    ``kernel`` is the covariance (..., n + m, n + m) of all: that of an infinitely wide network, or of a finite one whose
    hidden weights are drawn and whose output weights have their exact posterior, where it is features times features'.
    """
    n = y.shape[0]
    inside, across, new = kernel[..., :n, :n], kernel[..., n:, :n], kernel[..., n:, n:]
    inside = inside + noise**2 * mnp.eye(n)
    mean = mnp.matmul(across, mnp.linalg.solve(inside, mnp.broadcast_to(y[:, None], (*inside.shape[:-1], 1))))[..., 0]
    turned = mnp.linalg.solve(inside, mnp.matrix_transpose(across))
    explained = mnp.sum(across * mnp.matrix_transpose(turned), -1)
    return mean, mnp.linalg.diagonal(new) - explained + noise**2


def network_kernel(x, width: int, rng, unit: str = "relu", networks: int | None = None):
    """features times features' of rows x (n, d): the covariance of f(x) once hidden weights are drawn, (n, n)."""
    phi = features(x, width, rng, unit, networks)
    return mnp.matmul(phi, mnp.matrix_transpose(phi))


@takes_lists("x", "new")
def prediction_error(x, y, new, noise: float, width: int, rng, unit: str = "relu", networks: int = 200) -> float:
    """width times the mean square of how far networks' predictions at rows ``new`` are from the process's."""
    rows = mnp.concatenate([x, new])
    stated = process_posterior(UNITS[unit][1](rows, rows), y, noise)[0]
    found = process_posterior(network_kernel(rows, width, rng, unit, networks), y, noise)[0]
    return width * float(to_numpy(mnp.mean(mnp.square(found - stated))))


def measured() -> str:
    """Total variation at two widths."""
    return f"TV {total_variation(32):.4f} at 32 units, {total_variation(128):.4f} at 128"


ROW = Row("a random network", "width → ∞", "Gaussian processes", measured)
