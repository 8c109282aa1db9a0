"""Divergences between densities on the line, by adaptive quadrature over log-densities.

The integrand is never formed from p and q, which underflow, but from log p and log q;
what f leaves above its tangent has one sign, so the sum loses no digits whether the value is 1e-23 or 1e+173.
`panels` holds the quadrature itself, `expectations` what a function is worth under one density.
"""

from __future__ import annotations

import functools
import math

import numpy as np

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..autodiff.tracer import Tracer
from ..backend import to_numpy
from ..densities import Categorical, Normal, StudentT
from .expectations import expectation_under
from .frames import Panels, can, frame_of, units
from .mass import check_mass
from .panels import (
    NAN,
    XI,
    Quadrature,
    constant,
    edges_of,
    error_of_tails,
    landmarks_of,
    log_density,
    moving,
    refine,
    tails,
    traced_edges,
    unscaled,
)

__all__ = ["Pair", "Quadrature", "between_densities", "expectation_under"]

LEAST = -1.79e308  # of the log-density of what is positive everywhere
OVERFLOWS = -1e200  # beside a log-density below this another one that is -inf has left the floats


def between_densities(divergence, p, q, tolerance=1e-12, landmarks=()):
    """D_f(P || Q) = int q f(p/q) dx + f'(inf) P(q = 0) of two densities on the line, with an error estimate.

    ``p`` and ``q`` are `minigan.densities`, or functions x -> log density, for which ``landmarks`` says where to look:
    pairs (location, scale) that together see every peak. ``tolerance`` is relative. Returns `Quadrature`
    (value, error); the value is +inf, with error 0, where the integral diverges in a tail or P has mass where Q has
    none and f'(inf) = inf (and the other way round), and it is differentiable in the parameters of both densities, ends
    of supports included. Raises `ValueError` for categorical distributions. Lecture, "f-GAN [Nowozin et al, 2016]".

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
    with mnp.errstate(all="ignore"):
        return _between_densities(divergence, p, q, tolerance, landmarks)


def _between_densities(divergence, p, q, tolerance, landmarks):
    p, q, frame = standard(p, q, landmarks)
    pair, fixed = Pair(divergence, p, q), Pair(divergence, constant(p), constant(q))
    for name, density in (("p", fixed.p), ("q", fixed.q)):
        check_mass(density, name, frame)
    beyond = tails(fixed, frame)
    if any(tail.size == math.inf for tail in beyond):
        return Quadrature(mnp.asarray(math.inf), 0.0)
    panels = refine(fixed, first_panels(fixed, frame.panels()), tolerance)
    if panels is None or math.isinf(panels[2]):
        return Quadrature(mnp.asarray(math.inf), 0.0)
    nodes, weights, found, error = panels
    if fixed.leaves_the_floats(nodes, weights, found):
        return Quadrature(mnp.asarray(math.inf), 0.0)
    rest = sum(tail.size for tail in beyond)
    value, error = bounded(divergence, divergence.sign * (found + rest), error + error_of_tails(beyond, found))
    if not pair.is_traced(frame.origins[0]):
        return Quadrature(mnp.asarray(value), error)
    if rest > 1e-9 * found:
        raise ValueError(
            f"{rest / (found + rest):.1g} of the divergence lies so far out in the tails that its derivative is not "
            "known; give the densities more degrees of freedom"
        )
    total = pair.weighted_sum(nodes, weights)
    return Quadrature(total + (value - stop_gradient(total)), error)


def standard(p, q, landmarks=()):
    """Both densities in units in which they fit into the floats, and the `Frame` that sees all of them."""
    densities = (p, q)
    marks, edges = [*landmarks_of(densities), *landmarks], edges_of(densities)
    by = units(marks, edges) if marks and all(can(density, "scaled") for density in densities) else 1.0
    if by != 1.0:
        p, q = p.scaled(by), q.scaled(by)
        marks, edges = [*landmarks_of((p, q)), *((m * by, s * by) for m, s in landmarks)], edges_of((p, q))
    return p, q, frame_of((p, q), marks, edges)


def bounded(divergence, value, error):
    """The value between f(1) and f(0) + f'(inf), and an error that says how far outside it was found.

    Raises `ValueError` where that is farther than the quadrature's own error allows: then p or q is no density.
    """
    inside = min(max(value, divergence.smallest), divergence.largest)
    outside = abs(value - inside)
    if not outside <= max(100.0 * error, 1e-9 * max(1.0, abs(inside))):
        raise ValueError(
            f"{divergence.name} lies between {divergence.smallest:g} and {divergence.largest:g} for any two densities, "
            f"and is {value:g} here: look whether p and q integrate to 1, and whether landmarks=[(location, scale), ...] "
            "name every feature of theirs"
        )
    return float(inside), float(max(error, outside))


class Pair:
    """Two log-densities and the log-integrand that a divergence makes of them.

    >>> from minigan.divergences import kl
    >>> log_p, log_q, v = Pair(kl, Normal(0.0, 1.0), Normal(1.0, 1.0)).logs(mnp.asarray(-2.0), origin=0.0)
    >>> round(float(log_p - log_q), 12), float(v)  # 1/2 - x, and v without a rounding
    (2.5, 2.5)
    """

    def __init__(self, divergence, p, q):
        self.divergence, self.p, self.q = divergence, p, q
        self.moved = {0.0: (p, q)}
        self.has_left = False  # whether a log-density that is never -inf was, as it has left the floats

    def at(self, origin):
        """Both densities as they are seen from an origin."""
        if origin not in self.moved:
            self.moved[origin] = (self.p.moved(-origin), self.q.moved(-origin))
        return self.moved[origin]

    def logs(self, x, origin):
        """log p, log q and their difference v at the offsets ``x`` from one origin."""
        p, q = self.at(origin)
        log_p, log_q = log_density(p, x), log_density(q, x)
        return log_p, log_q, p.log_ratio(q, x) if self.has_exact_ratio else log_p - log_q

    @functools.cached_property
    def has_exact_ratio(self):
        """Whether v is known to its last digits where p and q nearly agree."""
        p, q = self.p, self.q
        kinds = (type(p), type(q))
        return kinds in ((Normal, Normal), (StudentT, Normal), (Normal, StudentT)) or (
            kinds == (StudentT, StudentT) and isinstance(p.degrees, int | float) and p.degrees == q.degrees
        )

    def plain_logs(self, x, origin):
        """`logs` as NumPy arrays, for offsets from one origin or from an origin each."""
        with np.errstate(all="ignore"):
            found = np.empty((3, *x.shape))
            for one in distinct(origin):
                there = slice(None) if one is None else origin == one
                logs = self.logs(mnp.asarray(x[there]), float(origin.flat[0] if one is None else one))
                for k, part in enumerate(logs):
                    found[k, there] = to_numpy(stop_gradient(part))
            left = np.zeros(x.shape, dtype=bool)
            for k, density in enumerate((self.p, self.q)):
                if getattr(density, "full_support", False):
                    left |= found[k] < LEAST
                    found[k] = np.maximum(found[k], LEAST)
            found[2] = np.where(left, found[0] - found[1], found[2])
            self.has_left |= bool(left.any())
        return found

    def leaves_the_floats(self, nodes, weights, value):
        """Whether the value comes from where v does not fit into a float, so that the divergence does not either.

        Raises `ValueError` where only part of it does, and that cannot be told.
        """
        d = self.divergence
        if not (self.has_left and math.isinf(d.largest) and value > 1e250):
            return False
        origin, offsets = nodes
        level, _, _ = self.log_integrand(offsets, origin)
        v = self.plain_logs(offsets, origin)[2]
        left = (np.abs(v) > -0.999 * LEAST) & (np.where(v > 0, d.f_prime_at_infinity, d.f_at_zero) == math.inf)
        share = unscaled(1.0, float(np.max(np.where(left, level + np.log(weights), -np.inf)))) / value
        if share < 1e-14:
            return False
        if value > 0.9 * -LEAST:
            return True
        raise ValueError(f"{d.name} is {value:.2g} or more: log p/q leaves the floats where it comes from")

    def log_integrand(self, x, origin):
        """log |q f(p/q) less the tangent|, its sign and how many roundings it amounts to, as NumPy arrays.

        The first is -inf where there is nothing, and +inf where f is.
        """
        d = self.divergence
        log_p, log_q, v = self.plain_logs(x, origin)
        if np.isnan(log_p).any() or np.isnan(log_q).any():
            raise ValueError(NAN)
        with np.errstate(all="ignore"):
            has_p, has_q = log_p > -np.inf, log_q > -np.inf
            both, high = has_p & has_q, np.maximum(log_p, log_q)
            # a logarithm that leaves the floats is no end of a support
            nothing = ~both & (high < OVERFLOWS)
            v = np.where(both & np.isfinite(v), v, 0.0)
            mantissa = to_numpy(d.formulas.mantissa(mnp.asarray(v)))
            growth = np.abs(v) * np.where(v > 0, d.growth[0] - 1.0, d.growth[1])
            inside = high + growth + np.log(mantissa)
            at_infinity = abs(d.f_prime_at_infinity - d.tangent)
            at_zero = abs(d.f_at_zero + d.tangent)
            alone_p = np.where(at_infinity > 0, log_p + np.log(at_infinity), -np.inf)
            alone_q = np.where(at_zero > 0, log_q + np.log(at_zero), -np.inf)
            out = np.where(both, inside, np.where(has_p, alone_p, alone_q))
            out = np.where(nothing | (~has_p & ~has_q), -np.inf, out)
            roundings = np.abs(high) + np.where(both, np.abs(growth), 0.0) + 8.0
            if not self.has_exact_ratio:  # v has the roundings of log p and log q, and the mantissa is of second order
                of_v = (np.abs(log_p) + np.abs(log_q) + 1.0) * np.minimum(2.0 / np.maximum(np.abs(v), 1e-300), 1.0)
                near = both & (np.abs(v) < 1.0)
                small = (np.abs(log_p) + np.abs(log_q) + 1.0) * 2.0 / np.maximum(np.abs(v), 1e-16)
                roundings = roundings + np.where(both, np.where(near, small, of_v), 0.0)
            return out, np.ones_like(out), np.nan_to_num(roundings, posinf=0.0)

    def crossings(self, panels):
        """Origins and offsets where log p - log q changes its sign, by halving between the nodes of the panels."""
        origin, low, high = panels
        x = (0.5 * (low + high)[:, None] + 0.5 * (high - low)[:, None] * XI).ravel()
        origin = np.repeat(origin, len(XI))
        sign = self.sign_of_log_ratio(x, origin)
        change = np.nonzero((sign[1:] * sign[:-1] < 0) & (origin[1:] == origin[:-1]))[0]
        origin, low, high, sign_low = origin[change], x[change], x[change + 1], sign[change]
        for _ in range(100 if len(change) else 0):
            middle = 0.5 * (low + high)
            stays = self.sign_of_log_ratio(middle, origin) == sign_low
            low, high = np.where(stays, middle, low), np.where(stays, high, middle)
        return origin, high

    def sign_of_log_ratio(self, x, origin):
        return np.sign(np.nan_to_num(self.plain_logs(x, origin)[2]))

    def is_traced(self, origin):
        where = mnp.asarray([0.0])
        return any(isinstance(part, Tracer) for part in (*self.logs(where, origin), *traced_edges((self.p, self.q))))

    def weighted_sum(self, nodes, weights):
        """The quadrature sum over fixed nodes as a differentiable function; nodes between edges move with the edges."""
        origin, offsets = nodes
        total = mnp.asarray(0.0)
        for one in np.unique(origin):
            there = origin == one
            total = total + self.weighted_sum_at(float(one), offsets[there], weights[there])
        return self.divergence.sign * total

    def weighted_sum_at(self, origin, offsets, weights):
        x, stretch = moving(self.at(origin), offsets)
        d = self.divergence
        log_p, log_q, v = self.logs(x, origin)
        log_weights = mnp.asarray(np.log(weights))  # in the exponent: a density may be as large as its panels are small
        has_p, has_q = log_p > -math.inf, log_q > -math.inf
        both, only_p, only_q = has_p & has_q, has_p & ~has_q, has_q & ~has_p
        v = mnp.where(both, v, 0.0)
        high = mnp.where(both, mnp.where(v > 0, log_p, log_q), 0.0)
        growth = mnp.abs(v) * mnp.where(v > 0, mnp.full_like(v, d.growth[0] - 1.0), d.growth[1])
        out = mnp.where(both, mnp.exp(high + growth + mnp.where(both, log_weights, 0.0)) * d.formulas.mantissa(v), 0.0)
        at_infinity, at_zero = abs(d.f_prime_at_infinity - d.tangent), abs(d.f_at_zero + d.tangent)
        if at_infinity != 0.0 and math.isfinite(at_infinity):
            out = out + mnp.where(only_p, at_infinity * mnp.exp(mnp.where(only_p, log_p + log_weights, 0.0)), 0.0)
        if at_zero != 0.0 and math.isfinite(at_zero):
            out = out + mnp.where(only_q, at_zero * mnp.exp(mnp.where(only_q, log_q + log_weights, 0.0)), 0.0)
        return mnp.sum(stretch * out)


def distinct(origin):
    """The origins there are; ``[None]`` where they are all the same, as in most cases."""
    return [None] if not len(origin) or origin.min() == origin.max() else np.unique(origin)


def first_panels(pair, panels) -> Panels:
    """The panels to start from; a kink of f at u = 1 falls on an end."""
    if pair.divergence.formulas.f_second is not None:
        return panels
    at, crossed = pair.crossings(panels)
    if not len(crossed):
        return panels
    parts = []
    for one in np.unique(panels.origin):
        there = panels.origin == one
        ends = np.unique(np.concatenate([panels.low[there], panels.high[there], crossed[at == one]]))
        parts.append((np.full(len(ends) - 1, one), ends[:-1], ends[1:]))
    return Panels(*(np.concatenate(part) for part in zip(*parts)))
