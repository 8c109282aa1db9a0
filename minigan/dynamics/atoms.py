"""min max is not max min: a generator of one point against a discriminator on finitely many, solved exactly."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..arrays import floating, shares
from ..backend import to_numpy
from ..validation import count


def value_on_atoms(p, q, d):
    """V = sum_i p_i log D_i + q_i log(1 - D_i): data p, generator q, discriminator D over the same atoms.

    Atoms on the last axis, 0 log 0 = 0. Lecture, "Minimax Game", without the factor 1/2.

    >>> import minigan.numpy as mnp
    >>> half = mnp.asarray([0.5, 0.5])
    >>> round(float(value_on_atoms(half, half, half)), 4)  # -log 4
    -1.3863
    """
    p, q, d = floating(p, "the shares p"), floating(q, "the shares q"), floating(d, "the discriminator's values")
    return mnp.sum(mnp.xlogy(p, d) + mnp.xlogy(q, 1.0 - d), -1)


def best_discriminator(p, q):
    """D_i = p_i / (p_i + q_i), and 1/2 where neither has mass: the exact answer to q.

    >>> import minigan.numpy as mnp
    >>> [round(float(d), 4) for d in best_discriminator(mnp.asarray([0.5, 0.5]), mnp.asarray([1.0, 0.0]))]
    [0.3333, 1.0]
    """
    p, q = floating(p, "the shares p"), floating(q, "the shares q")
    total = p + q
    nothing = total == 0.0
    return mnp.where(nothing, 0.5, p / mnp.where(nothing, 1.0, total))


def minimax_of_pure(p) -> float:
    """min over the atom that G puts all its mass on, max over D: enumeration, with the exact best D for each.

    On two equal atoms log(1/3)/2 + log(2/3): the discriminator, who moves last, sees which atom it is.

    >>> import minigan.numpy as mnp
    >>> round(minimax_of_pure(mnp.asarray([0.5, 0.5])), 4)
    -0.9548
    """
    p = shares(p, "the shares p")
    pure = mnp.eye(p.shape[0], dtype=p.dtype)
    return float(to_numpy(mnp.min(value_on_atoms(p, pure, best_discriminator(p, pure)))))


def minimax_of_mixed(p, rounds: int = 40) -> float:
    """min over all q on two atoms, max over D: -log 4, at q = p. The outer minimum is searched on ever finer grids.

    V at the best D is convex in q, so the grids close in on the minimum. Raises `ValueError` unless there are two atoms.

    >>> import minigan.numpy as mnp
    >>> round(minimax_of_mixed(mnp.asarray([0.5, 0.5])), 10)
    -1.3862943611
    """
    p, rounds = _two(p), count(rounds, "rounds")

    def worst(first):  # first: host array of q_1
        q = mnp.stack([mnp.asarray(first), 1.0 - mnp.asarray(first)], axis=-1)
        return to_numpy(value_on_atoms(p, q, best_discriminator(p, q)))

    return float(_zoomed(worst, rounds)[1])


def maximin(p, rounds: int = 40) -> float:
    """max over D, min over G's atom, on two atoms: -log 4, found on ever finer grids of (D_1, D_2).

    Here G moves last, and goes wherever D is larger; so D has to be flat. Against any D some pure strategy is as good
    as the best mixed one, so this is max min for both kinds. Raises `ValueError` unless there are two atoms.

    >>> import minigan.numpy as mnp
    >>> round(maximin(mnp.asarray([0.5, 0.5])), 10)
    -1.3862943611
    """
    p, rounds = _two(p), count(rounds, "rounds")
    pure = mnp.eye(2, dtype=p.dtype)

    def loss(first):
        def against(second):
            d = mnp.stack(
                [mnp.asarray(np.full_like(second, first)), mnp.asarray(second)],
                axis=-1,
            )
            return -to_numpy(mnp.min(mnp.stack([value_on_atoms(p, pure[i, ...], d) for i in (0, 1)]), axis=0))

        return _zoomed(against, rounds)[1]

    return -float(_zoomed(lambda points: np.array([loss(x) for x in points]), rounds)[1])


def _two(p):
    p = shares(p, "the shares p")
    if tuple(p.shape) != (2,):
        raise ValueError(f"the search is over two atoms, and there are weights of shape {tuple(p.shape)}")
    return p


def _zoomed(convex, rounds):
    """(point, least value) in the open interval (0, 1) of a convex function of host arrays, on a grid that closes in."""
    low, high = 0.0, 1.0
    for _ in range(rounds):
        points = np.linspace(low, high, 13)[1:-1]
        values = convex(points)
        best = int(np.argmin(values))
        width = (high - low) / 12.0
        low, high = points[best] - width, points[best] + width
        if width < 1e-12:
            break
    return points[best], values[best]


CLOSED_FORMS = {"minimax_of_pure": 0.5 * math.log(1.0 / 3.0) + math.log(2.0 / 3.0), "maximin": -math.log(4.0)}
