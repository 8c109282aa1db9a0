"""Early stopping of gradient descent on a quadratic is a filter of the spectrum, beside that of L2.

Along an eigenvector of X'X / n with eigenvalue l the least-squares coefficient is shrunk by

    l / (l + a)         by L2 of weight a,
    1 - exp(-t l)       by gradient flow until the time t,
    1 - (1 - h l)^k     by k steps of length h.

With a = 1/t the first two differ by at most 0.2037, and the risk of stopping is at most 1.6860 times that of L2. Stopping
is a Gaussian prior too, exactly: one whose precision along the eigenvector is l / (exp(t l) - 1), or 1/t where l is small.
Source: Ali, Kolter and Tibshirani (2019), theorem 1; Santos (1996) on the prior.
Lecture, "Regularization as a bag of tricks".
"""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ...arrays import takes_lists
from ...backend import to_numpy
from ...training import Player, players_learner, train
from ...validation import count, positive
from .linear_model import LinearModel, example
from .row import Row

WORST = 1.685909058278325  # max over x of ((1 - exp(-x)) (1 + x) / x)^2, at x = 1.7932821329
APART = 0.20363218879453688  # max over x of 1 / (1 + x) - exp(-x), where 1 + x = exp(x / 2)


@takes_lists("eigenvalue")
def ridge_filter(eigenvalue, a):
    """l / (l + a): what L2 of weight a, on |y - X w|^2 / n, leaves of a coefficient."""
    return eigenvalue / (eigenvalue + a)


@takes_lists("eigenvalue")
def flow_filter(eigenvalue, t):
    """1 - exp(-t l): what gradient flow from 0 has reached of a coefficient at time t.

    >>> round(float(flow_filter(1.0, 1.0)), 4), ridge_filter(1.0, 1.0)
    (0.6321, 0.5)
    """
    return -mnp.expm1(-t * eigenvalue)


@takes_lists("eigenvalue")
def descent_filter(eigenvalue, rate: float, steps: int):
    """1 - (1 - rate l)^steps: what so many steps of gradient descent have reached.

    >>> descent_filter(1.0, rate=0.5, steps=3)  # 1 - 1/8
    0.875
    """
    return 1.0 - (1.0 - rate * eigenvalue) ** steps


@takes_lists("eigenvalue")
def equivalent_precision(eigenvalue, t):
    """l / (exp(t l) - 1): the weight of L2 along an eigenvector that gives the filter of stopping at t.

    >>> round(float(equivalent_precision(mnp.asarray(1e-6), 2.0)), 6)  # 1/t
    0.5
    """
    return eigenvalue / mnp.expm1(t * eigenvalue)


def spectrum(model: LinearModel):
    """Eigenvalues (d,) and eigenvectors (d, d) of X'X / n, and X'y / n in their coordinates, (d,)."""
    n = model.x.shape[0]
    values, vectors = mnp.linalg.eigh(mnp.matmul(mnp.matrix_transpose(model.x), model.x) / n)
    moment = mnp.matmul(mnp.matrix_transpose(model.x), model.y) / n
    return values, vectors, mnp.matmul(mnp.matrix_transpose(vectors), moment)


def filtered(model: LinearModel, filter) -> np.ndarray:
    """Weights (d,) whose coefficients are those of least squares times ``filter(eigenvalues)``.

    >>> from minigan.models.families.linear_model import linear_model
    >>> filtered(linear_model([[1.0], [1.0]], [3.0, 1.0]), lambda at: ridge_filter(at, 1.0))  # half of 2
    array([1.])
    """
    values, vectors, moment = spectrum(model)
    return to_numpy(mnp.matmul(vectors, filter(values) * moment / values))


def descended(model: LinearModel, rate: float, steps: int) -> np.ndarray:
    """Weights after ``steps`` of gradient descent from 0 on |y - X w|^2 / 2n, by autodiff and `optim.sgd`.

    >>> from minigan.models.families.linear_model import linear_model
    >>> descended(linear_model([[1.0], [1.0]], [3.0, 1.0]), rate=0.25, steps=2)  # 2 (1 - 0.75^2)
    array([0.875])
    """
    rate, steps = positive(rate, "the rate"), count(steps, "steps")

    def loss(parameters, batch, rng):
        return 0.5 * mnp.mean(mnp.square(model.y - mnp.matmul(model.x, parameters["w"])))

    player = Player(lambda rng: mnp.zeros(model.x.shape[1]), loss, optim.sgd(rate))
    learner = players_learner({"w": player}, lambda rng, state: 0.0)
    return to_numpy(train(learner, steps, check_every=steps).state.parameters["w"])


@takes_lists("values", "coefficients")
def risk(filter, values, coefficients, noise: float, rows: int):
    """E |w - w0|^2 of a filtered estimate: sum (1 - f)^2 c^2 + noise^2 / rows f^2 / l, for true coefficients c (..., d).

    >>> round(float(risk(lambda at: ridge_filter(at, 1.0), mnp.ones(1), mnp.ones(1), 1.0, 10)), 3)  # 1/4 + 1/40
    0.275
    """
    f = filter(values)
    return mnp.sum(mnp.square((1.0 - f) * coefficients) + noise**2 / rows * mnp.square(f) / values, -1)


def measured() -> str:
    """What the arrow of `minigan figure families` says."""
    x = mnp.linspace(1e-3, 20.0, 200_001)
    worst = float(mnp.max(mnp.square(flow_filter(x, 1.0) / ridge_filter(x, 1.0))))
    model = example()
    off = abs(descended(model, 0.1, 50) - filtered(model, lambda at: descent_filter(at, 0.1, 50))).max()
    return f"risk <= {worst:.4f} times, filter to {off:.0e}"


ROW = Row("early stopping", "a = 1 / t, filter beside filter", "Gaussian priors by eigenvector", measured)
