"""Estimators of a discrete gradient in one picture: bias against variance, relaxations as curves over temperature."""

from __future__ import annotations

import functools

import numpy as np

from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

COLOURS = {"gumbel-softmax": FAKE, "straight-through gumbel": DISCRIMINATOR}
WORDS = {"gumbel-softmax": "Gumbel-softmax", "straight-through gumbel": "straight-through Gumbel-softmax"}
OTHER = "#b3541e"


def bias_against_variance(report, title: str = ""):
    """A figure of an `EstimatorReport` of `minigan.discrete`, or of its ``rows``, both axes logarithmic.

    Above, the biased estimators: bias against the variance of one estimate, a relaxation as a curve with its
    temperatures written at it. In the shaded corner a bias is not told from 0 by that many estimates; along the dashed
    lines bias and standard deviation of a mean of n estimates are equal, so that left of a line the bias rules. Below,
    on the same axis, the estimators that no bias was found in, each a line, its bias in standard errors beside it.

    >>> from minigan.discrete import estimator_report, reinforce
    >>> report = estimator_report({"REINFORCE": reinforce}, lambda x: x[..., 0], [0.5, 0.25], samples=50)
    >>> above, below = bias_against_variance(report).axes
    >>> [float(line.get_xdata()[0]) for line in above.lines if line.get_marker() == "o"] == [report.rows[0]["variance"]]
    True
    """
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    rows = list(getattr(report, "rows", report))
    curves: dict[str, list] = {}
    for row in rows:
        if "relaxation" in row:
            curves.setdefault(row["relaxation"], []).append(row)
    alone = [row for row in rows if "relaxation" not in row]
    unbiased = sorted((row for row in alone if row["unbiased"]), key=lambda row: row["variance"])
    biased = [row for row in alone if not row["unbiased"]]
    drawn, axes = figure(
        2,
        1,
        width=7.6,
        height=5.0 + 0.24 * len(unbiased),
        sharex=True,
        gridspec_kw={"height_ratios": (4.2, 0.5 + 0.24 * len(unbiased)), "hspace": 0.0},
    )
    above, below = axes
    above.set_xscale("log")
    above.set_yscale("log")
    _limits(above, rows)
    _corner(above, rows[0]["estimates"])
    for n in (1, 100):
        _diagonal(above, n)
    for kind, points in curves.items():
        _curve(above, kind, sorted(points, key=lambda row: row["temperature"]))
    for row in unbiased:
        _error(above, row, REAL)
        above.plot(row["variance"], row["bias"], "o", color=REAL, markersize=4.5, zorder=4)
    for row in biased:
        _error(above, row, OTHER)
        above.plot(row["variance"], row["bias"], "D", color=OTHER, markersize=6, zorder=4)
        above.annotate(
            row["estimator"], (row["variance"], row["bias"]), (16, 26), textcoords="offset points", va="center",
            fontsize=9, color=OTHER, arrowprops={"arrowstyle": "-", "color": OTHER, "linewidth": 0.7, "shrinkB": 4},
        )  # fmt: skip
    if curves:
        above.legend(
            title="at the points: temperature", title_fontsize=8.5, fontsize=9, frameon=False, loc="lower left"
        )
    above.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
    above.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    above.yaxis.set_minor_formatter(NullFormatter())
    above.set_ylabel("bias: |mean of the estimates − true gradient|")
    above.set_title(title or "what a relaxed sample gains in variance it pays in bias", fontsize=11)
    _unbiased_rows(below, unbiased)
    below.set_xlabel("variance of one estimate (trace of the covariance)")
    for panel in axes:
        tidy(panel)
    return drawn


def estimators_of_rising_digits(estimates: int = 25_000):
    """The figure ``bias-variance``: the estimators of `minigan.discrete` on its toy of 256 states."""
    from ..discrete.enumeration import expectation_gradient
    from ..discrete.relaxed import gumbel_softmax_gradient
    from ..discrete.report import default_estimators, judged
    from ..discrete.toy import rising_digits
    from ..random import generator

    f, logits = rising_digits()
    chosen = default_estimators(f, logits, generator(0, host=True))
    for hard in (False, True):
        for t in (4.0, 1.4, 0.7, 0.35):
            relaxed = functools.partial(gumbel_softmax_gradient, temperature=t, hard=hard, samples=4)
            chosen[f"{t} {hard}"] = relaxed
    truth = expectation_gradient(f, logits)
    streams = generator(1, host=True).spawn(len(chosen))
    rows = [judged(name, chosen[name], f, logits, truth, own, estimates) for name, own in zip(chosen, streams)]
    return bias_against_variance(rows, "four digits that ought to rise, 4 samples an estimate: bias against variance")


