"""Averages over a method's iterates, kept beside them: the players go on from where they are, not from their average."""

from __future__ import annotations

from .. import numpy as mnp
from ..autodiff import tree_leaves, tree_map
from ..optim.dtypes import in_dtype, widest
from ..rebuilt import rebuilt_by_name
from ..validation import fraction, told
from .game import Pair
from .method import Method, Play, as_method


@rebuilt_by_name
def iterate_average(method: Method) -> Method:
    """``method`` with (z_1 + ... + z_t) / t of each player beside it; `averages` reads them.

    Where the iterates circle an equilibrium their average comes to it as 1/t; where they spiral out geometrically it
    spirals out, too.

    >>> from minigan.dynamics import alternating, bilinear, play
    >>> end = play(iterate_average(alternating(0.5)), bilinear(), (1.0, 0.0), 1000)
    >>> bool(abs(averages(end).x) < 0.005), bool(abs(end.x) + abs(end.y) > 0.5)
    (True, True)
    """
    return _with_average(method, lambda t: 1.0 / t, "iterate_average")


@rebuilt_by_name
def exponential_moving_average(method: Method, decay: float = 0.999) -> Method:
    """``method`` with a <- decay a + (1 - decay) z of each player beside it, a_0 = z_0; `averages` reads them.

    ``decay`` lies in [0, 1). Sources: Yazici et al. (2018) for GANs; Karras et al. (2018).

    >>> from minigan.dynamics import bilinear, play, simultaneous
    >>> end = play(exponential_moving_average(simultaneous(0.5), decay=0.75), bilinear(), (1.0, 0.0), 1)
    >>> float(averages(end).y)  # a quarter of lr
    0.125
    """
    decay = fraction(decay, "the decay of exponential_moving_average")
    return _with_average(method, lambda t: 1.0 - decay, f"exponential_moving_average({decay:g})")


def averages(play: Play) -> Pair:
    """Both players' averages, trees like their positions, from the state of a method that keeps them.

    Raises `ValueError` for the state of another method, and `TypeError` for what is no `Play`.

    >>> from minigan.dynamics import bilinear, play, simultaneous
    >>> end = play(iterate_average(simultaneous(0.5)), bilinear(), (1.0, 0.0), 2)
    >>> [float(z) for z in averages(end)]  # of (1, 0.5) and (0.75, 1)
    [0.875, 0.75]
    """
    if not isinstance(play, Play):
        raise TypeError(f"averages are those of a Play, a method's state, and this is {told(play)}")
    if not all(isinstance(memory, dict) and "average" in memory for memory in (play.x_memory, play.y_memory)):
        raise ValueError(
            "this state holds no averages: wrap the method in iterate_average or exponential_moving_average"
        )
    return Pair(play.x_memory["average"], play.y_memory["average"])


def _with_average(method, weight, name):
    as_method(method)

    def init(init_player):
        def memory(position):
            step = mnp.zeros((), dtype=widest(tree_leaves(position)))
            return {"step": step, "method": init_player(position), "average": position}

        return memory

    def averaged(position, memory, inner):
        t = memory["step"] + 1.0
        share = weight(t)
        average = tree_map(lambda a, z: a + _in(share, z) * (z - a), memory["average"], position)
        return {"step": t, "method": inner, "average": average}

    def step(game, play):
        inner = Play(play.x, play.y, play.x_memory["method"], play.y_memory["method"])
        moved = method.step(game, inner)
        return moved._replace(
            x_memory=averaged(moved.x, play.x_memory, moved.x_memory),
            y_memory=averaged(moved.y, play.y_memory, moved.y_memory),
        )

    return Method(init(method.init_x), init(method.init_y), step, f"{name}({method!r})")


def _in(share, z):
    return share if isinstance(share, float) else in_dtype(share, z.dtype)
