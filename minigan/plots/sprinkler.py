"""The sprinkler's posteriors: on a grid, and as samples of an implicit q(z | x) have them."""

from __future__ import annotations

import numpy as np

from .. import random as random_
from ..models import System
from ..models.implicit.contrastive import contrastive_system, posteriors
from ..models.implicit.sprinkler import CELLS, REACH
from ..training import Trained
from .drawings import draws, title_of
from .style import figure

SHOWN = (-4.5, 6.0)  # of each cause


@draws("prior_contrastive", "joint_contrastive")
def draw_sprinkler(system: System, trained: Trained) -> dict:
    """The five posteriors: exact, and learned."""
    found = posteriors(system.parts["layers"], trained.state, random_.generator(2))
    return {"samples.png": rows_of_posteriors({"learned q(z | x)": found}, title_of(system, trained))}


def rows_of_posteriors(learned: dict, title: str = ""):
    """A column for each observation: the grid's posterior above, below it those of each way, with total variation."""
    exact = next(iter(learned.values()))
    page, axes = figure(
        1 + len(learned), len(exact), width=2.0 * len(exact) + 1.0, height=2.15 * (1 + len(learned)) + 0.7
    )
    for column, one in enumerate(exact):
        most = one.exact.max()
        _density(axes[0, column], one.exact, most, f"x = {one.x:g}")
        for row, found in enumerate(learned.values(), 1):
            there = found[column]
            _density(axes[row, column], there.learned, most, f"total variation {there.total_variation:.3f}")
    for row, name in enumerate(("exact, on a grid", *learned)):
        axes[row, 0].set_ylabel(f"{name}\n$z_2$", fontsize=9)
        for panel in axes[row, 1:]:
            panel.tick_params(labelleft=False)
    for panel in axes[:-1].flat:
        panel.tick_params(labelbottom=False)
    for panel in axes[-1]:
        panel.set_xlabel("$z_1$")
    page.suptitle(title, fontsize=11)
    return page


def _density(panel, mass, most: float, title: str) -> None:
    edges = np.linspace(-REACH, REACH, len(mass) + 1)
    panel.pcolormesh(edges, edges, np.sqrt(mass.T / most), cmap="magma_r", vmin=0.0, vmax=1.1, rasterized=True)
    panel.set_aspect("equal")
    panel.set(xlim=SHOWN, ylim=SHOWN)
    panel.set_xticks((-3, 0, 3, 6))
    panel.set_yticks((-3, 0, 3, 6))
    panel.tick_params(labelsize=7)
    panel.set_title(title, fontsize=9)


def sprinkler(steps: int = 3000):
    """Train both ways and show what they found beside the grid."""
    found = {}
    for joint in (False, True):
        made = contrastive_system(joint, 32, 256, 1e-3, steps)
        trained = made.train(steps, 0)
        name = "joint-contrastive" if joint else "prior-contrastive"
        found[name] = posteriors(made.parts["layers"], trained.state, random_.generator(2))
    side = 2.0 * REACH / CELLS
    title = (
        f"causes of the sprinkler given x: mass of cells of {side:g} x {side:g}, roots of it as colours; {steps} steps"
    )
    return rows_of_posteriors(found, title)
