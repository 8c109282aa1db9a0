"""Each method beside its formula, written out in plain numbers for one game that is neither zero-sum nor quadratic.

And what holds for all of them: defaults, names that are calls, going on from a state, dtypes.
"""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import optim
from minigan.backend import dtype_name
from minigan.dynamics import (
    METHODS,
    Method,
    TwoPlayerGame,
    averages,
    bilinear,
    descent_of_densities,
    exponential_moving_average,
    heavy_ball,
    iterate_average,
    play,
    proximal_point,
    quadratic,
    trajectory,
    zero_sum,
)

START = (0.8, -0.6)
GAME = TwoPlayerGame(
    lambda x, y: 0.25 * x**4 + mnp.sin(x) * y, lambda x, y: 0.5 * y * y * (1.0 + x * x) - x * y, "neither"
)


def force(z):
    """(dL_x/dx, dL_y/dy) of ``GAME``, differentiated by hand."""
    x, y = z
    return np.array([x**3 + math.cos(x) * y, y * (1.0 + x * x) - x])


def slope_of_force(z):
    x, y = z
    return np.array([[3.0 * x * x - math.sin(x) * y, math.cos(x)], [2.0 * x * y - 1.0, 1.0 + x * x]])


def simultaneous_steps(z, lr, steps):
    for _ in range(steps):
        z = z - lr * force(z)
        yield z


def alternating_steps(z, lr, steps, x_steps=1, y_steps=1, first="x"):
    z = z.copy()
    for _ in range(steps):
        for who, times in ((0, x_steps), (1, y_steps)) if first == "x" else ((1, y_steps), (0, x_steps)):
            for _ in range(times):
                z[who] -= lr[who] * force(z)[who]
        yield z.copy()


def extragradient_steps(z, lr, steps):
    for _ in range(steps):
        z = z - lr * force(z - lr * force(z))
        yield z


def optimistic_steps(z, lr, steps):
    before = force(z)
    for _ in range(steps):
        now = force(z)
        z, before = z - 2.0 * lr * now + lr * before, now
        yield z


def consensus_steps(z, lr, steps, gamma):
    for _ in range(steps):
        z = z - lr * (force(z) + gamma * slope_of_force(z).T @ force(z))
        yield z


def proximal_steps(z, lr, steps):
    for _ in range(steps):
        w = z
        for _ in range(30):  # Newton's method on w - z + lr F(w) = 0
            w = w - np.linalg.solve(np.eye(2) + lr[:, None] * slope_of_force(w), w - z + lr * force(w))
        z = w
        yield z


LITERAL = {
    "simultaneous": (simultaneous_steps, {}),
    "alternating": (alternating_steps, {}),
    "alternating, x twice": (alternating_steps, {"x_steps": 2}),
    "alternating, y thrice and first": (alternating_steps, {"y_steps": 3, "first": "y"}),
    "extragradient": (extragradient_steps, {}),
    "optimistic": (optimistic_steps, {}),
    "consensus": (consensus_steps, {"gamma": 0.7}),
    "proximal_point": (proximal_steps, {}),
}


def made(name, x=0.1, y=0.25):
    return METHODS[name.split(",")[0]](x, y, **LITERAL[name][1])


@pytest.mark.parametrize("name", LITERAL)
def test_steps_are_those_of_the_formula(name):
    literal, options = LITERAL[name]
    stated = list(literal(np.array(START), np.array([0.1, 0.25]), 6, **options))
    assert_allclose(trajectory(made(name), GAME, START, 6)[1:], stated, rtol=1e-11)


@pytest.mark.parametrize("name", LITERAL)
def test_the_second_rate_is_the_first_unless_it_is_given(name):
    options = LITERAL[name][1]
    one, both = (METHODS[name.split(",")[0]](*rates, **options) for rates in ((0.1,), (0.1, 0.1)))
    assert repr(one) == repr(both)
    assert (trajectory(one, GAME, START, 3) == trajectory(both, GAME, START, 3)).all()


def test_an_extragradients_memories_see_the_second_gradient_only():
    mass, lr, z, v = 0.5, 0.1, np.array(START), np.zeros(2)
    found = trajectory(METHODS["extragradient"](heavy_ball(lr, mass)), GAME, START, 5)
    for row in found[1:]:
        ahead = z + mass * v - lr * force(z)
        v = mass * v - lr * force(ahead)
        z = z + v
        assert_allclose(row, z, rtol=1e-12)


