"""E_p[h(x)] of a function h under a density on the line, also where h overflows while the density underflows.

The product is formed from log p and log |h|. Beyond the last x at which h fits into a float, log |h| is continued
by the powers and the logarithm of x that fit its last values, which is what the log-ratios of Gaussian,
Laplace and Student densities are. So exp(0.499 x^2) has the expectation it has, and exp(x^2) an infinite one.
An infinity (or NaN) that begins where the density itself underflows is taken for an overflow, too.
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..autodiff.tracer import Tracer
from ..backend import to_numpy
from ..densities import Mixture
from .frames import Frame, Panels, can, frame_of
from .mass import check_tails_of
from .panels import XI, Quadrature, constant, edges_of, error_of_tails, landmarks_of, log_density, moving, refine, tails

HUGE = 1e300  # beyond, a value is taken from its logarithm's continuation
STEEP = 1e30  # a function that jumps to infinity from below this has not overflowed: it is infinite,
SMALLEST_LOG = -700.0  # unless the density is below exp of this, where it underflows
COUNTS = 1e-12  # the share of an expectation that may be without its derivative
NEAR_ZERO = 1e4  # in its scales: a density farther away is moved before its function is
APART = 1e9  # in its scales: a component so far from the narrowest is seen from its own place
BOTH_INFINITE = "the function has no expectation: its positive and its negative part are both infinite"


def expectation_under(density, function, tolerance=1e-10, landmarks=(), edges=()):
    """E_p[h(x)] as a `Quadrature` (value, error), for a function h of arrays; differentiable in what h
    and the density depend on.

    Features of h that are narrower than the density's need ``landmarks``, pairs (location, scale), and its jumps other
    than changes of sign ``edges``.
    +inf or -inf where the integral diverges, in a tail or because h is infinite where p is not 0. Raises
    `ValueError` where both parts are infinite, so that there is no expectation (x under a Cauchy density), where h
    is NaN at a place with mass, and under a gradient where the value comes from where h overflows.

    >>> from minigan.densities import Normal
    >>> round(float(expectation_under(Normal(1.0, 2.0), mnp.square)), 9)
    5.0
    >>> round(float(expectation_under(Normal(), lambda x: mnp.exp(0.495 * x * x))), 9)  # overflows at 38
    10.0
    """
    marks, own_edges = [*landmarks_of([density]), *landmarks], edges_of([density])
    narrowest = min(marks, key=lambda mark: mark[1], default=(0.0, 1.0))[0]
    if isinstance(density, Mixture) and any(abs(m - narrowest) > APART * s for m, s in marks):
        return _of_components(density, function, tolerance, landmarks, edges)
    if can(density, "moved") and any(abs(m) > NEAR_ZERO * s for m, s in marks) and math.isfinite(narrowest):
        there, h = narrowest, function  # the densities' own places are finer seen from the narrowest of them
        density, function = density.moved(-there), (lambda x: h(there + x))
        landmarks = [(m - there, s) for m, s in landmarks]
        edges = [edge - there for edge in edges]
        marks, own_edges = [*landmarks_of([density]), *landmarks], edges_of([density])
    frame = _frame(marks, [*own_edges, *edges])
    ends = _ends(frame)
    check_tails_of(constant(density), "the density", frame)
    weighted = Weighted(constant(density), function, ends, marks)
    ends = np.unique(np.concatenate([ends, weighted.crossings(ends)]))
    nodes, weights, value, error, beyond = integrated(weighted, ends, frame, tolerance)
    if nodes is None:
        return Quadrature(mnp.asarray(value), error)
    x, stretch = moving([density], nodes)
    value, without_derivative = weighted.terms(density, nodes, x, mnp.asarray(weights) * stretch)
    without_derivative += abs(beyond) / max(abs(float(to_numpy(stop_gradient(value)))), 1e-300)
    if without_derivative > COUNTS and isinstance(value, Tracer):
        raise ValueError(
            f"the function overflows, or the density has its tails, where {without_derivative:.1g} of its expectation "
            "comes from, so its derivative there is lost: divide it by something large"
        )
    return Quadrature(value + float(beyond), float(error))


def _of_components(mixture, function, tolerance, landmarks, edges):
    """Components too far apart to be seen from one place, one by one."""
    parts = [expectation_under(part, function, tolerance, landmarks, edges) for part in mixture.components]
    values = {float(part) for part in parts}
    if {math.inf, -math.inf} <= values:
        raise ValueError(BOTH_INFINITE)
    weights = [float(to_numpy(stop_gradient(w))) for w in mixture.weights]
    value = sum((w * part.value for w, part in zip(mixture.weights, parts)), mnp.asarray(0.0))
    return Quadrature(value, sum(w * part.error for w, part in zip(weights, parts)))


def _frame(marks, edges):
    """The `Frame` of a function of x, which is seen from 0."""
    frame = frame_of((), marks, edges)
    return Frame(frame.landmarks, sorted(set(edges)), [0.0], frame.farthest)


def _ends(frame):
    panels = frame.panels()
    return np.append(panels.low, panels.high[-1:])


def loses_values(density, inner, outer, landmarks, edges):
    """Whether ``inner`` overflows where ``outer``, computed from it, is then infinite without having grown that far."""
    ends = _ends(_frame(landmarks, edges))
    inside, outside = (Weighted(constant(density), function, ends, landmarks) for function in (inner, outer))
    at_ends = np.isfinite(outside.values(ends))
    pairs = ((inside.left, outside.left, at_ends[0]), (inside.right, outside.right, at_ends[-1]))
    return any(one is not None and other is None and not known for one, other, known in pairs)


def integrated(integrand, ends, frame, tolerance):
    """(nodes, weights, value, error, tails' part) of an integrand of either sign; the first two ``None`` where the value
    is infinite.
    """
    beyond = tails(integrand, frame)
    infinite, found = {tail.sign for tail in beyond if tail.size == math.inf}, None
    if not infinite:
        found = refine(integrand, Panels(np.zeros(len(ends) - 1), ends[:-1], ends[1:]), tolerance)
        if found is None:
            infinite = integrand.infinite
        elif math.isinf(found[2]):
            infinite = {math.copysign(1.0, found[2])}
    if len(infinite) == 2:
        raise ValueError(BOTH_INFINITE)
    if infinite:
        return None, None, next(iter(infinite)) * math.inf, 0.0, 0.0
    (_, nodes), weights, value, error = found
    error += error_of_tails(beyond, max(abs(value), error / tolerance))
    return nodes, weights, value, error, sum(tail.sign * tail.size for tail in beyond)


class Weighted:
    """A density times a function, as the quadrature wants it: in logarithms."""

    def __init__(self, density, function, ends, marks):
        self.density, self.function = density, function
        self.infinite = set()  # the signs of the infinite values met
        self.anchor = marks[0][0] if marks else ends[len(ends) // 2]
        x = ends[self.log_p(ends) > -np.inf]
        middle = int(np.argmin(np.abs(x - self.anchor)))
        right, left = x[middle:], x[middle::-1]
        self.right, self.left = (self.continued(side) for side in (right, left))

    def log_p(self, x):
        with np.errstate(all="ignore"):
            return np.broadcast_to(to_numpy(stop_gradient(log_density(self.density, mnp.asarray(x)))), x.shape)

    def values(self, x):
        with np.errstate(all="ignore"):
            return np.broadcast_to(to_numpy(stop_gradient(self.function(mnp.asarray(x)))), x.shape).astype(float)

    def continued(self, outward):
        """The `Continuation` of h on one side; ``None`` where h stays finite, or is infinite in earnest."""
        end = last_finite(self.values, outward)
        if end is None:
            return None
        at_end = np.array([end])
        overflows = np.abs(self.values(at_end)) > STEEP
        return Continuation(self, end) if overflows or self.log_p(at_end) < SMALLEST_LOG else None

    def crossings(self, ends):
        """Where h changes its sign, found by halving between the nodes of the panels: it may jump there."""
        x = (0.5 * (ends[1:] + ends[:-1])[:, None] + 0.5 * (ends[1:] - ends[:-1])[:, None] * XI).ravel()
        x = x[self.log_p(x) > SMALLEST_LOG]
        sign = np.sign(self.values(x))
        change = np.nonzero(sign[1:] * sign[:-1] < 0)[0]
        low, high, sign_low = x[change], x[change + 1], sign[change]
        for _ in range(60 if len(change) else 0):
            middle = 0.5 * (low + high)
            stays = np.sign(self.values(middle)) == sign_low
            low, high = np.where(stays, middle, low), np.where(stays, high, middle)
        return high

    def log_product(self, x, log_p):
        """log p|h| and the sign of h, continued where h overflows, and where that is."""
        h = self.values(x)
        with np.errstate(all="ignore"):
            level, sign, continued = (
                log_p + np.log(np.abs(h)),
                np.where(h < 0, -1.0, 1.0),
                np.zeros(x.shape, dtype=bool),
            )
        for side in (self.left, self.right):
            if side is not None:
                beyond = side.beyond(x)
                level, sign = np.where(beyond, side.log_product(x, log_p), level), np.where(beyond, side.sign, sign)
                continued |= beyond
        there = log_p > -np.inf
        if np.any(there & np.isnan(level)):
            raise ValueError(f"the function is NaN at {x[there & np.isnan(level)][0]:.6g}, where the density is not 0")
        return np.where(there, level, -np.inf), sign, continued

    def log_integrand(self, x, origin):
        """log p|h|, the sign of h, and how many roundings it amounts to."""
        log_p = self.log_p(x)
        level, sign, _ = self.log_product(x, log_p)
        self.infinite |= set(sign[level == np.inf])
        return level, sign, np.where(log_p > -np.inf, np.abs(log_p), 0.0) + 8.0

    def terms(self, density, nodes, x, weights):
        """The quadrature sum as a differentiable function, and the share of it that is constant in h."""
        log_p_there = self.log_p(nodes)
        level, sign, continued = self.log_product(nodes, log_p_there)
        by_logs = (log_p_there < SMALLEST_LOG) & (level > -np.inf) & ~continued
        known = mnp.asarray(np.where(continued, level, 0.0))
        continued, by_logs = mnp.asarray(continued), mnp.asarray(by_logs)
        log_p = log_density(density, x)
        h = self.function(mnp.where(continued, self.anchor, x))  # so that nothing infinite is differentiated
        logs = continued | by_logs
        log_h = mnp.log(mnp.abs(mnp.where(by_logs, h, 1.0)))
        moved = mnp.where(logs, log_p, 0.0) - mnp.asarray(np.where(to_numpy(continued), log_p_there, 0.0))
        in_logs = mnp.asarray(sign) * mnp.exp(
            moved + log_h + known
        )  # where continued, ``moved`` is 0 but for its slope
        terms = weights * mnp.where(logs, in_logs, mnp.exp(log_p) * mnp.where(logs, 0.0, h))
        sizes = np.abs(to_numpy(stop_gradient(terms)))
        share = float(np.sum(sizes[to_numpy(continued)])) / max(float(np.sum(sizes)), 1e-300)
        return mnp.sum(terms), share


class Continuation:
    """log p|h| beyond the last x on one side at which h fits into a float, as far as that is known
    from the values before it.
    """

    def __init__(self, weighted, end):
        self.anchor, self.end = weighted.anchor, end
        self.sign = math.copysign(1.0, weighted.values(np.array([end]))[0])
        fits = []
        for nearest in (0.1, 0.4, 0.7):  # the wider the better told apart, unless h only later becomes what it stays
            t = np.linspace(nearest, 1.0, 16)
            x = self.anchor + t * (end - self.anchor)
            with np.errstate(all="ignore"):
                levels = np.log(np.abs(weighted.values(x)))
            if np.all(np.isfinite(levels)):
                rounding = 64 * np.finfo(float).eps * np.max(np.abs(levels))
                fits.append((Growth(t, levels, rounding), Growth(t, levels + weighted.log_p(x), rounding)))
        if not fits:
            raise ValueError(f"the function is 0 or undefined before {end:.6g}, where it overflows")
        self.of_function, self.of_product = (min(kind, key=lambda g: (g.residual, g.rank)) for kind in zip(*fits))

    def beyond(self, x):
        return x > self.end if self.end > self.anchor else x < self.end

    def log_product(self, x, log_p):
        """log p|h|: log p and what is known of log |h|, unless these cancel to their last digits;
        then what is known of the sum.
        """
        t = np.where(self.beyond(x), (x - self.anchor) / (self.end - self.anchor), 1.0)
        log_h = self.of_function(t)
        return np.where(np.abs(log_p + log_h) <= 1e-10 * np.abs(log_h), self.of_product(t), log_p + log_h)


class Growth:
    """A sum of 1, log t, t, t^2, 1/t and 1/t^2 through points, by least squares: as few as fit to rounding.

    A t^2 that is only noise would win over everything far out, so the faster a term grows the later it is taken up.
    """

    TERMS = (lambda t: t * t, lambda t: t, np.log, np.ones_like, lambda t: 1.0 / t, lambda t: 1.0 / (t * t))
    GROWING = ((3,), (2, 3), (1, 3), (0, 3), (1, 2, 3), (0, 1, 3), (0, 2, 3), (0, 1, 2, 3))

    def __init__(self, t, levels, rounding):
        self.residual = math.inf
        for rank, kept in enumerate(kept + decaying for kept in self.GROWING for decaying in ((), (4, 5))):
            matrix = np.stack([self.TERMS[k](t) for k in kept], axis=-1)
            coefficients = np.linalg.lstsq(matrix, levels, rcond=None)[0]
            residual = max(float(np.max(np.abs(matrix @ coefficients - levels))), rounding)
            if residual < 0.1 * self.residual:
                self.residual, self.rank, self.kept, self.coefficients = residual, rank, kept, coefficients

    def __call__(self, t):
        with np.errstate(over="ignore", invalid="ignore"):
            return sum(c * self.TERMS[k](t) for k, c in zip(self.kept, self.coefficients))


def last_finite(values, outward):
    """The last point with |h| <= `HUGE` before the first without, to the last digits; ``None`` if all are such."""
    good = np.abs(values(outward)) <= HUGE
    if np.all(good) or not good[0]:
        return None
    first_bad = int(np.argmin(good))
    low, high = outward[first_bad - 1], outward[first_bad]
    for _ in range(12):
        x = np.linspace(low, high, 33)
        bad = ~(np.abs(values(x)) <= HUGE)
        bad[-1] = True
        k = int(np.argmax(bad))
        low, high = x[max(k - 1, 0)], x[k]
    return float(low)
