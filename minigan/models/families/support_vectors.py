"""Support vector machines are the mode of a Gaussian process under the hinge, one end of a family of losses.

    f ~ GP(0, K), b flat:    max over f, b of  -C sum_i loss(y_i (f_i + b)) - 1/2 f' K^-1 f,
    loss(m) = softplus(k (1 - m)) / k,

at k = 1 the logistic loss of m - 1, as k grows the hinge max(0, 1 - m), above which it is by log 2 / k at most. A point's
coefficient is C sigmoid(k (1 - m)): under the hinge 0 beyond the margin and C within, so that points which are clear drop
out, and the support vectors are left. exp(-hinge) is no likelihood, for it is not normalised over labels; the logistic one
is, and its mode is where a Gaussian-process classifier begins.
Source: Sollich (2002); Rasmussen and Williams (2006), section 6.4. Lecture, "ML as a bag of tricks".
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ...arrays import finite, floating, takes_lists
from ...backend import to_numpy
from ...validation import positive
from .mode import mode
from .points import squared_distances
from .row import Row

FIRST, FACTOR = 4.0, 8.0  # sharpness of the losses that lead to a sharp one, each from the last one's optimum


class Machine(NamedTuple):
    """``coefficients`` a (n,) of f = K a, the ``offset`` b, and f + b at the points, (n,)."""

    coefficients: Any
    offset: float
    values: Any


def points(x, labels):
    """Rows (n, d) and labels (n,), -1 and 1, both of them there, as arrays; `ValueError` for others."""
    x, labels = finite(floating(x, "the rows"), "the rows"), finite(floating(labels, "the labels"), "the labels")
    if x.ndim != 2 or tuple(labels.shape) != (x.shape[0],):
        raise ValueError(
            f"there are rows (n, d) and a label each, and these are {tuple(x.shape)} and {tuple(labels.shape)}"
        )
    found = sorted(set(to_numpy(labels).tolist()))
    if found != [-1.0, 1.0]:
        raise ValueError(
            f"labels are -1 and 1, and both occur; of these there are {', '.join(f'{one:g}' for one in found[:5])}"
        )
    return x, labels


def kernel(x, z, length: float = 1.0):
    """exp(-|x - z|^2 / (2 length^2)) of rows x (n, d) and z (m, d), (n, m).

    >>> round(float(kernel(mnp.zeros((1, 2)), mnp.ones((1, 2)))[0, 0]), 6)  # 1/e
    0.367879
    """
    return mnp.exp(-0.5 * squared_distances(x, z) / length**2)


def loss(margin, sharpness: float):
    """softplus(k (1 - m)) / k.

    >>> [round(float(loss(0.0, k)), 4) for k in (1.0, 1000.0)]  # log(1 + e), and the hinge
    [1.3133, 1.0]
    """
    return mnp.softplus(sharpness * (1.0 - margin)) / sharpness


def most_probable_machine(x, labels, strength: float, sharpness: float, length: float = 1.0) -> Machine:
    """The mode of f and b under `loss`, by Newton's method in white coordinates u, f = L u with K = L L'.

    >>> pair = most_probable_machine([[-1.0], [1.0]], [-1.0, 1.0], 100.0, 1e6)
    >>> [round(float(one), 4) for one in pair.values]  # either is on its margin
    [-1.0, 1.0]
    """
    x, labels = points(x, labels)
    strength, sharpness = positive(strength, "the strength"), positive(sharpness, "the sharpness")
    square = kernel(x, x, positive(length, "the length"))
    n = x.shape[0]
    values, vectors = mnp.linalg.eigh(square)
    root = vectors * mnp.sqrt(mnp.maximum(values, 0.0))
    stages = max(0, math.ceil(math.log(sharpness / FIRST, FACTOR)))

    def log_density(v, k):
        penalty = strength * mnp.sum(loss(labels * (mnp.matmul(root, v[:n]) + v[n]), k))
        return -penalty - 0.5 * mnp.sum(mnp.square(v[:n]))

    path = [(sharpness / FACTOR**stage,) for stage in range(stages, -1, -1)]
    found = mode(log_density, mnp.zeros(n + 1), 100, path)
    at_points = mnp.matmul(root, found[:n]) + found[n]
    coefficients = strength * labels * mnp.sigmoid(sharpness * (1.0 - labels * at_points))
    return Machine(coefficients, float(found[n]), at_points)


def decision(machine: Machine, x, z, length: float = 1.0):
    """f + b at rows z (m, d), for the points x."""
    return mnp.matmul(kernel(z, x, length), machine.coefficients) + machine.offset


@takes_lists("coefficients", "values", "labels")
def hinge_objective(coefficients, values, labels, strength: float) -> float:
    """C sum max(0, 1 - y (f + b)) + 1/2 f' K^-1 f, of f = K a: f' K^-1 f = a'f = a'(f + b), for a sums to 0."""
    hinge = mnp.sum(mnp.maximum(0.0, 1.0 - labels * values))
    return float(strength * hinge + 0.5 * mnp.sum(coefficients * values))


def by_scikit_learn(x, labels, strength: float, length: float = 1.0):
    """scikit-learn's `SVC`, fitted to ten digits."""
    from sklearn.svm import SVC

    tool = SVC(C=strength, kernel="rbf", gamma=0.5 / length**2, tol=1e-10)
    return tool.fit(to_numpy(x), to_numpy(labels))


