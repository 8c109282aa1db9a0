"""The Concrete law on the triangle of three categories, cooled from the centre to the corners."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..arrays import shares
from ..backend import to_numpy
from ..discrete import concrete_log_density, gumbel, gumbel_softmax
from ..random import generator
from ..validation import count, positive
from .style import EXACT, tidy

CATEGORIES = ("#d1495b", "#d98e04", "#00798c")  # of the samples and corners; none is a colour of `style`
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [0.5, math.sqrt(0.75)]])
DECADES = np.linspace(-2.0, 1.5, 15)  # of the density, a quarter of one a step


def concrete_on_the_simplex(
    probabilities=(0.5, 0.3, 0.2),
    temperatures=(0.1, 0.5, 1.0, 2.0, 5.0),
    draws: int = 40_000,
    shown: int = 400,
    seed: int = 0,
):
    """A figure of p(x) of softmax((log p + G) / t) on the triangle, a panel a temperature t, five at most; and its law.

    Filled contours are of log10 p(x), dots are the first ``shown`` of ``draws`` samples in the colour of their largest
    coordinate, dashed lines bound the three regions of equal argmax; the percentage at a corner is of all draws. The
    same noise is behind every panel. The last panel follows by temperature how often each coordinate is the largest
    (dots; lines are ``probabilities``, which it always is) and the coordinates' means (curves; over the same draws).
    """
    from matplotlib.figure import Figure

    probabilities = to_numpy(shares(probabilities, "the probabilities"))
    if probabilities.shape != (3,):
        raise ValueError(f"the triangle is of three probabilities, and there are {probabilities.shape}")
    draws, shown = count(draws, "draws"), count(shown, "shown", 0)
    temperatures = [positive(t, "a temperature") for t in temperatures]
    if not 1 <= len(temperatures) <= 5:
        raise ValueError(f"one to five temperatures fit on the page, and {len(temperatures)} were asked for")
    drawn = Figure(figsize=(12.0, 7.6), dpi=130)
    places = [(0.005 + 0.305 * (i % 3), 0.5 - 0.465 * (i // 3), 0.3, 0.45) for i in range(6)]
    logits = mnp.log(mnp.asarray(probabilities, dtype=float))
    noise = gumbel(generator(seed, host=True), (draws, len(probabilities)))
    for temperature, place in zip(temperatures, places):
        axes = drawn.add_axes(place)
        samples = to_numpy(gumbel_softmax(logits, temperature, noise=noise))
        filled = _density(axes, logits, temperature)
        _samples(axes, samples, shown)
        axes.set_title(rf"$\tau$ = {temperature:g}", fontsize=14, loc="left", x=0.1, y=0.82)
    left, bottom, width, height = places[len(temperatures)]
    law = drawn.add_axes((left + 0.06, bottom + 0.075, width - 0.065, height - 0.11))
    _law(law, probabilities, logits, noise, temperatures)
    bar = drawn.colorbar(filled, cax=drawn.add_axes((0.94, 0.55, 0.012, 0.34)))
    bar.set_ticks(range(-2, 2), labels=[f"$10^{{{k}}}$" for k in range(-2, 2)])
    bar.ax.set_title("p(x)", fontsize=11, pad=8)
    bar.ax.tick_params(labelbottom=False)
    drawn.suptitle(
        r"The Concrete law: $x = \mathrm{softmax}((\log p + G)\,/\,\tau)$ with Gumbel noise $G$, cooled to a "
        "categorical draw",
        fontsize=13,
        y=0.985,
    )
    drawn.text(
        0.02,
        0.012,
        f"Dots: {shown} samples, coloured by their largest coordinate. Percentages: how often each is the largest in "
        f"{draws} draws, with the same noise in every panel.",
        fontsize=10,
    )
    return drawn


def _density(axes, logits, temperature, points: int = 420):
    """Filled contours of log10 p inside of the triangle; returns them."""
    from matplotlib.patches import Polygon

    u, v = np.meshgrid(np.linspace(0.0, 1.0, points), np.linspace(0.0, CORNERS[2, 1], points))
    third = v / CORNERS[2, 1]
    second = u - 0.5 * third
    x = np.clip(np.stack([1.0 - second - third, second, third], -1), 1e-6, None)  # a little over the edge is clipped
    log_x = np.log(x / x.sum(-1, keepdims=True))
    decades = to_numpy(concrete_log_density(mnp.asarray(log_x), logits, temperature)) / math.log(10.0)
    filled = axes.contourf(u, v, decades, levels=DECADES, cmap=_light(), extend="both")
    triangle = Polygon(CORNERS, closed=True, facecolor="none", edgecolor=EXACT, linewidth=1.3, joinstyle="round")
    axes.add_patch(triangle)
    filled.set_clip_path(triangle)
    return filled


def _light():
    """Violet up to where dots can still be told from it."""
    from matplotlib import colormaps
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("light violet", colormaps["BuPu"](np.linspace(0.0, 0.8, 32)))


def _samples(axes, samples, shown):
    """Dots, the borders of the three regions, and how often each was hit."""
    largest = samples.argmax(-1)
    at = samples[:shown] @ CORNERS
    axes.scatter(*at.T, s=8, c=[CATEGORIES[k] for k in largest[:shown]], edgecolors="white", linewidths=0.25, zorder=3)
    centre = CORNERS.mean(0)
    for k in range(3):
        middle = (CORNERS[k] + CORNERS[k - 1]) / 2
        axes.plot(*np.stack([centre, middle]).T, color=EXACT, linewidth=0.9, linestyle=(0, (4, 3)), zorder=2)
        x, y = CORNERS[k] + ((-0.02, -0.035), (0.02, -0.035), (0.0, 0.025))[k]
        across, up = (("left", "top"), ("right", "top"), ("center", "bottom"))[k]
        hit = f"$x_{k + 1}$: {(largest == k).mean():.1%}"
        axes.text(x, y, hit, color=CATEGORIES[k], ha=across, va=up, fontsize=11.5)
    axes.set_aspect("equal")
    axes.set_xlim(-0.03, 1.03)
    axes.set_ylim(-0.12, CORNERS[2, 1] + 0.1)
    axes.set_axis_off()


def _law(axes, probabilities, logits, noise, temperatures):
    """Frequencies of argmax X and means of X, over a range of temperatures around those given."""
    across = np.geomspace(min(temperatures) / 2, max(temperatures) * 4, 60)
    means = np.array([to_numpy(mnp.mean(gumbel_softmax(logits, float(t), noise=noise), axis=0)) for t in across])
    for k, (p, colour) in enumerate(zip(probabilities, CATEGORIES)):
        axes.axhline(p, color=colour, linewidth=1.0, linestyle=(0, (4, 3)))
        axes.plot(across, means[:, k], color=colour, linewidth=1.8)
        for t in temperatures:
            largest = to_numpy(mnp.argmax(gumbel_softmax(logits, t, noise=noise), axis=-1))
            axes.plot([t], [(largest == k).mean()], "o", color=colour, markersize=6, markeredgecolor="white")
        axes.text(across[0], p + 0.014, f"$p_{k + 1}$ = {p:g}", color=colour, fontsize=10)
    axes.set_xscale("log")
    axes.set_ylim(0.0, 1.45 * max(probabilities))
    axes.set_xlabel(r"temperature $\tau$")
    axes.set_ylabel("frequency, mean")
    axes.plot([], [], "o", color=EXACT, markersize=6, label=r"how often $x_k$ is the largest: $p_k$ always")
    axes.plot([], [], color=EXACT, linewidth=1.8, label=r"mean of $x_k$: $p_k$ only as $\tau \to 0$")
    axes.legend(frameon=False, fontsize=9, loc="upper left")
    tidy(axes)
