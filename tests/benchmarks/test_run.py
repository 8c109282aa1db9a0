"""The runner: peers in processes take turns, a missing one is named, and the tables say so."""

import io
import json
import sys

import pytest
from typer.testing import CliRunner

from benchmarks import __main__ as command
from benchmarks import report, run, worker
from benchmarks.peers import TITLES
from benchmarks.workload import Case, Contender, Missing, Settings, Workload


@pytest.fixture(scope="module")
def found():
    """One real run of processes: the eager overhead, and W2 with a peer that is not installed."""
    plan = run.Plan(Settings(), ("W0", "W2"), ("minigan", "autograd", "jax"), quick=True, rounds=2, turn=0.01)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "environment", hiding_jax(run.environment))
        return json.loads(json.dumps(run.run(plan, lambda text: None)))


def hiding_jax(environment):
    """Processes find an empty folder in jax's place, so that it is missing wherever the tests run."""

    def hidden(settings, scratch):
        with open(f"{scratch}/jax.py", "w") as file:
            file.write("raise ModuleNotFoundError('hidden', name='jax')")
        return environment(settings, scratch) | {"PYTHONPATH": scratch}

    return hidden


def test_peers_are_timed(found):
    rows = report.measured(found)
    assert {key[2] for key in rows} == {"minigan", "autograd"}
    for row in rows.values():
        assert 0 < row["minimum"] <= row["quartiles"][0] <= row["median"] <= row["quartiles"][1]
        assert len(row["rounds"]) == 2 and row["chunks"] >= 2 and row["processor"] > 0


def test_a_missing_peer_is_named(found):
    (absent,) = [row for row in found["results"] if "missing" in row]
    assert (absent["peer"], absent["workload"], absent["missing"]) == ("jax", "W2", "jax is not installed")
    assert "- JAX jit (W2) missing: jax is not installed" in report.markdown(found)
    assert "JAX jit" in run.line(absent) and "missing" in run.line(absent)


def test_the_table_has_a_row_a_peer_and_ratios(found):
    text = report.markdown(found)
    columns = next(line for line in text.splitlines() if line.startswith("| | W0"))
    assert columns == "| | W0 eager overhead (float32) | W0 eager overhead (float64) | W2 tiny |"
    row = next(line for line in text.splitlines() if line.startswith("| HIPS autograd |"))
    assert row.count("(") == 3 and "numpy" in text and found["machine"]["processor"] in text


def test_a_picture_is_drawn(found, tmp_path):
    assert report.draw(found, tmp_path / "ratios.png") == [tmp_path / "ratios.png"]
    assert (tmp_path / "ratios.png").read_bytes().startswith(b"\x89PNG")


def row(workload, case, peer, times):
    rounds = [{"times": [t], "processor": t, "share": 1.0} for t in times]
    one = Workload(workload, "title", (), {})
    return run.row(one, Case(case, None), peer, run.Turns({"seconds": 1.0, "check": [1.0]}, 1, rounds))


def test_ratios_are_of_the_same_round_and_rows_of_a_workload_add_up():
    """Both peers are slowed in the second round; the ratio does not see it. W5's rows are one column."""
    results = [row("W5", case, "minigan", [1.0, 9.0, 1.0]) for case in ("a", "b")]
    results += [row("W5", case, "autograd", [2.0, 18.0, 2.0]) for case in ("a", "b")]
    rows = report.measured({"results": results})
    ((heading, pairs),) = report.columns({"results": results}).items()
    assert heading == "W5 title (five rows)" and pairs == [("W5", "a"), ("W5", "b")]
    assert report.ratio(rows, pairs, "autograd", "minigan") == 2.0
    assert report.total(rows, pairs, "autograd") == 4.0
    assert report.ratio(rows, pairs, "torch", "minigan") is None


def test_sizes_have_a_table_and_a_picture_of_their_own(tmp_path):
    sizes = [row("W7", f"batch {n}", peer, [n / 1e3]) for n in (32, 64) for peer in ("minigan", "autograd")]
    assert report.scaling_tables(report.measured({"results": sizes})) == [
        "W7, batch:\n\n| | 32 | 64 |\n|---|---|---|\n| minigan eager | 32 | 64 |\n| HIPS autograd | 32 | 64 |"
    ]
    sizes += [row("W7", f"unrolling {n}", "minigan", [1 + n]) for n in (0, 5)]  # 0 has no logarithm
    assert report.draw({"results": sizes}, tmp_path / "a.png") == [tmp_path / "a_scaling.png"]
    assert (tmp_path / "a_scaling.png").read_bytes().startswith(b"\x89PNG")


