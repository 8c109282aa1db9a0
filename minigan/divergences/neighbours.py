"""Divergences from samples alone, by nearest neighbours.

The k-th neighbour's distance measures a density without fitting one, and who the k nearest of a pooled sample
are measures the ratio of two. The estimates converge to the truth, but slowly (the distance's bias falls like n^(-1/d)
in d dimensions), and they err to either side. Samples live on the host.
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from .gaussians import POWERS

BY_DISTANCE = ("kl", "reverse_kl", "jeffreys")


def neighbour_distances(real, fake, k):
    """The distance of each real point to its k-th neighbour among the other real points, and among the fake ones."""
    from scipy.spatial import cKDTree

    real, fake = points_of(real, "real"), points_of(fake, "fake")
    if real.shape[1] != fake.shape[1]:
        raise ValueError(f"real points have {real.shape[1]} coordinates and fake ones {fake.shape[1]}")
    if not 1 <= k < len(real) or k > len(fake):
        raise ValueError(f"k must be between 1 and one less than the sample size, and is {k}")
    among_real = cKDTree(real).query(real, k=[k + 1])[0][:, 0]  # a point is its own nearest
    among_fake = cKDTree(fake).query(real, k=[k])[0][:, 0]
    if np.any(among_real == 0) or np.any(among_fake == 0):
        raise ValueError("neighbours at distance 0: a sample has ties, so it does not come from a density")
    return among_real, among_fake, len(real), len(fake), real.shape[1]


def nearest_neighbour(divergence, real, fake, k=None):
    """An estimate of D_f(P || Q) from points of P and of Q, shapes (n,) or (n, d); a Python float.

    kl: (d/n) sum log(nu_i / rho_i) + log(m / (n - 1)), Wang, Kulkarni and Verdu (2009), with rho_i and nu_i
    the distances of x_i to its k-th neighbour among the other x and among the y; reverse_kl with the roles
    changed, jeffreys their sum. The powers (alpha, squared_hellinger, pearson, neyman): the mean of ((n - 1)
    rho_i^d / (m nu_i^d))^(1 - a) times Gamma(k)^2 / (Gamma(k - a + 1) Gamma(k + a - 1)), Poczos and Schneider
    (2011), for k > |a - 1|. These are consistent for every fixed k, by default 5.

    The rows that are bounded and no power (the Jensen-Shannon ones, gan, total_variation) count who the k nearest are,
    `by_counting`: consistent for k -> inf with k/n -> 0, by default k = sqrt(n + m). Raises `ValueError` for a k
    outside the sample, and for ties where distances are taken.

    >>> from minigan.divergences import jensen_shannon, kl
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(0, 1, 4000), rng.normal(1, 1, 4000)
    >>> abs(nearest_neighbour(kl, x, y) - 0.5) < 0.06
    True
    >>> abs(nearest_neighbour(jensen_shannon, x, y) - 0.2228) < 0.02
    True
    """
    name = divergence.name
    if not goes_by_distance(divergence):
        return by_counting(divergence, real, fake, k)
    k = 5 if k is None else k
    if name == "kl":
        return _kl(real, fake, k)
    if name == "reverse_kl":
        return _kl(fake, real, k)
    if name == "jeffreys":
        return _kl(real, fake, k) + _kl(fake, real, k)
    a, factor = POWERS.get(name, (divergence.parameter, 1.0))
    return factor * (_integral_of_powers(real, fake, k, a) - 1.0) / (a * (a - 1.0))


def goes_by_distance(divergence) -> bool:
    """Whether `nearest_neighbour` measures distances for this row: kl, reverse_kl, jeffreys and the powers."""
    return divergence.name in BY_DISTANCE or divergence.name in POWERS or divergence.name.startswith("alpha(")


def can_be_estimated(divergence) -> bool:
    """Whether `nearest_neighbour` takes this row: not an unbounded one that is none of the table's."""
    return goes_by_distance(divergence) or math.isfinite(divergence.largest)


