"""The f-GAN table as a sheet: the four functions of every row, one line a row."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..divergences import TABLE
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

# f as the lecture writes it; a row that is not here is drawn without its formula
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
HIGHEST = 4.0  # where unbounded functions are cut off


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


def _family(row):
    return row.name.partition("(")[0]


def _words(axes, row):
    """The row's name, formula, thresholds, and the values its divergence can take."""
    axes.axis("off")
    parameter = {"alpha": r"$\alpha$", "weighted_jensen_shannon": r"$\pi$"}.get(_family(row))
    title = row.title.partition(" (alpha")[0].replace("chi^2", r"$\chi^2$").replace("alpha-", r"$\alpha$-")
    title += f", {parameter} = {row.parameter:g}" if parameter else ""
    axes.text(0.0, 0.97, title, fontsize=10.5, weight="bold", va="top")
    if _family(row) in FORMULAS:
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
