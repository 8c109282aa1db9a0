"""Adversarial variational Bayes on one page: where codes of four points go, the paper's table, and eight schools."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..models import find_system
from ..models.implicit.eight_schools import SCHOOLS, log_joint, moments_of, school_effects
from ..models.implicit.hamiltonian import hamiltonian_chains
from ..models.implicit.schools_posteriors import WAYS, distance, posterior_samples
from ..random import generator
from .aggregate_posteriors import (
    clouds_of,
    codes_panel,
    colours_of,
    legend_of,
    probabilities_of,
    probabilities_panel,
)
from .style import EXACT, FAKE, figure, tidy

SHOWN = 4000  # codes in a panel
SCHOOL = 0  # the one furthest from the others
EFFECT, LOG_S = (-1.0, 5.0), (-3.6, 1.6)  # what is shown of both


def adversarial_bayes(steps: int = 1500, schools_steps: int = 1200, seed: int = 0):
    """Train on four points and on eight schools, and draw what the posteriors are like."""
    system = find_system("avb")(lr=2e-3)
    trained = system.train(steps, seed)
    page, axes = figure(2, 4, width=15.2, height=8.2)
    page.get_layout_engine().set(w_pad=0.12, h_pad=0.1)
    clouds, labels = clouds_of(system, trained)
    for panel, (name, points) in zip(axes[0, :2], clouds.items()):
        codes_panel(panel, points, colours_of(labels), name)
    axes[0, 0].set_ylabel("second code")
    legend_of(axes[0, 0], np.unique(labels), "point")
    probabilities_panel(axes[0, 2], probabilities_of(system, trained))
    _table(axes[0, 3], system.told(trained))
    funnels(axes[1], posteriors_of_schools(schools_steps, seed))
    page.suptitle(
        f"adversarial variational Bayes; above: four points, {steps} steps; circles hold 50, 90 and 99 % of the prior\n"
        f"below: eight schools, {schools_steps} steps; outlines hold 50, 90 and 99 % of the chain; errors are root mean "
        "squares over ten numbers, against a quadrature",
        fontsize=11,
    )
    return page


def posteriors_of_schools(steps: int, seed: int) -> dict:
    """Codes (n, 10) by name: of a long chain, and of every kind of q."""
    start = 0.3 * generator(seed + 50).standard_normal((400, SCHOOLS + 2))
    chain = hamiltonian_chains(log_joint, start, seed, steps=150, step_length=0.15, leaps=8).samples
    found = {"a Hamiltonian chain": to_numpy(chain)[50:].transpose(1, 0, 2).reshape(-1, SCHOOLS + 2)}
    return found | {way: to_numpy(posterior_samples(way, seed, steps)) for way in WAYS}


def funnels(panels, posteriors: dict) -> None:
    """log s against one school's effect, a panel for each posterior, all with the outlines of the first."""
    first = next(iter(posteriors))
    for panel, (name, z) in zip(panels, posteriors.items()):
        log_s, effect = z[:, 1], to_numpy(school_effects(mnp.asarray(z)))[:, SCHOOL]
        shown, colour = slice(None, None, max(1, len(z) // SHOWN)), EXACT if name == first else FAKE
        panel.scatter(effect[shown], log_s[shown], s=3, color=colour, alpha=0.35, linewidths=0, rasterized=True)
        if name == first:
            x, y, density, levels = _outlines(effect, log_s)
        panel.contour(x, y, density, levels=levels, colors=EXACT, linewidths=0.9)
        off = distance(moments_of(z))
        panel.set_title(
            f"{name}\noff: means {off.means:.3f} deviations, log deviations {off.deviations:.3f}", fontsize=9
        )
        panel.set(xlim=EFFECT, ylim=LOG_S, xlabel=f"effect of school {SCHOOL + 1}")
        tidy(panel)
    panels[0].set_ylabel("log s")


def _outlines(effect, log_s):
    """Cells' centres along both, a smooth density over cells, and the levels above which 99, 90 and 50 % of points lie."""
    from scipy.ndimage import gaussian_filter

    counts, x, y = np.histogram2d(effect, log_s, bins=80, range=(EFFECT, LOG_S))
    density = gaussian_filter(counts, 2.0)
    densest = np.argsort(-density, axis=None)
    held = np.cumsum(counts.ravel()[densest]) / len(effect)  # of the points themselves, which smoothing moves
    levels = density.ravel()[densest[np.searchsorted(held, (0.99, 0.9, 0.5))]]
    return 0.5 * (x[1:] + x[:-1]), 0.5 * (y[1:] + y[:-1]), density.T, levels


def _table(panel, told) -> None:
    """The paper's numbers beside ours."""
    header, rows, below = told
    panel.axis("off")
    columns = [name.replace(", ", "\n") for name in header]
    shown = panel.table(
        [list(row) for row in rows], colLabels=columns, loc="center", cellLoc="right", edges="horizontal"
    )
    shown.auto_set_font_size(False)
    shown.set_fontsize(8)
    shown.auto_set_column_width(list(range(len(header))))
    for (row, _), cell in shown.get_celld().items():
        cell.set_height(0.13 if row == 0 else 0.09)
    first, _, second = below.partition("; ")
    panel.text(0.5, 0.1, f"{first};\n{second}", ha="center", fontsize=8, transform=panel.transAxes)
