"""Losses and other metrics during training, beside what they are at the optimum."""

from __future__ import annotations

import numpy as np

from .samples import history_to_draw
from .style import DISCRIMINATOR, EXACT, FAKE, figure, tidy


def loss_curves(history: dict, game, title: str = ""):
    """A figure of J^(D) and J^(G) by step, smoothed over a hundredth of the run, with their values at the optimum.

    ``history`` is that of `minigan.gan.fit`, lists of one number a step. Raises `ValueError` where it lacks a loss.

    >>> from minigan.gan import minimax
    >>> drawn = loss_curves({"discriminator_loss": [0.9, 0.8, 0.7], "generator_loss": [-0.5, -0.4, -0.3]}, minimax())
    >>> losses, smooth, optimum, *_ = drawn.axes[0].lines
    >>> len(losses.get_ydata()), round(float(optimum.get_ydata()[0]), 4)  # log 2
    (3, 0.6931)
    """
    history_to_draw(history, ("discriminator_loss", "generator_loss"))
    title = title or f"the {game.name.replace('_', '-')} game"
    return _two_losses(history, game.value_at_optimum, game.generator_loss_at_optimum, title)


def _two_losses(history, discriminator_at_optimum, generator_at_optimum, title):
    drawn, axes = figure()
    steps = len(history["discriminator_loss"])
    window = max(1, steps // 100)
    optimum = {"discriminator": discriminator_at_optimum, "generator": generator_at_optimum}
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
    axes.set_title(title, fontsize=11)
    if steps:
        drawn.legend(frameon=False, loc="outside lower center", ncols=2)  # inside, it would lie on a curve
    tidy(axes)
    return drawn


COLOURS = (DISCRIMINATOR, FAKE, "#c06a14", "#2a8f5b", "#7a7a7a", "#b03a2e")


def metric_curves(history: dict, at_optimum=None, title: str = ""):
    """A figure of every metric of a training by step: losses in one panel, each other metric in one of its own.

    Both losses of a GAN are drawn as `loss_curves` does. ``at_optimum`` maps names to values, or ``None`` where unknown.
    Raises `TypeError` for a history that is no dict.

    >>> drawn = metric_curves({"encoder_loss": [3.0, 2.0], "decoder_loss": [1.0, 0.5], "accuracy": [0.1, 0.9]})
    >>> [panel.get_ylabel() for panel in drawn.axes]
    ['loss (nats)', 'accuracy']
    """
    history_to_draw(history)
    at_optimum = at_optimum or {}
    losses = [key for key in history if key.endswith("loss")]
    if set(history) == {"discriminator_loss", "generator_loss"} and all(at_optimum.get(key) is not None for key in losses):
        return _two_losses(history, at_optimum["discriminator_loss"], at_optimum["generator_loss"], title)
    panels = ([losses] if losses else []) + [[key] for key in history if key not in losses]
    drawn, axes = figure(1, max(1, len(panels)), width=6.4 if len(panels) < 2 else 4.6 * len(panels), squeeze=False)
    for panel, keys in zip(axes.flat, panels or [[]]):
        for key, colour in zip(keys, COLOURS * 10):
            values = np.asarray(history[key], dtype=float)
            steps, window = len(values), max(1, len(values) // 100)
            panel.plot(np.arange(1, steps + 1), values, color=colour, alpha=0.18, linewidth=0.6)
            if steps:
                smooth = np.convolve(values, np.ones(window) / window, mode="valid")
                panel.plot(np.arange(window, steps + 1), smooth, color=colour, label=key.replace("_", " "))
            if at_optimum.get(key) is not None:
                panel.axhline(at_optimum[key], color=colour, linestyle="--", linewidth=1.0)
        panel.set_xlabel("step")
        panel.set_ylabel("loss (nats)" if keys == losses else " ".join(keys).replace("_", " "))
        if any(history[key] for key in keys):
            panel.legend(frameon=False, fontsize=8)
        tidy(panel)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn
