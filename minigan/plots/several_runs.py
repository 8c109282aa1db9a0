"""Several runs in one picture: their curves beside each other, and what came of a sweep over its settings."""

from __future__ import annotations

import numpy as np

from .style import EXACT, figure, tidy


def curves(histories, names):
    """A Matplotlib figure of every metric in a panel, a curve for each run, smoothed over a fiftieth of it."""
    keys = list(dict.fromkeys(key for history in histories for key in history))
    columns = min(3, max(1, len(keys)))
    rows = max(1, -(-len(keys) // columns))
    drawn, axes = figure(rows, columns, width=4.6 * columns + 0.6, height=3.3 * rows + 0.4, squeeze=False)
    for i, panel in enumerate(axes.flat):
        if i >= len(keys):
            panel.set_visible(False)
            continue
        for j, (history, name) in enumerate(zip(histories, names)):
            values = np.asarray(history.get(keys[i], ()), dtype=float)
            if not len(values):
                continue
            window = max(1, len(values) // 50)
            smooth = np.convolve(values, np.ones(window) / window, mode="valid")
            panel.plot(np.arange(window, len(values) + 1), smooth, color=f"C{j % 10}", label=name, linewidth=1.4)
        panel.set_xlabel("step")
        panel.set_ylabel(keys[i].replace("_", " "))
        tidy(panel)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    if handles:
        drawn.legend(handles, labels, frameon=False, loc="outside lower center", ncols=min(4, len(labels)), fontsize=8)
    return drawn


def distributions(rows: list[dict], settings, metrics):
    """A Matplotlib figure, a panel a metric; in it each setting's seeds as a column of points, with their median."""
    metrics = metrics or ["steps"]
    names = list(dict.fromkeys(_named(row, settings) for row in rows))
    columns = min(3, len(metrics))
    panels = -(-len(metrics) // columns)
    width = max(3.4, 0.5 * len(names) + 1.6)
    drawn, axes = figure(panels, columns, width=width * columns, height=3.4 * panels, squeeze=False)
    for i, panel in enumerate(axes.flat):
        if i >= len(metrics):
            panel.set_visible(False)
            continue
        for at, name in enumerate(names):
            own = [row for row in rows if _named(row, settings) == name]
            values = np.asarray([row[metrics[i]] for row in own if isinstance(row.get(metrics[i]), int | float)], float)
            spread = np.linspace(-0.15, 0.15, len(values)) if len(values) > 1 else np.zeros(len(values))
            panel.plot(at + spread, values, "o", color=f"C{at % 10}", markersize=4, alpha=0.75)
            if len(values):
                panel.hlines(np.median(values), at - 0.3, at + 0.3, color=EXACT, linewidth=1.5)
        leaning = {"rotation": 30, "ha": "right"} if len(names) > 2 else {}
        panel.set_xticks(range(len(names)), names, fontsize=8, parse_math=False, **leaning)
        panel.set_xlim(-0.6, len(names) - 0.4)
        panel.set_ylabel(metrics[i].replace("_", " "), fontsize=9)
        tidy(panel)
    drawn.suptitle("a point is a seed, the line the median", fontsize=10)
    return drawn


def _named(row: dict, settings) -> str:
    return ", ".join(f"{name} {row[name]}" for name in settings) or "all"
