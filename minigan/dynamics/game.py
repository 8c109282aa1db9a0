"""A two-player game: each player descends a loss of its own, which depends on both."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..autodiff import grad, tree_leaves, tree_map
from ..autodiff.boundary import as_input
from ..rebuilt import Rebuilt, rebuilt_by_name
from ..validation import function, told


class Pair(NamedTuple):
    """Something for each of the two players: positions, velocities, gradients.

    >>> game = zero_sum(lambda x, y: x * y)
    >>> float(game.gradients(*Pair(2.0, 3.0)).y)  # y descends -x y
    -2.0
    """

    x: Any
    y: Any


@dataclass(frozen=True)
class TwoPlayerGame(Rebuilt):
    """x chooses its tree to bring ``x_loss(x, y)`` down, y chooses its own to bring ``y_loss(x, y)`` down.

    Both losses return one number and are written with `minigan.numpy`. In a GAN x is the generator
    and y the discriminator. Where neither loss falls when its own player moves alone, the pair is a Nash equilibrium.

    >>> game = TwoPlayerGame(lambda x, y: x * y, lambda x, y: -x * y)
    >>> [float(g) for g in game.gradients(2.0, 3.0)]
    [3.0, -2.0]
    """

    x_loss: Callable
    y_loss: Callable
    name: str = "game"

    def __post_init__(self):
        for who in ("x_loss", "y_loss"):
            function(getattr(self, who), f"the {who} of a two-player game", "(x, y)")

    def x_gradient(self, x, y):
        """The gradient of x's loss in x alone."""
        return grad(self.x_loss)(x, y)

    def y_gradient(self, x, y):
        """The gradient of y's loss in y alone."""
        return grad(self.y_loss, 1)(x, y)

    def gradients(self, x, y) -> Pair:
        """Each player's gradient of its own loss, at one and the same point."""
        return Pair(self.x_gradient(x, y), self.y_gradient(x, y))


@rebuilt_by_name
def zero_sum(value: Callable, name: str = "zero-sum game") -> TwoPlayerGame:
    """min over x, max over y of ``value(x, y)``: the losses are V and -V. Lecture, "Minimax Game".

    >>> game = zero_sum(lambda x, y: x * y)
    >>> float(game.x_loss(2.0, 3.0)), float(game.y_loss(2.0, 3.0))
    (6.0, -6.0)
    """
    function(value, "the value of a zero-sum game", "(x, y)")
    return TwoPlayerGame(value, lambda x, y: -value(x, y), name)


def at_pair(at) -> Pair:
    """``at`` as a `Pair` of trees of arrays; refuses what is not a pair."""
    if not isinstance(at, tuple | list) or len(at) != 2:
        raise ValueError(f"a point of a two-player game is a pair (x, y) of two trees, and was {at!r}")
    if not tree_leaves(tuple(at)):
        raise ValueError(f"the players have no parameters: there is nothing to move from the point {told(at)}")
    return Pair(*(tree_map(lambda leaf: as_input(leaf, "a two-player game"), tree) for tree in at))


def as_game(game) -> TwoPlayerGame:
    """``game`` itself; refuses what is none, and a factory that was not called."""
    if not isinstance(game, TwoPlayerGame):
        raise TypeError(f"the game is a TwoPlayerGame, such as bilinear() or zero_sum(V), and was {told(game)}")
    return game
