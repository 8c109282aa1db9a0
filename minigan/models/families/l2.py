"""L2 regularisation is a Gaussian prior: the penalised optimum is the posterior's mode.

    |y - X w|^2 + a |w|^2    is    -2 s² log p(w | y) + const    for    a = s² / t²

and of a classifier's log loss likewise, C = t² in scikit-learn's words. Lecture, "Regularization as a bag of tricks".
"""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...backend import to_numpy
from .linear_model import LinearModel, example
from .mode import mode
from .row import Row


def penalty(noise: float, deviation: float) -> float:
    """a = s² / t², the weight of |w|^2 beside a sum of squares.

    >>> penalty(noise=0.5, deviation=2.0)
    0.0625
    """
    return noise**2 / deviation**2


def ridge(model: LinearModel, weight: float) -> np.ndarray:
    """argmin |y - X w|^2 + weight |w|^2 by scikit-learn, (d,).

    >>> from minigan.models.families.linear_model import linear_model
    >>> ridge(linear_model([[1.0], [2.0]], [1.0, 2.0]), 1.0).round(4)
    array([0.8333])
    """
    from sklearn.linear_model import Ridge

    return Ridge(alpha=weight, fit_intercept=False, solver="svd").fit(to_numpy(model.x), to_numpy(model.y)).coef_


def most_probable(model: LinearModel) -> np.ndarray:
    """The w of the highest log p(y, w), by autodiff's slopes and curvature.

    >>> from minigan.models.families.linear_model import linear_model
    >>> most_probable(linear_model([[1.0], [2.0]], [1.0, 2.0])).round(4)  # 5 / (5 + 1)
    array([0.8333])
    """
    return to_numpy(mode(model.log_density, mnp.zeros(model.x.shape[1])))


def penalised_logistic(x, labels, strength: float) -> np.ndarray:
    """argmin sum log(1 + exp(-y x'w)) + |w|^2 / (2 strength), labels -1 and 1, by scikit-learn's C = strength."""
    from sklearn.linear_model import LogisticRegression

    tool = LogisticRegression(C=strength, fit_intercept=False, solver="newton-cholesky", tol=1e-13, max_iter=200)
    return tool.fit(to_numpy(x), to_numpy(labels)).coef_[0]


@takes_lists("x", "labels")
def most_probable_logistic(x, labels, deviation: float) -> np.ndarray:
    """The mode of p(w | labels) for a logistic likelihood, labels -1 and 1, and the prior N(0, deviation^2).

    >>> x, labels = mnp.asarray([[1.0]]), mnp.ones(1)
    >>> w = most_probable_logistic(x, labels, deviation=2.0)
    >>> bool(abs(w - penalised_logistic(mnp.asarray([[1.0], [0.0]]), [1.0, -1.0], 4.0)).max() < 1e-9), w.round(4)
    (True, array([1.0426]))
    """

    def log_density(w):
        likelihood = -mnp.sum(mnp.softplus(-labels * mnp.matmul(x, w)))
        return likelihood - 0.5 * mnp.sum(mnp.square(w)) / deviation**2

    return to_numpy(mode(log_density, mnp.zeros(x.shape[1])))


def measured() -> str:
    """What the arrow of `minigan figure families` says."""
    model = example()
    apart = abs(ridge(model, penalty(model.noise, model.deviation)) - most_probable(model)).max()
    return f"weights equal to {apart:.0e}"


ROW = Row("L2 regularisation", "a = s² / t²", "posterior mode, Gaussian prior", measured)
