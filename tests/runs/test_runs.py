"""Run directories: what is in them, who may write there, what is found before training, and how a run ends early."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import minigan as mg
from minigan.backend import to_numpy
from minigan.models import SYSTEMS
from minigan.random import generator
from minigan.runs import RunDirectory, execute, read_run, request_for, rerun, trained
from minigan.runs.directory import history_of, safe
from minigan.runs.lock import Locked, locked
from minigan.runs.rerun import differences
from minigan.training import Diverged

pytestmark = pytest.mark.usefixtures("on_numpy")


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def begin(name="gaussian", steps=6, folder="run", **options):
    request, system = request_for(name, {"batch": 8, **options}, steps=steps, seed=2)
    directory = RunDirectory.new(name, folder)
    return directory, request, system


def run(name="gaussian", steps=6, folder="run", resume=False, **how):
    directory, request, system = begin(name, steps, folder)
    return directory, execute(directory, request, system, pictures=False, **how)


# -- what is there -------------------------------------------------------------------------------------------


def test_what_a_run_leaves():
    directory, outcome = run(checkpoint_every=2)
    assert sorted(p.name for p in directory.folder.iterdir()) == [
        ".lock", "checkpoints", "metrics.json", "metrics.jsonl", "run.json"
    ]  # fmt: skip
    assert directory.checkpoints.steps() == [2, 4, 6] and outcome.status == "done"
    about = json.loads((directory.folder / "run.json").read_text())
    assert (about["system"], about["seed"], about["steps"], about["backend"]) == ("gaussian", 2, 6, "numpy")
    assert about["options"]["batch"] == 8 and about["dtype"] == "float64" and about["data"] is None
    assert about["versions"]["numpy"] == np.__version__ and "revision" in about
    lines = [json.loads(line) for line in (directory.folder / "metrics.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(1, 7))
    history, records = history_of(lines)
    assert history == outcome.trained.history and records == []


def test_metrics_are_there_to_read_while_it_runs():
    directory, request, system = begin(steps=40)
    seen = []
    rows = RunDirectory.append_rows

    def looking(self, end):
        found = rows(self, end)
        write = found.write
        found.write = lambda step, row: (write(step, row), seen.append(len(directory.rows())))
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RunDirectory, "append_rows", looking)
        execute(directory, request, system, pictures=False)
    assert seen == list(range(1, 41))


def test_what_was_watched_comes_back_with_the_run():
    directory, request, system = begin("ring", 8, unroll=0, every=2)
    outcome = execute(directory, request, system, pictures=False)
    assert [one["step"] for one in outcome.trained.records] == [2, 4, 6, 8]
    found = trained(read_run("run"))
    assert found.records == outcome.trained.records and found.history == outcome.trained.history
    assert outcome.metrics["visits"][0][0] == 2


def test_a_new_run_never_takes_anothers_place():
    assert str(RunDirectory.new("ring")) == "runs/ring"
    assert [str(RunDirectory.new("ring")) for _ in range(3)] == ["runs/ring-2", "runs/ring-3", "runs/ring-4"]
    directory, _ = run(folder="mine")
    before = (directory.folder / "run.json").read_bytes()
    with pytest.raises(ValueError, match=r"a run is there already.*--resume.*--overwrite"):
        RunDirectory.new("gaussian", "mine")
    assert (directory.folder / "run.json").read_bytes() == before
    assert not RunDirectory.new("gaussian", "mine", overwrite=True).exists


def test_overwriting_touches_nothing_but_runs():
    Path("thesis").mkdir()
    Path("thesis/chapter.txt").write_text("years of work")
    for overwrite in (False, True):
        with pytest.raises(ValueError, match="thesis"):
            RunDirectory.new("ring", "thesis", overwrite)
    run(folder="mine")
    Path("mine/notes.txt").write_text("keep")
    RunDirectory.new("ring", "mine", overwrite=True)
    assert Path("mine/notes.txt").read_text() == "keep" and Path("thesis/chapter.txt").exists()


@pytest.mark.parametrize(
    ("name", "folder"),
    [("..", "data"), (".", "data"), ("[red]", "[red]"), ("a/b", "a-b"), (" ", "data"), ("x" * 300, "x" * 100)],
)
def test_any_name_is_that_of_a_folder_inside(name, folder):
    assert safe(name) == folder and RunDirectory.new(name).folder == Path("runs") / folder


def test_the_latest_of_a_name():
    for _ in range(11):
        RunDirectory.new("ring")
    RunDirectory.new("ring-unrelated")
    for number in (2, 10):
        Path(f"runs/ring-{number}/run.json").write_text("{}")
    assert str(RunDirectory.latest("ring")) == "runs/ring-10" and RunDirectory.latest("grid") is None


# -- one at a time -------------------------------------------------------------------------------------------


HOLD = """import sys, time
from minigan.runs.lock import locked
with locked(sys.argv[1]):
    print('held', flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_refused_and_a_dead_one_holds_nothing():
    directory, request, system = begin()
    holder = subprocess.Popen([sys.executable, "-c", HOLD, "run"], stdout=subprocess.PIPE, text=True, env=environment())
    try:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(Locked, match=f"process {holder.pid} is at work in run"):
            execute(directory, request, system, pictures=False)
        assert not directory.exists
    finally:
        holder.kill()
        holder.wait()
    assert execute(directory, request, system, pictures=False, wait=5.0).status == "done"


def test_the_lock_is_let_go():
    Path("there").mkdir()
    for _ in range(2):
        with locked("there"):
            pass


def environment():
    return {**os.environ, "PYTHONPATH": str(Path(mg.__file__).parents[1])}


# -- what cannot be written ----------------------------------------------------------------------------------


def test_what_cannot_be_written_is_found_before_training(monkeypatch):
    directory, request, system = begin()
    (directory.folder / "checkpoints").write_text("a file where the folder is to be")
    monkeypatch.setattr(type(system), "train", lambda *args, **how: pytest.fail("it trained"))
    with pytest.raises(OSError):
        execute(directory, request, system, pictures=False)


def test_a_disk_that_fills_up_leaves_the_last_checkpoint_whole(full_disk):
    whole, _ = run(steps=400, folder="whole")
    limit = (whole.folder / "metrics.jsonl").stat().st_size // 2
    directory, request, system = begin(steps=400)
    with pytest.raises(OSError), full_disk(limit):  # every checkpoint fits, half of the metrics do
        execute(directory, request, system, pictures=False, checkpoint_every=20)
    assert 100 < directory.checkpoints.steps()[-1] < 300
    outcome = execute(directory, request, system, resume=True, pictures=False)
    assert outcome.status == "done" and differences(whole, directory) == []


# -- going on ------------------------------------------------------------------------------------------------


def interrupted(steps=30, at=11, number=signal.SIGTERM):
    directory, request, system = begin(steps=steps)
    calls = []

    def watch(step, state):
        if step == at and not calls:
            calls.append(step)
            os.kill(os.getpid(), number)

    import dataclasses

    return directory, request, execute(directory, request, dataclasses.replace(system, watch=watch), pictures=False)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_with_the_step_saves_and_says_how_to_go_on(number):
    before = signal.getsignal(number)
    directory, request, outcome = interrupted(number=number)
    assert (outcome.status, outcome.signal, outcome.metrics["steps"]) == ("interrupted", number, 11)
    assert outcome.stopped == f"{number.name} after step 11 of 30; go on with minigan train --resume --out run"
    assert directory.checkpoints.steps() == [0, 11] and signal.getsignal(number) == before
    whole, _ = run(steps=30, folder="whole")
    rest = execute(directory, request, resume=True, pictures=False)
    assert rest.status == "done" and differences(whole, directory) == []


def test_a_damaged_newest_checkpoint_is_told_and_the_one_before_used():
    directory, request, _ = interrupted(at=25)
    newest = directory.checkpoints.path(25)
    newest.write_bytes(newest.read_bytes()[:-10])
    told = []
    outcome = execute(directory, request, resume=True, pictures=False, told=told.append)
    assert outcome.status == "done" and len(told) == 1 and "step-00000025" in told[0] and "from step 0" in told[0]
    whole, _ = run(steps=30, folder="whole")
    assert differences(whole, directory) == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("run.json", b"{", "run.json is damaged"),
        ("run.json", b"[]", "is no run.json"),
        ("run.json", b'{"form": 1}', "is no run.json"),
        ("run.json", b'{"form": 9}', "its form is 9"),
        ("metrics.jsonl", b'{"step": 1}\nnonsense\n', "had .* when the checkpoint was written"),
        ("metrics.jsonl", b"\x00" * 5000, "tells of 0 steps"),
        ("metrics.jsonl", b'{"step": 2}\n' * 900, "line 1, is damaged: it is to be that of step 1"),
    ],
)
def test_what_is_damaged_is_named(name, content, told):
    directory, _, _ = interrupted(at=25)
    (directory.folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=told):
        execute(directory, directory.request(), resume=True, pictures=False)


