"""The game whose players are sampled: losses that are log posteriors of weights, over the examples they stand for."""

from __future__ import annotations

from typing import Annotated, Literal

import minigan.numpy as mnp

from ... import optim
from ...names import unknown
from ...options import Above
from ...training import Player, players_learner
from .many_generators import Networks, squared_norm
from .ratio_estimators import classification_loss

# options of the systems that play it
Number = Annotated[int, Above(0), "how many are sampled, or trained, at once"]
Sampler = Annotated[
    Literal["sghmc", "langevin", "momentum", "adam"],
    "momentum: sghmc without heat; adam: without heat and without prior",
]
Prior = Annotated[float, Above(0), "deviation of a weight beforehand"]
Observed = Annotated[int, Above(0), "how many examples the posterior takes its losses for"]
Friction = Annotated[float, Above(0), "of sghmc and of momentum, at most 1"]
SamplerRate = Annotated[float | None, Above(0), "learning rate, one that suits the sampler unless told"]


def sampler_called(name: str, rate, friction: float, heat: float):
    """``sghmc`` and ``langevin`` at temperature ``heat``, ``momentum`` (SGHMC without heat), or ``adam``.

    >>> sampler_called("adam", 1e-3, 0.5, 0.0).draws
    False
    """
    known = {
        "sghmc": lambda: optim.sghmc(rate, friction, heat),
        "langevin": lambda: optim.langevin(rate, heat),
        "momentum": lambda: optim.sghmc(rate, friction, 0.0),
        "adam": lambda: optim.adam(rate, beta1=0.5),
    }
    if name not in known:
        raise unknown("sampler", name, known, f"there are {', '.join(known)}")
    return known[name]()


def sampled_game(generators: Networks, discriminators: Networks, data, optimizer, *, batch: int, pull: float, name: str):
    """The `Learner` of both, by minus log p(theta_G | theta_D) over N, and of D alike.

    ``pull`` |theta|^2 is minus the log prior over N. Each generator is given ``batch`` samples a step. There is one
    discriminator, that sees the samples of all as one, or as many as generators, each with its own. Players are called
    ``"discriminator"`` and ``"generator"``.

    >>> from minigan.random import generator
    >>> generators, discriminators = Networks(3, 2, 4, 5), Networks(1, 5, 4, 1)
    >>> made = sampled_game(generators, discriminators, mnp.zeros((9, 5)), optim.sgd(0.1), batch=4, pull=0.0, name="game")
    >>> made.init(generator(0)).parameters["generator"]["first_weight"].shape
    (3, 2, 4)
    """
    paired = discriminators.copies == generators.copies

    def logits(parameters, x):
        return discriminators.apply(parameters["discriminator"], x)

    def fakes(parameters, z):
        x = generators.apply(parameters["generator"], z)
        return x if paired else mnp.reshape(x, (1, generators.copies * batch, generators.outputs))

    def discriminator_loss(parameters, drawn, rng):
        real, z = drawn
        on_real, on_fake = logits(parameters, real), logits(parameters, fakes(parameters, z))
        of_each = classification_loss(on_real, on_fake)
        return discriminators.copies * of_each + pull * squared_norm(parameters["discriminator"])

    def generator_loss(parameters, drawn, rng):
        of_each = mnp.mean(mnp.softplus(-logits(parameters, fakes(parameters, drawn[1]))))
        return generators.copies * of_each + pull * squared_norm(parameters["generator"])

    def draw(rng, state):
        rows = rng.integers(0, data.shape[0], (discriminators.copies, batch))
        noise = rng.noise((generators.copies, batch, generators.inputs), dtype="float32")
        return mnp.take(data, rows, 0), noise

    players = {
        "discriminator": Player(discriminators.init, discriminator_loss, optimizer),
        "generator": Player(generators.init, generator_loss, optimizer),
    }
    return players_learner(players, draw, name=name)
