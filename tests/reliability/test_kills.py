"""Fifty runs killed at random instants, some in the middle of a write: none loses more than the steps since its last
checkpoint, and every one that is resumed ends bit for bit as one that was never touched."""

import time
from pathlib import Path

import numpy as np
import pytest

from minigan.data import from_array
from minigan.models import SYSTEMS
from minigan.runs import RunDirectory, execute
from minigan.runs.request import Request

from .killing import EVERY, INSIDE, child, newest, same_to_the_bit

STEPS = 40
KILLS_BY_CLOCK = 2  # a system; with those inside a write it is more than fifty over the suite
SMALL = {"batch": 16}


def asked_for(name, tmp_path):
    """A request for a small run of the system, and the system."""
    options = {key: value for key, value in SMALL.items() if key in SYSTEMS[name].options}
    data = {}
    if SYSTEMS[name].needs_data:
        rng = np.random.default_rng(0)
        values = rng.standard_normal((60, 3)) if SYSTEMS[name].kind == "rows" else rng.integers(0, 255, (60, 8, 8))
        data["data"] = from_array(values.astype("uint8" if SYSTEMS[name].kind == "images" else float), "mine")
    system = SYSTEMS[name](**options, **data)
    return Request(name, dict(system.options), seed=3, steps=STEPS), system


def lost(folder) -> int:
    """Steps whose metrics were written and that the newest checkpoint knows nothing of."""
    lines = Path(folder, "metrics.jsonl")
    return lines.read_bytes().count(b"\n") - newest(folder) if lines.exists() and newest(folder) >= 0 else 0


@pytest.mark.parametrize("name", sorted(SYSTEMS))
def test_killed_and_resumed_is_as_if_never_touched(name, tmp_path, counts, on_numpy):
    request, system = asked_for(name, tmp_path)
    start = time.perf_counter()
    whole, killed = tmp_path / "whole", tmp_path / "killed"
    whole.mkdir()
    execute(RunDirectory(whole), request, system, checkpoint_every=EVERY, pictures=False)
    seconds = time.perf_counter() - start
    rng = np.random.default_rng(sorted(SYSTEMS).index(name))
    place = INSIDE[sorted(SYSTEMS).index(name) % len(INSIDE)]
    ways = [{"seconds": rng.uniform(0.05, 0.8) * seconds} for _ in range(KILLS_BY_CLOCK)]
    ways += [{"where": place, "calls": int(rng.integers(0, 3))}, {"where": INSIDE[rng.integers(len(INSIDE))], "calls": 1}]
    reached = -1
    for way in ways:
        status = child(killed, request, system, **way)
        assert status in (-9, 0), f"{way} ended with {status}"
        counts["runs killed"] = counts.get("runs killed", 0) + (status == -9)
        if "where" in way and status == -9:
            counts["of them inside a write"] = counts.get("of them inside a write", 0) + 1
        assert newest(killed) >= reached, "a checkpoint was lost"
        assert lost(killed) <= EVERY
        counts["steps lost"] = counts.get("steps lost", 0) + lost(killed)
        reached = newest(killed)
    assert child(killed, request, system) == 0
    assert newest(killed) == STEPS and same_to_the_bit(whole, killed)
    counts["resumed runs that ended bit for bit as the untouched ones"] = (
        counts.get("resumed runs that ended bit for bit as the untouched ones", 0) + 1
    )
    assert not list(killed.rglob("*.part"))
