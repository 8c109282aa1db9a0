"""A row of one's own: from f, and from f' where it is at hand, all that a row of the table carries."""

from __future__ import annotations

import functools
import math
from fractions import Fraction
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..rebuilt import rebuilt_by_name
from .convexity import RATIOS, checked
from .curve import Curve
from .row import Domain, FDivergence, Formulas
from .stable import log_softplus, quietly

FARTHEST = 40.0  # |v| at which an activation has rounded to the end of its domain


@rebuilt_by_name
def derived_row(name: str, f, f_prime=None) -> FDivergence:
    """The row of D_f(P || Q) = E_q[f(p/q)] for a convex f with f(1) = 0; what else it carries is found numerically.

    ``f`` and ``f_prime`` take an array of ratios u > 0 and return one of its shape, written with `minigan.numpy` or with
    NumPy's own functions; where ``f_prime`` is left out, f is differentiated by autodiff. f may have kinks: f' jumps.

    The ratio (f')^-1 is searched for, f* follows from it, f'' is taken by autodiff; the limits at u = 0 and infinity,
    the domain and the growth come from powers of u, fitted where f is still known to its last digits.
    The activation is v on a domain without an end, else f'(inf) - log(1 + exp(-v)), or where f'(0) is finite as well
    f'(0) + (f'(inf) - f'(0)) sigmoid(2v): the lecture's for all rows but reverse_kl, neyman and squared_hellinger.

    Such a row does all that a row of the table does, but slower, by a search of 26 steps where the table has a formula,
    and with fewer digits. Derived from textbook formulas of f alone, the table's own rows agree with the exact ones
    to 1e-12 in divergences, and to 1e-8 of max(1, |value|) in all functions, for ratios from exp(-30) to exp(30); first
    derivatives likewise. What a rounding of t or of f itself moves, it moves here too.

    Raises `ValueError` for an f that takes no arrays, is not convex, is linear, or has f(1) != 0;
    for an f' that falls or is not the derivative of f, each with the values that show it, seen on a grid of ratios;
    and for a name of the table. Source: Nowozin, Cseke and Tomioka (2016), section 2.

    >>> le_cam = derived_row("le_cam", lambda u: (u - 1.0) ** 2 / (2.0 * (u + 1.0)))
    >>> round(float(le_cam.between([0.5, 0.5], [0.25, 0.75])), 12)  # 1/2 sum (p - q)^2 / (p + q) = (1/12 + 1/20) / 2
    0.066666666667
    >>> print(le_cam.title, le_cam.domain)
    le_cam (derived numerically) (-inf, 0.5]
    """
    return _row(name, Curve(*checked(name, f, f_prime), name))


def _row(name, curve, dual=None) -> FDivergence:
    low, high = curve.left.slope_limit, curve.right.slope_limit
    at_zero, conjugate_at_end = 0.0 - curve.left.conjugate_limit, curve.right.conjugate_limit
    domain = Domain() if math.isinf(high) else Domain.below(Fraction(high), closed=math.isfinite(conjugate_at_end))
    end_is_reached = curve.right.slope == high  # f is linear from some u on
    output = _activation(low, high, domain, curve.tangent)

    def log_ratio(t):
        return curve.log_ratio(t, mnp.log(domain.room(t)), mnp.log(t - low))

    def log_ratio_of_output(v):
        return curve.log_ratio(output.activation(v), output.log_room(v), output.log_depth(v))

    def conjugate(t):
        inside = mnp.where(t <= low, -at_zero, curve.conjugate_of(t, log_ratio(t)))
        at_end = math.inf if math.isinf(high) else conjugate_at_end
        return mnp.where(t > high, math.inf, mnp.where(t == high, at_end, inside))

    def ratio(t):
        u = mnp.where((t < low) | ((t == low) & (curve.left.slope > low)), 0.0, mnp.exp(log_ratio(t)))
        return mnp.where(t > high if end_is_reached else t >= high, math.inf, u)

    formulas = Formulas(
        f=_continued(curve, curve.f, lambda v: mnp.exp(v) * curve.slope(v) - curve.conjugate(v)),
        f_prime=_continued(curve, curve.f_prime, curve.slope),
        f_second=None if curve.is_broken_line else lambda u: curve.curvature(mnp.log(u)) / u,
        conjugate=conjugate,
        ratio=ratio,
        activation=output.activation,
        activation_slope=output.slope,
        conjugate_of_activation=lambda v: curve.conjugate_of(output.activation(v), log_ratio_of_output(v)),
        composition_slope=lambda v: mnp.exp(log_ratio_of_output(v)) * output.slope(v),
        canonical_activation=curve.slope,
        conjugate_of_canonical_activation=curve.conjugate,
        mantissa=curve.mantissa,
    )
    row = FDivergence(
        name=name,
        title=f"{name} (derived numerically)",
        formulas=Formulas(*(None if one is None else _in_float64(one) for one in formulas)),
        domain=domain,
        threshold=curve.tangent,
        threshold_in_v=output.threshold,
        f_at_zero=at_zero,
        f_prime_at_zero=low,
        f_prime_at_infinity=high,
        growth=curve.powers,
        tangent=curve.tangent,
        as_printed=None,
        dual_row=functools.cache(dual or (lambda: _dual(row, curve))),
    )
    return row