def most_probable_classifier(x, labels, deviation: float = 1.0, length: float = 1.0):
    """f (n,) at the mode of the logistic likelihood and GP(0, deviation^2 K), and Laplace's log p(labels) there.

    >>> f, evidence = most_probable_classifier([[-9.0], [9.0]], [-1.0, 1.0])
    >>> [round(float(one), 4) for one in f], round(evidence, 4)  # f = 1 / (1 + e^f)
    ([-0.4011, 0.4011], -1.4013)
    """
    x, labels = points(x, labels)
    square = deviation**2 * kernel(x, x, length)
    values, vectors = mnp.linalg.eigh(square)
    root = vectors * mnp.sqrt(mnp.maximum(values, 0.0))

    def log_density(u):
        return -mnp.sum(mnp.softplus(-labels * mnp.matmul(root, u))) - 0.5 * mnp.sum(mnp.square(u))

    u = mode(log_density, mnp.zeros(x.shape[0]))
    f = mnp.matmul(root, u)
    curved = mnp.sigmoid(f) * mnp.sigmoid(-f)
    bent = mnp.eye(x.shape[0]) + mnp.matmul(mnp.matrix_transpose(root), curved[:, None] * root)
    return f, float(log_density(u) - 0.5 * mnp.linalg.slogdet(bent)[1])


def classifier_by_scikit_learn(x, labels, deviation: float = 1.0, length: float = 1.0):
    """scikit-learn's `GaussianProcessClassifier` of the same kernel, which it is not let change."""
    from sklearn.gaussian_process import GaussianProcessClassifier
    from sklearn.gaussian_process.kernels import RBF, ConstantKernel

    tool = GaussianProcessClassifier(ConstantKernel(deviation**2) * RBF(length), optimizer=None)
    return tool.fit(to_numpy(x), to_numpy(labels))


def moons(seed: int = 0, count: int = 40):
    """Two half-moons with noise, (count, 2), and their labels."""
    from sklearn.datasets import make_moons

    x, label = make_moons(count, noise=0.25, random_state=seed)
    return mnp.asarray(x), mnp.asarray(2.0 * label - 1.0)


def measured() -> str:
    """What the arrow of `minigan figure families` says."""
    x, labels = moons()
    machine, tool = most_probable_machine(x, labels, 2.0, 1e6), by_scikit_learn(x, labels, 2.0)
    off = np.abs(to_numpy(machine.values) - tool.decision_function(to_numpy(x))).max()
    return f"f to {off:.0e}, {int(tool.n_support_.sum())} of {x.shape[0]} support"


ROW = Row("support vector machine", "the hinge, k → ∞", "mode of a Gaussian process", measured)
