"""Adaptive quadrature over the line for an integrand given by its logarithm and its sign.

An integrand is an object with ``log_integrand(x)``: log |h|, the sign of h, and the size of what the logarithm
was computed from, at NumPy points x. Nothing underflows, whatever the value. Panels start from where the densities
say they live, on every scale between and beyond, and are halved where Gauss and Kronrod disagree; what lies
beyond the last panel is told from how the tail falls.
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


def moving(densities, nodes, edges):
    """The nodes and the factor of their weights as functions of the edges they lie between."""
    traced = traced_edges(densities)
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


# -- panels --------------------------------------------------------------------------------------------------


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


def tails(integrand, landmarks, edges):
    """(size, sign) of what lies beyond `FARTHEST` to the left and to the right; the size is +inf if the integrand
    falls like 1/x or slower where only the tail is left.
    """
    size = max([abs(m) + s for m, s in landmarks] + [abs(e) for e in edges] + [1e-100])
    far = np.append(size * np.array([1e45, 1e75]), FARTHEST)
    found = []
    for direction in (-1.0, 1.0):
        level, sign, _ = integrand.log_integrand(direction * far)
        if np.any(level == np.inf):
            found.append((math.inf, float(sign[np.argmax(level)])))
            continue
        if np.any(level == -np.inf):
            found.append((0.0, 1.0))
            continue
        slope = (level[1] - level[0]) / math.log(far[1] / far[0]) + 1.0
        beyond = math.inf if slope >= FLAT else math.exp(min(level[2] + math.log(FARTHEST), 700.0)) / -slope
        found.append((beyond, float(sign[2])))
    return found


def refine(pair, panels, tolerance):
    """(nodes, weights, value, error) of panels halved until Gauss and Kronrod agree; ``None`` if the integral diverges."""
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
    """The log-integrand and its sign at the nodes of each panel, and how many roundings
    its logarithms and its x amount to.
    """
    x = 0.5 * (low + high)[:, None] + 0.5 * (high - low)[:, None] * XI
    level, sign, size = (part.reshape(x.shape) for part in pair.log_integrand(x.ravel()))
    with np.errstate(invalid="ignore", divide="ignore"):
        counts = level > np.max(level, axis=1, keepdims=True) - 30.0
        slope = np.abs(np.diff(level, axis=1) / np.diff(x, axis=1) * x[:, 1:]) * counts[:, 1:]
        noise = np.max(np.nan_to_num(np.abs(size) * counts, posinf=0.0), axis=1)
        return level, sign, 1.0 + noise + np.max(np.nan_to_num(slope, posinf=0.0), axis=1)
