"""Which remedy against mode collapse to use: every one on three benches, from sweeps over seeds, as a table.

    python -m minigan.plots.remedies remedies.png --seeds 0..4 --folder remedies

trains what the folder does not hold yet (`minigan sweep` of each bench over ``remedy``) and draws the table.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from ..models.remedies import REMEDIES
from ..runs.sweep import cells_of, parsed_seeds, sweep, table_of
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


def remedies(seeds: Iterable[int] = (0,), folder=None, jobs: int | None = None, steps: int | None = None, names=None):
    """Train every remedy (or those of ``names``) on every bench from these seeds, and draw `table_of_remedies`.

    Cells of ``folder`` that are done are not trained again; without one a temporary folder is used. ``steps`` shortens
    all runs, for a look at the page.
    """
    with tempfile.TemporaryDirectory() as passing:
        rows = {}
        for bench in BENCHES:
            grid = {"remedy": list(REMEDIES if names is None else names)}
            cells = cells_of(bench, grid, list(seeds), Path(folder or passing) / bench, steps=steps)
            Path(folder or passing, bench).mkdir(parents=True, exist_ok=True)
            states = sweep(cells, jobs=jobs)
            if failed := sorted({state for state in states.values() if state.startswith("failed")}):
                raise ValueError(f"{bench}: {failed[0]}")
            rows[bench] = table_of(cells, states)
        return table_of_remedies(rows)


def table_of_remedies(rows: dict[str, list[dict]]):
    """A line for each remedy: what it changes, what is proven of it, and on each bench the modes of every seed.

    ``rows`` are those of `minigan.runs.sweep.table_of` by bench. A dot is a seed, the bar their mean; beside it the
    share of samples of high quality, and the seconds of a run over those of the plain GAN in the same sweep.
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


def main(arguments: list[str] | None = None) -> None:
    """The command above."""
    from .figures import format_of, write

    parser = argparse.ArgumentParser(prog="python -m minigan.plots.remedies", description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=parsed_seeds, default=[0])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--jobs", type=int)
    given = parser.parse_args(arguments)
    try:
        format_of(given.out)  # before the trainings
        write(remedies(given.seeds, given.folder, given.jobs), given.out)
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
