"""The f-GAN rows to look at: values between two densities, best Gaussians, and their four functions."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..divergences import TABLE, named
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

# f as the lecture writes it, for the sheet
FORMULAS = {
    "total_variation": r"\frac{1}{2}\,|u - 1|",
    "kl": r"u \log u",
    "reverse_kl": r"-\log u",
    "pearson": r"(u - 1)^2",
    "neyman": r"(1 - u)^2 / u",
    "squared_hellinger": r"(\sqrt{u} - 1)^2",
    "jeffreys": r"(u - 1)\,\log u",
    "jensen_shannon": r"u \log u - (u + 1) \log\frac{u + 1}{2}",
    "weighted_jensen_shannon": r"\pi u \log u - m \log m,\ \ m = 1 - \pi + \pi u",
    "gan": r"u \log u - (u + 1) \log(u + 1)",
    "alpha": r"(u^\alpha - 1 - \alpha (u - 1))\,/\,(\alpha (\alpha - 1))",
}
WIDEST = 1e2  # the ratio of values beyond which their axis is logarithmic
HIGHEST = 4.0  # where the sheet's unbounded functions are cut off


def values_of_rows(p, q, found, name_p: str = "p", name_q: str = "q"):
    """A figure of two densities and, beside them, a dot a row for D_f(P || Q) less its smallest value f(1).

    ``found`` holds dicts with ``row`` and ``value``, and with ``bound`` where a critic was trained. An
    infinite value is an arrow at the right edge; the number beside a dot is the value itself.
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


