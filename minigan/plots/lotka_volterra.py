"""Rates of prey and predators from one series: the posterior of two of them, and series replicated from it."""

from __future__ import annotations

import numpy as np

from ..models import System, find_system
from ..models.implicit.lotka_volterra import EXACT, Moments, checks, moments_of, posterior_of
from ..models.implicit.populations import OBSERVED, RATES, STATISTICS, TIMES, log_rates
from ..models.implicit.predictive_check import band
from ..random import generator
from ..training import Trained
from .drawings import draws, title_of
from .style import EXACT as BLACK
from .style import FAKE, REAL, figure, tidy

RADII = (1.177, 2.146)  # within which a Gaussian of the plane has 50 and 90 % of its mass
SHOWN = (0, 1)  # of the rates


@draws("lotka_volterra")
def draw_rates(system: System, trained: Trained) -> dict:
    """Both observed series."""
    return {"samples.png": rates_and_series(system, trained, title_of(system, trained))}


def lotka_volterra(steps: int | None = None, seed: int = 0):
    """Train the ratio and draw what it says of the two series."""
    system = find_system("lotka_volterra")()
    title = "rates of prey and predators from one counted series, and series replicated from their posterior"
    return rates_and_series(system, system.train(steps, seed), title)


def rates_and_series(system: System, trained: Trained, title: str = ""):
    """A row for each series: two rates, learned beside the exact posterior and the prior, and bands of replicated prey and
    predators around the observed."""
    posterior = posterior_of(system, trained)
    page, axes = figure(len(OBSERVED), 3, width=12.0, height=3.4 * len(OBSERVED))
    for row, (name, x) in zip(axes, OBSERVED.items()):
        _rates(row[0], moments_of(posterior, x), EXACT if name == "cycles" else None)
        row[0].set_title(f"{name}: posterior of two rates", fontsize=10)
        after, before = checks(posterior, name, generator(2))
        least = int(np.argmin(after.tails))
        words = f"least tail probability {after.tails[least]:.3f}, {STATISTICS[least]}"
        for panel, what, part in ((row[1], "prey", slice(TIMES)), (row[2], "predators", slice(TIMES, None))):
            _bands(panel, after.series[:, part], before.series[:, part], np.asarray(x)[part])
            panel.set(xlabel="time", ylabel=what)
        row[1].set_title(f"{name}: replicated series, {words}", fontsize=10, loc="left")
    axes[0, 0].legend(frameon=False, fontsize=8, loc="upper right")
    axes[0, 2].legend(frameon=False, fontsize=8, loc="upper right", ncols=2)
    page.suptitle(title, fontsize=11)
    return page


def _rates(axes, learned: Moments, exact: Moments | None) -> None:
    laws = [(Moments(np.zeros(3), np.eye(3)), "0.6", ":", "prior"), (learned, FAKE, "--", "learned")]
    if exact is not None:
        laws.insert(1, (exact, BLACK, "-", "by a particle filter"))
    for law, colour, line, label in laws:
        for radius in RADII:
            rates = np.exp(log_rates(_outline(law, radius)))[:, SHOWN]
            axes.plot(
                rates[:, 0], rates[:, 1], color=colour, ls=line, lw=1.1, label=label if radius == RADII[0] else None
            )
    axes.set(xscale="log", yscale="log", xlabel=f"rate of {RATES[SHOWN[0]]}", ylabel=f"rate of {RATES[SHOWN[1]]}")
    axes.set_ylim(0.0035, 0.06)
    axes.set_xticks([0.5, 1.0, 2.0], ["0.5", "1", "2"])
    axes.set_yticks([0.005, 0.01, 0.02, 0.05], ["0.005", "0.01", "0.02", "0.05"])
    axes.minorticks_off()
    tidy(axes)


def _outline(law: Moments, radius: float) -> np.ndarray:
    """Rows u of the ellipse of two rates that has this radius, the third rate at its mean."""
    at = np.linspace(0.0, 2.0 * np.pi, 200)
    shown = list(SHOWN)
    half = np.linalg.cholesky(law.covariance[np.ix_(shown, shown)])
    u = np.tile(np.asarray(law.mean, dtype=float), (len(at), 1))
    u[:, shown] += radius * np.stack([np.cos(at), np.sin(at)], -1) @ half.T
    return u


def _bands(axes, after, before, x) -> None:
    time = np.arange(1, len(x) + 1)
    low, high = np.maximum(np.expm1(band(before)), 0.3)
    axes.fill_between(time, low, high, color="0.5", alpha=0.2, linewidth=0.0, label="prior, 90 %")
    low, high = np.maximum(np.expm1(band(after)), 0.3)
    axes.fill_between(time, low, high, color=FAKE, alpha=0.35, linewidth=0.0, label="posterior, 90 %")
    axes.plot(time, np.maximum(np.expm1(x), 0.3), "o-", color=REAL, ms=4, lw=1.0, label="observed")
    axes.set(yscale="log", ylim=(0.3, 1e4))
    tidy(axes)
