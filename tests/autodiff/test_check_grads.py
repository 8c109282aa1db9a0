"""The check itself: it must fail on a rule that is wrong by one percent, wherever the mistake is."""

import itertools
import re

import numpy as np
import pytest
from hypothesis import given, settings

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.primitive import PRIMITIVES, differential, elementwise
from minigan.autodiff.tracer import Tracer
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


# -- where it looks, and how far it may differ ---------------------------------------------------------------------

NUMBER = r"-?\d[\d.]*(?:e[+-]?\d+)?"


def identity_off_by(error):
    return mg.custom_vjp(lambda x: x, lambda g, y, x: (1.0 + error) * g)


@pytest.mark.parametrize("mode", ["forward", "reverse"])
@pytest.mark.parametrize(
    ("dtype", "options", "tolerance"),
    [
        ("float64", {}, 1e4 * 2.0 ** (-52 * 2 / 3)),
        ("float32", {}, 0.05),
        ("float64", {"tolerance": 1e-3}, 1e-3),
        ("float64", {"tolerance": 0.3}, 0.3),
    ],
)
def test_a_slope_may_be_off_by_the_tolerance_and_no_more(mode, dtype, options, tolerance):
    """1e4 eps^(2/3) where none is given, but at most 5 %; relative where the derivative is large. At 0 differences of
    a linear function are exact.
    """
    within = 1e-4 if dtype == "float32" else 1e-5
    x = mnp.asarray(0.0, dtype=dtype)

    def check(error):
        f = identity_off_by(error)
        mg.check_grads(lambda x: 2.0**20 * f(x), (x,), order=1, modes=mode, **options)

    check(tolerance * (1.0 - within))
    check(-tolerance * (1.0 - within))
    for sign in (1.0, -1.0):
        with pytest.raises(AssertionError, match=f"^{mode} derivative"):
            check(sign * tolerance * (1.0 + within))


@pytest.mark.parametrize("scale", [2.0**-10, 1.0, 2.0**10])
def test_what_it_tells_is_the_difference_and_what_was_allowed(scale):
    """Relative to the derivative where that is above 1, and absolute below."""
    f = identity_off_by(2.0**12)
    run = lambda mode: mg.check_grads(lambda x: scale * f(x), (0.0,), order=1, modes=mode, tolerance=1e-3)
    with pytest.raises(AssertionError) as caught:
        run("forward")
    text = str(caught.value)
    error, allowed = re.search(rf"output 0 differs by ({NUMBER}), more than ({NUMBER})\n", text).groups()
    shown = r"\n%s (?:array|np\.float64)\((" + NUMBER + r")\)"
    derivative, difference = (float(re.search(shown % what, text)[1]) for what in ("derivative", "difference"))
    assert float(error) == pytest.approx(abs(derivative - difference), rel=5e-3)
    assert float(allowed) == pytest.approx(1e-3 * max(1.0, abs(difference)), rel=5e-3)
    with pytest.raises(AssertionError) as caught:
        run("reverse")
    told = re.search(rf"t> = ({NUMBER}) and <g, df> = ({NUMBER}); they differ by ({NUMBER}), more than ({NUMBER})$",
                     str(caught.value))  # fmt: skip
    left, right, error, allowed = map(float, told.groups())
    assert error == pytest.approx(abs(left - right), rel=5e-3)
    assert left == pytest.approx((1.0 + 2.0**12) * right, rel=1e-12)
    assert allowed == pytest.approx(1e-3 * max(1.0, abs(right)), rel=5e-3)


def evaluations(f, *args, **options):
    """Where it evaluated ``f`` itself, the first argument, in this order."""
    seen = []

    def watched(*x):
        if not isinstance(x[0], Tracer):
            seen.append(x[0])
        return f(*x)

    mg.check_grads(watched, args, order=1, **options)
    return [mg.to_numpy(x) for x in seen]


@pytest.mark.parametrize(("dtype", "eps"), [("float64", 2.0**-52), ("float32", 2.0**-23)])
def test_differences_are_central_in_the_dtype_of_the_arguments(dtype, eps):
    """The step is cbrt(eps) where none is given, and twice the step is twice as far from the point."""
    x = mnp.asarray([0.5, -0.25, 0.75], dtype=dtype)
    step = eps ** (1 / 3)
    by_default, stated, twice = (evaluations(mnp.sin, x, **o) for o in ({}, {"step": step}, {"step": 2 * step}))
    assert len(by_default) == 2 and all(str(point.dtype) == dtype for point in by_default)
    np.testing.assert_array_equal(by_default, stated)
    at = mg.to_numpy(x)
    np.testing.assert_allclose((by_default[0] + by_default[1]) / 2, at, atol=4 * eps)
    np.testing.assert_allclose(twice[0] - at, 2 * (stated[0] - at), atol=8 * eps)
    assert np.all(np.abs(stated[0] - at) > 0)


