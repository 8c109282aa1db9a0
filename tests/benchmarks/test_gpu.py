"""The command for a GPU where there is none, and nothing else either; its parts on what a GPU would give them."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import gpu, gpu_report, losses, run
from benchmarks.peers import TITLES, workload
from benchmarks.workload import Settings

HIDDEN = ("cupy", "torch", "jax", "pytest", "hypothesis", "typer", "rich", "sklearn")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """The shell script in processes that can import none of `HIDDEN`: what ended, its JSON and its table."""
    folder = tmp_path_factory.mktemp("bare")
    for name in HIDDEN:
        (folder / f"{name}.py").write_text(f"raise ModuleNotFoundError('hidden', name={name!r})")
    env = os.environ | {"PYTHONPATH": str(folder), "PYTHON": sys.executable}
    command = [run.ROOT / "benchmarks" / "on_gpu.sh", "--json", folder / "out" / "found.json"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300)
    return done, json.loads((folder / "out" / "found.json").read_text()), (folder / "out" / "found.md").read_text()


def test_with_everything_missing_it_runs_to_its_end(bare):
    done, found, table = bare
    assert done.returncode == 0, done.stdout + done.stderr
    assert found["gpu"] is None and found["backend"] == "numpy" and found["tests"] is None
    assert table.strip() in done.stdout and f"in {found['seconds']:.0f} s" in done.stdout


def test_every_skipped_step_is_named_with_the_reason(bare):
    done, found, table = bare
    skipped = {one["what"]: one["why"] for one in found["skipped"]}
    assert skipped.pop("the GPU").startswith("CuPy is not installed; training and times below are")
    assert skipped == {
        "pytest tests/gpu": "CuPy is not installed",
        "training digits by numpy, eager": "sklearn is not installed",
        "minigan train digits --backend numpy": "; ".join(
            f"{x} is not installed" for x in ("typer", "rich", "sklearn")
        ),
        "times of W1, W3, W4 and W5, and those of PyTorch and JAX": "CuPy is not installed",
    }
    for what, why in skipped.items():
        assert f"- {what}: {why}" in table and f"skipped: {what}: {why}" in done.stdout


def test_what_can_be_tried_is_tried_on_numpy(bare):
    _, found, table = bare
    (row,) = found["training"]
    assert (row["training"], row["by"], row["agrees"]) == ("dcgan", "numpy, eager", True)
    first = losses.dcgan(Settings(), compiled=False, small=True)
    np.testing.assert_allclose(row["losses"], first, rtol=1e-6)
    assert f"| dcgan by numpy, eager | {first[0]:.6f}, {first[1]:.6f} |" in table
    rows = found["times"]["results"]
    assert {(one["workload"], one["peer"]) for one in rows if one["median"] > 0} == {("W2", x) for x in gpu.OURS}
    assert "| minigan compiled |" in table


def test_tests_are_judged_one_by_one(tmp_path):
    (tmp_path / "conftest.py").write_text("def pytest_addoption(parser):\n    parser.addoption('--backend')\n")
    (tmp_path / "test_three.py").write_text(
        "import pytest\n"
        "def test_right(request): assert request.config.getoption('--backend') == 'cupy'\n"
        "def test_wrong(): assert 1 + 1 == 3, 'counted wrongly'\n"
        "def test_not(): pytest.skip('no such kernel')\n"
    )
    found = gpu.tests(tmp_path, "cupy", 120.0)
    assert (found["passed"], found["failed"], found["skipped"], found["stopped"]) == (1, 1, 1, "")
    assert (
        found["failures"][0]["test"].endswith("::test_wrong") and "counted wrongly" in found["failures"][0]["message"]
    )
    assert gpu_report.tested(found) == "1 passed, 1 failed, 1 skipped (no such kernel)"


def test_what_does_not_end_is_interrupted():
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], stderr=subprocess.DEVNULL) as process:
        assert not gpu.ended(process, 0.1)
        assert process.poll() is not None


def test_a_test_that_was_stopped_in_has_no_verdict(tmp_path):
    (tmp_path / "junit.xml").write_text("<testsuite><testcase name='one'/><testcase time='0.1'/></testsuite>")
    found = gpu.judged(tmp_path / "junit.xml", stopped=True)
    assert (found["passed"], found["stopped"]) == (1, "one")
    assert gpu_report.tested(found) == "1 passed, 0 failed, 0 skipped; no time was left after one"


def test_without_time_everybody_is_named():
    plan = run.Plan(Settings(), ("W2",), ("minigan", "autograd"), quick=True, until=0.0)
    rows = run.run(plan, lambda text: None)["results"]
    assert [(row["peer"], row["missing"]) for row in rows] == [(peer, run.NO_TIME) for peer in plan.peers]


def test_every_workload_may_take_an_equal_share_of_what_is_left(monkeypatch):
    monkeypatch.setattr(run.time, "monotonic", lambda: 100.0)
    assert [run.share(160.0, n) for n in (3, 2, 1)] == [120.0, 130.0, 160.0]
    assert run.share(run.Plan(Settings()).until, 3) == float("inf")


def test_who_was_built_in_time_has_one_turn():
    class Built:
        def ask(self, command, until=None):
            return {"check": [1.0], "seconds": 0.1} if command.startswith("open") else {"times": [1.0]}

    class Peers(dict):
        plan, until = run.Plan(Settings(), rounds=9), 0.0

    one = workload("W2")
    rows = run.of_case(one, one.cases[0], ["torch", "jax"], Peers(torch=Built(), jax=Built()))
    assert [len(row["rounds"]) for row in rows] == [1, 1]


@given(st.lists(st.floats(-100, 100), min_size=1), st.floats(0, 100), st.data())
def test_difference_is_that_of_the_worst_step(reference, shift, data):
    place = data.draw(st.integers(0, len(reference) - 1))
    moved = [x + shift * (i == place) for i, x in enumerate(reference)]
    expected = np.max(np.abs(np.subtract(moved, reference)) / np.maximum(1, np.abs(reference)))
    assert losses.difference(moved, reference) == expected
    assert losses.difference([*moved, 0.0], reference) == np.inf
    moved[place] = np.nan
    assert losses.difference(moved, reference) == np.inf


def on_a_gpu(**changed):
    """What a run on a GPU finds where all is well, but for what is ``changed``."""
    agreeing = {
        "training": "dcgan",
        "by": "cupy, compiled",
        "losses": [1.0, 2.0],
        "reference": [1.0, 2.0],
        "seconds": 1.0,
    }
    agreeing |= {"difference": 0.0, "tolerance": 1e-3, "agrees": True}
    device = dict.fromkeys(("name", "memory", "capability", "driver", "runtime", "cupy"), "one")
    passed = {"passed": 3, "failed": 0, "skipped": 0, "failures": [], "reasons": [], "stopped": "", "seconds": 1.0}
    found = {"date": "today", "machine": {"processor": "p"}, "versions": {}, "gpu": device, "backend": "cupy"}
    found |= {"tests": passed, "training": [agreeing], "command": [], "times": None, "skipped": [], "seconds": 9.0}
    return found | {key: value(found[key]) for key, value in changed.items()}


WRONG = {
    "a test": ({"tests": lambda one: one | {"failed": 1}}, "3 passed, 1 failed"),
    "no report": ({"tests": lambda one: {"error": "no answer within 9 s"}}, "no answer within 9 s"),
    "losses": (
        {"training": lambda rows: [rows[0] | {"agrees": False, "difference": 0.5}]},
        "largest difference 5.0e-01",
    ),
    "nan": ({"training": lambda rows: [rows[0] | {"agrees": False, "difference": None}]}, "difference not finite"),
    "training": ({"training": lambda rows: [{"training": "d", "by": "cupy", "failed": "no memory"}]}, "no memory"),
    "command": ({"command": lambda rows: [{"by": "minigan train", "failed": "status 2"}]}, "status 2"),
}


@pytest.mark.parametrize("changed, sentence", WRONG.values(), ids=WRONG)
def test_a_failure_is_told_and_is_in_the_table(changed, sentence):
    assert gpu.wrong(on_a_gpu()) == []
    (said,) = gpu.wrong(on_a_gpu(**changed))
    assert sentence in said and sentence in gpu_report.markdown(on_a_gpu(**changed))


def test_the_peers_are_those_of_the_workloads():
    assert set(gpu.PEERS) <= set(TITLES)
    for id in gpu.WORKLOADS:
        assert set(gpu.OURS) | {"torch", "torch-compile", "jax"} <= set(workload(id).contenders)
