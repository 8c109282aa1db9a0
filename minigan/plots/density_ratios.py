"""Learned density ratios beside the true one: where they err, and what they say as probabilities."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from .. import random as random_
from ..backend import to_numpy
from ..models import System, find_system
from ..models.implicit.pairs import Pair
from ..models.implicit.ratio_error import BANDS, SHARES, calibration_curve, divergence_of, held_out, ratio_errors
from ..models.implicit.ratio_estimators import estimator_called
from ..models.implicit.ratios import log_ratio_of
from ..training import Trained
from .drawings import draws, title_of
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

SHOWN = 4.2  # of the plane, along either axis
PIXELS = 161
# in the order of the figure's panels
ESTIMATORS = (
    "class_probability",
    "kl",
    "reverse_kl",
    "squared_hellinger",
    "least_squares",
    "neyman",
    "total_variation",
    "kernel",
    "moments",
)
SHORT = ("core", "to 90 %", "to 99 %", "tail")


class Map:
    """A square of the plane as pixels, with the true log-ratio of a pair and the outlines of its laws."""

    def __init__(self, pair: Pair, shown: float = SHOWN):
        self.shown = min(shown, pair.reach)
        axis = np.linspace(-self.shown, self.shown, PIXELS)
        self.axis = axis
        self.x = mnp.asarray(np.stack([side.ravel() for side in np.meshgrid(axis, axis)], -1))
        with mnp.errstate(all="ignore"):
            self.log_p, self.log_q = (self.pixels(law.log_density) for law in (pair.p, pair.q))
            rows = [to_numpy(law.log_density(x)) for law, x in zip((pair.p, pair.q), pair.held_out)]
            ratio = self.log_p - self.log_q  # NaN, and left blank, where neither law has a density
            self.truth = np.nan_to_num(ratio, nan=math.nan, posinf=700.0, neginf=-700.0)
        self.levels = [np.quantile(values, [1.0 - share for share in SHARES[::-1]]) for values in rows]

    def pixels(self, function):
        return to_numpy(function(self.x)).astype(float).reshape(PIXELS, PIXELS)

    def show(self, axes, values, most: float, title: str, colours="RdBu_r", outlines: bool = True):
        """One panel: values in colours from -most to most, and where p and q have 50, 90 and 99 % of their mass."""
        extent = (-self.shown, self.shown, -self.shown, self.shown)
        image = axes.imshow(values, extent=extent, origin="lower", cmap=colours, vmin=-most, vmax=most)
        if outlines:
            for level, thresholds, colour in zip((self.log_p, self.log_q), self.levels, (REAL, EXACT)):
                inside = np.unique(thresholds[(thresholds > level.min()) & (thresholds < level.max())])
                if len(inside):
                    floor = np.where(np.isfinite(level), level, thresholds.min() - 50.0)
                    axes.contour(
                        self.axis, self.axis, floor, levels=inside, colors=colour, linewidths=0.6, linestyles="solid"
                    )
        axes.set_title(title, fontsize=9)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.tick_params(labelbottom=False)
        return image


@draws("ratios")
def draw_ratio(system: System, trained: Trained) -> dict:
    """The true and the learned log-ratio, the error, samples; and errors by region with the calibration."""
    pair, log_ratio = system.parts["pair"], log_ratio_of(system, trained)
    rng = random_.generator(2)
    fake = to_numpy(system.sample(trained.state, 2000, rng))
    real = to_numpy(system.real(rng, 2000))
    pages = {"samples.png": beside_true(pair, log_ratio, fake, real, title_of(system, trained))}
    if pair.overlap:
        pages["errors.png"] = errors_by_region({"learned": log_ratio}, pair, title_of(system, trained))
    return pages


def beside_true(pair: Pair, log_ratio, fake, real, title: str = ""):
    """log p/q as it is and as it was learned, the error on a scale of its own, and q's samples chosen by the ratio."""
    plane = Map(pair)
    learned = plane.pixels(log_ratio)
    most = min(6.0, max(1.0, np.nanmax(np.abs(plane.truth))))
    page, axes = figure(1, 4, width=13.6, height=4.0)
    plane.show(axes[0], plane.truth, most, "true log p/q")
    image = plane.show(axes[1], learned, most, "learned v")
    page.colorbar(image, ax=list(axes[:2]), shrink=0.75, extend="both", label="nats")
    image = plane.show(axes[2], learned - plane.truth, 1.0, "error, v - log p/q", "PuOr_r")
    page.colorbar(image, ax=axes[2], shrink=0.75, extend="both", label="nats")
    if pair.overlap:
        axes[2].set_xlabel("lines hold 50, 90 and 99 % of p (green) and of q (black)", fontsize=8)
    for points, colour, label in ((real, REAL, "p"), (fake, FAKE, "q, chosen by exp v")):
        axes[3].scatter(points[:, 0], points[:, 1], s=3, color=colour, alpha=0.3, linewidths=0, label=label)
    axes[3].set(
        xlim=(-plane.shown, plane.shown), ylim=(-plane.shown, plane.shown), xlabel="x", ylabel="y", aspect="equal"
    )
    axes[3].legend(frameon=False, fontsize=8, markerscale=4, loc="upper right")
    tidy(axes[3])
    if title:
        page.suptitle(title, fontsize=11)
    return page


