"""Claims in several processes: the same results, in the order asked for, whatever becomes of a process."""

import json
import multiprocessing
import os

import pytest

import minigan as mg
from minigan.claims import Claim, Run, all_claims, as_json, outcomes, select
from minigan.claims.processes import processors

CHEAP = ("saddle", "zero-sum", "gumbel-max", "alternating-cycle", "straight-through-bias")

OWN = """
import os, signal, sys, time
from threadpoolctl import threadpool_info
import minigan as mg
from minigan.claims import Check, claim

WORDS = dict(section="own", heading="Own", statement="So it is.", latex="2 = 2")


@claim("where-it-runs", **WORDS)
def where_it_runs(run):
    yield Check("process", 0.0, os.getpid(), 0.0)
    yield Check("BLAS threads", 1.0, max(one["num_threads"] for one in threadpool_info()), 0.0)
    yield Check("strict", 1.0, mg.active().name == "strict", 0.0)
    yield Check("eager", 1.0, os.environ.get("MINIGAN_EAGER") == "1", 0.0)
    yield Check("quick", 1.0, run.quick, 0.0)
    yield Check("seed", 5.0, run.seed, 0.0)


@claim("is-killed", cost=9.0, **WORDS)
def is_killed(run):
    yield Check("until now", 1.0, 1.0, 0.0)
    os.kill(os.getpid(), signal.SIGKILL)


@claim("leaves", cost=8.0, **WORDS)
def leaves(run):
    os._exit(3)
    yield


@claim("yields-text", **WORDS)
def yields_text(run):
    yield Check("a number", 1.0, "one", 0.0)


@claim("in-the-end", cost=0.1, **WORDS)
def in_the_end(run):
    yield Check("process", 0.0, os.getpid(), 0.0)


@claim("works", shares="work", **WORDS)
def works(run):
    time.sleep(0.5)
    yield Check("process", 0.0, os.getpid(), 0.0)


@claim("uses-that", shares="work", cost=0.1, **WORDS)
def uses_that(run):
    yield Check("process", 0.0, os.getpid(), 0.0)
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A file of one's own with claims that tell where they run, and end it."""
    monkeypatch.setattr("minigan.claims.registry.CLAIMS", dict(all_claims()))
    (tmp_path / "mine.py").write_text(OWN)
    return str(tmp_path / "mine.py")


@pytest.fixture(autouse=True)
def nobody_is_left():
    yield
    assert not multiprocessing.active_children()


def without_seconds(results, run):
    told = as_json(results, run)
    for one in told["claims"]:
        del one["seconds"]
    return json.dumps(told)


def test_results_are_those_of_one_process(own):
    chosen, run = select([*CHEAP, f"{own}:yields-text", "network-spectrum"]), Run(quick=True, seed=1)
    alone, together = (list(outcomes(chosen, run, jobs=jobs)) for jobs in (1, 2))
    assert without_seconds(together, run) == without_seconds(alone, run)
    assert [one.verdict for one in together] == ["verified"] * len(CHEAP) + ["error", "verified"]


def of_file(own, *ids):
    return select([f"{own}:{id}" for id in ids])


MORTAL = ("where-it-runs", "is-killed", "leaves", "yields-text", "in-the-end")


def test_a_process_that_dies_is_an_error_of_its_claim_and_the_rest_goes_on(own):
    chosen = of_file(own, *MORTAL) + select(["saddle"])
    results = {one.claim.id: one for one in outcomes(chosen, Run(), jobs=2)}
    assert list(results) == [*MORTAL, "saddle"]
    assert "the process that ran the claim was killed (SIGKILL)" in results["is-killed"].error
    assert results["leaves"].error == "the process that ran the claim ended (exit status 3)"
    assert "'a number' has no number as measured" in results["yields-text"].error
    assert results["saddle"].verified and results["is-killed"].checks == [] and results["is-killed"].seconds > 0.0
    assert results["in-the-end"].error is None


@pytest.mark.parametrize("jobs", [1, 2])
def test_backend_seed_and_the_rest_reach_the_processes(own, jobs, monkeypatch):
    monkeypatch.setenv("MINIGAN_EAGER", "1")
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    before = dict(os.environ)
    with mg.use("strict"):
        chosen = of_file(own, "where-it-runs", "in-the-end")
        first, last = outcomes(chosen, Run(quick=True, seed=5), jobs=jobs)
    measured = {check.what: check for check in first.checks}
    told = ("strict", "eager", "quick", "seed", *(["BLAS threads"] if jobs > 1 else []))
    assert [measured[what].holds for what in told] == [True] * len(told)
    pids = {measured["process"].measured, last.checks[0].measured}
    assert pids == {os.getpid()} if jobs == 1 else len(pids - {os.getpid()}) == 2
    assert dict(os.environ) == before


def test_the_dearest_are_started_first_and_all_are_told_in_order(own):
    chosen, noted = of_file(own, *MORTAL) + select(["saddle"]), []
    told = [
        one.claim.id
        for one in outcomes(chosen, Run(), jobs=2, progress=lambda claim, outcome: noted.append((claim.id, outcome)))
    ]
    assert told == [one.id for one in chosen]
    started = [id for id, outcome in noted if outcome is None]
    assert started == ["is-killed", "leaves", "where-it-runs", "yields-text", "saddle", "in-the-end"]
    ended = {id: outcome.claim.id for id, outcome in noted if outcome is not None}
    assert ended == {id: id for id in told}
    running = 0
    for _, outcome in noted:  # never more at a time than there are processes
        running += 1 if outcome is None else -1
        assert 0 <= running <= 2
    assert running == 0


def test_claims_that_share_work_run_in_one_process(own):
    chosen = of_file(own, "works", "in-the-end", "uses-that")
    works, alone, uses = (one.checks[0].measured for one in outcomes(chosen, Run(), jobs=2))
    assert works == uses != alone


def test_an_end_before_the_end_leaves_no_process(own):
    told = outcomes(of_file(own, "in-the-end", "works"), Run(), jobs=2)
    assert next(told).claim.id == "in-the-end"
    told.close()
    assert not multiprocessing.active_children()


def test_a_claim_that_no_other_process_can_find_is_refused():
    made = Claim("here-only", "own", "Own", "So it is.", "2 = 2", lambda run: iter(()))
    with pytest.raises(ValueError, match="claim 'here-only' is known to this process alone"):
        outcomes([made, all_claims()["saddle"]], Run(), jobs=2)
    assert [one.verdict for one in outcomes([made], Run(), jobs=2)] == ["refuted"]  # alone, it runs here
    with pytest.raises(ValueError, match="at least one job to run in, and were given 0"):
        outcomes([made], Run(), jobs=0)


def test_as_many_processors_as_this_process_may_use():
    assert 1 <= processors() <= os.cpu_count()
