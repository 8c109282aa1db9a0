"""``minigan figure``: draw a figure that has a name, or one of a file of one's own, or all of them; or list them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def figure(
    name: Annotated[
        str | None, typer.Argument(help="which, or my_file.py:name of your own; without it, the figures are listed")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="the file; its suffix says how: .png, .pdf or .svg")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="draw every figure, NAME.png in the folder -o")] = False,
    backend: Annotated[str, typer.Option(help="numpy, cupy, or cupy:N")] = "",
) -> None:
    """Draw a named figure into a file, the same bytes every time; without a name, list the figures."""
    from rich.console import Console

    from ..backend import use
    from ..plots.figures import FIGURES, format_of, known, write

    if backend:
        use(backend)
    console = Console(highlight=False)
    if everything:
        for one, path in _files_of_all(name, out, FIGURES).items():
            write(FIGURES[one].draw(), path)
            console.print(f"{one} in {path}", soft_wrap=True)
        return
    if name is None:
        if out is not None:
            raise ValueError(f"say which figure to draw into {out}; 'minigan figure' lists them, --all draws all")
        _list(console, FIGURES)
        return
    chosen = known(name)
    if out is None:
        file = f"{name.rpartition(':')[2].removesuffix('.py')}.png"
        raise ValueError(f"say where to draw: minigan figure {name} -o {file} (or .pdf, .svg)")
    if out.is_dir():
        raise ValueError(f"{out} is a folder: give the name of a file in it, or --all instead of {name}")
    format_of(out)
    _writable(out)  # before the drawing, which may train a critic first
    write(chosen.draw(), out)
    console.print(f"{name} in {out}", soft_wrap=True)


def _files_of_all(name, folder, figures) -> dict[str, Path]:
    if name is not None:
        raise ValueError(f"--all draws every figure: leave {name} away, or --all")
    if folder is None:
        raise ValueError("say in which folder to draw: minigan figure --all -o figures")
    if folder.suffix.lower() in (".png", ".pdf", ".svg") and not folder.is_dir():
        raise ValueError(f"--all draws into a folder, and {folder} is the name of a single picture")
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"--all draws into a folder, and {folder} is a file")
    files = {one: folder / f"{one}.png" for one in figures}
    for path in files.values():
        if path.is_dir():
            raise ValueError(f"{path} is a folder, and a picture is to be written there")
        _writable(path)
    return files


def _list(console, figures) -> None:
    from rich.table import Table

    table = Table(title="figures: minigan figure NAME -o FILE", title_justify="left", box=None, pad_edge=False)
    for column in ("name", "what it shows"):
        table.add_column(column, overflow="fold")
    for name, one in figures.items():
        table.add_row(name, one.about)
    console.print(table)


def _writable(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise ValueError(f"{path} cannot be written: it needs another place, or permission")
