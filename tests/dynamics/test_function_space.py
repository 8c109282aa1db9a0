"""Minimax against maximin on atoms; descent of the densities themselves, beside the same game in two parameters."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.backend import dtype_name
from minigan.dynamics import (
    alternating,
    best_discriminator,
    descent_of_densities,
    dirac_gan,
    function_space_game,
    maximin,
    minimax_of_mixed,
    minimax_of_pure,
    onto_simplex,
    simultaneous,
    spectrum,
    total_variation_along,
    trajectory,
    value_on_atoms,
)
from minigan.dynamics.function_space import inside
from minigan.optim import sgd

HALF = (0.5, 0.5)


def test_minimax_is_not_maximin_for_one_atom():
    half = mnp.asarray(HALF)
    pure, other = minimax_of_pure(half), maximin(half)
    assert_allclose(pure, 0.5 * math.log(1 / 3) + math.log(2 / 3), atol=1e-12)
    assert_allclose(other, -math.log(4.0), atol=1e-10)
    assert round(pure, 4) == -0.9548 and round(other, 4) == -1.3863
    assert_allclose(minimax_of_mixed(half), other, atol=1e-10)


@given(share=st.floats(0.05, 0.95, allow_subnormal=False))
def test_any_two_weights(share):
    p = mnp.asarray([share, 1.0 - share])
    pure = [w * math.log(w / (1 + w)) - math.log(1 + w) for w in (share, 1.0 - share)]  # the other atom has D = 1
    assert_allclose(minimax_of_pure(p), min(pure), rtol=1e-12)
    assert_allclose(minimax_of_mixed(p), -math.log(4.0), atol=1e-9)


@pytest.mark.parametrize("share", [0.2, 0.7])
def test_maximin_is_flat_for_any_weights(share):
    assert_allclose(maximin(mnp.asarray([share, 1.0 - share])), -math.log(4.0), atol=1e-9)


def test_max_min_never_exceeds_min_max_on_a_grid():
    """V over all D on a grid and the pure and mixed q, both orders."""
    grid = np.linspace(0.001, 0.999, 250)
    d = mnp.asarray(np.stack(np.meshgrid(grid, grid, indexing="ij"), -1).reshape(-1, 2))
    half = mnp.asarray(HALF)
    v = np.stack([mg.to_numpy(value_on_atoms(half, mnp.asarray([w, 1.0 - w]), d)) for w in np.linspace(0, 1, 21)])
    pure = v[[0, -1]]
    assert_allclose(pure.max(1).min(), -0.9548, atol=2e-3)  # the best D_i = 1 is off the grid
    assert_allclose(pure.min(0).max(), -math.log(4.0), atol=1e-4)
    assert_allclose(v.max(1).min(), -math.log(4.0), atol=1e-4)
    assert_allclose(v.min(0).max(), -math.log(4.0), atol=1e-4)


def test_the_best_discriminator_is_best():
    p, q = mnp.asarray([0.2, 0.0, 0.8, 0.0]), mnp.asarray([0.5, 0.5, 0.0, 0.0])
    d = best_discriminator(p, q)
    assert_allclose(mg.to_numpy(d), [0.2 / 0.7, 0.0, 1.0, 0.5])
    best = float(mg.to_numpy(value_on_atoms(p, q, d)))
    for seed in range(20):
        other = mnp.asarray(np.random.default_rng(seed).uniform(size=4))
        assert float(mg.to_numpy(value_on_atoms(p, q, other))) < best


@given(st.lists(st.floats(-3.0, 3.0, allow_subnormal=False), min_size=1, max_size=6))
def test_projection_onto_the_simplex(values):
    v = np.asarray(values)
    q = mg.to_numpy(onto_simplex(mnp.asarray(v)))
    assert (q >= 0.0).all()
    assert_allclose(q.sum(), 1.0, rtol=1e-13)
    corners = np.eye(len(v))  # the obtuse angle criterion: <v - q, e_i - q> <= 0 for every corner
    assert ((corners - q) @ (v - q) <= 1e-12).all()


@pytest.mark.parametrize("p", [(0.5, 0.5), (0.2, 0.3, 0.5), (0.1, 0.4, 0.05, 0.25, 0.2)])
def test_eigenvalues_in_function_space(p):
    """At q = p, D = 1/2, each atom is [[0, 2], [-2, -8 p_i]]: all real parts are negative."""
    at = (mnp.asarray(p), mnp.full((len(p),), 0.5))
    found = spectrum(function_space_game(mnp.asarray(p)), at)
    stated = np.concatenate([np.roots([1.0, 8.0 * w, 4.0]) for w in p])
    # with p_i = 1/2 the pair is double and has one eigenvector: rounding e shows as sqrt(e)
    assert_allclose(np.sort_complex(found.round(6)), np.sort_complex(stated.round(6)), atol=2e-6)
    assert (found.real < 0.0).all()


@pytest.mark.parametrize("p", [(0.2, 0.8), (0.5, 0.3, 0.2), (0.05, 0.05, 0.6, 0.3)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_descent_of_densities_converges(p, seed):
    q = np.random.default_rng(seed).dirichlet(np.ones(len(p)))
    start = (mnp.asarray(q), mnp.full((len(p),), 0.5))
    path = trajectory(descent_of_densities(0.05), function_space_game(mnp.asarray(p)), start, 3000)
    gaps = total_variation_along(path, p)
    assert gaps[-1] < 1e-6 < gaps[0]
    assert_allclose(path[-1, len(p) :], 0.5, atol=1e-5)


@pytest.mark.outcome
def test_the_same_data_in_densities_and_in_parameters():
    """Data at 0. Over the atoms -1, 0, 1 all mass comes to 0; as theta and psi the players turn about it for ever."""
    p = mnp.asarray([0.0, 1.0, 0.0])
    start = (mnp.asarray([0.0, 0.0, 1.0]), mnp.full((3,), 0.5))
    path = trajectory(descent_of_densities(0.05), function_space_game(p), start, 400)
    gaps = total_variation_along(path, [0.0, 1.0, 0.0])
    assert gaps[0] == 1.0 and gaps[-1] == 0.0
    for method in (simultaneous(0.05), alternating(0.05)):
        radii = np.linalg.norm(trajectory(method, dirac_gan("minimax"), (1.0, 0.0), 5000), axis=1)
        assert radii.min() > 0.95


def test_two_atoms_are_asked_for():
    with pytest.raises(ValueError, match="two atoms"):
        maximin(mnp.asarray([0.2, 0.3, 0.5]))


@pytest.mark.parametrize("share", [0.0, 1e-3, 0.03, 0.97, 0.999, 1.0])
def test_the_search_reaches_the_ends_of_the_interval(share):
    assert_allclose(minimax_of_mixed(mnp.asarray([share, 1.0 - share])), -math.log(4.0), atol=1e-9)


@given(
    weights=st.lists(st.floats(0.01, 1.0, allow_subnormal=False), min_size=2, max_size=5),
    rows=st.integers(1, 3),
    seed=st.integers(0, 2**32 - 1),
)
def test_the_value_is_the_sum_over_atoms_of_every_row(weights, rows, seed):
    p, rng = np.array(weights) / sum(weights), np.random.default_rng(seed)
    q, d = rng.dirichlet(np.ones(len(p)), size=rows), rng.uniform(0.01, 0.99, size=(rows, len(p)))
    found = mg.to_numpy(value_on_atoms(mnp.asarray(p), mnp.asarray(q), mnp.asarray(d)))
    stated = [sum(p[i] * math.log(e[i]) + w[i] * math.log(1.0 - e[i]) for i in range(len(p))) for w, e in zip(q, d)]
    assert_allclose(found, stated, rtol=1e-12)
    game, flat = function_space_game(mnp.asarray(p)), (mnp.asarray(q[0]), mnp.asarray(d[0]))
    assert_allclose([float(loss(*flat)) for loss in (game.x_loss, game.y_loss)], [stated[0], -stated[0]], rtol=1e-12)
    assert game.name == "function_space"


def test_what_is_computed_in_float32_stays_there():
    single = lambda values: mnp.asarray(values, dtype="float32")
    p = single([0.3, 0.7])
    pure = minimax_of_pure(p)
    assert pure == float(np.float32(pure))  # a number that float32 has
    found = [onto_simplex(single([0.9, 0.5, -1.0])), best_discriminator(p, p), value_on_atoms(p, p, p)]
    assert {dtype_name(one.dtype) for one in found} == {"float32"}


@pytest.mark.parametrize("edge", [None, 0.1])
@pytest.mark.parametrize("lr", [0.05, 2.0])
def test_inside_is_a_step_and_then_the_interval(lr, edge):
    rng = np.random.default_rng(0)
    d, g = rng.uniform(0.0, 1.0, 9), rng.standard_normal(9)
    rule = inside(sgd(lr), *([] if edge is None else [edge]))
    moved = mg.to_numpy(rule.update(mnp.asarray(d), mnp.asarray(g), rule.init(mnp.asarray(d)))[0])
    low = 1e-3 if edge is None else edge
    assert_allclose(moved, np.minimum(np.maximum(d - lr * g, low), 1.0 - low), rtol=1e-14)
    assert lr < 1.0 or {low, 1.0 - low} <= set(moved)
    assert repr(rule) == f"inside(sgd(lr={lr}))"


def test_densities_and_discriminator_have_rates_of_their_own():
    """The first step by hand: dV/dq = log(1 - D), dV/dD = p / D - q / (1 - D)."""
    p, q, d = np.array([0.2, 0.3, 0.5]), np.array([0.5, 0.25, 0.25]), np.array([0.4, 0.5, 0.7])
    for rates in ((0.05,), (0.05, 0.01), (0.01, 0.05)):
        start = (mnp.asarray(q), mnp.asarray(d))
        row = trajectory(descent_of_densities(*rates), function_space_game(mnp.asarray(p)), start, 1)[1]
        lr, d_lr = rates[0], rates[-1]
        assert_allclose(row[:3], mg.to_numpy(onto_simplex(mnp.asarray(q - lr * np.log(1.0 - d)))), rtol=1e-13)
        assert_allclose(row[3:], d + d_lr * (p / d - q / (1.0 - d)), rtol=1e-13)


@given(
    st.lists(st.floats(0.01, 1.0, allow_subnormal=False), min_size=1, max_size=4),
    st.integers(0, 3),
    st.integers(0, 2**32 - 1),
)
def test_total_variation_along_a_path_is_that_of_its_rows(weights, more, seed):
    """Half the distance in L1 is the largest difference in the probability of an event."""
    p, n = np.array(weights) / sum(weights), len(weights)
    rng = np.random.default_rng(seed)
    path = np.concatenate([rng.dirichlet(np.ones(n), size=3), rng.standard_normal((3, more))], axis=1)
    events = np.array(np.meshgrid(*[[0.0, 1.0]] * n)).reshape(n, -1)
    assert_allclose(total_variation_along(path, p), ((path[:, :n] - p) @ events).max(1), atol=1e-12)
