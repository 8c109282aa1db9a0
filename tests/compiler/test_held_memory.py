"""What a compiled function keeps from call to call: donated states, each in a place of its own, and constants."""

import gc

import numpy as np
import pytest

import minigan as mg

pytestmark = pytest.mark.usefixtures("on_numpy")


def step(state, x):
    return {"w": state["w"] - 0.1 * x, "n": state["n"] + 1.0}


def state(w):
    return {"w": np.full(3, float(w)), "n": np.zeros(1)}


X = np.ones(3)


def close(found, expected):
    for a, b in zip(mg.tree_leaves(found), mg.tree_leaves(expected), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-15)


def test_a_second_state_is_not_written_over_one_that_is_held():
    compiled = mg.compile(step, donate=0)
    a = compiled(state(1.0), X)
    b = compiled(state(5.0), X)
    close(a, step(state(1.0), X))
    close(b, step(state(5.0), X))


def test_states_trained_in_turns_stay_apart_and_in_their_places():
    compiled = mg.compile(step, donate=0)
    states = [compiled(state(k), X) for k in range(4)]
    expected = [step(state(k), X) for k in range(4)]
    places = [[id(x) for x in mg.tree_leaves(s)] for s in states]
    for _ in range(5):
        for k in range(4):
            states[k], expected[k] = compiled(states[k], X), step(expected[k], X)
    close(states, expected)
    assert places == [[id(x) for x in mg.tree_leaves(s)] for s in states]


@pytest.mark.parametrize("held", [lambda s: s["w"], lambda s: s["w"][1:], lambda s: s["w"].reshape(3, 1)])
def test_a_part_of_a_state_or_a_view_of_it_holds_it(held):
    compiled = mg.compile(step, donate=0)
    part = held(compiled(state(1.0), X))
    compiled(state(5.0), X)
    close(part, held(step(state(1.0), X)))


def test_a_leaf_put_in_from_elsewhere_leaves_its_predecessor_alone():
    compiled = mg.compile(step, donate=0)
    a = compiled(state(1.0), X)
    n = a["n"]
    b = compiled({"w": a["w"], "n": np.full(1, 7.0)}, X)
    close(n, np.ones(1))
    close(b, {"w": step(step(state(1.0), X), X)["w"], "n": np.full(1, 8.0)})


def test_states_that_nobody_holds_keep_no_memory():
    compiled = mg.compile(step, donate=0)
    held = [compiled(state(k), X) for k in range(8)]
    assert len({id(s["w"]) for s in held}) == 8
    del held
    compiled(state(0.0), X)
    gc.collect()
    places = {id(compiled(state(k), X)["w"]) for k in range(8)}
    assert len(places) == 1


def test_arrays_read_from_around_the_function_are_those_of_the_recording():
    """Not some of them as they were and some as they have become."""
    c, scalar = np.array([1.0, 2.0]), np.array(3.0)

    def f(x):
        return x * c + np.exp(c) + c[1:] * scalar + x[:1] * c[::-1], c, c.T

    x = np.array([1.0, 1.0])
    before = f(x)
    before = [np.array(y) for y in before]
    for recorded in (mg.compile(f), mg.trace(f)(x)):
        recorded(x)
        c[...], scalar[...] = 7.0, 9.0
        for found, expected in zip(recorded(x), before):
            np.testing.assert_allclose(mg.to_numpy(found), expected, rtol=1e-15)
        c[...], scalar[...] = [1.0, 2.0], 3.0


def test_an_array_written_to_between_two_reads_is_read_as_it_was():
    def f(x):
        unit, total = np.zeros(3), 0.0
        for i in range(3):
            unit[i] = 1.0
            total = total + x * unit * (i + 1.0)
            unit[i] = 0.0
        return total

    x = np.arange(3.0) + 1.0
    np.testing.assert_array_equal(mg.compile(f)(x), f(x))
