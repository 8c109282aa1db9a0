"""One generator, trained as a VAE is, by its exact likelihood, and by the game: each one's density beside the data's."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..models.implicit.three_ways import DATA, WAYS, axis, generated, law_of, trained
from .style import EXACT, FAKE, REAL, figure, tidy

WORDS = {
    "bound": "explicit p(x | z), by the bound",
    "exact": "explicit p(x | z), exactly, by quadrature",
    "game": "the same p(x | z), by the game",
    "implicit": "x = G(z), by the game: no p(x | z)",
}


def relation_to_vaes(steps: int = 3000, seed: int = 0):
    """Train the four, and draw densities above, and below them what the generator makes of a code."""
    page, axes = figure(2, len(WAYS), width=13.0, height=5.6, gridspec_kw={"height_ratios": (1.4, 1.0)})
    x, z = to_numpy(axis()), mnp.linspace(-3.0, 3.0, 601, dtype="float32")
    data = to_numpy(DATA.density(axis()))
    for (above, below), way in zip(axes.T, WAYS):
        params = trained(way, seed, steps)
        law = law_of(way, params)
        density = np.exp(to_numpy(law.log_density))
        above.fill_between(x, data, color=REAL, alpha=0.25, linewidth=0.0, label="data")
        above.plot(x, density, color=FAKE, lw=1.3, label="model")
        above.set(xlim=(-4.0, 5.0), ylim=(0.0, 0.62), xlabel="x")
        above.set_title(f"{WORDS[way]}\nKL {law.kl:.3f}, reverse {law.reverse_kl:.3f} nats", fontsize=9)
        centre = to_numpy(generated(params, z))
        below.plot(to_numpy(z), centre, color=EXACT, lw=1.2, label="G(z)")
        if law.width:
            label = f"G(z) ± s, s = {law.width:.2f}"
            low, high = centre - law.width, centre + law.width
            below.fill_between(to_numpy(z), low, high, color=FAKE, alpha=0.25, linewidth=0.0, label=label)
        below.set(xlim=(-3.0, 3.0), ylim=(-4.0, 5.0), xlabel="z")
        below.legend(frameon=False, fontsize=8, loc="upper left")
        tidy(above)
        tidy(below)
    axes[0, 0].set_ylabel("density")
    axes[1, 0].set_ylabel("x given z")
    axes[0, 0].legend(frameon=False, fontsize=8, loc="upper left")
    page.suptitle(
        f"one graphical model z → x, one generator, the same data, four trainings of {steps} steps", fontsize=11
    )
    return page
