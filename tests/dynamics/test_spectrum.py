"""The field, its Jacobian and its eigenvalues: against closed forms, finite differences and the dense matrix."""

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.backend import dtype_name
from minigan.dynamics import (
    TwoPlayerGame,
    bilinear,
    exponential_moving_average,
    heavy_ball,
    iterate_average,
    jacobian,
    optimistic,
    quadratic,
    simultaneous,
    spectral_radius,
    spectrum,
    update_spectrum,
    vector_field,
    zero_sum,
)
from minigan.dynamics.spectrum import ordered
from minigan.dynamics.vectors import as_vector
from minigan.gan import GAMES, Players, gradient_penalty, minimax, non_saturating, r1, two_player_game
from minigan.random import generator


def matched(found, stated):
    """The largest distance between two sets of eigenvalues, each paired with its nearest left over."""
    left, worst = list(stated), 0.0
    assert len(found) == len(left)
    for value in found:
        nearest = min(range(len(left)), key=lambda i: abs(left[i] - value))
        worst = max(worst, abs(left.pop(nearest) - value))
    return worst


@pytest.mark.parametrize("a, b, c", [(0.2, 1.0, 0.2), (1.0, 0.1, 3.0), (-0.5, 2.0, 0.1), (0.0, 1.0, 0.0)])
def test_the_quadratic_game(a, b, c):
    root = np.sqrt(complex((a - c) ** 2 / 4.0 - b * b))
    found = spectrum(quadratic(a, b, c), (0.0, 0.0))
    assert matched(found, [-(a + c) / 2.0 + root, -(a + c) / 2.0 - root]) < 1e-14
    x, y = 0.3, -0.7
    field = vector_field(quadratic(a, b, c), (x, y))
    assert_allclose([float(mg.to_numpy(v)) for v in field], [-(a * x + b * y), b * x - c * y], rtol=1e-14)
    assert_allclose(mg.to_numpy(jacobian(quadratic(a, b, c), (x, y))), [[-a, -b], [b, -c]], rtol=1e-14)


def players_of(game=minimax):
    return Players(game(), nn.mlp([5, 2], activation="tanh"), nn.mlp([6, 1], activation="tanh"), None, None)


def mlp_gan(penalty=None, game=minimax, seed=0):
    players, rng = players_of(game), generator(seed)
    real, noise = rng.standard_normal((16, 2)) + 1.0, rng.standard_normal((16, 3))
    at = (players.generator.init(rng, (1, 3)), players.discriminator.init(rng, (1, 2)))
    chance = rng.uniform((16, 1))
    return two_player_game(players, real, noise, penalty=penalty, chance=chance), at


def by_differences(game, at, step=1e-5):
    z, back = as_vector(tuple(at))
    host, columns = mg.to_numpy(z), []

    def velocity(vector):
        return mg.to_numpy(as_vector(tuple(vector_field(game, back(mnp.asarray(vector)))))[0])

    for i in range(len(host)):
        e = np.zeros_like(host)
        e[i] = step
        columns.append((velocity(host + e) - velocity(host - e)) / (2.0 * step))
    return np.stack(columns, 1)


@pytest.mark.parametrize("penalty", [None, r1(2.0), gradient_penalty(10.0)], ids=repr)
@pytest.mark.parametrize("game", [minimax, non_saturating])
def test_a_small_mlp_gan_against_finite_differences(penalty, game):
    both, at = mlp_gan(penalty, game)
    differences = by_differences(both, at)
    dense = mg.to_numpy(jacobian(both, at))
    assert dense.shape == (57, 57)  # 3 * 5 + 5 + 5 * 2 + 2, and 2 * 6 + 6 + 6 + 1
    assert_allclose(dense, differences, atol=1e-8)
    assert matched(spectrum(both, at), np.linalg.eigvals(differences)) < 1e-6


def test_zero_sum_makes_the_blocks_off_the_diagonal_opposite():
    both, at = mlp_gan()
    dense = mg.to_numpy(jacobian(both, at))
    n = 32
    assert_allclose(dense[:n, n:], -dense[n:, :n].T, atol=1e-14)
    assert_allclose(dense[:n, :n], dense[:n, :n].T, atol=1e-14)
    assert abs(dense[:n, n:]).max() > 1e-3


