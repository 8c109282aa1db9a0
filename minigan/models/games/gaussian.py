"""The lecture's 1-dimensional example: a generator bends noise onto a density, a discriminator draws the line."""

from __future__ import annotations

from typing import Unpack

import minigan.numpy as mnp

from ... import nn, optim
from ...backend import to_numpy
from ...densities import Normal
from ...gan import Fit, Pushforward, affine_density, optimal_discriminator
from ...options import Batch, Rate
from ...quadrature import integrate
from ..form import Form
from ..registry import system
from ..system import System
from ..two_players import GameOptions, gan_system

DATA = Normal(2.0, 0.6)
STEPS = 3000


@system(
    heading="Generative Adversarial Networks: a 1-dimensional example",
    about="an affine generator against N(2, 0.36): everything about this run is known",
)
def gaussian(*, batch: Batch = 256, lr: Rate = 1e-2, **how: Unpack[GameOptions]) -> System:
    """x = a z + b, z ~ N(0, 1), against N(2, 0.6^2); D is a small tanh network.

    The affine generator can represent the data exactly and always has an exact density, so everything about this run is
    known: the equilibrium is a = 0.6, b = 2, D = 1/2.

    >>> gaussian().name, gaussian().title
    ('gaussian', 'an affine generator against N(2, 0.36)')
    """
    return gan_system(
        "an affine generator against N(2, 0.36)",
        generator=nn.dense(1),
        discriminator=nn.mlp([16, 16, 1], activation="tanh"),
        generator_optimizer=optim.adam(optim.cosine(lr, STEPS), beta1=0.0),
        discriminator_optimizer=optim.adam(lr, beta1=0.0),
        data=DATA,
        noise=1,
        steps=STEPS,
        batch=batch,
        measure=measure,
        log_density=log_density,
        form=Form(columns=("x",)),
        options=how,
        dtype="float64",
        discriminator_steps=3,
    )


def model_density(result: Fit) -> Pushforward:
    """The exact density of what the trained generator produces."""
    apply, params = result.players.generator.apply, result.state.generator
    return Pushforward(lambda z: mnp.reshape(apply(params, mnp.reshape(z, (-1, 1))), z.shape))


def log_density(result: Fit, x):
    """log p(x), (n,), of the trained generator: in closed form, far out in the tails as well."""
    a, b = (mnp.reshape(result.state.generator[key], ()) for key in ("weight", "bias"))
    return affine_density(a, b).log_density(mnp.reshape(x, (-1,)))


def learned_discriminator(result: Fit):
    """The trained D as a function of x, a probability; ``None`` in a game whose critic stands for none."""
    probability = result.players.game.probability
    if probability is None:
        return None
    apply, params = result.players.discriminator.apply, result.state.discriminator
    return lambda x: mnp.reshape(probability(apply(params, mnp.reshape(x, (-1, 1)))), x.shape)


def measure(result: Fit, rng=None) -> dict:
    """The exact total variation between data and model, and the distance of the learned D from D*."""
    model, learned = model_density(result), learned_discriminator(result)
    x = mnp.linspace(-2.0, 6.0, 801)
    p, q = DATA.density(x), model.density(x)
    seen = to_numpy(0.5 * (p + q)) > 0.01
    gap = None if learned is None else to_numpy(mnp.abs(learned(x) - optimal_discriminator(DATA, model)(x)))[seen]
    shared = integrate(lambda x: mnp.minimum(DATA.density(x), model.density(x)), -4.0, 8.0, 4001)
    total = 1.0 - float(to_numpy(shared))  # right wherever the model has gone, even off the grid
    return {
        "total_variation": round(total, 4),
        "largest_discriminator_error": None if gap is None else round(float(gap.max()), 4),
        "collapsed": total > 0.5,
    }
