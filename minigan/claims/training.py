"""A 1-dimensional example, Training Procedure: the game as it is played, on minibatches."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from .. import nn, optim
from ..autodiff import grad
from ..backend import to_numpy
from ..densities import Normal
from ..gan import affine_density, fit, minimax, optimal_logit
from ..quadrature import integrate
from .discriminator import HIGH, LOW, POINTS, logit_objective
from .registry import Check, Run, claim


@claim(
    "minibatch-unbiased",
    section="training",
    heading="Training Procedure",
    statement="Minibatches of training examples and of generated samples estimate losses and gradients without bias.",
    latex=r"\mathbb{E}\,\hat J = J, \qquad \mathbb{E}\,\nabla \hat J = \nabla J",
)
def minibatches_are_unbiased(run: Run, game=None):
    game = game or minimax()
    data, theta = Normal(0.0, 1.0), mnp.asarray([1.2, 0.7])
    frozen = optimal_logit(data, Normal(1.2, 0.7))
    loss = float(to_numpy(logit_objective(frozen, data, Normal(1.2, 0.7))))

    def exact(theta):
        model = Normal(theta[0], theta[1])
        return -integrate(lambda x: model.density(x) * 0.5 * mnp.softplus(frozen(x)), LOW, HIGH, POINTS)

    stated = to_numpy(grad(exact)(theta))
    batches, batch = (200, 64) if run.quick else (1000, 64)
    for seed in run.seeds(3):
        rng = Run(seed=seed).rng(7)
        losses, gradients = [], []
        for _ in range(batches):
            x, z = data.sample(rng, (batch,)), rng.standard_normal((batch,))
            fake = theta[0] + theta[1] * z
            losses.append(float(to_numpy(game.discriminator_loss(frozen(x), frozen(fake)))))
            gradients.append(to_numpy(grad(lambda t, z=z: game.generator_loss(frozen(t[0] + t[1] * z)))(theta)))
        mean, error = _mean_and_error(losses)
        yield Check(f"J^(D) over {batches} batches of {batch}, seed {seed} (4 standard errors)", loss, mean, 4 * error)
        for i, name in enumerate(("mean", "deviation")):
            mean, error = _mean_and_error([float(g[i]) for g in gradients])
            yield Check(f"dJ^(G)/d {name}, seed {seed} (4 standard errors)", float(stated[i]), mean, 4 * error)


def _mean_and_error(values):
    n = len(values)
    mean = math.fsum(values) / n
    variance = math.fsum((v - mean) ** 2 for v in values) / (n - 1)
    return mean, math.sqrt(variance / n)


@claim(
    "one-dimensional-game",
    section="training",
    heading="Generative Adversarial Networks: a 1-dimensional example",
    statement="Updating the discriminator and the generator in turn moves the model's density onto the data's.",
    latex=r"p_\text{model} \to p_\text{data}",
)
def one_dimensional_game(run: Run, game=None):
    data = Normal(3.0, 0.5)
    steps = 400 if run.quick else 1500
    for seed in run.seeds(3):
        result = fit(
            nn.dense(1),
            nn.mlp([16, 16, 1], activation="tanh"),
            data,
            steps=steps,
            game=game,
            batch=128,
            rng=seed,
            generator_optimizer=optim.adam(optim.cosine(3e-2, steps), beta1=0.0),
            discriminator_optimizer=optim.adam(1e-2, beta1=0.0),
            discriminator_steps=3,
            check_every=100,
        )
        slope, offset = (float(to_numpy(mnp.reshape(leaf, ()))) for leaf in _affine(result.state.generator))
        model = affine_density(slope, offset)
        yield Check(f"the model's mean after {steps} steps, seed {seed}", 3.0, model.mean, 0.15)
        yield Check(f"its standard deviation, seed {seed}", 0.5, model.deviation, 0.15)


def _affine(params):
    """Slope and offset of a dense layer from one number to one."""
    return params["weight"], params["bias"]
