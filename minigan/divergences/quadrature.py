"""Divergences between densities on the line, by adaptive quadrature over log-densities.

The integrand is never formed from p and q, which underflow, but from log p and log q; what f leaves above its
tangent has one sign, so the sum loses no digits whether the value is 1e-23 or 1e+173. Panels start from where
the densities say they live, on every scale between and beyond, and are halved where Gauss and Kronrod
disagree.
"""

from __future__ import annotations

import dataclasses
import math
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..autodiff.tracer import Tracer
from ..backend import to_numpy
from ..densities import Categorical, Density

# The 15 nodes of Kronrod and the 7 of Gauss among them on [-1, 1] (QUADPACK, qk15): positive half, from the
# outside in.
NODES = (
    0.991455371120812639206854697526329,
    0.949107912342758524526189684047851,
    0.864864423359769072789712788640926,
    0.741531185599394439863864773280788,
    0.586087235467691130294144691693136,
    0.405845151377397166906606412076961,
    0.207784955007898467600689403773245,
    0.000000000000000000000000000000000,
)
KRONROD = (
    0.022935322010529224963732008058970,
    0.063092092629978553290700663189204,
    0.104790010322250183839876322541518,
    0.140653259715525918745189590510238,
    0.169004726639267902826583426598550,
    0.190350578064785409913256402421014,
    0.204432940075298892414161999234649,
    0.209482141084727828012999174891714,
)
GAUSS = (0.129484966168869693270611432679082, 0.279705391489276667901467771423780,
         0.381830050505118944950369775488975, 0.417959183673469387755102040816327)  # fmt: skip

XI = np.array([-x for x in NODES] + [x for x in NODES[-2::-1]])
WEIGHTS = np.array(list(KRONROD) + list(KRONROD[-2::-1]))
GAUSS_WEIGHTS = np.zeros(15)
GAUSS_WEIGHTS[1::2] = [*GAUSS, *GAUSS[-2::-1]]

EPS = float(np.finfo(float).eps)
ROUNDS = 60
MOST_PANELS = 6000  # an integrand that needs more is rougher than its own rounding
FARTHEST = 1e140  # beyond, the square of x overflows
FLAT = -1e-7  # an integrand that falls like x^(-1 - 1e-7) or slower is taken to be infinite
NEGLIGIBLE = 1e-24


class Quadrature(NamedTuple):
    """An integral and an estimate of its error, both absolute; ``float(result)`` is the value."""

    value: object
    error: float

    def __float__(self) -> float:
        return float(to_numpy(self.value))


def between_densities(divergence, p, q, tolerance=1e-12, landmarks=()):
    """D_f(P || Q) = int q f(p/q) dx + f'(inf) P(q = 0) of two densities on the line, with an error estimate.

    ``p`` and ``q`` are `minigan.densities`, or functions x -> log density, for which ``landmarks`` says where
    to look: pairs (location, scale) that together see every peak. ``tolerance`` is relative. Returns
    `Quadrature` (value, error); the value is +inf, with error 0, where the integral diverges in a tail or P
    has mass where Q has none and f'(inf) = inf (and the other way round), and it is differentiable in the
    parameters of both densities, ends of supports included. Raises `ValueError` for categorical
    distributions. Lecture, "f-GAN [Nowozin et al, 2016]".

    >>> from minigan.densities import Normal
    >>> from minigan.divergences import kl, neyman
    >>> result = between_densities(kl, Normal(0.0, 1.0), Normal(1.0, 1.0))
    >>> round(float(result), 12), bool(result.error < 1e-11)
    (0.5, True)
    >>> float(between_densities(neyman, Normal(0.0, 1.0), Normal(0.0, 2.0)))
    inf
    """
    if isinstance(p, Categorical) or isinstance(q, Categorical):
        raise ValueError("a categorical distribution has no density on the line; take between(p.probabilities, ...)")
    p, q = centred(p, q)
    pair = Pair(divergence, p, q)
    fixed = Pair(divergence, constant(p), constant(q))
    edges = fixed.edges()
    tails = fixed.tails(landmarks, edges)
    if tails == math.inf:
        return Quadrature(mnp.asarray(math.inf), 0.0)
    panels = refine(fixed, first_panels(fixed, landmarks, edges), tolerance)
    if panels is None:
        return Quadrature(mnp.asarray(math.inf), 0.0)
    nodes, weights, value, error = panels
    value, error = divergence.sign * value, float(error + tails)
    if math.isinf(value) or not pair.is_traced():
        return Quadrature(mnp.asarray(value), error)
    return Quadrature(pair.weighted_sum(nodes, weights, edges), error)


