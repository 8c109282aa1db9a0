"""``minigan lecture``: every statement of the lecture in its order, with the verdict of the claims that check it."""

from __future__ import annotations

import json
from itertools import groupby
from pathlib import Path
from typing import Annotated

import typer

from .verify import console_of, run_claims, writable

COLOURS = {"verified": "green", "refuted": "bold red", "error": "bold red"}


def lecture(
    headings: Annotated[list[str] | None, typer.Argument(help="the lecture's headings; all by default")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="fewer and shorter trainings")] = False,
    only_list: Annotated[bool, typer.Option("--list", help="statements and claims alone, without running any")] = False,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", help="processes to run claims in; one for each processor by default")
    ] = None,
    seed: Annotated[int, typer.Option(help="moves every random choice")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="write statements and verdicts to this file")] = None,
) -> None:
    """Go through the lecture: each statement, the claims that check it, and their verdict. Exit 1 if one is refuted."""
    from ..claims import Run
    from ..claims.lecture import claims_of, statements, verdict

    chosen = statements(headings or ())
    if json_file is not None:
        writable("--json", json_file)
    console = console_of()
    verdicts: dict[str, str] = {}
    if not only_list:
        results: list = []
        run_claims(claims_of(chosen), Run(quick=quick, seed=seed), jobs, console, results, told=None)
        verdicts = {result.claim.id: result.verdict for result in results}
    found = [(one, verdict(one, verdicts)) for one in chosen]
    _print(found, console, only_list)
    if json_file is not None:
        rows = [{**one._asdict(), "claims": list(one.claims), "verdict": said} for one, said in found]
        json_file.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    if any(said in ("refuted", "error") for _, said in found):
        raise typer.Exit(1)


def _print(found, console, only_list: bool) -> None:
    from rich.table import Table
    from rich.text import Text

    for heading, group in groupby(found, key=lambda pair: pair[0].heading):
        console.print(Text(f"\n{heading}", "bold"))
        table = Table(box=None, show_header=False, pad_edge=False, expand=True, padding=(0, 1, 0, 2))
        table.add_column(ratio=3, overflow="fold")
        table.add_column(ratio=2, overflow="fold", style="dim")
        table.add_column(no_wrap=True, width=22)
        for one, said in group:
            said = "" if only_list and said == "not run" else said
            table.add_row(one.words, ", ".join(one.claims), Text(said, COLOURS.get(said, "dim")))
        console.print(table)
    checkable = [said for one, said in found if one.checkable]
    without = sum(said == "nothing checks it yet" for said in checkable)
    opinions = len(found) - len(checkable)
    verified = "" if only_list else f"{checkable.count('verified')} verified, "
    console.print(
        f"\n{len(found)} statements: {len(checkable)} checkable, {verified}{without} that nothing checks yet; "
        f"{opinions} opinions or pictures"
    )
