"""Gradient steps of the two players: at once, or one after the other, several each, with or without momentum."""

from __future__ import annotations

from ..optim import Optimizer
from ..optim.optimizer import lifted
from ..rebuilt import rebuilt_by_name
from ..validation import count, is_number
from .method import Method, moved, named, rules


@rebuilt_by_name
def simultaneous(x=0.1, y=None) -> Method:
    """(x, y) <- (x - lr_x dL_x/dx, y - lr_y dL_y/dy), both gradients at the same point.

    Here and in every method ``x`` and ``y`` are learning rates (two different ones: two time-scales) or optimisers of
    `minigan.optim`, each given its player's gradient; ``y`` is ``x`` unless given. On V = xy the eigenvalues of a step
    are 1 +- i lr, so the distance to the saddle grows by sqrt(1 + lr_x lr_y). Lecture, "Training Procedure" and
    "Non-convergence in GANs".

    >>> from minigan.dynamics import bilinear, spectral_radius
    >>> round(spectral_radius(simultaneous(0.1), bilinear(), (0.0, 0.0)), 9)
    1.004987562
    """
    x_rule, y_rule = rules(x, y)

    def step(game, play):
        return moved(x_rule, y_rule, play, game.gradients(play.x, play.y))

    return Method(x_rule.init, y_rule.init, step, named("simultaneous", x_rule, y_rule))


@rebuilt_by_name
def alternating(x=0.1, y=None, *, x_steps: int = 1, y_steps: int = 1, first: str = "x") -> Method:
    """One player moves, ``x_steps`` or ``y_steps`` times, and then the other against where it has gone.

    On V = xy with one step each a step has determinant 1 and trace 2 - lr_x lr_y: for 0 < lr_x lr_y < 4 both
    eigenvalues lie on the unit circle and x^2 + y^2 - lr xy is conserved for equal rates. In a GAN, where y is the
    discriminator, the lecture's "run k steps of one player" is ``y_steps=k, first="y"``.

    >>> from minigan.dynamics import bilinear, spectral_radius
    >>> round(spectral_radius(alternating(0.5), bilinear(), (0.0, 0.0)), 12)
    1.0
    """
    x_rule, y_rule = rules(x, y)
    x_steps, y_steps = count(x_steps, "x_steps"), count(y_steps, "y_steps")
    if not isinstance(first, str) or first not in ("x", "y"):
        raise ValueError(f"the player to move first is 'x' or 'y', and was {first!r}")

    def move_x(game, play):
        for _ in range(x_steps):
            new, memory = x_rule.update(play.x, game.x_gradient(play.x, play.y), play.x_memory)
            play = play._replace(x=new, x_memory=memory)
        return play

    def move_y(game, play):
        for _ in range(y_steps):
            new, memory = y_rule.update(play.y, game.y_gradient(play.x, play.y), play.y_memory)
            play = play._replace(y=new, y_memory=memory)
        return play

    def step(game, play):
        return move_y(game, move_x(game, play)) if first == "x" else move_x(game, move_y(game, play))

    more = f", x_steps={x_steps}, y_steps={y_steps}, first={first!r}"
    return Method(x_rule.init, y_rule.init, step, named("alternating", x_rule, y_rule, more))


@rebuilt_by_name
def heavy_ball(lr, mass: float) -> Optimizer:
    """v <- mass v - lr g, x <- x + v, with a mass in (-1, 1): for games also a negative one.

    Where `optim.momentum` speeds a descent up, in a game it turns the players faster about the equilibrium: at lr = 1/2,
    mass 1/2 makes alternating steps on V = xy diverge and mass -1/2 makes them converge. Sources: Polyak (1964);
    Gidel et al. (2019), "Negative momentum for improved game dynamics". Raises `ValueError` for another mass.

    >>> from minigan.dynamics import alternating, bilinear, spectral_radius
    >>> [round(spectral_radius(alternating(heavy_ball(0.5, m)), bilinear(), (0.0, 0.0)), 3) for m in (-0.5, 0.5)]
    [0.963, 1.269]
    """
    if not is_number(mass) or not -1.0 < mass < 1.0:
        raise ValueError(f"the mass of heavy_ball lies in (-1, 1), and was {mass!r}")
    mass = float(mass)

    def prepare(rate, t):
        def rule(x, g, velocity):
            velocity = mass * velocity - rate * g
            return x + velocity, velocity

        return rule

    return lifted("heavy_ball", lr, None, ("velocity",), prepare)
