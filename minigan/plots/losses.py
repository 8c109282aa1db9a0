"""The two losses during training, beside what they are at the optimum."""

from __future__ import annotations

import numpy as np

from .style import DISCRIMINATOR, EXACT, FAKE, figure, tidy


def loss_curves(history: dict, game, title: str = ""):
    """A figure of J^(D) and J^(G) by step, smoothed over a hundredth of the run, with their values at the optimum."""
    drawn, axes = figure()
    steps = len(history["discriminator_loss"])
    window = max(1, steps // 100)
    optimum = {"discriminator": game.value_at_optimum, "generator": game.generator_loss_at_optimum}
    for player, colour, symbol in (("discriminator", DISCRIMINATOR, "D"), ("generator", FAKE, "G")):
        losses = np.asarray(history[f"{player}_loss"], dtype=float)
        axes.plot(np.arange(1, steps + 1), losses, color=colour, alpha=0.18, linewidth=0.6)
        if steps >= window:
            smooth = np.convolve(losses, np.ones(window) / window, mode="valid")
            axes.plot(np.arange(window, steps + 1), smooth, color=colour, label=rf"$J^{{({symbol})}}$, {player}")
        axes.axhline(optimum[player], color=colour, linestyle="--", linewidth=1.0)
        axes.annotate(
            f"at the optimum {optimum[player]:.3f}",
            (1.01, optimum[player]),  # beside the axes, where no curve runs
            xycoords=("axes fraction", "data"),
            ha="left",
            va="bottom" if symbol == "D" else "top",  # apart even where both are one number
            fontsize=8,
            color=colour,
        )
    axes.axhline(0.0, color=EXACT, linewidth=0.5)
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats)")
    axes.set_title(title or f"the {game.name.replace('_', '-')} game", fontsize=11)
    if steps:
        drawn.legend(frameon=False, loc="outside lower center", ncols=2)  # inside, it would lie on a curve
    tidy(axes)
    return drawn


def loss_curve(losses, title: str = ""):
    """A figure of a single loss by step, smoothed over a hundredth of the run."""
    drawn, axes = figure()
    losses = np.asarray(losses, dtype=float)
    steps, window = len(losses), max(1, len(losses) // 100)
    axes.plot(np.arange(1, steps + 1), losses, color=FAKE, alpha=0.18, linewidth=0.6)
    if steps:
        smooth = np.convolve(losses, np.ones(window) / window, mode="valid")
        axes.plot(np.arange(window, steps + 1), smooth, color=FAKE)
    axes.set_xlabel("step")
    axes.set_ylabel("loss (nats)")
    axes.set_title(title, fontsize=11)
    tidy(axes)
    return drawn