def test_an_optimistic_step_extrapolates_the_step_of_its_optimiser():
    mass, lr, z, v, before = 0.5, 0.1, np.array(START), np.zeros(2), None
    found = trajectory(METHODS["optimistic"](heavy_ball(lr, mass)), GAME, START, 5)
    for row in found[1:]:
        v = mass * v - lr * force(z)
        z, before = z + 2.0 * v - (v if before is None else before), v
        assert_allclose(row, z, rtol=1e-12)


DEFAULTS = {
    "simultaneous": {},
    "alternating": {"x_steps": 1, "y_steps": 1, "first": "x"},
    "extragradient": {},
    "optimistic": {},
    "consensus": {"gamma": 1.0},
    "proximal_point": {"solver": "newton", "tolerance": 1e-12, "iterations": 50},
}


@pytest.mark.parametrize("name", METHODS)
def test_defaults_are_those_documented(name):
    bare, full = METHODS[name](), METHODS[name](0.1, 0.1, **DEFAULTS[name])
    assert repr(bare) == repr(full)
    assert (trajectory(bare, GAME, START, 3) == trajectory(full, GAME, START, 3)).all()


def test_defaults_of_what_wraps_and_of_games():
    method = METHODS["simultaneous"](0.1)
    wrapped = [exponential_moving_average(method, *decay) for decay in ((), (0.999,))]
    assert repr(wrapped[0]) == repr(wrapped[1]) == f"exponential_moving_average(0.999)({method!r})"
    assert repr(descent_of_densities()) == repr(descent_of_densities(0.05, 0.05))
    for bare, full in ((bilinear(), bilinear(1.0)), (quadratic(), quadratic(1.0, 1.0, 1.0))):
        found = [[float(loss(*START)) for loss in (game.x_loss, game.y_loss)] for game in (bare, full)]
        assert found[0] == found[1]


@pytest.mark.parametrize("name", LITERAL)
def test_a_methods_name_is_the_call_that_makes_it(name):
    method = made(name)
    for one in (method, iterate_average(method)):
        again = eval(repr(one), {**METHODS, "sgd": optim.sgd, "iterate_average": iterate_average})
        assert repr(again) == repr(one)
        assert (trajectory(again, GAME, START, 4) == trajectory(one, GAME, START, 4)).all()


def test_names_of_games_and_rules():
    assert (bilinear(2.0).name, quadratic().name, GAME.name) == ("bilinear", "quadratic", "neither")
    value = lambda x, y: x * y
    assert (zero_sum(value, "mine").name, zero_sum(value).name) == ("mine", "zero-sum game")
    assert repr(heavy_ball(0.1, 0.5)) == "heavy_ball(lr=0.1)"
    assert repr(descent_of_densities(0.1, 0.2)) == "simultaneous(in_simplex(sgd(lr=0.1)), inside(sgd(lr=0.2)))"


@pytest.mark.parametrize("name", [*LITERAL, "iterate_average", "exponential_moving_average"])
def test_going_on_from_a_state_is_as_if_one_had_not_stopped(name):
    wraps = {"iterate_average": iterate_average, "exponential_moving_average": exponential_moving_average}
    method = wraps[name](METHODS["optimistic"](heavy_ball(0.1, 0.5))) if name in wraps else made(name)
    whole, half = play(method, GAME, START, 5), play(method, GAME, START, 2)
    rest = play(method, GAME, half, 3)
    for found, stated in zip(mg.tree_leaves(rest), mg.tree_leaves(whole)):
        assert float(mg.to_numpy(found)) == float(mg.to_numpy(stated))
    path = trajectory(method, GAME, half, 3)
    assert (path == trajectory(method, GAME, START, 5)[2:]).all()


def test_no_steps_are_the_start():
    method = METHODS["optimistic"](0.1)
    assert (trajectory(method, GAME, START, 0) == [START]).all()
    still = play(method, GAME, START, 0)
    assert (float(still.x), float(still.y)) == START


def test_no_step_is_made_beyond_the_last_that_is_asked_for():
    def step(game, state):
        if state.x >= 3.0:
            raise ArithmeticError("a fourth step")
        return state._replace(x=state.x + 1.0)

    method = Method(lambda x: (), lambda y: (), step, "counting up")
    assert trajectory(method, GAME, (0.0, 0.0), 3)[:, 0].tolist() == [0.0, 1.0, 2.0, 3.0]
    with pytest.raises(ArithmeticError, match="a fourth step"):
        trajectory(method, GAME, (0.0, 0.0), 4)


