"""One posterior by exact inference, chains, a Gaussian q and an implicit one: where they put mass, and at which cost."""

from __future__ import annotations

import numpy as np

from .. import random as random_
from ..models.families import inference
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

SHOWN = 3.5  # of each weight


def family_inference(steps: int = 1000):
    """Masses of cells by each way, and right of them error against cost; the implicit q is trained for ``steps``."""
    page, axes = figure(2, 3, width=13.0, height=7.6)
    rng = random_.generator(0)
    grids = {points: inference.by_quadrature(points) for points in (24, 48, 96)}
    chains = [inference.by_chains(rng, length, 400) for length in (5, 20, 80)]
    gaussians = [inference.by_gaussian(random_.generator(1), moves, 1) for moves in (1, 3, 10, 40)]
    lengths = [max(1, steps // 8), max(1, steps // 3), steps]
    implicit = [inference.by_implicit(random_.generator(0), length) for length in lengths]
    shown = {
        "exact, on a grid": inference.by_quadrature(240),
        "Hamiltonian chains": chains[-1],
        "Gaussian q": gaussians[-1],
        "implicit q": implicit[-1],
    }
    panels = (axes[0, 0], axes[0, 1], axes[1, 0], axes[1, 1])
    most = np.sqrt(shown["exact, on a grid"].masses.max())
    edges = np.linspace(-inference.REACH, inference.REACH, inference.CELLS + 1)
    for panel, (name, found) in zip(panels, shown.items()):
        panel.pcolormesh(edges, edges, np.sqrt(found.masses.T), cmap="magma_r", vmin=0.0, vmax=most, rasterized=True)
        panel.set(xlim=(-SHOWN, SHOWN), ylim=(-SHOWN, SHOWN), aspect="equal", xlabel="$z_1$", ylabel="$z_2$")
        panel.set_title(name if "exact" in name else f"{name}: total variation {found.error:.2f}", fontsize=11)
    for panel in axes[:, 2]:
        panel.remove()
    right = page.add_subplot(axes[0, 2].get_gridspec()[:, 2])
    ways = (
        ("quadrature", list(grids.values()), EXACT, "s-"),
        ("Hamiltonian chains", chains, REAL, "o-"),
        ("Gaussian q", gaussians, DISCRIMINATOR, "^-"),
        ("implicit q", implicit, FAKE, "D-"),
    )
    for name, found, colour, mark in ways:
        right.loglog([one.cost for one in found], [one.error for one in found], mark, ms=5, color=colour, label=name)
    right.set(xlabel="evaluations of log p(x, z)", ylabel="total variation from the posterior")
    right.set_title("error against cost", fontsize=11)
    right.legend(frameon=False, fontsize=9, loc="lower left")
    tidy(right)
    page.suptitle("the posterior of two weights whose product was seen: exact, by chains, variational", fontsize=12)
    return page
