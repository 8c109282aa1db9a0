"""Weights of a regression: what SGHMC draws, beside the posterior that is known where the network is linear."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ...backend import to_numpy
from ...training import Player, players_learner, train
from ..registry import Check, Run, claim, largest
from .samplers import HEADING, SECTION, deviations, sghmc_variance

EXAMPLES, NOISE, CHAINS = 40, 0.5, 8000
FRICTION = 0.2


class Regression(NamedTuple):
    """y = x w + N(0, `NOISE`^2), with w ~ N(0, I): rows x (n, 3) of 1, t, t^2, and y (n,)."""

    x: np.ndarray
    y: np.ndarray

    @classmethod
    def drawn(cls, rng) -> Regression:
        """`EXAMPLES` at random t in [-1, 1], from weights (1, -2, 1.5)."""
        t = to_numpy(rng.uniform((EXAMPLES,), -1.0, 1.0))
        x = np.stack([np.ones_like(t), t, t * t], 1)
        return cls(x, x @ [1.0, -2.0, 1.5] + NOISE * to_numpy(rng.standard_normal((EXAMPLES,))))

    def loss(self, weights, x, y):
        """Minus the log posterior over `EXAMPLES`, for weights (3, chains): summed over chains, by rows x (..., 3), y."""
        residual = y - mnp.matmul(x, weights)
        likelihood = mnp.sum(mnp.square(residual)) / (2.0 * NOISE**2 * y.shape[-2])
        return likelihood + mnp.sum(mnp.square(weights)) / (2.0 * EXAMPLES)


def exact_posterior(data: Regression) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance: S = (x'x / s^2 + I)^-1, m = S x'y / s^2."""
    covariance = np.linalg.inv(data.x.T @ data.x / NOISE**2 + np.eye(3))
    return covariance @ data.x.T @ data.y / NOISE**2, covariance


def of_the_chain(covariance, lr: float, variance=sghmc_variance) -> np.ndarray:
    """The discretised chain's covariance, where the posterior's is ``covariance``: along each eigenvector its own."""
    values, vectors = np.linalg.eigh(covariance)
    found = [variance(lr, 1.0 / (EXAMPLES * value), FRICTION, 1.0 / EXAMPLES) for value in values]
    return vectors @ np.diag(found) @ vectors.T


def sampled(data: Regression, lr: float, seed: int, minibatch: int | None = None) -> np.ndarray:
    """Weights (3, chains) after enough steps; each chain draws examples of its own where there is a ``minibatch``."""
    x, y = mnp.asarray(data.x), mnp.asarray(data.y)

    def draw(rng, state):
        if minibatch is None:
            return x, mnp.broadcast_to(y[:, None], (EXAMPLES, CHAINS))
        rows = rng.integers(0, EXAMPLES, (CHAINS, minibatch))
        return mnp.take(x, rows, 0), mnp.take(y, rows, 0)[:, :, None]

    def loss(parameters, batch, rng):
        weights = parameters["w"]
        if minibatch is not None:  # (chains, 3, 1): a product for each chain
            weights = mnp.matrix_transpose(weights)[:, :, None]
        return data.loss(weights, *batch)

    sampler = optim.sghmc(lr, FRICTION, 1.0 / EXAMPLES)
    player = Player(lambda rng: rng.standard_normal((3, CHAINS)), loss, sampler)
    slowest = 1.0 / (EXAMPLES * np.linalg.eigvalsh(exact_posterior(data)[1])[-1])
    steps = math.ceil(7.0 * max(2.0 / FRICTION, FRICTION / (lr * slowest)))
    state = train(players_learner({"w": player}, draw), steps, rng=seed, check_every=steps).state
    return to_numpy(state.parameters["w"])


@claim(
    "regression-posterior",
    section=SECTION,
    heading=HEADING,
    statement="Of a network that is linear the posterior over weights is known: SGHMC's mean is its mean, SGHMC's "
    "covariance its own but for the step; minibatches widen it, in proportion to the step.",
    latex=r"p(w \mid x, y) = N(S x^\top y / s^2,\, S), \qquad S = (x^\top x / s^2 + I)^{-1}",
    cost=4.0,
)
def regression_posterior(run: Run, posterior=exact_posterior, law=of_the_chain):
    for seed in run.seeds(1 if run.quick else 3):
        data = Regression.drawn(Run(seed=seed).rng(0))
        mean, covariance = posterior(data)
        for lr in (0.05,) if run.quick else (0.2, 0.05):
            found = sampled(data, lr, seed)
            centred = found - mean[:, None]
            products = centred[:, None] * centred[None]
            error = found.std(1) / math.sqrt(CHAINS)
            off = largest(abs(found.mean(1) - mean) / error)
            what = f"seed {seed}, step {lr}"
            yield Check(f"{what}: mean of three weights, in standard errors", 0.0, off, 4.5)
            estimate = [(products.mean(-1), products.std(-1) / math.sqrt(CHAINS))]
            off = deviations(estimate, [law(covariance, lr)])
            yield Check(f"{what}: covariance of the chain, in standard errors", 0.0, off, 4.5)
        exactly = float(np.trace(law(covariance, 1e-9)))
        yield Check(f"seed {seed}: total variance as steps vanish", float(np.trace(covariance)), exactly, 1e-9)
        if not run.quick:
            few = [float(np.trace(np.cov(sampled(data, lr, seed, 4)))) / exactly for lr in (0.05, 0.0125)]
            yield Check(f"seed {seed}: total variance by minibatches of 4, over the exact one", 1.2, few[0], 0.0, ">=")
            left = (few[1] - 1.0) / (few[0] - 1.0)
            yield Check(f"seed {seed}: its excess at a quarter of the step, as a share", 0.25, left, 0.1)
