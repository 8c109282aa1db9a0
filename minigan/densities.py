"""Small densities to build examples with: each knows its log-density, stable in the tails, and draws samples.

Parameters may be numbers, arrays or traced values, so a density can be differentiated in them.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

import minigan.numpy as mnp

from .autodiff.tracer import Tracer
from .backend import to_numpy

HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
ROUNDING = {"float32": 1e-5, "float64": 1e-9}  # how far from 1 weights may sum
FEW = 8  # components that are added up one by one
MOST_TERMS = 1 << 18  # of a mixture's components at points that are held at a time


class Density:
    """A probability density on the real line (or, for `Categorical`, on 0 .. K - 1).

    One of one's own has `log_density`, and for quadratures `landmarks`.

    >>> class Logistic(Density):
    ...     def log_density(self, x):
    ...         return -x - 2.0 * mnp.softplus(-x)
    >>> float(Logistic().density(mnp.asarray(0.0)))
    0.25
    """

    full_support = False  # whether it is positive everywhere, so that a log-density of -inf has only left the floats

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

    def scaled(self, by):
        """The density of by x, for a positive number ``by``."""
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


def _standard(x, location, scale, other_location, other_scale):
    """x in the units of either of two densities, z_p and z_q, and z_q - z_p without its cancellation."""
    mine, others = (x - location) / scale, (x - other_location) / other_scale
    a, b = mnp.asarray(other_scale, dtype=float), mnp.asarray(scale, dtype=float)
    wider = (a - b) / b
    near = mnp.abs(wider) < 0.5
    exact = ((location - other_location) - mnp.where(near, wider, 0.0) * (x - location)) / other_scale
    return mine, others, mnp.where(near, exact, others - mine)


def _same(a, b):
    return isinstance(a, int | float) and isinstance(b, int | float) and a == b


def _log1p_square_over(z, n):
    """log(1 + z^2/n), also where z^2/n leaves the floats."""
    over = mnp.square(z) / n == math.inf
    near = mnp.log1p(mnp.square(mnp.where(over, 0.0, z)) / n)
    return mnp.where(over, 2.0 * mnp.log(mnp.abs(mnp.where(over, z, 1.0))) - _log(n), near)


# log Gamma(a + 1/2) - log Gamma(a) - log(a)/2 in powers a^-1, a^-3, ... (Tricomi and Erdelyi 1951)
EXCESS = (-1.0 / 8.0, 1.0 / 192.0, -1.0 / 640.0, 17.0 / 14336.0, -31.0 / 18432.0)
SHIFT = 20  # from there on the next term is below rounding


def _student_excess(n):
    """log Gamma((n + 1)/2) - log Gamma(n/2) - log(n/2)/2, in which log-gammas of many degrees would cancel.

    By its series for n > 40, and else through Gamma(a + 1) = a Gamma(a) from 20 further on.
    """
    if isinstance(n, int | float):
        return _excess_series(0.5 * n) if n > 2 * SHIFT else _excess_shifted(0.5 * n, math.log, math.log1p)
    many = n > 2.0 * SHIFT
    series = _excess_series(mnp.where(many, 0.5 * n, 1.0))
    return mnp.where(many, series, _excess_shifted(0.5 * mnp.where(many, 1.0, n), mnp.log, mnp.log1p))


def _excess_series(a):
    inverse = 1.0 / a
    square = inverse * inverse
    total = 0.0
    for coefficient in reversed(EXCESS):
        total = coefficient + square * total
    return inverse * total


def _excess_shifted(a, log, log1p):
    """a in (0, 20]; the quotients' logarithms are added from the smallest on."""
    fall = 0.0
    for k in range(SHIFT - 1, 0, -1):
        fall = fall + log1p(0.5 / (a + k))
    # the term k = 0, log(1 + 1/(2a)) - log(1 + 20/a)/2, without its overflow at a tiny a
    first = log(a + 0.5) - 0.5 * log(a) - 0.5 * log(a + SHIFT)
    return _excess_series(a + SHIFT) - first - fall


# -- parameters at the door ------------------------------------------------------------------------------------


