"""The landscape of two points: the value at the best D on the way out of collapse, game by game."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..models.games.landscape import GAMES, LOG2, strict_local_minima
from ..models.games.smoothed_landscape import AT, Smoothed
from .style import DISCRIMINATOR, FAKE, REAL, figure, tidy

COLOURS = dict(zip(GAMES, ("#b03a2e", FAKE, DISCRIMINATOR)))
WORDS = {"separate": "GAN", "partners": "pairing, partners kept", "all pairs": "pairing, partners drawn anew"}


def landscape(width: float = 0.2, places: int = 81):
    """Left: one fake stays at -1, the other goes from there to 1; data at both. Right: strict local minima of n points."""
    page, (left, right) = figure(1, 2, width=10.8, height=4.2, gridspec_kw={"width_ratios": (1.9, 1.0)})
    smoothed, way = Smoothed(width), np.linspace(-1.4, 1.4, places)
    for game, of in (("separate", smoothed.separate), ("all pairs", smoothed.all_pairs), ("partners", smoothed.partners)):
        values = [float(of(mnp.asarray([AT[0], place]))) for place in way]
        left.plot(way, values, color=COLOURS[game], lw=2.0, label=WORDS[game])
    left.axhline(-LOG2, color="#999999", ls=":", lw=1.0)
    left.annotate("the data: $-\\log 2$", (-1.4, -LOG2), (0, 4), textcoords="offset points", fontsize=8, color="#777777")
    for place in AT:
        left.axvline(place, color=REAL, lw=5.0, alpha=0.15)
    left.set_xlabel("where the second fake is; the first one stays at $-1$ (green: the data)")
    left.set_ylabel("value at the best $D$, in nats")
    left.legend(loc="upper right", fontsize=8.5, frameon=False)
    left.set_ylim(-0.75, 0.1)
    tidy(left)
    ns = (2, 3, 4)
    for i, game in enumerate(GAMES):
        counts = [strict_local_minima(n, game) for n in ns]
        bars = right.bar(np.arange(len(ns)) + 0.27 * (i - 1), counts, 0.25, color=COLOURS[game])
        right.bar_label(bars, fontsize=8)
    right.set_yscale("log")
    right.set_ylim(1.0, 700.0)
    right.set_xticks(range(len(ns)), [f"$n = {n}$" for n in ns])
    right.set_xlabel("points of data, as many fakes")
    right.set_ylabel("strict local minima")
    tidy(right)
    page.suptitle("all fakes on one point: a hole that only a leap leads out of, or none", fontsize=12)
    return page
