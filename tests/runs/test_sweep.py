"""Sweeps: what a grid means, every cell run exactly once, on a pool and on a cluster of which a worker is killed."""

import csv
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

import minigan
from minigan.plots.several_runs import distributions
from minigan.runs import RunDirectory
from minigan.runs.sweep import (
    cells_of,
    metrics_to_draw,
    parsed_grid,
    parsed_seeds,
    sweep,
    table_of,
    write_table,
)

pytestmark = pytest.mark.usefixtures("on_numpy")
CHECKOUT = str(Path(minigan.__file__).parents[1])


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", CHECKOUT)  # of the workers
    monkeypatch.syspath_prepend(str(Path(__file__).parent))  # they import `dying` by name


def cells(grid=None, seeds=(0, 1), steps=5, **how):
    return cells_of("gaussian", grid or {"batch": ["4", "8"]}, list(seeds), "out", steps=steps, **how)


# -- what is asked for ---------------------------------------------------------------------------------------


def test_every_combination_with_every_seed_is_a_cell():
    found = cells({"batch": ["4", "8"], "game": ["minimax", "hinge"]}, seeds=(0, 5), options={"lr": "0.5"})
    assert len(found) == len({cell.folder for cell in found}) == 8
    assert {(c.request.options["batch"], c.request.options["game"], c.request.seed) for c in found} == {
        (batch, game, seed) for batch in (4, 8) for game in ("minimax", "hinge") for seed in (0, 5)
    }
    assert {c.request.options["lr"] for c in found} == {0.5} and {c.request.steps for c in found} == {5}
    assert Path(found[0].folder).name == "batch=4,game=minimax,seed=0" and found[0].state == "new"


@pytest.mark.parametrize(
    ("words", "told"),
    [(["lr"], "option=value"), (["lr="], "option=value"), (["lr=1,1"], "twice"), (["a=1", "a=2"], "twice")],
)
def test_grids_that_are_refused(words, told):
    with pytest.raises(ValueError, match=told):
        parsed_grid(words)


@pytest.mark.parametrize("text", ["", "3..1", "a", "1,1", "-1", "1..2..3", "0..1000000"])
def test_seeds_that_are_refused(text):
    with pytest.raises(ValueError, match="--seeds are"):
        parsed_seeds(text)


def test_what_is_wrong_with_any_cell_is_told_before_one_runs():
    with pytest.raises(ValueError, match="--game cannot be 'chess'"):
        cells({"game": ["minimax", "chess"]})
    with pytest.raises(ValueError, match="nearest is --batch"):
        cells({"bacth": ["1"]})
    assert not Path("out").exists()


# -- on this machine -----------------------------------------------------------------------------------------


def same_to_the_bit(folder, tmp_path):
    """Whether a cell is the run that one trained by itself is."""
    from minigan.runs import execute
    from minigan.runs.rerun import differences

    directory = RunDirectory(folder)
    alone = RunDirectory(tmp_path / "alone" / Path(folder).name)
    alone.folder.mkdir(parents=True)
    execute(alone, directory.request(), pictures=False)
    return differences(alone, directory) == []


def test_on_a_pool_and_again(tmp_path):
    todo, told = cells(), []
    states = sweep(todo, jobs=2, told=lambda cell, state: told.append((cell.folder, state)))
    assert states == dict.fromkeys((cell.folder for cell in todo), "done") == dict(told)
    assert all(cell.done for cell in todo) and same_to_the_bit(todo[0].folder, tmp_path)
    before = {cell.folder: Path(cell.folder, "metrics.json").stat().st_mtime_ns for cell in todo}
    Path(todo[1].folder, "metrics.json").unlink()  # as if it had not come to its end
    assert sweep(todo, jobs=1, told=lambda cell, state: told.append(cell.folder)) == states
    assert told[4:] == [todo[1].folder]  # the others were skipped
    after = {cell.folder: Path(cell.folder, "metrics.json").stat().st_mtime_ns for cell in todo}
    assert [f for f in before if before[f] != after[f]] == [todo[1].folder]
    with pytest.raises(ValueError, match="cell of another sweep"):
        cells(steps=6)


