"""One training step as a pure function: state, real batch and noise in, state and losses out."""

from __future__ import annotations

from typing import Any, NamedTuple

import minigan.numpy as mnp

from .. import nn
from ..autodiff import tree_map, value_and_grad
from ..dynamics import Play
from ..random import as_generator
from ..validation import count, told
from .door import check_players
from .games import Game
from .penalties import chance_of
from .two_players import discriminator_cost, method_of, two_player_game
from .unrolling import unrolled_generator_cost


class State(NamedTuple):
    """Everything training carries from step to step, as one tree: both players' parameters and optimiser memories.

    ``steps`` counts them where something goes by that, such as a `scheduled` penalty, and is ``None`` otherwise.

    >>> from minigan import optim
    >>> from minigan.autodiff import tree_leaves
    >>> from minigan.gan import minimax
    >>> players = Players(minimax(), nn.dense(2), nn.dense(1), optim.adam(1e-3), optim.sgd(1e-3))
    >>> state = initial_state(players, 0, (1, 3), (1, 2))
    >>> sum(leaf.size for leaf in tree_leaves(state.generator)), state.steps  # 3 inputs and a bias for each of 2
    (8, None)
    """

    generator: Any
    discriminator: Any
    generator_memory: Any
    discriminator_memory: Any
    steps: Any = None

    @property
    def play(self) -> Play:
        """The two players as `minigan.dynamics` has them."""
        return Play(*self[:4])


class Players(NamedTuple):
    """What stays fixed: the game, the two networks (layers, pairs ``init, apply``) and their optimisers.

    >>> from minigan import optim
    >>> from minigan.gan import hinge, minimax
    >>> players = Players(minimax(), nn.dense(1), nn.mlp([16, 1]), optim.adam(1e-3), optim.adam(1e-3))
    >>> players._replace(game=hinge()).game.value_at_optimum  # another game of the same two
    2.0
    """

    game: Game
    generator: Any
    discriminator: Any
    generator_optimizer: Any
    discriminator_optimizer: Any


def initial_state(
    players: Players, rng, noise_shape, data_shape, dtype=None, updates="alternating", penalty=None
) -> State:
    """Fresh parameters and memories; shapes carry the batch axis first, as in ``(1, 64)``.

    ``rng`` is a generator or a seed, ``dtype`` that of all parameters, float64 by default; ``updates`` and ``penalty``
    are those of `make_step`. Raises `ValueError` for shapes that the networks do not take.

    >>> from minigan import optim
    >>> from minigan.gan import minimax
    >>> players = Players(minimax(), nn.dense(2), nn.dense(1), optim.adam(1e-3), optim.sgd(1e-3))
    >>> state = initial_state(players, 0, (1, 3), (1, 2))
    >>> state.generator["weight"].shape, state.discriminator["weight"].shape, float(state.generator_memory["step"])
    ((3, 2), (2, 1), 0.0)
    """
    rng = as_generator(rng)
    generator = players.generator.init(rng, noise_shape, dtype)
    discriminator = players.discriminator.init(rng, data_shape, dtype)
    penalty = players.game.penalty if penalty is None else penalty
    steps = mnp.zeros((), dtype="int64") if penalty is not None and penalty.timed else None
    method = method_of(players, updates)
    if method is not None:
        return State(*method.init(generator, discriminator), steps)
    return State(
        generator,
        discriminator,
        players.generator_optimizer.init(generator),
        players.discriminator_optimizer.init(discriminator),
        steps,
    )


