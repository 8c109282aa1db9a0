"""``minigan list`` and ``minigan info``: what there is, and what it runs on."""

from __future__ import annotations

import importlib.metadata
import json
import platform
from itertools import groupby
from typing import Annotated

import typer


def everything() -> dict[str, list[dict]]:
    """All that has a name, by kind: plain data, each with its ``name`` and what it is ``about``.

    >>> sorted(everything())
    ['claims', 'divergences', 'figures', 'games', 'methods', 'optimisers', 'systems']
    """
    import inspect

    from .. import optim
    from ..claims import all_claims
    from ..divergences import TABLE
    from ..dynamics import METHODS
    from ..gan import GAMES
    from ..models import SYSTEMS
    from ..plots.figures import FIGURES

    def said(thing):
        return (inspect.getdoc(thing) or "").split("\n")[0]

    claims = all_claims().values()
    order = {one.heading: i for i, one in reversed(list(enumerate(claims)))}  # the lecture's, as far as claims have it
    systems = sorted(SYSTEMS.values(), key=lambda one: order.get(one.heading, len(order)))
    makers = [name for name in optim.__all__ if _returns(getattr(optim, name), "Optimizer")]
    return {
        "systems": [
            {"name": one.name, "about": one.about, "heading": one.heading, "options": list(one.options)} for one in systems
        ],
        "claims": [
            {"name": one.id, "about": one.statement, "heading": one.heading, "section": one.section} for one in claims
        ],
        "figures": [{"name": name, "about": one.about} for name, one in FIGURES.items()],
        "games": [{"name": name, "about": said(make)} for name, make in GAMES.items()],
        "divergences": [{"name": name, "about": row.title} for name, row in TABLE.items()],
        "methods": [{"name": name, "about": said(make)} for name, make in METHODS.items()],
        "optimisers": [{"name": name, "about": said(getattr(optim, name))} for name in makers],
    }


LIBRARIES = ("numpy", "scipy", "matplotlib", "scikit-learn", "safetensors", "rich", "typer")
ACCELERATORS = ("cupy-cuda12x", "cupy-cuda13x")
def _returns(function, name: str) -> bool:
    """Whether a function says that it returns what is called so."""
    return getattr(function, "__annotations__", {}).get("return") == name


HOW = {
    "systems": "minigan train NAME",
    "claims": "minigan verify [NAME, section or heading]",
    "figures": "minigan figure NAME -o FILE",
    "games": "minigan train NAME --game GAME",
    "divergences": "minigan divergence --row NAME, minigan train NAME --divergence NAME",
    "methods": "minigan.gan.fit(..., updates=NAME)",
    "optimisers": "minigan.optim.NAME",
}


def list_everything(
    as_json: Annotated[bool, typer.Option("--json", help="print plain data, for other programs")] = False,
) -> None:
    """List all that has a name: systems by the lecture's heading, claims, figures, games, rows, methods, optimisers."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    found = everything()
    if as_json:
        print(json.dumps(found, indent=1, ensure_ascii=False))
        return
    console = Console(highlight=False)
    for kind, things in found.items():
        console.print(f"\n[bold]{kind}[/bold]: {escape(HOW[kind])}")
        width = 2 + max(len(one["name"]) for one in things)
        for heading, group in groupby(things, lambda one: one.get("heading")):
            if heading:
                console.print(f"[dim]{escape(heading)}[/dim]")
            table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
            table.add_column(no_wrap=True, min_width=width)
            table.add_column(overflow="fold")
            for one in group:
                table.add_row(f"  {escape(one['name'])}", escape(one["about"]))
            console.print(table)


def info() -> None:
    """Print versions, the machine and the backends that can be used here."""
    from ..backend import NAMES, active, get
    from ..version import __version__

    print(f"minigan {__version__}, Python {platform.python_version()}, {platform.platform()}")
    for package in (*LIBRARIES, *ACCELERATORS):
        try:
            print(f"  {package} {importlib.metadata.version(package)}")
        except importlib.metadata.PackageNotFoundError:
            print(f"  {package} not installed")
    print(f"active backend: {active().name}")
    for name in NAMES:
        try:
            get(name)
            print(f"  {name}: available")
        except RuntimeError as error:
            print(f"  {name}: {error}")
