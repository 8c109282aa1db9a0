"""Closed forms between Gaussians, and when they are finite.

Everything follows from one integral, int p^a q^(1 - a), and it from two numbers: delta = (m_p - m_q) / s_q
and x = log(s_p^2 / s_q^2). In several dimensions the two covariances are diagonalised together, and the coordinates
are then independent: logarithms of the integral add up, and so do the Kullback-Leibler divergences.
"""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from .stable import as_floating, quietly, scaled_remainder

SQRT2 = math.sqrt(2.0)
GAUSS_LEGENDRE = (
    (-0.9061798459386640, 0.2369268850561891),
    (-0.5384693101056831, 0.4786286704993665),
    (0.0, 0.5688888888888889),
    (0.5384693101056831, 0.4786286704993665),
    (0.9061798459386640, 0.2369268850561891),
)

# the rows that are multiples of an alpha-divergence: (alpha, factor)
POWERS = {"squared_hellinger": (0.5, 0.5), "pearson": (2.0, 2.0), "neyman": (-1.0, 2.0)}


def remainder(x):
    """exp(x) - 1 - x, without the cancellation."""
    return mnp.exp(mnp.maximum(x, 0.0)) * scaled_remainder(x)


def log_integral_of_powers(delta, x, a):
    """log int p^a q^(1 - a) for Gaussians with (m_p - m_q)/s_q = delta
    and log(s_p^2/s_q^2) = x; +inf where it diverges.

    With v = a + (1 - a) exp(x): -(log v - (1 - a) x)/2 - a (1 - a) delta^2 / (2 v), finite if and only if v > 0.
    """
    v = a + (1.0 - a) * mnp.exp(x)
    finite = v > 0.0
    v, x = mnp.where(finite, v, 1.0), mnp.where(finite, x, 0.0)
    near = mnp.abs(x) < 0.5
    change = (1.0 - a) * mnp.expm1(mnp.where(near, x, 0.0))
    log_v = mnp.where(near, mnp.log1p(mnp.where(change > -1.0, change, 0.0)), mnp.log(v))
    # a remainder(-log v) + (1 - a) remainder(x - log v) is log v - (1 - a) x, both terms of second order
    spread = a * remainder(-log_v) + (1.0 - a) * remainder(x - log_v)
    far = log_v - (1.0 - a) * x
    spread = mnp.where(near, spread, far)
    return mnp.where(finite, -0.5 * spread - 0.5 * a * (1.0 - a) * mnp.square(delta) / v, math.inf)


def between_gaussians(divergence, mean_p, deviation_p, mean_q, deviation_q):
    """D_f between N(mean_p, deviation_p^2) and N(mean_q, deviation_q^2), arrays of any common shape.

    Finite for total variation, kl, reverse_kl, jeffreys, squared_hellinger and alpha in (0, 1) always; for
    alpha > 1 iff s_p^2/s_q^2 < alpha/(alpha - 1) (pearson: 2), for alpha < 0 iff s_p^2/s_q^2 > |alpha|/(1 +
    |alpha|) (neyman: 1/2); +inf otherwise. Raises `ValueError` for the three Jensen-Shannon rows, which have
    no closed form.

    >>> from minigan.divergences import kl, pearson
    >>> float(between_gaussians(kl, 0.0, 1.0, 1.0, 1.0))
    0.5
    >>> round(float(between_gaussians(pearson, 0.0, 1.0, 1.0, 1.0)), 12)  # e - 1
    1.718281828459
    """
    m_p, s_p, m_q, s_q = (as_floating(x) for x in (mean_p, deviation_p, mean_q, deviation_q))
    return quietly(_between_gaussians)(divergence, m_p, s_p, m_q, s_q)


def _between_gaussians(divergence, m_p, s_p, m_q, s_q):
    delta = (m_p - m_q) / s_q
    near = mnp.abs(s_p - s_q) < 0.5 * s_q
    relative = mnp.where(near, (s_p - s_q) / s_q, 0.0)
    log_ratio = mnp.where(near, mnp.log1p(relative), mnp.log(s_p) - mnp.log(s_q))
    if divergence.name == "total_variation":
        return _total_variation(delta, log_ratio)
    return _from_coordinates(divergence, delta, 2.0 * log_ratio, lambda x: x)


