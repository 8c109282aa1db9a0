"""``minigan train``: a system, or rows of one's own, in a directory that survives; ``--resume`` goes on with one."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path

import typer

from ..options import Option
from .words import first_word, helped, parsed, valued

COMMON = {
    option.name: option
    for option in (
        Option("steps", int, help="how many; with --resume so many more; the system's own number by default"),
        Option("seed", int, 0, help="of parameters, batches and noise"),
        Option("data", str, help="data of your own: .npy .npz .csv .tsv, a folder of pictures, IDX, CIFAR, SVHN, .wav"),
        Option("shape", str, help="of --data: rows are pixels of images, 28x28 or 32x32x3"),
        Option("out", str, help="the run's directory; runs/NAME, runs/NAME-2 ... by default"),
        Option("resume", bool, False, help="go on with a run, from its newest checkpoint"),
        Option("overwrite", bool, False, help="replace the run that is in --out"),
        Option("backend", str, help="numpy, cupy, or cupy:N"),
        Option("eager", bool, False, help="run the training step as it is, not compiled"),
        Option("threads", int, help="of the compiled step; by default what is faster, after a few steps", above=0),
        Option("checkpoint_every", int, 1000, help="steps between two checkpoints"),
        Option("checkpoint_seconds", float, 30.0, help="seconds between two checkpoints, if steps take long"),
        Option("help", bool, False, help="show what NAME takes"),
    )
}
USAGE = "minigan train NAME [its options] [options]   or   minigan train --data FILE [options]"


def train(context: typer.Context) -> None:
    """Train a system, or rows of your own (--data FILE), in a run directory. NAME --help tells what it takes."""
    from ..backend import use
    from ..models import find_system
    from ..runs import RunDirectory, request_for

    words = list(context.args)
    name = first_word(words, COMMON, is_system)
    if "--help" in words and not (name and is_system(name)):
        _general_help()
        return
    registered = None if name is None else find_system(name)
    if "--help" in words:
        _help(registered)
        return
    own = own_options(registered)
    what = registered.name if registered is not None else "minigan train"
    typed = parsed(words, {**COMMON, **own}, what)
    if len(typed.bare) > (name is not None):
        raise ValueError(f"one system at a time: {' and '.join(typed.bare)}")
    common = valued(typed.values, COMMON)
    options = {key: value for key, value in typed.values.items() if key in own}
    if common["checkpoint_every"] < 1 or not common["checkpoint_seconds"] > 0:
        raise ValueError("checkpoints are written every so many steps, one at least, and seconds, more than none")
    if common["backend"]:
        use(common["backend"])
    if common["resume"]:
        _resume(name, registered, typed.values, common, options)
        return
    keys = ("seed", "steps", "data", "shape", "eager")
    request, system = request_for(name, options, **{key: common[key] for key in keys})
    request = replace(request, threads=_threads(common, system))
    called = system.name if request.data is None else request.data["name"]
    directory = RunDirectory.new(called, common["out"], common["overwrite"])
    _run(directory, request, system, common)


def _threads(common, system) -> int:
    """As many as were asked for, here or by ``MINIGAN_THREADS``, else what is faster."""
    from ..compiler.threads import threads_of
    from ..training import faster_threads

    if common["threads"] is not None or "MINIGAN_THREADS" in os.environ:
        return threads_of(common["threads"])
    return 1 if common["eager"] else faster_threads(system.learner)


def is_system(name: str) -> bool:
    """Whether a word names a system, or a file of one's own."""
    from ..models import SYSTEMS
    from ..own_file import is_own_file

    return name in SYSTEMS or is_own_file(name)


def own_options(registered) -> dict:
    """The options that may be given beside `COMMON`: the system's, or where --data is to say which that is, those of all
    that are for such data; the one that it is for then refuses what it does not have."""
    from ..models import SYSTEMS

    systems = [one for one in SYSTEMS.values() if one.takes_data] if registered is None else [registered]
    return {name: option for one in systems for name, option in one.options.items()}


