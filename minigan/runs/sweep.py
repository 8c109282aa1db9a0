"""A sweep: one system over a grid of options and several seeds, each cell a run directory, on this machine or a cluster.

A cell that is done is skipped when the sweep is begun again; one that was interrupted, or whose worker died, goes on from
its newest checkpoint. Nothing else is kept anywhere: the directories are the state of the sweep.
"""

from __future__ import annotations

import csv
import io
import itertools
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from ..models import find_system
from ..training.tensors import write_whole
from .directory import RunDirectory, safe
from .execute import execute
from .request import Request, request_for

TRIES = 3  # of one cell whose worker dies
WAIT = 60.0  # seconds for the lock of a worker that is being ended


@dataclass(frozen=True)
class Cell:
    """One setting and seed of a sweep: its directory and its request; plain data, so that it goes to any process.

    >>> one = Cell("no/such/run", Request("ring", {"batch": 64}, seed=3, steps=10), {"batch": "64"})
    >>> one.state, one.request.seed
    ('new', 3)
    """

    folder: str
    request: Request
    setting: dict[str, Any]

    @property
    def done(self) -> bool:
        """Whether its run has come to an end: trained as far as asked, or diverged, with its metrics written."""
        return self.state in ("done", "diverged")

    @property
    def state(self) -> str:
        """``"done"``, ``"diverged"``, ``"interrupted"``, ``"begun"`` or ``"new"``, as its directory says."""
        return RunDirectory(self.folder).state(self.request.steps)


def parsed_grid(words) -> dict[str, list[str]]:
    """``["lr=0.1,0.2", "batch=8"]`` as option -> values; `ValueError` for what is written otherwise.

    >>> parsed_grid(["divergence=kl,alpha(0.5)", "batch=8"])
    {'divergence': ['kl', 'alpha(0.5)'], 'batch': ['8']}
    """
    found: dict[str, list[str]] = {}
    for word in words or ():
        name, equals, values = word.partition("=")
        parts = [one.strip() for one in values.split(",")]
        if not equals or not name or not all(parts):
            raise ValueError(f"--grid is written option=value,value and was {word!r}")
        name = name.strip().removeprefix("--").replace("-", "_")
        if name in found:
            raise ValueError(f"--grid names {name} twice")
        if len(set(parts)) < len(parts):
            raise ValueError(f"--grid {word} has a value twice")
        found[name] = parts
    return found


def parsed_seeds(text: str) -> list[int]:
    """``"0..7"`` (both ends belong to it), ``"1,5,9"`` or ``"3"`` as seeds; `ValueError` for anything else.

    >>> parsed_seeds("0..3"), parsed_seeds("1,5")
    ([0, 1, 2, 3], [1, 5])
    """
    try:
        if ".." in text:
            low, high = (int(part) for part in text.split(".."))
            found = list(range(low, high + 1))
        else:
            found = [int(part) for part in text.split(",")]
    except ValueError:
        found = []
    if not found or min(found) < 0 or len(set(found)) < len(found) or len(found) > 10_000:
        raise ValueError(f"--seeds are 0..7 or 0,3,5: non-negative, none twice; and were {text!r}")
    return found


def cells_of(spec, grid, seeds, out, *, steps=None, data=None, shape=None, options=None, eager=False) -> list[Cell]:
    """Every combination of the grid's values with every seed, checked as `request_for` does, before anything runs.

    Raises `ValueError` for whatever is wrong with any of them, and for an ``out`` whose cells were asked for otherwise.

    >>> cells = cells_of("ring", {"unroll": ["0", "5"], "batch": ["64"]}, [0, 1, 2], "no/such/sweep", steps=100)
    >>> len(cells), cells[-1].setting, Path(cells[-1].folder).name
    (6, {'unroll': '5', 'batch': '64'}, 'unroll=5,batch=64,seed=2')
    """
    registered = None if spec is None else find_system(spec)
    for name in {**grid, **(options or {})} if registered else ():
        registered.option(name)
    cells = []
    for values in itertools.product(*grid.values()):
        setting = dict(zip(grid, values))
        first, _ = request_for(
            spec, {**(options or {}), **setting}, seed=seeds[0], steps=steps, data=data, shape=shape, eager=eager
        )
        told = ",".join(f"{name}={value}" for name, value in setting.items())
        for seed in seeds:
            request = Request(**{**vars(first), "seed": seed})
            folder = Path(out) / safe(f"{told},seed={seed}" if told else f"seed={seed}")
            cell = Cell(str(folder.absolute()), request, setting)
            if RunDirectory(folder).exists and RunDirectory(folder).request() != request:
                raise ValueError(f"{folder} is a cell of another sweep, of other options or steps: choose another --out")
            cells.append(cell)
    return cells


def run_cell(cell: Cell, checkpoint_every: int = 1000, checkpoint_seconds: float = 15.0) -> str:
    """Train one cell, or go on with it; what its directory says afterwards. Runs in a worker, on one BLAS thread.

    Raises what `execute` does.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     (one,) = cells_of("gaussian", {}, [0], folder, steps=2)
    ...     one.done, run_cell(one), one.done, len(RunDirectory(one.folder).rows())
    (False, 'done', True, 2)
    """
    from threadpoolctl import threadpool_limits

    if cell.done:
        return cell.state
    directory = RunDirectory(cell.folder)
    directory.folder.mkdir(parents=True, exist_ok=True)
    with threadpool_limits(limits=1, user_api="blas"):
        begun = directory.exists and bool(directory.checkpoints.steps())
        how = {"checkpoint_every": checkpoint_every, "checkpoint_seconds": checkpoint_seconds, "wait": WAIT}
        return execute(directory, cell.request, resume=begun, **how).status