class Pair:
    """Two log-densities and the log-integrand that a divergence makes of them."""

    def __init__(self, divergence, p, q):
        self.divergence, self.p, self.q = divergence, p, q

    def logs(self, x):
        """log p, log q and their difference v at ``x``."""
        log_p, log_q = log_density(self.p, x), log_density(self.q, x)
        if isinstance(self.p, Density) and isinstance(self.q, Density):
            return log_p, log_q, self.p.log_ratio(self.q, x)
        return log_p, log_q, log_p - log_q

    def log_integrand(self, x):
        """log |q f(p/q) less the tangent|, its sign and its size before the logs were subtracted, as NumPy
        arrays.

        The first is -inf where there is nothing, and +inf where f is.
        """
        d = self.divergence
        with np.errstate(all="ignore"):
            log_p, log_q, v = (to_numpy(stop_gradient(part)) for part in self.logs(mnp.asarray(x)))
            log_p, log_q, v = (np.broadcast_to(part, np.shape(x)).astype(float) for part in (log_p, log_q, v))
            if np.isnan(log_p).any() or np.isnan(log_q).any():
                raise ValueError("a log-density is NaN where the two were compared: look at the densities' parameters")
            both = (log_p > -np.inf) & (log_q > -np.inf)
            v = np.where(both & np.isfinite(v), v, 0.0)
            mantissa = to_numpy(d.formulas.mantissa(mnp.asarray(v)))
            growth = np.abs(v) * np.where(v > 0, d.growth[0] - 1.0, d.growth[1])
            inside = np.maximum(log_p, log_q) + growth + np.log(mantissa)
            at_infinity = abs(d.f_prime_at_infinity - d.tangent)
            at_zero = abs(d.f_at_zero + d.tangent)
            alone_p = np.where(at_infinity > 0, log_p + np.log(at_infinity), -np.inf)
            alone_q = np.where(at_zero > 0, log_q + np.log(at_zero), -np.inf)
            out = np.where(both, inside, np.where(log_p > -np.inf, alone_p, alone_q))
            out = np.where((log_p == -np.inf) & (log_q == -np.inf), -np.inf, out)
            return out, np.ones_like(out), np.maximum(log_p, log_q)

    def edges(self):
        """Where a density jumps or bends, in order, as plain numbers."""
        found = [float(to_numpy(stop_gradient(e))) for e in self.traced_edges()]
        return sorted({e for e in found if math.isfinite(e)})

    def traced_edges(self):
        return [e for density in (self.p, self.q) if isinstance(density, Density) for e in density.edges()]

    def landmarks(self):
        found = [m for density in (self.p, self.q) if isinstance(density, Density) for m in density.landmarks()]
        return [tuple(float(to_numpy(stop_gradient(part))) for part in mark) for mark in found]

    def crossings(self, ends):
        """Where log p - log q changes its sign, found by halving between the nodes of the panels."""
        x = (0.5 * (ends[1:] + ends[:-1])[:, None] + 0.5 * (ends[1:] - ends[:-1])[:, None] * XI).ravel()
        sign = self.sign_of_log_ratio(x)
        change = np.nonzero(sign[1:] * sign[:-1] < 0)[0]
        low, high, sign_low = x[change], x[change + 1], sign[change]
        for _ in range(100):
            middle = 0.5 * (low + high)
            stays = self.sign_of_log_ratio(middle) == sign_low
            low, high = np.where(stays, middle, low), np.where(stays, high, middle)
        return high

    def sign_of_log_ratio(self, x):
        with np.errstate(all="ignore"):
            return np.sign(np.nan_to_num(to_numpy(stop_gradient(self.logs(mnp.asarray(x))[2]))))

    def tails(self, landmarks, edges):
        """What lies beyond `FARTHEST`, +inf if the integrand falls like 1/x or slower where only the tail is
        left.
        """
        marks = self.landmarks() + list(landmarks)
        size = max([abs(m) + s for m, s in marks] + [abs(e) for e in edges] + [1e-100])
        far = size * np.array([1e45, 1e75])
        total = 0.0
        for direction in (-1.0, 1.0):
            level, _, _ = self.log_integrand(direction * np.append(far, FARTHEST))
            if np.any(level == np.inf):
                return math.inf
            if np.any(level == -np.inf):
                continue
            slope = (level[1] - level[0]) / math.log(far[1] / far[0]) + 1.0
            if slope >= FLAT:
                return math.inf
            total += math.exp(min(level[2] + math.log(FARTHEST), 700.0)) / -slope
        return total

    def is_traced(self):
        where = mnp.asarray([sum(m for m, _ in self.landmarks()) if self.landmarks() else 0.0])
        traced = [part for part in (*self.logs(where), *self.traced_edges()) if isinstance(part, Tracer)]
        return bool(traced)

    def weighted_sum(self, nodes, weights, edges):
        """The quadrature sum over fixed nodes as a differentiable function; nodes between edges move with the
        edges.
        """
        x, stretch = self.moving(nodes, edges)
        d = self.divergence
        log_p, log_q, v = self.logs(x)
        has_p, has_q = log_p > -math.inf, log_q > -math.inf
        both, only_p, only_q = has_p & has_q, has_p & ~has_q, has_q & ~has_p
        v = mnp.where(both, v, 0.0)
        high = mnp.where(both, mnp.where(v > 0, log_p, log_q), 0.0)
        growth = mnp.abs(v) * mnp.where(v > 0, mnp.full_like(v, d.growth[0] - 1.0), d.growth[1])
        out = mnp.where(both, mnp.exp(high + growth) * d.formulas.mantissa(v), 0.0)
        at_infinity, at_zero = abs(d.f_prime_at_infinity - d.tangent), abs(d.f_at_zero + d.tangent)
        if at_infinity != 0.0 and math.isfinite(at_infinity):
            out = out + mnp.where(only_p, at_infinity * mnp.exp(mnp.where(only_p, log_p, 0.0)), 0.0)
        if at_zero != 0.0 and math.isfinite(at_zero):
            out = out + mnp.where(only_q, at_zero * mnp.exp(mnp.where(only_q, log_q, 0.0)), 0.0)
        return d.sign * mnp.sum(mnp.asarray(weights) * stretch * out)

    def moving(self, nodes, edges):
        """The nodes and the factor of their weights as functions of the edges they lie between."""
        traced = self.traced_edges()
        if not any(isinstance(e, Tracer) for e in traced):
            return mnp.asarray(nodes), 1.0
        by_value = {float(to_numpy(stop_gradient(e))): e for e in reversed(traced)}
        segment = np.searchsorted(np.array(edges), nodes)
        x, stretch = 0.0, 0.0
        for i in range(len(edges) + 1):
            inside = np.asarray(segment == i, dtype=float)
            low = by_value[edges[i - 1]] if i > 0 else None
            high = by_value[edges[i]] if i < len(edges) else None
            if low is not None and high is not None:
                width = edges[i] - edges[i - 1]
                share = mnp.asarray(inside * (nodes - edges[i - 1]) / width)
                x = x + mnp.asarray(inside) * low + share * (high - low)
                stretch = stretch + mnp.asarray(inside) * ((high - low) / width)
            else:
                end = low if low is not None else high
                plain = edges[i - 1] if low is not None else edges[i]
                x = x + mnp.asarray(inside) * end + mnp.asarray(inside * (nodes - plain))
                stretch = stretch + mnp.asarray(inside)
        return x, stretch