def test_divergence_keeps_the_last_good_state(monkeypatch):
    import dataclasses

    directory, request, system = begin(steps=60)
    draw, calls = system.learner.draw, []

    def spoilt(rng, state):
        calls.append(1)
        batch, numbers = draw(rng, state)
        return (((batch[0] * np.nan, *batch[1:]) if len(calls) == 25 else batch), numbers)

    broken = dataclasses.replace(system, learner=dataclasses.replace(system.learner, draw=spoilt))
    outcome = execute(directory, request, broken, pictures=False)
    assert outcome.status == "diverged" and "step 40" in outcome.stopped and outcome.metrics["steps"] == 20
    assert directory.checkpoints.steps()[-1] == 20
    assert execute(directory, request, resume=True, pictures=False).metrics["steps"] == 60


# -- samples, once more --------------------------------------------------------------------------------------


def test_a_run_is_read_and_sampled_as_it_was_trained():
    _, outcome = run()
    found = read_run("run")
    one = to_numpy(found.system.sample(found.found.state, 5, generator(0)))
    two = to_numpy(SYSTEMS["gaussian"]().sample(outcome.trained.state, 5, generator(0)))
    assert (one == two).all()
    density = to_numpy(found.system.log_density(found.found.state, mg.numpy.asarray([1.0])))
    assert np.isfinite(density).all()


