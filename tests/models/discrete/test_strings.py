"""Strings of a grammar: laws and divergences against counting, and what a short training must have done."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
from minigan.data import brackets
from minigan.models.string_generator import ESTIMATORS
from minigan.models.strings import DRAWN, language_of, model_law, most_frequent, strings_recipe, train_strings, written
from minigan.random import generator

every = pytest.mark.parametrize("estimator", ESTIMATORS)


@every
def test_each_estimator_trains_and_is_judged(estimator):
    recipe = strings_recipe(estimator, 3)
    assert recipe.variant == estimator and language_of(recipe).strings == brackets(3).strings
    result = recipe.train(steps=3, batch=16)
    measured = recipe.measure(result)
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured == recipe.measure(result)
    assert {mg.to_numpy(leaf).dtype.name for leaf in mg.tree_leaves(result.state)} == {"float32"}
    columns, rows, below = most_frequent(result, brackets(3))
    assert len(columns) == 5 and all(len(row) == 5 for row in rows) and len(rows) == 11
    assert [row[0] for row in rows] == list(brackets(3).strings) and below.startswith("samples: ")


@pytest.mark.parametrize("estimator", ["gumbel", "embedding"])
def test_the_law_is_that_of_counted_samples(estimator):
    language = brackets(2)
    result = strings_recipe(estimator, 2).train(steps=0)
    law, n = model_law(result, language), 100_000
    drawn = language.indices(written(result, n, generator(7)))
    shares = np.bincount(drawn % 5, minlength=5) / n  # four strings, and -1 becomes the fifth place
    assert len(language.strings) == 4
    stated = np.append(law.probabilities, law.outside)
    likely = np.clip(0.5 * (shares + stated), 0.0, 1.0)
    error = np.sqrt(likely * (1.0 - likely) * (1.0 / n + (1.0 / DRAWN if law.floor else 0.0)))
    assert (abs(shares - stated) <= 5.0 * error + 1e-6).all()
    assert (law.floor > 0.0) == (estimator == "embedding")


def test_divergences_are_those_of_the_law():
    language = brackets(3)
    result, measured = train_strings("reinforce", steps=5, longest=3, batch=32)
    p, law = language.probabilities, model_law(result, language)
    q, rest = law.probabilities, law.outside
    assert_allclose(measured["total_variation"], 0.5 * (abs(p - q).sum() + rest), atol=6e-5)
    assert_allclose(measured["kl_of_truth_from_model"], (p * np.log(p / q)).sum(), atol=6e-5)
    joint_p, joint_q = np.append(p, 0.0), np.append(q, rest)
    m = 0.5 * (joint_p + joint_q)
    with np.errstate(divide="ignore", invalid="ignore"):
        jsd = 0.5 * sum(np.nansum(x * np.log(x / m)) for x in (joint_p, joint_q))
    assert_allclose(measured["jensen_shannon"], jsd, atol=6e-5)
    assert_allclose(measured["well_formed_share"], q.sum(), atol=6e-5)


def test_the_floor_of_an_estimate_is_what_perfect_samples_leave():
    language = brackets(3)
    p, n = language.probabilities, 200_000
    draws = np.random.default_rng(0).multinomial(n, p, size=40) / n
    left = 0.5 * abs(draws - p).sum(1)
    stated = model_law(strings_recipe("embedding", 3).train(steps=0), language).floor
    assert abs(left.mean() - stated) < 4.0 * left.std() / np.sqrt(40)


@pytest.mark.parametrize("estimator", ["reinforce", "rebar", "gumbel"])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_hundred_steps_bring_the_law_of_short_strings_nearer(estimator, seed):
    """Strings of up to 3 symbols: 0.92 untrained, 0.53 to 0.56 by then."""
    untrained = train_strings(estimator, steps=0, seed=seed, longest=3)
    found = train_strings(estimator, steps=150, seed=seed, longest=3, batch=128)
    assert found.total_variation < 0.7 * untrained.total_variation
    assert found.measured["jensen_shannon"] < untrained.measured["jensen_shannon"]


def test_an_unknown_estimator_is_refused():
    with pytest.raises(ValueError, match="gumbel, reinforce, rebar, embedding"):
        strings_recipe("magic")
