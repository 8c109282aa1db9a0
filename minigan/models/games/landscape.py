"""What the generator sees of a game whose discriminator is always at its best: the value, for finitely many points.

The data are n points, each once; there are n fakes, each on a data point or elsewhere. D is any function of the points,
so its best answer, and with it the value, depends on nothing but which fakes are where. In this landscape (Sun, Fang and
Schwing 2020) the state with all fakes on one point either is a hole, or has a way out. Values in nats, halves as there:

    separate   1/2 [mean log sigmoid(D(x_i)) + mean log(1 - sigmoid(D(y_i)))]     the GAN
    partners   mean over i of log sigmoid(D(x_i) - D(y_i))                        each fake keeps its partner
    all pairs  mean over i and j of log sigmoid(D(x_i) - D(y_j))                  partners drawn anew

An assignment is a tuple with, for each fake, the number of the data point that it is on, or `ELSEWHERE`.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from scipy.special import xlogy

from ...validation import count

ELSEWHERE = -1  # a place of its own, no data there
GAMES = ("separate", "partners", "all pairs")
LOG2 = math.log(2.0)


def places(assignment) -> tuple[np.ndarray, np.ndarray]:
    """The data's and the fakes' shares of all places, n of data and then those elsewhere: two arrays that sum to 1.

    >>> places((0, ELSEWHERE))
    (array([0.5, 0.5, 0. ]), array([0.5, 0. , 0.5]))
    """
    n, at = _points(assignment), placed(assignment)
    fakes = np.bincount(at, minlength=n) / n
    data = np.where(np.arange(len(fakes)) < n, 1.0 / n, 0.0)
    return data, fakes


def placed(assignment) -> list[int]:
    """The number of each fake's place, those elsewhere counted from n on, one place each."""
    n = _points(assignment)
    fresh = itertools.count(n)
    return [int(point) if point != ELSEWHERE else next(fresh) for point in assignment]


def value(assignment, game: str = "separate") -> float:
    """The value at the best D, in closed form. Raises `ValueError` for another game and for points that there are not.

    *separate*: D* = p / (p + q) at each place. *partners*: an edge from the place of x_i to that of y_i is won for
    certain, log 1, unless it lies on a cycle, where all differences sum to 0 and each is best equal: -log 2 an edge.
    *all pairs*: D* = log p/q, as of any two laws.

    >>> [round(value((0, 0), game), 6) for game in GAMES]  # collapsed
    [-0.477386, -0.346574, -0.346574]
    >>> [round(value((0, ELSEWHERE), game), 6) for game in GAMES]  # one leaves
    [-0.346574, -0.346574, -0.173287]
    """
    if game not in GAMES:
        raise ValueError(f"the games are {', '.join(map(repr, GAMES))}, and this was {game!r}")
    p, q = places(assignment)
    if game == "separate":
        return 0.5 * float(np.sum(xlogy(p, p / (p + q)) + xlogy(q, q / (p + q))))
    if game == "partners":
        return -LOG2 * len(on_cycles(assignment)) / len(assignment)
    k, m = np.nonzero(np.outer(p, q))  # r = p / q = infinity or 0 wins or loses for certain
    return float(np.sum(p[k] * q[m] * np.log(p[k] * q[m] / (p[k] * q[m] + p[m] * q[k]))))


def on_cycles(assignment) -> list[int]:
    """The pairs i whose edge, from the place of x_i to that of y_i, lies on a cycle of such edges.

    >>> on_cycles((1, 0, 0))  # 0 -> 1 -> 0, and 2 -> 0 beside it
    [0, 1]
    """
    n, at = len(assignment), placed(assignment)
    found = []
    for start in range(n):
        place = at[start]
        for _ in range(n):
            if place == start or place >= n:
                break
            place = at[place]
        if place == start:
            found.append(start)
    return found


def is_strict_local_minimum(assignment, game: str, value=value) -> bool:
    """Whether every way of leaving raises the value, for G, which moves its fakes by as little as it likes.

    Each set of fakes that are moved is a direction: those that leave a data point are elsewhere, wherever they go. A fake
    that is elsewhere already moves without a change.
    """
    if ELSEWHERE in assignment:
        return False
    here = value(assignment, game)
    return all(value(moved, game) > here + 1e-12 for moved in directions(assignment))


def directions(assignment):
    """Every assignment in which some of the fakes, one at least, have left their points."""
    for stays in itertools.product((True, False), repeat=len(assignment)):
        if not all(stays):
            yield tuple(point if stay else ELSEWHERE for point, stay in zip(assignment, stays))


def strict_local_minima(n: int, game: str, value=value) -> int:
    """How many of the n^n assignments of n fakes to n data points are strict local minima.

    >>> [strict_local_minima(3, game) for game in GAMES]  # n^n, n!, n^n
    [27, 6, 27]
    """
    every = itertools.product(range(count(n, "the number of points")), repeat=n)
    return sum(is_strict_local_minimum(assignment, game, value) for assignment in every)


def way_out(assignment) -> list[tuple]:
    """States from here to the data, in which each fake that no cycle holds goes home, one after the other.

    In the game of partners the value never rises on it: elsewhere it stays as it was, and at home it falls by log 2 / n.

    >>> way_out((0, 0))
    [(0, 0), (0, -1), (0, 1)]
    """
    states = [tuple(assignment)]
    while len(held := on_cycles(states[-1])) < len(assignment):
        free = next(i for i in range(len(assignment)) if i not in held)
        for place in (ELSEWHERE, free):
            states.append(tuple(place if i == free else at for i, at in enumerate(states[-1])))
    return states


def _points(assignment) -> int:
    n = len(assignment)
    if not n or not all(isinstance(point, int | np.integer) and ELSEWHERE <= point < n for point in assignment):
        raise ValueError(f"each of n fakes is on a data point, 0 to n - 1, or elsewhere, {ELSEWHERE}; got {assignment!r}")
    return n
