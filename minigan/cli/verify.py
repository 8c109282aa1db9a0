"""``minigan verify``: run the claims and print claim, stated, measured, tolerance, verdict."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from pathlib import Path
from typing import Annotated

import typer


def verify(
    names: Annotated[
        list[str] | None,
        typer.Argument(help="claims, sections, headings, or my_file.py with claims of your own; all by default"),
    ] = None,
    quick: Annotated[bool, typer.Option("--quick", help="fewer and shorter trainings")] = False,
    jobs: Annotated[
        int | None,
        typer.Option(
            "--jobs", "-j", help="processes to run claims in; one for each processor, on CuPy one, by default"
        ),
    ] = None,
    backend: Annotated[str, typer.Option(help="numpy, cupy, or cupy:N")] = "",
    eager: Annotated[bool, typer.Option("--eager", help="train without compiling the steps")] = False,
    seed: Annotated[int, typer.Option(help="moves every random choice")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the results to this file")] = None,
    report: Annotated[Path | None, typer.Option(help="write an HTML page to this file")] = None,
) -> None:
    """Run the lecture's claims and compare what they state with what is measured. Exit 1 if any fails."""
    from ..backend import active, use
    from ..claims import Run, as_html, as_json, select

    if backend:
        use(backend)
    if eager:
        os.environ["MINIGAN_EAGER"] = "1"
    for option, path in (("--json", json_file), ("--report", report)):
        if path is not None:
            writable(option, path)  # before the run, not after it
    run, chosen = Run(quick=quick, seed=seed), select(names)
    console = console_of()
    start = time.perf_counter()
    results: list = []
    run_claims(chosen, run, jobs, console, results, told=_told)
    verified = sum(result.verified for result in results)
    checks = sum(len(result.checks) for result in results)
    console.print(
        f"{verified} of {len(results)} claims verified, {checks} checks, {time.perf_counter() - start:.1f} s, "
        f"backend {active().name}"
    )
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(results, run), indent=1) + "\n", encoding="utf-8")
        console.print(f"results in {json_file}")
    if report is not None:
        report.write_text(as_html(as_json(results, run)), encoding="utf-8")
        console.print(f"page in {report}")
    if verified < len(results):
        raise typer.Exit(1)


def console_of():
    """Where tables are printed: as wide as the terminal, or 118 columns where there is none."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=118)


def writable(option: str, path: Path) -> None:
    """`ValueError` where the file cannot be written; its folder is made, the file is left as it is."""
    if path.is_dir():
        raise ValueError(f"{option} {path}: that is a folder, give the name of a file in it")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists()
        with path.open("a"):
            pass
        if new:
            path.unlink()
    except OSError as error:
        raise ValueError(f"{option} {path} cannot be written: {error.strerror or error}") from error


def run_claims(chosen, run, jobs: int | None, console, results: list, told) -> None:
    """Run the claims into ``results``; on a terminal, with a line below for each that is under way.

    ``jobs`` is ``None`` for one on each processor, on CuPy one. ``told(outcome)`` is printed of each in its turn; with
    ``None`` nothing is. Ctrl-C ends it with exit status 130.
    """
    from ..backend import active
    from ..claims.processes import processors

    if jobs is None:
        jobs = processors() if active().library != "cupy" else 1
    if jobs < 1:
        raise ValueError(f"--jobs is at least 1, and was {jobs}")
    try:
        _run(chosen, run, jobs, console, results, told)
    except KeyboardInterrupt:
        print(f"minigan: interrupted, {len(results)} of {len(chosen)} claims told", file=sys.stderr)
        raise typer.Exit(130) from None


def _run(chosen, run, jobs, console, results, told):
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from ..claims import outcomes

    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as live:
        lines = {}

        def progress(claim, outcome):
            if outcome is None:
                lines[claim.id] = live.add_task(claim.id)
            else:
                live.remove_task(lines.pop(claim.id))

        found = outcomes(chosen, run, jobs=jobs, progress=progress)
        if told is not None:
            console.print("[bold]claim[/bold], and what was checked: [bold]stated · measured · tolerance · verdict[/bold]")
        with contextlib.closing(found):
            for result in found:
                results.append(result)
                if told is not None:
                    console.print(told(result))


def _told(result):
    """One claim: a heading line with its verdict, and its checks as aligned columns."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    colour = "green" if result.verified else "red"
    heading = Text.assemble(
        "\n",
        (result.claim.id, "bold"),
        "  ",
        (result.verdict, f"bold {colour}"),
        (f"  {result.seconds:.1f} s", "dim"),
        f"\n{result.claim.statement}",
    )
    table = Table(box=None, show_header=False, pad_edge=False, expand=True, padding=(0, 1, 0, 1))
    table.add_column(ratio=1, overflow="fold", style="dim")
    for width in (16, 16, 8):
        table.add_column(justify="right", no_wrap=True, width=width)
    table.add_column(no_wrap=True, width=5)
    for check in result.checks:
        sign = "" if check.relation == "=" else f"{check.relation} "
        verdict = Text("ok", "green") if check.holds else Text("fails", "bold red")
        row = (f"{sign}{_short(check.stated)}", _short(check.measured), f"{check.tolerance:.2g}")
        table.add_row(Text("  " + check.what), *row, verdict)
    parts = [heading, table] if result.checks else [heading]
    return Group(*parts, Text(result.error, "red")) if result.error else Group(*parts)


def _short(x) -> str:
    return f"{float(x):.10g}"
