"""Eight schools: a hierarchy of two levels whose posterior is a quadrature over two numbers.

    m ~ N(0, 1),  log s ~ N(0, 1),  e_j ~ N(0, 1),  effect_j = m + s e_j,  y_j ~ N(effect_j, deviation_j^2).

The code z = (m, log s, e_1 .. e_8) is of ten standard normal numbers before y is seen. Afterwards s and the e_j are bound
to each other, small s with anything: the funnel that Gaussians do not fit.

Source: Rubin (1981), divided by ten; priors and scale as chains are given them, not his.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ...arrays import takes_lists
from ..explicit.vae import HALF_LOG_2PI, log_normal

EFFECTS = (2.8, 0.8, -0.3, 0.7, -0.1, 0.1, 1.8, 1.2)
DEVIATIONS = (0.8, 0.5, 0.8, 0.6, 0.5, 0.6, 0.5, 0.4)
SCHOOLS = len(EFFECTS)


@takes_lists("z")
def log_joint(z):
    """log p(y, z) of codes (n, 10), shape (n,), in nats.

    >>> round(float(log_joint(mnp.zeros((1, 10)))[0]), 4)
    -31.247
    """
    y, deviation = mnp.asarray(EFFECTS, dtype=z.dtype), mnp.asarray(DEVIATIONS, dtype=z.dtype)
    return log_normal(z) + log_normal(y, school_effects(z), mnp.log(deviation))


@takes_lists("z")
def school_effects(z):
    """m + s e_j of codes (n, 10): shape (n, 8)."""
    return z[:, :1] + mnp.exp(z[:, 1:2]) * z[:, 2:]


class Moments(NamedTuple):
    """Means and deviations of m, log s and the eight effects, each of shape (10,)."""

    means: np.ndarray
    deviations: np.ndarray


def exact_moments(points: int = 401) -> Moments:
    """Those of the posterior, by the trapezoidal rule over m and log s in [-6, 6], effects given both in closed form.

    >>> exact_moments().means[:2].round(3)
    array([ 0.772, -0.433])
    """
    m, within, log_p = _over_plane(points)
    y, noise = np.array(EFFECTS), np.array(DEVIATIONS) ** 2
    spread = within + noise
    weight = np.exp(log_p - log_p.max())
    weight /= weight.sum()
    effect = (within * y + noise * m[:, None]) / spread
    variance = within * noise / spread
    values = np.column_stack([m, 0.5 * np.log(within), effect])
    means = weight @ values
    second = weight @ (values**2 + np.column_stack([np.zeros((len(m), 2)), variance]))
    return Moments(means, np.sqrt(second - means**2))


def log_evidence(points: int = 401) -> float:
    """log p(y), in nats, by the same rule: what no bound surpasses.

    >>> round(log_evidence(), 4)
    -12.8967
    """
    log_p = _over_plane(points)[2]
    cell = (12.0 / (points - 1)) ** 2
    return float(log_p.max() + np.log(cell * np.exp(log_p - log_p.max()).sum()))


def _over_plane(points: int):
    """m (n,), s^2 (n, 1) and log p(y, m, log s) (n,) on a grid, effects integrated out."""
    axis = np.linspace(-6.0, 6.0, points)
    m, log_s = (one.ravel() for one in np.meshgrid(axis, axis, indexing="ij"))
    within = np.exp(2.0 * log_s)[:, None]
    spread = within + np.array(DEVIATIONS) ** 2
    log_p = -0.5 * (m**2 + log_s**2) - 0.5 * ((np.array(EFFECTS) - m[:, None]) ** 2 / spread + np.log(spread)).sum(1)
    return m, within, log_p - (SCHOOLS + 2) * HALF_LOG_2PI


def moments_of(z) -> Moments:
    """Those of codes (n, 10) on the host."""
    z = np.asarray(z, dtype=float)
    values = np.column_stack([z[:, :2], z[:, :1] + np.exp(z[:, 1:2]) * z[:, 2:]])
    return Moments(values.mean(0), values.std(0))
