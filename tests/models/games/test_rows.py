"""Anybody's rows: scaled, kept, brought back into their own units, or refused."""

import json
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
from minigan.data import from_array
from minigan.models.games.rows import original_scale, rows
from minigan.random import generator

from ..small import TABLE


def rows_of(values, **options):
    return rows(data=from_array(np.asarray(values), "table"), **options)


def test_columns_are_standardised_and_brought_back():
    system = rows_of(TABLE)
    data = mg.to_numpy(system.data)
    assert data.dtype == np.float32
    assert_allclose(data.mean(0), 0.0, atol=1e-6)
    assert_allclose(data.std(0), 1.0, rtol=1e-6)
    assert_allclose(original_scale(system.data, TABLE.mean(0), TABLE.std(0)), TABLE, rtol=1e-5, atol=1e-8)
    assert_allclose(system.form.restore(system.data), TABLE, rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("columns", [1, 2, 5, 200])
def test_tables_of_any_width(columns):
    values = np.random.default_rng(1).standard_normal((12, columns))
    system = rows_of(values)
    assert system.title == f"table: 12 rows of {columns} numbers"
    trained = system.train(1)
    samples = system.sample(trained.state, 4, generator(0))
    assert samples.shape == (4, columns) and system.form.restore(samples).shape == (4, columns)
    json.dumps(system.measured(trained), allow_nan=False)


def test_columns_keep_their_names():
    named = from_array(TABLE, "table", columns=("age", "height", "share"))
    assert rows(data=named).form.columns == ("age", "height", "share")
    assert rows_of(TABLE).form.columns == ("column 0", "column 1", "column 2")


@pytest.mark.parametrize("constant", [0.0, 0.1, -1e9, 1e-300])
def test_a_constant_column_beside_others_is_kept_and_not_blown_up(constant):
    """The deviation of a thousand equal numbers is a rounding: divided by it they are noise."""
    system = rows_of(np.column_stack([np.full(1000, constant), np.arange(1000.0)]))
    assert abs(mg.to_numpy(system.data)[:, 0]).max() <= 1e-3 * max(1.0, abs(constant) / 1e9)
    measured = system.measured(system.train(1))
    assert math.isfinite(measured["narrowest_column_relative_to_data"])


def test_integers_in_a_table():
    assert mg.to_numpy(rows_of(np.array([[1, 2], [3, 5]])).data).dtype == np.float32


def test_a_batch_is_at_most_the_table():
    system = rows_of(np.arange(10.0).reshape(5, 2))
    rng = generator(0)
    (real, _, _), _ = system.learner.draw(rng, system.learner.init(rng))
    assert real.shape == (5, 2)


def test_a_narrow_generator_has_collapsed():
    """Its samples before training are nearly one point beside a table of two far groups."""
    values = np.concatenate([np.full((50, 2), -1e6), np.full((50, 2), 1e6)]) + np.arange(200.0).reshape(100, 2)
    system = rows_of(values)
    state = system.train(0).state
    still = state._replace(generator=mg.tree_map(lambda x: 1e-6 * x, state.generator))
    found = system.measure(still, generator(1))
    assert found["collapsed"] and found["narrowest_column_relative_to_data"] < 0.1


@pytest.mark.parametrize(
    "values, message",
    [
        (np.ones((1, 3)), "at least two rows"),
        (np.ones((5, 2)), "every column of the data is constant"),
        (np.full((7, 2), 0.1), "every column of the data is constant"),
        (np.array([[1e308], [-1e308]]), "beyond the largest float"),
        (np.zeros((5, 4, 4)), "images are for the system 'images'"),
    ],
)
def test_refused_tables(values, message):
    with pytest.raises(ValueError, match=message):
        rows_of(values)
