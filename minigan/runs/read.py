"""What came of a run, read back from its directory."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..backend import use
from ..models import System
from ..random import generator
from ..training import Trained
from ..training.checkpoints import Found
from .directory import RunDirectory, history_of
from .request import Request


class ReadRun(NamedTuple):
    """A run that was read: its directory, what was to be trained, the system, and its newest checkpoint."""

    directory: RunDirectory
    request: Request
    system: System
    found: Found


def read_run(folder) -> ReadRun:
    """Read a run; the process is switched to the run's backend. `ValueError` where there is none, or nothing whole in it.

    >>> read_run("no/such/run")
    Traceback (most recent call last):
    ...
    ValueError: no/such/run: there is no such run
    """
    directory = folder if isinstance(folder, RunDirectory) else RunDirectory(folder)
    request = directory.request()
    use(request.backend)
    system = request.build()
    return ReadRun(directory, request, system, newest_state(directory, system))


def newest_state(directory: RunDirectory, system: System) -> Found:
    """The newest checkpoint that is whole, as `Checkpoints.newest`; `ValueError` where there is none.

    >>> import tempfile
    >>> from minigan.runs import execute, request_for
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     request, system = request_for("gaussian", steps=2)
    ...     outcome = execute(RunDirectory(folder), request, pictures=False)
    ...     newest_state(RunDirectory(folder), system).step
    2
    """
    found = directory.checkpoints.newest(system.learner.init(generator(0)))
    if found is None:
        raise ValueError(f"{directory} has no checkpoint: it was never begun; train there with --overwrite")
    return found


def trained(run: ReadRun) -> Trained:
    """The run as `System.train` would have returned it, up to its newest checkpoint.

    Raises `ValueError` where its metrics are damaged.

    >>> import tempfile
    >>> from minigan.runs import execute, request_for
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     outcome = execute(RunDirectory(folder), request_for("gaussian", steps=2)[0], pictures=False)
    ...     found = trained(read_run(folder))
    >>> found.history == outcome.trained.history, len(found.history["generator_loss"])
    (True, 2)
    """
    end = run.found.about.get("metrics_bytes")
    history, records = history_of(run.directory.rows(end))
    return Trained(run.found.state, history, run.found.rng, records)


def metrics_of(folder) -> dict[str, Any]:
    """The metrics that a run ended with; `ValueError` where it has none yet."""
    directory = RunDirectory(folder)
    if not (directory.folder / "metrics.json").is_file() and directory.exists:
        raise ValueError(f"{directory} has no metrics.json yet: it is still running, or was ended at once; see --resume")
    return directory.read_json("metrics.json")
