"""One training step as a pure function: state, real batch and noise in, state and losses out."""

from __future__ import annotations

from typing import Any, NamedTuple

from .. import nn
from ..autodiff import value_and_grad
from .games import Game


class State(NamedTuple):
    """Everything training carries from step to step, as one tree: both players' parameters and optimiser memories."""

    generator: Any
    discriminator: Any
    generator_memory: Any
    discriminator_memory: Any


class Players(NamedTuple):
    """What stays fixed: the game, the two networks and their optimisers."""

    game: Game
    generator: Any
    discriminator: Any
    generator_optimizer: Any
    discriminator_optimizer: Any


def initial_state(players: Players, rng, noise_shape, data_shape, dtype=None) -> State:
    """Fresh parameters and memories; shapes carry the batch axis first, as in ``(1, 64)``."""
    generator = players.generator.init(rng, noise_shape, dtype)
    discriminator = players.discriminator.init(rng, data_shape, dtype)
    return State(
        generator,
        discriminator,
        players.generator_optimizer.init(generator),
        players.discriminator_optimizer.init(discriminator),
    )


def make_step(players: Players, *, updates="alternating", discriminator_steps=1):
    """The function ``step(state, real, noise, rng=None) -> (state, metrics)`` for these players.

    ``updates="alternating"``: D moves, then G against the new D. ``"simultaneous"``: both gradients are taken at the
    same point, the lecture's "two minibatches simultaneously". With ``discriminator_steps = k > 1``, D moves k times for
    one move of G (the lecture's "Optional: run k steps"); ``real`` and ``noise`` then carry a leading axis of k batches,
    and G uses the last noise. ``rng`` feeds dropout and may stay ``None`` without it. ``metrics`` holds the two losses,
    each as it was before its player moved. Raises `ValueError` for another ``updates``, for k < 1, and for k > 1 with
    simultaneous updates.
    """
    game, generator, discriminator, generator_optimizer, discriminator_optimizer = players
    if updates not in ("alternating", "simultaneous"):
        raise ValueError(f"updates must be 'alternating' or 'simultaneous', and is {updates!r}")
    if not isinstance(discriminator_steps, int) or discriminator_steps < 1:
        raise ValueError(f"discriminator_steps must be a positive integer, and is {discriminator_steps!r}")
    if updates == "simultaneous" and discriminator_steps > 1:
        raise ValueError("simultaneous updates move both players once: use updates='alternating' for k > 1")

    def discriminator_cost(params, fake, real, rng):
        real_logits = discriminator.apply(params, real, train=True, rng=rng)
        fake_logits = discriminator.apply(params, fake, train=True, rng=rng)
        return game.discriminator_loss(real_logits, fake_logits)

    def generator_cost(params, discriminator_params, noise, rng):
        fake = generator.apply(params, noise, train=True, rng=rng)
        return game.generator_loss(discriminator.apply(discriminator_params, fake, train=True, rng=rng))

    discriminator_gradient = value_and_grad(discriminator_cost)
    generator_gradient = value_and_grad(generator_cost)

    def move_discriminator(state, real, noise, rng):
        fake = generator.apply(state.generator, noise, train=True, rng=rng)
        loss, gradient = discriminator_gradient(state.discriminator, fake, real, rng)
        params, memory = discriminator_optimizer.update(state.discriminator, gradient, state.discriminator_memory)
        params = nn.update_statistics(discriminator, params, real, rng=rng)
        return state._replace(discriminator=params, discriminator_memory=memory), loss

    def move_generator(state, discriminator_params, noise, rng):
        loss, gradient = generator_gradient(state.generator, discriminator_params, noise, rng)
        params, memory = generator_optimizer.update(state.generator, gradient, state.generator_memory)
        params = nn.update_statistics(generator, params, noise, rng=rng)
        return state._replace(generator=params, generator_memory=memory), loss

    def step(state, real, noise, rng=None):
        if updates == "simultaneous":
            moved, discriminator_loss = move_discriminator(state, real, noise, rng)
            moved, generator_loss = move_generator(moved, state.discriminator, noise, rng)
        else:
            moved = state
            for i in range(discriminator_steps):
                batch, z = (real, noise) if discriminator_steps == 1 else (real[i, ...], noise[i, ...])
                moved, discriminator_loss = move_discriminator(moved, batch, z, rng)
            moved, generator_loss = move_generator(moved, moved.discriminator, z, rng)
        return moved, {"discriminator_loss": discriminator_loss, "generator_loss": generator_loss}

    return step
