"""Random forests: the neighbours that one averages over, a Mondrian tree, the kernel of many, and their regressions."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from .. import random
from ..backend import to_numpy
from ..models.families.forests import (
    forest_weights,
    line_weights,
    mondrian_kernel,
    mondrian_leaves,
    shared,
    tree_weights,
)
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

LIFETIME, CELLS = 6.0, 160
PLACE = (0.55, 0.5)  # where the neighbours of the first panel are looked for


def forests_as_neighbours():
    """300 points in the unit square, a tree of lifetime 6, and fourteen points on a line."""
    page, axes = figure(2, 2, width=10.0, height=7.8)
    _neighbours(axes[0, 0])
    _tree(axes[0, 1])
    _kernel(axes[1, 0])
    _regressions(axes[1, 1])
    return page


def _neighbours(panel) -> None:
    from sklearn.ensemble import RandomForestRegressor

    rng = np.random.default_rng(0)
    x = rng.random((300, 2))
    y = np.sin(6.0 * x[:, 0]) + 0.1 * rng.standard_normal(300)
    forest = RandomForestRegressor(100, min_samples_leaf=3, random_state=0).fit(x, y)
    place = np.array([PLACE])
    w = to_numpy(forest_weights(forest, x, place))[0]
    off = abs(float(w @ y) - float(forest.predict(place)[0]))
    panel.scatter(*x.T, c=y, s=9, cmap="Greys", vmin=-2.0, vmax=1.5, linewidths=0)
    panel.scatter(*x[w > 0.0].T, s=3000.0 * w[w > 0.0], color=FAKE, alpha=0.55, linewidths=0, label="weight $w_i$ (area)")
    panel.plot(*PLACE, "+", color=REAL, markersize=16, markeredgewidth=2.5, label="place x")
    panel.set(xlabel="$x_1$, on which the target (grey) depends", ylabel="$x_2$, idle")
    panel.set_title(f"the forest's {np.sum(w > 0)} neighbours; average off by {off:.0e}", fontsize=10)
    panel.legend(fontsize=8, loc="lower left", markerscale=0.7)


def _tree(panel) -> None:
    side = (np.arange(CELLS) + 0.5) / CELLS
    grid = np.stack(np.meshgrid(side, side), -1).reshape(-1, 2)
    leaves = to_numpy(mondrian_leaves(random.generator(5, host=True), mnp.asarray(grid), LIFETIME, 1))
    _, number = np.unique(leaves, return_inverse=True)
    shades = np.random.default_rng(1).permutation(number.max() + 1) / number.max()
    panel.imshow(shades[number].reshape(CELLS, CELLS), extent=(0, 1, 0, 1), origin="lower", cmap="Purples", vmin=-0.2)
    panel.set(xlabel="$x_1$", ylabel="$x_2$")
    panel.set_title(f"a Mondrian tree of lifetime {LIFETIME:g}: {number.max() + 1} leaves, no data", fontsize=10)


def _kernel(panel) -> None:
    r = np.linspace(0.0, 0.7, 36)
    points = mnp.asarray(np.stack([0.15 + 0.8 * r, 0.2 + 0.2 * r], 1))  # |x - z|_1 = r of the first
    for trees, colour in ((20, REAL), (300, FAKE), (10_000, DISCRIMINATOR)):
        leaves = mondrian_leaves(random.generator(7, host=True), points, LIFETIME, trees)
        off = abs(to_numpy(shared(leaves, leaves[:1, :]))[0] - np.exp(-LIFETIME * r)).max()
        label = f"{trees:,} trees, off by {off:.3f}"
        panel.plot(r, to_numpy(shared(leaves, leaves[:1, :]))[0], color=colour, label=label)
    panel.plot(r, np.exp(-LIFETIME * r), ":", color=EXACT, linewidth=2.0, label=f"exp(−{LIFETIME:g} |x − z|$_1$)")
    panel.set(xlabel="$|x - z|_1$", ylabel="share of trees with x and z in one leaf")
    panel.set_title("Laplace's kernel, out of random trees", fontsize=10)
    panel.legend(frameon=False, fontsize=9)
    tidy(panel)


def _regressions(panel) -> None:
    rng = np.random.default_rng(4)
    x = np.sort(rng.random(14))
    y = np.sin(6.0 * x) + 0.15 * rng.standard_normal(14)
    t = np.linspace(0.0, 1.0, 120)
    together = to_numpy(mnp.asarray(mondrian_kernel(t[:, None], x[:, None], 4 * LIFETIME)))
    own = np.array([line_weights(x, at, 4 * LIFETIME) for at in t])
    leaves = mondrian_leaves(random.generator(8, host=True), mnp.asarray(np.append(x, t))[:, None], 4 * LIFETIME, 300)
    drawn = to_numpy(mnp.mean(tree_weights(leaves[:14, :], leaves[14:, :]), -1))
    for w, colour, style, label in (
        (drawn, FAKE, "-", "300 trees, each divides first"),
        (own, EXACT, ":", "infinitely many, closed form"),
        (together, DISCRIMINATOR, "--", "leaves added up first: Laplace's kernel"),
    ):
        panel.plot(t, w @ y / w.sum(1), style, color=colour, label=label)
    panel.plot(x, y, "o", markersize=4, color=REAL, label="data")
    panel.set(xlabel="x", ylabel="y", ylim=(-1.6, 1.9))
    panel.set_title(f"regression by Mondrian trees of lifetime {4 * LIFETIME:g}", fontsize=10)
    panel.legend(frameon=False, fontsize=8, loc="upper right")
    tidy(panel)
