"""k-means as a limit: a mixture's responsibilities at two variances, its objective, and how many assignments differ."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from .. import random
from ..backend import to_numpy
from ..models.families.k_means import (
    assignments,
    centres_of_k_means,
    certified_variance,
    em,
    least_margin,
    merging_variance,
    objective_gap,
    responsibilities,
    within_cluster_squares,
)
from ..models.families.points import groups
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

SHOWN = 0.6  # the variance of the first panel
LEFT, RIGHT, LOW, HIGH = -2.8, 5.2, -3.6, 5.0  # of the points
COLOURS = np.array([[0.16, 0.56, 0.36], [0.48, 0.25, 0.63], [0.12, 0.37, 0.66]])  # of three groups


def k_means_limit():
    """200 points of three groups; EM at every variance starts from k-means' centres."""
    x, _ = groups(random.generator(0, host=True), 200)
    means = centres_of_k_means(x, x[:3, :])
    page, axes = figure(2, 2, width=10.0, height=7.6)
    for panel, variance in zip(axes[0], (SHOWN, 0.0)):
        _responsibilities(panel, x, em(x, means, variance), variance)
    _objective(axes[1, 0], x, means)
    _differing(axes[1, 1], x, means)
    return page


def _responsibilities(panel, x, means, variance) -> None:
    along = np.linspace(LEFT, RIGHT, 160), np.linspace(LOW, HIGH, 160)
    grid = np.stack(np.meshgrid(*along), -1).reshape(-1, 2)
    mixed = to_numpy(responsibilities(mnp.asarray(grid), means, variance)) @ COLOURS
    light = (0.65 + 0.35 * mixed).reshape(160, 160, 3)
    panel.imshow(light, extent=(LEFT, RIGHT, LOW, HIGH), origin="lower", aspect="auto", interpolation="bilinear")
    at = to_numpy(responsibilities(x, means, variance)) @ COLOURS
    panel.scatter(*to_numpy(x).T, s=9, color=at, linewidths=0)
    panel.scatter(*to_numpy(means).T, s=110, marker="X", color="white", edgecolors=EXACT, linewidths=1.0)
    what = f"EM at common variance {variance:g}" if variance else "common variance → 0: k-means"
    panel.set_title(what, fontsize=10)
    panel.set(xlabel="$x_1$", ylabel="$x_2$")


def _objective(panel, x, means) -> None:
    g = least_margin(x, means)
    inverse = np.linspace(0.5, 120.0, 120)
    gap = np.array([float(objective_gap(x, means, 0.5 / one)) for one in inverse]) * inverse  # over 2 s^2
    panel.semilogy(inverse, gap, color=DISCRIMINATOR, label="gap / 2s²")
    panel.semilogy(inverse, np.log1p(np.exp(-g * inverse)), ":", color=EXACT, linewidth=1.0, label="its bounds")
    panel.semilogy(inverse, 200 * np.log1p(2.0 * np.exp(-g * inverse)), ":", color=EXACT, linewidth=1.0)
    panel.set(xlabel="$1 / 2 s^2$", ylabel="k-means' objective less the mixture's, / 2s²")
    limit = float(within_cluster_squares(x, means))
    panel.set_title(f"the objective's limit, {limit:.1f}, is met at the rate exp(−{g:.3f} / 2s²)", fontsize=10)
    panel.legend(frameon=False, fontsize=9)
    tidy(panel)


def _differing(panel, x, means) -> None:
    proved, merged = certified_variance(x, means), merging_variance(x)
    variances = np.append(10.0 ** np.arange(-2.0, 0.3, 0.15), 0.99 * merged)
    own = assignments(x, means)
    differ = np.array([int(mnp.count_nonzero(assignments(x, em(x, means, float(one), 400)) != own)) for one in variances])
    panel.semilogx(variances, differ, "o-", markersize=3.5, color=FAKE)
    panel.set(xlabel="common variance $s^2$", ylabel="points whose assignment is not k-means'", xlim=(0.009, 9.0))
    for place, name, colour in (
        (proved, f"proved equal\nup to {proved:.2g}", REAL),
        (merged, f"means merge\nat {merged:.2g}", EXACT),
    ):
        panel.axvline(place, color=colour, linestyle="--", linewidth=1.0)
        side = {"ha": "right", "xytext": (-5, 0)} if place < 1.0 else {"ha": "left", "xytext": (5, 0)}
        at = (place, 0.85 * max(differ))
        panel.annotate(name, at, textcoords="offset points", fontsize=8, color=colour, **side)
    equal = variances[np.flatnonzero(differ)[0] - 1]
    panel.set_title(f"found equal up to $s^2$ = {equal:.2g}", fontsize=10)
    tidy(panel)
