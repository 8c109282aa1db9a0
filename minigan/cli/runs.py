"""``minigan sample``, ``rerun`` and ``compare``: what is done with runs that are there."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer


def sample(
    run: Annotated[Path, typer.Argument(help="the run's directory")],
    n: Annotated[int, typer.Option("-n", help="how many")] = 100,
    out: Annotated[Path, typer.Option("--out", "-o", help=".npy, .csv, .png or .txt, as the system allows")] = Path(),
    condition: Annotated[str, typer.Option(help="of a conditional system")] = "",
    seed: Annotated[int, typer.Option(help="of the samples")] = 0,
) -> None:
    """Draw samples of a run into a file."""
    from ..runs import read_run, write_samples

    if out == Path():
        raise ValueError("say where to write the samples: -o samples.npy (or .csv, .png, .txt)")
    found = read_run(run)
    _tell_damage(found.found.damaged)
    written = write_samples(found, n, out, condition=condition or None, seed=seed)
    print(f"{n} samples of {found.system.name}, step {found.found.step}, shape {written.shape}, {written.dtype}, in {out}")


def rerun(
    run: Annotated[Path, typer.Argument(help="the run's directory")],
    out: Annotated[Path | None, typer.Option(help="directory of the second run; runs/NAME-again by default")] = None,
) -> None:
    """Train a run once more and say what differs. Exit 1 if anything does."""
    from ..runs import rerun as again

    found = again(run, out, progress=True, told=lambda sentence: print(f"minigan: {sentence}", file=sys.stderr))
    if not found.differences:
        print(f"the same to the bit: metrics and parameters of {run} and of {found.directory}")
        return
    for sentence in found.differences:
        print(sentence)
    raise typer.Exit(1)


def compare(
    runs: Annotated[list[Path], typer.Argument(help="directories of two runs or more")],
    out: Annotated[Path, typer.Option("--out", "-o", help="the picture of their curves")] = Path("comparison.png"),
) -> None:
    """Put runs beside each other: a table of options and metrics, and one picture of their curves."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ..plots.figures import format_of, write
    from ..runs import compare as compared

    format_of(out)
    found = compared(runs)
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for name in found.columns:
        table.add_column(escape(name), justify="right", overflow="fold")
    for what, *values in found.rows:
        table.add_row(escape(what), *("-" if value is None else escape(str(value)) for value in values))
    console.print(table)
    out.parent.mkdir(parents=True, exist_ok=True)
    write(found.figure, out)
    console.print(escape(f"curves in {out}"), soft_wrap=True)


def _tell_damage(sentences) -> None:
    for sentence in sentences:
        print(f"minigan: {sentence}; the one before it is used", file=sys.stderr)
