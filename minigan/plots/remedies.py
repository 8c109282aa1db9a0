"""Which remedy against mode collapse to use: every one on three benches, as a table.

`minigan.runs.remedies` trains more seeds, on all cores, and goes on where it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..models import find_system
from ..models.remedies import REMEDIES
from .style import EXACT, FAKE, figure

COLUMNS = (1.28, 1.62, 1.88)  # of words beside the bars, in lengths of a full one


class Bench(NamedTuple):
    """A system that collapses without a remedy, what is counted on it, of how many, and what else is shown."""

    title: str
    counted: str
    of: int
    quality: str
    quality_title: str


BENCHES = {
    "ring": Bench("ring, 8 modes", "modes_covered", 8, "high_quality_share", "within\n3 sd"),
    "grid": Bench("grid, 25 modes", "modes_covered", 25, "high_quality_share", "within\n3 sd"),
    "stacked_digits": Bench("stacked digits, 1,000 modes", "modes_covered", 1000, "clear_share", "all three\nclear"),
}


def remedies(seeds: Iterable[int] = (0,), steps: int | None = None, names: Iterable[str] | None = None):
    """Train every remedy (or those of ``names``) on every bench from these seeds, and draw `table_of_remedies`.

    ``steps`` shortens all runs, for a look at the page.
    """
    rows: dict[str, list[dict]] = {bench: [] for bench in BENCHES}
    for bench, found in rows.items():
        for name in REMEDIES if names is None else names:
            for seed in seeds:
                system, start = find_system(bench)(remedy=name), time.perf_counter()
                trained = system.train(steps, seed)
                seconds = time.perf_counter() - start
                found.append({"remedy": name, "seed": seed, "seconds": seconds, **system.measured(trained)})
    return table_of_remedies(rows)


def table_of_remedies(rows: dict[str, list[dict]]):
    """A line for each remedy: what it changes, what is proven of it, and on each bench the modes of every seed.

    ``rows`` are dicts by bench: ``remedy``, ``seed``, ``seconds``, and metrics, unless the run diverged. A dot is a seed,
    the bar their mean; beside it the share of samples of high quality, and seconds over those of the plain GAN.
    """
    names = [name for name in REMEDIES if any(row["remedy"] == name for row in rows["ring"])]
    page, axes = figure(
        1,
        1 + len(BENCHES),
        width=16.0,
        height=0.44 * len(names) + 1.7,
        gridspec_kw={"width_ratios": (3.5, *[1.6] * len(BENCHES))},
    )
    _words(axes[0], names)
    for panel, (bench, what) in zip(axes[1:], BENCHES.items()):
        _counts(panel, names, rows[bench], what)
    seeds = len({row["seed"] for row in rows["ring"]})
    page.suptitle(
        f"one remedy at a time, on a GAN that collapses without it; {seeds} seed{'s' if seeds > 1 else ''} each",
        fontsize=12,
    )
    return page


def _words(axes, names) -> None:
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.axis("off")
    for title, at in (("remedy", 0.0), ("what theory promises", 0.47)):
        axes.annotate(title, (at, -0.6), va="bottom", fontsize=9, color="#555555", annotation_clip=False)
    for i, name in enumerate(names):
        remedy = REMEDIES[name]
        axes.annotate(name, (0.0, i - 0.16), va="center", fontsize=10, color=EXACT)
        axes.annotate(remedy.about, (0.0, i + 0.22), va="center", fontsize=7.5, color="#777777")
        axes.annotate(remedy.promise, (0.47, i), va="center", fontsize=8, color=EXACT)


def _counts(axes, names, rows, what: Bench) -> None:
    plain = np.mean([row["seconds"] for row in rows if row["remedy"] == "plain"] or [np.nan])
    for i, name in enumerate(names):
        own = [row for row in rows if row["remedy"] == name and what.counted in row]
        if not own:
            axes.annotate("did not end", (0.02 * what.of, i), va="center", fontsize=8, color="#b03a2e")
            continue
        counted = np.array([row[what.counted] for row in own], dtype=float)
        axes.barh(i, counted.mean(), height=0.62, color=FAKE, alpha=0.25)
        axes.plot(counted, np.full(len(counted), i), "o", color=FAKE, ms=3.5, alpha=0.8)
        quality = np.mean([row[what.quality] for row in own])
        cost = np.mean([row["seconds"] for row in own]) / plain
        words = f"{counted.mean():.4g}", f"{quality:.2f}", f"{cost:.1f}x" if np.isfinite(cost) else ""
        for at, word in zip(COLUMNS, words):
            axes.annotate(word, (at * what.of, i), ha="right", va="center", fontsize=8, annotation_clip=False)
    for at, word in zip(COLUMNS, ("mean", what.quality_title, "cost")):
        axes.annotate(
            word, (at * what.of, -0.6), ha="right", va="bottom", fontsize=7.5, color="#555555", annotation_clip=False
        )
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlim(0.0, 1.9 * what.of)
    axes.spines["bottom"].set_bounds(0.0, what.of)
    axes.set_xticks([0, what.of // 2, what.of])
    axes.set_yticks([])
    axes.set_xlabel(what.title, fontsize=9)
    axes.spines[["top", "right", "left"]].set_visible(False)
