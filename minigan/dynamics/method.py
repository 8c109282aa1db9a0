"""What a method is, a map from state to state, and how one is run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from ..autodiff.trees import flatten
from ..backend import to_numpy
from ..optim import Optimizer, sgd
from ..rebuilt import Rebuilt
from ..validation import count, function, told
from .compiled import compiled_at
from .game import TwoPlayerGame, as_game, at_pair


class Play(NamedTuple):
    """A method's state: both players' positions, and what it remembers of each.

    >>> from minigan.dynamics import alternating, bilinear
    >>> method = alternating(0.5)
    >>> state = method.step(bilinear(), method.init(1.0, 1.0))
    >>> float(state.x), float(state.y)  # y answers the x that has moved
    (0.5, 1.25)
    """

    x: Any
    y: Any
    x_memory: Any
    y_memory: Any


@dataclass(frozen=True, repr=False)
class Method(Rebuilt):
    """A pair of functions, ``play = init(x, y)`` and ``play = step(game, play)``, the second a pure map of a `Play`.

    ``init_x`` and ``init_y`` make each player's memory from its position alone.

    >>> from minigan.dynamics import bilinear
    >>> def halfway(game, state):
    ...     slopes = game.gradients(state.x, state.y)
    ...     return state._replace(x=state.x - 0.5 * slopes.x, y=state.y - 0.5 * slopes.y)
    >>> own = Method(lambda x: None, lambda y: None, halfway, "halfway")
    >>> end = play(own, bilinear(), (1.0, 0.0), 2)
    >>> float(end.x) ** 2 + float(end.y) ** 2  # 1.25^2
    1.5625
    """

    init_x: Callable[[Any], Any]
    init_y: Callable[[Any], Any]
    step: Callable[[TwoPlayerGame, Play], Play]
    name: str

    def init(self, x, y) -> Play:
        """The first state, at the positions ``x`` and ``y``."""
        x, y = at_pair((x, y))
        return Play(x, y, self.init_x(x), self.init_y(y))

    def __repr__(self) -> str:
        return self.name


def as_method(method) -> Method:
    """``method`` itself; refuses what is none, and a factory that was not called."""
    if not isinstance(method, Method):
        raise TypeError(f"the method is a Method of minigan.dynamics, such as alternating(0.1), and was {told(method)}")
    return method


def rules(x, y) -> tuple[Optimizer, Optimizer]:
    """The two players' optimisers; a number is the learning rate of `optim.sgd`, no ``y`` the same as ``x``."""
    return tuple(rule if isinstance(rule, Optimizer) else sgd(rule) for rule in (x, x if y is None else y))


def named(method: str, x: Optimizer, y: Optimizer, more: str = "") -> str:
    return f"{method}({x!r}, {y!r}{more})"


def moved(x_rule: Optimizer, y_rule: Optimizer, play: Play, gradients) -> Play:
    """Both players moved by the gradients given."""
    x, x_memory = x_rule.update(play.x, gradients.x, play.x_memory)
    y, y_memory = y_rule.update(play.y, gradients.y, play.y_memory)
    return Play(x, y, x_memory, y_memory)


def play(method: Method, game: TwoPlayerGame, at, steps: int) -> Play:
    """The state after ``steps`` steps from ``at``, a pair (x, y) of positions or a `Play` to go on from.

    >>> from minigan.dynamics import bilinear, simultaneous
    >>> end = play(simultaneous(0.1), bilinear(), (1.0, 0.0), 100)
    >>> round((float(end.x) ** 2 + float(end.y) ** 2) ** 0.5, 11)  # 1.01^50
    1.64463182184
    """
    state, step = started(method, game, at, steps)
    for _ in range(steps):
        state = step(state)
    return state


def trajectory(method: Method, game: TwoPlayerGame, at, steps: int, *, of=None) -> np.ndarray:
    """All positions (x, y) as rows of a NumPy array of shape (steps + 1, n), the start first.

    ``of(play)`` may say what else to write down of every state, any tree of numbers, such as `averages`.

    >>> from minigan.dynamics import alternating, bilinear
    >>> trajectory(alternating(0.5), bilinear(), (1.0, 1.0), 2)
    array([[ 1.    ,  1.    ],
           [ 0.5   ,  1.25  ],
           [-0.125 ,  1.1875]])
    """
    if of is not None:
        function(of, "what is written down of every state", "(play)")
    state, step = started(method, game, at, steps)
    rows = []
    for i in range(steps + 1):
        seen = (state.x, state.y) if of is None else of(state)
        rows.append(np.concatenate([np.reshape(to_numpy(leaf), -1) for leaf in flatten(seen)[0]]))
        if i < steps:
            state = step(state)
    return np.stack(rows)


def started(method, game, at, steps):
    """The first state, and a function from state to state, compiled wherever that can be done."""
    as_method(method), as_game(game)
    count(steps, "steps", 0)
    state = at if isinstance(at, Play) else method.init(*at_pair(at))
    return state, compiled_at(lambda state: method.step(game, state), state)
