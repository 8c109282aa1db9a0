"""Divergences from samples alone, by distances to nearest neighbours.

The k-th neighbour's distance measures a density without fitting one. The estimates converge to the truth, but
slowly: their bias falls like n^(-1/d) in d dimensions, and it is not that of a lower bound. Samples live on
the host.
"""

from __future__ import annotations

import math

import numpy as np

from ..backend import to_numpy
from .gaussians import POWERS


def neighbour_distances(real, fake, k):
    """The distance of each real point to its k-th neighbour among the other real points, and among the fake
    ones.
    """
    from scipy.spatial import cKDTree

    real, fake = _points(real, "real"), _points(fake, "fake")
    if real.shape[1] != fake.shape[1]:
        raise ValueError(f"real points have {real.shape[1]} coordinates and fake ones {fake.shape[1]}")
    if not 1 <= k < len(real) or k > len(fake):
        raise ValueError(f"k must be between 1 and one less than the sample size, and is {k}")
    among_real = cKDTree(real).query(real, k=[k + 1])[0][:, 0]  # a point is its own nearest
    among_fake = cKDTree(fake).query(real, k=[k])[0][:, 0]
    if np.any(among_real == 0) or np.any(among_fake == 0):
        raise ValueError("neighbours at distance 0: a sample has ties, so it does not come from a density")
    return among_real, among_fake, len(real), len(fake), real.shape[1]


def nearest_neighbour(divergence, real, fake, k=5):
    """An estimate of D_f(P || Q) from points of P and of Q, shapes (n,) or (n, d); a Python float.

    kl: (d/n) sum log(nu_i / rho_i) + log(m / (n - 1)), Wang, Kulkarni and Verdu (2009), with rho_i and nu_i
    the distances of x_i to its k-th neighbour among the other x and among the y; reverse_kl with the roles
    changed, jeffreys their sum. The powers (alpha, squared_hellinger, pearson, neyman): the mean of ((n - 1)
    rho_i^d / (m nu_i^d))^(1 - a) times Gamma(k)^2 / (Gamma(k - a + 1) Gamma(k + a - 1)), Poczos and Schneider
    (2011), for k > |a - 1|. Raises `ValueError` for the other rows, and for ties.

    >>> from minigan.divergences import kl
    >>> rng = np.random.default_rng(0)
    >>> value = nearest_neighbour(kl, rng.normal(0, 1, 4000), rng.normal(1, 1, 4000))
    >>> abs(value - 0.5) < 0.06
    True
    """
    name = divergence.name
    if name == "kl":
        return _kl(real, fake, k)
    if name == "reverse_kl":
        return _kl(fake, real, k)
    if name == "jeffreys":
        return _kl(real, fake, k) + _kl(fake, real, k)
    if name in POWERS or name.startswith("alpha("):
        a, factor = POWERS.get(name, (divergence.parameter, 1.0))
        return factor * (_integral_of_powers(real, fake, k, a) - 1.0) / (a * (a - 1.0))
    raise ValueError(f"{name} has no nearest-neighbour estimate here; train a critic and take its bound")


def _kl(real, fake, k):
    rho, nu, n, m, d = neighbour_distances(real, fake, k)
    return float(d * np.mean(np.log(nu / rho)) + math.log(m / (n - 1)))


def _integral_of_powers(real, fake, k, a):
    if k <= abs(a - 1.0):
        raise ValueError(f"alpha = {a:g} needs k > |alpha - 1| neighbours, and k is {k}")
    rho, nu, n, m, d = neighbour_distances(real, fake, k)
    ratio = d * np.log(rho / nu) + math.log((n - 1) / m)
    correction = 2.0 * math.lgamma(k) - math.lgamma(k - a + 1.0) - math.lgamma(k + a - 1.0)
    return float(np.mean(np.exp((1.0 - a) * ratio + correction)))


def _points(x, name):
    x = np.asarray(to_numpy(x), dtype=float)
    if x.ndim not in (1, 2):
        raise ValueError(f"{name} points have the shape (n,) or (n, d), and these have {x.shape}")
    return x[:, None] if x.ndim == 1 else x
