"""Kernel density estimation as a mixture: its components, its likelihoods over the bandwidth, and what it generates."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from .. import random
from ..backend import to_numpy
from ..data.digits import digits
from ..models.families.kernel_density import (
    best_bandwidth,
    generated,
    leave_one_out,
    log_density,
    own_log_likelihood,
)
from .style import DISCRIMINATOR, EXACT, FAKE, FRAME, REAL, figure, tidy

NUMBERS = (-2.1, -1.7, -1.5, -1.3, -1.2, -0.8, 0.4, 0.8, 1.1, 1.3, 1.6, 1.9, 2.6)
IMAGES, DRAWN, PLACES = 300, 6, ((0, 0.5), (1, 1.0), (2, 2.0))  # rows of digits, and shares of the best bandwidth


def mixture_at_points():
    """Thirteen numbers, and handwritten digits drawn at half, once and twice their best bandwidth."""
    x = mnp.asarray(NUMBERS)[:, None]
    best = best_bandwidth(x)
    page, axes = figure(2, 2, width=10.0, height=7.0)
    _components(axes[0, 0], x, best)
    _likelihoods(axes[0, 1], x, best)
    _bandwidths(axes[1, 0], x, best)
    _digits(axes[1, 1])
    return page


def _density(x, h, t):
    return np.exp(to_numpy(log_density(x, h, mnp.asarray(t)[:, None])))


def _components(panel, x, best) -> None:
    t = np.linspace(-3.5, 4.5, 400)
    for one in to_numpy(x)[:, 0]:
        panel.plot(t, _density(mnp.asarray([[float(one)]]), best, t) / len(NUMBERS), color=FAKE, linewidth=0.7, alpha=0.7)
    panel.plot(t, _density(x, best, t), color=FAKE, linewidth=2.0, label="mixture")
    panel.plot([], [], color=FAKE, linewidth=0.7, label="its components")
    panel.plot(to_numpy(x)[:, 0], np.zeros(len(NUMBERS)), "|", markersize=12, color=REAL, label="data")
    panel.set_title(f"a component at each point, h = {best:.2f}", fontsize=10)
    panel.set(xlabel="x", ylabel="density")
    panel.legend(frameon=False, fontsize=8, loc="upper right")
    tidy(panel)


def _likelihoods(panel, x, best) -> None:
    h = best * np.exp(np.linspace(-2.6, 1.6, 60))
    n = len(NUMBERS)
    panel.semilogx(h, [float(own_log_likelihood(x, one)) / n for one in h], color=EXACT, label="of its own points")
    panel.semilogx(h, [float(leave_one_out(x, one)) / n for one in h], color=DISCRIMINATOR, label="leave-one-out")
    top = float(leave_one_out(x, best)) / n
    panel.plot([best], [top], "o", color=DISCRIMINATOR)
    panel.annotate(f"h = {best:.2f}", (best, top), (0, -14), textcoords="offset points", fontsize=8, ha="center")
    panel.set(xlabel="bandwidth h", ylabel="log-likelihood a point", ylim=(-4.0, 0.0))
    panel.set_title("the one grows for ever as h falls, the other has a maximum", fontsize=10)
    panel.legend(frameon=False, fontsize=8)
    tidy(panel)


def _bandwidths(panel, x, best) -> None:
    t = np.linspace(-3.5, 4.5, 400)
    for share, colour in ((0.3, REAL), (1.0, FAKE), (3.0, DISCRIMINATOR)):
        panel.plot(t, _density(x, share * best, t), color=colour, label=f"h = {share * best:.2f}")
    draws = to_numpy(generated(x, best, random.generator(0, host=True), 4000))[:, 0]
    panel.hist(draws, 60, range=(-3.5, 4.5), density=True, color=FAKE, alpha=0.25, label=f"4000 draws at h = {best:.2f}")
    panel.set(xlabel="x", ylabel="density")
    panel.set_title("as a generator: a point picked, h times noise added", fontsize=10)
    panel.legend(frameon=False, fontsize=8)
    tidy(panel)


def _digits(panel) -> None:
    images = mnp.astype(digits().images[:IMAGES, :], "float64")
    best = best_bandwidth(images)
    sheet = np.full((3 * 9 + 1, DRAWN * 9 + 1), np.nan)
    for row, share in PLACES:
        drawn = to_numpy(generated(images, share * best, random.generator(1, host=True), DRAWN)).reshape(-1, 8, 8)
        for column, one in enumerate(drawn):
            sheet[1 + 9 * row : 9 + 9 * row, 1 + 9 * column : 9 + 9 * column] = one
    panel.set_facecolor(FRAME)
    panel.imshow(np.ma.masked_invalid(sheet), cmap="gray_r", vmin=-1.0, vmax=1.0, interpolation="nearest")
    panel.set_xticks([])
    panel.set_yticks([4.5 + 9 * row for row, _ in PLACES], [f"h = {share * best:.2f}" for _, share in PLACES])
    panel.tick_params(length=0)
    panel.set_title(f"digits from a mixture at {IMAGES} of them, best h = {best:.2f}", fontsize=10)