def test_tables_go_between_the_markers():
    text = f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n"
    assert report.written(text, "new") == f"before\n{report.BEGIN}\nnew\n{report.END}\nafter\n"
    with pytest.raises(ValueError, match="needs the lines"):
        report.written("no markers", "new")


@pytest.mark.parametrize(
    "numbers, sentence",
    [([1.0, 2.0], ""), ([1.0, 2.1], "checked number 1"), ([1.0], "1 checked"), ([1.0, float("nan")], "is nan")],
)
def test_unequal_work_is_told(numbers, sentence):
    told = run.differing(("autograd", [1.0, 2.0]), numbers, 1e-3)
    assert sentence in told and bool(told) == bool(sentence)


def answers(build, commands):
    """What a worker answers when its only workload builds by ``build``."""
    said = []
    one = Workload("W9", "test", (Case("", None, chunk=3),), {"minigan": build})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worker, "workload", lambda id: one)
        worker.serve(io.StringIO(commands), said.append, "minigan", False, Settings())
    return [json.loads(text) for text in said]


def test_a_worker_times_chunks_of_iterations():
    count = []
    opened, timed = answers(
        lambda spec, settings: Contender(lambda: [0.5], lambda: count.append(1)), "open W9 \ntime 4\n"
    )
    assert opened["check"] == [0.5] and len(timed["times"]) == 4
    assert len(count) == 1 + 3 * 5  # one on opening; five chunks of three, the first not counted


def test_a_worker_survives_what_a_peer_does_wrong():
    def missing(spec, settings):
        raise Missing("no compiler")

    def wrong(spec, settings):
        raise ValueError("first line\nsecond line")

    assert answers(missing, "open W9 \n") == [{"missing": "no compiler"}]
    assert answers(wrong, "open W9 \n") == [{"failed": "ValueError: first line"}]


@pytest.mark.parametrize(
    "does, sentence", [("exec sleep 60", "no answer within 0.2 s"), ("exit 1", "the process died")]
)
def test_a_peer_that_hangs_or_dies_fails_alone(does, sentence, monkeypatch, tmp_path):
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setattr(run.sys, "executable", str(program))
    peer = run.Worker("minigan", run.Plan(Settings(), limit=0.2), {})
    assert peer.ask("open W1 ") == {"failed": sentence}
    peer.process.wait(10)
    assert not peer.alive
    peer.close()


def test_the_command_line_plans():
    quick = command.plan(command.parsed(["--quick", "--workloads", "W1", "W2", "--threads", "2", "--repeat", "3"]))
    assert (quick.quick, quick.workloads, quick.rounds, quick.settings.threads) == (True, ("W1", "W2"), 3, 2)
    assert "torch-compile" not in quick.peers and "torch-compile" in command.plan(command.parsed([])).peers
    named = command.plan(command.parsed(["--quick", "--peers", "torch-compile"]))
    assert named.peers == ("torch-compile",) and set(named.peers) <= set(TITLES)


def test_minigan_bench_runs_the_checkout(monkeypatch):
    from minigan.cli import bench
    from minigan.cli.app import app

    ran = []

    class Done:
        returncode = 3

    monkeypatch.setattr(bench.subprocess, "run", lambda command, **where: ran.append((command, where)) or Done)
    result = CliRunner().invoke(app, ["bench", "--quick", "--workloads", "W1"])
    ((argv, where),) = ran
    assert result.exit_code == 3 and argv == [sys.executable, "-m", "benchmarks", "--quick", "--workloads", "W1"]
    assert (where["cwd"] / "benchmarks" / "worker.py").is_file()


def test_minigan_bench_says_where_benchmarks_are(monkeypatch, tmp_path):
    from minigan.cli import bench

    monkeypatch.setattr(bench, "__file__", str(tmp_path / "a" / "b" / "bench.py"))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RuntimeError, match="source checkout"):
        bench.checkout()
