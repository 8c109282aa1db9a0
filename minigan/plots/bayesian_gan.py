"""The Bayesian GAN: samples of every generator in the plane where they are judged, and what the posterior adds."""

from __future__ import annotations

import numpy as np

from .. import random as random_
from ..models import System
from ..models.implicit.bayesian_gan import STEPS, WAYS, Apart, taken_apart
from ..training import Trained
from .drawings import draws, title_of
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

SHOWN, LIMIT = 2000, 4.0
COLOURS = dict(zip(WAYS, ("#b03a2e", "#d98c3f", FAKE, "#a58bb8", REAL, DISCRIMINATOR), strict=True))


@draws("bayesian_gan")
def draw_bayesian_gan(system: System, trained: Trained) -> dict:
    """The union beside the data, and each generator alone, on the data's first two principal axes."""
    held, rng = system.parts["held"], random_.generator(2)
    points = held.projection(held.each(trained.state, SHOWN // 4, rng))
    real = held.projection(system.real(rng, SHOWN))
    pages = {"samples.png": of_each(real, points, title_of(system, trained))}
    if trained.records:
        looks = [one["step"] for one in trained.records]
        curves = {what: [one[key] for one in trained.records] for what, key in CURVES.items()}
        pages["divergence.png"] = over_steps(looks, curves, title_of(system, trained))
    return pages


CURVES = {"the union of all generators": "union", "a generator alone, mean": "alone"}


def of_each(real, points, title: str = ""):
    """Data (n, 2), the union, and at most ten generators (k, m, 2), a panel each."""
    alone = points[:10]
    columns = 4
    rows = -(-(2 + len(alone)) // columns)
    page, axes = figure(rows, columns, width=9.6, height=2.5 * rows + 0.4, squeeze=False)
    union = points.reshape(-1, 2)
    shares = np.arange(len(union)) % max(1, len(union) // SHOWN) == 0
    panels = [("data", real, REAL), ("union", union[shares], FAKE)]
    panels += [(f"generator {i + 1}", one, EXACT) for i, one in enumerate(alone)]
    for panel in axes.flat[len(panels) :]:
        panel.set_visible(False)
    for i, (panel, (name, shown, colour)) in enumerate(zip(axes.flat, panels)):
        panel.scatter(real[:, 0], real[:, 1], s=2, color="#d5dade", linewidths=0)
        panel.scatter(shown[:, 0], shown[:, 1], s=3, color=colour, alpha=0.5, linewidths=0)
        panel.set(xlim=(-LIMIT, LIMIT), ylim=(-LIMIT, LIMIT), aspect="equal")
        panel.set_title(name, fontsize=9, color=colour)
        panel.tick_params(labelsize=7)
        if i % columns == 0:
            panel.set_ylabel("second axis", fontsize=8)
        if i + columns >= len(panels):
            panel.set_xlabel("first principal axis", fontsize=8)
        else:
            panel.set_xticklabels([])
    if title:
        page.suptitle(title, fontsize=11)
    return page


def over_steps(steps, curves: dict, title: str = ""):
    """Divergences by step."""
    page, axes = figure()
    for (name, values), colour in zip(curves.items(), (FAKE, EXACT)):
        axes.plot(steps, values, "o-", ms=3, color=colour, label=name)
    axes.set(xlabel="step", ylabel="Jensen-Shannon divergence, nats", ylim=(0.0, np.log(2.0)))
    axes.legend(frameon=False, fontsize=9)
    tidy(axes)
    if title:
        page.suptitle(title, fontsize=9)
    return page


def what_the_posterior_adds(steps: int = STEPS, seeds=(0, 1, 2)):
    """Train every one of `WAYS` from each seed, and draw them."""
    return ways_apart({way: [taken_apart(way, seed, steps) for seed in seeds] for way in WAYS})


def ways_apart(found: dict[str, list[Apart]]):
    """Left: each way's divergence of the union by step, the mean over seeds. Right: each seed's at the end, of the union,
    of a generator alone, and of the union along one chain."""
    page, (left, right) = figure(1, 2, width=11.0, height=4.6, gridspec_kw={"width_ratios": (1.0, 1.25)})
    for way, runs in found.items():
        left.plot(runs[0].steps, np.mean([one.unions for one in runs], 0), color=COLOURS[way], label=way, linewidth=1.6)
    left.set(xlabel="step", ylabel="Jensen-Shannon divergence of the union, nats", ylim=(0.0, None))
    left.legend(frameon=False, fontsize=8)
    left.set_title("the union of all samples", fontsize=10)
    kinds = (("union", "o", "the union"), ("alone", "x", "a generator alone"), ("chain", "_", "the first one's chain"))
    for i, (way, runs) in enumerate(found.items()):
        for shift, (key, marker, _) in zip((-0.2, 0.0, 0.2), kinds):
            values = [getattr(one, key) for one in runs]
            right.plot(values, [i + shift] * len(values), marker, color=COLOURS[way], ms=7, mew=1.6)
    for _, marker, name in kinds:
        right.plot([], [], marker, color=EXACT, ms=7, mew=1.6, label=name)
    right.set_yticks(range(len(found)), list(found))
    right.invert_yaxis()
    right.set(xlabel="Jensen-Shannon divergence, nats; last quarter, a mark a seed", xlim=(0.0, None))
    right.legend(frameon=False, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.16), ncols=3)
    right.set_title("taken apart", fontsize=10)
    tidy(left)
    tidy(right)
    page.suptitle("what a posterior over generators adds: ten planes in a space of 100 dimensions", fontsize=11)
    return page
