"""Wasserstein distances of samples: exact on the line, and in space by its projections onto lines."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..backend import dtype_name
from ..random import as_generator
from ..validation import count, is_number
from .rows import as_samples, of_one_width


def wasserstein_on_the_line(x, y, p: float = 2.0):
    """W_p^p between the samples x, shape (n,) or (n, k), and y, (m,) or (m, k): the p-th power, column by column.

    On the line the best transport keeps the order, so W_p^p = integral over u of |F^-1(u) - G^-1(u)|^p: a sum over
    sorted samples, for n = m the mean of |x_(i) - y_(i)|^p. Written with `minigan.numpy`, so it is a loss as well.
    Raises `ValueError` for p < 1, no samples and unequal columns. Source: Villani (2003), theorem 2.18.

    >>> import minigan.numpy as mnp
    >>> float(wasserstein_on_the_line(mnp.asarray([0.0, 1.0]), mnp.asarray([5.0, 3.0, 3.0, 5.0]), p=1))
    3.5
    """
    p = _power_of_a_distance(p)
    x, y = as_samples(x, "the first samples on the line"), as_samples(y, "the second samples on the line")
    if not x.shape or not y.shape or x.shape[1:] != y.shape[1:] or not (x.shape[0] and y.shape[0]):
        raise ValueError(
            f"samples on the line have shapes (n, ...) and (m, ...), n, m > 0: {tuple(x.shape)}, {tuple(y.shape)}"
        )
    n, m = x.shape[0], y.shape[0]
    x, y = mnp.sort(x, axis=0), mnp.sort(y, axis=0)
    if n == m:
        return mnp.mean(_power(x - y, p), 0)
    # where one of the two quantile functions jumps, in units of 1 / (n m): whole numbers, so that none is lost
    jumps = np.union1d(np.arange(n + 1) * m, np.arange(m + 1) * n)
    weights = mnp.asarray(np.diff(jumps) / (n * m), dtype=dtype_name(x.dtype))
    gap = mnp.take(x, mnp.asarray(jumps[:-1] // m), 0) - mnp.take(y, mnp.asarray(jumps[:-1] // n), 0)
    return mnp.tensordot(weights, _power(gap, p), axes=1)


def sliced_wasserstein(x, y, *, directions: int = 256, p: float = 2.0, rng=0):
    """(E W_p^p of the projections onto a direction)^(1/p), over ``directions`` uniform on the sphere; shape ().

    ``x`` has shape (n, d), ``y`` (m, d). ``rng`` is a seed, or a `minigan.random.Generator`, which then goes on. For
    d = 1 there is one direction, and the distance is W_p itself. Between laws that differ by a shift a it is |a| /
    sqrt(d) for p = 2. The mean at P = Q is not 0: see `null_distribution`. As a loss take ``p = 2`` and its square,
    or keep away from x = y, where a root has no derivative. Raises `ValueError` for other shapes. Sources: Rabin et
    al. (2011); Bonneel et al. (2015).

    >>> import minigan.numpy as mnp
    >>> x = mnp.asarray([[0.0], [1.0]])
    >>> float(sliced_wasserstein(x, x + 3.0))
    3.0
    """
    directions, p, rng = count(directions, "directions"), _power_of_a_distance(p), as_generator(rng)
    x, y = of_one_width(x, y, "sliced_wasserstein")
    if x.shape[1] > 1:
        onto = rng.standard_normal((x.shape[1], directions), dtype=dtype_name(x.dtype))
        onto = onto / mnp.sqrt(mnp.sum(onto * onto, 0))
        x, y = mnp.matmul(x, onto), mnp.matmul(y, onto)
    return mnp.mean(wasserstein_on_the_line(x, y, p)) ** (1.0 / p)


def _power_of_a_distance(p) -> float:
    if not (is_number(p) and p >= 1.0 and math.isfinite(p)):
        raise ValueError(f"the power p of a Wasserstein distance is at least 1, and was {p!r}")
    return float(p)


def _power(gap, p):
    return mnp.square(gap) if p == 2 else mnp.abs(gap) if p == 1 else mnp.abs(gap) ** p
