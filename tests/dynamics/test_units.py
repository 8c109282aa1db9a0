"""Methods are functions of the game, not of the unit that its coordinates are measured in, nor of how they are packed."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan.numpy as mnp
from minigan import optim
from minigan.dynamics import (
    METHODS,
    TwoPlayerGame,
    averages,
    dirac_eigenvalues,
    dirac_gan,
    exponential_moving_average,
    flow,
    heavy_ball,
    iterate_average,
    play,
    quadratic,
    spectrum,
    trajectory,
    update_spectrum,
    vector_field,
    zero_sum,
)

GAMES = {
    "quadratic": quadratic(0.3, 1.1, 0.2),
    "dirac": dirac_gan(r1=0.3),
    "coupled": TwoPlayerGame(lambda x, y: mnp.sum(x * x) + mnp.sum(x * y), lambda x, y: mnp.sum(y * y) - mnp.sum(x * y)),
}
START = (1.3, -0.7)
MADE = {
    **{name: make for name, make in METHODS.items() if name not in ("consensus", "proximal_point")},
    "alternating, several": lambda x, y=None: METHODS["alternating"](x, y, x_steps=2, y_steps=3, first="y"),
    "proximal_point": METHODS["proximal_point"],
    "proximal_point, rounds": lambda x, y=None, tolerance=1e-14: METHODS["proximal_point"](
        x, y, solver="fixed_point", tolerance=tolerance
    ),
}


def in_units(game, x_unit, y_unit):
    """The same game, its players' coordinates counted in units as large."""
    return TwoPlayerGame(
        lambda x, y: game.x_loss(x * x_unit, y * y_unit), lambda x, y: game.y_loss(x * x_unit, y * y_unit)
    )


