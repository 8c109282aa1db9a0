"""``minigan list`` and ``minigan info``: what there is, and what it runs on."""

from __future__ import annotations

import importlib.metadata
import platform


def list_everything() -> None:
    """List the models that can be trained and the claims that can be verified."""
    from rich.console import Console
    from rich.table import Table

    from ..claims import all_claims
    from ..models import AUTOENCODERS, RECIPES

    console = Console()
    models = Table(title="models: minigan train NAME", title_justify="left", box=None, pad_edge=False)
    for column in ("name", "what it learns", "lecture's heading"):
        models.add_column(column)
    for name, build in {**RECIPES, **AUTOENCODERS}.items():
        recipe = build()
        models.add_row(name, recipe.title, recipe.heading)
    console.print(models, "")
    claims = Table(title="claims: minigan verify [ID or SECTION]", title_justify="left", box=None, pad_edge=False)
    for column in ("id", "section", "statement"):
        claims.add_column(column, overflow="fold")
    for one in all_claims().values():
        claims.add_row(one.id, one.section, one.statement)
    console.print(claims)


def info() -> None:
    """Print versions, the machine and the backends that can be used here."""
    from ..backend import NAMES, active, get
    from ..version import __version__

    print(f"minigan {__version__}, Python {platform.python_version()}, {platform.platform()}")
    for package in ("numpy", "scipy", "matplotlib", "scikit-learn", "rich", "typer", "cupy-cuda12x", "cupy-cuda13x"):
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