def centred(p, q):
    """Both densities moved so that the narrowest feature sits at 0, where floats are dense; the divergence
    stays.
    """
    if not (isinstance(p, Density) and isinstance(q, Density)):
        return p, q
    marks = Pair(None, p, q).landmarks()
    location, scale = min(marks, key=lambda mark: mark[1], default=(0.0, 1.0))
    return (p, q) if abs(location) <= scale else (p.moved(-location), q.moved(-location))


class Weighted:
    """One density and a function under it: what `refine` needs to know for an expectation."""

    def __init__(self, density, function):
        self.density, self.function = density, function

    def log_integrand(self, x):
        with np.errstate(all="ignore"):
            there = mnp.asarray(x)
            log_p = np.broadcast_to(to_numpy(stop_gradient(log_density(self.density, there))), x.shape)
            value = np.broadcast_to(to_numpy(stop_gradient(self.function(there))), x.shape)
            counts = (log_p > -745.0) & (value != 0)  # below, p underflows and the function may overflow
            level = np.where(counts, log_p + np.log(np.abs(np.where(counts, value, 1.0))), -np.inf)
            return level, np.where(counts, np.sign(value), 1.0), np.where(counts, log_p, 0.0)


def expectation_under(density, function, tolerance=1e-10, landmarks=()):
    """E_p[h(x)] by the same quadrature, for a function h of arrays; differentiable in what h depends on.

    >>> from minigan.densities import Normal
    >>> round(float(expectation_under(Normal(1.0, 2.0), mnp.square)), 9)
    5.0
    """
    pair = Pair(None, density, density)
    edges, fixed = pair.edges(), constant(density)
    ends = panel_ends([*pair.landmarks(), *landmarks], edges)
    found = refine(Weighted(fixed, function), (ends[:-1], ends[1:]), tolerance)
    if found is None:
        return Quadrature(mnp.asarray(math.inf), 0.0)
    nodes, weights, _, error = found
    x, stretch = pair.moving(nodes, edges)
    terms = mnp.exp(log_density(density, x)) * function(x)
    return Quadrature(mnp.sum(mnp.asarray(weights) * stretch * terms), error)