def test_a_rerun_is_the_same_to_the_bit_and_what_differs_is_told():
    directory, _ = run(steps=5)
    found = rerun("run", "again")
    assert found.differences == []
    rows = (directory.folder / "metrics.jsonl").read_text().splitlines()
    changed = json.loads(rows[2]) | {"generator_loss": 7.0}
    (directory.folder / "metrics.jsonl").write_text("\n".join([*rows[:2], json.dumps(changed), *rows[3:], ""]))
    about = json.loads((directory.folder / "run.json").read_text())
    about["versions"]["numpy"] = "1.0"
    (directory.folder / "run.json").write_text(json.dumps(about))
    told = " / ".join(rerun("run", "third").differences)
    assert "from step 3 on: generator_loss 7.0 and" in told and "numpy was 1.0" in told


def test_diverged_is_that_of_training():
    assert mg.gan.Diverged is Diverged


def test_killed_before_its_first_checkpoint_it_says_so():
    directory, request, _ = begin()
    with directory.lock():
        directory.write_json("run.json", request.as_json("float64"))
    with pytest.raises(ValueError, match="no checkpoint"):
        read_run("run")


def test_seconds_make_checkpoints_due_as_well():
    directory, request, system = begin(steps=5)
    execute(directory, request, system, pictures=False, checkpoint_every=10_000, checkpoint_seconds=1e-9)
    assert directory.checkpoints.steps() == [3, 4, 5]
