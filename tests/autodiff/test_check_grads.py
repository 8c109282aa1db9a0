"""The check itself: it must fail on a rule that is wrong by one percent, wherever the mistake is."""

import itertools

import pytest
from hypothesis import given, settings

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.primitive import PRIMITIVES, differential, elementwise
from minigan.testing import arrays, shapes

_names = (f"test_rule_{i}" for i in itertools.count())


@pytest.fixture
def primitive():
    """Makes primitives for one test, gone after it."""
    made = []

    def make(push_factor, pull_factor):
        """sin, with forward and reverse derivatives off by the factors given."""
        name = next(_names)
        made.append(name)
        return differential(
            name,
            lambda tangents, out, args, params: push_factor(args[0]) * mnp.cos(args[0]) * tangents[0],
            lambda position, g, out, args, params: pull_factor(args[0]) * mnp.cos(args[0]) * g,
            library=lambda xp, x: xp.sin(x),
        )

    yield make
    for name in made:
        del PRIMITIVES[name]


def right(x):
    return 1.0


def one_percent_off(x):
    return 1.01


def right_here_but_not_its_slope(x):
    """1 with a derivative of 1/20 in every component: the mistake shows at second order."""
    return 1.0 + 0.05 * (x - mg.stop_gradient(x))


POINT = ([0.3, 0.7, -0.4],)


def run(f, **options):
    mg.check_grads(lambda x: f(x), (mnp.asarray(POINT[0]),), **options)


def test_a_right_rule_passes(primitive):
    run(primitive(right, right), order=3)


def test_a_wrong_forward_rule_is_caught(primitive):
    wrong = primitive(one_percent_off, right)
    with pytest.raises(AssertionError, match=r"^forward derivative against central differences"):
        run(wrong)
    with pytest.raises(AssertionError):
        run(wrong, order=1, modes=("forward",))


def test_a_wrong_reverse_rule_is_caught(primitive):
    wrong = primitive(right, one_percent_off)
    with pytest.raises(AssertionError, match=r"^reverse derivative against central differences"):
        run(wrong)
    with pytest.raises(AssertionError):
        run(wrong, order=1, modes=("reverse",))


def test_a_mode_that_is_not_asked_for_is_not_judged(primitive):
    run(primitive(one_percent_off, right), order=1, modes=("reverse",))
    run(primitive(right, one_percent_off), order=1, modes=("forward",))


@pytest.mark.parametrize("which", ["forward", "reverse"])
def test_a_rule_wrong_at_second_order_alone_is_caught(primitive, which):
    factors = (right_here_but_not_its_slope, right) if which == "forward" else (right, right_here_but_not_its_slope)
    wrong = primitive(*factors)
    run(wrong, order=1)
    with pytest.raises(AssertionError, match=f"^{which}, "):
        run(wrong, order=2)


def test_both_modes_wrong_alike_are_caught():
    """One elementwise rule serves both modes, so they agree with each other: only the differences can
    tell.
    """
    name = next(_names)
    wrong = elementwise(name, lambda g, out, x: 1.01 * g * mnp.exp(x), library="exp")
    try:
        for modes in (("forward",), ("reverse",)):
            with pytest.raises(AssertionError, match="central differences"):
                run(wrong, modes=modes)
    finally:
        del PRIMITIVES[name]


@pytest.mark.filterwarnings("ignore:invalid value")
def test_nan_is_not_agreement():
    with pytest.raises(AssertionError):
        run(lambda x: mnp.where(x > 0.5, 1.0, mnp.sqrt(x - 0.5)))


def test_a_wrong_custom_rule_is_caught():
    f = mg.custom_vjp(mnp.sin, lambda g, y, x: 1.01 * g * mnp.cos(x))
    with pytest.raises(AssertionError):
        run(f)


@settings(max_examples=10)
@given(arrays(shapes(max_dims=2), -2.0, 2.0))
def test_it_does_not_cry_wolf(x):
    mg.check_grads(lambda x: mnp.exp(3.0 * mnp.sin(5.0 * x)) + x**4, (mnp.asarray(x),), order=2)


def test_float32_and_trees():
    p = {"w": mnp.asarray([0.5, 0.25], dtype="float32"), "b": [mnp.asarray(0.1, dtype="float32")]}
    mg.check_grads(lambda p: mnp.tanh(p["w"]) * p["b"][0], (p,), order=2)
    with pytest.raises(AssertionError):
        g = mg.custom_vjp(mnp.tanh, lambda g, y, x: 1.5 * g * (1.0 - y * y))
        mg.check_grads(lambda p: g(p["w"]) + p["b"][0], (p,), order=1)


def test_the_same_seed_draws_the_same_directions():
    def message(seed):
        with pytest.raises(AssertionError) as caught:
            mg.check_grads(mg.custom_vjp(mnp.sin, lambda g, y, x: g), (mnp.asarray([0.3]),), seed=seed)
        return str(caught.value)

    assert message(1) == message(1) != message(2)


def test_arguments_may_be_python_numbers():
    mg.check_grads(lambda x, y: x * x * y, (2.0, 3.0), order=2)
    wrong = mg.custom_vjp(lambda x: x * x, lambda g, out, x: (3.0 * g * x,))
    with pytest.raises(AssertionError):
        mg.check_grads(wrong, (2.0,))
