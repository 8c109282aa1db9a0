"""How good a learned log-ratio is, and where: by quantiles of either law, as probabilities, and by quadrature."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...divergences import FDivergence
from .pairs import Pair

SHARES = (0.5, 0.9, 0.99)  # of a law's mass, where its density is highest
BANDS = ("core, 50 %", "50 to 90 %", "90 to 99 %", "tail, 1 %")
BINS = 10
DECAYED = 1e-6  # what the edge of the grid may hold of an integral


class HeldOut(NamedTuple):
    """Held-out rows of one law: ``x``, the true log-ratio there, the `BANDS` index of each in its own law, and whether it
    lies in the ``bulk``, the 90 % of highest density of both laws."""

    x: object
    truth: np.ndarray
    band: np.ndarray
    bulk: np.ndarray


@functools.cache
def held_out(pair: Pair) -> tuple[HeldOut, HeldOut]:
    """`HeldOut` rows of p and of q, 20,000 each."""
    rows = pair.held_out
    with mnp.errstate(all="ignore"):
        log_p, log_q = ([to_numpy(law.log_density(x)) for x in rows] for law in (pair.p, pair.q))
        thresholds = [np.quantile(own, [1.0 - share for share in SHARES]) for own in (log_p[0], log_q[1])]
        found = []
        for i, own in enumerate((log_p, log_q)):
            band = (own[i][:, None] < thresholds[i]).sum(1)
            bulk = (log_p[i] >= thresholds[0][1]) & (log_q[i] >= thresholds[1][1])
            found.append(HeldOut(rows[i], log_p[i] - log_q[i], band, bulk))
    return tuple(found)


class RatioErrors(NamedTuple):
    """Errors of a learned v = log p/q at held-out rows.

    ``bulk`` is the root mean square of v - log p/q where either law has its 90 %, ``scale`` that of log p/q itself
    there: what v = 0 would have. ``by_p`` and ``by_q`` are (root mean squares, means) in each of `BANDS` of the law.
    ``calibration`` is the mean over ten bins of |mean of sigma(v) - share of p among them|, ``right_side`` the share of
    rows of which v tells rightly which law is denser.
    """

    bulk: float
    scale: float
    by_p: np.ndarray
    by_q: np.ndarray
    calibration: float
    right_side: float


def ratio_errors(pair: Pair, log_ratio: Callable) -> RatioErrors:
    """The `RatioErrors` of the function ``log_ratio(x)``, (n,) for rows (n, 2).

    >>> from minigan.models.implicit.pairs import PAIRS
    >>> found = ratio_errors(PAIRS["ring"], lambda x: PAIRS["ring"].log_ratio(x) + 0.25)
    >>> round(found.bulk, 9), found.by_p.shape, round(float(found.by_q[1][3]), 9)
    (0.25, (2, 4), 0.25)
    """
    both = held_out(pair)
    learned = [to_numpy(log_ratio(one.x)).astype(float) for one in both]
    errors = [v - one.truth for v, one in zip(learned, both)]
    bulk = np.concatenate([error[one.bulk] for error, one in zip(errors, both)])
    truth = np.concatenate([one.truth[one.bulk] for one in both])
    v, label = np.concatenate(learned), np.repeat([1.0, 0.0], [len(one) for one in learned])
    said, share = calibration_curve(v, label)
    sides = (v > 0.0) == (np.concatenate([one.truth for one in both]) > 0.0)
    return RatioErrors(
        _root_mean_square(bulk),
        _root_mean_square(truth),
        *(_by_band(error, one.band) for error, one in zip(errors, both)),
        float(np.abs(said - share).mean()),
        float(sides.mean()),
    )


def calibration_curve(v, label, bins: int = BINS):
    """What sigma(v) says and what is so: its mean, and the share of rows of p, in ``bins`` of equally many rows."""
    order = np.argsort(v, kind="stable")
    probability = 1.0 / (1.0 + np.exp(-np.clip(v, -700.0, 700.0)))
    return tuple(
        np.array([part.mean() for part in np.array_split(values[order], bins)]) for values in (probability, label)
    )


def _root_mean_square(x) -> float:
    return float(np.sqrt(np.mean(np.square(x)))) if len(x) else math.nan


def _by_band(error, band):
    parts = [error[band == i] for i in range(len(BANDS))]
    means = [part.mean() if len(part) else math.nan for part in parts]
    return np.array([[_root_mean_square(part) for part in parts], means])


# -- by quadrature over the plane -------------------------------------------------------------------------------------


def divergence_of(pair: Pair, row: FDivergence) -> float:
    """D_f(p || q) by quadrature; infinity where the integrand has not decayed at the edge of the pair's square.

    >>> from minigan.divergences import pearson
    >>> from minigan.models.implicit.pairs import PAIRS
    >>> round(divergence_of(PAIRS["one_covariance"], pearson), 9)  # exp((m1 - m0)' S^-1 (m1 - m0)) - 1
    1.718281828
    """
    grid = pair.grid
    v = np.nan_to_num(grid.log_p - grid.log_q, nan=0.0, posinf=700.0, neginf=-700.0)
    if row.formulas.f_second is not None and math.isinf(_bound(grid, row, v, canonical=True)):
        return math.inf
    masses = (mnp.asarray(np.exp(level - np.logaddexp.reduce(level))) for level in (grid.log_p, grid.log_q))
    return float(to_numpy(row.between(*masses)))


def bound_of(pair: Pair, row: FDivergence, log_ratio: Callable) -> float:
    """E_p[T] - E_q[f*(T)] by quadrature, T = f'(exp v) of a learned v (of total variation tanh(v / 2) / 2): at most
    `divergence_of`.

    >>> from minigan.divergences import kl
    >>> from minigan.models.implicit.pairs import PAIRS
    >>> pair = PAIRS["one_covariance"]
    >>> round(bound_of(pair, kl, lambda x: 0.5 * pair.log_ratio(x)), 6) < round(divergence_of(pair, kl), 6) == 0.5
    True
    """
    v = to_numpy(log_ratio(pair.grid.x)).astype(float)
    return _bound(pair.grid, row, v, canonical=row.formulas.f_second is not None)


def _bound(grid, row, v, canonical: bool) -> float:
    """Cell by cell, in one sum, so that cells where either law has its tail cancel as they do in the integral."""
    v = mnp.asarray(v)
    if canonical:
        real, fake = row.canonical_activation(v), row.conjugate_of_canonical_activation(v)
    else:
        real, fake = row.activation(v), row.conjugate_of_activation(v)
    with np.errstate(all="ignore"):
        terms = np.exp(grid.log_p) * to_numpy(real) - np.exp(grid.log_q) * to_numpy(fake)
    total = float(terms.sum())
    decayed = np.abs(terms[grid.edge]).sum() <= DECAYED * max(abs(total), DECAYED)
    return total if decayed else math.inf


def normaliser_of(pair: Pair, log_ratio: Callable) -> float:
    """log E_q exp(v): 0 for the true ratio."""
    grid = pair.grid
    return float(np.logaddexp.reduce(grid.log_q + to_numpy(log_ratio(grid.x)).astype(float)))


def total_variation_to_p(pair: Pair, log_ratio: Callable) -> float:
    """Half of int |p - q exp(v) / Z|, Z = E_q exp(v): how far from p the law is that the ratio makes of q."""
    grid = pair.grid
    made = grid.log_q + to_numpy(log_ratio(grid.x)).astype(float)
    made = np.exp(made - np.logaddexp.reduce(made))
    return float(0.5 * np.abs(np.exp(grid.log_p) - made).sum())