# -- the pieces ------------------------------------------------------------------------------------------------


def _limits(axes, rows):
    variances = np.array([row["variance"] for row in rows if row["variance"] > 0.0] or [1.0])
    shown = [row["standard_error"] if row["unbiased"] else row["bias"] for row in rows]
    shown = np.array([bias for bias in shown if bias > 0.0] or [1.0])
    axes.set_xlim(variances.min() / 2.0, variances.max() * 2.5)
    axes.set_ylim(shown.min() / 2.5, shown.max() * 1.7)


def _corner(axes, estimates):
    x = np.array(axes.get_xlim())
    floor = 4.0 * np.sqrt(x / estimates)
    axes.fill_between(x, 1e-300, floor, color=REAL, alpha=0.10, linewidth=0, zorder=0)
    x = 8.0 * axes.get_ylim()[0] ** 2 * estimates / 16.0
    _along(axes, x, 4.0 * np.sqrt(x / estimates), f"not told from 0 by {estimates} estimates", REAL, "top")


def _diagonal(axes, n):
    (left, right), (bottom, top) = axes.get_xlim(), axes.get_ylim()
    axes.plot(
        [left, right], np.sqrt(np.array([left, right]) / n), "--", color=EXACT, alpha=0.35, linewidth=0.9, zorder=1
    )
    x = max(left * 1.25, 12.0 * bottom**2 * n)
    words = "bias = deviation of one estimate" if n == 1 else f"... of a mean of {n}"
    if x < right / 3.0 and np.sqrt(x / n) < top / 1.5:
        _along(axes, x, np.sqrt(x / n), words, EXACT, "bottom", alpha=0.6)


def _along(axes, x, y, words, colour, side, **options):
    """Words along a line of slope 1/2 between logarithms."""
    angle = np.degrees(np.arctan2(y / (2.0 * x), 1.0))
    axes.text(
        x, y, words, rotation=angle, rotation_mode="anchor", transform_rotates_text=True, fontsize=8, color=colour,
        va=side, **options,
    )  # fmt: skip


def _error(axes, row, colour):
    low, high = row["bias"] - row["standard_error"], row["bias"] + row["standard_error"]
    axes.plot([row["variance"]] * 2, [max(low, 1e-12), high], color=colour, linewidth=1.1, zorder=3)


def _curve(axes, kind, points):
    colour = COLOURS.get(kind, EXACT)
    axes.plot(
        [row["variance"] for row in points], [row["bias"] for row in points], "o-", color=colour, markersize=4.5,
        linewidth=1.7, zorder=3, label=WORDS.get(kind, kind),
    )  # fmt: skip
    side = 1 if kind.startswith("straight") else -1
    for row in points:
        _error(axes, row, colour)
        axes.annotate(
            f"{row['temperature']:g}", (row["variance"], row["bias"]), (6 * side, 5 * side),
            textcoords="offset points", ha="left" if side > 0 else "right", va="bottom" if side > 0 else "top",
            fontsize=8, color=colour,
        )  # fmt: skip


def _unbiased_rows(axes, rows):
    axes.set_ylim(len(rows) - 0.4, -0.6)
    for place, row in enumerate(rows):
        axes.plot(row["variance"], place, "o", color=REAL, markersize=6)
        deviations = row["bias"] / row["standard_error"] if row["standard_error"] > 0.0 else 0.0
        axes.annotate(
            f"{row['estimator']}  ({deviations:.1f} s.e.)", (row["variance"], place), (-9, 0),
            textcoords="offset points", ha="right", va="center", fontsize=9, color=REAL,
        )  # fmt: skip
    axes.set_yticks([])
    axes.set_ylabel("no bias\nfound", color=REAL)
