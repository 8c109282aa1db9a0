"""Points in the plane: real and generated samples, with the centres of the modes where there are any."""

from __future__ import annotations

import numpy as np

from .samples import rows_to_draw
from .style import EXACT, FAKE, REAL, figure, tidy


def scatter_beside_real(fake, real, centres=None, title: str = "", names=("first column", "second column")):
    """A figure of two point clouds on one scale, shapes (n, 2) and (m, 2), mode centres, (k, 2), circled.

    Raises `ValueError` for other shapes.

    >>> drawn = scatter_beside_real(np.zeros((30, 2)), np.ones((50, 2)), centres=np.eye(2))
    >>> [[len(marks.get_offsets()) for marks in axes.collections] for axes in drawn.axes]
    [[30, 2], [50, 2]]
    """
    fake, real = rows_to_draw(fake, real, 2)
    if centres is not None:
        marks, _ = rows_to_draw(centres, real, 2)
    drawn, (left, right) = figure(1, 2, width=9.0, height=4.6, sharex=True, sharey=True)
    for axes, points, name, colour in ((left, fake, "generated", FAKE), (right, real, "real", REAL)):
        axes.scatter(points[:, 0], points[:, 1], s=4, color=colour, alpha=0.35, linewidths=0)
        if centres is not None:
            axes.scatter(marks[:, 0], marks[:, 1], s=120, facecolors="none", edgecolors=EXACT, linewidths=0.8)
        axes.set_title(name, color=colour, fontsize=12)
        axes.set_xlabel(names[0])
        axes.set_aspect("equal", adjustable="box")
        tidy(axes)
    left.set_ylabel(names[1])
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn


def joint_structure(fake, real, title: str = ""):
    """What columns share, for tables of many: both clouds in the real one's two main directions, and correlations.

    Columns are standardised by the real ones' means and deviations; the directions are the two of largest variance.
    """
    fake, real = rows_to_draw(fake, real)
    mean, deviation = real.mean(0), real.std(0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    fake, real = (fake - mean) / deviation, (real - mean) / deviation
    _, _, directions = np.linalg.svd(real, full_matrices=False)
    drawn, (cloud, left, right) = figure(1, 3, width=12.4, height=4.3)
    for rows, colour, whose in ((real, REAL, "real"), (fake, FAKE, "generated")):
        at = rows @ directions[:2].T
        cloud.scatter(at[:, 0], at[:, 1], s=4, color=colour, alpha=0.35, linewidths=0, label=whose)
    cloud.set_xlabel("first main direction of the real rows")
    cloud.set_ylabel("second main direction")
    cloud.legend(frameon=False, fontsize=8, markerscale=3)
    tidy(cloud)
    for axes, rows, colour, whose in ((left, real, REAL, "real"), (right, fake, FAKE, "generated")):
        with np.errstate(invalid="ignore", divide="ignore"):
            shown = axes.imshow(np.corrcoef(rows.T), cmap="RdBu_r", vmin=-1, vmax=1, interpolation="nearest")
        axes.set_title(f"correlations, {whose}", color=colour, fontsize=11)
        axes.set_xlabel("column")
        axes.set_ylabel("column")
    drawn.colorbar(shown, ax=[left, right], shrink=0.8)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn
