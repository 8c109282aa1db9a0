"""The margin is where logistic regression without a penalty goes: its direction under gradient descent, as 1 / log t.

On separable data the loss sum log(1 + exp(-y x'w)) has no minimum, and w grows for ever. Under gradient flow

    w(t) = w* log t + r + o(1),    w* = argmin |w|^2 with y x'w >= 1,    exp(-y_i x_i'r) = a_i on support vectors,

where a are the multipliers of the hard-margin machine, w* = sum a_i y_i x_i. So the angle to the largest margin falls as
|r across w*| / (|w*| log t): a hundred times as long makes it hardly smaller.
Source: Soudry et al. (2018), theorems 3 and 4. Lecture, "ML as a bag of tricks".
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ...arrays import host_floats, takes_lists
from ...autodiff import grad
from ...backend import to_numpy
from ...training import Player, players_learner, train
from ...validation import count, positive
from .row import Row
from .support_vectors import points


class Separable(NamedTuple):
    """Rows (n, 2) and labels -1 and 1 (n,) that a line through the origin separates."""

    x: Any
    labels: Any


def example() -> Separable:
    """Eight points, of which two are nearest to the best line."""
    signed = [[0.4, 1.5], [1.2, -0.2], [2.0, 1.5], [1.7, 0.4], [0.9, 2.2], [2.4, 0.1], [1.1, 1.3], [0.3, 2.6]]
    labels = [1.0, -1.0, 1.0, 1.0, -1.0, 1.0, -1.0, -1.0]
    return Separable(mnp.asarray(signed) * mnp.asarray(labels)[:, None], mnp.asarray(labels))


def widest(data: Separable):
    """w* (2,) of |w| least with y x'w >= 1, and the multipliers a (n,), by scikit-learn's `SVC` of a huge C.

    Each point is given with its mirror image, of the other label, so that the offset which `SVC` insists on is 0; the two
    then have the multiplier of the point between them.

    >>> widest(example())[0].round(4)
    array([0.9043, 0.4255])
    """
    from sklearn.svm import SVC

    x, labels = (to_numpy(one) for one in points(*data))
    n = len(labels)
    tool = SVC(C=1e8, kernel="linear", tol=1e-12).fit(np.concatenate([x, -x]), np.concatenate([labels, -labels]))
    multipliers = np.zeros(2 * n)
    multipliers[tool.support_] = np.abs(tool.dual_coef_[0])
    return tool.coef_[0], multipliers[:n] + multipliers[n:]


def residual(data: Separable) -> np.ndarray:
    """r (2,), where w(t) - w* log t goes: y_i x_i'r = -log a_i for the two support vectors.

    Raises `ValueError` where there are not two: one alone does not fix r.

    >>> residual(example()).round(4)
    array([0.4739, 0.5404])
    """
    (x, labels), (_, multipliers) = points(*data), widest(data)
    support = np.flatnonzero(multipliers > 1e-6 * multipliers.max())
    if len(support) != 2:
        raise ValueError(f"r is told by two support vectors, and these points have {len(support)}")
    signed = to_numpy(x)[support] * to_numpy(labels)[support, None]
    return np.linalg.solve(signed, -np.log(multipliers[support]))


@takes_lists("w")
def logistic_loss(data: Separable, w):
    """sum log(1 + exp(-y x'w))."""
    return mnp.sum(mnp.softplus(-data.labels * mnp.matmul(data.x, w)))


def flowed(data: Separable, log_times) -> np.ndarray:
    """w (times, 2) of gradient flow from w = 0 at t = 1, at rising log t up to some hundred, by autodiff's slope.

    dw / dlog t = -t grad; SciPy's integrator takes its steps in log t, so that t = exp(40) is as near as t = 40.

    >>> flowed(example(), [20.0, 40.0]).round(2)
    array([[18.56,  9.05],
           [36.64, 17.56]])
    """
    from scipy.integrate import solve_ivp

    data = Separable(*points(*data))
    slope = grad(lambda w, log_t: -mnp.exp(log_t) * logistic_loss(data, w))

    def rise(log_t, w):
        return to_numpy(slope(mnp.asarray(w), mnp.asarray(log_t)))

    how = {"method": "DOP853", "rtol": 1e-11, "atol": 1e-12}
    return solve_ivp(rise, (0.0, float(log_times[-1])), np.zeros(2), t_eval=np.asarray(log_times), **how).y.T


def descended(data: Separable, rate: float, steps: int) -> np.ndarray:
    """w (2,) after ``steps`` of gradient descent from 0, by `optim.sgd`: about the flow at t = rate steps."""
    rate, steps, data = positive(rate, "the rate"), count(steps, "steps"), Separable(*points(*data))

    def loss(parameters, given, rng):
        return logistic_loss(data, parameters["w"])

    learner = players_learner({"w": Player(lambda rng: mnp.zeros(2), loss, optim.sgd(rate))}, lambda rng, state: 0.0)
    return to_numpy(train(learner, steps, check_every=steps).state.parameters["w"])


def angle(w, to) -> np.ndarray:
    """The angle of rows w (..., 2) with the direction ``to`` (2,), in radians."""
    w, to = host_floats(w, "the rows w"), host_floats(to, "the direction")
    across = w[..., 0] * to[1] - w[..., 1] * to[0]
    return np.arctan2(np.abs(across), w @ to)


def angle_at(data: Separable, log_time) -> float:
    """The angle of w* log t + r with w*, to which that of w(t) comes; |r across w*| / (|w*| log t), if t is late.

    >>> round(angle_at(example(), 40.0), 5), round(angle_at(example(), 80.0), 5)
    (0.00707, 0.00356)
    """
    best = widest(data)[0]
    return float(angle(best * log_time + residual(data), best))


def measured() -> str:
    """What the arrow of `minigan figure families` says."""
    data = example()
    angles = angle(flowed(data, [20.0, 40.0]), widest(data)[0])
    return f"angles {angles[0]:.5f}, at t squared {angles[1]:.5f}"


ROW = Row("largest margin", "descent for ever, 1 / log t", "logistic regression", measured)
