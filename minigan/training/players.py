"""Learners of one, two or ten networks: each player has parameters, a loss of its own, and an optimiser.

A likelihood model is one player, a GAN two, a GAN with an encoder three. What stands in no player's loss cannot move it,
and who moves when is the order in which the players are named.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import minigan.numpy as mnp

from ..autodiff import value_and_grad
from ..optim import Optimizer
from ..random import as_generator
from ..validation import count, function, told
from .drawn import with_draws
from .learner import Learner


class Player(NamedTuple):
    """One of those who learn.

    * ``init(rng)``: its parameters.
    * ``loss(parameters, batch, rng)``: a number to be made small, or ``(number, metrics)``; ``parameters`` are
      everybody's, by name, and only its own are moved by it. ``rng`` is for layers that draw in training.
    * ``optimizer``: one that draws, a sampler, is given the step's ``rng`` as well.
    * ``at_optimum``: what the loss is at the end, if that is known.
    * ``moves``: how often it moves within a step, each time on the same batch.
    * ``observe(own, parameters, batch, rng)``: its own parameters with running statistics moved (`nn.update_statistics`).

    >>> from minigan import optim
    >>> from minigan.training import train
    >>> mean = Player(
    ...     init=lambda rng: mnp.asarray(0.0),
    ...     loss=lambda parameters, x, rng: mnp.mean((x - parameters["mean"]) ** 2),
    ...     optimizer=optim.sgd(0.5),
    ... )
    >>> learner = players_learner({"mean": mean}, lambda rng, state: mnp.asarray([2.0, 4.0]))
    >>> float(train(learner, 1).state.parameters["mean"])
    3.0
    """

    init: Callable[[Any], Any]
    loss: Callable[..., Any]
    optimizer: Optimizer
    at_optimum: float | None = None
    moves: int = 1
    observe: Callable[..., Any] | None = None


class PlayersState(NamedTuple):
    """Everybody's parameters and optimisers' memories by name, and the steps made, an array of shape ().

    >>> from minigan import optim
    >>> own = Player(lambda rng: mnp.asarray(1.0), lambda parameters, batch, rng: parameters["x"] ** 2, optim.adam(0.1))
    >>> state = players_learner({"x": own}, lambda rng, state: ()).init(0)
    >>> float(state.parameters["x"]), float(state.memories["x"]["second_moment"]), int(state.steps)
    (1.0, 0.0, 0)
    """

    parameters: dict
    memories: dict
    steps: Any


def players_learner(
    players: Mapping[str, Player], draw: Callable[[Any, Any], Any], *, order: str = "alternating", name: str = ""
) -> Learner:
    """The `Learner` of these players; its metrics are ``NAME_loss``, each as it was before its player moved.

    ``draw(rng, state)`` brings a step's data and random numbers, as in `Learner`; what layers draw inside a loss is
    brought beforehand as well (`with_draws`). ``order="alternating"``: each player sees those before it already moved;
    ``"simultaneous"``: all losses are taken at the same point. Raises `ValueError` for no players, names that are no
    names, and another order.

    >>> import minigan as mg
    >>> from minigan import optim
    >>> from minigan.training import train
    >>> saddle = {  # V = x y, x down and y up
    ...     "x": Player(lambda rng: mnp.asarray(1.0), lambda p, batch, rng: p["x"] * p["y"], optim.sgd(0.5)),
    ...     "y": Player(lambda rng: mnp.asarray(1.0), lambda p, batch, rng: -p["x"] * p["y"], optim.sgd(0.5)),
    ... }
    >>> learner = players_learner(saddle, lambda rng, state: (), order="simultaneous")
    >>> found = train(learner, 1).state.parameters
    >>> float(found["x"]), float(found["y"])
    (0.5, 1.5)
    """
    if not isinstance(players, Mapping):
        raise TypeError(f"players are a mapping of names to Player, as {{'x': Player(...)}}, and were {told(players)}")
    if not players:
        raise ValueError("a learner has one player at least")
    function(draw, "draw", "(rng, state)")
    for who in players:
        if not isinstance(who, str) or not who.isidentifier():
            raise ValueError(f"players are called by names, as 'generator', and one was called {who!r}")
    if order not in ("alternating", "simultaneous"):
        raise ValueError(f"players move in 'alternating' or 'simultaneous' order, and it was {order!r}")
    for who, player in players.items():
        _check(who, player)

    def init(rng):
        rng = as_generator(rng)
        parameters = {who: player.init(rng) for who, player in players.items()}
        memories = {who: player.optimizer.init(parameters[who]) for who, player in players.items()}
        return PlayersState(parameters, memories, mnp.zeros((), dtype="int64"))

    def step(state, batch, rng):
        parameters, memories, metrics = dict(state.parameters), dict(state.memories), {}
        for who, player in players.items():
            for move in range(player.moves):
                seen = state.parameters if order == "simultaneous" else parameters

                def cost(own, who=who, player=player, seen=seen):
                    found = player.loss({**seen, who: own}, batch, rng)
                    return found if isinstance(found, tuple) else (found, {})

                (loss, more), slopes = value_and_grad(cost, has_aux=True)(parameters[who])
                if move == 0:
                    metrics |= {f"{who}_loss": loss, **more}
                parameters[who], memories[who] = player.optimizer.updated(
                    parameters[who], slopes, memories[who], rng
                )
            if player.observe is not None:
                parameters[who] = player.observe(parameters[who], parameters, batch, rng)
        return PlayersState(parameters, memories, state.steps + 1), metrics

    drawing, stepping = with_draws(draw, step)
    at_optimum = {f"{who}_loss": player.at_optimum for who, player in players.items()}
    return Learner(init, drawing, stepping, at_optimum, name or " and ".join(players))


def _check(who: str, player) -> None:
    """Raise where ``player`` is none, with what is wrong about it."""
    if not isinstance(player, Player):
        raise TypeError(f"the player {who} is a Player(init, loss, optimizer), and was {told(player)}")
    function(player.init, f"the init of player {who}", "(rng)")
    function(player.loss, f"the loss of player {who}", "(parameters, batch, rng)")
    if not isinstance(player.optimizer, Optimizer):
        found = told(player.optimizer)
        raise TypeError(f"the optimizer of player {who} is one, such as optim.adam(1e-3), and was {found}")
    count(player.moves, f"the moves of player {who}")
    if player.observe is not None:
        function(player.observe, f"observe of player {who}", "(own, parameters, batch, rng)")