def _numbers(name, value):
    """``value`` as a number or an array of real numbers; a list becomes an array, a traced value stays as it is."""
    if isinstance(value, Tracer):
        return value
    if isinstance(value, list | tuple):
        if not value or any(isinstance(v, bool) or not isinstance(v, int | float) for v in value):
            raise TypeError(f"{name} must be a number or an array of numbers, and is {value!r}")
        return mnp.asarray([float(v) for v in value])
    number = isinstance(value, int | float) and not isinstance(value, bool)
    if not number and ("float" not in (kind := str(getattr(value, "dtype", ""))) and "int" not in kind):
        raise TypeError(f"{name} must be a number or an array of numbers, and is {value!r}")
    if isinstance(value, int) and abs(value) > 2**1023:
        raise ValueError(f"{name} must fit into a float, and has {len(str(abs(value)))} digits")
    return value


def _check(density, name, field, wanted, condition):
    """The parameter as `_numbers` has it, set again; raises `ValueError` where it does not meet its condition."""
    value = getattr(density, field)
    value_now = _numbers(name, value)
    if value_now is not value:
        object.__setattr__(density, field, value_now)
    if isinstance(value_now, Tracer):
        return
    if isinstance(value_now, int | float):
        if not (math.isfinite(value_now) and condition(value_now)):
            raise ValueError(f"{name} must be {wanted}, and is {value_now!r}")
        return
    plain = np.asarray(to_numpy(value_now))
    good = np.isfinite(plain) & condition(plain)
    if not good.all():
        raise ValueError(f"{name} must be {wanted}, and is {plain[~good].ravel()[0]!s}")


def _positive(density, name, field):
    _check(density, name, field, "positive and finite", lambda value: value > 0)


def _finite(density, name, field):
    _check(density, name, field, "finite", lambda value: value == value)


def _shares(density, name, field, wanted, condition):
    """Weights or probabilities along one axis that meet a condition and sum to one; traced ones are taken as they are."""
    value = getattr(density, field)
    if isinstance(value, Tracer) or (isinstance(value, list | tuple) and any(isinstance(w, Tracer) for w in value)):
        return
    if isinstance(value, list | tuple) and all(isinstance(w, int | float) for w in value):
        if any(isinstance(w, bool) for w in value):
            raise TypeError(f"{name} must be numbers, and are {tuple(value)}")
        plain = np.asarray(value, dtype=float)
    else:
        listed = isinstance(value, list | tuple)
        plain = np.asarray([to_numpy(w) for w in value] if listed else to_numpy(_numbers(name, value)))
    if plain.dtype.kind not in "fiu":
        raise TypeError(f"{name} must be numbers, and are {value!r}")
    if plain.ndim != 1:
        raise ValueError(f"{name} must lie along one axis, and have the shape {plain.shape}")
    # NaN meets no condition
    if not (condition(plain).all() and abs(float(plain.sum()) - 1.0) <= ROUNDING.get(str(plain.dtype), 1e-9)):
        raise ValueError(f"{name} must be {wanted} and sum to 1, and are {tuple(plain.tolist())}")


