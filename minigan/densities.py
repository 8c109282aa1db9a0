"""Small densities to build examples with: each knows its log-density, stable in the tails, and draws samples.

Parameters may be numbers, arrays or traced values, so a density can be differentiated in them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import minigan.numpy as mnp

HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


class Density:
    """A probability density on the real line (or, for `Categorical`, on 0 .. K - 1)."""

    def log_density(self, x):
        """log p(x), elementwise; -inf outside the support."""
        raise NotImplementedError

    def density(self, x):
        """p(x), elementwise."""
        return mnp.exp(self.log_density(x))

    def log_ratio(self, other, x):
        """log p(x) / q(x) for another density q, without the cancellation where the two have a common form."""
        return self.log_density(x) - other.log_density(x)

    def landmarks(self):
        """Pairs (location, scale) from which a quadrature sees all of the density."""
        return []

    def moved(self, by):
        """The density of x + by."""
        raise NotImplementedError

    def edges(self):
        """The points where the density jumps or bends."""
        return []

    def __call__(self, x):
        return self.density(x)


def _log(x):
    """log x; of a Python number a Python number, so that it leaves the dtype of what it meets alone."""
    return math.log(x) if isinstance(x, int | float) else mnp.log(x)


def _log_quotient(a, b):
    """log(a / b), exact where a and b nearly agree."""
    a, b = mnp.asarray(a, dtype=float), mnp.asarray(b, dtype=float)
    wider = (a - b) / b
    near = mnp.abs(wider) < 0.5
    return mnp.where(near, mnp.log1p(mnp.where(near, wider, 0.0)), mnp.log(a) - mnp.log(b))


def _positive(name, value):
    if isinstance(value, int | float) and not (math.isfinite(value) and value > 0):
        raise ValueError(f"{name} must be positive and finite, and is {value!r}")


def _finite(name, value):
    if isinstance(value, int | float) and not math.isfinite(value):
        raise ValueError(f"{name} must be finite, and is {value!r}")


@dataclass(frozen=True)
class Normal(Density):
    """N(mean, deviation^2): log p(x) = -(x - mean)^2 / (2 deviation^2) - log deviation - log(2 pi) / 2.

    >>> round(float(Normal(0.0, 1.0).density(0.0)), 12)
    0.398942280401
    """

    mean: Any = 0.0
    deviation: Any = 1.0

    def __post_init__(self):
        _finite("the mean of a Normal", self.mean)
        _positive("the deviation of a Normal", self.deviation)

    def log_density(self, x):
        standard = (x - self.mean) / self.deviation
        return -0.5 * mnp.square(standard) - _log(self.deviation) - HALF_LOG_2PI

    def log_ratio(self, other, x):
        """(z_q - z_p)(z_q + z_p)/2 + log s_q/s_p, exact where the two normals nearly agree."""
        if not isinstance(other, Normal):
            return super().log_ratio(other, x)
        mine, others = (x - self.mean) / self.deviation, (x - other.mean) / other.deviation
        wider = (other.deviation - self.deviation) / self.deviation
        apart = ((self.mean - other.mean) - wider * (x - self.mean)) / other.deviation
        return 0.5 * apart * (mine + others) + _log_quotient(other.deviation, self.deviation)

    def landmarks(self):
        return [(self.mean, self.deviation)]

    def moved(self, by):
        return replace(self, mean=self.mean + by)

    def sample(self, rng, shape=()):
        return self.mean + self.deviation * rng.standard_normal(shape)


@dataclass(frozen=True)
class Mixture(Density):
    """sum_i w_i p_i(x); the weights are positive and sum to one.

    >>> p = Mixture((0.25, 0.75), (Normal(-1.0, 1.0), Normal(2.0, 1.0)))
    >>> round(float(p.density(2.0)), 12)
    0.300314672404
    """

    weights: Any
    components: tuple

    def __post_init__(self):
        weights = self.weights
        if len(weights) != len(self.components) or not self.components:
            raise ValueError(f"a Mixture of {len(self.components)} components was given {len(weights)} weights")
        plain = isinstance(weights, list | tuple) and all(isinstance(w, int | float) for w in weights)
        if plain and (any(not w > 0 for w in weights) or abs(sum(weights) - 1.0) > 1e-9):
            raise ValueError(f"the weights of a Mixture must be positive and sum to 1, and are {tuple(weights)}")

    def log_density(self, x):
        terms = [_log(w) + part.log_density(x) for w, part in zip(self.weights, self.components)]
        return mnp.logsumexp(mnp.stack(terms), axis=0)

    def landmarks(self):
        return [mark for part in self.components for mark in part.landmarks()]

    def moved(self, by):
        return replace(self, components=tuple(part.moved(by) for part in self.components))

    def edges(self):
        return [edge for part in self.components for edge in part.edges()]

    def sample(self, rng, shape=()):
        which = rng.categorical(mnp.log(mnp.asarray(list(self.weights))), shape)
        out = None
        for i, part in enumerate(self.components):
            drawn = part.sample(rng, shape)
            out = drawn if out is None else mnp.where(which == i, drawn, out)
        return out


@dataclass(frozen=True)
class Uniform(Density):
    """1 / (high - low) on [low, high], 0 outside.

    >>> float(Uniform(0.0, 4.0).density(1.0))
    0.25
    """

    low: Any = 0.0
    high: Any = 1.0

    def __post_init__(self):
        if all(isinstance(v, int | float) for v in (self.low, self.high)) and not self.low < self.high:
            raise ValueError(f"a Uniform needs low < high, and was given {self.low!r} and {self.high!r}")

    def log_density(self, x):
        x = x if hasattr(x, "shape") else mnp.asarray(x)
        inside = (x >= self.low) & (x <= self.high)
        return mnp.where(inside, -_log(self.high - self.low) + mnp.zeros_like(x), -math.inf)

    def landmarks(self):
        return [(0.5 * (self.low + self.high), 0.5 * (self.high - self.low))]

    def moved(self, by):
        return replace(self, low=self.low + by, high=self.high + by)

    def edges(self):
        return [self.low, self.high]

    def sample(self, rng, shape=()):
        return self.low + (self.high - self.low) * rng.uniform(shape)


@dataclass(frozen=True)
class Laplace(Density):
    """exp(-|x - location| / scale) / (2 scale).

    >>> float(Laplace(0.0, 1.0).density(0.0))
    0.5
    """

    location: Any = 0.0
    scale: Any = 1.0

    def __post_init__(self):
        _finite("the location of a Laplace", self.location)
        _positive("the scale of a Laplace", self.scale)

    def log_density(self, x):
        return -mnp.abs(x - self.location) / self.scale - _log(self.scale) - math.log(2.0)

    def landmarks(self):
        return [(self.location, self.scale)]

    def moved(self, by):
        return replace(self, location=self.location + by)

    def edges(self):
        return [self.location]

    def sample(self, rng, shape=()):
        # the difference of two standard exponentials, each the negated log of a uniform on (0, 1]
        first, second = (-mnp.log(1.0 - rng.uniform(shape)) for _ in range(2))
        return self.location + self.scale * (first - second)


@dataclass(frozen=True)
class StudentT(Density):
    """Student's t with ``degrees`` of freedom, moved to ``location`` and stretched by ``scale``.

    >>> round(float(StudentT(0.0, 1.0, 1.0).density(0.0)), 12)  # the Cauchy density, 1 / pi
    0.318309886184
    """

    location: Any = 0.0
    scale: Any = 1.0
    degrees: Any = 1.0

    def __post_init__(self):
        _finite("the location of a StudentT", self.location)
        _positive("the scale of a StudentT", self.scale)
        _positive("the degrees of freedom of a StudentT", self.degrees)

    def log_density(self, x):
        n = self.degrees
        standard = (x - self.location) / self.scale
        log_gamma = math.lgamma if isinstance(n, int | float) else mnp.gammaln
        normaliser = log_gamma((n + 1.0) / 2.0) - log_gamma(n / 2.0) - 0.5 * _log(n * math.pi)
        return normaliser - _log(self.scale) - (n + 1.0) / 2.0 * mnp.log1p(mnp.square(standard) / n)

    def landmarks(self):
        return [(self.location, self.scale)]

    def moved(self, by):
        return replace(self, location=self.location + by)

    def sample(self, rng, shape=()):
        # Bailey (1994): the polar method, sqrt(n (u^(-2/n) - 1)) cos(2 pi v)
        u, v = 1.0 - rng.uniform(shape), rng.uniform(shape)
        radius = mnp.sqrt(self.degrees * mnp.expm1(-2.0 / self.degrees * mnp.log(u)))
        return self.location + self.scale * radius * mnp.cos(2.0 * math.pi * v)


@dataclass(frozen=True)
class Categorical(Density):
    """Probabilities over 0 .. K - 1.

    >>> float(Categorical((0.2, 0.8)).density(1))
    0.8
    """

    probabilities: Any

    def __post_init__(self):
        p = self.probabilities
        if isinstance(p, list | tuple) and (any(not v >= 0 for v in p) or abs(sum(p) - 1.0) > 1e-9):
            raise ValueError(
                f"the probabilities of a Categorical must be non-negative and sum to 1, and are {tuple(p)}"
            )

    def log_density(self, x):
        p = self.density(x)
        zero = p == 0
        return mnp.where(zero, -math.inf, mnp.log(mnp.where(zero, 1.0, p)))

    def density(self, x):
        p = self.probabilities
        p = p if hasattr(p, "shape") else mnp.asarray(p, dtype="float64")
        x = x if hasattr(x, "shape") else mnp.asarray(x)
        inside = (x >= 0) & (x < p.shape[0])  # an index from the end is no value of the variable
        return mnp.where(inside, mnp.take(p, mnp.where(inside, x, 0), 0), 0.0)

    def sample(self, rng, shape=()):
        return rng.categorical(mnp.log(mnp.asarray(self.probabilities)), shape)
