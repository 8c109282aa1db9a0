"""Runs beside each other: a table of what they were told and what came of them, and their curves in one picture."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ..plots.several_runs import curves
from .directory import RunDirectory, history_of
from .read import metrics_of

HIDDEN = ("title", "options", "seconds", "status", "stopped", "steps_asked_for")


class Comparison(NamedTuple):
    """``columns`` are the runs, ``rows`` (what, a value for each run); ``figure`` their curves."""

    columns: list[str]
    rows: list[tuple]
    figure: object


def compare(folders) -> Comparison:
    """Compare the runs in ``folders``, of one system or of several. Raises `ValueError` for one that is no run.

    >>> import tempfile
    >>> from minigan.runs import execute, request_for
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     places = [RunDirectory.new("gaussian", f"{folder}/{lr}") for lr in (0.001, 0.002)]
    ...     for place, lr in zip(places, (0.001, 0.002)):
    ...         outcome = execute(place, request_for("gaussian", {"lr": lr}, steps=2)[0], pictures=False)
    ...     found = compare([place.folder for place in places])
    >>> found.columns, found.rows[0]
    (['0.001', '0.002'], ('--lr', 0.001, 0.002))
    """
    folders = [Path(folder) for folder in folders]
    if len(folders) < 2:
        raise ValueError("a comparison is between two runs or more")
    metrics = [_read(folder) for folder in folders]
    names = _short_names(folders)
    options = list(dict.fromkeys(key for one in metrics for key in one.get("options", {})))
    rows = []
    for key in options:
        values = [one.get("options", {}).get(key) for one in metrics]
        if len({str(value) for value in values}) > 1:
            rows.append((f"--{key.replace('_', '-')}", *values))
    for key in dict.fromkeys(key for one in metrics for key in one):
        values = [one.get(key) for one in metrics]
        if key not in HIDDEN and all(value is None or isinstance(value, str | int | float) for value in values):
            rows.append((key.replace("_", " "), *values))
    return Comparison(names, rows, curves([history_of(RunDirectory(folder).rows())[0] for folder in folders], names))


def _read(folder: Path) -> dict:
    """The metrics of a run that ended, and of one that did not its last losses."""
    directory = RunDirectory(folder)
    if (directory.folder / "metrics.json").is_file() or not directory.exists:
        return metrics_of(folder)
    request, rows = directory.request(), directory.rows()
    last = {key: value for key, value in (rows[-1] if rows else {}).items() if key not in ("step", "watched")}
    return {"system": request.system, "options": request.options, "seed": request.seed, "steps": len(rows), **last}


def _short_names(folders) -> list[str]:
    """The last parts of the paths, as many as tell them apart."""
    for depth in range(1, 1 + max(len(folder.parts) for folder in folders)):
        names = [str(Path(*folder.parts[-depth:])) for folder in folders]
        if len(set(names)) == len(names):
            return names
    return [f"{folder} ({i})" for i, folder in enumerate(folders, 1)]
