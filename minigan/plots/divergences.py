"""Values of the f-GAN rows to look at: between two densities, and of the Gaussian that each row likes best."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..divergences import TABLE
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

WIDEST = 1e2  # the ratio of values beyond which their axis is logarithmic


def values_of_rows(p, q, found, name_p: str = "p", name_q: str = "q"):
    """A figure of two densities and, beside them, a dot a row for D_f(P || Q) less its smallest value f(1).

    ``found`` holds dicts with ``row`` and ``value``, with ``bound`` where a critic was trained, and for a row outside the
    table with ``smallest``, its f(1), unless that is 0. An infinite value is an arrow at the right edge; the number
    beside a dot is the value itself.
    """
    drawn, (left, right) = figure(1, 2, width=10.0, height=_height(len(found)), width_ratios=(1.15, 1.0))
    x = _across(p, q)
    across = to_numpy(x)
    left.fill_between(across, to_numpy(p.density(x)), color=REAL, alpha=0.18)
    left.plot(across, to_numpy(p.density(x)), color=REAL, label=_short(name_p, "P"))
    left.plot(across, to_numpy(q.density(x)), color=FAKE, label=_short(name_q, "Q"))
    _finish_densities(left, across)
    above = [one["value"] - _smallest(one) for one in found]
    bounds = [None if one.get("bound") is None else one["bound"] - _smallest(one) for one in found]
    values = [f"{one['value']:.6g}" if math.isfinite(one["value"]) else "" for one in found]
    _dots(right, [one["row"] for one in found], above, values, [EXACT] * len(found), bounds)
    right.set_xlabel(r"$D_f(P\,\|\,Q)$ (nats)" + _less_smallest(found))
    return drawn


def fits_of_rows(data, found, name: str = "data"):
    """A figure of a density with the Gaussian each row likes best, and a dot a row for the value it reaches.

    ``found`` holds dicts with ``row``, ``mean``, ``deviation`` and ``value``. Rows are coloured in the
    order of their means, from blue over purple to orange; curve, dot and name share the colour.
    """
    from matplotlib.colors import LinearSegmentedColormap

    from ..densities import Normal

    drawn, (left, right) = figure(1, 2, width=10.6, height=_height(len(found)), width_ratios=(1.15, 1.0))
    ramp = LinearSegmentedColormap.from_list("means", [DISCRIMINATOR, FAKE, "#d9601a"])
    order = sorted({round(one["mean"], 6) for one in found})
    colours = [ramp(order.index(round(one["mean"], 6)) / max(1, len(order) - 1)) for one in found]
    fitted = [Normal(one["mean"], one["deviation"]) for one in found]
    x = _across(data, *fitted)
    across = to_numpy(x)
    left.fill_between(across, to_numpy(data.density(x)), color=REAL, alpha=0.18)
    left.plot(across, to_numpy(data.density(x)), color=REAL, label=_short(name, "P"))
    for one, model, colour in zip(found, fitted, colours):
        left.plot(across, to_numpy(model.density(x)), color=colour, linewidth=1.3, label=f"_{one['row']}")
    left.plot([], [], color=FAKE, label="the best Gaussian of each row")
    _finish_densities(left, across)
    above = [one["value"] - _smallest(one) for one in found]
    values = [
        f"{one['value']:.5g}   at $N({one['mean']:.3g},\\,{one['deviation']:.3g}^2)$"
        if math.isfinite(one["value"])
        else ""
        for one in found
    ]
    _dots(right, [one["row"] for one in found], above, values, colours, room=0.95)
    right.set_xlabel(r"$\min_Q D_f(P\,\|\,Q)$ (nats)" + _less_smallest(found))
    return drawn


# -- the pieces ----------------------------------------------------------------------------------------------


def _height(count):
    return max(3.6, 1.3 + 0.3 * count)


def _short(name, otherwise, most=50):
    return otherwise if not name else name if len(name) <= most else f"{name[: most - 3]}..."


def _smallest(one):
    """f(1) of a found row; 0 but for the GAN row, whose values would otherwise lie below all others."""
    row = TABLE.get(one["row"])
    return one.get("smallest", 0.0 if row is None else row.smallest)


def _less_smallest(found):
    names = [one["row"] for one in found if _smallest(one)]
    if names == ["gan"]:
        return r"; of gan, $D_f + \log 4$"
    return f"; of {', '.join(names)}, $D_f - f(1)$" if names else ""


def _across(*densities):
    """Points that see every density, narrow ones too, from its own landmarks."""
    marks = [[float(to_numpy(mnp.asarray(y))) for y in mark] for d in densities for mark in d.landmarks()]
    low, high = min(m - 3.6 * s for m, s in marks), max(m + 3.6 * s for m, s in marks)
    points = [np.linspace(low, high, 801), *(np.linspace(m - 5.0 * s, m + 5.0 * s, 201) for m, s in marks)]
    points = np.unique(np.concatenate(points))
    return mnp.asarray(points[(points >= low) & (points <= high)])


def _finish_densities(axes, across):
    axes.set_xlim(across[0], across[-1])
    top = axes.get_ylim()[1]
    axes.set_ylim(0.0, 1.12 * top)
    axes.set_xlabel("x")
    axes.set_ylabel("density")
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    tidy(axes)


def _dots(axes, names, values, texts, colours, bounds=None, room=0.3):
    """One dot a name, its text to the right of it; an arrow at the edge for an infinite value."""
    finite = [v for v in values if math.isfinite(v)]
    positive = [v for v in [*finite, *(b for b in bounds or () if b is not None)] if v > 0]
    wide = bool(positive) and max(positive) > WIDEST * min(positive)
    if wide:
        axes.set_xscale("log")
        decades = math.log10(max(positive) / min(positive))
        start, end = min(positive) / 10 ** (0.06 * decades), max(positive) * 10 ** ((room + 0.06) * decades)
    else:
        start, end = 0.0, (1.0 + room) * max([*finite, 1e-12])
    for i, (value, text, colour) in enumerate(zip(values, texts, colours)):
        if math.isfinite(value):
            at = max(value, start)
            axes.plot([start, at], [i, i], color=colour, linewidth=1.0, alpha=0.35)
            axes.plot([at], [i], "o", color=colour, markersize=6)
        else:
            axes.plot([start, end], [i, i], color=colour, linewidth=1.0, alpha=0.35, linestyle=":")
            axes.plot([end], [i], ">", color=colour, markersize=7, clip_on=False)
            at, text = end, "infinite"
        away = 8 if math.isfinite(value) else -10
        axes.annotate(
            text,
            (at, i),
            xytext=(away, 0),
            textcoords="offset points",
            va="center",
            ha="left" if away > 0 else "right",
            fontsize=8.5,
            color=colour,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.0} if away < 0 else None,
        )
        if bounds and bounds[i] is not None:
            axes.plot([max(bounds[i], start)], [i], "|", color=DISCRIMINATOR, markersize=13, markeredgewidth=2.2)
    if bounds and any(b is not None for b in bounds):
        axes.plot([], [], "|", color=DISCRIMINATOR, markersize=11, markeredgewidth=2.2, label="a critic's bound")
        axes.legend(frameon=False, fontsize=8.5, loc="lower right", bbox_to_anchor=(1.0, 1.0), borderpad=0.0)
    axes.set_xlim(start, end)
    axes.set_yticks(range(len(names)), names, fontsize=9)
    for tick, colour in zip(axes.get_yticklabels(), colours):
        tick.set_color(colour)
    axes.set_ylim(len(names) - 0.4, -0.6)
    tidy(axes)
    axes.grid(False, axis="y")
