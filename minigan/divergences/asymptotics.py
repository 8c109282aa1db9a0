"""How a convex f goes on towards u = 0 and u = infinity: powers of u, fitted where f is still known to its last digits.

Everything that a row carries follows from kappa(v) = u^2 f''(u), v = log u.
It is the derivative in v of u f'(u) - f(u), which is f*(f'(u)), and kappa / u that of f'(u);
a sum of powers of u for kappa is therefore one for both, and tells their limits. In u f' - f two large numbers cancel,
so from some u on the powers know it better than f and f' themselves do.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

EDGES = (0.5, 1, 1.5, 2, 3, 4, 6, 8, 11, 14, 16, 19, 22, 26, 32, 45, 64, 90, 128, 181, 256, 362, 512, 700)
LONGEST = 5.0  # of the stretch before an edge that powers are fitted to
DECAYS = (None, 0.25, 1.0 / 3.0, 0.5, 1.0, 2.0)  # how much faster than the leading power the second one falls, or none
ENOUGH = 1e-12  # digits to be content with: of several edges as good as that, the last
NO_POWER = 1e-6  # a misfit beyond which powers do not describe f: then only rounding limits how far f is followed


def growth(rate, x, damping=0.0):
    """exp(-damping |x|) times the integral of exp(rate s) over s from 0 to x, without overflow on the way."""
    faded = damping * abs(x) if damping else 0.0
    if rate == 0.0:
        return x * mnp.exp(-faded) if damping else x
    r = rate * x
    return mnp.exp(mnp.maximum(r, 0.0) - faded) * -mnp.expm1(-abs(r)) * mnp.sign(x) / abs(rate)


class Tail(NamedTuple):
    """kappa(start + x) = sum of c exp(k x) over ``terms`` (c, k), for x away from 0: to the right of a positive start,
    to the left of a negative one. ``slope`` is f'(u) and ``conjugate`` u f'(u) - f(u) where it starts.
    """

    start: float
    slope: float
    conjugate: float
    terms: tuple[tuple[float, float], ...]

    def beyond(self, v):
        """v - start on the tail's own side, 0 on the other."""
        x = v - self.start
        return mnp.maximum(x, 0.0) if self.start > 0 else mnp.minimum(x, 0.0)

    def kappa_at(self, v):
        """d/dv of `conjugate_at`."""
        return sum((c * mnp.exp(k * self.beyond(v)) for c, k in self.terms), mnp.zeros_like(v))

    def curvature_at(self, v):
        """d/dv of `slope_at`, u f''(u)."""
        return sum((self.per_ratio(c) * mnp.exp((k - 1.0) * self.beyond(v)) for c, k in self.terms), mnp.zeros_like(v))

    def slope_at(self, v):
        """f'(u), u = exp v."""
        terms = (self.per_ratio(c) * growth(k - 1.0, self.beyond(v)) for c, k in self.terms)
        return sum(terms, mnp.full_like(v, self.slope))

    def conjugate_at(self, v):
        """u f'(u) - f(u), u = exp v."""
        terms = (c * growth(k, self.beyond(v)) for c, k in self.terms)
        return sum(terms, mnp.full_like(v, self.conjugate))

    def remainder_at(self, v, tangent, power):
        """exp(-power |v|) (f(u) - tangent (u - 1)): (f' - tangent) u less what `conjugate_at` has over the tangent's."""
        x, side = self.beyond(v), math.copysign(1.0, self.start)
        of_slope, of_conjugate = power - side, power
        slope = (self.slope - tangent) * mnp.exp(-of_slope * abs(x))
        conjugate = (self.conjugate - tangent) * mnp.exp(-of_conjugate * abs(x))
        for c, k in self.terms:
            slope = slope + self.per_ratio(c) * growth(k - 1.0, x, of_slope)
            conjugate = conjugate + c * growth(k, x, of_conjugate)
        scale = abs(self.start)
        return math.exp(-of_slope * scale) * slope - math.exp(-of_conjugate * scale) * conjugate

    def per_ratio(self, c):
        """A coefficient of kappa as one of kappa / u."""
        return c * math.exp(-self.start)

    @property
    def power(self) -> float:
        """The leading k; 0 where f is linear."""
        powers = [k for _, k in self.terms] or [0.0]
        return max(powers) if self.start > 0 else min(powers)

    @property
    def slope_limit(self) -> float:
        """f'(0) or f'(inf)."""
        return _limit(self.start, self.slope, [(self.per_ratio(c), k - 1.0) for c, k in self.terms])

    @property
    def conjugate_limit(self) -> float:
        """-f(0), or f* at the end f'(inf) of its domain."""
        return _limit(self.start, self.conjugate, self.terms)

    def log_ratio(self, t, log_gap):
        """The v with f'(exp v) = t; where f' has a limit, from ``log_gap``, the log of its distance from t."""
        side = math.copysign(1.0, self.start)
        rates = [(self.per_ratio(c), k - 1.0) for c, k in self.terms]
        if not rates:
            return mnp.full_like(t, self.start)
        if math.isinf(self.slope_limit):
            ((c, rate),) = rates
            y = side * mnp.maximum(side * (t - self.slope), 0.0) / c
            return self.start + (y if rate == 0.0 else mnp.log1p(rate * y) / rate)
        (c, rate), *_ = rates
        x = (log_gap - math.log(c / abs(rate))) / rate
        for _ in range(3 if len(rates) > 1 else 0):  # Newton's steps for the logarithm of the gap, nearly linear in x
            gap = sum(c / abs(rate) * mnp.exp(rate * x) for c, rate in rates)
            fall = sum(math.copysign(c, rate) * mnp.exp(rate * x) for c, rate in rates) / gap
            x = x - (mnp.log(gap) - log_gap) / fall
        return self.start + side * mnp.maximum(side * x, 0.0)


def _limit(start, value, terms):
    side = math.copysign(1.0, start)
    if any(rate * side >= 0.0 for _, rate in terms):
        return side * math.inf
    return rounded(value - sum(c / rate for c, rate in terms))


def rounded(x: float) -> float:
    """x, or the number of nine decimals that it is a rounding away from."""
    return round(x, 9) + 0.0 if abs(round(x, 9) - x) <= 1e-14 * max(1.0, abs(x)) else x


def fitted_tail(side: float, measured) -> Tail | None:
    """The `Tail` to the right (``side`` 1.0) or left (-1.0) that fits best.

    ``measured(v)`` returns f, f' and d f'/dv at NumPy points v. Of many edges that one is taken up to which rounding
    and the misfit of powers together cost least; ``None`` where f'' is nowhere of one sign.
    """
    best, found = math.inf, None
    ordinary = max(float(abs(part).max()) for part in measured(np.linspace(-1.0, 1.0, 9))[:2])  # the size of f and f'
    for edge in EDGES:
        v = side * np.linspace(edge - min(LONGEST, 0.5 * edge), edge, 41)
        f, slope, curvature = measured(v)
        with np.errstate(all="ignore"):
            u = np.exp(v)
            conjugate = u * slope - f
            kappa, size = u * curvature, max(abs(conjugate[-1]), ordinary, 1e-300)
            rounding = 4e-16 * (abs(u * slope) + abs(f))[-1] / size
        if not all(np.isfinite(part).all() for part in (f, slope, conjugate, kappa)):
            continue
        if (kappa == 0.0).all():
            misfit, terms = 0.0, ()
        elif (kappa > 0.0).all():
            misfit, terms = _powers(v, np.log(kappa), side)
        else:
            continue
        tail = Tail(float(v[-1]), float(slope[-1]), float(conjugate[-1]), terms)
        if misfit <= NO_POWER:  # then u f' - f has to rise by the integral of kappa, or it is noise
            risen = sum(-c * (math.expm1(k * (v[0] - v[-1])) / k if k else v[0] - v[-1]) for c, k in terms)
            rounding = max(rounding, abs(conjugate[-1] - conjugate[0] - risen) / size)
        cost = max(rounding, min(misfit, NO_POWER), ENOUGH)
        falls = found is not None and side * (found.conjugate - tail.conjugate) > NO_POWER * size
        if cost <= best and not falls:  # u f' - f never does, but where f has lost all of its digits
            best, found = cost, tail
    return found


def _powers(v, log_kappa, side):
    """The misfit of one or two powers to log kappa, and their terms from the last v on."""
    one, *two = (_least_squares(v, log_kappa, decay, None) for decay in DECAYS)
    best = min(two, key=lambda fit: fit[0])
    best = best if best[0] < 0.1 * one[0] else one  # a second power has to earn its place
    misfit, rate, decay, _, _ = best
    if misfit > NO_POWER:
        rate = (log_kappa[-1] - log_kappa[-2]) / (v[-1] - v[-2])
        return misfit, ((math.exp(log_kappa[-1]), float(rate)),)
    simple = float(Fraction(rate).limit_denominator(100))
    if abs(simple - rate) <= 10.0 * max(misfit, 1e-12):
        rate = simple
    if (rate - 1.0) * side >= 0.0:
        decay = None  # f' is unbounded, and followed so far that a second power is below rounding
    _, _, _, level, second = _least_squares(v, log_kappa, decay, rate)
    c = math.exp(level)
    return misfit, ((c, rate),) if decay is None else ((c, rate), (c * second, rate - side * decay))


def _least_squares(v, log_kappa, decay, rate):
    """(misfit, rate, decay, level, second) of level + rate x + second exp(-decay |x|), x from the last v on."""
    x = v - v[-1]
    columns = [np.ones_like(x)]
    columns += [x] if rate is None else []
    columns += [np.exp(decay * abs(x))] if decay else []
    wanted = log_kappa if rate is None else log_kappa - rate * x
    matrix = np.stack(columns, axis=1)
    size = abs(matrix).max(axis=0)
    found = np.linalg.lstsq(matrix / size, wanted, rcond=None)[0] / size
    misfit = float(abs(matrix @ found - wanted).max())
    return misfit, float(found[1]) if rate is None else rate, decay, float(found[0]), float(found[-1]) if decay else 0.0
