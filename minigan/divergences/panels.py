"""Adaptive quadrature over the line for an integrand given by its logarithm and its sign.

An integrand is an object with ``log_integrand(x, origin)``: log |h|, the sign of h, and how many roundings the value
amounts to, at NumPy offsets x from an origin each (see `frames`). Nothing underflows, whatever the value. Panels
start from where the densities say they live, on every scale between and beyond, and are halved where Gauss
and Kronrod disagree; what lies beyond the last panel is told from how the tail falls.
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
from ..densities import Density

# The 15 nodes of Kronrod and the 7 of Gauss among them on [-1, 1] (QUADPACK, qk15): positive half, from the outside in.
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
MOST_PANELS = 6000  # an integrand that needs more, or thrice what it began with, is rougher than its own rounding
FLAT = -1e-10  # an integrand that falls like x^(-1 - 1e-10) or slower is taken to be infinite
NEGLIGIBLE = 1e-24
NAN = "a log-density is NaN where the two were compared: look at the densities' parameters"


class Quadrature(NamedTuple):
    """An integral and an estimate of its error, both absolute; ``float(result)`` is the value.

    >>> from minigan.densities import Normal
    >>> from minigan.divergences import pearson
    >>> found = pearson.between_densities(Normal(0.0, 1.0), Normal(1.0, 1.0))  # e - 1
    >>> bool(abs(float(found) - math.expm1(1.0)) <= found.error < 1e-10)
    True
    """

    value: object
    error: float

    def __float__(self) -> float:
        return float(to_numpy(self.value))


# -- where densities live ------------------------------------------------------------------------------------


def traced_edges(densities):
    """Where the densities jump or bend, as they come."""
    return [e for density in densities if isinstance(density, Density) for e in density.edges()]


def edges_of(densities):
    """Where the densities jump or bend, in order, as plain numbers."""
    found = [float(to_numpy(stop_gradient(e))) for e in traced_edges(densities)]
    return sorted({e for e in found if math.isfinite(e)})


def landmarks_of(densities):
    """Pairs (location, scale) of the densities' features, as plain numbers."""
    found = [m for density in densities if isinstance(density, Density) for m in density.landmarks()]
    return [tuple(float(to_numpy(stop_gradient(part))) for part in mark) for mark in found]


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


def moving(densities, nodes):
    """The nodes and the factor of their weights as functions of the edges they lie between, all from one origin."""
    traced = traced_edges(densities)
    if not any(isinstance(e, Tracer) for e in traced):
        return mnp.asarray(nodes), 1.0
    by_value = {float(to_numpy(stop_gradient(e))): e for e in reversed(traced)}
    edges = sorted(by_value)
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


# -- panels --------------------------------------------------------------------------------------------------


class Tail(NamedTuple):
    """What lies beyond the panels on one side: its size, its sign, and how far off the size may be."""

    size: float
    sign: float
    error: float


def tails(integrand, frame) -> list[Tail]:
    """The `Tail` to the left and to the right; its size is +inf if the integrand falls like 1/x or slower there.

    An integrand falls like a Gaussian, so that nothing is left, or like x^s (log x)^k, as those of heavy-tailed
    densities and of their log-ratios do: s and k are told from three points, and a fourth tells how far off they are.
    """
    room = math.log(frame.farthest / frame.extent)
    logs = math.log(frame.extent) + room * np.array([0.32, 0.55, 0.77, 1.0])
    found = []
    for direction, origin in ((-1.0, frame.origins[0]), (1.0, frame.origins[-1])):
        level, sign, noise = integrand.log_integrand(direction * np.exp(logs), np.full(4, origin))
        if np.any(level == np.inf):
            found.append(Tail(math.inf, float(sign[np.argmax(level)]), 0.0))
        elif np.any(level == -np.inf) or level[0] + logs[0] < -1e4:
            found.append(Tail(0.0, 1.0, 0.0))
        else:
            found.append(_power_tail(logs, level, float(sign[-1]), float(np.max(noise)), room))
    return found


def _power_tail(logs, level, sign, noise, room):
    """From the logarithms of four x and of the integrand there."""
    with_log = np.log(np.abs(logs)) if np.all(np.abs(logs) > 2.0) else np.zeros(4)
    straight = (level[3] - level[2]) / (logs[3] - logs[2])
    slope, power, misfit = straight, 0.0, abs(level[1] - level[3] - straight * (logs[1] - logs[3]))
    if np.any(with_log):
        kept = [0, 1, 3]
        matrix = np.stack([np.ones(3), logs[kept], with_log[kept]], axis=-1)
        constant_, bent, exponent = np.linalg.solve(matrix, level[kept])
        missed = abs(constant_ + bent * logs[2] + exponent * with_log[2] - level[2])
        if missed < 0.1 * misfit and abs(exponent) < 20.0:
            slope, power, misfit = bent, exponent, missed
    fall = -(slope + 1.0)
    if fall <= -FLAT:
        return Tail(math.inf, sign, 0.0)
    t, weights = np.polynomial.laguerre.laggauss(30)
    bend = float(weights @ np.maximum(1.0 + t / (fall * logs[3]), 1e-300) ** power) if power else 1.0
    size = math.exp(min(level[3] + logs[3], 700.0)) / fall * bend
    doubt = (misfit + 8.0 * EPS * noise) * (1.0 + 4.0 / (fall * room))
    if doubt > 1e-3 or (abs(power) > 1e-6 and fall * room < 20.0):
        return Tail(size, sign, math.inf if size > 1e-300 else 0.0)  # other sums of powers fit as well, and end elsewhere
    return Tail(size, sign, size * doubt)


