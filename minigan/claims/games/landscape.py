"""The landscape of few points: which games have holes that only a leap leads out of, exactly and with slopes."""

from __future__ import annotations

import itertools
import math

import numpy as np

import minigan.numpy as mnp

from ...autodiff import grad, hessian
from ...backend import to_numpy
from ...models.games.landscape import (
    ELSEWHERE,
    GAMES,
    LOG2,
    directions,
    placed,
    places,
    strict_local_minima,
    value,
    way_out,
)
from ...models.games.smoothed_landscape import Smoothed, maximum_over_differences
from ..registry import Check, Run, claim, largest, smallest

HEADING = "Mode Collapse"
# of two points, values at the best D: log 2 and log 3 in closed form
STATED = {
    ((0, 1), "separate"): -LOG2,
    ((0, 0), "separate"): 0.5 * LOG2 - 0.75 * math.log(3.0),
    ((0, ELSEWHERE), "separate"): -0.5 * LOG2,
    ((ELSEWHERE, ELSEWHERE), "separate"): 0.0,
    ((0, 1), "partners"): -LOG2,
    ((0, 0), "partners"): -0.5 * LOG2,
    ((0, ELSEWHERE), "partners"): -0.5 * LOG2,
    ((0, 0), "all pairs"): -0.5 * LOG2,
    ((0, ELSEWHERE), "all pairs"): -0.25 * LOG2,
    ((0, 1), "all pairs"): -LOG2,
}
COUNTED = {"separate": lambda n: n**n, "partners": math.factorial, "all pairs": lambda n: n**n}


def solved(assignment, game: str) -> float:
    """The value by search for the best D, which is a number for each place."""
    if game == "separate":
        p, q = places(assignment)
        return sum(-0.5 * _least(a, b) for a, b in zip(p, q))
    n, at = len(assignment), placed(assignment)
    weights = np.zeros((len(places(assignment)[0]),) * 2)
    for i, j in itertools.product(range(n), repeat=2):
        if game == "all pairs":
            weights[i, at[j]] += 1.0 / n**2
        elif i == j:
            weights[i, at[i]] += 1.0 / n
    return maximum_over_differences(weights, ridge=1e-12)


def _least(a: float, b: float) -> float:
    """The least of -a log d - b log(1 - d) over d, by search."""
    from scipy.optimize import minimize_scalar

    def loss(v):
        return a * np.logaddexp(0.0, -v) + b * np.logaddexp(0.0, v)

    return float(minimize_scalar(loss, bounds=(-40.0, 40.0), method="bounded", options={"xatol": 1e-9}).fun)


@claim(
    "landscape-of-points",
    section="games",
    heading=HEADING,
    statement="Of n points and n fakes a GAN with D at its best has n^n strict local minima, all but n! of them bad. The "
    "pairing game has the n! that are right, and a way out of everywhere else, while each fake keeps its partner; with "
    "partners drawn anew it has n^n again.",
    latex=r"n^n,\quad n!,\quad n^n; \qquad -\tfrac12\log 2 \to -\tfrac14\log 2 \text{ where a fake leaves, of all pairs}",
    cost=2.0,
)
def landscape_of_points(run: Run, stated=STATED, counted=COUNTED, value=value, game_of_partners="partners"):
    for (assignment, game), number in stated.items():
        yield Check(f"{game}, fakes at {assignment}: value", number, value(assignment, game), 1e-12)
    for game in GAMES:
        drawn = list(itertools.product((ELSEWHERE, 0, 1, 2), repeat=3))[:: 9 if run.quick else 2]
        off = largest([abs(solved(one, game) - value(one, game)) for one in drawn])
        yield Check(f"{game}, {len(drawn)} states of three fakes: closed form less search", 0.0, off, 1e-7)
        for n in (2, 3) if run.quick else (2, 3, 4):
            minima = strict_local_minima(n, game, value)
            yield Check(f"{game}, {n} points: strict local minima", counted[game](n), minima, 0.0)
    rises, ends = [], []
    for n in (2, 3, 4):
        for assignment in itertools.product(range(n), repeat=n):
            way = [value(state, game_of_partners) for state in way_out(assignment)]
            rises += [after - before for before, after in itertools.pairwise(way)]
            ends.append(abs(way[-1] + LOG2))
    yield Check("partners kept: largest rise on the way out of any state", 0.0, largest(rises), 1e-15, "<=")
    yield Check("partners kept: where it ends, less -log 2", 0.0, largest(ends), 1e-12)
    for game in ("separate", "all pairs"):
        least = min(value(moved, game) for moved in directions((0, 0))) - value((0, 0), game)
        yield Check(f"{game}, both on one point: the least that any move costs", 0.13, least, 0.0, ">=")


CURVATURES = {"separate": lambda width: 1.0 / (12.0 * width**2), "all pairs": lambda width: 1.0 / (8.0 * width**2)}


@claim(
    "landscape-with-slopes",
    section="games",
    heading=HEADING,
    statement="With points of some width the collapsed state is a hole of known curvature for the GAN and for pairs drawn "
    "anew, and the way from it to the data leads over a wall; with partners kept that way only falls.",
    latex=r"\lambda = \tfrac{1}{12 s^2},\ \tfrac{1}{8 s^2}; \qquad \tfrac{d}{dy} \max_D V(x_1, y) \le 0",
    cost=1.0,
)
def landscape_with_slopes(run: Run, curvatures=CURVATURES, partners=Smoothed.partners):
    width = 0.125  # 16 of them from one point to the other: nothing of either is left half way, exp(-32)
    smoothed = Smoothed(width)
    collapsed = mnp.asarray([-1.0, -1.0])
    way = np.linspace(-1.0, 1.0, 9 if run.quick else 33)
    for name, of in (("separate", smoothed.separate), ("all pairs", smoothed.all_pairs)):
        slope = largest(abs(to_numpy(grad(of)(collapsed))))
        yield Check(f"{name}: slope where both fakes are on one point", 0.0, slope, 1e-9)
        values = np.linalg.eigvalsh(to_numpy(hessian(of)(collapsed)))
        yield Check(f"{name}: curvature as both move together", curvatures[name](width), float(values[1]), 1e-6)
        yield Check(f"{name}: curvature as they part, flat to this order", 0.0, float(values[0]), 1e-6)
        here = float(of(collapsed))
        apart = mnp.asarray([-width, width])
        parted = smallest(float(of(collapsed + share * apart)) for share in (0.5, 1.0, 2.0))
        yield Check(f"{name}: what parting by one width, two or four costs at least", 1e-3, parted - here, 0.0, ">=")
        wall = max(float(of(mnp.asarray([-1.0, place]))) for place in way) - here
        yield Check(f"{name}: height of the wall on the way to the other point", 0.05, wall, 0.0, ">=")
    found = [partners(smoothed, (-1.0, place)) for place in way]
    # a D that would be infinite is held where it costs no more than 1e-9 |D|^2 / 2
    yield Check("partners kept: where the way begins", -0.5 * LOG2, found[0], 1e-5)
    yield Check("partners kept: where it ends", -LOG2, found[-1], 1e-5)
    yield Check("partners kept: its largest rise", 0.0, largest(np.diff(found)), 1e-7, "<=")
