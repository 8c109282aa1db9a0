"""Mode Collapse: who moves last decides; and Non-convergence in GANs: densities converge where parameters do not."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...dynamics import (
    alternating,
    descent_of_densities,
    dirac_gan,
    function_space_game,
    maximin,
    minimax_of_mixed,
    minimax_of_pure,
    simultaneous,
    spectrum,
    total_variation_along,
    trajectory,
    value_on_atoms,
)
from ..registry import Check, Run, claim, largest, smallest
from .methods import HEADING


def on_grids(points: int):
    """(min max, max min, mixed min max, mixed max min) of V for two equal atoms, over D and shares of G on grids."""
    grid = np.append(np.linspace(0.0, 1.0, points)[1:-1], 1.0 - 1e-9)
    d = mnp.asarray(np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2))
    half = mnp.asarray([0.5, 0.5])
    v = np.stack([to_numpy(value_on_atoms(half, mnp.asarray([w, 1.0 - w]), d)) for w in np.linspace(0.0, 1.0, 21)])
    pure = v[[0, -1]]
    return pure.max(1).min(), pure.min(0).max(), v.max(1).min(), v.min(0).max()


OUTER_MIN = 0.5 * math.log(1.0 / 3.0) + math.log(2.0 / 3.0)
OUTER_MAX = -math.log(4.0)


@claim(
    "minimax-is-not-maximin",
    section="games",
    heading="Mode Collapse",
    statement="min max V is not max min V where G is one of two atoms: -0.9548 and -1.3863. Mixed, both are -1.3863.",
    latex=r"\min_G \max_D V = \tfrac12\log\tfrac13 + \log\tfrac23 \neq \max_D \min_G V = -\log 4",
)
def minimax_is_not_maximin(run: Run, outer_min=OUTER_MIN, outer_max=OUTER_MAX):
    half = mnp.asarray([0.5, 0.5])
    yield Check("min over G's atom, max over D: log(1/3)/2 + log(2/3)", outer_min, minimax_of_pure(half), 1e-12)
    yield Check("max over D, min over G's atom: -log 4", outer_max, maximin(half), 1e-10)
    yield Check("min over mixed G, max over D: -log 4", outer_max, minimax_of_mixed(half), 1e-10)
    points = 101 if run.quick else 401
    names = ("pure G, min max", "pure G, max min", "mixed G, min max", "mixed G, max min")
    for name, stated, found in zip(names, (outer_min, outer_max, outer_max, outer_max), on_grids(points)):
        yield Check(f"{name}, by enumeration of {(points - 1) ** 2} D", stated, float(found), 2e-3)
    for share in to_numpy(run.rng().uniform((1 if run.quick else 3,), 0.1, 0.9)):
        weights = mnp.asarray([float(share), float(1.0 - share)])
        stated = min(w * math.log(w / (1.0 + w)) - math.log(1.0 + w) for w in (share, 1.0 - share))
        yield Check(f"data ({share:.3f}, {1 - share:.3f}): pure, min max", stated, minimax_of_pure(weights), 1e-12)
        yield Check(f"data ({share:.3f}, {1 - share:.3f}): max min", outer_max, maximin(weights), 1e-9)


@claim(
    "function-space",
    section="games",
    heading=HEADING,
    statement="Gradient descent on the densities themselves converges; the same game in two parameters does not.",
    latex=r"\lambda = -4p_i \pm \sqrt{16p_i^2 - 4}, \ \operatorname{Re}\lambda < 0; \quad \text{Dirac-GAN: } \pm\tfrac i2",
)
def densities_converge(run: Run, game=function_space_game, method=descent_of_densities):
    steps, drawn = (600, 2) if run.quick else (4000, 3)
    laws = ((0.2, 0.8), (0.5, 0.3, 0.2), (0.1, 0.15, 0.45, 0.3))
    for p in laws:
        host, at = np.asarray(p), mnp.asarray(p)
        gaps, doubts = [], []
        for stream in range(drawn):
            q = to_numpy(run.rng(stream).uniform((len(p),), 0.05, 1.0))
            start = (mnp.asarray(q / q.sum()), mnp.full((len(p),), 0.5))
            path = trajectory(method(0.05), game(at), start, steps)
            gaps.append(total_variation_along(path[-1:], host)[0])
            doubts.append(abs(path[-1, len(p) :] - 0.5).max())
        what = f"data {', '.join(f'{w:g}' for w in p)}, {drawn} drawn starts"
        yield Check(f"{what}: TV after {steps} steps", 0.0, largest(gaps), 1e-4)
        yield Check(f"{what}: largest |D - 1/2|", 0.0, largest(doubts), 1e-3)
        found = np.sort_complex(spectrum(game(at), (at, mnp.full((len(p),), 0.5))))
        roots = [-4.0 * w + sign * np.sqrt(complex(16.0 * w * w - 4.0)) for w in p for sign in (1.0, -1.0)]
        off = [abs(found - root).min() for root in roots] + [abs(np.asarray(roots) - value).min() for value in found]
        # at p_i = 1/2 the pair is double with one eigenvector: a rounding e moves it by sqrt(e)
        yield Check(f"data {', '.join(f'{w:g}' for w in p)}: largest error of the eigenvalues", 0.0, largest(off), 1e-6)
    nothing = mnp.asarray([0.0, 1.0, 0.0])
    start = (mnp.asarray([0.0, 0.0, 1.0]), mnp.full((3,), 0.5))
    gap = total_variation_along(trajectory(method(0.05), game(nothing), start, 400)[-1:], [0.0, 1.0, 0.0])[0]
    yield Check("data at 0, G at 1, as densities on -1, 0, 1: TV in the end", 0.0, float(gap), 0.0)
    for name, rule in (("simultaneous", simultaneous), ("alternating", alternating)):
        path = trajectory(rule(0.05), dirac_gan("minimax"), (1.0, 0.0), steps)
        nearest = smallest(np.linalg.norm(path, axis=1))
        yield Check(f"the same as (theta, psi), {name} steps: smallest distance", 0.95, float(nearest), 0.0, ">=")
