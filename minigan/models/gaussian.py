"""The lecture's 1-dimensional example: a generator bends noise onto a density, a discriminator draws the line."""

from __future__ import annotations

import minigan.numpy as mnp

from .. import nn, optim
from ..backend import to_numpy
from ..densities import Mixture, Normal
from ..gan import Fit, Pushforward, optimal_discriminator
from ..quadrature import integrate
from .recipe import Recipe

DATA = Mixture((0.35, 0.65), (Normal(-1.0, 0.45), Normal(1.5, 0.7)))


def gaussian_recipe() -> Recipe:
    """x = G(z), z ~ N(0, 1), against a mixture of two Gaussians; both networks are small tanh ones.

    >>> gaussian_recipe().name
    'gaussian'
    """
    steps = 4000
    return Recipe(
        name="gaussian",
        title="a generator of one number against a mixture of two Gaussians",
        heading="Generative Adversarial Networks: a 1-dimensional example",
        data=DATA,
        noise=1,
        generator=nn.mlp([32, 32, 1], activation="tanh"),
        discriminator=nn.mlp([32, 32, 1], activation="tanh"),
        steps=steps,
        batch=512,
        measure=measure,
        dtype="float64",
        options={
            "generator_optimizer": optim.adam(optim.cosine(2e-3, steps), beta1=0.5),
            "discriminator_optimizer": optim.adam(2e-3, beta1=0.5),
            "discriminator_steps": 2,
        },
    )


def model_density(result: Fit) -> Pushforward:
    """The exact density of what the trained generator produces."""
    apply, params = result.players.generator.apply, result.state.generator
    return Pushforward(lambda z: mnp.reshape(apply(params, mnp.reshape(z, (-1, 1))), z.shape))


def learned_discriminator(result: Fit):
    """The trained D as a function of x."""
    apply, params = result.players.discriminator.apply, result.state.discriminator
    return lambda x: mnp.reshape(mnp.sigmoid(apply(params, mnp.reshape(x, (-1, 1)))), x.shape)


def measure(result: Fit) -> dict:
    """Exact divergences between data and model, and the distance of the learned D from D*."""
    model = model_density(result)
    x = mnp.linspace(-4.0, 5.0, 901)
    p, q = DATA.density(x), model.density(x)
    seen = to_numpy(0.5 * (p + q)) > 0.01
    gap = to_numpy(mnp.abs(learned_discriminator(result)(x) - optimal_discriminator(DATA, model)(x)))[seen]
    distance = 0.5 * integrate(lambda x: mnp.abs(DATA.density(x) - model.density(x)), -8.0, 9.0, 4001)
    total = float(to_numpy(distance))
    return {
        "total_variation": round(total, 4),
        "largest_discriminator_error": round(float(gap.max()), 4),
        "collapsed": total > 0.5,
    }