WRAPS = {"": lambda method: method, "iterate_average": iterate_average, "average": exponential_moving_average}


@pytest.mark.parametrize("wrap", WRAPS)
@pytest.mark.parametrize("name", [name for name in METHODS if name != "proximal_point"])  # it takes one dtype
def test_every_leaf_keeps_its_own_dtype(name, wrap):
    single = lambda values: mnp.asarray(values, dtype="float32")
    at = ({"a": single(0.5), "b": mnp.asarray([1.0, -0.3])}, [single([0.5, 1.0])])
    value = lambda x, y: 0.15 * mnp.sum(x["a"] * x["a"]) + x["a"] * mnp.sum(x["b"] * y[0]) - 0.1 * mnp.sum(y[0] * y[0])
    method = WRAPS[wrap](METHODS[name](0.1))
    end = play(method, zero_sum(value), at, 3)
    found = [(end.x, end.y)] + ([tuple(averages(end))] if wrap else [])
    for tree in found:
        assert [dtype_name(leaf.dtype) for leaf in mg.tree_leaves(tree)] == ["float32", "float64", "float32"]


@pytest.mark.parametrize("name", LITERAL)
def test_a_game_in_float32_is_asked_in_float32_only(name):
    seen = set()

    def loss(x, y):
        seen.update((dtype_name(x.dtype), dtype_name(y.dtype)))
        return 0.3 * x * x + 0.2 * y * y + x * y

    method = proximal_point(0.1, 0.25, tolerance=1e-5) if name == "proximal_point" else made(name)
    at = tuple(mnp.asarray(z, dtype="float32") for z in START)
    trajectory(method, TwoPlayerGame(loss, loss), at, 3)
    assert seen == {"float32"}


@pytest.mark.parametrize("rounds", [1, 3, 50])
def test_rounds_of_a_fixed_point_are_counted(rounds):
    """On V = xy round n leaves lr^(n + 1) |z|, which is the most that may be left: tolerance (1 + |z|)."""
    lr, options = 0.5, {} if rounds == 50 else {"iterations": rounds}
    left = lr ** (rounds + 1)  # of |z| = 1: powers of two, which nothing rounds
    enough = proximal_point(lr, solver="fixed_point", tolerance=left / 2.0, **options)
    assert np.isfinite(trajectory(enough, bilinear(), (1.0, 0.0), 1)).all()
    short = proximal_point(lr, solver="fixed_point", tolerance=0.49 * left, **options)
    with pytest.raises(ArithmeticError) as error:
        play(short, bilinear(), (1.0, 0.0), 1)
    stated = f"after {rounds} rounds of fixed_point the step's equation is off by {left:.3g}, and {0.98 * left:.3g} was"
    assert stated in str(error.value)
    assert str(error.value).endswith("take a smaller learning rate, or solver='newton'")


@pytest.mark.parametrize("exponent", [1, 2, 5])
def test_a_fixed_point_stops_one_round_after_its_equation_holds(exponent):
    """w_n = z - lr F(w_(n - 1)), w_0 = z, on V = xy: it holds to lr^n first at w_(n - 1), and a step has two more."""
    lr, z = 0.5, np.array([1.0, 0.0])
    for _ in range(exponent + 1):
        z = np.array([1.0 - lr * z[1], lr * z[0]])
    method = proximal_point(lr, solver="fixed_point", tolerance=lr**exponent / 2.0)
    assert (trajectory(method, bilinear(), (1.0, 0.0), 1)[1] == z).all()


def test_newtons_method_that_does_not_arrive_says_so_without_advising_itself():
    method = proximal_point(0.4, iterations=1, tolerance=1e-15)
    with pytest.raises(ArithmeticError, match=r"after 1 rounds of newton .* take a smaller learning rate$"):
        play(method, GAME, START, 1)


def test_newtons_method_solves_a_linear_equation_in_one_round():
    method = proximal_point(2.0, iterations=1)
    stated = np.linalg.solve([[1.0, 2.0], [-2.0, 1.0]], START)
    assert_allclose(trajectory(method, bilinear(), START, 1)[1], stated, rtol=1e-14)


def test_the_default_tolerance_of_a_proximal_step_is_a_rounding():
    for lr in (0.1, 0.4):
        row = trajectory(proximal_point(lr), GAME, START, 1)[1]
        assert np.linalg.norm(row - (START - lr * force(row))) < 1e-12
