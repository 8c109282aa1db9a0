"""Tables: histograms of columns, and all pairs of a few of them."""

from __future__ import annotations

from ..validation import count as counted
from .samples import rows_to_draw
from .style import FAKE, REAL, figure, tidy


def histograms_beside_real(fake, real, title: str = "", most: int = 12, names=None):
    """A figure of the first ``most`` columns' histograms, generated over real; ``names`` are the columns'.

    Rows have shapes (n, d) and (m, d). Raises `ValueError` for other shapes.

    >>> rows = [[float(i * j) for j in range(5)] for i in range(9)]
    >>> drawn = histograms_beside_real(rows, rows, names=("a", "b", "c", "d", "e"))
    >>> [panel.get_xlabel() for panel in drawn.axes if panel.get_visible()]
    ['a', 'b', 'c', 'd', 'e']
    """
    fake, real = rows_to_draw(fake, real)
    names = names or tuple(f"column {i}" for i in range(real.shape[1]))
    count = min(counted(most, "most"), real.shape[1])
    columns = min(4, count)
    rows = -(-count // columns)
    drawn, axes = figure(rows, columns, width=max(4.6, 2.6 * columns + 0.8), height=2.1 * rows + 0.9, squeeze=False)
    for i, panel in enumerate(axes.flat):
        if i >= count:
            panel.set_visible(False)
            continue
        _histogram(panel, fake[:, i], real[:, i])
        panel.set_xlabel(names[i], fontsize=9, parse_math=False)
        tidy(panel)
    axes.flat[0].set_ylabel("density")
    axes.flat[0].legend(frameon=False, fontsize=8)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn


def pairs_beside_real(fake, real, names, title: str = ""):
    """A figure of every pair of columns as a plane, generated over real, with each column's histogram on the diagonal.

    Rows have shapes (n, d) and (m, d), and there are d ``names``. Raises `ValueError` for other shapes.

    >>> rows = [[float(i * j) for j in range(3)] for i in range(9)]
    >>> drawn = pairs_beside_real(rows, rows, ("a", "b", "c"))
    >>> sum(panel.get_visible() for panel in drawn.axes)  # three pairs and three columns
    6
    """
    fake, real = rows_to_draw(fake, real)
    count = real.shape[1]
    drawn, axes = figure(count, count, width=2.1 * count + 0.9, height=1.9 * count + 0.9, squeeze=False)
    for i in range(count):
        for j in range(count):
            panel = axes[i, j]
            if j > i:
                panel.set_visible(False)
                continue
            if i == j:
                _histogram(panel, fake[:, i], real[:, i])
                panel.set_yticks([])
            else:
                for rows, colour in ((real, REAL), (fake, FAKE)):
                    panel.scatter(rows[:, j], rows[:, i], s=3, color=colour, alpha=0.3, linewidths=0)
            if i == count - 1:
                panel.set_xlabel(names[j], fontsize=9, parse_math=False)
            if j == 0:
                panel.set_ylabel(names[i] if i else "density", fontsize=9, parse_math=False)
            panel.tick_params(labelsize=7)
            tidy(panel)
    axes[0, 0].legend(frameon=False, fontsize=8)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn


def _histogram(panel, fake, real) -> None:
    low, high = min(real.min(), fake.min()), max(real.max(), fake.max())
    for values, colour, whose in ((real, REAL, "real"), (fake, FAKE, "generated")):
        panel.hist(values, bins=30, range=(low, high), density=True, color=colour, alpha=0.45, label=whose)
