"""A convex f along v = log u, from u = 0 to infinity: its slope, the slope's inverse, what lies above the tangent at 1.

Between the two tails (`minigan.divergences.asymptotics`) f and f' are asked directly, beyond they are continued.
Functions take and return float64 arrays.
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..autodiff import jvp
from ..backend import to_numpy
from .asymptotics import fitted_tail
from .stable import quietly, with_slope

NEAR = 0.5  # of v: there f is integrated from its second derivative, as f less its tangent cancels
HALVINGS, NEWTON = 20, 6  # of the search for a ratio
CELLS = 1024  # that jumps of f' are looked for in
NODES, WEIGHTS = (part.tolist() for part in np.polynomial.legendre.leggauss(10))


def derivative(function):
    """The derivative of an elementwise function of one array, by forward mode."""
    return lambda x: jvp(function, (x,), (mnp.ones_like(x),))[1]


class Curve:
    """f and f' as functions of v, with the ``tails`` to the left and right that they are continued by."""

    def __init__(self, f, f_prime, what):
        self.f, self.f_prime = f, f_prime
        self.steepening = derivative(lambda v: f_prime(mnp.exp(v)))
        self.left, self.right = (fitted_tail(side, self.measured) for side in (-1.0, 1.0))
        if self.left is None or self.right is None:
            end = "0" if self.left is None else "infinity"
            raise ValueError(
                f"f'' of {what} is now positive and now not, on the way to u = {end}: how f goes on there cannot be told"
            )
        self.tangent = float(self.measured(np.zeros(1))[1][0])
        self.powers = max(1.0, self.right.power), max(0.0, -self.left.power)
        self.is_broken_line = not self.left.terms and not self.right.terms and self.bends_nowhere()
        self.jumps = self.jumps_of_slope()
        self.is_smooth_at_one = self.integral_agrees()
        self.slope = with_slope(self._slope, lambda v, y: self.curvature(v))
        self.conjugate = with_slope(self._conjugate, lambda v, y: self.kappa(v))
        self.mantissa = with_slope(self._mantissa, lambda v, y: self._mantissa_slope(v))

    # -- f as NumPy sees it --------------------------------------------------------------------------------

    def measured(self, v):
        """f, f' and d f'/dv at NumPy points v."""
        v = mnp.asarray(v)
        u = mnp.exp(v)
        return tuple(to_numpy(quietly(part)(at)) for part, at in ((self.f, u), (self.f_prime, u), (self.steepening, v)))

    def bends_nowhere(self):
        """Whether f'' is zero between the tails, too."""
        return not self.measured(np.linspace(self.left.start, self.right.start, CELLS))[2].any()

    def jumps_of_slope(self):
        """(v, f' before, f' after) wherever f' jumps, by halving every cell towards the greater rise."""

        def slope(v):
            return self.measured(v)[1]

        grid = np.linspace(self.left.start, self.right.start, CELLS + 1)
        low, high = grid[:-1], grid[1:]
        at_low, at_high = slope(low), slope(high)
        for _ in range(60):
            middle = 0.5 * (low + high)
            at_middle = slope(middle)
            left = at_middle - at_low > at_high - at_middle
            low, at_low = np.where(left, low, middle), np.where(left, at_low, at_middle)
            high, at_high = np.where(left, middle, high), np.where(left, at_middle, at_high)
        v = 0.5 * (low + high)
        v = np.where(abs(v) < 1e-15, 0.0, v)
        aside = 1e-12 * (1.0 + abs(v))
        before, after = slope(v - aside), slope(v + aside)
        jumped = after - before > 1e-9 * (1.0 + abs(before) + abs(after))
        return sorted({tuple(map(float, one)) for one in zip(v[jumped], before[jumped], after[jumped])})

    def integral_agrees(self):
        """Whether f near 1 is what its second derivative says; it is not where f has a kink there."""
        v = np.concatenate([-np.linspace(0.05, NEAR, 10), np.linspace(0.05, NEAR, 10)])
        direct = self.measured(v)[0] - self.tangent * np.expm1(v)
        integral = to_numpy(quietly(self._near)(mnp.asarray(v))[0])
        return bool(np.all(abs(direct - integral) <= 1e-11 + 1e-9 * abs(direct)))

    # -- functions of v ----------------------------------------------------------------------------------------

    def _joined(self, v, between, tail):
        """``between`` of v and u between the tails, ``tail`` of each beyond."""
        inside = (v >= self.left.start) & (v <= self.right.start)
        safe = mnp.where(inside, v, 0.0)
        outside = mnp.where(v > 0.0, tail(self.right), tail(self.left))
        return mnp.where(inside, between(safe, mnp.exp(safe)), mnp.where(v == v, outside, v))

    def _slope(self, v):
        return self._joined(v, lambda v, u: self.f_prime(u), lambda tail: tail.slope_at(v))

    def curvature(self, v):
        """u f''(u)."""
        return self._joined(v, lambda v, u: self.steepening(v), lambda tail: tail.curvature_at(v))

    def _conjugate(self, v):
        return self._joined(v, lambda v, u: u * self.f_prime(u) - self.f(u), lambda tail: tail.conjugate_at(v))

    def kappa(self, v):
        """u^2 f''(u)."""
        return self._joined(v, lambda v, u: u * self.steepening(v), lambda tail: tail.kappa_at(v))

    def _faded(self, v):
        """The logarithm of what the mantissa is divided by."""
        return abs(v) * mnp.where(v > 0.0, mnp.full_like(v, self.powers[0]), self.powers[1])

    def _near(self, v):
        """f less its tangent, and f' less that, as integrals of the second derivative over 0 to v."""
        short = mnp.where(abs(v) <= NEAR, v, 0.0)
        above, slope = mnp.zeros_like(v), mnp.zeros_like(v)
        for node, weight in zip(NODES, WEIGHTS):
            share = 0.5 * (1.0 + node)
            term = 0.5 * weight * short * self.steepening(share * short)
            above = above + term * mnp.exp(share * short) * mnp.expm1((1.0 - share) * short)
            slope = slope + term
        return above, slope

    def _mantissa(self, v):
        def far(v, u):
            return (self.f(u) - self.tangent * (u - 1.0)) * mnp.exp(-self._faded(v))

        def tail(tail):
            return tail.remainder_at(v, self.tangent, self.powers[0] if tail is self.right else self.powers[1])

        found = self._joined(v, far, tail)
        if self.is_smooth_at_one:
            found = mnp.where(abs(v) < NEAR, self._near(v)[0] * mnp.exp(-self._faded(v)), found)
        return mnp.where(found < 0.0, 0.0, found)

    def _mantissa_slope(self, v):
        rise = self._slope(v) - self.tangent
        if self.is_smooth_at_one:
            rise = mnp.where(abs(v) < NEAR, self._near(v)[1], rise)
        lost = mnp.where(v > 0.0, mnp.full_like(v, self.powers[0]), -self.powers[1])
        moved = v - self._faded(v)
        rising = rise * mnp.exp(mnp.where(mnp.isfinite(rise), moved, -math.inf))
        return mnp.where(mnp.isfinite(rise), rising, 0.0) - lost * self._mantissa(v)

    def log_ratio(self, t, log_room, log_depth):
        """The v with f'(exp v) = t: halved, then Newton's steps inside of what the halving left.

        ``log_room`` and ``log_depth`` are the logarithms of how far t is from f'(inf) and from f'(0), which t itself,
        once it rounds to one of them, does not tell.
        """
        low, high = mnp.full_like(t, self.left.start), mnp.full_like(t, self.right.start)
        inside = (t >= self.left.slope) & (t <= self.right.slope)
        wanted = mnp.where(inside, t, 0.5 * (self.left.slope + self.right.slope))

        def narrowed(v, low, high):
            less = self.f_prime(mnp.exp(v)) < wanted
            return mnp.where(less, v, low), mnp.where(less, high, v)

        for _ in range(HALVINGS):
            low, high = narrowed(0.5 * (low + high), low, high)
        v = 0.5 * (low + high)
        for i in range(NEWTON):
            low, high = narrowed(v, low, high)
            steepness = self.steepening(v)
            rising = steepness > 0.0
            step = v - (self.f_prime(mnp.exp(v)) - wanted) / mnp.where(rising, steepness, 1.0)
            kept = mnp.minimum(mnp.maximum(step, low), high)
            # a step out of the cell is kept at its end, in case v lies next to that, and the next time at its middle
            if i % 2:
                kept = mnp.where(kept == step, step, 0.5 * (low + high))
            v = mnp.where(rising, kept, 0.5 * (low + high))
        for at, before, after in self.jumps:
            v = mnp.where((t >= before) & (t <= after), at, v)
        v = mnp.where(t > self.right.slope, self.right.log_ratio(t, log_room), v)
        v = mnp.where(t < self.left.slope, self.left.log_ratio(t, log_depth), v)
        return mnp.where(t == t, v, t)

    def conjugate_of(self, t, v):
        """f*(t) from the v of `log_ratio`: u t - f(u), which an error of v changes in second order only."""
        return self._joined(v, lambda v, u: u * t - self.f(u), lambda tail: tail.conjugate_at(v))
