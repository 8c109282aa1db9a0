"""The entropy of a law that can only be sampled, by nearest neighbours: how far it is from one that has a density."""

from __future__ import annotations

import math

import numpy as np

from ...backend import to_numpy
from ...metrics.rows import as_rows
from ...validation import count


def entropy_by_neighbours(samples, neighbours: int = 5) -> float:
    """H = psi(n) - psi(k) + log V_d + d/n sum log e_i, in nats, of rows (n, d).

    e_i is the distance of row i to its k-th nearest other one, V_d the volume of the unit ball. Consistent, with an
    error of about (1 / n)^(2 / d) where densities are smooth; -inf where k others lie on one point, as those of a law
    without density do. Source: Kozachenko & Leonenko (1987), in the form of Kraskov et al. (2004), equation 20.

    >>> rows = np.random.default_rng(0).standard_normal((10_000, 2))
    >>> abs(entropy_by_neighbours(rows) - math.log(2.0 * math.pi * math.e)) < 0.03
    True
    """
    from scipy.spatial import cKDTree
    from scipy.special import digamma, gammaln

    k = count(neighbours, "the number of neighbours")
    rows = as_rows(samples, "samples", k + 1)
    n, d = rows.shape
    far = cKDTree(rows).query(rows, k=[k + 1])[0][:, 0]  # a row is its own nearest
    with np.errstate(divide="ignore"):
        logs = np.log(far)
    return float(digamma(n) - digamma(k) + 0.5 * d * math.log(math.pi) - gammaln(0.5 * d + 1.0) + d * logs.mean())


def kl_from_standard_normal(samples, neighbours: int = 5) -> float:
    """KL(q || N(0, I)) = -H(q) + E_q |z|^2 / 2 + d/2 log 2 pi of rows (n, d) of q, in nats, its entropy by neighbours.

    >>> rows = 1.0 + np.random.default_rng(0).standard_normal((10_000, 2))
    >>> abs(kl_from_standard_normal(rows) - 1.0) < 0.05
    True
    """
    rows = np.asarray(to_numpy(samples), dtype=float)
    cross = 0.5 * float((rows**2).sum(-1).mean()) + 0.5 * rows.shape[-1] * math.log(2.0 * math.pi)
    return cross - entropy_by_neighbours(rows, neighbours)
