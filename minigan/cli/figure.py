"""``minigan figure``: draw a figure that has a name, or list them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def figure(
    name: Annotated[str | None, typer.Argument(help="which; without it, the figures are listed")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="the file; its suffix says how: .png, .pdf or .svg")
    ] = None,
    backend: Annotated[str, typer.Option(help="numpy, cupy, or cupy:N")] = "",
) -> None:
    """Draw a named figure into a file, the same bytes every time; without a name, list the figures."""
    from rich.console import Console

    from ..backend import use
    from ..plots.figures import FIGURES, draw, format_of, known, write

    if backend:
        use(backend)
    console = Console(highlight=False)
    if name is None:
        if out is not None:
            raise ValueError(f"say which figure to draw into {out}: {', '.join(FIGURES)}")
        _list(console, FIGURES)
        return
    known(name)
    if out is None:
        raise ValueError(f"say where to draw: minigan figure {name} -o {name}.png (or .pdf, .svg)")
    format_of(out)
    _writable(out)  # before the drawing, which may train a critic first
    write(draw(name), out)
    console.print(f"{name} in {out}", soft_wrap=True)


def _list(console, figures) -> None:
    from rich.table import Table

    table = Table(title="figures: minigan figure NAME -o FILE", title_justify="left", box=None, pad_edge=False)
    for column in ("name", "what it shows"):
        table.add_column(column, overflow="fold")
    for name, one in figures.items():
        table.add_row(name, one.about)
    console.print(table)


def _writable(path: Path) -> None:
    if path.is_dir():
        raise ValueError(f"{path} is a folder: give the name of a file in it")
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"{path} cannot be written: it needs another place, or permission")
