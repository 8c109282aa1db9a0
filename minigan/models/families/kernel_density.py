r"""Kernel density estimation as a mixture of Gaussians with a component at each point.

    p(x) = 1/n sum_j N(x; x_j, h^2 I):    nothing is fitted but the bandwidth h.

The likelihood of the points themselves grows without bound as h -> 0, like -n d log h: every component sees its own point.
Without it, the likelihood of each point under the others is a closed form,

    L(h) = sum_i log 1/(n - 1) sum_{j != i} N(x_i; x_j, h^2 I),

and it has a maximum, at a fixed point of EM: h^2 = 1/(n d) sum_ij r_ij |x_i - x_j|^2, r the responsibilities without r_ii.
As a generator: pick a point, add h times noise. Draws have the data's mean, and their covariance (with 1/n) plus h^2 I.
Source: Parzen (1962), "On estimation of a probability density function and mode"; Duin (1976), "On the choice of smoothing
parameters for Parzen estimators". Lecture, "ML as a bag of tricks".
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ... import random
from ...autodiff import grad
from ...backend import to_numpy
from ...random import as_generator
from ...validation import count, non_negative, positive
from .points import as_points, groups, positive_or_array, squared_distances
from .row import Row

WIDEST, NARROWEST = 3.0, 1e-3  # bandwidths looked at, in root mean square distances between points


def log_density(points, bandwidth, x):
    """log p(x) of ``x`` (m, d) under the mixture at ``points`` (n, d): shape (m,).

    Raises `ValueError` for what are no rows of finite numbers of one width, and for a bandwidth that is not positive.

    >>> round(float(log_density([[0.0], [0.0]], 1.0, [[0.0]])[0]), 6)  # -1/2 log 2 pi
    -0.918939
    """
    points = as_points(points, "the points")
    x = as_points(x, "the places of a density", columns=points.shape[1])
    return _log_mixture(squared_distances(x, points), bandwidth, points.shape[1])


def own_log_likelihood(points, bandwidth):
    """sum_i log p(x_i), every point's own component among the n; grows for ever as the bandwidth falls.

    >>> points = [[0.0], [1.0]]
    >>> round(float(own_log_likelihood(points, 1e-3) - own_log_likelihood(points, 1e-2)) / math.log(10.0), 6)  # n d
    2.0
    """
    points = as_points(points, "the points")
    return mnp.sum(_log_mixture(squared_distances(points, points), bandwidth, points.shape[1]))


def leave_one_out(points, bandwidth):
    """L(h), the sum over points (n, d) of the log-density at each under all the others. Raises `ValueError` for n < 2.

    >>> round(float(leave_one_out([[0.0], [1.0]], 1.0)), 6)  # 2 log N(1; 0, 1) = -log 2 pi - 1
    -2.837877
    """
    points = as_points(points, "the points", least=2)
    return mnp.sum(_log_mixture(squared_distances(points, points), bandwidth, points.shape[1], True))


def best_bandwidth(points) -> float:
    """The h at which `leave_one_out` is largest: where its slope in log h, by autodiff, is 0.

    Raises `ValueError` where there is none, as for points that each stand twice: then L grows as h -> 0 too.

    >>> round(best_bandwidth([[0.0], [1.0]]), 6)  # L = -2 log h - 1 / h^2 + constant
    1.0
    """
    from scipy.optimize import brentq

    points = as_points(points, "the points", least=2)
    apart, d = squared_distances(points, points), points.shape[1]
    slope = grad(lambda log_h: mnp.sum(_log_mixture(apart, mnp.exp(log_h), d, True)))
    scale = 0.5 * math.log(2.0 * float(mnp.mean(mnp.var(points, 0))) or 1.0)
    at = scale + np.linspace(math.log(NARROWEST), math.log(WIDEST), 41)
    slopes = [float(slope(mnp.asarray(one))) for one in at]
    tops = [i for i in range(40) if slopes[i] > 0.0 >= slopes[i + 1]]
    if not tops or not slopes[0] > 0.0:
        raise ValueError(
            "no bandwidth has the largest leave-one-out likelihood: it grows for ever as h falls, as where every point "
            "stands twice; leave out what stands twice"
        )
    found = [brentq(lambda one: float(slope(mnp.asarray(one))), at[i], at[i + 1], xtol=1e-13) for i in tops]
    return max((math.exp(one) for one in found), key=lambda h: float(leave_one_out(points, h)))


def em_bandwidth(points, bandwidth):
    """EM's next bandwidth, [1/(n d) sum_ij r_ij |x_i - x_j|^2]^(1/2): the one it is given where L has its maximum.

    >>> round(float(em_bandwidth([[0.0], [3.0]], 1.0)), 6)  # either has one other, at 3
    3.0
    """
    points = as_points(points, "the points", least=2)
    apart, bandwidth = squared_distances(points, points), positive_or_array(bandwidth, "the bandwidth")
    n, d = points.shape
    return mnp.sqrt(mnp.sum(mnp.softmax(_exponents(apart, bandwidth, True), -1) * apart) / (n * d))


def generated(points, bandwidth, rng, n: int):
    """``n`` draws (n, d): a point, picked uniformly, and the bandwidth times standard normal noise.

    >>> generated([[0.0], [5.0]], 0.1, 0, 1000).shape
    (1000, 1)
    """
    points, bandwidth = as_points(points, "the points"), positive(bandwidth, "the bandwidth")
    rng, n = as_generator(rng), count(n, "the number of draws", 0)
    which = rng.integers(0, points.shape[0], (n,))
    return mnp.take(points, which, 0) + bandwidth * rng.standard_normal((n, points.shape[1]))


def moments(points, bandwidth):
    """The mean (d,) and the covariance (d, d) of the mixture: those of the points, with 1/n, and h^2 more on the diagonal.

    >>> mean, covariance = moments([[0.0], [2.0]], 0.5)
    >>> float(mean[0]), float(covariance[0, 0])
    (1.0, 1.25)
    """
    points, bandwidth = as_points(points, "the points"), non_negative(bandwidth, "the bandwidth")
    n, d = points.shape
    mean = mnp.mean(points, 0)
    apart = points - mean
    return mean, mnp.matmul(mnp.matrix_transpose(apart), apart) / n + bandwidth**2 * mnp.eye(d)


def _log_mixture(apart, bandwidth, d: int, others: bool = False):
    """log 1/n sum_j N of squared distances (m, n) in d dimensions: shape (m,); of a point's ``others`` without j = i."""
    n, bandwidth = apart.shape[1] - others, positive_or_array(bandwidth, "the bandwidth")
    constant = math.log(n) + d * (0.5 * math.log(2.0 * math.pi) + mnp.log(bandwidth))
    return mnp.logsumexp(_exponents(apart, bandwidth, others), -1) - constant


def _exponents(apart, bandwidth, others: bool):
    """-|x_i - x_j|^2 / 2 h^2; of ``others`` -inf on the diagonal."""
    exponents = -0.5 * apart / mnp.square(mnp.asarray(bandwidth))
    return mnp.where(mnp.eye(apart.shape[0]) > 0.0, -mnp.inf, exponents) if others else exponents


def measured() -> str:
    """How far the closed form is from as many fits of scikit-learn's `KernelDensity` as there are points."""
    from sklearn.neighbors import KernelDensity

    x, _ = groups(random.generator(1, host=True), 60)
    host, h = to_numpy(x), best_bandwidth(x)
    left_out = [KernelDensity(bandwidth=h).fit(np.delete(host, i, 0)).score(host[i : i + 1]) for i in range(60)]
    off = abs(float(leave_one_out(x, h)) / sum(left_out) - 1.0)
    return f"best h = {h:.3f}; leave-one-out off {off:.0e}"


ROW = Row("kernel density estimation", "a component at each point", "mixture of Gaussians", measured)
