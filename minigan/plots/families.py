"""The lecture's last slides as a map: fast special cases, the limits that make them so, and the families."""

from __future__ import annotations

from ..models.families.rows import ROWS
from .style import DISCRIMINATOR, EXACT, FAKE, REAL

COLOURS = (REAL, DISCRIMINATOR, FAKE)
LEFT, RIGHT = 0.30, 0.70  # where arrows begin and end, in widths of the page


def families(rows=None):
    """A line for each of `ROWS`: the special case, an arrow with its limit above and what was measured below, the family.

    ``rows`` are ROWS unless given. Everything on the arrows is computed anew.
    """
    from matplotlib.figure import Figure

    rows = ROWS if rows is None else rows
    lines = sum(len(group) for group in rows.values())
    height = lines + 1.1 * len(rows)
    page = Figure(figsize=(12.6, 0.56 * height + 0.5), layout="constrained", dpi=130)
    axes = page.subplots()
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(height - 0.4, -0.6)
    axes.axis("off")
    y = 0.0
    for (heading, group), colour in zip(rows.items(), COLOURS):
        axes.annotate(heading, (0.5, y), ha="center", va="center", fontsize=12, color=colour, weight="bold")
        axes.annotate("fast special case", (LEFT, y), ha="right", va="center", fontsize=8.5, color="#777777")
        axes.annotate("extensible family", (RIGHT, y), ha="left", va="center", fontsize=8.5, color="#777777")
        for row in group:
            y += 1.0
            _boxed(axes, row.special, LEFT, y, "right", colour)
            _boxed(axes, row.family, RIGHT, y, "left", colour)
            arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.3, "shrinkA": 8, "shrinkB": 8}
            axes.annotate("", (RIGHT, y), (LEFT, y), arrowprops=arrow)
            axes.annotate(row.limit, (0.5, y - 0.05), ha="center", va="bottom", fontsize=8.5, color=EXACT)
            axes.annotate(row.measure(), (0.5, y + 0.07), ha="center", va="top", fontsize=7.5, color="#777777")
        y += 1.1
    page.suptitle("special cases, the limits that join them to their families, what was measured", fontsize=12)
    return page


def _boxed(axes, text, x, y, side, colour) -> None:
    box = {"boxstyle": "round,pad=0.35", "facecolor": "white", "edgecolor": colour, "linewidth": 0.9}
    axes.annotate(text, (x, y), ha=side, va="center", fontsize=9.5, color=EXACT, bbox=box)
