"""``minigan verify``: run the claims and print claim, stated, measured, tolerance, verdict."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Annotated

import typer


def verify(
    ids: Annotated[list[str] | None, typer.Argument(help="claims or sections; all by default")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="fewer and shorter trainings")] = False,
    backend: Annotated[str, typer.Option(help="numpy, cupy, or cupy:N")] = "",
    eager: Annotated[bool, typer.Option("--eager", help="train without compiling the steps")] = False,
    seed: Annotated[int, typer.Option(help="moves every random choice")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the results to this file")] = None,
    report: Annotated[Path | None, typer.Option(help="write an HTML page to this file")] = None,
) -> None:
    """Run the lecture's claims and compare what they state with what is measured. Exit 1 if any fails."""
    from rich.console import Console

    from ..backend import use
    from ..claims import Run, as_json, outcomes, select

    if backend:
        use(backend)
    if eager:
        os.environ["MINIGAN_EAGER"] = "1"
    run, chosen = Run(quick=quick, seed=seed), select(ids)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=118)
    console.print("[bold]claim[/bold], and what was checked: [bold]stated · measured · tolerance · verdict[/bold]")
    results, start = [], time.perf_counter()
    pending = iter(outcomes(chosen, run))
    for one in chosen:
        with console.status(one.id):
            result = next(pending)
        results.append(result)
        console.print(_told(result))
    verified = sum(result.verified for result in results)
    checks = sum(len(result.checks) for result in results)
    console.print(
        f"{verified} of {len(results)} claims verified, {checks} checks, {time.perf_counter() - start:.1f} s, "
        f"backend {as_json([], run)['backend']}"
    )
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        json_file.write_text(json.dumps(as_json(results, run), indent=1) + "\n")
        console.print(f"results in {json_file}")
    if report is not None:
        report.parent.mkdir(parents=True, exist_ok=True)
        report.write_text(_page(as_json(results, run)))
        console.print(f"page in {report}")
    if verified < len(results):
        raise typer.Exit(1)


def _told(result):
    """One claim: a heading line with its verdict, and its checks as aligned columns."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    colour = "green" if result.verified else "red"
    heading = Text.assemble(
        "\n", (result.claim.id, "bold"), "  ", (result.verdict, f"bold {colour}"), f"\n{result.claim.statement}"
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


def _page(results: dict) -> str:
    """The results as one self-contained HTML page."""
    from html import escape

    rows = []
    for one in results["claims"]:
        rows.append(
            f'<tr class="claim"><td colspan="4"><b>{escape(one["id"])}</b> {escape(one["statement"])}'
            f'<br><code>{escape(one["latex"])}</code></td><td class="{one["verdict"]}">{one["verdict"]}</td></tr>'
        )
        for check in one["checks"]:
            sign = "" if check["relation"] == "=" else escape(check["relation"]) + " "
            numbers = "".join(
                f"<td>{sign if i == 0 else ''}{check[k]}</td>"
                for i, k in enumerate(("stated", "measured", "tolerance"))
            )
            verdict = "ok" if check["holds"] else "fails"
            rows.append(f'<tr><td>{escape(check["what"])}</td>{numbers}<td class="{verdict}">{verdict}</td></tr>')
        if one["error"]:
            rows.append(f'<tr><td colspan="5" class="fails">{escape(one["error"])}</td></tr>')
    style = (
        "body{font:15px/1.45 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
        "table{border-collapse:collapse;width:100%}td,th{padding:.25em .6em;text-align:left;vertical-align:top;"
        "font-variant-numeric:tabular-nums}.claim td{border-top:1px solid #999;padding-top:.7em}"
        ".verified,.ok{color:#187a3c}.refuted,.error,.fails{color:#b3261e}"
    )
    heading = f"minigan {results['minigan']}, backend {results['backend']}, seed {results['seed']}"
    head = "".join(f"<th>{name}</th>" for name in ("claim", "stated", "measured", "tolerance", "verdict"))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>minigan verify</title><style>{style}</style>'
        f"<h1>The lecture's claims, checked</h1><p>{escape(heading)}</p>"
        f"<table><tr>{head}</tr>{''.join(rows)}</table></html>\n"
    )
