"""Coordinates in which a quadrature cannot miss a density's mass: standard units, and every far feature its own zero.

A float has 16 digits, so that at 1e17 the whole of N(1e17, 1) lies between two of them. A point is therefore an origin
and an offset from it, the densities are moved to the origin before they see the offset, and beside each feature
offsets are as fine as floats are beside 0. The units are chosen so that squares neither overflow nor underflow.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from ..densities import Density

FARTHEST = 1e140  # beyond, the square of x overflows
ORDINARY = (1e-100, 1e60)  # scales and places that need no other units
NEAR = 64.0  # in its scales: a feature as near to an origin needs none of its own
FEW = 8  # landmarks whose ladders need no thinning
MOST_ORIGINS = 16  # unless features are narrower than rounding leaves them beside the others


class Panels(NamedTuple):
    """Intervals [low, high] of offsets from an origin each, in order."""

    origin: np.ndarray
    low: np.ndarray
    high: np.ndarray


class Frame(NamedTuple):
    """Where to look: landmarks (location, scale), edges, origins, and the distance at which panels end and tails begin."""

    landmarks: list
    edges: list
    origins: list
    farthest: float

    @property
    def extent(self) -> float:
        """The largest distance from 0 at which there is a feature."""
        reach = [abs(location) + scale for location, scale in self.landmarks]
        return max([*reach, *(abs(edge) for edge in self.edges), 1e-100])

    def panels(self) -> Panels:
        """Panels around every landmark on every scale out to ``farthest``, cut at every edge."""
        if not self.landmarks:
            raise ValueError("say where the densities live: landmarks=[(location, scale), ...]")
        found = [_panels_at(self, i) for i in range(len(self.origins))]
        return Panels(*(np.concatenate(part) for part in zip(*found)))


def ordinary(landmarks, edges) -> bool:
    """Whether places and scales are such that x^2 stays in the floats."""
    return all(abs(m) <= ORDINARY[1] and ORDINARY[0] <= s <= ORDINARY[1] for m, s in landmarks) and all(
        abs(edge) <= ORDINARY[1] for edge in edges
    )


def units(landmarks, edges) -> float:
    """The power of two to multiply x by, so that the narrowest and the farthest feature lie as far from 1 as either."""
    if ordinary(landmarks, edges):
        return 1.0
    narrowest = min(scale for _, scale in landmarks)
    farthest = max([max(abs(m), s) for m, s in landmarks] + [abs(edge) for edge in edges])
    middle = 0.5 * (math.log2(narrowest) + math.log2(farthest))
    return 2.0 ** -min(max(round(middle), -1000), 1000)


def frame_of(densities, landmarks, edges) -> Frame:
    """The `Frame` of densities with these features; functions, and densities that cannot be moved, have the origin 0."""
    wrong = [mark for mark in landmarks if not (math.isfinite(mark[0]) and 0 < mark[1] < math.inf)]
    if wrong:
        location, scale = wrong[0]
        raise ValueError(
            f"a landmark is a place and a positive scale, and one is ({location:g}, {scale:g}): "
            "the densities reach beyond the floats"
        )
    simple = ordinary(landmarks, edges)
    origins = origins_of(landmarks) if all(can(density, "moved") for density in densities) else [0.0]
    return Frame(landmarks, edges, origins, FARTHEST if simple else 1e305)


def can(density, what) -> bool:
    """Whether a density is one that can be ``moved`` or ``scaled``, its components included."""
    if not isinstance(density, Density) or getattr(type(density), what) is getattr(Density, what):
        return False
    return all(can(part, what) for part in getattr(density, "components", ()))


def origins_of(landmarks) -> list:
    """Locations of landmarks, the narrowest first, of which every other landmark is near to one; in order."""
    marks = sorted(landmarks, key=lambda mark: mark[1])
    near = NEAR
    while True:
        found = np.zeros(0)
        for location, scale in marks:
            if not np.any(np.abs(found - location) <= near * scale):
                found = np.append(found, location)
            if len(found) > MOST_ORIGINS and near < 1e8:
                break
        if len(found) <= MOST_ORIGINS or near >= 1e8:
            break
        near *= 16.0
    first = marks[0] if marks else (0.0, 1.0)
    if len(found) <= 1 and abs(first[0]) <= first[1]:
        return [0.0]
    return sorted(found.tolist())


def _panels_at(frame, i) -> Panels:
    """The panels that belong to one origin: nearer to it than to the others."""
    origin = frame.origins[i]
    low = 0.5 * (frame.origins[i - 1] - origin) if i > 0 else -frame.farthest
    high = 0.5 * (frame.origins[i + 1] - origin) if i + 1 < len(frame.origins) else frame.farthest
    reach = frame.extent + abs(origin)
    ladder, spacing = [], []
    with np.errstate(over="ignore"):
        for location, scale in frame.landmarks:
            own = scale * STEPS
            kept = np.abs(own) < reach * 2.0**14  # from there on one ladder serves all
            at = (location - origin) + own[kept]
            ladder.append(at)
            spacing.append(scale * SPACING[kept])
        outward = reach * OUTWARD
        ladder += [outward, -outward]
        spacing += [outward, outward]
    ends, spacing = np.concatenate(ladder), np.concatenate(spacing)
    inside = (ends > low) & (ends < high)
    ends = thinned(ends[inside], spacing[inside]) if len(frame.landmarks) > FEW else ends[inside]
    edges = np.array([edge - origin for edge in frame.edges])
    ends = np.unique(np.concatenate([ends, edges[(edges > low) & (edges < high)], [low, high]]))
    return Panels(np.full(max(len(ends) - 1, 0), origin), ends[:-1], ends[1:])


# The odd factor keeps nodes off the places of symmetry, where branches of an integrand meet.
_POWERS = 1.0407 * np.concatenate(
    [2.0 ** np.arange(-3, 13), 2.0 ** np.arange(15, 470, 6), 2.0 ** np.arange(480, 1020, 20)]
)
OUTWARD = 1.0407 * np.concatenate([2.0 ** np.arange(15, 470, 6), 2.0 ** np.arange(480, 1020, 20)])
STEPS = np.concatenate([_POWERS, -_POWERS, [-0.0407]])
SPACING = np.concatenate([0.5 * _POWERS, 0.5 * _POWERS, [0.0407]])


def thinned(ends, spacing):
    """Of many ladders' rungs those that are not within a quarter of their own spacing of a finer ladder's."""
    octave = np.floor(np.log2(np.maximum(spacing, 1e-320)))
    kept = np.zeros(0)
    for level in np.unique(octave):
        some = np.sort(ends[octave == level])
        room = 0.25 * 2.0**level
        if len(kept):
            after = np.searchsorted(kept, some)
            below = np.abs(some - kept[np.maximum(after - 1, 0)])
            above = np.abs(some - kept[np.minimum(after, len(kept) - 1)])
            some = some[np.minimum(below, above) > room]
        if len(some):
            _, first = np.unique(np.floor(some / room), return_index=True)
            kept = np.sort(np.concatenate([kept, some[first]]))
    return kept