def errors_by_region(learned: dict, pair: Pair, title: str = ""):
    """Root mean square errors of log-ratios by quantiles of p and of q, and what sigma(v) says against what is so."""
    page, (left, middle, right) = figure(1, 3, width=12.4, height=4.0)
    right.plot([0, 1], [0, 1], color=EXACT, linewidth=0.8, linestyle="--")
    for i, (name, log_ratio) in enumerate(learned.items()):
        errors, colour = ratio_errors(pair, log_ratio), DISCRIMINATOR if len(learned) == 1 else f"C{i}"
        for axes, values in ((left, errors.by_p[0]), (middle, errors.by_q[0])):
            axes.plot(range(len(BANDS)), values, "o-", color=colour, label=name)
        v = [to_numpy(log_ratio(one.x)).astype(float) for one in held_out(pair)]
        said, share = calibration_curve(np.concatenate(v), np.repeat([1.0, 0.0], [len(one) for one in v]))
        right.plot(said, share, "o-", color=colour, markersize=4, label=name)
    for axes, law in ((left, "p"), (middle, "q")):
        axes.set(xlabel=f"share of {law} where it is densest", yscale="log", ylim=(0.005, 20.0))
        axes.set_xticks(range(len(BANDS)), BANDS, fontsize=8)
        tidy(axes)
    left.set_ylabel("rms error of log p/q, nats")
    right.set(xlabel="sigma(v), mean of each tenth", ylabel="share of p among them")
    tidy(right)
    if len(learned) > 1:
        left.legend(frameon=False, fontsize=8)
    if title:
        page.suptitle(title, fontsize=11)
    return page


def density_ratios(pair: str = "mixture", steps: int | None = None, seed: int = 0):
    """Train every one of `ESTIMATORS` on one pair; draw what each learned beside the truth, and its error by region."""
    learned = {}
    for name in ESTIMATORS:
        system = find_system("ratios")(pair=pair, by=name)
        learned[name] = log_ratio_of(system, system.train(steps, seed))
    return ratios_beside_true(system.parts["pair"], learned)


def ratios_beside_true(pair: Pair, learned: dict):
    """The true log-ratio and one panel for each function in ``learned``; below it its errors, in p's and q's regions."""
    plane = Map(pair)
    most = min(5.0, max(1.0, np.nanmax(np.abs(plane.truth))))
    columns = (len(learned) + 2) // 2
    page, axes = figure(
        4, columns, width=2.5 * columns, height=9.0, gridspec_kw={"height_ratios": (2.2, 1.0, 2.2, 1.0)}
    )
    places = [(row, column) for row in (0, 2) for column in range(columns)]
    image = plane.show(axes[0, 0], plane.truth, most, f"true log p/q: {pair.title}")
    axes[0, 0].set_ylabel("over the plane", fontsize=8)
    axes[2, 0].set_ylabel("over the plane", fontsize=8)
    for below in (axes[1, 1], axes[3, 0]):
        below.set_ylabel("rms error, nats", fontsize=8)
    key = axes[1, 0]
    key.axis("off")
    for y, colour, words in ((0.8, REAL, "where p has 50, 90, 99 %"), (0.55, EXACT, "where q has 50, 90, 99 %")):
        key.plot([0.0, 0.12], [y, y], color=colour)
        key.text(0.16, y, words, va="center", fontsize=8)
    key.text(0.0, 0.2, "below each: rms error of v\nin these regions of p and of q", va="center", fontsize=8)
    key.set(xlim=(0, 1), ylim=(0, 1))
    for (row, column), (name, log_ratio) in zip(places[1:], learned.items()):
        errors, estimator = ratio_errors(pair, log_ratio), estimator_called(name)
        told = (
            f"{errors.right_side:.0%} on the right side"
            if estimator.only_sign
            else f"rms error in the bulk {errors.bulk:.3f}"
        )
        if estimator.row is not None and math.isinf(divergence_of(pair, estimator.row)):
            told = f"infinite here; in the bulk {errors.bulk:.3f}"
        plane.show(axes[row, column], plane.pixels(log_ratio), most, f"{estimator.title}\n{told}")
        below = axes[row + 1, column]
        for values, colour in ((errors.by_p[0], REAL), (errors.by_q[0], EXACT)):
            below.plot(range(len(BANDS)), values, "o-", color=colour, markersize=3.5, linewidth=1.2)
        below.set(yscale="log", ylim=(0.01, 10.0))
        below.set_xticks(range(len(BANDS)), SHORT, fontsize=7)
        below.tick_params(axis="y", labelsize=7)
        below.set_xlabel("region", fontsize=7)
        tidy(below)
    for row, column in places[1 + len(learned) :]:
        axes[row, column].set_visible(False)
        axes[row + 1, column].set_visible(False)
    bar = page.colorbar(image, ax=axes[:, -1], shrink=0.5, extend="both")
    bar.ax.set_xlabel("log p/q\nand v, nats", fontsize=8)
    return page
