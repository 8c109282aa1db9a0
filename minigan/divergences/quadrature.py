"""Divergences between densities on the line, by adaptive quadrature over log-densities.

The integrand is never formed from p and q, which underflow, but from log p and log q;
what f leaves above its tangent has one sign, so the sum loses no digits whether the value is 1e-23 or 1e+173.
`panels` holds the quadrature itself, `expectations` what a function is worth under one density.
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..autodiff.tracer import Tracer
from ..backend import to_numpy
from ..densities import Categorical, Density
from .expectations import expectation_under
from .panels import (
    XI,
    Quadrature,
    constant,
    edges_of,
    landmarks_of,
    log_density,
    moving,
    panel_ends,
    refine,
    tails,
    traced_edges,
)

__all__ = ["Pair", "Quadrature", "between_densities", "expectation_under"]


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
    p, q = centred(p, q)
    pair = Pair(divergence, p, q)
    fixed = Pair(divergence, constant(p), constant(q))
    marks, edges = [*landmarks_of((p, q)), *landmarks], edges_of((p, q))
    beyond = sum(size for size, _ in tails(fixed, marks, edges))
    if beyond == math.inf:
        return Quadrature(mnp.asarray(math.inf), 0.0)
    panels = refine(fixed, first_panels(fixed, marks, edges), tolerance)
    if panels is None:
        return Quadrature(mnp.asarray(math.inf), 0.0)
    nodes, weights, value, error = panels
    value, error = divergence.sign * value, float(error + beyond)
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
        """log |q f(p/q) less the tangent|, its sign and its size before the logs were subtracted, as NumPy arrays.

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

    def is_traced(self):
        marks = landmarks_of((self.p, self.q))
        where = mnp.asarray([sum((m for m, _ in marks), 0.0)])
        return any(isinstance(part, Tracer) for part in (*self.logs(where), *traced_edges((self.p, self.q))))

    def weighted_sum(self, nodes, weights, edges):
        """The quadrature sum over fixed nodes as a differentiable function; nodes between edges move with the edges."""
        x, stretch = moving((self.p, self.q), nodes, edges)
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


def centred(p, q):
    """Both densities moved so that the narrowest feature sits at 0, where floats are dense; the divergence stays."""
    if not (isinstance(p, Density) and isinstance(q, Density)):
        return p, q
    location, scale = min(landmarks_of((p, q)), key=lambda mark: mark[1], default=(0.0, 1.0))
    return (p, q) if abs(location) <= scale else (p.moved(-location), q.moved(-location))


def first_panels(pair, marks, edges):
    """The panels to start from; a kink of f at u = 1 falls on an end."""
    ends = panel_ends(marks, edges)
    if pair.divergence.formulas.f_second is None:
        ends = np.unique(np.concatenate([ends, pair.crossings(ends)]))
    return ends[:-1], ends[1:]