@pytest.mark.parametrize("which", ["real", "modulus", "imaginary"])
def test_matrix_free_is_dense(which):
    both, at = mlp_gan(r1(1.0))
    dense = spectrum(both, at)
    key = {"real": np.real, "modulus": np.abs, "imaginary": lambda v: abs(v.imag)}[which]
    leading = dense[np.argsort(-key(dense))][:4]
    found = spectrum(both, at, leading=4, which=which)
    assert_allclose(np.sort(key(found)), np.sort(key(leading)), atol=1e-9)
    for value in found:
        assert abs(dense - value).min() < 1e-8
    assert (found == spectrum(both, at, leading=4, which=which)).all()


def test_a_larger_game_without_its_matrix():
    """x in R^400 against y in R^400: eigenvalues of [[-a, -b], [b, -c]] for every coordinate."""
    b = mnp.linspace(0.5, 2.0, 400)
    game = TwoPlayerGame(lambda x, y: mnp.sum(0.1 * x * x + b * x * y), lambda x, y: mnp.sum(0.1 * y * y - b * x * y))
    at = (mnp.zeros(400), mnp.zeros(400))
    found = spectrum(game, at, leading=4, which="modulus")
    stated = [-0.2 + 1j * w * sign for w in np.linspace(0.5, 2.0, 400)[-2:] for sign in (1, -1)]
    assert matched(found, stated) < 1e-9


