"""The recipes: each builds, trains a few steps, and is judged in numbers that JSON can hold."""

import json
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.gan import minimax
from minigan.models import RECIPES, rows_recipe
from minigan.models.gaussian import DATA, learned_discriminator, model_density
from minigan.models.rows import original_scale
from minigan.quadrature import integrate
from minigan.random import generator

TABLE = np.random.default_rng(0).standard_normal((40, 3)) * [1.0, 20.0, 1e-3] + [5.0, -300.0, 0.0]


def build(name):
    return RECIPES[name]() if name in RECIPES else rows_recipe(mnp.asarray(TABLE), "table")


every = pytest.mark.parametrize("name", [*RECIPES, "table"])


@every
def test_trains_and_is_judged(name):
    recipe = build(name)
    assert recipe.name == name and recipe.title and recipe.heading
    assert recipe.steps >= 1000
    result = recipe.train(steps=3, batch=16)
    assert len(result.history["generator_loss"]) == 3
    kinds = {mg.to_numpy(leaf).dtype.name for leaf in mg.tree_leaves(result.state)}
    assert kinds == {recipe.dtype}
    measured = recipe.measure(result)
    assert isinstance(measured["collapsed"], bool)
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured
    assert recipe.measure(result) == measured  # judged on the same samples every time


@every
def test_seeds_and_games(name):
    recipe = build(name)
    one, other, third = (
        recipe.train(steps=2, seed=seed, game=game, batch=16) for seed, game in ((1, None), (1, minimax()), (2, None))
    )
    assert one.players.game.name == "non_saturating" and other.players.game.name == "minimax"
    assert one.history["discriminator_loss"][0] == other.history["discriminator_loss"][0]
    assert one.history["discriminator_loss"] != third.history["discriminator_loss"]
    again = recipe.train(steps=2, seed=1, batch=16)
    assert again.history == one.history


@every
def test_an_untrained_generator_can_be_judged(name):
    recipe = build(name)
    assert recipe.measure(recipe.train(steps=0)).keys() == recipe.measure(recipe.train(steps=1, batch=4)).keys()


def test_an_untrained_ring_has_collapsed():
    recipe = build("ring")
    assert recipe.measure(recipe.train(steps=0))["collapsed"]


def test_the_models_density_is_a_density_and_the_discriminator_a_probability():
    result = build("gaussian").train(steps=2, batch=16)
    model, D = model_density(result), learned_discriminator(result)
    # tanh networks are bounded, and this one moves little from its start
    assert_allclose(float(mg.to_numpy(integrate(model.density, -30.0, 30.0, 20001))), 1.0, atol=0.02)
    d = mg.to_numpy(D(mnp.linspace(-5.0, 5.0, 11)))
    assert d.shape == (11,) and ((d > 0.0) & (d < 1.0)).all()
    assert_allclose(float(mg.to_numpy(integrate(DATA, -8.0, 9.0))), 1.0, rtol=1e-12)


def test_the_gaussians_total_variation_is_that_of_a_histogram():
    result = build("gaussian").train(steps=0)
    stated = build("gaussian").measure(result)["total_variation"]
    edges = np.linspace(-8.0, 9.0, 120)
    sample = mg.to_numpy(result.sample(200_000, generator(5))).reshape(-1)
    counts, _ = np.histogram(sample, edges)
    middle = mg.to_numpy(DATA.density(mnp.asarray(0.5 * (edges[1:] + edges[:-1]))))
    estimate = 0.5 * np.abs(counts / len(sample) - middle * np.diff(edges)).sum()
    assert abs(estimate - stated) < 0.05


# -- any table -----------------------------------------------------------------------------------------------


def test_columns_are_standardised_and_brought_back():
    recipe = rows_recipe(mnp.asarray(TABLE))
    data = mg.to_numpy(recipe.data)
    assert data.dtype == np.float32
    assert_allclose(data.mean(0), 0.0, atol=1e-6)
    assert_allclose(data.std(0), 1.0, rtol=1e-6)
    assert_allclose(original_scale(recipe.data, TABLE.mean(0), TABLE.std(0)), TABLE, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("columns", [1, 2, 5, 200])
def test_tables_of_any_width(columns):
    rows = np.random.default_rng(1).standard_normal((12, columns))
    recipe = rows_recipe(mnp.asarray(rows))
    assert "12 rows" in recipe.title and str(columns) in recipe.title
    result = recipe.train(steps=1)
    assert result.sample(4).shape == (4, columns)
    json.dumps(recipe.measure(result), allow_nan=False)


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e9, 1e-300])
def test_a_constant_column_beside_others_is_kept_and_not_blown_up(constant):
    """The deviation of a thousand equal numbers is a rounding: divided by it they are noise."""
    rows = np.column_stack([np.full(1000, constant), np.arange(1000.0)])
    recipe = rows_recipe(mnp.asarray(rows))
    assert abs(mg.to_numpy(recipe.data)[:, 0]).max() <= 1e-3 * max(1.0, abs(constant) / 1e9)
    measured = recipe.measure(recipe.train(steps=1))
    assert math.isfinite(measured["narrowest_column_relative_to_data"])


def test_integers_in_a_table():
    assert mg.to_numpy(rows_recipe(np.array([[1, 2], [3, 5]])).data).dtype == np.float32


@pytest.mark.parametrize(
    "rows, message",
    [
        (np.ones((1, 3)), "at least two rows"),
        (np.ones((5, 2)), "every column of the data is constant"),
        (np.full((7, 2), 0.1), "every column of the data is constant"),
        (np.array([[1e308], [-1e308]]), "beyond the largest float"),
    ],
)
def test_refused_tables(rows, message):
    with pytest.raises(ValueError, match=message):
        rows_recipe(mnp.asarray(rows))