def by_counting(divergence, real, fake, k=None):
    """D_f(P || Q), for a row of finite f(0) + f'(inf), from how many of a point's k nearest
    in the pooled sample are real.

    With w the share of real points, M = w P + (1 - w) Q and eta(x) the probability that a point of M at x is real,
    p/m = eta / w and q/m = (1 - eta) / (1 - w), so D_f = E_M[h(eta)] with h(eta) = (q/m) f((p/m) / (q/m)),
    convex and bounded. The estimate puts the share of real points among the k nearest others for eta and averages
    over the pooled sample. h is convex, so that is too much, by E[h'' eta (1 - eta)] / 2k to first order;
    twice the estimate with k less the one with k/2 is free of this term. What remains is noise, the next order,
    and the smoothing of eta over k neighbours, which takes away the more the larger k/n is. The mean of a function of
    such a share is the estimate of Noshad, Moon, Sekeh and Hero (2017), the combination over k that of their ensembles.

    Where f is a broken line, and so h, it is instead the bound at the critic T = f'((p/m) / (q/m)), on the same points.
    For total_variation that is the balanced accuracy of the classifier that asks the k nearest, (mean over real - mean
    over fake of sign(eta - w)) / 2. Its bias is downward, and of order 1/k. Raises `ValueError` for an unbounded row, and
    for samples with ties: of many points at one place no k are the nearest.

    >>> from minigan.divergences import total_variation
    >>> rng = np.random.default_rng(0)
    >>> x, y = rng.normal(0, 1, 4000), rng.normal(1, 1, 4000)
    >>> abs(by_counting(total_variation, x, y) - 0.3829) < 0.03
    True
    """
    if not math.isfinite(divergence.largest):
        raise ValueError(
            f"{divergence.name} is unbounded: a point without neighbours of one kind would make it infinite"
        )
    real, fake = points_of(real, "real"), points_of(fake, "fake")
    n, m = len(real), len(fake)
    k = round(math.sqrt(n + m)) if k is None else k
    if not 2 <= k < min(n, m):
        raise ValueError(f"k must be between 2 and one less than the sample size, and is {k}")
    is_real = neighbours_are_real(real, fake, k)
    check_ties(np.concatenate([real, fake]), k)
    own = np.arange(n + m) < n
    share = (n - own) / (n + m - 1.0)  # of real points among the others
    if divergence.formulas.f_second is None:
        # the same ratio for both kinds: against ``share``, which differs by 1/(n + m - 1), every tie would go to oneself
        count = is_real.sum(axis=1)
        with np.errstate(divide="ignore"):
            log_ratio = mnp.asarray(np.log(count * float(m)) - np.log((k - count) * float(n)))
        on_real = to_numpy(divergence.canonical_activation(log_ratio))[own]
        on_fake = to_numpy(divergence.conjugate_of_canonical_activation(log_ratio))[~own]
        return float(on_real.mean() - on_fake.mean())
    return 2.0 * _mean_of_shares(divergence, is_real, share) - _mean_of_shares(divergence, is_real[:, : k // 2], share)


def check_ties(points, k):
    """Raises `ValueError` where more points lie at one place than are few of k, as those of atoms do."""
    most = int(np.unique(points, axis=0, return_counts=True)[1].max())
    if most > max(2, k // 4):
        raise ValueError(
            f"{most} of {len(points)} points lie at one place: of ties no k are the nearest; for a distribution with "
            "atoms count their shares, and take between(p, q) of these"
        )


def _mean_of_shares(divergence, is_real, share):
    eta = is_real.mean(axis=1)
    p, q = eta / share, (1.0 - eta) / (1.0 - share)
    terms = to_numpy(divergence.perspective(mnp.asarray(p), mnp.asarray(q))) + divergence.tangent * (p - q)
    return float(np.mean(terms))


def neighbours_are_real(real, fake, k):
    """Whether each of the k nearest others of every point is real, nearest first: shape (n + m, k), real points first."""
    from scipy.spatial import cKDTree

    if real.shape[1] != fake.shape[1]:
        raise ValueError(f"real points have {real.shape[1]} coordinates and fake ones {fake.shape[1]}")
    both = np.concatenate([real, fake])
    nearest = cKDTree(both).query(both, k=k + 1)[1]
    itself = nearest == np.arange(len(both))[:, None]
    itself[~itself.any(axis=1), -1] = True  # among k others at its own place
    return nearest[~itself].reshape(len(both), k) < len(real)


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


def points_of(x, name):
    """Points as a float array (n, d) on the host; ``name`` is for the error."""
    x = np.asarray(to_numpy(x), dtype=float)
    if x.ndim not in (1, 2):
        raise ValueError(f"{name} points have the shape (n,) or (n, d), and these have {x.shape}")
    return x[:, None] if x.ndim == 1 else x
