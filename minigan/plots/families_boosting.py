"""Boosting: AdaBoost's weights beside steps of descent, and a discriminator that is boosted to D*."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..models.families import boosting
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

SHOWN = (3, 30, 1000)  # stages


def family_boosting():
    """Three panels: steps and weights by stage, D after some stages with D*, the objective above its least by stage."""
    page, (left, middle, right) = figure(1, 3, width=13.2, height=4.5)
    steps(left)
    found = boosting.boosted_discriminator(SHOWN[-1])
    logit, least = boosting.best_discriminator()
    discriminators(middle, found, logit)
    descent(right, found, logit, least)
    for one in (left, middle, right):
        tidy(one)
    page.suptitle("boosting: gradient descent in the space of functions", fontsize=12)
    return page


def steps(axes, stages: int = 30) -> None:
    """AdaBoost's weights, halved, on the steps of descent; and the loss that is left."""
    x, labels = boosting.moons(0, 100)
    ours, tool = boosting.boosted(x, labels, stages), boosting.by_scikit_learn(x, labels, stages)
    at = np.arange(1, stages + 1)
    axes.plot(at, 0.5 * tool.estimator_weights_, color=DISCRIMINATOR, label="AdaBoostClassifier's weight / 2")
    axes.plot(at, [one.step for one in ours], "o", color=FAKE, ms=4, label="step of descent, argmin along h")
    left = [float(boosting.exponential_loss(one.values, labels)) / 100 for one in ours]
    axes.plot(at, left, "--", color=EXACT, linewidth=1.2, label="exponential loss, mean")
    axes.set(xlabel="stage", ylabel="step, or loss", ylim=(0.0, None))
    axes.legend(frameon=False, fontsize=8)
    axes.set_title("AdaBoost on two moons", fontsize=10)


def discriminators(axes, found, logit) -> None:
    """D after 3, 30 and 1,000 stages, D*, and both densities."""
    x = to_numpy(found.x)
    for law, colour, name in ((boosting.DATA, REAL, "data"), (boosting.MODEL, FAKE, "model")):
        axes.fill_between(x, to_numpy(law.density(found.x)), color=colour, alpha=0.18, linewidth=0, label=name)
    for stage, width in zip(SHOWN, (0.8, 1.2, 1.8)):
        d = to_numpy(mnp.sigmoid(mnp.asarray(found.logits[stage])))
        axes.step(
            x,
            d,
            where="mid",
            color=DISCRIMINATOR,
            linewidth=width,
            alpha=0.4 + 0.3 * (width - 0.8),
            label=f"D, {stage:,} stumps",
        )
    axes.plot(x, to_numpy(mnp.sigmoid(logit)), "--", color=EXACT, linewidth=1.3, label="D* = p / (p + q)")
    axes.set(xlabel="x", ylabel="D(x), and densities", ylim=(0.0, 1.04))
    axes.legend(frameon=False, fontsize=8, loc="upper left")
    axes.set_title("a boosted discriminator", fontsize=10)


def descent(axes, found, logit, least: float) -> None:
    """J(D) above its least, and the mean distance of D from D*, by stage."""
    stage = np.arange(1, len(found.losses))
    axes.loglog(stage, found.losses[1:] - least, color=DISCRIMINATOR, label="J(D) - (log 2 - JSD), nats")
    some = np.unique(np.geomspace(1, stage[-1], 30).astype(int))
    axes.loglog(
        some, [boosting.apart(found.logits[i], logit) for i in some], "o-", color=FAKE, ms=3, label="mean |D - D*|"
    )
    axes.loglog(stage, 0.17 / stage, ":", color=EXACT, label="0.17 / stages")
    axes.set(xlabel="stages", ylabel="above the least, or apart")
    axes.legend(frameon=False, fontsize=8)
    axes.set_title("the logistic loss: D's own objective", fontsize=10)
