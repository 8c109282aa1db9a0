r"""Nearest neighbours as the class posterior of mixtures with a component at each point.

Of every class the density is a mixture at its own points, and its prior their share n_c / n. Then Bayes' rule says

    p(c | x) = sum_j w_j(x) 1[y_j = c],    w_j(x) proportional to exp(-(|x - x_j| / h)^p / 2);    p = 2: Gaussians.

*One neighbour.* As h -> 0 the nearest point takes all the weight: the posterior is 1-NN. The nearest point's class is the
most probable one at every h below min_c [(d_c^2 - d_1^2) / (2 log n_c)]^(1/2), d_c the distance to the nearest point of
another class c, d_1 of all; and 2 h^2 log of its odds against the next class tends to min_c d_c^2 - d_1^2.

*k neighbours*, a locally adapted one. With the bandwidth h(x) between the distances of the k-th and the next neighbour,
and p -> infinity, the components become balls of a radius that x chooses: k points weigh 1/k each, the others nothing.
Source: Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 6.6 and 13.3; Loftsgaarden and
Quesenberry (1965). Lecture, "ML as a bag of tricks".
"""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ... import random
from ...arrays import real_array
from ...backend import dtype_name, to_numpy
from ...validation import count
from .points import as_points, groups, positive_or_array, squared_distances
from .row import Row


def weights(points, bandwidth, x, power=2.0):
    """w (m, n) of points (n, d) at places x (m, d); rows sum to 1. Bandwidth and power may differ by place, (m, 1).

    Where all components underflow the nearest point's takes all.

    >>> to_numpy(weights([[0.0], [1.0], [4.0]], 2.0, [[0.0]], math.inf))  # in a ball of radius 2
    array([[0.5, 0.5, 0. ]])
    """
    points = as_points(points, "the points")
    x = as_points(x, "the places to classify", columns=points.shape[1])
    power = power if power == math.inf else positive_or_array(power, "the power of a component")
    reach = mnp.sqrt(squared_distances(x, points)) / positive_or_array(bandwidth, "the bandwidth")
    nearest = mnp.min(reach, -1, keepdims=True)
    with mnp.errstate(over="ignore", under="ignore"):
        nowhere = mnp.isinf(nearest**power)
        return mnp.softmax(-0.5 * (reach / mnp.where(nowhere, nearest, 1.0)) ** power, -1)


def class_posterior(points, labels, bandwidth, x, power=2.0):
    """p(c | x), shape (m, C), of points (n, d) with labels 0, ..., C - 1, (n,): every class a mixture at its points.

    Raises `ValueError` for what are no rows of finite numbers, for labels that are no integers from 0, one a point, and
    for a bandwidth that is not positive.

    >>> odds = class_posterior([[0.0], [1.0]], [0, 1], 1.0, [[0.0]])
    >>> round(float(odds[0, 0]), 6)  # 1 / (1 + e^-1/2)
    0.622459
    """
    points, labels, x = _given(points, labels, x)
    return mnp.matmul(weights(points, bandwidth, x, power), _one_hot(labels))


def nearest_of_classes(points, labels, x):
    """Squared distances (m, C) to the nearest point of every class, and how many points each class has, (C,).

    >>> to_numpy(nearest_of_classes([[0.0], [1.0], [3.0]], [0, 1, 1], [[0.25]])[0])
    array([[0.0625, 0.5625]])
    """
    points, labels, x = _given(points, labels, x)
    of_class = _one_hot(labels) > 0.0
    apart = squared_distances(x, points)
    nearest = [mnp.min(mnp.where(of_class[:, c], apart, mnp.inf), -1) for c in range(of_class.shape[1])]
    return mnp.stack(nearest, -1), mnp.sum(mnp.astype(of_class, "float64"), 0)


def certain_bandwidth(points, labels, x):
    """The bandwidths (m,) below which the class posterior's favourite at x is the nearest point's class, by proof.

    A class c of n_c points weighs at most n_c exp(-d_c^2 / 2 h^2), the nearest one's at least exp(-d_1^2 / 2 h^2).

    >>> round(float(certain_bandwidth([[0.0], [1.0], [1.0]], [0, 1, 1], [[0.0]])[0]), 6)  # (2 log 2)^-1/2
    0.849322
    """
    nearest, sizes = nearest_of_classes(points, labels, x)
    own = mnp.arange(nearest.shape[1])[None, :] == mnp.argmin(nearest, -1)[:, None]
    further = nearest - mnp.min(nearest, -1, keepdims=True)
    bound = further / mnp.where(sizes > 1.0, 2.0 * mnp.log(sizes), 1.0)
    harmless = own | ((sizes == 1.0) & (further > 0.0))  # a single point that is further weighs less at every bandwidth
    return mnp.sqrt(mnp.min(mnp.where(harmless, mnp.inf, bound), -1))


def adapted_bandwidth(points, k: int, x):
    """h = (r_k r_k+1)^1/2 between the distances to the k-th and the next neighbour, q = (r_k+1 / r_k)^1/2: both (m, 1).

    Raises `ValueError` unless there are more than k points.

    >>> h, q = adapted_bandwidth([[1.0], [2.0], [8.0]], 2, [[0.0]])
    >>> float(h[0, 0]), float(q[0, 0])
    (4.0, 2.0)
    """
    points = as_points(points, "the points")
    k = count(k, "the number of neighbours", most=points.shape[0] - 1)
    x = as_points(x, "the places to classify", columns=points.shape[1])
    distance = mnp.sort(mnp.sqrt(squared_distances(x, points)), -1)
    kth, following = distance[:, k - 1 : k], distance[:, k : k + 1]
    return mnp.sqrt(kth * following), mnp.sqrt(following / kth)


def neighbours_posterior(points, labels, k: int, x, power=math.inf):
    """The class posterior (m, C) at the adapted bandwidth: at power infinity the shares of classes among k neighbours.

    >>> to_numpy(neighbours_posterior([[1.0], [2.0], [8.0]], [0, 1, 1], 2, [[0.0]]))
    array([[0.5, 0.5]])
    """
    return class_posterior(points, labels, adapted_bandwidth(points, k, x)[0], x, power)


def adapted_bound(points, k: int, x, power):
    """The most by which `neighbours_posterior` at a finite power may be off its limit, (m, 1): 1 - a / (1 + b / k).

    The k neighbours weigh a = exp(-q^-p / 2) at least, and all others b = (n - k) exp(-q^p / 2) at most.

    >>> round(float(adapted_bound([[1.0], [2.0], [8.0]], 2, [[0.0]], 10.0)[0, 0]), 6)
    0.000488
    """
    points = as_points(points, "the points")
    _, q = adapted_bandwidth(points, k, x)
    power = positive_or_array(power, "the power of a component")
    with mnp.errstate(over="ignore", under="ignore"):
        inside, outside = mnp.exp(-0.5 * q**-power), (points.shape[0] - k) * mnp.exp(-0.5 * q**power)
    return 1.0 - inside / (1.0 + outside / k)


def _one_hot(labels):
    return mnp.astype(labels[:, None] == mnp.arange(int(mnp.max(labels)) + 1)[None, :], "float64")


def _given(points, labels, x):
    points = as_points(points, "the points")
    labels = real_array(labels, "the labels")
    if "int" not in dtype_name(labels.dtype) or tuple(labels.shape) != (points.shape[0],) or bool(mnp.any(labels < 0)):
        raise ValueError(
            f"the labels are integers from 0, one for each of {points.shape[0]} points, and were given as "
            f"{dtype_name(labels.dtype)} of shape {tuple(labels.shape)}"
            + (", some below 0" if bool(mnp.any(labels < 0)) else "")
        )
    return points, labels, as_points(x, "the places to classify", columns=points.shape[1])


def measured() -> str:
    """The largest difference from scikit-learn's shares of five neighbours, and the bandwidth from which 1-NN holds."""
    from sklearn.neighbors import KNeighborsClassifier

    rng = random.generator(2, host=True)
    (x, y), (places, _) = groups(rng, 150), groups(rng, 300)
    one = KNeighborsClassifier(1).fit(to_numpy(x), to_numpy(y)).predict(to_numpy(places))
    different = lambda h: (to_numpy(mnp.argmax(class_posterior(x, y, h, places), -1)) != one).any()
    equal = 0.0
    for power in range(-12, 5):
        if different(2.0 ** (power / 2)):
            break
        equal = 2.0 ** (power / 2)
    five = KNeighborsClassifier(5).fit(to_numpy(x), to_numpy(y)).predict_proba(to_numpy(places))
    off = abs(to_numpy(neighbours_posterior(x, y, 5, places)) - five).max()
    return f"1-NN up to h = {equal:.2g}; 5-NN off {off:.0e}"


ROW = Row("nearest neighbours", "bandwidth → 0", "class posterior of mixtures", measured)
