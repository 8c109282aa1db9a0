"""A GAN as a learner: two players on batches of data and noise."""

from __future__ import annotations

import minigan.numpy as mnp

from .. import random as random_
from ..arrays import finite
from ..autodiff import tree_map
from ..training import Learner, with_draws
from ..validation import count
from .batches import DATA, NOISE, batches_of, noise_of
from .door import check_outputs
from .penalties import chance_of
from .step import Players, initial_state, make_step


def gan_learner(
    players: Players,
    data,
    *,
    noise=1,
    batch: int = 128,
    discriminator_steps: int = 1,
    updates="alternating",
    penalty=None,
    unroll: int = 0,
    unrolling: str = "full",
    dtype=None,
) -> Learner:
    """The `Learner` whose state is a `State` and whose step is that of `make_step`, options as in `fit`.

    A batch is ``((real, noise, chance), numbers)``: data, noise, what the penalty draws, and what layers draw in training.
    With k > 1 discriminator steps the first three have a leading axis of k. Raises `ValueError` for a ``batch`` that is no
    positive integer, and for options that contradict each other.

    >>> from minigan import nn, optim
    >>> from minigan.densities import Normal
    >>> from minigan.gan import minimax
    >>> from minigan.random import generator
    >>> adam = optim.adam(1e-2)
    >>> learner = gan_learner(Players(minimax(), nn.dense(1), nn.dense(1), adam, adam), Normal(3.0, 1.0), batch=16)
    >>> rng = generator(0)
    >>> (real, z, chance), numbers = learner.draw(rng, learner.init(rng))
    >>> real.shape, z.shape, chance, numbers
    ((16, 1), (16, 1), None, ())
    """
    batch = count(batch, "batch")
    discriminator_steps = count(discriminator_steps, "discriminator_steps")
    step = make_step(
        players,
        updates=updates,
        discriminator_steps=discriminator_steps,
        penalty=penalty,
        unroll=unroll,
        unrolling=unrolling,
    )
    penalty = players.game.penalty if penalty is None else penalty
    draw_real, draw_noise = batches_of(data, batch, dtype), noise_of(noise, batch, dtype)

    def init(rng):
        shapes = random_.generator(0)  # a throw-away stream: looking at shapes must not move the run's
        z, real = finite(draw_noise(shapes), NOISE), finite(draw_real(shapes), DATA)
        state = initial_state(players, rng, z.shape, real.shape, dtype, updates, penalty)
        check_outputs(players, state, z, real)
        return state

    def draw(rng, state):
        if discriminator_steps == 1:
            real, z = draw_real(rng), draw_noise(rng)
            return real, z, chance_of(penalty, rng, real, state.steps)
        real = mnp.stack([draw_real(rng) for _ in range(discriminator_steps)])
        z = mnp.stack([draw_noise(rng) for _ in range(discriminator_steps)])
        drawn = [chance_of(penalty, rng, real[0, ...], state.steps) for _ in range(discriminator_steps)]
        return real, z, tree_map(lambda *parts: mnp.stack(parts), *drawn)

    drawing, stepping = with_draws(draw, lambda state, drawn, rng: step(state, drawn[0], drawn[1], rng, drawn[2]))
    at_optimum = {
        "discriminator_loss": players.game.value_at_optimum,
        "generator_loss": players.game.generator_loss_at_optimum,
    }
    return Learner(init, drawing, stepping, at_optimum, players.game.name)