@pytest.mark.parametrize("units", [(1e6, 1e6), (1e-6, 1e-6), (1e3, 1e-3)], ids=str)
@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("method", MADE)
def test_scaling_the_coordinates_scales_the_steps(method, game, units):
    """z = unit w: a gradient in w is unit times that in z, and a rate of lr / unit^2 moves w by the same step of z."""
    plain = trajectory(MADE[method](0.1, 0.05), GAMES[game], START, 8)
    rates = [lr / unit**2 for lr, unit in zip((0.1, 0.05), units)]
    start = [z / unit for z, unit in zip(START, units)]
    # the equation of proximal steps is solved to tolerance (1 + |z|): where z is small the 1 is a length, too
    how = {"tolerance": 1e-14 / max(1.0, min(units))} if method == "proximal_point, rounds" else {}
    scaled = trajectory(MADE[method](*rates, **how), in_units(GAMES[game], *units), start, 8) * np.array(units)
    assert_allclose(scaled, plain, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("unit", [1e6, 1e-6])
def test_scaling_the_coordinates_scales_consensus(unit):
    """The pull by |F|^2 / 2 has a gradient unit^3 times as large once the game is scaled: gamma counts in 1 / unit^2."""
    game = GAMES["quadratic"]
    plain = trajectory(METHODS["consensus"](0.1, gamma=0.5), game, START, 8)
    method = METHODS["consensus"](0.1 / unit**2, gamma=0.5 / unit**2)
    scaled = trajectory(method, in_units(game, unit, unit), (START[0] / unit, START[1] / unit), 8)
    assert_allclose(unit * scaled, plain, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("worth", [1e6, 1e-6])
@pytest.mark.parametrize("method", MADE)
def test_losses_in_another_unit_are_rates_in_another(method, worth):
    game = GAMES["coupled"]
    dearer = TwoPlayerGame(lambda x, y: worth * game.x_loss(x, y), lambda x, y: worth * game.y_loss(x, y))
    plain = trajectory(MADE[method](0.1), game, START, 8)
    assert_allclose(trajectory(MADE[method](0.1 / worth), dearer, START, 8), plain, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("unit", [1e6, 1e-6])
@pytest.mark.parametrize("rule", [optim.rmsprop, optim.adam])
def test_adaptive_rules_step_in_their_own_unit(rule, unit):
    """What these rules move by is the rate, whatever the gradient: the rate is counted in the coordinates' unit."""
    make = lambda lr: METHODS["simultaneous"](rule(lr, epsilon=0.0))
    plain = trajectory(make(0.1), GAMES["quadratic"], START, 8)
    game = in_units(GAMES["quadratic"], unit, unit)
    scaled = trajectory(make(0.1 / unit), game, (START[0] / unit, START[1] / unit), 8)
    assert_allclose(unit * scaled, plain, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("method", MADE)
def test_coordinates_that_do_not_meet_move_as_if_alone(method):
    """The game of two points at once is two games: as a vector, and as a tree."""
    term = lambda x, y: mnp.sum(0.15 * x * x + 1.1 * x * y - 0.1 * y * y)
    tree = zero_sum(lambda x, y: term(x["a"], y["a"]) + term(x["b"], y["b"]))
    made = MADE[method](0.1, 0.05)
    alone = [trajectory(made, quadratic(0.3, 1.1, 0.2), at, 6) for at in ((1.3, -0.7), (-2.0, 0.4))]
    together = trajectory(made, zero_sum(term), (mnp.asarray([1.3, -2.0]), mnp.asarray([-0.7, 0.4])), 6)
    assert_allclose(together, np.stack([alone[0][:, 0], alone[1][:, 0], alone[0][:, 1], alone[1][:, 1]], 1), rtol=1e-9)
    of_trees = trajectory(
        made, tree, ({"a": mnp.asarray(1.3), "b": mnp.asarray(-2.0)}, {"a": mnp.asarray(-0.7), "b": mnp.asarray(0.4)}), 6
    )
    assert_allclose(of_trees, together, rtol=1e-9)


@pytest.mark.parametrize("game", GAMES)
def test_eigenvalues_do_not_see_the_unit_of_a_point(game):
    """J is similar to itself in other units of z: the spectrum of F(unit w) / unit, with the losses' unit^2 taken off."""
    unit = 1e3
    scaled = in_units(GAMES[game], unit, unit)
    plain = spectrum(GAMES[game], (0.2, 0.1))
    assert_allclose(spectrum(scaled, (0.2 / unit, 0.1 / unit)) / unit**2, plain, rtol=1e-9, atol=1e-12)
    at = update_spectrum(METHODS["extragradient"](0.1), GAMES[game], (0.2, 0.1))
    other = update_spectrum(METHODS["extragradient"](0.1 / unit**2), scaled, (0.2 / unit, 0.1 / unit))
    assert_allclose(other, at, rtol=1e-9, atol=1e-12)


def test_the_field_is_minus_both_gradients_of_their_own_losses():
    """Against finite differences of each player's loss."""
    game, h = GAMES["coupled"], 1e-6
    x, y = 0.4, -0.9
    slope = lambda loss, dx, dy: (float(loss(x + dx, y + dy)) - float(loss(x - dx, y - dy))) / (2.0 * h)
    found = [float(v) for v in vector_field(game, (mnp.asarray(x), mnp.asarray(y)))]
    assert_allclose(found, [-slope(game.x_loss, h, 0.0), -slope(game.y_loss, 0.0, h)], rtol=1e-6)


@pytest.mark.parametrize("decay", [0.5, 0.9])
def test_averages_by_hand(decay):
    path = trajectory(METHODS["simultaneous"](0.1), GAMES["quadratic"], START, 6)
    mean = trajectory(iterate_average(METHODS["simultaneous"](0.1)), GAMES["quadratic"], START, 6, of=averages)
    assert_allclose(mean[1:], np.cumsum(path[1:], 0) / np.arange(1, 7)[:, None], rtol=1e-12)
    method = exponential_moving_average(METHODS["simultaneous"](0.1), decay)
    moving = trajectory(method, GAMES["quadratic"], START, 6, of=averages)
    for t in range(7):
        weights = (1.0 - decay) * decay ** np.arange(t, -1, -1.0)
        weights[0] = decay**t  # of the start, which the average begins with
        assert_allclose(moving[t], (weights[:, None] * path[: t + 1]).sum(0), rtol=1e-12)


@pytest.mark.parametrize("mass", [-0.5, 0.5])
def test_heavy_ball_by_hand(mass):
    x, v, path = 1.3, 0.0, [1.3]
    for _ in range(5):
        v = mass * v - 0.1 * 0.3 * x
        x += v
        path.append(x)
    game = TwoPlayerGame(lambda x, y: 0.15 * x * x, lambda x, y: 0.15 * y * y)
    found = trajectory(METHODS["simultaneous"](heavy_ball(0.1, mass)), game, (1.3, 1.3), 5)
    assert_allclose(found, np.stack([path, path], 1), rtol=1e-13)


@pytest.mark.parametrize("mass", [-1.5, -1.0, 1.0, 1.5, "0.5", True])
def test_masses_outside_of_the_open_interval_are_refused(mass):
    with pytest.raises(ValueError, match=rf"the mass of heavy_ball lies in \(-1, 1\), and was {mass!r}"):
        heavy_ball(0.1, mass)


def test_losses_that_there_are_not_are_answered_with_those_there_are():
    for make in (dirac_gan, dirac_eigenvalues):
        with pytest.raises(ValueError, match="one of minimax, non_saturating, wasserstein, and was 'none'"):
            make("none")


def test_methods_say_what_they_are():
    for name in ("simultaneous", "extragradient", "optimistic"):
        assert repr(METHODS[name](0.1, 0.2)) == f"{name}(sgd(lr=0.1), sgd(lr=0.2))"
    assert repr(METHODS["alternating"](0.1, y_steps=2, first="y")) == (
        "alternating(sgd(lr=0.1), sgd(lr=0.1), x_steps=1, y_steps=2, first='y')"
    )
    assert repr(METHODS["consensus"](0.1, 0.2)).startswith("consensus(sgd(lr=0.1), sgd(lr=0.2)")
    assert repr(METHODS["proximal_point"](0.1, 0.2)) == "proximal_point(sgd(lr=0.1), sgd(lr=0.2))"
    assert repr(iterate_average(METHODS["simultaneous"](0.1))) == "iterate_average(simultaneous(sgd(lr=0.1), sgd(lr=0.1)))"


@pytest.mark.parametrize("method", [*MADE, "iterate_average"])
def test_every_counter_counts_steps_by_one(method):
    made = iterate_average(MADE["simultaneous"](0.1)) if method == "iterate_average" else MADE[method](0.1)
    found = play(made, GAMES["quadratic"], START, 4)
    times = {"alternating, several": (8.0, 12.0)}.get(method, (4.0, 4.0))
    for memory, expected in zip((found.x_memory, found.y_memory), times):
        assert float(memory["step"]) == expected


class Position(NamedTuple):
    left: Any
    right: Any


def test_players_may_be_named_tuples():
    """The spectrum of a step on a named tuple is that on a vector; its memories' counters are left out."""
    term = lambda x, y: 0.15 * x * x + 1.1 * x * y - 0.1 * y * y
    game = zero_sum(lambda x, y: term(x.left, y.left) + term(x.right, y.right))
    zero = Position(mnp.asarray(0.0), mnp.asarray(0.0))
    for name in ("simultaneous", "optimistic"):
        found = update_spectrum(METHODS[name](optim.momentum(0.1)), game, (zero, zero))
        alone = update_spectrum(METHODS[name](optim.momentum(0.1)), quadratic(0.3, 1.1, 0.2), (0.0, 0.0))
        # every eigenvalue twice
        assert_allclose(np.sort_complex(found.round(10)), np.sort_complex(np.repeat(alone, 2).round(10)), atol=1e-9)


def test_a_flow_between_two_times_and_refused_times():
    end = flow(quadratic(0.0, 1.0, 0.0), (1.0, 0.0), [0.0, np.pi])[-1]
    assert_allclose(end, [-1.0, 0.0], atol=1e-9)
    for times in ([0.0], [0.0, 0.0], [1.0, 0.0], 1.0):
        with pytest.raises(ValueError, match="the times of a flow increase"):
            flow(quadratic(), START, times)
