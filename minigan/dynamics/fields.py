"""Where a game's two players go, and how that changes from place to place: the vector field and its Jacobian."""

from __future__ import annotations

from .. import numpy as mnp
from ..autodiff import jacobian as jacobian_of
from ..autodiff import tree_map
from .game import Pair, TwoPlayerGame, as_game, at_pair
from .vectors import as_vector


def vector_field(game: TwoPlayerGame, at) -> Pair:
    """v(x, y) = (-dL_x/dx, -dL_y/dy): the velocities of two players who each descend their own loss.

    ``at`` is a pair (x, y) of trees, and so is the result. v vanishes at every equilibrium in the interior; but v = 0
    does not make an equilibrium. Source: Mescheder, Nowozin and Geiger (2017), section 2.2; the lecture's "Solution".

    >>> from minigan.dynamics import bilinear
    >>> [float(v) for v in vector_field(bilinear(), (2.0, 3.0))]
    [-3.0, 2.0]
    """
    x, y = at_pair(at)
    as_game(game)
    return Pair(*(tree_map(lambda g: -g, gradient) for gradient in game.gradients(x, y)))


def vector_velocity(game: TwoPlayerGame, at):
    """``(z, v)``: the point as one vector, and the vector field as a function from such vectors to such vectors."""
    z, back = as_vector(at_pair(at))
    return z, lambda vector: as_vector(vector_field(game, back(vector)))[0]


def jacobian(game: TwoPlayerGame, at):
    """v'(x, y), an array of shape (n, n) over x's leaves and then y's, in row-major order.

    With zero-sum losses V and -V it is [[-V_xx, -V_xy], [V_yx, V_yy]], which no game makes symmetric unless V_xy = 0:
    hence complex eigenvalues, and rotation. For a large game use `spectrum` with ``leading``, which never forms it.

    >>> import minigan as mg
    >>> from minigan.dynamics import bilinear
    >>> mg.to_numpy(jacobian(bilinear(), (2.0, 3.0)))
    array([[ 0., -1.],
           [ 1.,  0.]])
    """
    z, velocity = vector_velocity(game, at)
    return mnp.reshape(jacobian_of(velocity)(z), (z.shape[0], z.shape[0]))