def test_a_worker_that_dies_takes_nothing_with_it(tmp_path):
    todo = cells(steps=40)
    import dying

    states = sweep(todo, jobs=2, run=dying.run_and_die_once)
    assert set(states.values()) == {"done"} and len(states) == 4 and Path("out/died").exists()
    assert all(same_to_the_bit(cell.folder, tmp_path) for cell in todo)


def test_a_cell_that_kills_its_worker_every_time_is_left_and_the_others_done():
    todo = cells({"batch": ["4"]}, seeds=(0, 1, 2))
    import dying

    states = sweep(todo, jobs=1, run=dying.always_dies)
    assert states[todo[1].folder].startswith("failed: 3 workers died") and set(states) == {c.folder for c in todo}
    assert states[todo[0].folder] == states[todo[2].folder] == "done"


def test_a_cell_that_raises_is_told_and_the_others_done():
    todo = cells({"batch": ["4"]}, seeds=(0, 1))
    Path(todo[0].folder).mkdir(parents=True)
    Path(todo[0].folder, "checkpoints").write_text("a file where a folder is to be")
    states = sweep(todo, jobs=1)
    assert states[todo[0].folder].startswith("failed: ") and states[todo[1].folder] == "done"


# -- on a cluster --------------------------------------------------------------------------------------------


@pytest.fixture
def cluster():
    """A Dask scheduler and two workers, each a process of its own, on the loopback."""
    file = Path("scheduler.json").absolute()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    here = ["--scheduler-file", str(file), "--host", "127.0.0.1", "--no-dashboard"]
    start = [sys.executable, "-m", "distributed.cli.dask_scheduler", *here, "--port", "0"]
    processes = [subprocess.Popen(start, **quiet)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", *here, "--nthreads", "1", "--no-nanny"]
    processes += [subprocess.Popen(worker, **quiet) for _ in range(2)]
    try:
        end = time.monotonic() + 60
        while not file.exists() or not file.read_text().strip():
            assert time.monotonic() < end, "the scheduler did not start"
            time.sleep(0.1)
        yield json.loads(file.read_text())["address"], processes[1:]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_on_a_cluster_of_which_a_worker_is_killed(cluster, tmp_path):
    address, workers = cluster
    todo, told = cells(seeds=range(4), steps=150), []

    def hear(cell, state):
        told.append(cell.folder)
        if len(told) == 2:
            workers[0].kill()  # in the middle of whatever it is at

    states = sweep(todo, scheduler=address, told=hear)
    assert len(todo) == 8 and states == dict.fromkeys((cell.folder for cell in todo), "done")
    assert sorted(told) == sorted(cell.folder for cell in todo)  # each exactly once
    assert workers[0].wait() == -9 and workers[1].poll() is None
    for cell in todo:
        steps = [json.loads(line)["step"] for line in Path(cell.folder, "metrics.jsonl").read_text().splitlines()]
        assert steps == list(range(1, 151))
    assert same_to_the_bit(todo[0].folder, tmp_path) and same_to_the_bit(todo[-1].folder, tmp_path)


# -- what came of it -----------------------------------------------------------------------------------------


def test_the_table_and_the_picture(tmp_path):
    todo = cells(seeds=(0, 1, 2))
    states = sweep(todo, jobs=2)
    rows = table_of(todo, states)
    write_table(rows, "sweep.csv")
    with open("sweep.csv", newline="") as file:
        read = list(csv.DictReader(file))
    assert len(read) == 6 and {row["state"] for row in read} == {"done"}
    own = json.loads(Path(todo[3].folder, "metrics.json").read_text())
    assert float(read[3]["total_variation"]) == own["total_variation"] and read[3]["batch"] == "8"
    drawn = metrics_to_draw(rows, ["batch"])
    assert drawn[0] == "total_variation" and "seconds" not in drawn
    figure = distributions(rows, ["batch"], drawn)
    panel = figure.axes[0]
    assert [label.get_text() for label in panel.get_xticklabels()] == ["batch 4", "batch 8"]
    points = [y for line in panel.get_lines() for y in line.get_ydata()]
    assert sorted(points) == sorted(row["total_variation"] for row in rows)
    figure.savefig(tmp_path / "sweep.png")
