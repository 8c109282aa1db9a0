"""The lecture's f-GAN table as printed, beside what holds: four conjugates, three activations, one threshold."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..backend import active, to_numpy
from ..divergences import alpha, named
from .style import DISCRIMINATOR, EXACT, figure, tidy

PRINTED = "#b03a2e"


def printed_and_true():
    """A figure of eight panels; dashed red is the slide, solid blue what this library computes.

    Above: conjugates that hold on a part of their domain only. Below: activations that decrease, so that a large
    output means *model*, and an output whose threshold is not f'(1).
    """
    drawn, axes = figure(2, 4, width=11.5, height=5.6)
    conjugates = (
        (named("pearson"), (-6.0, 2.0), (-2.0, 4.0)),
        (alpha(1.5), (-6.0, 2.0), (-12.0, 4.0)),
        (alpha(-1.0), (-4.0, 0.5), (-3.0, 6.0)),
        (named("total_variation"), (-2.0, 0.5), (-2.2, 0.8)),
    )
    for panel, (row, between, heights) in zip(axes[0], conjugates):
        t = np.linspace(*between, 601)
        panel.plot(t, _values(row.conjugate, t), color=DISCRIMINATOR, linewidth=1.8)
        panel.plot(t, _values(row.as_printed.conjugate, t), color=PRINTED, linestyle="--", linewidth=1.4)
        panel.set_ylim(*heights)
        panel.set_xlabel("$t$")
        panel.set_title(f"{row.name}: $f^*(t)$", fontsize=10.5)
    for panel, name in zip(axes[1], ("reverse_kl", "neyman", "squared_hellinger")):
        row, v = named(name), np.linspace(-2.0, 2.0, 401)
        panel.plot(v, _values(row.activation, v), color=DISCRIMINATOR, linewidth=1.8)
        panel.plot(v, _values(row.as_printed.activation, v), color=PRINTED, linestyle="--", linewidth=1.4)
        panel.axhline(row.threshold, color=EXACT, linestyle=":", linewidth=0.9)
        panel.set_xlabel("critic output $v$")
        panel.set_title(f"{name}: $g_f(v)$", fontsize=10.5)
    _threshold(axes[1, 3], alpha(0.5))
    axes[0, 0].set_ylabel("conjugate")
    axes[1, 0].set_ylabel("critic $T$")
    for panel in axes.flat:
        tidy(panel)
    for style, colour, label in (("--", PRINTED, "as printed"), ("-", DISCRIMINATOR, "what holds")):
        axes[0, 0].plot([], [], style, color=colour, label=label)
    axes[1, 0].plot([], [], ":", color=EXACT, label="threshold $f'(1)$")
    handles = [one for panel in axes[:, 0] for one in panel.get_legend_handles_labels()[0]]
    drawn.legend(handles=handles, frameon=False, loc="outside lower center", ncols=3, fontsize=9.5)
    return drawn


def _threshold(panel, row):
    v = np.linspace(-6.0, 4.0, 401)
    panel.plot(v, _values(row.activation, v), color=DISCRIMINATOR, linewidth=1.8)
    panel.axhline(row.threshold, color=EXACT, linestyle=":", linewidth=0.9)
    panel.axvline(row.threshold, color=PRINTED, linestyle="--", linewidth=1.2)
    panel.plot([row.threshold_in_v], [row.threshold], "o", color=DISCRIMINATOR, markersize=5)
    panel.annotate(
        f"$v_0 = {row.threshold_in_v:.2f}$",
        (row.threshold_in_v, row.threshold),
        xytext=(-6, 6),
        textcoords="offset points",
        ha="right",
        color=DISCRIMINATOR,
        fontsize=9,
    )
    panel.set_xlabel("critic output $v$")
    panel.set_title(f"{row.name}: $v_0$ is not $f'(1)$", fontsize=10.5)


def _values(function, points):
    with active().errstate(all="ignore"):
        return to_numpy(function(mnp.asarray(points)))
