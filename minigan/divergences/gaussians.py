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


def log_integral_of_powers(delta, x, a, across=None):
    """log int p^a q^(1 - a) for Gaussians with (m_p - m_q)/s_q = delta
    and log(s_p^2/s_q^2) = x; +inf where it diverges. ``across`` is (m_p - m_q)/s_p, delta exp(-x/2).

    With v = a + (1 - a) exp(x): -(log v - (1 - a) x)/2 - a (1 - a) delta^2 / (2 v), finite if and only if v > 0.
    """
    across = delta * mnp.exp(-0.5 * x) if across is None else across
    wide = x > 0.0  # then v exp(-x) and ``across`` stay in the floats
    other = mnp.exp(-mnp.abs(x))
    v = mnp.where(wide, (1.0 - a) + a * other, a + (1.0 - a) * other)
    finite = v > 0.0
    v, x = mnp.where(finite, v, 1.0), mnp.where(finite, x, 0.0)
    near = mnp.abs(x) < 0.5
    change = (1.0 - a) * mnp.expm1(mnp.where(near, x, 0.0))
    far = mnp.log(v) + mnp.maximum(x, 0.0)
    log_v = mnp.where(near, mnp.log1p(mnp.where(change > -1.0, change, 0.0)), far)
    # a remainder(-log v) + (1 - a) remainder(x - log v) is log v - (1 - a) x, both terms of second order
    close = mnp.where(near, log_v, 0.0)
    spread = a * remainder(-close) + (1.0 - a) * remainder(mnp.where(near, x, 0.0) - close)
    spread = mnp.where(near, spread, log_v - (1.0 - a) * x)
    shift = mnp.square(mnp.where(wide, across, delta)) / v
    return mnp.where(finite, -0.5 * spread - 0.5 * a * (1.0 - a) * shift, math.inf)


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
    delta, across = (m_p - m_q) / s_q, (m_p - m_q) / s_p
    near = mnp.abs(s_p - s_q) < 0.5 * s_q
    relative = mnp.where(near, (s_p - s_q) / s_q, 0.0)
    log_ratio = mnp.where(near, mnp.log1p(relative), mnp.log(s_p) - mnp.log(s_q))
    if divergence.name == "total_variation":
        # symmetric, so that the narrower of the two may stand first
        swap = log_ratio > 0.0
        return _total_variation(mnp.where(swap, -across, delta), mnp.where(swap, -log_ratio, log_ratio))
    return _from_coordinates(divergence, delta, across, 2.0 * log_ratio, lambda x: x)


def _from_coordinates(divergence, delta, across, x, add):
    """The divergence between independent Gaussians with these ``delta``, ``across`` = delta exp(-x/2) and ``x``,
    summed by ``add``.
    """
    name = divergence.name
    if name == "kl":
        return add(0.5 * remainder(x) + 0.5 * delta * delta)
    if name == "reverse_kl":
        return add(0.5 * remainder(-x) + 0.5 * across * across)
    if name == "jeffreys":
        return add(0.5 * (remainder(x) + remainder(-x)) + 0.5 * delta * delta + 0.5 * across * across)
    if name in POWERS or name.startswith("alpha("):
        a, factor = POWERS.get(name, (divergence.parameter, 1.0))
        return factor * mnp.expm1(add(log_integral_of_powers(delta, x, a, across))) / (a * (a - 1.0))
    raise ValueError(
        f"{divergence.name} has no closed form between these Gaussians; "
        "take between_densities(Normal(...), Normal(...))"
    )


APART = 100.0  # in s_p + s_q: Gaussians so far apart share less than exp(-1000)
NARROW = -690.0  # of log s_p/s_q: from there on they share less than 1e-296


def _total_variation(delta, log_ratio):
    """The probability that P gives to where p > q, less what Q gives to it: between the two crossings; s_p <= s_q.

    In units of Q they solve (1 - r^2) z^2 - 2 delta z + delta^2 + 2 r^2 log r = 0, r = s_p/s_q, and in those of P
    w = (z - delta)/r. They need no derivative, as p - q vanishes there; where r = 1 one of them is at infinity.
    """
    log_ratio = mnp.where(log_ratio < NARROW, NARROW, log_ratio)
    far_apart = mnp.abs(delta) > APART * (1.0 + mnp.exp(log_ratio))
    delta = mnp.where(far_apart, APART * (1.0 + mnp.exp(stop_gradient(log_ratio))) * mnp.sign(delta), delta)
    r = mnp.exp(log_ratio)
    d, level, ratio = stop_gradient(delta), stop_gradient(log_ratio), stop_gradient(r)
    narrowing = -mnp.expm1(2.0 * level)
    root = mnp.sqrt(mnp.square(d) - 2.0 * narrowing * level)
    root = mnp.where(d >= 0, root, -root)
    of_z, of_w = d + ratio * root, d * ratio + root
    equal = root == 0.0
    safe = lambda x: mnp.where(x == 0.0, 1.0, x)
    near_z = (mnp.square(d) + 2.0 * mnp.square(ratio) * level) / safe(of_z)
    near_w = (2.0 * level - mnp.square(d)) / safe(of_w)
    same_width = narrowing == 0.0
    far_z, far_w = (mnp.where(same_width, 1e30 * mnp.sign(x), mnp.clip(x / safe(narrowing), -1e30, 1e30))
                    for x in (of_z, of_w))  # fmt: skip

    def of_p_less_q(z, w):
        alike = z * mnp.expm1(-log_ratio) - delta / r  # to (z - delta)/r from z
        # the same through w, as a function of delta and log r, where the two terms above would cancel
        moved = (w - (delta - d) / ratio) * mnp.exp(level - log_ratio)
        step = mnp.where(level > -0.5, alike, moved - z) / SQRT2
        return erf_difference(z / SQRT2, step)

    both = of_p_less_q(near_z, near_w) - of_p_less_q(far_z, far_w)
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
    return quietly(_from_coordinates)(divergence, delta, delta * mnp.exp(-0.5 * x), x, mnp.sum)
