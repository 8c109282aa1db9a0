"""Wide random networks beside the Gaussian process: the law of an output, what is left of the distance, predictions."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from .. import random as random_
from ..backend import to_numpy
from ..models.families import wide_networks as W
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

NOISE = 0.1


def family_wide_networks(networks: int = 100):
    """Left: densities of an output. Middle: three distances by width. Right: predictions of networks and the process."""
    page, (left, middle, right) = figure(1, 3, width=14.0, height=4.4)
    f = np.linspace(-4.0, 4.0, 401)
    for width, colour in zip((16, 32, 128), ("#d98c3f", FAKE, DISCRIMINATOR)):
        left.plot(f, W.output_density(width, f), color=colour, lw=1.4, label=f"{width} units")
    left.plot(f, np.exp(-0.5 * f * f) / np.sqrt(2.0 * np.pi), color=EXACT, ls="--", lw=1.2, label="N(0, 1)")
    left.set(xlabel="f(x)", ylabel="density", title="an output of relu units, exactly", ylim=(0.0, None))
    left.legend(frameon=False, fontsize=9)

    t, new = mnp.asarray([-0.9, -0.6, -0.5, 0.1, 0.4, 0.8]), mnp.linspace(-1.6, 1.6, 41)
    rows, places = (mnp.stack([2.0 * one, mnp.ones(one.shape[0])], 1) for one in (t, new))
    y = mnp.sin(4.0 * t)
    rng, widths = random_.generator(0), np.array([16, 32, 64, 128, 256, 512])
    errors = {
        "total variation of f(x)": [W.total_variation(width) for width in widths],
        "$(K_h - K)^2$, mean": [W.kernel_error(rows, width, rng, networks=networks) / width for width in widths],
        "squared gap of predictions": [
            W.prediction_error(rows, y, places, NOISE, width, rng, networks=networks) / width for width in widths
        ],
    }
    for (name, values), colour in zip(errors.items(), (DISCRIMINATOR, REAL, FAKE)):
        middle.loglog(widths, values, "o-", ms=4, color=colour, label=name)
    middle.loglog(widths, W.FIRST_ORDER / widths, ":", color=EXACT, label="0.875 / width")
    middle.set(xlabel="width", ylabel="distance from the process", title="each falls as 1 / width")
    middle.set_xticks(widths, map(str, widths))
    middle.minorticks_off()
    middle.legend(frameon=False, fontsize=8)

    both = mnp.concatenate([rows, places])
    for width, colour in ((16, "#d98c3f"), (512, DISCRIMINATOR)):
        mean, _ = W.process_posterior(W.network_kernel(both, width, rng, networks=8), y, NOISE)
        for one in to_numpy(mean):
            right.plot(to_numpy(new), one, color=colour, lw=0.8, alpha=0.7)
        right.plot([], [], color=colour, label=f"networks of {width} units")
    mean, variance = map(to_numpy, W.process_posterior(W.relu_kernel(both, both), y, NOISE))
    right.plot(to_numpy(new), mean, color=EXACT, ls="--", lw=1.6, label="the process, and two deviations")
    band = 2.0 * np.sqrt(variance)
    right.fill_between(to_numpy(new), mean - band, mean + band, color=EXACT, alpha=0.1, lw=0)
    right.plot(to_numpy(t), to_numpy(y), "o", color=EXACT, ms=5, zorder=4)
    right.set(xlabel="t, of x = (2 t, 1)", ylabel="y", title="posterior means given six points", ylim=(-3.2, 4.6))
    right.legend(frameon=False, fontsize=8, loc="upper center")
    for panel in (left, middle, right):
        panel.title.set_fontsize(11)
        tidy(panel)
    return page
