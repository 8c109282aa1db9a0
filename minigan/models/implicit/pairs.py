"""Pairs of laws in the plane whose density ratio is known in closed form: what a learned ratio is held against.

A law has ``log_density(x)``, (n,) for rows x of shape (n, 2), and ``sample(rng, n)``, float32 rows.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import own_file
from ... import random as random_
from ...arrays import host_array
from ...backend import to_numpy
from ...names import unknown
from ...validation import positive, told

NODES = 241  # of the trapezoidal rule along either axis
UNSEEN = 0.15  # of a law's mass, by the rule's nodes; a density that jumps is off by some of it
NO_MASS = 1e-9  # a shared mass below this is none


@dataclass(frozen=True)
class PlaneGaussian:
    """N(mean, covariance) in the plane: log p(x) = -(x - m)' S^-1 (x - m) / 2 - log det(2 pi S) / 2.

    Raises `ValueError` for a mean that is not two finite numbers and a covariance that is not positive definite.

    >>> import minigan.numpy as mnp
    >>> round(float(PlaneGaussian((0.0, 0.0), ((1.0, 0.0), (0.0, 1.0))).log_density(mnp.zeros((1, 2)))[0]), 6)
    -1.837877
    """

    mean: Any
    covariance: Any

    def __post_init__(self):
        mean = host_array(self.mean, "the numbers of a PlaneGaussian's mean")
        covariance = host_array(self.covariance, "the numbers of a PlaneGaussian's covariance")
        if mean.shape != (2,):
            raise ValueError(f"the mean of a PlaneGaussian is two numbers, and was {self.mean!r}")
        symmetric = covariance.shape == (2, 2) and np.allclose(covariance, covariance.T)
        if not (symmetric and np.linalg.eigvalsh(covariance).min() > 0):
            raise ValueError(
                f"the covariance of a PlaneGaussian is symmetric and positive definite, and was {self.covariance!r}"
            )

    @functools.cached_property
    def _numbers(self):
        covariance = np.asarray(self.covariance, dtype=float)
        inverse = np.linalg.inv(covariance)
        constant = -math.log(2.0 * math.pi) - 0.5 * math.log(np.linalg.det(covariance))
        return tuple(map(float, self.mean)), inverse.tolist(), np.linalg.cholesky(covariance).tolist(), constant

    def log_density(self, x):
        mean, inverse, _, constant = self._numbers
        a, b = x[:, 0] - mean[0], x[:, 1] - mean[1]
        return constant - 0.5 * (inverse[0][0] * a * a + 2.0 * inverse[0][1] * a * b + inverse[1][1] * b * b)

    def sample(self, rng, n):
        mean, _, root, _ = self._numbers
        z = rng.standard_normal((n, 2), dtype="float32")
        first = mean[0] + root[0][0] * z[:, 0]
        return mnp.stack([first, mean[1] + root[1][0] * z[:, 0] + root[1][1] * z[:, 1]], -1)


@dataclass(frozen=True)
class PlaneMixture:
    """sum_i w_i p_i of a few laws in the plane; ``weights`` are positive and sum to 1, else `ValueError`."""

    weights: tuple[float, ...]
    laws: tuple

    def __post_init__(self):
        good = len(self.weights) == len(self.laws) > 0 and all(w > 0 for w in self.weights)
        if not (good and abs(math.fsum(self.weights) - 1.0) < 1e-9):
            raise ValueError(
                f"a mixture of {len(self.laws)} laws has as many positive weights that sum to 1, and had {self.weights}"
            )

    def log_density(self, x):
        terms = [math.log(w) + law.log_density(x) for w, law in zip(self.weights, self.laws)]
        return mnp.logsumexp(mnp.stack(terms), axis=0)

    def sample(self, rng, n):
        u = rng.uniform((n, 1), dtype="float32")
        below, out = 0.0, None
        for w, law in zip(self.weights, self.laws):
            drawn = law.sample(rng, n)
            out = drawn if out is None else mnp.where(u >= below, drawn, out)
            below += w
        return out


@dataclass(frozen=True)
class PlaneRing:
    """A point at a uniform angle on the circle of this ``radius``, moved by N(0, deviation^2) along either axis.

    log p(x) = -(|x| - R)^2 / (2 s^2) + log(exp(-k) I_0(k)) - log(2 pi s^2), k = R |x| / s^2: a Rice law of the distance.

    >>> import minigan.numpy as mnp
    >>> round(float(PlaneRing(1.0, 0.5).log_density(mnp.zeros((1, 2)))[0]), 6)  # -2 - log(pi / 2)
    -2.451583
    """

    radius: float
    deviation: float

    def __post_init__(self):
        positive(self.radius, "the radius of a PlaneRing")
        positive(self.deviation, "the deviation of a PlaneRing")

    def log_density(self, x):
        s2 = self.deviation**2
        distance = mnp.sqrt(mnp.sum(mnp.square(x), -1))
        around = mnp.log(mnp.i0e(distance * (self.radius / s2)))
        return around - mnp.square(distance - self.radius) / (2.0 * s2) - math.log(2.0 * math.pi * s2)

    def sample(self, rng, n):
        angle = 2.0 * math.pi * rng.uniform((n,), dtype="float32")
        on_circle = self.radius * mnp.stack([mnp.cos(angle), mnp.sin(angle)], -1)
        return on_circle + self.deviation * rng.standard_normal((n, 2), dtype="float32")


@dataclass(frozen=True)
class PlaneSquare:
    """Uniform on the square about ``centre`` whose sides are 2 ``half`` long; log p is -inf outside."""

    centre: tuple[float, float]
    half: float

    def __post_init__(self):
        positive(self.half, "half a side of a PlaneSquare")

    def log_density(self, x):
        away = mnp.maximum(mnp.abs(x[:, 0] - self.centre[0]), mnp.abs(x[:, 1] - self.centre[1]))
        return mnp.where(away <= self.half, -2.0 * math.log(2.0 * self.half), -math.inf)

    def sample(self, rng, n):
        moved = self.half * (2.0 * rng.uniform((n, 2), dtype="float32") - 1.0)
        return moved + mnp.asarray(list(self.centre), dtype="float32")


class Grid(NamedTuple):
    """Nodes of a product of two trapezoidal rules: ``x`` (n, 2), and log of what either law has in the cell of each.

    ``edge`` marks the outermost nodes, where an integrand must have decayed.
    """

    x: Any
    log_p: np.ndarray
    log_q: np.ndarray
    edge: np.ndarray


@dataclass(frozen=True)
class Pair:
    """Two laws ``p`` and ``q`` in the plane, with a square [-reach, reach]^2 that holds what there is of both.

    >>> import minigan.numpy as mnp
    >>> round(float(PAIRS["one_covariance"].log_ratio(mnp.asarray([[1.0, 1.0]]))[0]), 6)
    1.0
    """

    name: str
    title: str
    p: Any
    q: Any
    reach: float = 9.0

    def __post_init__(self):
        for what, law in (("p", self.p), ("q", self.q)):
            if not (callable(getattr(law, "log_density", None)) and callable(getattr(law, "sample", None))):
                raise TypeError(
                    f"{what} of the pair {self.name!r} is a law with log_density(x) and sample(rng, n), and was "
                    f"{told(law)}: without both the learned ratio has nothing to be held against"
                )
        positive(self.reach, f"the reach of the pair {self.name!r}")

    def log_ratio(self, x):
        """log p(x) / q(x) at rows x; of a law that has no density there, infinite."""
        return self.p.log_density(x) - self.q.log_density(x)

    @functools.cached_property
    def grid(self) -> Grid:
        axis = np.linspace(-self.reach, self.reach, NODES)
        x = np.stack([side.ravel() for side in np.meshgrid(axis, axis, indexing="ij")], -1)
        nodes, cell = mnp.asarray(x), 2.0 * math.log(axis[1] - axis[0])
        with np.errstate(all="ignore"):
            log_p, log_q = (to_numpy(law.log_density(nodes)).astype(float) + cell for law in (self.p, self.q))
        for what, level in (("p", log_p), ("q", log_q)):
            mass = float(np.exp(level).sum())
            if not abs(mass - 1.0) < UNSEEN:
                raise ValueError(
                    f"{what} of the pair {self.name!r} has the mass {mass:.4g} on its square of reach {self.reach:g}, "
                    "not 1: the density is not normalised, or the square is too small to hold or too large to see it"
                )
        return Grid(nodes, log_p, log_q, np.abs(x).max(1) >= self.reach)

    @functools.cached_property
    def overlap(self) -> float:
        """The mass that the laws share, int min(p, q) = 1 - total variation."""
        shared = float(np.exp(np.minimum(self.grid.log_p, self.grid.log_q)).sum())
        return 0.0 if shared < NO_MASS else shared

    @functools.cached_property
    def held_out(self):
        """20,000 rows of p and as many of q that nothing is trained on, in float64."""
        rng = random_.generator(70_000)
        return tuple(mnp.astype(law.sample(rng, 20_000), "float64") for law in (self.p, self.q))


CORRELATED = ((1.0, 0.5), (0.5, 1.0))
PAIRS = {
    pair.name: pair
    for pair in (
        Pair(
            "one_covariance",
            "two Gaussians of one covariance",
            PlaneGaussian((0.5, 0.25), CORRELATED),
            PlaneGaussian((-0.5, -0.25), CORRELATED),
        ),
        Pair(
            "two_covariances",
            "two Gaussians of two covariances",
            PlaneGaussian((0.4, 0.0), ((1.0, 0.3), (0.3, 1.0))),
            PlaneGaussian((-0.4, 0.0), ((1.0, -0.1), (-0.1, 1.0))),
        ),
        Pair(
            "mixture",
            "three Gaussians beside one",
            PlaneMixture(
                (0.4, 0.3, 0.3),
                (
                    PlaneGaussian((-1.2, -0.6), ((0.45, 0.0), (0.0, 0.45))),
                    PlaneGaussian((1.3, -0.6), ((0.35, 0.1), (0.1, 0.5))),
                    PlaneGaussian((0.0, 1.3), ((0.8, 0.0), (0.0, 0.4))),
                ),
            ),
            PlaneGaussian((0.0, 0.0), ((1.7, 0.0), (0.0, 1.7))),
        ),
        Pair(
            "ring",
            "a ring beside a Gaussian",
            PlaneRing(1.6, 0.4),
            PlaneGaussian((0.0, 0.0), ((1.5, 0.0), (0.0, 1.5))),
        ),
        Pair(
            "apart", "two squares that share no point", PlaneSquare((-1.5, 0.0), 1.0), PlaneSquare((1.5, 0.0), 1.0), 4.0
        ),
    )
}


def pair_called(name: str) -> Pair:
    """The pair of that name, or the one that ``my_file.py:name`` defines.

    >>> pair_called("rng")
    Traceback (most recent call last):
    ValueError: no pair is called 'rng'; the nearest is 'ring' (mixture, one_covariance, ring, ... or my_file.py:my_pair)
    """
    if own_file.is_own_file(name):
        return own_file.defined(name, "pair", lambda x: isinstance(x, Pair))
    if name not in PAIRS:
        raise unknown("pair", name, PAIRS, "mixture, one_covariance, ring, ... or my_file.py:my_pair")
    return PAIRS[name]
