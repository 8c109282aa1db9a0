"""Which remedy against mode collapse to use: every one on three benches, as a table.

`minigan.runs.remedies` trains more seeds, on all cores, and goes on where it stopped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from ..compiler import compile
from ..models import find_system
from ..models.remedies import REMEDIES, Remedy
from ..random import generator
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure

COLUMNS = (1.27, 1.55, 1.83, 2.11)  # of words beside the bars, in lengths of a full one
PERFECT = "a perfect generator"
DEFAULT = Remedy(
    "what `minigan train` does without --remedy",
    "ring: five steps of a small D; others: R1, R2, large first weights",
)


class Bench(NamedTuple):
    """A system that collapses without a remedy: what is counted on it, of how many, and what else is shown.

    ``perfect`` names what a row says of a perfect generator's samples: how many, their KL, their quality.
    """

    title: str
    counted: str
    of: int
    quality: str
    quality_title: str
    perfect: tuple[str, str, str] = ("modes", "mode_kl_expected", "high_quality_ceiling")


BENCHES = {
    "ring": Bench("ring, 8 modes", "modes_covered", 8, "high_quality_share", "within\n3 sd"),
    "grid": Bench("grid, 25 modes", "modes_covered", 25, "high_quality_share", "within\n3 sd"),
    "stacked_digits": Bench(
        "stacked digits, 1,000 modes",
        "modes_covered",
        1000,
        "clear_share",
        "all three\nclear",
        ("modes_covered_by_real_stacks", "mode_kl_of_real_stacks", "clear_share_of_real_stacks"),
    ),
}


def remedies(seeds: Iterable[int] = (0,), steps: int | None = None, names: Iterable[str] | None = None):
    """Train every remedy (or those of ``names``) on every bench from these seeds, and draw `table_of_remedies`.

    ``None`` is a name, too, of the systems as they are by default. ``steps`` shortens all runs, for a look at the page.
    """
    names = [*REMEDIES, None] if names is None else list(names)
    rows: dict[str, list[dict]] = {bench: [] for bench in BENCHES}
    for bench, found in rows.items():
        for name in names:
            for seed in seeds:
                system = find_system(bench)(remedy=name)
                found.append({"remedy": name, "seed": seed, **system.measured(system.train(steps, seed))})
    return table_of_remedies(rows, costs(names, 20 if steps is None else steps))


def costs(names: Iterable[str | None], steps: int = 20, rounds: int = 5) -> dict[str, dict[str | None, float]]:
    """By bench and remedy, how many times as long all compiled steps of a run take as the plain GAN's, timed in turns.

    Of each the fastest of ``rounds`` rounds of ``steps`` steps counts, and what is run once before, to compile, does not.
    """
    found = {}
    for bench in BENCHES:
        systems = {name: find_system(bench)(remedy=name) for name in dict.fromkeys(["plain", *names])}
        runs = {name: _steps_of(system) for name, system in systems.items()}
        fastest = dict.fromkeys(runs, math.inf)
        for _ in range(rounds):
            for name, run in runs.items():
                start = time.perf_counter()
                for _ in range(steps):
                    next(run)
                fastest[name] = min(fastest[name], time.perf_counter() - start)
        whole = {name: systems[name].steps * seconds for name, seconds in fastest.items()}
        found[bench] = {name: seconds / whole["plain"] for name, seconds in whole.items()}
    return found


def _steps_of(system):
    """Training for ever, a step at a time; the first is done."""

    def stepping():
        learner, rng = system.learner, generator(0)
        step, state = compile(learner.step, donate=0), learner.init(rng)
        while True:
            state, _ = step(state, learner.draw(rng, state))
            yield

    steps = stepping()
    next(steps)
    return steps


def table_of_remedies(rows: dict[str, list[dict]], costs: dict[str, dict[str, float]]):
    """A line for each remedy: what it changes, what is proven of it, and on each bench the modes of every seed.

    ``rows`` are dicts by bench: ``remedy`` (``None`` for the system as it is by default), ``seed``, and metrics, unless
    the run diverged. A dot is a seed, the bar their mean; beside it the KL of the modes' shares from even ones, the share
    of samples of high quality, and of `costs` what a run takes. The last line is a perfect generator's, at the same
    number of samples.
    """
    names = [name for name in (*REMEDIES, None) if any(row["remedy"] == name for row in rows["ring"])]
    page, axes = figure(
        1,
        1 + len(BENCHES),
        width=17.0,
        height=0.44 * len(names) + 2.1,
        gridspec_kw={"width_ratios": (3.4, *[1.75] * len(BENCHES))},
    )
    _words(axes[0], names)
    for panel, (bench, what) in zip(axes[1:], BENCHES.items()):
        _counts(panel, names, rows[bench], what, costs[bench])
    seeds = len({row["seed"] for row in rows["ring"]})
    page.suptitle(
        f"one remedy at a time, on a GAN that collapses without it; {seeds} seed{'s' if seeds > 1 else ''} each",
        fontsize=12,
    )
    return page


def _words(axes, names) -> None:
    axes.set_xlim(0.0, 1.0)
    axes.set_ylim(len(names) + 0.5, -0.5)
    axes.axis("off")
    for title, at in (("remedy", 0.0), ("what theory promises", 0.5)):
        axes.annotate(title, (at, -0.6), va="bottom", fontsize=9, color="#555555", annotation_clip=False)
    for i, name in enumerate(names):
        remedy, colour = (REMEDIES[name], EXACT) if name else (DEFAULT, DISCRIMINATOR)
        axes.annotate(name or "none: the default", (0.0, i - 0.16), va="center", fontsize=10, color=colour)
        axes.annotate(remedy.about, (0.0, i + 0.22), va="center", fontsize=7.5, color="#777777")
        axes.annotate(remedy.promise, (0.5, i), va="center", fontsize=8, color=EXACT)
    axes.annotate(PERFECT, (0.0, len(names)), va="center", fontsize=10, color=REAL)


def _counts(axes, names, rows, what: Bench, costs) -> None:
    for i, name in enumerate(names):
        colour = FAKE if name else DISCRIMINATOR
        own = [row for row in rows if row["remedy"] == name and what.counted in row]
        if not own:
            axes.annotate("did not end", (0.02 * what.of, i), va="center", fontsize=8, color="#b03a2e")
            continue
        counted, kl, quality = (_of(own, key) for key in (what.counted, "mode_kl", what.quality))
        _line(axes, i, colour, what, counted, (*_told(counted, kl, quality), f"{costs[name]:.1f}x"))
        axes.plot(counted, np.full(len(counted), i), "o", color=colour, ms=3.5, alpha=0.8)
    if ended := [row for row in rows if what.counted in row]:
        counted, kl, quality = (_of(ended, key) for key in what.perfect)
        _line(axes, len(names), REAL, what, counted, _told(counted, kl, quality))
    for at, word in zip(COLUMNS, ("mean", "KL", what.quality_title, "cost")):
        axes.annotate(
            word, (at * what.of, -0.6), ha="right", va="bottom", fontsize=7.5, color="#555555", annotation_clip=False
        )
    axes.set_ylim(len(names) + 0.5, -0.5)
    axes.set_xlim(0.0, 2.15 * what.of)
    axes.spines["bottom"].set_bounds(0.0, what.of)
    axes.set_xticks([0, what.of // 2, what.of])
    axes.set_yticks([])
    axes.set_xlabel(what.title, fontsize=9)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _of(rows, key) -> np.ndarray:
    return np.array([row[key] for row in rows], dtype=float)


def _told(counted, kl, quality) -> tuple[str, str, str]:
    counted, kl, quality = counted.mean(), kl.mean(), quality.mean()
    return f"{counted:.{0 if counted >= 100 else 1}f}", f"{kl:.{2 if kl >= 0.1 else 3}f}", f"{quality:.2f}"


def _line(axes, i, colour, what: Bench, counted, words) -> None:
    axes.barh(i, counted.mean(), height=0.62, color=colour, alpha=0.25)
    for at, word in zip(COLUMNS, words):
        axes.annotate(word, (at * what.of, i), ha="right", va="center", fontsize=8, annotation_clip=False)