def _resume(name, registered, typed, common, options) -> None:
    """Go on with a run; whatever else is given must be what the run has."""
    from ..backend import use
    from ..models import find_system
    from ..runs import RunDirectory
    from ..runs.request import options_that_differ, with_goal

    if common["overwrite"]:
        raise ValueError("--resume goes on with a run and --overwrite replaces it: give one of the two")
    if common["out"] is not None:
        directory = RunDirectory(common["out"])
    else:
        called = name if common["data"] is None else _stem(common["data"])
        if called is None:
            raise ValueError("--resume: say which run, by the name of its system or by --out DIR")
        called = registered.name if registered is not None and common["data"] is None else called
        directory = RunDirectory.latest(called)
        if directory is None:
            raise ValueError(f"--resume: runs/ has no run of {called}, so no checkpoint to go on from; train first")
    if not directory.exists:
        raise ValueError(f"--resume: {directory} holds no run, so no checkpoint to go on from; train there first")
    request = directory.request()
    trained = find_system(request.system)
    told = []
    if name is not None and registered.name != trained.name:
        told.append(f"system {registered.name}, and the run is of {trained.name}")
    else:
        told += options_that_differ(options, request, trained)
    for key in ("seed", "backend", "threads"):
        if key in typed and str(common[key]) != str(getattr(request, key)):
            told.append(f"--{key} {common[key]}, and the run has {getattr(request, key)}")
    if common["eager"] and not request.eager:
        told.append("--eager, and the run is compiled")
    told += _other_data(common, request)
    if told:
        raise ValueError(f"--resume takes all from {directory}; given was {'; '.join(told)}")
    use(request.backend)
    done = (directory.checkpoints.steps() or [0])[-1]
    goal = request.steps if common["steps"] is None else done + common["steps"]
    if common["steps"] is not None and common["steps"] < 1:
        raise ValueError(f"--steps must be positive, and is {common['steps']}")
    if done >= goal and directory.state(goal) == "done":
        raise ValueError(f"--resume: the run in {directory} has its {done} steps already; say how many more with --steps")
    system = request.build()
    if goal != request.steps:
        request = with_goal(request, goal)
        with directory.lock():
            directory.write_json("run.json", {**directory.read_json("run.json"), "steps": goal})
    _run(directory, request, system, common, resume=True)


def _stem(data: str) -> str:
    path = Path(data)
    return path.name if path.is_dir() else path.name.split(".")[0] or path.name


def _other_data(common, request) -> list[str]:
    if common["data"] is None:
        return []
    from ..data import load

    if request.data is None:
        return [f"--data {common['data']}, and the run's system brings its own"]
    if load(common["data"], common["shape"]).fingerprint != request.data["fingerprint"]:
        return [f"--data {common['data']}, which holds other data than {request.data['path']} did"]
    return []


def _run(directory, request, system, common, resume=False) -> None:
    from rich.console import Console
    from rich.markup import escape

    from ..backend import active
    from ..runs import execute

    console = Console(highlight=False)
    game = f"{system.parts['game']} game, " if "game" in system.parts else ""
    console.print(escape(f"{system.name}: {system.title}; {game}seed {request.seed}, backend {active().name}"))

    def told(sentence):
        print(f"minigan: {sentence}", file=sys.stderr)

    how = {key: common[key] for key in ("checkpoint_every", "checkpoint_seconds")}
    try:
        outcome = execute(directory, request, system, resume=resume, progress=True, told=told, **how)
    except OSError as error:
        last = (directory.checkpoints.steps() or [None])[-1]
        print(f"minigan: {_kept(error, directory, last)}", file=sys.stderr)
        raise typer.Exit(2 if last is None else 1) from None
    _tell(console, outcome, system, directory)
    if outcome.status == "interrupted":
        told(outcome.stopped)
        raise typer.Exit(128 + outcome.signal)
    if outcome.status == "diverged":
        told(outcome.stopped)
        raise typer.Exit(1)


def _kept(error: OSError, directory, last) -> str:
    if last is None:
        return f"{directory} cannot be written: {error}"
    where = f"the last checkpoint, of step {last}, is whole: make room, then minigan train --resume --out {directory}"
    return f"writing failed: {error}; {where}"


def _tell(console, outcome, system, directory) -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for key, value in outcome.metrics.items():
        if value is not None and key not in ("visits", "title", "system", "status", "steps_asked_for"):
            shown = ", ".join(f"{k} {v}" for k, v in value.items()) if isinstance(value, dict) else str(value)
            table.add_row(key.replace("_", " "), escape(shown))
    console.print(table)
    if outcome.metrics.get("collapsed"):
        console.print(f"[bold red]collapsed[/bold red]: {escape(system.when_collapsed)}")
    written = sorted(path.name for path in directory.folder.iterdir() if not path.name.startswith("."))
    console.print(escape(f"{', '.join(written)} in {directory}"), soft_wrap=True)
    if system.told is not None:
        tell_table(console, *system.told(outcome.trained))


def tell_table(console, columns, rows, below) -> None:
    """A system's own table; its cells may hold brackets, which are no markup here."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for i, name in enumerate(columns):
        table.add_column(name, justify="left" if i == 0 else "right")
    for row in rows:
        table.add_row(*(escape(str(cell)) for cell in row))
    console.print("")
    console.print(table)
    console.print(below, markup=False, highlight=False)


def _general_help() -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    from ..models import SYSTEMS

    helped("Train a system, or rows or images of your own.", USAGE, {"Options": COMMON})
    console = Console(highlight=False)
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for one in SYSTEMS.values():
        table.add_row(f"  {one.name}", escape(one.about))
    console.print("\n[bold]Systems[/bold] (minigan train NAME --help tells what NAME takes)")
    console.print(table)


def _help(registered) -> None:
    usage = f"minigan train {registered.name} [options]"
    title = f"{registered.about}. Lecture: {registered.heading}."
    helped(title, usage, {f"Options of {registered.name}": registered.options, "Options of every run": COMMON})
