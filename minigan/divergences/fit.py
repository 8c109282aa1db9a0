"""The Gaussian that a row likes best: argmin over (mean, deviation) of D_f(P || N(mean, deviation^2)).

The rows disagree when no Gaussian is P: kl covers all of a mixture (it matches mean and variance), reverse_kl
and neyman seek a mode, the others lie between (Nowozin, Cseke and Tomioka 2016, table 2).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import minigan.numpy as mnp

from ..autodiff import value_and_grad
from ..backend import to_numpy
from ..densities import Density, Normal
from .frames import can
from .panels import landmarks_of
from .quadrature import Quadrature, expectation_under

STATIONARY = 1e-5  # a slope at the best Gaussian that a minimum may have


class Fit(NamedTuple):
    """The best Gaussian, its divergence, and the other local minima found, best first."""

    gaussian: Normal
    divergence: Quadrature
    others: tuple = ()


def moments(p: Density) -> tuple[float, float]:
    """Mean and standard deviation of a density by quadrature; (nan, inf) where the deviation is infinite."""
    if math.isinf(float(expectation_under(p, mnp.square))):
        return math.nan, math.inf
    mean = float(expectation_under(p, lambda x: x))
    return mean, math.sqrt(float(expectation_under(p, lambda x: mnp.square(x - mean))))


def fit_gaussian(divergence, p: Density, starts=()) -> Fit:
    """The Gaussian Q that minimises D_f(P || Q) over its mean and deviation, by quasi-Newton steps from several starts.

    Starts are P's mean and deviation and every landmark of P (its components), each at its own and at half
    and twice its scale; ``starts`` adds pairs (mean, deviation). Gradients come from differentiating the quadrature.
    P is measured in units of its widest feature first, so that where it lies and how wide it is does not matter.
    Raises `ValueError` where the divergence is infinite from every start, and where no minimum was found.

    >>> from minigan.densities import Mixture
    >>> from minigan.divergences import kl
    >>> p = Mixture((0.5, 0.5), (Normal(-1.0, 0.5), Normal(1.0, 0.5)))
    >>> best = fit_gaussian(kl, p).gaussian
    >>> abs(best.mean) < 1e-8, round(best.deviation ** 2, 6)  # moments are matched: 1 + 1/4
    (True, 1.25)
    """
    place, unit = own_units(p)
    if (place, unit) != (0.0, 1.0):
        seen = p.moved(-place).scaled(1.0 / unit)
        found = _fit(divergence, seen, [((m - place) / unit, s / unit) for m, s in starts])
        back = lambda gaussian: gaussian.scaled(unit).moved(place)
        others = tuple((back(gaussian), value) for gaussian, value in found.others)
        return Fit(back(found.gaussian), found.divergence, others)
    return _fit(divergence, p, starts)


def own_units(p) -> tuple[float, float]:
    """A place and a power of two, from which and in which the features of P are neither far nor large nor small."""
    marks = landmarks_of([p])
    if not (marks and can(p, "moved") and can(p, "scaled")):
        return 0.0, 1.0
    place, scale = max(marks, key=lambda mark: mark[1])
    spread = max(max(abs(m - place), s) for m, s in marks)
    if not math.isfinite(spread):
        raise ValueError(f"a component of P lies so far from the others that no float tells how far: {p!r}")
    if scale >= 1e-3 and spread <= 1e3 and abs(place) <= 1e3 * scale:
        return 0.0, 1.0
    narrowest = min(s for _, s in marks)
    log_unit = math.log2(scale) if narrowest / scale > 1e-250 else 0.5 * (math.log2(scale) + math.log2(narrowest))
    return place, 2.0 ** round(log_unit)


def _fit(divergence, p, starts) -> Fit:
    from scipy.optimize import minimize

    def objective(point):
        def value(mean, log_deviation):
            return divergence.between_densities(p, Normal(mean, mnp.exp(log_deviation))).value

        if not (abs(point[0]) < 1e250 and abs(point[1]) < 600.0):
            return 1e300, [0.0, 0.0]
        at = tuple(mnp.asarray(float(x)) for x in point)
        found, slope = value_and_grad(value, argnums=(0, 1))(*at)
        found = float(to_numpy(found))
        slope = [float(to_numpy(g)) for g in slope]
        if not (math.isfinite(found) and all(math.isfinite(g) for g in slope)):
            return 1e300, [0.0, 0.0]
        return found, slope

    marks = [tuple(float(to_numpy(mnp.asarray(part))) for part in mark) for mark in p.landmarks()]
    mean, deviation = moments(p)
    marks = [(mean, deviation), *marks] if math.isfinite(deviation) else marks
    points = [*starts, *((m, s * k) for m, s in marks for k in (1.0, 0.5, 2.0))]
    found = []
    for m, s in points:
        start = (m, math.log(s))
        if objective(start)[0] >= 1e300:
            continue
        end = minimize(objective, start, jac=True, method="BFGS", options={"gtol": 1e-4, "maxiter": 200})
        found.append((float(end.fun), tuple(end.x)))
    if not found:
        raise ValueError(
            f"{divergence.name} between P and a Gaussian is infinite from every start: give starts=[(mean, deviation)] "
            "of a Gaussian with wider (kl, pearson) or narrower (reverse_kl, neyman) tails, if there is one"
        )
    distinct = []
    for _, rough in sorted(found):
        if all(math.dist(rough, other) > 1e-2 for _, other, _ in distinct):
            end = minimize(objective, rough, jac=True, method="BFGS", options={"gtol": 1e-11, "maxiter": 200})
            slope = abs(end.jac[0]) * math.exp(end.x[1]) + abs(end.jac[1])  # a deviation to the side, and e times as wide
            distinct.append((float(end.fun), tuple(float(x) for x in end.x), float(slope)))
    (value, best, slope), *others = sorted(distinct)
    if slope > STATIONARY * max(1.0, abs(value)):
        raise ValueError(
            f"no Gaussian was found at which {divergence.name} is smallest: from N({best[0]:g}, {math.exp(best[1]):g}) "
            f"with {value:g} it still falls, by {slope:.1g} a deviation; give starts=[(mean, deviation)] near the "
            "minimum, if there is one"
        )
    gaussian = Normal(best[0], math.exp(best[1]))
    others = tuple((Normal(m, math.exp(s)), value) for value, (m, s), _ in others)
    return Fit(gaussian, divergence.between_densities(p, gaussian), others)