def critic_bound_curves(steps, bounds: dict, exact: dict, title: str = ""):
    """A figure with a panel a row: the bound E_p[T] - E_q[f*(T)] by training step, below the exact value.

    ``steps`` are the steps, ``bounds`` maps a row's name to the bound at each, ``exact`` to D_f(P || Q).
    """
    count = len(bounds)
    columns = min(3, count)
    lines = -(-count // columns)
    drawn, axes = figure(
        lines, columns, width=3.1 * columns + 0.4, height=2.3 * lines + 0.5, squeeze=False, sharex=True
    )
    for i, panel in enumerate(axes.flat):
        if i >= count:
            panel.set_visible(False)
            if i - columns >= 0:
                axes.flat[i - columns].tick_params(labelbottom=True)
                axes.flat[i - columns].set_xlabel("step")
            continue
        name, values = list(bounds.items())[i]
        panel.plot(steps, values, color=DISCRIMINATOR, linewidth=1.6, label="the critic's bound")
        panel.axhline(exact[name], color=EXACT, linestyle="--", linewidth=1.2, label=r"exact $D_f(P\,\|\,Q)$")
        shown = np.asarray(values, dtype=float)
        low = max(shown.min(), exact[name] - 1.5 * abs(exact[name] - named(name).smallest))
        panel.set_ylim(low - 0.05 * (exact[name] - low), exact[name] + 0.15 * (exact[name] - low))
        panel.set_title(f"{name}: {shown[-1]:.4f} of {exact[name]:.4f}", fontsize=10)
        tidy(panel)
    for panel in axes[-1]:
        panel.set_xlabel("step")
    for panel in axes[:, 0]:
        panel.set_ylabel("nats")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    drawn.legend(handles, labels, frameon=False, loc="outside lower center", ncols=2, fontsize=9)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn


def sheet_of_rows(rows=None):
    """An A3 sheet: f(u), f*(t), g(v) and T*(u) of every row, one line a row, thresholds marked.

    Green is where a critic says *data* (T above f'(1)), purple where it says *model*; hatched is t outside
    the domain of f*, where it is infinite; the dashed line under f is its tangent at u = 1, of slope f'(1).
    """
    rows = list(TABLE.values()) if rows is None else list(rows)
    drawn, axes = figure(
        len(rows),
        5,
        width=11.7,
        height=1.3 * len(rows) + 0.9,
        squeeze=False,
        gridspec_kw={"width_ratios": (1.25, 1, 1, 1, 1), "hspace": 0.06, "wspace": 0.03},
    )
    for row, (words, f, conjugate, activation, critic) in zip(rows, axes):
        _words(words, row)
        _sheet_f(f, row)
        _sheet_conjugate(conjugate, row)
        _sheet_activation(activation, row)
        _sheet_critic(critic, row)
    titles = ("convex $f(u)$", "conjugate $f^*(t)$", "activation $T = g_f(v)$", "best critic $T^* = f'(u)$")
    labels = ("$u = p/q$", "$t$", "critic output $v$", "$u = p/q$, log axis")
    for column, title, label in zip(axes.T[1:], titles, labels):
        column[0].set_title(title, fontsize=12, pad=9)
        column[-1].set_xlabel(label, fontsize=10)
        for panel in column:
            tidy(panel)
            panel.tick_params(labelsize=8, length=2.5, labelbottom=panel is column[-1])
    drawn.suptitle(
        r"$D_f(P\,\|\,Q) \;=\; E_q[f(p/q)] \;=\; \sup_T \; E_p[T] - E_q[f^*(T)]$",
        fontsize=15,
    )
    return drawn


# -- the pieces ----------------------------------------------------------------------------------------------


def _height(count):
    return max(3.6, 1.3 + 0.3 * count)


def _short(name, otherwise, most=50):
    return otherwise if not name else name if len(name) <= most else f"{name[: most - 3]}..."


def _smallest(one):
    """f(1) of a found row; 0 but for the GAN row, whose values would otherwise lie below all others."""
    return named(one["row"]).smallest


def _less_smallest(found):
    return r"; of gan, $D_f + \log 4$" if any(_smallest(one) for one in found) else ""


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


def _family(row):
    return row.name.partition("(")[0]


def _words(axes, row):
    """The row's name, formula, thresholds, and the values its divergence can take."""
    axes.axis("off")
    parameter = {"alpha": r"$\alpha$", "weighted_jensen_shannon": r"$\pi$"}.get(_family(row))
    title = row.title.partition(" (alpha")[0].replace("chi^2", r"$\chi^2$").replace("alpha-", r"$\alpha$-")
    title += f", {parameter} = {row.parameter:g}" if parameter else ""
    axes.text(0.0, 0.97, title, fontsize=10.5, weight="bold", va="top")
    axes.text(0.0, 0.70, f"$f(u) = {FORMULAS[_family(row)]}$", fontsize=9, va="top")
    axes.text(
        0.0,
        0.36,
        f"$f'(1) = {row.threshold:.4g}$,   $v_0 = {row.threshold_in_v:.4g}$",
        fontsize=9,
        va="top",
        color=DISCRIMINATOR,
    )
    largest = r"\infty" if math.isinf(row.largest) else f"{row.largest:.4g}"
    axes.text(0.0, 0.14, f"${row.smallest:.4g} \\leq D_f \\leq {largest}$", fontsize=9, va="top", color=EXACT)


def _evaluated(function, points):
    return to_numpy(function(mnp.asarray(points)))


def _frame(axes, values, low=-HIGHEST, high=HIGHEST):
    """Vertical limits around the finite values, cut off at ``low`` and ``high``."""
    values = values[np.isfinite(values)]
    bottom, top = max(values.min(), low), min(values.max(), high)
    axes.set_ylim(bottom - 0.12 * (top - bottom), top + 0.12 * (top - bottom))


def _sides(axes, at, vertical=True):
    """Purple before the threshold, green after it."""
    span, (low, high) = (axes.axvspan, axes.get_xlim()) if vertical else (axes.axhspan, axes.get_ylim())
    for a, b, colour in ((low, at, FAKE), (at, high, REAL)):
        if b > a:
            span(a, b, color=colour, alpha=0.10, linewidth=0)


def _mark(axes, x, y):
    axes.plot([x], [y], "o", color=EXACT, markersize=4, zorder=5)


def _sheet_f(axes, row):
    u = np.linspace(0.0, 4.0, 401)
    f = _evaluated(row.f, u)
    _frame(axes, f, high=6.0)
    axes.set_xlim(-0.1, 4.1)
    _sides(axes, 1.0)
    axes.plot(u, row.f_at_one + row.threshold * (u - 1.0), color=EXACT, linestyle="--", linewidth=0.9)
    axes.plot(u, f, color=EXACT, linewidth=1.8)
    _mark(axes, 1.0, row.f_at_one)


def _sheet_conjugate(axes, row):
    t = np.linspace(-3.0, 3.0, 1201)
    values = _evaluated(row.conjugate, t)
    _frame(axes, values, high=5.0)
    axes.set_xlim(-3.0, 3.0)
    if row.domain.high < 3.0:
        axes.axvspan(row.domain.high, 3.0, facecolor="none", edgecolor=EXACT, alpha=0.3, hatch="////", linewidth=0)
        axes.axvline(row.domain.high, color=EXACT, linewidth=0.8)
    axes.axvspan(-3.0, row.threshold, color=FAKE, alpha=0.10, linewidth=0)
    axes.axvspan(row.threshold, min(3.0, row.domain.high), color=REAL, alpha=0.10, linewidth=0)
    axes.plot(t, np.where(np.isfinite(values), values, np.nan), color=DISCRIMINATOR, linewidth=1.8)
    _mark(axes, row.threshold, row.threshold - row.f_at_one)


def _sheet_activation(axes, row):
    v = np.linspace(-4.0, 4.0, 401)
    T = _evaluated(row.activation, v)
    _frame(axes, T)
    axes.set_xlim(-4.0, 4.0)
    _sides(axes, row.threshold_in_v)
    axes.axhline(row.threshold, color=EXACT, linestyle=":", linewidth=0.9)
    axes.plot(v, T, color=DISCRIMINATOR, linewidth=1.8)
    _mark(axes, row.threshold_in_v, row.threshold)


def _sheet_critic(axes, row):
    u = np.geomspace(0.05, 20.0, 800)  # an even number, so that a jump at 1 falls between two
    T = _evaluated(row.optimal_critic, u)
    axes.set_xscale("log")
    axes.set_xlim(0.05, 20.0)
    _frame(axes, T)
    _sides(axes, row.threshold, vertical=False)
    axes.axvline(1.0, color=EXACT, linestyle=":", linewidth=0.9)
    axes.plot(u, T, color=DISCRIMINATOR, linewidth=1.8)
    _mark(axes, 1.0, row.threshold)
    axes.set_xticks([0.1, 1.0, 10.0], ["0.1", "1", "10"])
    axes.minorticks_off()