@pytest.mark.parametrize("name", GAMES)
def test_every_game_of_the_registry_has_a_field(name):
    both, at = mlp_gan(game=GAMES[name])
    assert all(np.isfinite(mg.to_numpy(v)).all() for v in mg.tree_leaves(vector_field(both, at)))


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: spectrum(bilinear(), (0.0,)), ValueError, "a pair"),
        (lambda: spectrum(bilinear(), (0.0, 1)), TypeError, "floating-point"),
        (lambda: spectrum(bilinear(), ((), ())), ValueError, "no parameters"),
        (lambda: spectrum(bilinear(), (0.0, 0.0), leading=1), ValueError, "between 1 and n - 2"),
        (lambda: spectrum(bilinear(), (0.0, 0.0), leading=1, which="largest"), ValueError, "one of real"),
        (lambda: spectrum(bilinear(), (mnp.zeros((), dtype="float32"), 0.0)), ValueError, "one dtype"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_eigenvalues_are_complex_numbers_also_where_all_are_real():
    for found in (
        spectrum(quadratic(1.0, 0.1, 3.0), (0.0, 0.0)),
        update_spectrum(simultaneous(0.1), quadratic(1.0, 0.1, 3.0), (0.0, 0.0)),
    ):
        assert found.dtype == np.dtype(complex) and (found.imag == 0.0).all()


numbers = st.floats(-3.0, 3.0, allow_subnormal=False).map(lambda v: round(v, 3))


@pytest.mark.parametrize("by", [np.real, np.abs])
@given(values=st.lists(st.builds(complex, numbers, numbers), min_size=1, max_size=8))
def test_the_order_of_eigenvalues(by, values):
    """Falling in what they are ordered by, then in the imaginary part; and nothing is lost."""
    given_values = np.array(values)
    found = ordered(given_values, by=by)
    assert sorted(found, key=lambda v: (v.real, v.imag)) == sorted(given_values, key=lambda v: (v.real, v.imag))
    for before, after in pairwise(found):
        assert by(before) > by(after) - 1e-12
        assert by(before) > by(after) + 1e-12 or before.imag >= after.imag
    assert by is not np.real or (ordered(given_values) == found).all()


def test_a_pair_that_rounding_took_apart_is_still_a_pair():
    """Real parts that differ in the 13th digit are one: of the two the one above the axis comes first."""
    upper, lower = 1.0 + 1.0j, 1.0 + 2e-13 - 1.0j
    assert (ordered([lower, upper]) == [upper, lower]).all()
    assert (ordered([upper, 1.0 + 2e-12 - 1.0j]) == [1.0 + 2e-12 - 1.0j, upper]).all()


def test_a_fields_eigenvalues_fall_by_real_part_and_a_steps_by_modulus():
    """1 + lr l for eigenvalues l of the field: at lr = 1 those of -0.1 and -3 are 0.9 and -2."""
    game, at = quadratic(0.1, 0.0, 3.0), (0.0, 0.0)
    assert_allclose(spectrum(game, at), [-0.1, -3.0], rtol=1e-14)
    assert_allclose(update_spectrum(simultaneous(1.0), game, at), [-2.0, 0.9], rtol=1e-14)
    assert_allclose(spectral_radius(simultaneous(1.0), game, at), 2.0, rtol=1e-14)


@pytest.mark.parametrize("n", [2, 3])
def test_up_to_n_minus_two_eigenvalues_may_lead(n):
    """Of diag(-1, ..., -n) beside diag(-n - 1, ..., -2 n) the one that is left out is the lowest two."""
    a, c = (mnp.arange(1.0 + n * i, 1.0 + n * (i + 1)) for i in (0, 1))
    game = zero_sum(lambda x, y: mnp.sum(0.5 * a * x * x) - mnp.sum(0.5 * c * y * y))
    at = (mnp.zeros(n), mnp.zeros(n))
    for leading in range(1, 2 * n - 1):
        assert_allclose(spectrum(game, at, leading=leading), -np.arange(1.0, leading + 1.0), rtol=1e-9)


def test_a_tolerance_is_an_error_that_is_allowed():
    b = np.linspace(0.5, 2.0, 100)
    weights = mnp.asarray(b)
    game = TwoPlayerGame(
        lambda x, y: mnp.sum(0.1 * x * x + weights * x * y), lambda x, y: mnp.sum(0.1 * y * y - weights * x * y)
    )
    at = (mnp.zeros(100), mnp.zeros(100))
    stated = [-0.2 + 1j * w * sign for w in b[-2:] for sign in (1, -1)]
    exact, loose = (matched(spectrum(game, at, 4, "modulus", tolerance), stated) for tolerance in (0.0, 0.1))
    assert exact < 1e-9 < 1e-6 < loose < 0.1 * 2.0


@pytest.mark.parametrize("which", ["real", "modulus", "imaginary"])
def test_leading_eigenvalues_in_float32(which):
    """As far as float32 goes, and the field is asked in float32 only."""
    seen, rng = set(), np.random.default_rng(3)
    a, b = rng.uniform(0.2, 1.0, 12), rng.uniform(1.0, 4.0, 12)
    single = lambda values: mnp.asarray(values, dtype="float32")

    def value(x, y):
        seen.add((dtype_name(x.dtype), dtype_name(y.dtype)))
        return mnp.sum(0.5 * single(a) * x * x + single(b) * x * y)

    found = spectrum(zero_sum(value), (single(np.zeros(12)), single(np.zeros(12))), leading=4, which=which)
    every = np.concatenate([np.roots([1.0, s, t * t]) for s, t in zip(a, b)])
    assert max(abs(every - one).min() for one in found) < 1e-4
    key = {"real": np.real, "modulus": np.abs, "imaginary": lambda v: abs(v.imag)}[which]
    assert_allclose(np.sort(key(found)), np.sort(key(every))[-4:], atol=1e-4)
    assert seen == {("float32", "float32")}


class Named(NamedTuple):
    first: Any
    second: Any


PACKED = {
    "tuple": lambda a, b: (a, b),
    "list": lambda a, b: [a, b],
    "dict": lambda a, b: {"step size": a, "z": b},
    "named tuple": Named,
    "nested": lambda a, b: ([a], {"in": (b,)}),
    "beside nothing": lambda a, b: (None, a, {"none": None}, b),
    "one vector": lambda a, b: (mnp.stack([a, b]),),
}


@pytest.mark.parametrize("packed", PACKED)
@pytest.mark.parametrize("method", ["simultaneous", "optimistic", "heavy ball", "average"])
def test_a_steps_eigenvalues_do_not_see_how_the_players_are_packed(method, packed):
    """Two saddles that do not meet: the eigenvalues of each, whatever the trees, counters and memories look like."""
    make = {
        "simultaneous": lambda: simultaneous(optim.momentum(0.1)),
        "optimistic": lambda: optimistic(0.1),
        "heavy ball": lambda: simultaneous(heavy_ball(0.1, -0.4)),
        "average": lambda: iterate_average(exponential_moving_average(optimistic(0.1), 0.5)),
    }[method]
    terms = lambda x, y: (0.15 * x[0] * x[0] + 1.1 * x[0] * y[0]) + (0.5 * x[1] * y[1] - 0.2 * y[1] * y[1])

    def apart(tree):
        leaves = mg.tree_leaves(tree)
        return leaves if len(leaves) == 2 else [leaves[0][0], leaves[0][1]]

    game = zero_sum(lambda x, y: terms(apart(x), apart(y)))
    zero = PACKED[packed](mnp.asarray(0.0), mnp.asarray(0.0))
    found = update_spectrum(make(), game, (zero, zero))
    alone = [update_spectrum(make(), quadratic(*abc), (0.0, 0.0)) for abc in ((0.3, 1.1, 0.0), (0.0, 0.5, 0.4))]
    assert matched(found, np.concatenate(alone)) < 1e-7
