"""`benchmarks.compile_time`: its steps are the workloads' own, its slope is the exponent, and it prints and draws."""

import numpy as np
import pytest

from benchmarks import compile_time, tiny, with_minigan
from benchmarks.compile_time import STAGES, FirstCall
from benchmarks.workload import Settings

pytestmark = pytest.mark.usefixtures("on_numpy")


def test_the_slope_is_the_exponent():
    for exponent in (1.0, 2.0):
        calls = {n: FirstCall(n, {"passes": 0.5e-3 * n**exponent, "run": 0.5e-3 * n**exponent}) for n in (10, 30, 200)}
        assert compile_time.slope(calls) == pytest.approx(exponent, abs=1e-12)


def test_a_workloads_step_is_the_one_that_is_timed():
    step, args = compile_time.workload("W2")
    losses = with_minigan.mlp_gan(tiny.TINY, Settings()).check()
    np.testing.assert_allclose([float(loss) for loss in step(*args)[1]], losses[:2], rtol=1e-6)


def test_stages_tables_and_pictures(tmp_path):
    found = compile_time.measured({"depth": (1, 2), "unrolling": (1, 2)}, rounds=1, workloads=())
    for calls in (found["depth"], found["unrolling"]):
        assert all(set(one.seconds) == set(STAGES) and min(one.seconds.values()) > 0 for one in calls.values())
        assert calls[1].operations < calls[2].operations
    text = compile_time.markdown(found)
    assert f"| unrolling 2 | {found['unrolling'][2].operations:,} |" in text and "slope over depth" in text
    compile_time.draw(found, tmp_path / "new" / "picture.png")
    assert (tmp_path / "new" / "picture.png").read_bytes().startswith(b"\x89PNG")
