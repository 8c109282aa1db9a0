"""Posteriors over two parameters: what was learned without the likelihood, beside the grid of it."""

from __future__ import annotations

import numpy as np

from .. import random as random_
from ..backend import to_numpy
from ..models import System, find_system
from ..models.implicit.likelihood_free import drawn_from, posterior_of, total_variation
from ..models.implicit.simulators import Simulator
from ..training import Trained
from .drawings import draws, title_of
from .style import EXACT, FAKE, figure

HELD = (0.5, 0.9)  # of a posterior's mass within its outlines


@draws("likelihood_free")
def draw_posteriors(system: System, trained: Trained) -> dict:
    """Each observed data set's posterior, by the grid where that is known and as it was learned."""
    return {"samples.png": posteriors_beside_grid(system, trained, title_of(system, trained))}


def likelihood_free(steps: int | None = None, seed: int = 0):
    """Train the lighthouse's ratio and draw its posteriors."""
    system = find_system("likelihood_free")()
    return posteriors_beside_grid(system, system.train(steps, seed), "a lighthouse's place, from four flashes ashore")


def posteriors_beside_grid(system: System, trained: Trained, title: str = ""):
    """Two rows: the grid's posteriors, and the learned ones with samples and outlines of both."""
    simulator, learned = system.parts["simulator"], posterior_of(system, trained)
    known = simulator.log_likelihood is not None
    count = len(simulator.observed)
    page, axes = figure(
        1 + known, count, width=max(3.1 * count, 5.0), height=2.6 + 2.6 * known, sharex=True, sharey=True, squeeze=False
    )
    for column, (name, x) in enumerate(simulator.observed.items()):
        ours, panel = learned(x), axes[-1, column]
        told = f"learned: {name}"
        if known:
            true = simulator.true_posterior(x)
            _mass(axes[0, column], simulator, true, f"grid: {name}\n{', '.join(f'{value:g}' for value in x)}")
            _outline(axes[0, column], simulator, true, EXACT, "-")
            told = f"learned, total variation {total_variation(ours, true):.3f}"
        _mass(panel, simulator, ours, told)
        if known:
            _outline(panel, simulator, true, EXACT, "-")
        _outline(panel, simulator, ours, FAKE, "--")
        samples = to_numpy(drawn_from(simulator, ours, random_.generator(2), 150))
        panel.scatter(samples[:, 0], samples[:, 1], s=4, color=FAKE, alpha=0.6, linewidths=0)
        panel.set_xlabel(simulator.parameters[0])
    for row in axes:
        row[0].set_ylabel(simulator.parameters[1])
    if title:
        lines = (
            "outlines hold 50 and 90 %: black by the grid, dashed as learned" if known else "outlines hold 50 and 90 %"
        )
        page.suptitle(f"{title}\n{lines}", fontsize=10)
    return page


def _mass(axes, simulator: Simulator, mass, title: str) -> None:
    (left, bottom), (right, top) = simulator.low, simulator.high
    palest, darkest = 0.0, 2.0 * mass.max()  # so that samples are seen on it
    axes.imshow(
        mass.T,
        extent=(left, right, bottom, top),
        origin="lower",
        cmap="Greys",
        aspect="auto",
        vmin=palest,
        vmax=darkest,
    )
    axes.set_title(title, fontsize=9)


def _outline(axes, simulator: Simulator, mass, colour: str, style: str) -> None:
    """Where the posterior has `HELD` of its mass."""
    ordered = np.sort(mass.ravel())[::-1]
    total = np.cumsum(ordered)
    levels = np.unique([ordered[min(int(np.searchsorted(total, held)), len(ordered) - 1)] for held in HELD])
    grid = simulator.grid
    axes.contour(grid.first, grid.second, mass.T, levels=levels, colors=colour, linewidths=0.9, linestyles=style)
