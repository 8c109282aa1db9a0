"""Dropout of inputs in linear regression is ridge with weights of the data; in a softmax layer an average over all masks.

With each input kept with probability p and then divided by p,

    E |y - X~ w|^2 = |y - X w|^2 + (1 - p)/p sum_j (X'X)_jj w_j^2,

exactly. The normalised geometric mean of softmax(W (x m / p) + b) over all masks m is softmax(W x + b): the layer without
dropout averages exponentially many sub-networks. Exact for one layer, no further.
Source: Wager, Wang and Liang (2013); Baldi and Sadowski (2013). Lecture, "Regularization as a bag of tricks".
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...backend import to_numpy
from ..explicit.states import binary_states, check_few
from .linear_model import LinearModel, example
from .mode import mode
from .row import Row


def masks(inputs: int, keep: float):
    """All 2^inputs masks, 0 or 1 / keep, with their log probabilities: (2^inputs, inputs) and (2^inputs,)."""
    if not 0.0 < keep <= 1.0:
        raise ValueError(f"the probability to keep an input lies in (0, 1], and was {keep!r}")
    check_few(inputs, "dropout of every input", 2**12)
    kept = binary_states(inputs)
    log_p = mnp.sum(mnp.where(kept > 0.0, math.log(keep), math.log1p(-keep) if keep < 1.0 else -math.inf), -1)
    return kept / keep, log_p


@takes_lists("w")
def expected_loss(model: LinearModel, w, keep: float):
    """E |y - X~ w|^2 for weights (d,), by going through all masks of a row.

    >>> from minigan.models.families.linear_model import linear_model
    >>> one = linear_model([[2.0]], [1.0])
    >>> float(expected_loss(one, mnp.ones(1), 0.5))  # (1 - 0)^2 / 2 + (1 - 4)^2 / 2
    5.0
    """
    scaled, log_p = masks(model.x.shape[1], keep)
    outputs = mnp.matmul(mnp.expand_dims(scaled * w, 1), mnp.matrix_transpose(model.x))[:, 0, :]  # (masks, n)
    return mnp.sum(mnp.exp(log_p) * mnp.sum(mnp.square(model.y - outputs), -1))


def data_weights(model: LinearModel, keep: float):
    """(1 - p)/p (X'X)_jj: the weights of w_j^2 that dropout amounts to, (d,)."""
    return (1.0 - keep) / keep * mnp.sum(mnp.square(model.x), 0)


@takes_lists("w")
def as_ridge(model: LinearModel, w, keep: float):
    """|y - X w|^2 + (1 - p)/p sum_j (X'X)_jj w_j^2.

    >>> from minigan.models.families.linear_model import linear_model
    >>> float(as_ridge(linear_model([[2.0]], [1.0]), mnp.ones(1), 0.5))  # (1 - 2)^2 + 4
    5.0
    """
    fit = mnp.sum(mnp.square(model.y - mnp.matmul(model.x, w)))
    return fit + mnp.sum(data_weights(model, keep) * mnp.square(w))


def trained_with_dropout(model: LinearModel, keep: float) -> np.ndarray:
    """argmin of `expected_loss`, by autodiff through the sum over all masks.

    >>> from minigan.models.families.linear_model import linear_model
    >>> trained_with_dropout(linear_model([[2.0]], [1.0]), 0.5).round(6)  # 2 / (4 + 4)
    array([0.25])
    """
    return to_numpy(mode(lambda w: -expected_loss(model, w, keep), mnp.zeros(model.x.shape[1])))


def ridge_of_scaled(model: LinearModel, keep: float) -> np.ndarray:
    """The same by scikit-learn's ridge: of columns divided by their norms, weight (1 - p)/p, and scaled back."""
    from sklearn.linear_model import Ridge

    x = to_numpy(model.x)
    norms = np.sqrt((x * x).sum(0))
    tool = Ridge(alpha=(1.0 - keep) / keep, fit_intercept=False, solver="cholesky")
    return tool.fit(x / norms, to_numpy(model.y)).coef_ / norms


@takes_lists("x")
def geometric_mean(log_probabilities, x, keep: float):
    """The normalised geometric mean of softmax outputs over all masks of x (d,): log of it, (classes,).

    ``log_probabilities`` takes inputs (masks, d) to (masks, classes).

    >>> layer = lambda rows: mnp.log_softmax(mnp.matmul(rows, mnp.asarray([[1.0, 0.0], [0.0, 2.0]])))
    >>> [round(float(one), 4) for one in mnp.exp(geometric_mean(layer, mnp.ones(2), 0.5))]  # softmax(1, 2)
    [0.2689, 0.7311]
    """
    scaled, log_p = masks(x.shape[0], keep)
    p = mnp.exp(log_p)
    outputs = mnp.where(p[:, None] > 0.0, log_probabilities(x * scaled), 0.0)
    return mnp.log_softmax(mnp.sum(p[:, None] * outputs, 0))


def measured() -> str:
    """What the arrow of `minigan figure families` says."""
    model = example()
    off = abs(trained_with_dropout(model, 0.8) - ridge_of_scaled(model, 0.8)).max()
    return f"weights equal to {off:.0e}, 32 masks"


ROW = Row("dropout", "in expectation, exactly", "ridge priors; averages of sub-networks", measured)
