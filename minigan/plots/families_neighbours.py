"""Nearest neighbours as limits: posteriors of mixtures at two bandwidths, the ways to one neighbour and to several."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from .. import random
from ..backend import to_numpy
from ..models.families.neighbours import (
    adapted_bound,
    certain_bandwidth,
    class_posterior,
    neighbours_posterior,
)
from ..models.families.points import groups
from .families_k_means import COLOURS
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

LEFT, RIGHT, LOW, HIGH, CELLS = -2.5, 5.0, -2.5, 4.5, 90
NEIGHBOURS = ((1, REAL), (5, FAKE), (20, DISCRIMINATOR))


def neighbours_as_limits():
    """80 points of three classes; curves over 300 places."""
    rng = random.generator(2, host=True)
    (x, y), (places, _) = groups(rng, 80), groups(rng, 300)
    page, axes = figure(2, 2, width=10.0, height=7.6)
    for panel, h in zip(axes[0], (0.6, 0.02)):
        _classes(panel, x, y, h)
    _one(axes[1, 0], x, y, places)
    _several(axes[1, 1], x, y, places)
    return page


def _classes(panel, x, y, h) -> None:
    from sklearn.neighbors import KNeighborsClassifier

    along = np.meshgrid(np.linspace(LEFT, RIGHT, CELLS), np.linspace(LOW, HIGH, CELLS))
    grid = np.stack(along, -1).reshape(-1, 2)
    light = 0.65 + 0.35 * to_numpy(class_posterior(x, y, h, mnp.asarray(grid))) @ COLOURS
    panel.imshow(light.reshape(CELLS, CELLS, 3), extent=(LEFT, RIGHT, LOW, HIGH), origin="lower", aspect="auto")
    one = KNeighborsClassifier(1).fit(to_numpy(x), to_numpy(y)).predict(grid).reshape(CELLS, CELLS)
    for c in range(3):
        panel.contour(*along, one == c, levels=[0.5], colors=EXACT, linewidths=0.7)
    panel.scatter(*to_numpy(x).T, s=11, color=COLOURS[to_numpy(y)], edgecolors="white", linewidths=0.4)
    panel.set_title(f"posterior at h = {h:g}; lines: 1-NN's borders", fontsize=10)
    panel.set(xlabel="$x_1$", ylabel="$x_2$", xlim=(LEFT, RIGHT), ylim=(LOW, HIGH))


def _one(panel, x, y, places) -> None:
    from sklearn.neighbors import KNeighborsClassifier

    nearest = KNeighborsClassifier(1).fit(to_numpy(x), to_numpy(y)).predict(to_numpy(places))
    h = np.geomspace(0.01, 3.0, 30)
    favourites = [to_numpy(mnp.argmax(class_posterior(x, y, float(one), places), -1)) for one in h]
    panel.semilogx(h, [(one != nearest).mean() for one in favourites], color=FAKE, label="found")
    proved = np.sort(to_numpy(certain_bandwidth(x, y, places)))
    left = np.searchsorted(proved, h) / len(proved)
    panel.semilogx(h, left, color=EXACT, linestyle=":", label="not proved equal")
    panel.set(xlabel="bandwidth h", ylabel="share of places, favourite not 1-NN's", ylim=(-0.02, 0.3))
    panel.set_title("on the way to one neighbour", fontsize=10)
    panel.legend(frameon=False, fontsize=9, loc="upper left")
    tidy(panel)


def _several(panel, x, y, places) -> None:
    from sklearn.neighbors import KNeighborsClassifier

    powers = np.geomspace(2.0, 2.0**17, 18)
    for k, colour in NEIGHBOURS:
        shares = KNeighborsClassifier(k).fit(to_numpy(x), to_numpy(y)).predict_proba(to_numpy(places))
        off, bound = [], []
        for power in powers:
            found = to_numpy(neighbours_posterior(x, y, k, places, float(power)))
            off.append(abs(found - shares).max(1).mean())
            bound.append(to_numpy(adapted_bound(x, k, places, float(power))).mean())
        panel.loglog(powers, np.maximum(off, 1e-5), color=colour, label=f"k = {k}")
        panel.loglog(powers, bound, color=colour, linestyle=":", linewidth=1.0)
    panel.plot([], [], color=EXACT, linestyle=":", linewidth=1.0, label="bounds")
    panel.set(xlabel="power p of the components exp(−(d / h)$^p$ / 2)", ylabel="off k-NN's shares, mean over places")
    panel.set(ylim=(1e-4, 1.5))
    panel.set_title("on the way to k neighbours, h between the k-th and the next", fontsize=10)
    panel.legend(frameon=False, fontsize=9)
    tidy(panel)
