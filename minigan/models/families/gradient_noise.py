"""Gradient noise: descent with noise in its gradient is Langevin dynamics, and settles at the posterior, but for the step.

    w <- w - h grad U + sqrt(2 h) xi,    U = -log p(y, w) of precision H in the linear model

keeps the mean, and settles at the covariance C of C = (I - h H) C (I - h H) + 2h I,

    C = (H - h H^2 / 2)^-1 = H^-1 + h/2 I + h^2/4 H + ...

Source: Welling and Teh (2011); Mandt, Hoffman and Blei (2017). Lecture, "Regularization as a bag of tricks".
"""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ...backend import to_numpy
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


def measured() -> str:
    model = example()
    exact = mnp.linalg.trace(model.posterior()[1])
    wide = [100.0 * float(mnp.linalg.trace(stationary_covariance(model, h)) / exact - 1.0) for h in (4e-3, 1e-3)]
    return f"{wide[0]:.2f} % wide, a quarter step {wide[1]:.2f} %"


ROW = Row("gradient noise", "step h to 0", "Langevin draws of the posterior", measured)
