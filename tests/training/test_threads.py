"""How many threads a step takes is measured, where it is large and can be compiled."""

import numpy as np
import pytest

import minigan.numpy as mnp
from minigan.training import Learner, faster_threads, threads, train

pytestmark = pytest.mark.usefixtures("on_numpy")


def learner(size, step=lambda state, batch: (state + batch, {"n": mnp.sum(state)})):
    return Learner(lambda rng: np.zeros(size), lambda rng, state: rng.uniform((size,)), step)


@pytest.fixture
def clock(monkeypatch):
    """``clock(one=..., more=...)``: what a step takes on one thread and on three."""
    monkeypatch.setattr(threads, "_processors", lambda: 3)

    def says(one, more):
        def seconds(step, *args):
            step(*args)
            return one if step.threads == 1 else more

        monkeypatch.setattr(threads, "_seconds", seconds)

    return says


@pytest.mark.parametrize(("one", "more", "found"), [(0.1, 0.06, 3), (0.1, 0.09, 1), (0.1, 0.4, 1), (0.001, 0.0001, 1)])
def test_more_threads_are_taken_where_they_are_faster(one, more, found, clock):
    clock(one, more)
    assert faster_threads(learner(1 << 17)) == found


def test_small_steps_and_single_processors_are_not_tried(clock, monkeypatch):
    def step(state, batch):
        raise AssertionError("tried")

    clock(0.1, 0.01)
    assert faster_threads(learner(100, step)) == 1
    monkeypatch.setattr(threads, "_processors", lambda: 1)
    assert faster_threads(learner(1 << 17, step)) == 1


def test_what_cannot_be_compiled_has_one_thread(clock):
    clock(0.1, 0.01)
    assert faster_threads(learner(1 << 17, lambda state, batch: (state if state[0] > 1 else batch, {}))) == 1


def test_training_takes_the_threads_that_it_is_told():
    """To the bit the same, for there is no product in the step."""
    one, two = (train(learner(1 << 18), 3, threads=n) for n in (1, 2))
    np.testing.assert_array_equal(one.state, two.state)
    assert one.history == two.history
    with pytest.raises(ValueError, match="positive integer, and is 0"):
        train(learner(3), 1, threads=0)
