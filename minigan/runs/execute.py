"""Train a run in its directory, from the start or from its newest checkpoint, so that whatever ends it loses little."""

from __future__ import annotations

import contextlib
import signal
import time
from collections.abc import Callable
from typing import NamedTuple

from ..autodiff import tree_leaves
from ..backend import active, dtype_name, use
from ..models import System
from ..random import generator
from ..training import Checkpoints, Diverged, Trained, asked_to_stop
from .directory import RunDirectory, history_of
from .read import newest_state
from .request import Request

RECENT = 200  # steps over which the last losses are averaged


class Outcome(NamedTuple):
    """What a run came to: ``status`` is "done", "interrupted", "diverged" or "failed".

    ``stopped`` is a sentence on why it did not reach its end, ``signal`` the number of the one that asked it to.

    >>> import tempfile
    >>> from minigan.runs import request_for
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     outcome = execute(RunDirectory(folder), request_for("gaussian", steps=2)[0], pictures=False)
    >>> outcome.status, outcome.metrics["steps"], outcome.stopped
    ('done', 2, None)
    """

    status: str
    metrics: dict
    stopped: str | None
    signal: int | None
    trained: Trained


def execute(
    directory: RunDirectory,
    request: Request,
    system: System | None = None,
    *,
    resume: bool = False,
    progress: bool = False,
    checkpoint_every: int = 1000,
    checkpoint_seconds: float = 30.0,
    wait: float = 0.0,
    pictures: bool = True,
    told: Callable[[str], None] = lambda sentence: None,
) -> Outcome:
    """Train what ``request`` says in ``directory``; with ``resume`` go on from the newest checkpoint that is whole.

    A checkpoint is written before the first step, so that what cannot be written is found at once, then every so many
    steps and seconds, and at the end. SIGINT, SIGTERM and SIGHUP end training with the step at hand. ``told`` hears of
    what is remarkable, a damaged checkpoint say. Raises `Locked` where another process is at work there for longer than
    ``wait`` seconds, and `OSError` where writing fails; the last checkpoint is then intact.

    >>> import tempfile
    >>> from minigan.runs import request_for
    >>> from minigan.runs.request import with_goal
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     request, _ = request_for("gaussian", steps=2)
    ...     outcome = execute(RunDirectory(folder), request, pictures=False)
    ...     outcome = execute(RunDirectory(folder), with_goal(request, 3), resume=True, pictures=False)
    >>> [len(losses) for losses in outcome.trained.history.values()]
    [3, 3]
    """
    use(request.backend)
    system = request.build() if system is None else system
    with directory.lock(wait), asked_to_stop() as asked, contextlib.ExitStack() as open_files:
        for half in directory.folder.rglob("*.part"):  # of a write that was killed
            half.unlink(missing_ok=True)
        begun = _resumed(directory, system, told) if resume else _begun(directory, request, system)
        state, history, records, rng, end = begun
        done = max(map(len, history.values()), default=0)
        checkpoints = Checkpoints(directory.folder / "checkpoints", every=checkpoint_every, seconds=checkpoint_seconds)
        checkpoints.last_step = done
        rows = directory.append_rows(end)
        open_files.callback(rows.close)

        def keep(step, state, rng):
            checkpoints.save(step, state, rng, {"metrics_bytes": rows.sync()})

        def good(step, state, rng):
            if checkpoints.due(step):
                keep(step, state, rng)

        if not resume:
            keep(0, state, rng)
        stopped, status, start = None, "done", time.perf_counter()
        try:
            found = system.train(
                max(0, request.steps - done),
                rng,
                state=state,
                history=history,
                records=records,
                callbacks=[lambda *_: bool(asked)],
                due=checkpoints.due,
                on_row=rows.write,
                on_good=good,
                progress=progress,
                compiled=False if request.eager else None,
                threads=request.threads,
            )
        except Diverged as error:
            status, stopped = "diverged", str(error)
            done = max(map(len, error.history.values()), default=0)
            watched = history_of(directory.rows())[1]
            found = Trained(error.state, error.history, rng, watched)
        done = max(map(len, found.history.values()), default=0)
        keep(done, found.state, found.rng)
        if asked and done < request.steps:
            status = "interrupted"
            stopped = f"{signal.Signals(asked[0]).name} after step {done} of {request.steps}; {how_to_go_on(directory)}"
        metrics = _metrics(system, request, found, status, stopped, time.perf_counter() - start)
        directory.write_json("metrics.json", metrics)
        if pictures:
            _draw(directory, system, found)
        return Outcome(status, metrics, stopped, asked[0] if asked else None, found)


def how_to_go_on(directory: RunDirectory) -> str:
    """What to type, as the end of a sentence."""
    return f"go on with minigan train --resume --out {directory}"


def _begun(directory: RunDirectory, request: Request, system: System):
    """The first state of a new run, after what it is was written down."""
    rng = generator(request.seed)
    state = system.learner.init(rng)
    directory.write_json("run.json", request.as_json(_dtype(state)))
    return state, {}, [], rng, 0


def _resumed(directory: RunDirectory, system: System, told):
    """State, history, records and generator of the newest checkpoint that is whole, and where its metrics end."""
    found = newest_state(directory, system)
    for sentence in found.damaged:
        told(f"{sentence}; going on from step {found.step} instead")
    end = found.about.get("metrics_bytes")
    if isinstance(end, bool) or not isinstance(end, int) or end < 0:
        raise ValueError(f"{directory.checkpoints.path(found.step)} does not say where its metrics end")
    rows = directory.rows(end)
    if len(rows) != found.step:
        metrics = directory.folder / "metrics.jsonl"
        raise ValueError(f"{metrics} tells of {len(rows)} steps, and the checkpoint of {found.step}")
    history, records = history_of(rows)
    return found.state, history, records, found.rng, end


def _dtype(state) -> str:
    """The dtypes of a state's parameters, as words."""
    names = {dtype_name(leaf.dtype) for leaf in tree_leaves(state)}
    return " and ".join(sorted(name for name in names if name.startswith("float"))) or " and ".join(sorted(names))


def _metrics(system: System, request: Request, found: Trained, status, stopped, seconds: float) -> dict:
    """What ``metrics.json`` says."""
    means = {}
    for key, values in found.history.items():
        recent = values[-RECENT:]
        means[key] = round(sum(recent) / len(recent), 4) if recent else None
        if system.learner.at_optimum.get(key) is not None:
            means[f"{key}_at_optimum"] = round(system.learner.at_optimum[key], 4)
    played = {"game": system.parts["game"]} if "game" in system.parts else {}
    return {
        "system": system.name,
        "title": system.title,
        **played,
        "options": {key: value for key, value in request.options.items() if value is not None},
        "seed": request.seed,
        "backend": active().name,
        "steps": max(map(len, found.history.values()), default=0),
        "steps_asked_for": request.steps,
        "seconds": round(seconds, 1),
        "status": status,
        "stopped": stopped,
        **means,
        **system.measured(found),
    }


def _draw(directory: RunDirectory, system: System, found: Trained) -> None:
    from io import BytesIO

    from ..plots import pictures
    from ..training.tensors import write_whole

    for name, drawn in pictures(system, found).items():
        png = BytesIO()
        drawn.savefig(png, format="png")
        write_whole(directory.folder / name, png.getvalue())
