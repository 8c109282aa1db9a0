"""W8: every function with a derivative has a case, its contenders agree, and the tables say who is behind."""

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks import elementwise, elementwise_report, run, with_jax
from benchmarks.elementwise import NUMPY, WORKLOAD, Spec
from benchmarks.peers import TRAINING
from benchmarks.workload import Missing, Settings
from minigan.autodiff import PRIMITIVES

SETTINGS = Settings()


def test_every_function_of_the_registry_takes_part():
    registered = {p.name for p in PRIMITIVES.values() if p.kind == "elementwise" and p.differentiable}
    timed = {case.spec.name for case in WORKLOAD.cases}
    assert registered - timed == elementwise.ALIKE - {"clip"} and timed - registered == {"elu"}
    assert set(NUMPY) <= timed and {case.spec.width for case in WORKLOAD.cases} == {"float32", "float64"}


@pytest.mark.parametrize("name", NUMPY)
def test_plain_numpy_and_minigan_do_equal_work(name, monkeypatch):
    monkeypatch.setattr(elementwise, "SIZE", 300)
    monkeypatch.setattr(elementwise, "DRAWS", 2)
    spec = Spec(name, "float64")
    expected = elementwise.by_numpy(spec, SETTINGS).check()
    assert len(expected) == 1 + len(spec.argnums) and any(expected[1:])
    for build in (elementwise.by_minigan, elementwise.by_compiled_minigan):
        contender = build(spec, SETTINGS)
        assert run.differing(("floor", expected), contender.check(), 1e-9) == ""
        contender.iterate()


def test_draws_are_fresh_and_lie_where_they_should():
    first, second = Spec("where", "float32").draws()[:2]
    assert first[0].dtype == bool and first[1].dtype == np.float32
    assert not np.array_equal(first[0], second[0]) and 0.49 < first[0].mean() < 0.51
    (x,) = Spec("arccosh", "float64").draws()[0]
    assert x.min() >= 1.2 and x.max() <= 3.0


def test_what_jax_or_numpy_has_not_is_missing(monkeypatch):
    with pytest.raises(Missing, match="not written out"):
        elementwise.by_numpy(Spec("gammaln", "float64"), SETTINGS)
    if not _has_jax():
        return
    monkeypatch.setattr(with_jax, "start", lambda settings, double: None)
    with pytest.raises(Missing, match="no function of this name"):
        elementwise.by_jax(Spec("lambertw", "float32"), SETTINGS)


def _has_jax() -> bool:
    try:
        import jax  # noqa: F401
    except ImportError:
        return False
    return True


def rows(times):
    return {("W8", f"{name} float32", peer): {"minimum": 1e-9 * ns * elementwise.SIZE}
            for name, by_peer in times.items() for peer, ns in by_peer.items()}  # fmt: skip


def test_tables_say_who_is_behind():
    erf = {"minigan-compiled": 6.0, "jax": 2.0, "floor": 4.0}
    found = elementwise_report.tables(rows({"exp": {"minigan-compiled": 1.0, "jax": 2.0}, "erf": erf}))
    table, beside_jax, beside_numpy = found
    assert "| exp | - | 1.00 | 2.00 | - | 0.50 | - |" in table and "| 3.00 | 1.50 |" in table
    assert beside_jax.endswith("median 1.75 over 2 functions; above 1.5: erf 3.0.")
    assert beside_numpy.endswith("over 1 functions; above 2: none.")
    without = elementwise_report.tables(rows({"exp": {"minigan-compiled": 1.0}}))
    assert len(without) == 1  # nobody to be measured against


def test_the_command_line_chooses_it_alone():
    assert command.plan(command.parsed(["elementwise"])).workloads == ("W8",)
    assert command.plan(command.parsed([])).workloads == TRAINING and "W8" not in TRAINING
