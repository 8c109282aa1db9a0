"""The lecture's 1-dimensional example: data, model, the learned D and the exact D* in one picture."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..gan import optimal_discriminator
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy


def densities_and_discriminator(data, model, learned=None, low=-4.0, high=5.0, samples=None, title=""):
    """A figure of two densities with, on the right-hand scale, D* and (if given) a learned D; samples as ticks.

    ``data`` and ``model`` are densities, ``learned`` a function of x, ``samples`` an array of generated numbers.

    >>> from minigan.densities import Normal
    >>> drawn = densities_and_discriminator(Normal(0.0, 1.0), Normal(2.0, 1.0))
    >>> optimal = drawn.axes[1].lines[0]
    >>> round(float(np.interp(0.0, optimal.get_xdata(), optimal.get_ydata())), 4)  # D*(0) = sigmoid(2)
    0.8808
    """
    x = mnp.linspace(low, high, 901)
    drawn, axes = figure(width=7.2, height=4.2)
    across = to_numpy(x)
    p, q = to_numpy(data.density(x)), to_numpy(model.density(x))
    axes.fill_between(across, p, color=REAL, alpha=0.18)
    axes.plot(across, p, color=REAL, label=r"$p_{\mathrm{data}}$")
    axes.plot(across, q, color=FAKE, label=r"$p_{\mathrm{model}}$ (exact)")
    if samples is not None:
        ticks = to_numpy(samples).reshape(-1)
        axes.plot(ticks, np.full(len(ticks), -0.012), "|", color=FAKE, alpha=0.5, markersize=6, label="samples G(z)")
    axes.set_xlabel("x")
    axes.set_ylabel("density")
    top = 1.18 * np.nanpercentile(np.concatenate([p, q]), 99.5)
    axes.set_ylim(-0.05 * top, top)
    axes.set_xlim(low, high)
    tidy(axes)
    right = axes.twinx()
    right.plot(
        across,
        to_numpy(optimal_discriminator(data, model)(x)),
        color=EXACT,
        linestyle="--",
        linewidth=1.4,
        label=r"$D^* = p_{\mathrm{data}} / (p_{\mathrm{data}} + p_{\mathrm{model}})$",
    )
    if learned is not None:
        right.plot(across, to_numpy(learned(x)), color=DISCRIMINATOR, linewidth=1.4, label="learned D")
    right.axhline(0.5, color=EXACT, linewidth=0.5, alpha=0.5)
    right.set_ylim(-0.05, 1.18)
    right.set_yticks([0.0, 0.5, 1.0])
    right.set_ylabel("D(x)")
    right.spines[["top"]].set_visible(False)
    handles, labels = axes.get_legend_handles_labels()
    more, names = right.get_legend_handles_labels()
    axes.legend(handles + more, labels + names, frameon=False, fontsize=8, ncols=2, loc="upper left")
    axes.set_ylim(-0.05 * top, 1.18 * top)
    right.set_ylim(-0.05 * 1.35 / 1.18, 1.35)  # both zeros at one height
    if title:
        axes.set_title(title, fontsize=11)
    return drawn
