"""Regression by networks with a posterior: where the data are, and where they are not, beside what is known."""

from __future__ import annotations

import numpy as np

from ..models.implicit.bayesian_regression import (
    Band,
    band_of_a_line,
    examples_with_a_gap,
    line,
    one_unit_on_a_grid,
    sampled_weights,
    tanh_units,
    units_by_importance,
    values,
)
from .style import EXACT, FAKE, REAL, figure, tidy

HIDDEN, SHOWN = 8, 12  # tanh units, and functions that are drawn


def bayesian_regression(steps: int = 150, seed: int = 0):
    """A line, one tanh unit and eight, from the same examples: mean and band of all chains, and of the exact posterior."""
    data, at = examples_with_a_gap(), np.linspace(-7.0, 7.0, 85)
    rows = (
        ("a line", "closed form", line(), band_of_a_line(data, at), {"step_length": 0.03, "leaps": 7}),
        ("one tanh unit", "grid", tanh_units(1), one_unit_on_a_grid(data, at, 151).band, {}),
        (
            "eight tanh units",
            "importance sample",
            tanh_units(HIDDEN),
            units_by_importance(HIDDEN, data, at, seed + 1, 10_000, 1000).band,
            {},
        ),
    )
    page, axes = figure(1, 3, width=12.0, height=4.3, sharey=True)
    for panel, (name, way, network, exact, how) in zip(axes, rows):
        f = values(network, sampled_weights(network, data, seed, steps=steps, **how), at)
        draw_band(panel, at, Band(f.mean((0, 1)), f.std((0, 1))), f[-1, :SHOWN], exact, way)
        panel.errorbar(*data, fmt="o", ms=4, color=REAL, elinewidth=1.0, label="data ± noise", zorder=4)
        panel.set_title(name, fontsize=10)
        panel.set(xlabel="x", xlim=(at[0], at[-1]), ylim=(-3.0, 3.0))
        panel.legend(frameon=False, fontsize=8, loc="upper left")
        tidy(panel)
    axes[0].set_ylabel("f(x; w)")
    title = "weights by Hamiltonian Monte Carlo: mean and two deviations of f(x; w), beside the exact ones"
    page.suptitle(title, fontsize=11)
    return page


def draw_band(panel, at, found: Band, some, exact: Band, way: str) -> None:
    """Mean and two deviations of the chains, functions (m, k) of ``some`` states, and the exact band's edges."""
    low, high = (found.mean + sign * 2.0 * found.deviation for sign in (-1.0, 1.0))
    panel.fill_between(at, low, high, color=FAKE, alpha=0.2, linewidth=0.0, label="chains")
    panel.plot(at, some.T, color=FAKE, lw=0.5, alpha=0.4)
    panel.plot(at, found.mean, color=FAKE, lw=1.8)
    panel.plot(at, exact.mean, color=EXACT, lw=1.1, ls="--", label=way)
    for sign in (-2.0, 2.0):
        panel.plot(at, exact.mean + sign * exact.deviation, color=EXACT, lw=0.9, ls=":")
