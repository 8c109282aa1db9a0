"""Generators of digits from a posterior: samples of each in a row, the classes that each makes, and ways to train them."""

from __future__ import annotations

import numpy as np

from .. import random as random_
from ..backend import to_numpy
from ..models import System
from ..models.implicit.bayesian_digits import CLASSES, JUDGED, STEPS, WAYS, class_shares, measured_apart
from ..training import Trained
from .drawings import draws, title_of
from .images import tile_images
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

TICKS = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0)  # of distances
SHOWN, EACH = 10, 12  # generators, and samples of each
COLOURS = dict(zip(WAYS, ("#b03a2e", "#d98c3f", FAKE, "#a58bb8", REAL, DISCRIMINATOR), strict=True))


@draws("bayesian_digits")
def draw_bayesian_digits(system: System, trained: Trained) -> dict:
    """A row of samples for each generator, and which digits these are."""
    rng = random_.generator(2)
    samples = to_numpy(system.parts["generators"].each(trained.state, JUDGED, rng))[:SHOWN]
    real = to_numpy(system.real(rng, EACH))
    return {"samples.png": rows_and_shares(samples, real, title_of(system, trained))}


def rows_and_shares(samples, real, title: str = ""):
    """Samples (k, n, 64) of k generators: `EACH` of them in a row, real ones below; beside it their shares of classes."""
    count = len(samples)
    ratios = {"width_ratios": (1.1, 1.0)}
    page, (left, right) = figure(1, 2, width=11.6, height=1.5 + 0.37 * (count + 1), gridspec_kw=ratios)
    shown = np.concatenate([samples[:, :EACH].reshape(-1, 64), real])
    sheet = tile_images(shown, EACH, 8)
    left.imshow(sheet, cmap="gray_r", vmin=-1.0, vmax=1.0, interpolation="nearest")
    names = [f"{i + 1}" for i in range(count)] + ["real"]
    left.set_yticks([9.0 * i + 3.5 for i in range(count + 1)], names)
    left.set(xticks=[], ylabel="generator")
    left.set_title(f"{EACH} samples of each", fontsize=10)
    left.spines[:].set_visible(False)
    left.tick_params(length=0)
    shares = class_shares(samples)
    darkest = max(0.3, float(shares.max()))
    right.imshow(shares, cmap="Purples", vmin=0.0, vmax=darkest, aspect="auto")
    for i, row in enumerate(shares):
        for j, share in enumerate(row):
            ink = EXACT if share < 0.6 * darkest else "white"
            right.text(j, i, f"{100.0 * share:.0f}", ha="center", va="center", fontsize=7, color=ink)
    right.set_yticks(range(count), names[:-1])
    right.set_xticks(range(CLASSES))
    right.set(xlabel="digit, as a classifier sees it", ylabel="generator")
    right.set_title(f"percent of {samples.shape[1]} samples", fontsize=10)
    if title:
        page.suptitle(title, fontsize=11)
    return page


def digits_of_a_posterior(steps: int = STEPS, seeds=(0, 1, 2)):
    """Train every one of `WAYS` from each seed, and draw what they came to."""
    return ways_apart({way: [measured_apart(way, seed, steps) for seed in seeds] for way in WAYS})


PANELS = (
    ("frechet_distance", "Fréchet distance of the union", "frechet_distance_of_one_generator"),
    ("precision", "precision of the union", None),
    ("recall", "recall of the union", None),
    ("frechet_distance_between_generators", "distance between generators", "frechet_distance_within_a_generator"),
)


def ways_apart(found: dict[str, list[dict]]):
    """A panel for each of `PANELS`, a line for each way, a mark for each seed."""
    page, axes = figure(1, len(PANELS), width=12.0, height=4.2, sharey=True)
    for panel, (key, name, beside) in zip(axes, PANELS):
        for i, (way, runs) in enumerate(found.items()):
            for what, marker in ((key, "o"), (beside, "x")):
                values = [one[what] for one in runs if what is not None and one[what] is not None]
                panel.plot(values, [i] * len(values), marker, color=COLOURS[way], ms=6, mew=1.5)
        panel.set(xlabel=name, **({"xscale": "log"} if beside else {"xlim": (0.0, 1.0)}))
        if beside:
            panel.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
            panel.set_xticks([], minor=True)
        tidy(panel)
    axes[0].set_yticks(range(len(found)), list(found))
    axes[0].invert_yaxis()
    page.suptitle(
        "what a posterior over generators adds: digits, a mark a seed\n"
        "crosses: of a generator alone (first panel), and of two samples of one generator (last)",
        fontsize=10,
    )
    return page
