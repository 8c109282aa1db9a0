"""The maximum mean discrepancy: how far two samples are apart by the means of features that a kernel stands for.

    MMD^2 = E k(x, x') + E k(y, y') - 2 E k(x, y),    x, x' ~ P and y, y' ~ Q independent

It is 0 only for P = Q if the kernel is characteristic, as the Gaussian is. Written with `minigan.numpy`: a loss as
well.
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..backend import to_numpy
from ..random import as_generator
from ..validation import count, function, is_number, number
from .null import Null
from .rows import as_rows, as_two, of_one_width


def squared_distances(x, y):
    """|x_i - y_j|^2, shape (n, m), for rows x and y; not below 0 by rounding.

    From products of rows, about a common origin in their midst, where float32 loses least.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> mg.to_numpy(squared_distances(mnp.asarray([[0.0, 0.0]]), mnp.asarray([[3.0, 4.0], [0.0, 1.0]])))
    array([[25.,  1.]])
    """
    x, y = of_one_width(x, y, "squared_distances", looked_at=False)
    origin = stop_gradient(mnp.mean(y, 0))
    x, y = x - origin, y - origin
    lengths = mnp.sum(x * x, 1)[:, None] + mnp.sum(y * y, 1)[None, :]
    return mnp.maximum(lengths - 2.0 * mnp.matmul(x, mnp.matrix_transpose(y)), 0.0)


def gaussian_kernel(*bandwidths: float):
    """k(x, y) = mean over the bandwidths s of exp(-|x - y|^2 / (2 s^2)); several see several scales.

    >>> import minigan.numpy as mnp
    >>> float(gaussian_kernel(1.0)(mnp.zeros((1, 2)), mnp.ones((1, 2)))[0, 0])  # exp(-1)
    0.36787944117144233
    """
    widths = _positives(bandwidths, "bandwidths of gaussian_kernel")

    def kernel(x, y):
        squares = squared_distances(x, y)
        return sum(mnp.exp(squares * (-0.5 / width**2)) for width in widths) * (1.0 / len(widths))

    return kernel


def rational_quadratic_kernel(*alphas: float):
    """k(x, y) = mean over the alphas of (1 + |x - y|^2 / (2 a))^(-a): heavier tails, so that far samples feel a force.

    ``kernel(x, y)`` is of rows (n, d) and (m, d), shape (n, m). Raises `ValueError` for alphas that are not positive.
    Source: Binkowski et al. (2018), MMD GANs, section 2.1, with alphas 0.2, 0.5, 1, 2, 5.

    >>> import minigan.numpy as mnp
    >>> float(rational_quadratic_kernel(1.0)(mnp.zeros((1, 2)), mnp.ones((1, 2)))[0, 0])  # 1 / (1 + 2/2)
    0.5
    """
    alphas = _positives(alphas, "alphas of rational_quadratic_kernel")

    def kernel(x, y):
        squares = squared_distances(x, y)
        return sum(mnp.exp(-a * mnp.log1p(squares * (0.5 / a))) for a in alphas) * (1.0 / len(alphas))

    return kernel


def polynomial_kernel(degree: int = 3):
    """k(x, y) = (x . y / d + 1)^``degree``: with 3, and features of a network, the kernel inception distance.

    ``kernel(x, y)`` is of rows (n, d) and (m, d), shape (n, m). It sees moments up to ``degree`` only. Raises
    `ValueError` for a degree that is no positive integer. Source: Binkowski et al. (2018), section 4.

    >>> import minigan.numpy as mnp
    >>> float(polynomial_kernel(3)(mnp.ones((1, 2)), mnp.ones((1, 2)))[0, 0])  # (2/2 + 1)^3
    8.0
    """
    degree = count(degree, "the degree of polynomial_kernel")

    def kernel(x, y):
        x, y = of_one_width(x, y, "polynomial_kernel", looked_at=False)
        return (mnp.matmul(x, mnp.matrix_transpose(y)) * (1.0 / x.shape[1]) + 1.0) ** degree

    return kernel


def mmd(x, y, kernel, *, unbiased: bool = True):
    """MMD^2 between rows ``x``, shape (n, d), and ``y``, shape (m, d), as an array of shape ().

    The unbiased estimate leaves out k(x_i, x_i) and k(y_j, y_j): its mean is the true MMD^2, which at P = Q is 0, so
    half of the time it is negative there, and no root of it is taken. The biased one is the true MMD^2 of the two
    empirical laws, never negative, and too large by up to (1 / n + 1 / m) max k. Raises `ValueError` for shapes that
    do not fit and for an unbiased estimate from a single row. Source: Gretton et al. (2012), equations 3 and 5.

    >>> import minigan.numpy as mnp
    >>> x = mnp.asarray([[0.0], [1.0]])
    >>> [round(float(mmd(x, x, gaussian_kernel(1.0), unbiased=way)), 6) for way in (True, False)]
    [-0.393469, 0.0]
    """
    x, y = of_one_width(x, y, "mmd")
    function(kernel, "the kernel of mmd", "(x, y)")
    least = 2 if unbiased else 1
    if min(x.shape[0], y.shape[0]) < least:
        raise ValueError(
            f"the {'un' if unbiased else ''}biased mmd needs {least} rows or more of each, and has {x.shape[0]} and "
            f"{y.shape[0]}"
        )
    return _within(kernel(x, x), unbiased) + _within(kernel(y, y), unbiased) - 2.0 * mnp.mean(kernel(x, y))


def _within(k, unbiased):
    n = k.shape[0]
    if not unbiased:
        return mnp.mean(k)
    return (mnp.sum(k) - mnp.sum(mnp.diagonal(k))) * (1.0 / (n * (n - 1)))


def median_bandwidth(reference, most: int = 1000) -> float:
    """The median distance between rows of ``reference``, from the first ``most`` of them: a bandwidth that fits the data.

    Take it of real samples, and once: a bandwidth that moves with the generator is a loss that moves. Raises
    `ValueError` where more than half of the rows are equal.

    >>> median_bandwidth([[0.0], [1.0], [3.0]])
    2.0
    """
    rows = as_rows(reference, "reference samples", 2)[: count(most, "most", 2)]
    squares = ((rows[:, None, :] - rows[None, :, :]) ** 2).sum(2)
    found = float(np.sqrt(np.median(squares[np.triu_indices(len(rows), 1)])))
    if not found > 0:
        raise ValueError(
            "most reference samples are equal, and so the median distance is 0: choose a bandwidth yourself"
        )
    return found


def mmd_null(x, y, kernel, *, unbiased: bool = True, repetitions: int = 500, rng=0) -> Null:
    """What `mmd` would be if x and y came from one law: its values when rows are dealt out anew to the two samples.

    ``mmd_null(...).p_value(mmd(...))`` is the p-value of a two-sample test, exact at any size. Source: Gretton et al.
    (2012), section 5; Sutherland et al. (2017) use it to compare generators.

    >>> import numpy as np
    >>> draw = np.random.default_rng(0).standard_normal
    >>> null = mmd_null(draw((40, 1)), draw((40, 1)), gaussian_kernel(1.0))
    >>> abs(null.mean) < 0.002
    True
    """
    x, y = as_two(x, y, 2)
    n, m = len(x), len(y)
    function(kernel, "the kernel of mmd_null", "(x, y)")
    repetitions, rng = count(repetitions, "repetitions", 2), as_generator(rng)
    pooled = mnp.asarray(np.concatenate([x, y]))
    k = to_numpy(kernel(pooled, pooled))
    within_x, within_y = (n * (n - 1), m * (m - 1)) if unbiased else (n * n, m * m)
    if unbiased:
        k = k - np.diag(np.diag(k))
    values = []
    for _ in range(repetitions):
        first = np.zeros(n + m)
        first[to_numpy(rng.permutation(n + m))[:n]] = 1.0
        to_first = k @ first
        xx, xy = first @ to_first, (1.0 - first) @ to_first
        yy = k.sum() - xx - 2.0 * xy
        values.append(xx / within_x + yy / within_y - 2.0 * xy / (n * m))
    return Null(np.sort(np.asarray(values)))


def expected_biased_mmd(n: int, m: int, mean_of_kernel: float, largest: float = 1.0) -> float:
    """(1 / n + 1 / m) (k(x, x) - E k(x, x')): the mean of the biased `mmd` where both laws agree.

    ``largest`` is k(x, x), 1 for the kernels of distances here.

    >>> round(expected_biased_mmd(100, 100, 0.5), 6)
    0.01
    """
    n, m = count(n, "n"), count(m, "m")
    return (1.0 / n + 1.0 / m) * (number(largest, "largest") - number(mean_of_kernel, "mean_of_kernel"))


def _positives(numbers, what) -> tuple[float, ...]:
    if not numbers or not all(is_number(s) and s > 0 and math.isfinite(s) for s in numbers):
        raise ValueError(f"the {what} are positive numbers, one or more, and were {numbers!r}")
    return tuple(float(s) for s in numbers)
