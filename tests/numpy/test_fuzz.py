"""Drawn calls of every function: plain, traced, twice traced and compiled they are NumPy's, and clear where refused."""

import math

import numpy as np
import pytest

from minigan.testing.calls import draw_call, shown
from tests.numpy.fuzzing import NAMES, NOT_ON_STRICT, Fault, faults, faults_on_strict, functions, outcome

SHARE = 10  # of all calls, those that go to the array-API stand-in


@pytest.fixture
def drawn(request):
    """How many calls of each function, and the seed: always the same, with ``--thorough`` many and others each time."""
    thorough = request.config.getoption("--thorough")
    calls = math.ceil((100_000 if thorough else 3_000) / len(NAMES))
    return calls, int(np.random.default_rng().integers(2**32)) if thorough else 0


def told(found, seed):
    return f"{len(found)} faults with seed {seed}, among them:\n" + "\n".join(map(str, found[:5]))


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("name", NAMES)
def test_drawn_calls_are_numpy_s(name, drawn):
    calls, seed = drawn
    found = list(faults(name, calls, seed))
    assert not found, told(found, seed)


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("name", [name for name in NAMES if name not in NOT_ON_STRICT])
def test_drawn_calls_on_the_stand_in_are_numpy_s(name, drawn):
    calls, seed = drawn
    found = list(faults_on_strict(name, math.ceil(calls / SHARE), seed))
    assert not found, told(found, seed)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", NAMES)
def test_most_drawn_calls_are_taken(name):
    """A fuzzer whose every call is refused finds nothing."""
    numpys = functions(name)[1]
    taken = sum(outcome(numpys, *args, **kwargs)[1] is None for args, kwargs in drawn_calls(name, 40))
    assert taken >= 10, f"{taken} of 40"


def drawn_calls(name, count):
    return [draw_call(np.random.default_rng(i), name) for i in range(count)]


def test_equal_seeds_draw_equal_calls():
    for name in NAMES[::7]:
        first, second = ([shown(*call) for call in drawn_calls(name, 5)] for _ in range(2))
        assert first == second


# what each kind of check is there to find, planted
PLANTED = {
    "another value": lambda x: x + 1e-16 * abs(x) + 1e-300,
    "another dtype": lambda x: np.asarray(x, "float32"),
    "another shape": lambda x: np.asarray(x)[None],
    "a sign of zero": lambda x: np.where(np.asarray(x) == 0.0, 0.0 * -1.0, x),
    "an accident": lambda x: {}["key"],
}


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("mistake", PLANTED)
def test_a_planted_mistake_is_found(mistake, monkeypatch):
    import minigan.numpy as mnp

    right = mnp.cumsum
    monkeypatch.setattr(mnp, "cumsum", lambda *args, **kwargs: PLANTED[mistake](right(*args, **kwargs)))
    found = list(faults("cumsum", 40))
    assert found
    assert all(isinstance(fault, Fault) for fault in found)
