"""The same run once more, and what differs: metrics to the bit, and the parameters that they end with."""

from __future__ import annotations

from typing import NamedTuple

from .directory import RunDirectory
from .execute import execute
from .request import versions

MAY_DIFFER = ("seconds", "status", "stopped", "steps_asked_for")  # of two runs, the one cut short


class Rerun(NamedTuple):
    """Where the second run is, and sentences on what differs from the first; none where it is the same to the bit."""

    directory: RunDirectory
    differences: list[str]


def rerun(folder, out=None, *, progress: bool = False, told=lambda sentence: None) -> Rerun:
    """Train what the run in ``folder`` was, as far as it came, in a directory of its own, and compare the two.

    Raises `ValueError` where there is no run or its data is another by now.

    >>> import tempfile
    >>> from minigan.runs import request_for
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     first = RunDirectory.new("gaussian", f"{folder}/one")
    ...     outcome = execute(first, request_for("gaussian", seed=7, steps=2)[0], pictures=False)
    ...     again = rerun(first.folder, f"{folder}/two")
    ...     again.differences, len(again.directory.rows())
    ([], 2)
    """
    first = RunDirectory(folder)
    request = first.request()
    done = first.checkpoints.steps()
    if not done:
        raise ValueError(f"{first} has no checkpoint: there is nothing to compare with")
    second = RunDirectory.new(f"{first.folder.name}-again", out)
    execute(second, request if done[-1] == request.steps else _shortened(request, done[-1]), progress=progress, told=told)
    return Rerun(second, differences(first, second))


def _shortened(request, steps):
    from .request import with_goal

    return with_goal(request, max(1, steps))


def differences(first: RunDirectory, second: RunDirectory) -> list[str]:
    """Sentences on what differs between two runs of one request."""
    told = []
    rows, other = first.rows(), second.rows()
    for one, two in zip(rows, other):
        if one != two:
            keys = [key for key in one if one[key] != two.get(key)]
            values = ", ".join(f"{key} {one[key]} and {two.get(key)}" for key in keys)
            told.append(f"metrics.jsonl from step {one['step']} on: {values}")
            break
    if len(rows) != len(other):
        told.append(f"metrics.jsonl: {len(rows)} steps and {len(other)}")
    if (first.folder / "metrics.json").is_file():
        one, two = first.read_json("metrics.json"), second.read_json("metrics.json")
        for key in one:
            if key not in MAY_DIFFER and one[key] != two.get(key):
                told.append(f"metrics.json: {key} {one[key]} and {two.get(key)}")
    told += _arrays(first, second)
    if told:
        known = first.read_json("run.json").get("versions", {})
        for package, version in versions().items():
            if known.get(package) != version:
                told.append(f"{package} was {known.get(package)}, and is {version} here")
    return told


def _arrays(first: RunDirectory, second: RunDirectory) -> list[str]:
    """Arrays of the newest checkpoints whose checksums differ, by name."""
    from ..training.tensors import File

    files = [File(run.checkpoints.path(run.checkpoints.steps()[-1])) for run in (first, second)]
    one, two = (file.words["checksums"] for file in files)
    other = [name for name in one if one[name] != two.get(name)]
    if not other:
        return []
    shown = ", ".join(other[:3]) + (f" and {len(other) - 3} more" if len(other) > 3 else "")
    return [f"the last checkpoint: {shown}"]