def sweep(
    cells: list[Cell],
    *,
    jobs: int | None = None,
    scheduler: str | None = None,
    told: Callable[[Cell, str], None] = lambda cell, state: None,
    run: Callable[[Cell], str] = run_cell,
) -> dict[str, str]:
    """Run the cells that are not done: on a pool of ``jobs`` processes, all cores by default, or on a Dask ``scheduler``.

    ``told(cell, state)`` hears of each as it ends. Returns folder -> state of all. A worker that dies takes nothing with
    it but the steps since its cell's last checkpoint; a cell that takes `TRIES` workers with it is left and "failed".
    Raises `ValueError` for a ``scheduler`` where there is no Dask.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     cells = cells_of("gaussian", {"lr": ["0.001", "0.002"]}, [0], folder, steps=2)
    ...     told = [run_cell(cell) for cell in cells]  # here, one after the other
    ...     [Path(folder).name for folder in sweep(cells)]  # so that nothing is left to do
    ['lr=0.001,seed=0', 'lr=0.002,seed=0']
    """
    states = {cell.folder: cell.state for cell in cells if cell.done}
    waiting = [cell for cell in cells if cell.folder not in states]
    ended = _on_cluster(waiting, scheduler, run) if scheduler else _on_pool(waiting, jobs, run)
    for cell, state in ended:
        states[cell.folder] = state
        told(cell, state)
    return states


def _on_pool(cells: list[Cell], jobs: int | None, run) -> Iterator[tuple[Cell, str]]:
    """A pool of spawned processes; where one dies, a new pool goes on with what is left."""
    left, tries = list(cells), dict.fromkeys((cell.folder for cell in cells), 0)
    jobs = max(1, min(jobs or os.cpu_count() or 1, len(left) or 1))
    while left:
        with ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=one_thread) as pool:
            futures = {pool.submit(run, cell): cell for cell in left}
            try:
                while futures:
                    for future in wait(futures, return_when=FIRST_COMPLETED).done:
                        cell = futures[future]
                        try:
                            state = future.result()
                        except BrokenProcessPool:
                            raise
                        except Exception as error:
                            state = f"failed: {type(error).__name__}: {error}"
                        del futures[future]
                        left.remove(cell)
                        yield cell, state
            except BrokenProcessPool:
                time.sleep(0.1)
                for cell in left[:jobs]:  # what was running: the first of those that are left
                    tries[cell.folder] += not cell.done
                    if tries[cell.folder] >= TRIES:
                        left.remove(cell)
                        yield cell, f"failed: {TRIES} workers died with it"
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def one_thread() -> None:
    """Each worker computes on one BLAS thread: there are as many workers as cores."""
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")


def _on_cluster(cells: list[Cell], scheduler: str, run) -> Iterator[tuple[Cell, str]]:
    """A Dask cluster, which gives what a dead worker had to another."""
    try:
        from distributed import Client, as_completed
    except ImportError:
        raise ValueError("--scheduler runs the sweep on a Dask cluster: pip install 'minigan[dask]' brings Dask") from None
    with Client(scheduler, timeout="20s") as client:
        futures = {client.submit(run, cell, pure=False, retries=TRIES): cell for cell in cells}
        for future in as_completed(list(futures), raise_errors=False):
            error = future.exception() if future.status == "error" else None
            state = future.result() if error is None else f"failed: {type(error).__name__}: {error}"
            yield futures[future], state


# -- what came of it -----------------------------------------------------------------------------------------


def table_of(cells: list[Cell], states: dict[str, str]) -> list[dict]:
    """A row for each cell: the grid's options, seed, state, steps, seconds and every metric that is a number."""
    rows = []
    for cell in cells:
        row = {**cell.setting, "seed": cell.request.seed, "state": states.get(cell.folder, cell.state)}
        try:
            metrics = RunDirectory(cell.folder).read_json("metrics.json")
        except ValueError:
            metrics = {}
        for key, value in metrics.items():
            if isinstance(value, int | float) and key not in ("seed", "steps_asked_for"):
                row[key] = int(value) if isinstance(value, bool) else value
        rows.append({**row, "folder": os.path.relpath(cell.folder, Path(cell.folder).parent)})
    return rows


def write_table(rows: list[dict], path) -> None:
    """The rows as CSV, one column for whatever any of them has."""
    names = list(dict.fromkeys(key for row in rows for key in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_whole(Path(path), text.getvalue().encode())


def metrics_to_draw(rows: list[dict], settings) -> list[str]:
    """The metrics that tell runs apart, what a system measures before its losses; at most six."""
    apart = {"seed", "state", "folder", "steps", "seconds", *settings}
    keys = [key for key in dict.fromkeys(key for row in rows for key in row) if key not in apart]
    varied = [key for key in keys if len({row.get(key) for row in rows}) > 1 and not key.endswith("_at_optimum")]
    return sorted(varied, key=lambda key: "loss" in key)[:6]