def log_density(density, x):
    return density.log_density(x) if hasattr(density, "log_density") else density(x)


def constant(density):
    """The density with its parameters as constants, so that looking for nodes leaves nothing on a tape."""
    if isinstance(density, Density) and dataclasses.is_dataclass(density):
        fields = {f.name: constant(getattr(density, f.name)) for f in dataclasses.fields(density)}
        return dataclasses.replace(density, **fields)
    if isinstance(density, list | tuple):
        return type(density)(constant(part) for part in density)
    return density if callable(density) and not hasattr(density, "shape") else stop_gradient(density)


def first_panels(pair, landmarks, edges):
    """The panels to start from; a kink of f at u = 1 falls on an end."""
    ends = panel_ends([*pair.landmarks(), *landmarks], edges)
    if pair.divergence.formulas.f_second is None:
        ends = np.unique(np.concatenate([ends, pair.crossings(ends)]))
    return ends[:-1], ends[1:]


def panel_ends(landmarks, edges):
    """Ends of panels: around every landmark on every scale out to `FARTHEST`, and every edge."""
    # the odd factor keeps nodes off the places of symmetry, where branches of an integrand meet
    powers = 1.0407 * np.concatenate([2.0 ** np.arange(-3, 13), 2.0 ** np.arange(15, 470, 6)])
    ends = [np.array(edges, dtype=float)]
    for location, scale in landmarks:
        ends += [location + scale * powers, location - scale * powers, np.array([location - 0.0407 * scale])]
    ends = np.unique(np.concatenate(ends))
    if len(ends) < 2:
        raise ValueError("say where the densities live: landmarks=[(location, scale), ...]")
    return ends[np.abs(ends) < FARTHEST]


