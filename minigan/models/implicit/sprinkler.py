"""The continuous sprinkler: two causes and one effect that either explains away, with posteriors known on a grid.

    z ~ N(0, 2 I) in the plane,    x | z ~ Exponential with mean m(z) = 3 + max(0, z1)^3 + max(0, z2)^3.

A small x says little; of a large one either cause may be the reason, and rarely both: two modes.
Source: Huszar (2017), "Variational inference using implicit distributions", section 4.
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...arrays import host_floats, takes_lists
from ...backend import to_numpy

OBSERVATIONS = (0.0, 5.0, 8.0, 12.0, 50.0)
VARIANCE = 2.0  # of each cause
REACH, CELLS = 6.0, 48  # of the grid of causes: beyond lies 4e-5 of the prior
WITHIN = 5  # points a side of a cell, over which its mass is a sum


def mean_given(z):
    """m(z) of causes (..., 2): shape (...).

    >>> float(mean_given(mnp.asarray([2.0, -1.0])))
    11.0
    """
    return 3.0 + mnp.sum(mnp.maximum(z, 0.0) ** 3, -1)


def log_prior(z):
    """log N(z; 0, 2 I) of causes (..., 2): shape (...)."""
    return -0.5 * mnp.sum(mnp.square(z), -1) / VARIANCE - math.log(2.0 * math.pi * VARIANCE)


@takes_lists("x", "z")
def log_likelihood(x, z):
    """log p(x | z) = -x / m(z) - log m(z), for x >= 0 and causes (..., 2): shape (...).

    >>> round(float(log_likelihood(mnp.asarray(6.0), mnp.asarray([-1.0, 0.0]))), 6)  # -2 - log 3
    -3.098612
    """
    mean = mean_given(z)
    return -x / mean - mnp.log(mean)


def drawn_causes(rng, n: int, dtype="float32"):
    """``n`` causes of the prior, shape (n, 2)."""
    return math.sqrt(VARIANCE) * rng.standard_normal((n, 2), dtype=dtype)


@takes_lists("z")
def simulated(rng, z):
    """An effect of each cause, shape (n,)."""
    u = rng.uniform((z.shape[0],), dtype=str(z.dtype).rpartition(".")[2])
    return -mnp.log1p(-u) * mean_given(z)


# -- what is known on a grid -----------------------------------------------------------------------------------------


def centres(cells: int = CELLS):
    """The middles of cells along one side of [-6, 6]^2, a NumPy array."""
    return REACH * ((2.0 * np.arange(cells) + 1.0) / cells - 1.0)


def posterior_on_grid(x: float, cells: int = CELLS) -> np.ndarray:
    """p(z | x) as the mass of each of cells^2 squares over [-6, 6]^2, z1 along the first axis; they sum to 1.

    A cell's mass is a sum over 25 points in it. Raises `ValueError` for an x that no z gives.

    >>> mass = posterior_on_grid(50.0)
    >>> mass.shape, round(float(mass[24:, 24:].sum()), 3)  # both causes above 0
    ((48, 48), 0.518)
    """
    x = effect(x)
    return _mass(lambda z: log_prior(z) + log_likelihood(x, z), cells)


def prior_on_grid(cells: int = CELLS) -> np.ndarray:
    """p(z) in the same way."""
    return _mass(log_prior, cells)


def _mass(log_density, cells: int) -> np.ndarray:
    axis = mnp.asarray(centres(cells * WITHIN))
    logs = to_numpy(log_density(mnp.stack(mnp.meshgrid(axis, axis, indexing="ij"), -1)))
    mass = np.exp(logs - logs.max()).reshape(cells, WITHIN, cells, WITHIN).sum((1, 3))
    return mass / mass.sum()


def effect(x) -> float:
    """``x`` as a number that the sprinkler may give; `ValueError` for any other."""
    if not (math.isfinite(x) and x >= 0.0):
        raise ValueError(f"an effect of the sprinkler is a finite number that is not negative, and was {x}")
    return float(x)


def drawn_posterior(rng, x: float, n: int):
    """``n`` causes (n, 2) of p(z | x), float32: a cell of a grid by its mass, and a place in it."""
    cells = 4 * CELLS
    cumulated = np.cumsum(posterior_on_grid(x, cells).ravel())
    u = to_numpy(rng.uniform((n, 3))).astype(float)
    at = np.minimum(np.searchsorted(cumulated, u[:, 0] * cumulated[-1], side="right"), cells * cells - 1)
    places = np.stack(np.divmod(at, cells), -1) + u[:, 1:]
    return mnp.asarray(REACH * (2.0 * places / cells - 1.0), dtype="float32")


def on_grid(z, cells: int = CELLS) -> np.ndarray:
    """The share of causes (n, 2) in each cell; what lies outside of the grid is missing from the sum."""
    z = np.asarray(to_numpy(z), dtype=float)
    edges = np.linspace(-REACH, REACH, cells + 1)
    return np.histogram2d(z[:, 0], z[:, 1], (edges, edges))[0] / len(z)


def total_variation(p, q) -> float:
    """1/2 sum |p - q| over cells, what is missing from either sum counted as one cell more.

    >>> total_variation(np.array([0.5, 0.5]), np.array([1.0, 0.0]))
    0.5
    """
    p, q = host_floats(p, "the masses p"), host_floats(q, "the masses q")
    return float(0.5 * (np.abs(p - q).sum() + abs(p.sum() - q.sum())))


def difference(mass) -> np.ndarray:
    """The law of z1 - z2 of a density on the grid: which of both causes it was. Shape (2 cells - 1,)."""
    mass = host_floats(mass, "the masses on a grid")
    first, second = np.indices(mass.shape)
    return np.bincount((first - second + len(mass) - 1).ravel(), mass.ravel())


def modes(mass, saddle: float = 0.8) -> int:
    """How many modes z1 - z2 has under a density on the grid: the most parts that one of its level sets falls into.

    Smoothed by a Gaussian of one cell first; a part counts if its level is below the share ``saddle`` of its own peak, so
    that ripples of samples do not. Two causes are told apart at x = 50, where the valley is 0.53 of the peaks; at 12 it is
    0.98, at less there is none.

    >>> [modes(posterior_on_grid(x)) for x in OBSERVATIONS]
    [1, 1, 1, 1, 2]
    """
    from scipy import ndimage

    smooth = ndimage.gaussian_filter1d(difference(mass), 1.0, mode="constant")
    found = 0
    for level in smooth.max() * np.linspace(0.05, saddle, 31):
        parts, count = ndimage.label(smooth > level)
        peaks = ndimage.maximum(smooth, parts, range(1, count + 1))
        found = max(found, int((np.asarray(peaks) * saddle >= level).sum()))
    return found
