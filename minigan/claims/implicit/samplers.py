"""Samplers on a Gaussian, where the law of the discretised chain is known: its covariance, and how far off it is."""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import solve_discrete_lyapunov

import minigan.numpy as mnp

from ... import optim
from ...backend import to_numpy
from ...training import Player, players_learner, train
from ..registry import Check, Run, claim, largest

SECTION, HEADING = "implicit", "Generalizing these ideas"
CHAINS = 12_000
PRECISIONS = (0.5, 2.0, 4.0)


def langevin_variance(lr: float, precision: float, temperature: float = 1.0) -> float:
    """temperature / (l (1 - lr l / 2)): the fixed point of v = (1 - lr l)^2 v + 2 lr temperature."""
    return temperature / (precision * (1.0 - 0.5 * lr * precision))


def sghmc_variance(lr: float, precision: float, friction: float, temperature: float = 1.0) -> float:
    """temperature / (l (1 - lr l / (2 (2 - friction)))), of the place x alone."""
    return temperature / (precision * (1.0 - 0.5 * lr * precision / (2.0 - friction)))


def sghmc_covariance(lr: float, precision: float, friction: float, temperature: float = 1.0) -> np.ndarray:
    """Of (x, v): C = A C A' + Q, with (x, v) <- A (x, v) + noise of covariance Q."""
    step = np.array([[1.0 - lr * precision, 1.0 - friction], [-lr * precision, 1.0 - friction]])
    noise = 2.0 * friction * lr * temperature * np.ones((2, 2))
    return solve_discrete_lyapunov(step, noise)


def measured_covariance(optimizer, seed: int, steps: int, gradient_noise: float = 0.0) -> list:
    """For each of `PRECISIONS`: the mean of (x, v)(x, v)' over `CHAINS` chains from x = 0, and the standard error of each
    number; v is left out where the optimiser has none."""
    precision = mnp.asarray([[one] for one in PRECISIONS])

    def loss(parameters, noise, rng):
        x = parameters["x"]
        return mnp.sum(0.5 * precision * mnp.square(x) + gradient_noise * noise * x)

    player = Player(lambda rng: mnp.zeros((len(PRECISIONS), CHAINS)), loss, optimizer)
    draw = (lambda rng, state: rng.noise((len(PRECISIONS), CHAINS))) if gradient_noise else (lambda rng, state: 0.0)
    state = train(players_learner({"x": player}, draw), steps, rng=seed, check_every=steps).state
    x, memory = to_numpy(state.parameters["x"]), state.memories["x"]
    z = np.stack([x, to_numpy(memory["velocity"])] if "velocity" in memory else [x], 1)
    products = np.einsum("pin,pjn->pijn", z, z)
    return [(one.mean(-1), one.std(-1) / math.sqrt(CHAINS)) for one in products]


def deviations(found, stated) -> float:
    """The largest distance between measured and stated covariances, in standard errors."""
    return largest(
        deviation
        for (mean, error), covariance in zip(found, stated, strict=True)
        for deviation in np.ravel(abs(mean - covariance) / error)
    )


@claim(
    "langevin-stationary",
    section=SECTION,
    heading=HEADING,
    statement="Langevin dynamics that rejects nothing samples a Gaussian a little too wide, by a known factor; the excess "
    "falls in proportion to the step.",
    latex=r"x \leftarrow x - h l x + \sqrt{2h}\,\xi \;\Rightarrow\; \operatorname{Var} x = \frac{1}{l\,(1 - h l / 2)}",
    cost=2.0,
)
def langevin_stationary(run: Run, variance=langevin_variance, sampler=optim.langevin):
    for lr in (0.2,) if run.quick else (0.4, 0.2, 0.1):
        steps = math.ceil(8.0 / (lr * min(PRECISIONS)))
        for seed in run.seeds(1 if run.quick else 3):
            found = measured_covariance(sampler(lr), seed, steps)
            stated = [np.array([[variance(lr, one)]]) for one in PRECISIONS]
            off = deviations(found, stated)
            yield Check(f"step {lr}, seed {seed}: variances of three Gaussians, in standard errors", 0.0, off, 4.5)
    for one in PRECISIONS:
        v = variance(0.3, one)
        yield Check(
            f"precision {one}: the variance is carried over by a step", v, (1.0 - 0.3 * one) ** 2 * v + 2.0 * 0.3, 1e-12
        )
        bias = [variance(lr, one) - 1.0 / one for lr in (2e-5, 1e-5)]
        yield Check(f"precision {one}: the excess at half the step, in halves", 0.5, bias[1] / bias[0], 1e-4)
        yield Check(
            f"precision {one}: the excess over the step is 1/2, as the step vanishes", 0.5, bias[1] / 1e-5, 1e-3
        )


@claim(
    "sghmc-stationary",
    section=SECTION,
    heading=HEADING,
    statement="Stochastic-gradient Hamiltonian Monte Carlo on a Gaussian comes to the law that its discrete Lyapunov "
    "equation gives; its excess falls in proportion to the step, and a minibatch's noise is so much more heat.",
    latex=r"C = A C A^\top + Q, \qquad \operatorname{Var} x = \frac{T}{l\,(1 - \eta l / (4 - 2 \alpha))}",
    cost=3.0,
)
def sghmc_stationary(run: Run, covariance=sghmc_covariance, variance=sghmc_variance, sampler=optim.sghmc):
    cases = ((0.1, 0.3),) if run.quick else ((0.1, 0.3), (0.4, 0.3), (0.1, 1.0))
    for lr, friction in cases:
        stated = [covariance(lr, one, friction) for one in PRECISIONS]
        steps = math.ceil(8.0 * max(2.0 / friction, friction / (lr * min(PRECISIONS))))
        for seed in run.seeds(1 if run.quick else 3):
            found = measured_covariance(sampler(lr, friction), seed, steps)
            off = deviations(found, stated)
            yield Check(
                f"step {lr}, friction {friction}, seed {seed}: covariances of (x, v), in standard errors", 0.0, off, 4.5
            )
        for one, matrix in zip(PRECISIONS, stated):
            what = f"step {lr}, friction {friction}, precision {one}"
            yield Check(f"{what}: variance by the equation", variance(lr, one, friction), float(matrix[0, 0]), 1e-11)
    for friction in (0.1, 0.9):
        bias = [float(covariance(lr, 1.0, friction)[0, 0]) - 1.0 for lr in (2e-3, 1e-3)]
        yield Check(f"friction {friction}: the excess at half the step, in halves", 0.5, bias[1] / bias[0], 1e-3)
    # noise of deviation s in the gradient is a temperature higher by lr s^2 / (2 friction)
    lr, friction, noise = 0.1, 0.3, 2.0
    heat = 1.0 + lr * noise**2 / (2.0 * friction)
    warm = [covariance(lr, one, friction, heat) for one in PRECISIONS]
    found = measured_covariance(sampler(lr, friction), run.seed, 54, noise)
    yield Check(
        "with a minibatch's noise: covariances of (x, v), in standard errors", 0.0, deviations(found, warm), 4.5
    )