def make_step(
    players: Players, *, updates="alternating", discriminator_steps=1, penalty=None, unroll=0, unrolling="full"
):
    """The function ``step(state, real, noise, rng=None) -> (state, metrics)`` for these players.

    ``updates="alternating"``: D moves, then G against the new D. ``"simultaneous"``: both gradients are taken at the
    same point, the lecture's "two minibatches simultaneously". With ``discriminator_steps = k > 1``, D moves k times for
    one move of G (the lecture's "Optional: run k steps"); ``real`` and ``noise`` then carry a leading axis of k batches,
    and G uses the last noise. ``rng`` feeds dropout and optimisers that draw, and may stay ``None`` without them.
    ``metrics`` holds the two losses, each as it was before its player moved.

    ``updates`` may also be a method of `minigan.dynamics`, by name (``"extragradient"``, ``"optimistic"``,
    ``"consensus"``, ``"proximal_point"``), as a function of the two players' optimisers
    (``lambda g, d: dynamics.consensus(g, d, gamma=0.1)``), or as a `dynamics.Method` with optimisers of its own. Its
    memories take the place of the optimisers' in the `State`, and its step moves both players on one batch.

    ``penalty`` (see `minigan.gan.penalties`) is added to J^(D); without one, what the game brings. What it draws comes
    as ``step(state, real, noise, rng, chance)``, or else from ``rng``.

    With ``unroll = K > 0``, G moves against the discriminator as it will be K updates from now, on this batch; its
    gradient goes through these updates (``unrolling="full"``) or takes their outcome as a constant (``"first_order"``),
    see `minigan.gan.unrolling`. D itself moves as ever. ``generator_loss`` is then the one against the D of the future.

    Raises `ValueError` for another ``updates``, for k < 1, for k > 1 unless updates alternate, and for K > 0
    with a method.

    >>> from minigan import optim
    >>> from minigan.gan import minimax
    >>> fixed, blind, sgd = nn.dense(1, nn.constant(1.0)), nn.dense(1, nn.zeros()), optim.sgd(1.0)
    >>> players = Players(minimax(), fixed, blind, sgd, sgd)  # G(z) = z and D = 1/2 at first
    >>> real, noise = mnp.asarray([[2.0]]), mnp.asarray([[1.0]])
    >>> state, metrics = make_step(players)(initial_state(players, 0, (1, 1), (1, 1)), real, noise)
    >>> round(float(metrics["discriminator_loss"]), 12)  # log 2
    0.69314718056
    >>> float(state.discriminator["weight"][0, 0])  # a quarter of real - fake
    0.25
    """
    if not isinstance(players, Players):
        raise TypeError(f"a step is one of Players(game, generator, discriminator, ...), and was asked of {told(players)}")
    check_players(players, penalty, updates)
    game, generator, discriminator, generator_optimizer, discriminator_optimizer = players
    method = method_of(players, updates)
    penalty = game.penalty if penalty is None else penalty
    discriminator_steps = count(discriminator_steps, "discriminator_steps")
    if updates != "alternating" and discriminator_steps > 1:
        kind = updates if isinstance(updates, str) else "a method's"
        raise ValueError(f"{kind} updates move both players once: use updates='alternating' for k > 1")
    if unroll and method is not None:
        raise ValueError(f"unrolling belongs to 'alternating' or 'simultaneous' updates, and updates are {updates!r}")
    discriminator_gradient = value_and_grad(discriminator_cost(players, penalty))
    generator_gradient = value_and_grad(unrolled_generator_cost(players, unroll, unrolling, penalty))

    def move_discriminator(state, real, noise, rng, chance):
        fake = generator.apply(state.generator, noise, train=True, rng=rng)
        loss, gradient = discriminator_gradient(state.discriminator, fake, real, rng, chance)
        memory = state.discriminator_memory
        params, memory = discriminator_optimizer.updated(state.discriminator, gradient, memory, rng)
        params = nn.update_statistics(discriminator, params, real, rng=rng)
        return state._replace(discriminator=params, discriminator_memory=memory), loss

    def move_generator(state, against, noise, real, rng, chance):
        opponent = against.discriminator, against.discriminator_memory
        loss, gradient = generator_gradient(state.generator, *opponent, noise, real, rng, chance)
        params, memory = generator_optimizer.updated(state.generator, gradient, state.generator_memory, rng)
        params = nn.update_statistics(generator, params, noise, rng=rng)
        return state._replace(generator=params, generator_memory=memory), loss

    def counted(state):
        return state if state.steps is None else state._replace(steps=state.steps + 1)

    def step(state, real, noise, rng=None, chance=None):
        if updates == "simultaneous":
            chance = chance_of(penalty, rng, real, state.steps) if chance is None else chance
            moved, discriminator_loss = move_discriminator(state, real, noise, rng, chance)
            moved, generator_loss = move_generator(moved, state, noise, real, rng, chance)
        else:
            moved = state
            for i in range(discriminator_steps):
                batch, z, luck = real, noise, chance
                if discriminator_steps > 1:
                    batch, z, luck = tree_map(lambda x, i=i: x[i, ...], (real, noise, chance))
                luck = chance_of(penalty, rng, batch, state.steps) if luck is None else luck
                moved, discriminator_loss = move_discriminator(moved, batch, z, rng, luck)
            moved, generator_loss = move_generator(moved, moved, z, batch, rng, luck)
        return counted(moved), {"discriminator_loss": discriminator_loss, "generator_loss": generator_loss}

    def step_of_method(state, real, noise, rng=None, chance=None):
        chance = chance_of(penalty, rng, real, state.steps) if chance is None else chance
        both = two_player_game(players, real, noise, penalty=penalty, rng=rng, chance=chance)
        moved = State(*method.step(both, state.play), state.steps)
        moved = moved._replace(
            generator=nn.update_statistics(generator, moved.generator, noise, rng=rng),
            discriminator=nn.update_statistics(discriminator, moved.discriminator, real, rng=rng),
        )
        losses = (loss(state.generator, state.discriminator) for loss in (both.y_loss, both.x_loss))
        return counted(moved), dict(zip(("discriminator_loss", "generator_loss"), losses))

    return step if method is None else step_of_method