def _dual(row, curve) -> FDivergence:
    """The row of u f(1/u), whose derivative is f - u f' at 1/u; ``row`` itself where that is f again."""

    def f(u):
        return u * row.formulas.f(1.0 / u)

    def f_prime(u):
        return -curve.conjugate(-mnp.log(u))

    u = mnp.asarray(RATIOS)
    own, mirrored = (to_numpy(quietly(part)(u)) for part in (row.formulas.f, f))
    if np.allclose(own, mirrored, rtol=1e-9, atol=1e-12):
        return row
    name = f"dual of {row.name}"
    return _row(name, Curve(f, f_prime, name), lambda: row)


class _Output(NamedTuple):
    """An activation T = g(v), g'(v), log(f'(inf) - T), log(T - f'(0)) and the v with g(v) = f'(1).

    Of the two logarithms the one for an infinite end is never looked at.
    """

    activation: object
    slope: object
    log_room: object
    log_depth: object
    threshold: float


def _activation(low, high, domain, tangent) -> _Output:
    if math.isinf(high):
        return _Output(lambda v: v, mnp.ones_like, mnp.ones_like, lambda v: mnp.log(v - low), tangent)
    if math.isinf(low):
        return _Output(
            activation=lambda v: domain.keep(high - mnp.softplus(-v)),
            slope=lambda v: mnp.sigmoid(-v),
            log_room=lambda v: log_softplus(-v),
            log_depth=mnp.ones_like,
            threshold=FARTHEST if tangent >= high else min(-math.log(math.expm1(high - tangent)), FARTHEST),
        )
    width = high - low
    below, above = max(tangent - low, 0.0), max(high - tangent, 0.0)
    return _Output(
        activation=lambda v: domain.keep(low + width * mnp.sigmoid(2.0 * v)),
        slope=lambda v: 2.0 * width * mnp.sigmoid(2.0 * v) * mnp.sigmoid(-2.0 * v),
        log_room=lambda v: math.log(width) + mnp.log_sigmoid(-2.0 * v),
        log_depth=lambda v: math.log(width) + mnp.log_sigmoid(2.0 * v),
        threshold=0.5 * math.log(below / above) if below * above > 0.0 else math.copysign(FARTHEST, below - above),
    )


def _continued(curve, function, of_log):
    """``function`` of u between the tails of the curve, ``of_log`` of log u beyond."""
    low, high = math.exp(curve.left.start), math.exp(curve.right.start)

    def continued(u):
        inside = (u >= low) & (u <= high)
        return mnp.where(inside, function(mnp.where(inside, u, 1.0)), of_log(mnp.log(mnp.where(inside, 1.0, u))))

    return continued


def _in_float64(function):
    return lambda x: mnp.astype(function(mnp.astype(x, "float64")), x.dtype)
