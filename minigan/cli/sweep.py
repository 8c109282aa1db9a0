"""``minigan sweep``: one system over a grid of options and several seeds."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from ..options import Option
from .words import first_word, helped, parsed, valued

COMMON = {
    option.name: option
    for option in (
        Option("grid", str, help="option=value,value; several times for several options"),
        Option("seeds", str, "0", help="0..7 or 0,3,5"),
        Option("out", str, help="the sweep's directory"),
        Option("steps", int, help="of every run; the system's own number by default"),
        Option("data", str, help="rows or images of your own"),
        Option("shape", str, help="of --data: rows are pixels of images, 28x28 or 32x32x3"),
        Option("jobs", int, help="processes on this machine; all cores by default"),
        Option("scheduler", str, help="a Dask cluster's, tcp://HOST:8786, instead of processes here"),
        Option("backend", str, help="numpy, cupy, or cupy:N"),
        Option("eager", bool, False, help="run the training steps as they are, not compiled"),
        Option("help", bool, False, help="show what NAME takes"),
    )
}
USAGE = "minigan sweep NAME --grid option=value,value --seeds 0..7 --out DIR [its options]"


def sweep(context: typer.Context) -> None:
    """Train a system for every combination of options and seeds, each cell a run; then one table and one picture."""
    from ..backend import use
    from ..models import find_system
    from ..runs.sweep import cells_of, parsed_grid, parsed_seeds
    from .train import is_system, own_options

    words = list(context.args)
    name = first_word(words, COMMON, is_system)
    registered = None if name is None else find_system(name)
    if "--help" in words:
        own = {} if registered is None else {f"Options of {registered.name}": registered.options}
        helped("Train a system over a grid of options and several seeds.", USAGE, {"Options": COMMON, **own})
        return
    own = own_options(registered)
    typed = parsed(words, {**COMMON, **own}, "minigan sweep", repeated=("grid",))
    common = valued({**typed.values, "grid": None}, COMMON)
    if common["out"] is None:
        raise ValueError("say where the sweep's runs are to be: --out DIR")
    if common["backend"]:
        use(common["backend"])
    if common["jobs"] is not None and common["jobs"] < 1:
        raise ValueError(f"--jobs is how many processes, one at least, and is {common['jobs']}")
    grid, seeds = parsed_grid(typed.values.get("grid")), parsed_seeds(common["seeds"])
    options = {key: value for key, value in typed.values.items() if key in own}
    both = [key for key in options if key in grid]
    if both:
        raise ValueError(f"--{both[0].replace('_', '-')} is given and in the grid: one of the two")
    how = {key: common[key] for key in ("steps", "data", "shape", "eager")}
    out = Path(common["out"])
    out.mkdir(parents=True, exist_ok=True)
    cells = cells_of(name, grid, seeds, out, options=options, **how)
    run_all(cells, out, list(grid), common["jobs"], common["scheduler"])


def run_all(cells, out: Path, settings, jobs, scheduler) -> None:
    """Run the cells, telling of each, and write the table and the picture."""
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn

    from ..plots.several_runs import distributions
    from ..runs.sweep import metrics_to_draw, sweep, table_of, write_table

    console = Console(highlight=False)
    done = sum(cell.done for cell in cells)
    skipped = f", {done} of them done already" if done else ""
    console.print(f"{len(cells)} cells{skipped}; {escape(scheduler or 'processes on this machine')}")
    columns = (MofNCompleteColumn(), BarColumn(bar_width=24), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("cells", total=len(cells), completed=done)

        def told(cell, state):
            progress.console.print(escape(f"{Path(cell.folder).name}: {state}"), soft_wrap=True)
            progress.advance(task)

        states = sweep(cells, jobs=jobs, scheduler=scheduler, told=told)
    rows = table_of(cells, states)
    write_table(rows, out / "sweep.csv")
    distributions(rows, settings, metrics_to_draw(rows, settings)).savefig(out / "sweep.png")
    console.print(escape(f"sweep.csv and sweep.png in {out}"), soft_wrap=True)
    bad = [folder for folder, state in states.items() if state not in ("done", "diverged")]
    if bad:
        told = f"{len(bad)} of {len(cells)} cells did not come to an end; the same command goes on"
        print(f"minigan: {told}", file=sys.stderr)
        raise typer.Exit(1)