@dataclass(frozen=True)
class Normal(Density):
    """N(mean, deviation^2): log p(x) = -(x - mean)^2 / (2 deviation^2) - log deviation - log(2 pi) / 2.

    >>> round(float(Normal(0.0, 1.0).density(0.0)), 12)
    0.398942280401
    """

    mean: Any = 0.0
    deviation: Any = 1.0

    full_support = True

    def __post_init__(self):
        _finite(self, "the mean of a Normal", "mean")
        _positive(self, "the deviation of a Normal", "deviation")

    def log_density(self, x):
        standard = (x - self.mean) / self.deviation
        # halved before it is multiplied, so that it overflows only where the logarithm does
        return -(0.5 * standard) * standard - _log(self.deviation) - HALF_LOG_2PI

    def log_ratio(self, other, x):
        """(z_q - z_p)(z_q + z_p)/2 + log s_q/s_p, exact where the two normals nearly agree."""
        if isinstance(other, StudentT):
            return -other.log_ratio(self, x)
        if not isinstance(other, Normal):
            return super().log_ratio(other, x)
        mine, others, apart = _standard(x, self.mean, self.deviation, other.mean, other.deviation)
        return 0.5 * apart * (mine + others) + _log_quotient(other.deviation, self.deviation)

    def landmarks(self):
        return [(self.mean, self.deviation)]

    def moved(self, by):
        return replace(self, mean=self.mean + by)

    def scaled(self, by):
        return replace(self, mean=self.mean * by, deviation=self.deviation * by)

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
        if not isinstance(self.components, list | tuple):
            raise TypeError(f"the components of a Mixture must be densities in a tuple, and are {self.components!r}")
        object.__setattr__(self, "components", tuple(self.components))
        for i, part in enumerate(self.components):
            if not isinstance(part, Density):
                raise TypeError(f"component {i} of a Mixture must be a density, such as Normal(0, 1), and is {part!r}")
        given = self.weights.shape[0] if getattr(self.weights, "shape", ()) else getattr(self.weights, "__len__", int)()
        if given != len(self.components) or not self.components:
            raise ValueError(f"a Mixture of {len(self.components)} components was given {given} weights")
        _shares(self, "the weights of a Mixture", "weights", "positive", lambda w: w > 0)

    def log_density(self, x):
        if self._table is not None and not isinstance(x, Tracer):
            return self._of_many(x)
        weights = self._plain_weights or self.weights
        terms = [_log(w) + part.log_density(x) for w, part in zip(weights, self.components)]
        return mnp.logsumexp(mnp.stack(terms), axis=0)

    @property
    def full_support(self):
        return any(part.full_support for part in self.components)

    @functools.cached_property
    def _plain_weights(self):
        """Weights that are Python numbers, over their sum: a rounding of the last digits would be mass too much."""
        if not (isinstance(self.weights, list | tuple) and all(isinstance(w, int | float) for w in self.weights)):
            return None
        total = math.fsum(self.weights)
        return self.weights if abs(total - 1.0) < 4e-16 else tuple(w / total for w in self.weights)

    @functools.cached_property
    def _table(self):
        """{family: (log weights, columns of parameters)} of more than a few components of numbers; else ``None``."""
        if len(self.components) <= FEW or self._plain_weights is None:
            return None
        table = {}
        for weight, part in zip(self._plain_weights, self.components):
            if type(part) not in (Normal, Uniform, Laplace, StudentT):
                return None
            values = [getattr(part, field.name) for field in fields(part)]
            values = [float(v) if getattr(v, "shape", None) == () and not isinstance(v, Tracer) else v for v in values]
            if not all(isinstance(v, int | float) for v in values):
                return None
            table.setdefault(type(part), []).append((math.log(weight), *values))
        return {family: list(zip(*rows)) for family, rows in table.items()}

    def _of_many(self, x):
        """A family's components all at once, and no more points at a time than keep that table small."""
        x = x if hasattr(x, "shape") else mnp.asarray(x, dtype=float)
        points, size = mnp.reshape(x, (1, -1)), max(1, MOST_TERMS // len(self.components))
        kind = str(x.dtype).rpartition(".")[2] if "float" in str(x.dtype) else "float64"
        families = []
        for family, columns in self._table.items():
            log_weights, *parameters = (mnp.reshape(mnp.asarray(c, dtype=kind), (-1, 1)) for c in columns)
            families.append((log_weights, family(*parameters)))
        found = []
        for start in range(0, max(points.shape[1], 1), size):
            some = points[:, start : min(start + size, points.shape[1])]
            terms = [log_weights + part.log_density(some) for log_weights, part in families]
            found.append(mnp.logsumexp(mnp.concatenate(terms, axis=0), axis=0))
        return mnp.reshape(mnp.concatenate(found, axis=0), x.shape)

    def landmarks(self):
        return [mark for part in self.components for mark in part.landmarks()]

    def moved(self, by):
        return replace(self, components=tuple(part.moved(by) for part in self.components))

    def scaled(self, by):
        return replace(self, components=tuple(part.scaled(by) for part in self.components))

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
        if any(isinstance(v, float) and math.isnan(v) for v in (self.low, self.high)):
            raise ValueError(f"a Uniform needs low < high, and was given {self.low!r} and {self.high!r}")
        _finite(self, "the low of a Uniform", "low")
        _finite(self, "the high of a Uniform", "high")
        if isinstance(self.low, Tracer) or isinstance(self.high, Tracer):
            return
        with np.errstate(over="ignore"):
            width = np.asarray(to_numpy(self.high), dtype=float) - np.asarray(to_numpy(self.low), dtype=float)
        if not (width > 0).all():
            raise ValueError(f"a Uniform needs low < high, and was given {self.low!r} and {self.high!r}")
        if not np.isfinite(width).all():
            raise ValueError(f"a Uniform's width must fit into a float: from {self.low!r} to {self.high!r} it does not")

    def log_density(self, x):
        x = x if hasattr(x, "shape") else mnp.asarray(x)
        inside = (x >= self.low) & (x <= self.high)
        return mnp.where(inside, -_log(self.high - self.low) + mnp.zeros_like(x), -math.inf)

    def landmarks(self):
        return [(0.5 * self.low + 0.5 * self.high, 0.5 * self.high - 0.5 * self.low)]

    def moved(self, by):
        return replace(self, low=self.low + by, high=self.high + by)

    def scaled(self, by):
        return replace(self, low=self.low * by, high=self.high * by)

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

    full_support = True

    def __post_init__(self):
        _finite(self, "the location of a Laplace", "location")
        _positive(self, "the scale of a Laplace", "scale")

    def log_density(self, x):
        return -mnp.abs(x - self.location) / self.scale - _log(self.scale) - math.log(2.0)

    def landmarks(self):
        return [(self.location, self.scale)]

    def moved(self, by):
        return replace(self, location=self.location + by)

    def scaled(self, by):
        return replace(self, location=self.location * by, scale=self.scale * by)

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

    full_support = True

    def __post_init__(self):
        _finite(self, "the location of a StudentT", "location")
        _positive(self, "the scale of a StudentT", "scale")
        _positive(self, "the degrees of freedom of a StudentT", "degrees")

    def log_density(self, x):
        n = self.degrees
        standard = (x - self.location) / self.scale
        normaliser = _student_excess(n) - HALF_LOG_2PI
        return normaliser - _log(self.scale) - (0.5 * n + 0.5) * _log1p_square_over(standard, n)

    def log_ratio(self, other, x):
        """Exact where it is small: against a Normal for many degrees, against a StudentT of the same degrees."""
        if isinstance(other, Normal):
            return self._log_ratio_to_normal(other, x)
        if isinstance(other, StudentT) and _same(self.degrees, other.degrees):
            mine, others, apart = _standard(x, self.location, self.scale, other.location, other.scale)
            # (1 + z_q^2/n) / (1 + z_p^2/n) less 1
            change = apart * ((mine + others) / (self.degrees + mnp.square(mine)))
            near = (mnp.abs(change) < 0.5) & (mnp.abs(mine) < 1e100)
            close = mnp.log1p(mnp.where(near, change, 0.0))
            far = _log1p_square_over(others, self.degrees) - _log1p_square_over(mine, self.degrees)
            power = 0.5 * self.degrees + 0.5
            return power * mnp.where(near, close, far) + _log_quotient(other.scale, self.scale)
        return super().log_ratio(other, x)

    def _log_ratio_to_normal(self, other, x):
        """With w = z_p^2/n: excess + log s_q/s_p + (z_q^2 - z_p^2)/2 - w/2 + (n + 1)/2 (w - log(1 + w)), for w < 1."""
        from .divergences.stable import scaled_remainder

        n = self.degrees
        mine = (x - self.location) / self.scale
        w = mnp.square(mine) / n
        near = w < 1.0
        small = mnp.where(near, w, 0.0)
        log1p = mnp.log1p(small)
        as_normal = Normal(self.location, self.scale).log_ratio(other, x)
        bend = (0.5 * n + 0.5) * (1.0 + small) * scaled_remainder(log1p) - 0.5 * small
        far = super().log_ratio(other, x)
        return mnp.where(near, _student_excess(n) + mnp.where(near, as_normal, 0.0) + bend, far)

    def landmarks(self):
        return [(self.location, self.scale)]

    def moved(self, by):
        return replace(self, location=self.location + by)

    def scaled(self, by):
        return replace(self, location=self.location * by, scale=self.scale * by)

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
        _shares(self, "the probabilities of a Categorical", "probabilities", "non-negative", lambda p: p >= 0)

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