def refine(pair, panels, tolerance):
    """(nodes, weights, value, error) of panels halved until Gauss and Kronrod agree; ``None`` if the integral
    diverges.
    """
    low, high = panels
    level, sign, noise = evaluate(pair, low, high)
    for _ in range(ROUNDS):
        if np.any(level == np.inf):
            return None
        shift = np.max(level, initial=-np.inf)
        if shift == -np.inf:
            return np.zeros(0), np.zeros(0), 0.0, 0.0
        half = 0.5 * (high - low)
        # scaling by the largest contribution, not the largest integrand: a narrow peak may weigh little
        heights = sign * np.exp(level - shift)
        kronrod = half * (heights @ WEIGHTS)
        gauss = half * (heights @ GAUSS_WEIGHTS)
        total = float(np.sum(np.abs(kronrod)))
        floor = 4.0 * EPS * noise * np.abs(kronrod)
        mean = (kronrod / (2.0 * half))[:, None]
        spread = half * (np.abs(heights - mean) @ WEIGHTS)
        difference = np.abs(kronrod - gauss)
        sharp = np.where(
            spread > 0,
            spread * np.minimum(1.0, (200.0 * difference / np.where(spread > 0, spread, 1.0)) ** 1.5),
            0.0,
        )
        errors = np.where(difference > 0, np.minimum(difference, np.maximum(sharp, 0.0)), 0.0)
        narrow = half <= 8.0 * EPS * np.maximum(np.abs(low), np.abs(high))
        open_ = np.where((errors <= floor) | narrow, 0.0, errors)
        if np.sum(open_) <= tolerance * total:
            break
        if len(low) > MOST_PANELS:
            break
        order = np.argsort(open_)
        keep = np.cumsum(open_[order]) <= 0.5 * tolerance * total
        split = order[~keep]
        middle = 0.5 * (low[split] + high[split])
        new_low = np.concatenate([low[split], middle])
        new_high = np.concatenate([middle, high[split]])
        new_level, new_sign, new_noise = evaluate(pair, new_low, new_high)
        rest = order[keep]
        low, high = np.concatenate([low[rest], new_low]), np.concatenate([high[rest], new_high])
        level = np.concatenate([level[rest], new_level])
        sign = np.concatenate([sign[rest], new_sign])
        noise = np.concatenate([noise[rest], new_noise])
    with np.errstate(over="ignore"):
        scale = np.exp(shift)
        value = math.fsum(kronrod) * float(scale) if total > 0 else 0.0
        error = float(np.sum(errors) + np.sum(floor)) * float(scale)
    matters = np.abs(kronrod) > NEGLIGIBLE * total
    nodes = (0.5 * (low + high)[matters, None] + half[matters, None] * XI).ravel()
    weights = (half[matters, None] * WEIGHTS).ravel()
    return nodes, weights, value, error


def evaluate(pair, low, high):
    """The log-integrand and its sign at the nodes of each panel, and how many roundings its logarithms and
    its x amount to.
    """
    x = 0.5 * (low + high)[:, None] + 0.5 * (high - low)[:, None] * XI
    level, sign, size = (part.reshape(x.shape) for part in pair.log_integrand(x.ravel()))
    with np.errstate(invalid="ignore", divide="ignore"):
        counts = level > np.max(level, axis=1, keepdims=True) - 30.0
        slope = np.abs(np.diff(level, axis=1) / np.diff(x, axis=1) * x[:, 1:]) * counts[:, 1:]
        noise = np.max(np.nan_to_num(np.abs(size) * counts, posinf=0.0), axis=1)
        return level, sign, 1.0 + noise + np.max(np.nan_to_num(slope, posinf=0.0), axis=1)
