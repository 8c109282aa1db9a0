"""A generator with a prior on its weights, from ten observations: what it predicts, and the likeliest."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..models.implicit.bayesian_generator import (
    DATA,
    GENERATORS,
    axis,
    exact_likelihood,
    learned_likelihood,
    likeliest_weights,
    observed,
    posterior_weights,
    predicted,
)
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

SETS, FEW, SHOWN = 3, 10, 25
KIND = "network"


def weights_posterior(steps: int = 2000, seed: int = 0, chain: int = 160, climb: int = 500):
    """Train the discriminator once and draw what it says of three data sets: densities above, generators below."""
    likelihood, exact = learned_likelihood(KIND, seed, steps), exact_likelihood(KIND)
    page, axes = figure(2, SETS, width=12.0, height=6.2, gridspec_kw={"height_ratios": (1.3, 1.0)})
    z = np.linspace(-3.0, 3.0, 301)
    for number, (above, below) in enumerate(axes.T):
        x = observed(KIND, FEW, number)
        w = to_numpy(posterior_weights(KIND, likelihood, x, number, steps=chain).samples)
        w = w.reshape(-1, w.shape[-1])
        true = to_numpy(posterior_weights(KIND, exact, x, number, steps=chain).samples)
        best = likeliest_weights(KIND, exact, x, number, steps=climb)
        ours, by_exact, one = (predicted(KIND, rows) for rows in (w, true, best))
        above.fill_between(
            axis(),
            to_numpy(DATA[KIND].density(mnp.asarray(axis()))),
            color=REAL,
            alpha=0.25,
            lw=0.0,
            label="data's law",
        )
        for law, colour, line, words in (
            (ours, FAKE, "-", "posterior, learned"),
            (by_exact, EXACT, ":", "posterior, exact"),
            (one, DISCRIMINATOR, "--", "likeliest"),
        ):
            above.plot(axis(), law.density, color=colour, ls=line, lw=1.3, label=f"{words}: KL {law.kl:.2f}")
        above.plot(to_numpy(x), np.full(FEW, -0.03), "|", color=REAL, ms=9, mew=1.2, label="ten observations")
        above.set(xlim=(-4.5, 4.5), ylim=(-0.06, 1.15), xlabel="x")
        above.legend(frameon=False, fontsize=8, loc="upper left")
        rows = w[np.linspace(0, len(w) - 1, SHOWN).astype(int)]
        for made in to_numpy(GENERATORS[KIND].apply(mnp.asarray(rows), mnp.asarray(z[None, :]))):
            below.plot(z, made, color=FAKE, lw=0.7, alpha=0.5)
        below.plot(
            z, to_numpy(GENERATORS[KIND].apply(best, mnp.asarray(z[None, :])))[0], color=DISCRIMINATOR, ls="--", lw=1.3
        )
        below.set(xlim=(-3.0, 3.0), ylim=(-4.5, 4.5), xlabel="z")
        tidy(above)
        tidy(below)
    axes[0, 0].set_ylabel("density")
    axes[1, 0].set_ylabel("G(z; w), 25 of the posterior")
    page.suptitle(
        "a generator with a prior on its 25 weights, its posterior from ten observations, three times", fontsize=11
    )
    return page