def _from_coordinates(divergence, delta, x, add):
    """The divergence between independent Gaussians with these ``delta`` and ``x``, summed by ``add``."""
    name = divergence.name
    if name == "kl":
        return 0.5 * add(remainder(x) + mnp.square(delta))
    if name == "reverse_kl":
        return 0.5 * add(remainder(-x) + mnp.square(delta) * mnp.exp(-x))
    if name == "jeffreys":
        return 0.5 * add(remainder(x) + remainder(-x) + mnp.square(delta) * (1.0 + mnp.exp(-x)))
    if name in POWERS or name.startswith("alpha("):
        a, factor = POWERS.get(name, (divergence.parameter, 1.0))
        return factor * mnp.expm1(add(log_integral_of_powers(delta, x, a))) / (a * (a - 1.0))
    raise ValueError(
        f"{divergence.name} has no closed form between these Gaussians; "
        "take between_densities(Normal(...), Normal(...))"
    )


def _total_variation(delta, log_ratio):
    """The probability that P gives to where p > q, less what Q gives to it: between the one or two crossings.

    In units of Q they solve (1 - r^2) z^2 - 2 delta z + delta^2 + 2 r^2 log r = 0, r = s_p/s_q.
    They need no derivative, as p - q vanishes there; where r = 1 one of them is at infinity.
    """
    r = mnp.exp(log_ratio)
    d, ratio = stop_gradient(delta), stop_gradient(r)
    narrowing = -mnp.expm1(2.0 * stop_gradient(log_ratio))
    root = ratio * mnp.sqrt(mnp.square(d) - 2.0 * narrowing * stop_gradient(log_ratio))
    sum_ = d + mnp.where(d >= 0, root, -root)
    equal = sum_ == 0.0
    near = (mnp.square(d) + 2.0 * mnp.square(ratio) * stop_gradient(log_ratio)) / mnp.where(equal, 1.0, sum_)
    far = mnp.clip(sum_ / narrowing, -1e30, 1e30)
    far = mnp.where(narrowing == 0.0, mnp.where(sum_ > 0, mnp.full_like(sum_, 1e30), -1e30), far)

    def of_p_less_q(z):
        step = (z * mnp.expm1(-log_ratio) - delta / r) / SQRT2  # to (z - delta)/r from z
        return erf_difference(z / SQRT2, step)

    both = of_p_less_q(near) - of_p_less_q(far)
    return mnp.where(equal, 0.0, 0.5 * mnp.abs(mnp.where(equal, 1.0, both)))


def erf_difference(z, step):
    """erf(z + step) - erf(z); a small step by the rule of Gauss with 5 nodes, which does not cancel."""
    small = mnp.abs(step) < 0.1
    short = mnp.where(small, step, 0.0)
    total = 0.0
    for node, weight in GAUSS_LEGENDRE:
        total = total + weight * mnp.exp(-mnp.square(mnp.where(small, z, 0.0) + 0.5 * (1.0 + node) * short))
    return mnp.where(small, short * total / math.sqrt(math.pi), mnp.erf(z + step) - mnp.erf(z))


def between_multivariate_gaussians(divergence, mean_p, covariance_p, mean_q, covariance_q):
    """D_f between N(mean_p, covariance_p) and N(mean_q, covariance_q), shapes (k,), (k, k), (k,), (k, k) -> ().

    For kl, reverse_kl, jeffreys, squared_hellinger, pearson, neyman and alpha; total variation where both covariances
    are equal. The integral of powers is finite iff a covariance_q + (1 - a) covariance_p is positive definite.
    Raises `ValueError` for the rows without a closed form.

    >>> from minigan.divergences import kl
    >>> unit = [[1.0, 0.0], [0.0, 1.0]]
    >>> float(between_multivariate_gaussians(kl, [0.0, 0.0], unit, [1.0, 1.0], unit))
    1.0
    """
    m_p, c_p, m_q, c_q = (as_floating(x) for x in (mean_p, covariance_p, mean_q, covariance_q))
    lower = mnp.linalg.cholesky(c_q)
    half = mnp.linalg.solve(lower, c_p)
    whitened = mnp.linalg.solve(lower, mnp.matrix_transpose(half))
    whitened = 0.5 * (whitened + mnp.matrix_transpose(whitened))
    values, vectors = mnp.linalg.eigh(whitened)
    difference = mnp.linalg.solve(lower, mnp.reshape(m_p - m_q, (-1, 1)))
    delta = mnp.reshape(mnp.matmul(mnp.matrix_transpose(vectors), difference), (-1,))
    x = mnp.log(values)
    if divergence.name == "total_variation":
        from ..backend import to_numpy

        apart = float(abs(to_numpy(stop_gradient(x))).max())
        if apart > 1e-10:
            raise ValueError(
                "total variation between Gaussians has a closed form only where their covariances are equal"
            )
        return mnp.erf(mnp.sqrt(mnp.sum(mnp.square(delta))) / (2.0 * SQRT2))
    return quietly(_from_coordinates)(divergence, delta, x, mnp.sum)
