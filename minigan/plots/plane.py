"""Points in the plane: real and generated samples, with the centres of the modes where there are any."""

from __future__ import annotations

from ..backend import to_numpy
from .style import EXACT, FAKE, REAL, figure, tidy


def scatter_beside_real(fake, real, centres=None, title: str = "", names=("first column", "second column")):
    """A figure of two point clouds on one scale, shape (n, 2) each, mode centres circled."""
    drawn, (left, right) = figure(1, 2, width=9.0, height=4.6, sharex=True, sharey=True)
    for axes, points, name, colour in ((left, fake, "generated", FAKE), (right, real, "real", REAL)):
        points = to_numpy(points)
        axes.scatter(points[:, 0], points[:, 1], s=4, color=colour, alpha=0.35, linewidths=0)
        if centres is not None:
            marks = to_numpy(centres)
            axes.scatter(marks[:, 0], marks[:, 1], s=120, facecolors="none", edgecolors=EXACT, linewidths=0.8)
        axes.set_title(name, color=colour, fontsize=12)
        axes.set_xlabel(names[0])
        axes.set_aspect("equal", adjustable="box")
        tidy(axes)
    left.set_ylabel(names[1])
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn


def histograms_beside_real(fake, real, title: str = "", most: int = 12, name: str = "column {}"):
    """A figure of the first ``most`` columns' histograms, generated over real; ``name`` labels column i."""
    fake, real = to_numpy(fake), to_numpy(real)
    count = min(most, real.shape[1])
    columns = min(4, count)
    rows = -(-count // columns)
    drawn, axes = figure(rows, columns, width=2.6 * columns + 0.8, height=2.1 * rows + 0.6, squeeze=False)
    for i, panel in enumerate(axes.flat):
        if i >= count:
            panel.set_visible(False)
            continue
        low, high = min(real[:, i].min(), fake[:, i].min()), max(real[:, i].max(), fake[:, i].max())
        for values, colour, whose in ((real, REAL, "real"), (fake, FAKE, "generated")):
            panel.hist(values[:, i], bins=30, range=(low, high), density=True, color=colour, alpha=0.45, label=whose)
        panel.set_xlabel(name.format(i))
        tidy(panel)
    axes.flat[0].set_ylabel("density")
    axes.flat[0].legend(frameon=False, fontsize=8)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn
