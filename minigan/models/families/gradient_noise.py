"""Gradient noise: descent with noise in its gradient is Langevin dynamics, and settles at the posterior, but for the step.

    w <- w - h grad U + sqrt(2 h) xi,    U = -log p(y, w) of precision H in the linear model

keeps the mean, and settles at the covariance C of C = (I - h H) C (I - h H) + 2h I,

    C = (H - h H^2 / 2)^-1 = H^-1 + h/2 I + h^2/4 H + ...

The noise of single examples, i drawn at each step and U_i in place of U, is another: the covariance G of their slopes at
the mean settles at C = E (I - h H_i) C (I - h H_i) + h^2 G, about h times the solution of H C + C H = G, no posterior.
Source: Welling and Teh (2011); Mandt, Hoffman and Blei (2017). Lecture, "Regularization as a bag of tricks".
"""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ...arrays import real_array, takes_lists
from ...autodiff import grad
from ...backend import to_numpy
from ...compiler import compile
from ...random import as_generator
from ...training import Player, players_learner, train
from ...validation import count, positive
from .linear_model import LinearModel, example
from .row import Row


def stationary_covariance(model: LinearModel, rate: float):
    """C = (H - rate H^2 / 2)^-1 (d, d), for rate < 2 / (largest eigenvalue of H); `ValueError` beyond.

    >>> from minigan.models.families.linear_model import linear_model
    >>> one = linear_model([[1.0]], [0.0])  # of precision 2
    >>> float(stationary_covariance(one, 0.5)[0, 0])  # 1 / (2 - 1)
    1.0
    """
    precision = model.precision()
    fastest = float(mnp.max(mnp.linalg.eigvalsh(precision)))
    rate = positive(rate, "the rate")
    if not rate * fastest < 2.0:
        raise ValueError(
            f"noisy descent settles for rates below 2 / {fastest:.4g} = {2.0 / fastest:.4g}, and this is {rate}"
        )
    return mnp.linalg.inv(precision - 0.5 * rate * mnp.matmul(precision, precision))


def excess(model: LinearModel, rate: float) -> float:
    """tr(C - H^-1) / (rate d / 2): how much too wide the chain settles, 1 as the step vanishes.

    >>> round(excess(example(), 1e-5), 3)
    1.0
    """
    more = mnp.linalg.trace(stationary_covariance(model, rate)) - mnp.linalg.trace(model.posterior()[1])
    return float(more) / (0.5 * rate * model.x.shape[1])


def settled(model: LinearModel, rate: float, chains: int, rng=0, sampler=optim.langevin) -> np.ndarray:
    """Weights (chains, d) of as many chains from w = 0, after exp(-9) of the start is left in the slowest direction.

    >>> settled(example(), 5e-3, chains=7).shape
    (7, 5)
    """
    chains = count(chains, "chains")
    slowest = float(mnp.min(mnp.linalg.eigvalsh(model.precision())))
    steps = int(np.ceil(-9.0 / np.log1p(-positive(rate, "the rate") * slowest)))

    def loss(parameters, batch, rng):
        return -mnp.sum(model.log_density(parameters["w"]))

    player = Player(lambda rng: mnp.zeros((chains, model.x.shape[1])), loss, sampler(rate))
    state = train(players_learner({"w": player}, lambda rng, state: 0.0), steps, rng=rng, check_every=steps).state
    return to_numpy(state.parameters["w"])


@takes_lists("w")
def slopes_of_examples(model: LinearModel, w):
    """H_i (n, d, d) and the slopes of U_i at w (n, d), U_i = n (y_i - x_i'w)^2 / (2 s^2) + |w|^2 / (2 t^2)."""
    n, d = model.x.shape
    outer = mnp.expand_dims(model.x, 2) * mnp.expand_dims(model.x, 1)
    curvature = n / model.noise**2 * outer + mnp.eye(d) / model.deviation**2
    residual = mnp.matmul(model.x, w) - model.y
    return curvature, n / model.noise**2 * residual[:, None] * model.x + w / model.deviation**2


def covariance_of_examples(model: LinearModel, rate: float) -> np.ndarray:
    """C (d, d) at which descent by single examples settles, from its linear equation; `ValueError` where it does not.

    >>> from minigan.models.families.linear_model import linear_model
    >>> covariance_of_examples(linear_model([[1.0], [1.0]], [1.0, -1.0]), 0.1).round(4)  # 0.01 * 4 / (1 - 0.7^2)
    array([[0.0784]])
    """
    rate = positive(rate, "the rate")
    d = model.x.shape[1]
    curvature, slopes = (to_numpy(one) for one in slopes_of_examples(model, model.posterior()[0]))
    kept = np.eye(d) - rate * curvature
    carried = np.einsum("nij,nkl->ikjl", kept, kept).reshape(d * d, d * d) / len(kept)
    growth = float(np.abs(np.linalg.eigvals(carried)).max())
    if growth >= 1.0:
        raise ValueError(
            f"descent by single examples settles where a step shrinks squares, and at the rate {rate} the largest grows "
            f"{growth:.4g} times: take a smaller one"
        )
    noise = rate**2 * slopes.T @ slopes / len(slopes)
    return np.linalg.solve(np.eye(d * d) - carried, noise.reshape(-1)).reshape(d, d)


def by_examples(model: LinearModel, rate: float, rows) -> np.ndarray:
    """Weights (chains, d) from 0 after a step of descent on U_i for each line of ``rows``, indices i (steps, chains)."""
    x, y, n, rows = model.x, model.y, model.x.shape[0], real_array(rows, "the indices of examples")

    def loss(w, x, y):
        squares = mnp.sum(mnp.square(y - mnp.sum(x * w, -1))) * (0.5 * n / model.noise**2)
        return squares + 0.5 * mnp.sum(mnp.square(w)) / model.deviation**2

    step = compile(lambda w, x, y: w - rate * grad(loss)(w, x, y))
    w = mnp.zeros((rows.shape[1], x.shape[1]))
    for i in range(rows.shape[0]):
        w = step(w, mnp.take(x, rows[i, :], 0), mnp.take(y, rows[i, :], 0))
    return to_numpy(w)


def settled_by_examples(model: LinearModel, rate: float, chains: int, rng=0) -> np.ndarray:
    """Weights (chains, d) of `by_examples`, drawn anew for each chain and step, where exp(-9) of the start is left."""
    slowest = float(mnp.min(mnp.linalg.eigvalsh(model.precision())))
    steps = int(np.ceil(9.0 / (positive(rate, "the rate") * slowest)))
    return by_examples(model, rate, as_generator(rng).integers(0, model.x.shape[0], (steps, count(chains, "chains"))))


def measured() -> str:
    """What the arrow of `minigan figure families` says."""
    model = example()
    exact = mnp.linalg.trace(model.posterior()[1])
    wide = [100.0 * float(mnp.linalg.trace(stationary_covariance(model, h)) / exact - 1.0) for h in (4e-3, 1e-3)]
    return f"{wide[0]:.2f} % wide, a quarter step {wide[1]:.2f} %"


ROW = Row("gradient noise", "step h → 0", "Langevin draws of the posterior", measured)