def test_the_step_is_that_of_the_narrowest_argument():
    narrow, wide = mnp.asarray([0.5], dtype="float32"), mnp.asarray([0.25])
    expected = evaluations(lambda x, y: x * y, wide, narrow, step=2.0 ** (-23 / 3))
    np.testing.assert_array_equal(evaluations(lambda x, y: x * y, wide, narrow), expected)


def right_but_for_its_curvature(x):
    return 1.0 + 0.05 * (x - mg.stop_gradient(x)) ** 2


def test_two_orders_are_checked_unless_more_are_asked_for(primitive):
    with pytest.raises(AssertionError):
        run(primitive(right_here_but_not_its_slope, right))
    bent = right_but_for_its_curvature
    for which, factors in {"forward": (bent, right), "reverse": (right, bent)}.items():
        wrong = primitive(*factors)
        run(wrong)
        with pytest.raises(AssertionError, match=f"^{which}, {which}, {which} derivative"):
            run(wrong, order=3, modes=which)


def test_the_direction_is_that_of_seed_zero_unless_another_is_asked_for():
    def message(**options):
        with pytest.raises(AssertionError) as caught:
            run(identity_off_by(1.0), **options)
        return str(caught.value)

    assert message() == message(seed=0) != message(seed=1)


def test_it_names_the_output_that_is_wrong_and_shows_both():
    wrong = identity_off_by(0.5)
    shown = r"output 1 differs .*\nderivative array\(\[[^j]*\]\)\ndifference array\(\[[^j]*\]\)$"
    with pytest.raises(AssertionError, match=shown):
        mg.check_grads(lambda x: (mnp.sin(x), wrong(x), wrong(x)), (mnp.asarray([0.5, 1.0]),), modes="forward")


def test_results_that_are_numbers_or_empty_have_the_derivative_zero():
    mg.check_grads(lambda x: (x * x, 1.0), (2.0,))
    mg.check_grads(lambda x: x[:0], (mnp.ones(2),))


def test_complex_numbers():
    z = mnp.asarray([0.5 + 1.0j, -1.0 + 0.25j])
    mg.check_grads(lambda z: z * z * mnp.sum(z), (z,))
    mg.check_grads(lambda x: mnp.exp(1j * x), (mnp.asarray([0.5, 1.0]),))
    for mode in ("forward", "reverse"):
        with pytest.raises(AssertionError, match=f"^{mode} derivative"):
            mg.check_grads(identity_off_by(0.01j), (z,), order=1, modes=mode)


@pytest.mark.parametrize(
    ("options", "error", "told"),
    [
        ({"args": 1.0}, TypeError, r"the args of check_grads are a tuple, .* and were 1\.0"),
        ({"args": ()}, ValueError, "was given no arrays"),
        ({"args": (None, [])}, ValueError, "was given no arrays"),
        ({"order": 0}, ValueError, "the order of check_grads .* is 0"),
        ({"order": 1.5}, (TypeError, ValueError), r"the order of check_grads .* 1\.5"),
        ({"modes": "up"}, ValueError, "a mode of check_grads is one of 'forward', 'reverse', and was 'up'"),
        ({"modes": ("forward", "up")}, ValueError, "a mode of check_grads .* was 'up'"),
        ({"step": 0.0}, ValueError, r"the step of check_grads .* was 0\.0"),
        ({"tolerance": -1.0}, ValueError, r"the tolerance of check_grads .* was -1\.0"),
        ({"tolerance": 0.0}, ValueError, r"the tolerance of check_grads .* was 0\.0"),
        ({"f": 3}, TypeError, r"what is checked is a function, called with \(\*args\), and was 3"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(options, error, told):
    with pytest.raises(error, match=told):
        mg.check_grads(**{"f": mnp.sin, "args": (1.0,), **options})


def test_arguments_may_be_a_list():
    mg.check_grads(lambda x, y: x * y, [2.0, 3.0])
