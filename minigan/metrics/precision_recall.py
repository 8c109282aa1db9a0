"""Precision and recall of a generator: is what it makes real, and does it make all that is real?"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from ..validation import count
from .rows import as_two


class PrecisionRecall(NamedTuple):
    """The share of generated samples on the real manifold, and of real ones on the generated manifold.

    >>> lost_a_mode = precision_recall([[0.0], [0.1]], [[0.0], [0.1], [5.0], [5.1]], neighbours=1)
    >>> lost_a_mode.precision, lost_a_mode.recall
    (1.0, 0.5)
    """

    precision: float
    recall: float


def precision_recall(fake, real, neighbours: int = 3) -> PrecisionRecall:
    """Manifolds are unions of balls about the samples, each as wide as its ``neighbours``-th nearest one is far.

    Precision is the share of ``fake``, shape (n, d), inside a ball about ``real``, (m, d); recall the share of
    ``real`` inside a ball about ``fake``. A generator that lost modes keeps its precision and loses recall; one that
    blurs does the reverse. At P = Q neither is 1: see `null_distribution`. A sample is not its own neighbour; a point
    on the rim is inside. Raises `ValueError` unless both have more than ``neighbours`` rows. Source: Kynkäänniemi et
    al. (2019), equations 1 and 2.

    >>> precision_recall([[0.0], [0.1], [0.2]], [[0.0], [0.1], [0.2], [9.0], [9.1], [9.2]], neighbours=1)
    PrecisionRecall(precision=1.0, recall=0.5)
    """
    neighbours = count(neighbours, "the number of neighbours")
    fake, real = as_two(fake, real, neighbours + 1)
    return PrecisionRecall(_inside(fake, real, neighbours), _inside(real, fake, neighbours))


def _inside(points, samples, neighbours) -> float:
    """The share of ``points`` in a ball about one of ``samples``."""
    reach = _reach(samples, neighbours)
    return float(np.mean(np.concatenate([(d <= reach[None, :]).any(1) for d in _distances(points, samples)])))


def _reach(samples, neighbours):
    """The distance of every sample to its k-th nearest other one; the sample itself is the 0-th."""
    return np.concatenate([np.partition(d, neighbours, axis=1)[:, neighbours] for d in _distances(samples, samples)])


def _distances(points, samples, rows: int = 512):
    """Squared distances, without the cancellation of products: equal samples are at 0 exactly.

    As many rows at a time as leave the differences in a cache: through memory they took ten times as long.
    """
    rows = max(1, min(rows, 200_000 // max(1, samples.size)))
    for start in range(0, len(points), rows):
        yield ((points[start : start + rows, None, :] - samples[None, :, :]) ** 2).sum(2)