def error_of_tails(found, size) -> float:
    """How far off the tails may be together, beside an integral of that ``size``.

    Raises `ValueError` where they are part of its digits, and how much they hold cannot be told.
    """
    if any(tail.error == math.inf and tail.size > 1e-13 * abs(size) for tail in found):
        raise ValueError(
            "the tails are so heavy that much of the value lies beyond the largest float, and how much cannot be told: "
            "give the densities more degrees of freedom"
        )
    return sum(min(tail.error, 1e3 * tail.size) for tail in found)


def refine(pair, panels, tolerance):
    """(nodes, weights, value, error) of panels halved until Gauss and Kronrod agree; ``None`` if the integral diverges.

    ``nodes`` are origins and offsets.
    """
    origin, low, high = panels
    level, sign, noise = evaluate(pair, origin, low, high)
    most = max(MOST_PANELS, 3 * len(low))
    for turn in range(ROUNDS):
        if np.any(level == np.inf):
            return None
        half = 0.5 * (high - low)
        # scaled by the largest contribution, not the largest integrand: a narrow peak may weigh little
        with np.errstate(divide="ignore"):
            weighed = level + np.log(half)[:, None]
        shift = np.max(weighed, initial=-np.inf)
        if shift == -np.inf:
            return (np.zeros(0), np.zeros(0)), np.zeros(0), 0.0, 0.0
        heights = sign * np.exp(weighed - shift)
        kronrod, gauss = heights @ WEIGHTS, heights @ GAUSS_WEIGHTS
        total = float(np.sum(np.abs(kronrod)))
        floor = 2.0 * EPS * ((np.abs(heights) * noise) @ WEIGHTS)
        spread = np.abs(heights - 0.5 * kronrod[:, None]) @ WEIGHTS
        difference = np.abs(kronrod - gauss)
        sharp = np.where(
            spread > 0,
            spread * np.minimum(1.0, (200.0 * difference / np.where(spread > 0, spread, 1.0)) ** 1.5),
            0.0,
        )
        errors = np.where(difference > 0, np.minimum(difference, np.maximum(sharp, 0.0)), 0.0)
        narrow = half <= 8.0 * EPS * np.maximum(np.abs(low), np.abs(high))
        open_ = np.where((errors <= floor) | narrow, 0.0, errors)
        if np.sum(open_) <= tolerance * total or len(low) > most or turn == ROUNDS - 1:
            break
        order = np.argsort(open_)
        keep = np.cumsum(open_[order]) <= 0.5 * tolerance * total
        split, rest = order[~keep], order[keep]
        middle = 0.5 * (low[split] + high[split])
        new_origin = np.concatenate([origin[split], origin[split]])
        new_low, new_high = np.concatenate([low[split], middle]), np.concatenate([middle, high[split]])
        found = evaluate(pair, new_origin, new_low, new_high)
        origin = np.concatenate([origin[rest], new_origin])
        low, high = np.concatenate([low[rest], new_low]), np.concatenate([high[rest], new_high])
        level, sign, noise = (np.concatenate([old[rest], new]) for old, new in zip((level, sign, noise), found))
    value = unscaled(math.fsum(kronrod), shift)
    error = unscaled(float(np.sum(errors) + np.sum(floor)) + 2.0 * EPS * total, shift)
    matters = np.abs(kronrod) > NEGLIGIBLE * total
    offsets = (0.5 * (low + high)[matters, None] + half[matters, None] * XI).ravel()
    weights = (half[matters, None] * WEIGHTS).ravel()
    return (np.repeat(origin[matters], len(XI)), offsets), weights, value, error


def unscaled(x, shift):
    """x exp(shift), infinite only where that is."""
    if x == 0.0:
        return 0.0
    exponent = shift + math.log(abs(x))
    return math.copysign(math.inf, x) if exponent > 709.78 else x * math.exp(shift) if shift < 700.0 else (
        math.copysign(math.exp(exponent), x)
    )


def evaluate(pair, origin, low, high):
    """The log-integrand and its sign at the nodes of each panel, and how many roundings they and x amount to."""
    x = 0.5 * (low + high)[:, None] + 0.5 * (high - low)[:, None] * XI
    found = pair.log_integrand(x.ravel(), np.repeat(origin, len(XI)))
    level, sign, size = (part.reshape(x.shape) for part in found)
    with np.errstate(all="ignore"):
        counts = level > np.max(level, axis=1, keepdims=True) - 30.0
        # how far the logarithm moves when x does by a rounding
        slope = np.nan_to_num(np.abs(np.diff(level, axis=1) / np.diff(x, axis=1) * x[:, 1:]), posinf=0.0)
        slope = np.maximum(np.pad(slope, ((0, 0), (1, 0))), np.pad(slope, ((0, 0), (0, 1))))
        return level, sign, 1.0 + np.where(counts, np.nan_to_num(np.abs(size), posinf=0.0) + slope, 0.0)
