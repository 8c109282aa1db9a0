"""Timing line by line: the same results, every line as often as it runs, and a table that adds up."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from benchmarks import lines
from minigan.compiler import blocks
from minigan.compiler.modules import Module

pytestmark = pytest.mark.usefixtures("on_numpy")


@pytest.fixture
def watching(monkeypatch):
    for name in ("load", "_code"):
        monkeypatch.setattr(Module, name, getattr(Module, name))  # put back at the end
    found = lines.Lines()
    lines.watched(found)
    return found


@pytest.mark.parametrize("threads", [1, 2])
def test_lines_of_a_loop(threads, watching, monkeypatch):
    monkeypatch.setattr(blocks, "WORTHWHILE", 1)
    monkeypatch.setattr(blocks, "CACHED", 1 << 10)
    x = np.random.default_rng(0).standard_normal((64, 8))

    def f(x):
        return mnp.sum(mnp.exp(x) * mnp.tanh(x), axis=0), mnp.exp(x) / 2.0

    compiled = mg.compile(f, threads=threads)
    for _ in range(3):
        for found, exact in zip(compiled(x), f(x)):
            np.testing.assert_allclose(found, exact, rtol=1e-12)
        watching.next_pass()
    exponential = next(i for i, text in enumerate(watching.texts) if "np.exp(" in text)
    assert watching.often[exponential] == 3 * 64 / 16
    assert 0 < watching.least[exponential] <= sum(watching.least)
    table = watching.table(3, 2).splitlines()
    assert len(table) == 1 + 2 + 2 and table[-2].endswith(f"the other {len(watching.texts) - 2} lines")


def test_donated_state(watching):
    step = mg.compile(lambda state, x: state - 0.5 * x, donate=0)
    state = step(mnp.ones(3), mnp.ones(3))
    np.testing.assert_array_equal(step(state, mnp.ones(3)), np.zeros(3))
    assert any("return" in text for text in watching.texts)


def test_an_unknown_case_is_refused_with_those_that_there_are(capsys, monkeypatch):
    monkeypatch.setattr("sys.argv", ["lines", "W5", "hellinger"])
    with pytest.raises(SystemExit):
        lines.main()
    assert "reverse_kl" in capsys.readouterr().err
