"""The field, its Jacobian and its eigenvalues: against closed forms, finite differences and the dense matrix."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.dynamics import TwoPlayerGame, bilinear, jacobian, quadratic, spectrum, vector_field
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
