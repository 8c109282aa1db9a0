"""Divergences from samples alone, by distances to nearest neighbours.

The k-th neighbour's distance measures a density without fitting one. The estimates converge to the truth, but
slowly: their bias falls like n^(-1/d) in d dimensions, and it is not that of a lower bound. Samples live on
the host.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ..autodiff import value_and_grad
from ..backend import to_numpy
from .gaussians import POWERS
from .variational import bound_of_outputs


def polynomials(degree=4):
    """Features of points (n, d): all coordinates' powers up to ``degree``, and products of two coordinates."""

    def features(x):
        d = x.shape[1]
        columns = [np.ones(len(x)), *(x[:, i] ** k for i in range(d) for k in range(1, degree + 1))]
        columns += [x[:, i] * x[:, j] for i in range(d) for j in range(i)]
        return np.stack(columns, axis=1)

    return features


class TrainedBound(NamedTuple):
    """A bound on samples that the critic has not seen, its standard error, and the bound on those it was
    trained on.
    """

    value: float
    standard_error: float
    on_training_half: float


def trained_bound(divergence, real, fake, features=None, penalty=1e-6):
    """max over critics v = theta . features(x) of E_p[T] - E_q[f*(T)], found on one half, evaluated on the
    other.

    T = f'(exp v), so that v estimates log p/q whatever the row (for total variation, whose f' is a step, the
    lecture's tanh); ``features`` maps standardised points (n, d) to (n, m) and is by default `polynomials` of
    degree 4; ``penalty`` |theta|^2 keeps the maximum finite where the halves are separable (it is
    then a property of the features, not of P and Q: give fewer). Found by BFGS
    from theta = 0.

    >>> from minigan.divergences import kl
    >>> rng = np.random.default_rng(0)
    >>> found = trained_bound(kl, rng.normal(0, 1, 4000), rng.normal(1, 1, 4000))
    >>> abs(found.value - 0.5) < 3 * found.standard_error < 0.2
    True
    """
    from scipy.optimize import minimize

    real, fake, features = _points(real, "real"), _points(fake, "fake"), features or polynomials()
    if min(len(real), len(fake)) < 4:
        raise ValueError(f"two halves of two points need four of each kind: {len(real)} real, {len(fake)} fake")
    both = np.concatenate([real, fake])
    middle, spread = both.mean(axis=0), both.std(axis=0)
    real, fake = (features((x - middle) / np.where(spread > 0, spread, 1.0)) for x in (real, fake))
    canonical = divergence.formulas.f_second is not None
    (real, real_held), (fake, fake_held) = ((mnp.asarray(x[::2]), mnp.asarray(x[1::2])) for x in (real, fake))

    def loss(theta):
        low = bound_of_outputs(divergence, mnp.matmul(real, theta), mnp.matmul(fake, theta), canonical=canonical)
        return penalty * mnp.sum(mnp.square(theta)) - low

    def objective(theta):
        with mnp.errstate(all="ignore"):  # a step too long overflows, and is taken back
            value, slope = value_and_grad(loss)(mnp.asarray(theta))
        value = float(to_numpy(value))
        return (value, to_numpy(slope)) if math.isfinite(value) else (math.inf, np.zeros_like(theta))

    theta = mnp.asarray(minimize(objective, np.zeros(real.shape[1]), jac=True, method="BFGS").x)
    seen, new = ([mnp.matmul(x, theta) for x in pair] for pair in ((real, fake), (real_held, fake_held)))
    on_training_half = bound_of_outputs(divergence, *seen, canonical=canonical)
    g = divergence.canonical_activation if canonical else divergence.activation
    f = divergence.conjugate_of_canonical_activation if canonical else divergence.conjugate_of_activation
    t, s = to_numpy(g(new[0])), to_numpy(f(new[1]))
    error = math.sqrt(t.var(ddof=1) / len(t) + s.var(ddof=1) / len(s))
    return TrainedBound(float(t.mean() - s.mean()), error, float(to_numpy(on_training_half)))


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
