"""The survey of array operations: all libraries compute the same rows, and one that is not there is named."""

import pytest

from benchmarks import __main__ as command
from benchmarks import operations, run, survey
from benchmarks.peers import SURVEYS, TITLES, workload
from benchmarks.workload import Settings
from tests.benchmarks.test_run import hiding_jax, row

SETTINGS = Settings()


@pytest.mark.parametrize("case", operations.CASES, ids=lambda case: case.name)
def test_every_row_is_autograd_s(case):
    """Value and gradients, eager and compiled."""
    expected = operations.by_autograd(case.spec, SETTINGS).check()
    assert min(expected) > 1e-4  # there is something to compare
    for build in (operations.by_minigan, operations.by_compiled_minigan):
        found = build(case.spec, SETTINGS)
        assert found.check() == pytest.approx(expected, rel=1e-4)  # float32
        found.iterate()


@pytest.mark.parametrize("name", SURVEYS)
def test_a_survey_names_only_known_peers(name):
    one = workload(name)
    assert one.id == name and set(one.contenders) <= set(TITLES) and "minigan-compiled" in one.contenders
    assert len({case.name for case in one.cases}) == len(one.cases) and one.quick


def test_without_a_peer_the_command_runs_and_says_so(monkeypatch, capsys):
    monkeypatch.setattr(run, "environment", hiding_jax(run.environment))
    arguments = "operations --quick --repeat 1 --rows var --peers minigan-compiled jax"
    assert command.main(arguments.split()) == 0
    printed = capsys.readouterr().out
    assert "| | minigan compiled |" in printed and "| var | " in printed and "| slices |" not in printed
    assert "- JAX jit (operations var) missing: jax is not installed" in printed


def test_the_table_has_a_row_a_case_and_ratios_of_the_same_round():
    results = [row("operations", "a", "minigan-compiled", [1e-3, 9e-3, 1e-3])]
    results += [row("operations", "a", "jax", [2e-3, 18e-3, 2e-3]), row("operations", "b", "jax", [1e-3])]
    machine = {"avx512": True, "processor": "p", "processors": 2, "load": 0.0}
    found = {"results": results, "notes": [], "machine": machine, "versions": {}, "threads": 1, "date": "today"}
    text = survey.markdown(found | {"backend": "numpy", "quick": False})
    assert "| a | 1 / 1 | 2 / 2 (2.00) |" in text and "| b | - | 1 / 1 |" in text
