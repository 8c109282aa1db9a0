"""The table of remedies from sweeps: many seeds, on all cores, and what is done already is not trained again.

    python -m minigan.runs.remedies remedies.png --seeds 0..4 --folder remedies
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from ..models.remedies import REMEDIES
from ..plots.figures import format_of, write
from ..plots.remedies import BENCHES, costs, table_of_remedies
from .sweep import cells_of, parsed_seeds, sweep, table_of


def swept(seeds: Iterable[int], folder, *, jobs: int | None = None, steps: int | None = None, names=None):
    """Rows by bench, as `minigan.plots.remedies.table_of_remedies` takes them, of sweeps of each in ``folder``.

    Every remedy and the systems as they are by default, or those of ``names``. Raises `ValueError` where a run neither
    came to its end nor diverged.
    """
    rows, seeds, names = {}, list(seeds), [*REMEDIES, None] if names is None else list(names)
    for bench in BENCHES:
        own = Path(folder) / bench
        own.mkdir(parents=True, exist_ok=True)
        cells = cells_of(bench, {"remedy": [name for name in names if name]}, seeds, own, steps=steps)
        if None in names:
            cells += cells_of(bench, {}, seeds, own, steps=steps)
        states = sweep(cells, jobs=jobs)
        if failed := sorted({state for state in states.values() if state.startswith("failed")}):
            raise ValueError(f"{bench}: {failed[0]}")
        rows[bench] = [{"remedy": None, **row} for row in table_of(cells, states)]
    return rows


def main(arguments: list[str] | None = None) -> None:
    """The command above."""
    parser = argparse.ArgumentParser(prog="python -m minigan.runs.remedies", description=__doc__.partition("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=parsed_seeds, default=[0])
    parser.add_argument("--folder", type=Path, default=Path("remedies"))
    parser.add_argument("--jobs", type=int)
    given = parser.parse_args(arguments)
    try:
        format_of(given.out)  # before the trainings
        rows = swept(given.seeds, given.folder, jobs=given.jobs)
        write(table_of_remedies(rows, costs([*REMEDIES, None])), given.out)
    except ValueError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
