"""What may be the f of a row: convex with f(1) = 0, and f' its derivative. Seen on a grid, and refused with values."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..autodiff.tracer import describe
from ..backend import to_numpy
from .curve import derivative
from .stable import quietly
from .table import FAMILIES, TABLE

RATIOS = np.exp(np.linspace(-10.0, 10.0, 401))
EPS = float(np.finfo(float).eps)
AT_ONE = 1e-12  # what f(1) may be by rounding


def checked(name, f, f_prime):
    """f and f' as functions of floating arrays that keep shape and dtype; raises what `derived_row` does."""
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"a row needs a name, a string such as 'le_cam', and this is {name!r}")
    if name in TABLE or name.partition("(")[0] in FAMILIES:
        raise ValueError(f"{name} is a row of the table: give yours another name")
    for function, what in ((f, "f"), (f_prime, "f_prime")):
        if not callable(function) and not (what == "f_prime" and function is None):
            raise TypeError(f"{what} of {name} must be a function of an array of ratios, and is {function!r}")
    f = of_arrays(f, f"f of {name}")
    at_one = float(to_numpy(quietly(f)(mnp.asarray([1.0])))[0])
    if not abs(at_one) <= AT_ONE:
        raise ValueError(f"f(1) of {name} is {at_one:.6g}, and D(P || P) must be 0: take f(u) - f(1) for f(u)")
    values = on_ratios(f, f"f of {name}")
    refuse_bends(values, name)
    if f_prime is None:
        f_prime = differentiated(f, f"f of {name}", "; or state f_prime")
    else:
        f_prime = of_arrays(f_prime, f"f_prime of {name}")
    refuse_slopes(values, on_ratios(f_prime, f"f_prime of {name}"), name)
    differentiated(f_prime, f"f_prime of {name}")
    return f, f_prime


def of_arrays(function, what, does="does not take arrays", instead=""):
    """``function``, tried on an array, with its results in the dtype of the argument."""
    u = mnp.asarray([0.5, 1.0, 2.0])
    try:
        found = quietly(function)(u)
    except Exception as error:
        raise ValueError(
            f"{what} {does}: at u = 0.5, 1, 2 it raised {type(error).__name__}: {error}; write it with minigan.numpy "
            f"(mnp.log, mnp.where) rather than with math and if{instead}"
        ) from error
    if type(found) is not type(u) or tuple(found.shape) != tuple(u.shape):
        other = type(found).__module__ if hasattr(found, "shape") and type(found) is not type(u) else ""
        made = f"{describe(found)} of {other}" if other else describe(found)
        raise ValueError(f"{what} must return an array like its argument: of {describe(u)} it made {made}")

    def in_dtype(u):
        found = function(u)
        return found if found.dtype == u.dtype else mnp.astype(found, u.dtype)

    return in_dtype


def differentiated(function, what, instead=""):
    return of_arrays(derivative(function), what, "cannot be differentiated", instead)


def on_ratios(function, what):
    """Its values at `RATIOS`, which may be infinite far from 1 but nowhere NaN."""
    values = to_numpy(quietly(function)(mnp.asarray(RATIOS)))
    wrong = np.isnan(values) | (np.isinf(values) & (RATIOS > 0.1) & (RATIOS < 10.0))
    if wrong.any():
        at = _nearest_to_one(wrong, RATIOS)
        raise ValueError(f"{what} is {values[at]} at u = {RATIOS[at]:.4g}: it must be finite for every u > 0")
    return values


def refuse_bends(f, name):
    """Raise for an f that lies above a chord, or nowhere off its tangent."""
    u = RATIOS
    with np.errstate(all="ignore"):
        steepness = np.diff(f) / np.diff(u)
        rounding = 8.0 * EPS * (abs(f[1:]) + abs(f[:-1]) + u[1:] + 1.0) / np.diff(u)
        fall = _known(steepness[:-1] - steepness[1:] - rounding[:-1] - rounding[1:])
        line = f[-1] * (u - 1.0) / (u[-1] - 1.0)
    if fall.max() > 0.0:
        k = _nearest_to_one(fall > 0.0, u[1:-1]) + 1
        chord = f[k - 1] + (f[k + 1] - f[k - 1]) * (u[k] - u[k - 1]) / (u[k + 1] - u[k - 1])
        raise ValueError(
            f"f of {name} is not convex: f({u[k]:.6g}) = {f[k]:.6g} lies above {chord:.6g}, "
            f"the chord from u = {u[k - 1]:.6g} to u = {u[k + 1]:.6g}"
        )
    if np.all(abs(f - line) <= 1e-12 * (1.0 + abs(line))):
        steepness = f[-1] / (u[-1] - 1.0)
        raise ValueError(f"f of {name} is linear, {steepness:.6g} (u - 1), so that its divergence is always 0")


def refuse_slopes(f, slope, name):
    """Raise for an f' that falls, or that does not lie between the steepness of the chords before and after."""
    u = RATIOS
    with np.errstate(all="ignore"):
        scale = abs(slope[1:]) + abs(slope[:-1]) + 1.0
        fall = _known(slope[:-1] - slope[1:] - 64.0 * EPS * scale)
        chord = np.diff(f) / np.diff(u)
        rounding = 8.0 * EPS * (abs(f[1:]) + abs(f[:-1]) + u[1:] + 1.0) / np.diff(u) + 1e-9 * scale
        outside = _known(np.maximum(slope[:-1] - chord, chord - slope[1:]) - rounding)
    if fall.max() > 0.0:
        k = _nearest_to_one(fall > 0.0, u[1:])
        raise ValueError(
            f"f_prime of {name} falls, which the derivative of a convex f never does: "
            f"from {slope[k]:.6g} at u = {u[k]:.6g} to {slope[k + 1]:.6g} at u = {u[k + 1]:.6g}"
        )
    if outside.max() > 0.0:
        k = _nearest_to_one(outside > 0.0, u[1:])
        raise ValueError(
            f"f_prime of {name} is not the derivative of f: from u = {u[k]:.6g} to u = {u[k + 1]:.6g} f rises "
            f"by {chord[k]:.6g} per unit, and f_prime goes from {slope[k]:.6g} to {slope[k + 1]:.6g}"
        )


def _nearest_to_one(wrong, u) -> int:
    return int(np.argmin(np.where(wrong, abs(np.log(u)), np.inf)))


def _known(x):
    return np.where(np.isfinite(x), x, -np.inf)
