r"""k-means as EM of a mixture of Gaussians whose common variance goes to 0.

    p(x) = 1/K sum_k N(x; m_k, s^2 I),    r_ik = softmax_k(-|x_i - m_k|^2 / 2 s^2),    m_k <- sum_i r_ik x_i / sum_i r_ik.

As s^2 -> 0 the responsibilities r become indicators of the nearest mean, EM's step becomes Lloyd's, and

    -2 s^2 [log-likelihood + n log K + (n d / 2) log 2 pi s^2]  ->  sum_i min_k |x_i - m_k|^2

from below, by a gap between 2 s^2 log(1 + exp(-g / 2 s^2)) and 2 s^2 n log(1 + (K - 1) exp(-g / 2 s^2)), where g is the
least margin min_i (second least - least squared distance): exponentially fast in 1 / s^2.
Source: Bishop (2006), Pattern Recognition and Machine Learning, 9.3.2. Lecture, "ML as a bag of tricks".
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ... import random
from ...backend import to_numpy
from ...validation import count, non_negative
from .points import as_points, groups, positive_or_array, squared_distances
from .row import Row

MOST = 2000  # steps of EM


def responsibilities(x, means, variance):
    """r (n, K) of points (n, d) and means (K, d); at variance 0 the limit, 1 for the nearest mean, shared among equals.

    >>> x, means = [[0.0], [0.75]], [[0.0], [1.0]]
    >>> to_numpy(responsibilities(x, means, 0.0))
    array([[1., 0.],
           [0., 1.]])
    >>> round(float(responsibilities(x, means, 1.0)[0, 0]), 6)  # 1 / (1 + e^-1/2)
    0.622459
    """
    return _responsibilities(*_given(x, means), non_negative(variance, "the variance of a mixture"))


def _responsibilities(x, means, variance):
    apart = squared_distances(x, means)
    if variance > 0.0:
        return mnp.softmax(-0.5 * apart / variance, -1)
    nearest = mnp.astype(apart == mnp.min(apart, -1, keepdims=True), "float64")
    return nearest / mnp.sum(nearest, -1, keepdims=True)


def em_step(x, means, variance):
    """The means (K, d) after an E step and an M step; at variance 0 Lloyd's step. A mean that nobody is near stays.

    >>> to_numpy(em_step([[0.0], [2.0], [9.0]], [[1.5], [8.0]], 0.0))
    array([[1.],
           [9.]])
    """
    return _em_step(*_given(x, means), non_negative(variance, "the variance of a mixture"))


def _em_step(x, means, variance):
    r = _responsibilities(x, means, variance)
    weight = mnp.sum(r, 0)[:, None]
    some = weight > 0.0
    return mnp.where(some, mnp.matmul(mnp.matrix_transpose(r), x) / mnp.where(some, weight, 1.0), means)


def em(points, means, variance, steps: int = MOST):
    """Means (K, d) where EM of points (n, d) stops from ``means``, at most ``steps`` steps on; k-means at variance 0.

    Raises `ValueError` for points or means that are no rows of finite numbers, and for a negative variance.

    >>> to_numpy(em([[0.0], [1.0], [8.0], [9.0]], [[0.0], [1.0]], 0.0)).ravel()
    array([0.5, 8.5])
    """
    (x, means), variance = _given(points, means), non_negative(variance, "the variance of a mixture")
    for _ in range(count(steps, "the steps of EM", 0)):
        before, means = means, _em_step(x, means, variance)
        if bool(mnp.all(mnp.abs(means - before) <= 1e-13 * (1.0 + mnp.abs(before)))):
            break
    return means


def assignments(x, means):
    """The nearest mean of each point, integers (n,): the most responsible one as well, at every common variance.

    >>> to_numpy(assignments([[0.0], [2.0]], [[3.0], [-1.0]]))
    array([1, 0])
    """
    return mnp.argmin(squared_distances(*_given(x, means)), -1)


def log_likelihood(x, means, variance):
    """sum_i log 1/K sum_k N(x_i; m_k, s^2 I).

    >>> round(float(log_likelihood([[0.0]], [[0.0], [0.0]], 1.0)), 6)  # -1/2 log 2 pi
    -0.918939
    """
    (x, means), variance = _given(x, means), positive_or_array(variance, "the variance of a mixture")
    n, d = x.shape
    at = mnp.logsumexp(-0.5 * squared_distances(x, means) / variance, -1)
    return mnp.sum(at) - n * math.log(means.shape[0]) - 0.5 * n * d * (math.log(2.0 * math.pi) + mnp.log(variance))


def within_cluster_squares(x, means):
    """sum_i min_k |x_i - m_k|^2, k-means' objective, scikit-learn's ``inertia_``.

    >>> float(within_cluster_squares([[0.0], [2.0]], [[3.0], [-1.0]]))
    2.0
    """
    return mnp.sum(mnp.min(squared_distances(*_given(x, means)), -1))


def margins(x, means):
    """|x_i - m_k|^2 - min_l |x_i - m_l|^2, shape (n, K): by how much each mean is further than the nearest.

    >>> to_numpy(margins([[0.0]], [[3.0], [-1.0]]))
    array([[8., 0.]])
    """
    apart = squared_distances(*_given(x, means))
    return apart - mnp.min(apart, -1, keepdims=True)


def objective_gap(x, means, variance):
    """k-means' objective less that of the mixture, 2 s^2 sum_i log sum_k exp(-margin_ik / 2 s^2), to its last digits.

    >>> x, means = [[0.0]], [[0.0], [1.0]]
    >>> f"{float(objective_gap(x, means, 0.01)):.6e}"  # 0.02 log(1 + e^-50)
    '3.857500e-24'
    """
    (x, means), variance = _given(x, means), positive_or_array(variance, "the variance of a mixture")
    far = -0.5 * margins(x, means) / variance
    at = mnp.arange(means.shape[0])[None, :] == assignments(x, means)[:, None]
    return 2.0 * variance * mnp.sum(mnp.log1p(mnp.sum(mnp.where(at, 0.0, mnp.exp(far)), -1)))


def least_margin(x, means) -> float:
    """g = min over points of the second least squared distance less the least one. Raises `ValueError` for one mean.

    >>> least_margin([[0.0], [0.5]], [[3.0], [-1.0]])
    4.0
    """
    return float(mnp.min(mnp.sort(margins(*_given(x, means, 2)), -1)[:, 1]))


def certified_variance(points, means) -> float:
    """A variance at and below which EM from k-means' fixed point ``means`` (K, d) keeps every assignment, by proof.

    With all means within e of k-means', a mean further off by d_k - d_a is responsible for at most
    u = exp(-(d_k + d_a)(d_k - d_a - 2 e) / 2 s^2), and so the next mean of a cluster C of n_k points lies within
    [sum_C (sum_l u_l) d_k + sum_not C u d_k] / (n_k - sum_C sum_l u_l) of k-means'. Where this is at most e, the ball goes
    into itself; e is a quarter of the least d_k - d_a, at which no assignment changes in the ball.
    Raises `ValueError` where a point has two nearest means, or ``means`` are no fixed point.

    >>> round(certified_variance([[0.0], [0.2], [1.0], [1.2]], [[0.1], [1.1]]), 4)
    0.1411
    """
    x, means = _given(points, means, 2)
    moved = float(mnp.max(mnp.abs(em_step(x, means, 0.0) - means)))
    if moved > 1e-9:
        raise ValueError(f"the means are to be k-means' fixed point, and its next step moves one by {moved:.3g}")
    distance = np.sqrt(to_numpy(squared_distances(x, means)))
    own = np.arange(means.shape[0]) == distance.argmin(1)[:, None]
    nearest = distance.min(1, keepdims=True)
    further = distance - nearest
    reach = 0.25 * np.where(own, np.inf, further).min()
    if not reach > 0.0:
        raise ValueError("every point is to have one nearest mean, and some has two: no variance keeps its assignment")

    def stays(variance):
        u = np.where(own, 0.0, np.exp(-(distance + nearest) * (further - 2.0 * reach) / (2.0 * variance)))
        lost = np.where(own, u.sum(1, keepdims=True), 0.0)
        kept = own.sum(0) - lost.sum(0)
        return bool((((lost + u) * distance).sum(0) <= reach * kept).all()) and bool((kept > 0.0).all())

    low, high = 0.0, float(nearest.mean() ** 2 + reach)
    for _ in range(60):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if stays(middle) else (low, middle)
    return low


def merging_variance(points) -> float:
    """The largest eigenvalue of the points' covariance (with 1/n): above it all means fall together, below they part.

    Source: Rose, Gurewitz and Fox (1990), "Statistical mechanics and phase transitions in clustering".

    >>> merging_variance([[0.0], [2.0]])
    1.0
    """
    x = as_points(points, "the points")
    x = x - mnp.mean(x, 0)
    return float(mnp.max(mnp.linalg.eigvalsh(mnp.matmul(mnp.matrix_transpose(x), x) / x.shape[0])))


def centres_of_k_means(points, start):
    """scikit-learn's centres from ``start`` (K, d), by Lloyd's algorithm to its end: shape (K, d).

    >>> to_numpy(centres_of_k_means([[0.0], [1.0], [8.0], [9.0]], [[0.0], [1.0]])).ravel()
    array([0.5, 8.5])
    """
    from sklearn.cluster import KMeans

    x, start = _given(points, start)
    fitted = KMeans(start.shape[0], init=to_numpy(start), n_init=1, tol=0.0, max_iter=MOST).fit(to_numpy(x))
    return mnp.asarray(fitted.cluster_centers_)


def _given(points, means, least: int = 1):
    points = as_points(points, "the points")
    return points, as_points(means, "the means of a mixture", least, points.shape[1])


def measured() -> str:
    """Up to which variance EM's assignments are k-means', over tenths of a decade."""
    x, _ = groups(random.generator(0, host=True), 200)
    means = centres_of_k_means(x, x[:3, :])
    equal = None
    for variance in 10.0 ** np.arange(-1.5, 0.5, 0.1):
        if not bool(mnp.all(assignments(x, em(x, means, float(variance))) == assignments(x, means))):
            break
        equal = variance
    return f"assignments equal up to s² = {equal:.2g}"


ROW = Row("k-means", "common variance → 0", "mixture of Gaussians, by EM", measured)
