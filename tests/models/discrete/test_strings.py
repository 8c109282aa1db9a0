"""Strings of a grammar: laws and divergences against counting, and what a short training must have done."""

import json

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.data import brackets
from minigan.models import fit_of
from minigan.models.discrete.string_generator import ESTIMATORS
from minigan.models.discrete.strings import (
    DRAWN,
    SETTINGS,
    model_law,
    most_frequent,
    strings,
    strings_system,
    train_strings,
    written,
)
from minigan.random import generator

every = pytest.mark.parametrize("estimator", ESTIMATORS)


def fitted(system, steps):
    return fit_of(system, system.train(steps))


@every
def test_each_estimator_trains_and_is_judged(estimator):
    system = strings(estimator=estimator, longest=3, batch=16)
    assert system.options["estimator"] == estimator and system.parts["language"].strings == brackets(3).strings
    trained = system.train(3)
    measured = system.measured(trained)
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured == system.measured(trained)
    assert {mg.to_numpy(leaf).dtype.name for leaf in mg.tree_leaves(trained.state)} == {"float32"}
    columns, rows, below = system.told(trained)
    assert (columns, rows, below) == most_frequent(fit_of(system, trained), brackets(3))
    assert len(columns) == 5 and all(len(row) == 5 for row in rows) and len(rows) == 11
    assert [row[0] for row in rows] == list(brackets(3).strings) and below.startswith("samples: ")


@every
def test_samples_and_real_ones_are_codes(estimator):
    system = strings(estimator=estimator, longest=3)
    language = brackets(3)
    state = system.train(0).state
    for codes in (system.sample(state, 40, generator(2)), system.real(generator(2), 40)):
        found = mg.to_numpy(codes)
        assert found.shape == (40, 3) and found.dtype.kind == "i" and 0 <= found.min() <= found.max() < language.size
    assert (language.indices(system.real(generator(2), 40)) >= 0).all()
    assert set(system.form.spell(system.real(generator(2), 40))) <= set(language.strings)


@pytest.mark.parametrize("estimator", ["gumbel", "reinforce", "rebar"])
def test_log_densities_are_those_of_the_law(estimator):
    """Of all codes there are, well-formed or not: their probabilities add up to one, and to the law's own."""
    system = strings(estimator=estimator, longest=2)
    trained, language = system.train(2), brackets(2)
    codes = np.stack(np.meshgrid(*[np.arange(language.size)] * 2, indexing="ij"), -1).reshape(-1, 2)
    end = language.size - 1
    once = codes[(codes[:, 0] != end) | (codes[:, 1] == end)]  # what comes after the end is the end
    found = mg.to_numpy(system.log_density(trained.state, mnp.asarray(once)))
    assert found.shape == (len(once),)
    assert_allclose(np.exp(found.astype(float)).sum(), 1.0, rtol=1e-5)
    known = mg.to_numpy(system.log_density(trained.state, mnp.asarray(language.codes)))
    law = model_law(fit_of(system, trained), language)
    assert_allclose(np.exp(known.astype(float)), law.probabilities, rtol=1e-5)
    assert strings(estimator="embedding").log_density is None


def test_rates_are_the_settings_own_unless_told():
    """G's rate is given, D's is twice as much, and the same with embeddings: as in the settings."""
    for estimator, setting in SETTINGS.items():
        assert setting.discriminator_rate == (1.0 if estimator == "embedding" else 2.0) * setting.generator_rate
        plain, told = (
            strings(estimator=estimator, longest=2, batch=8, **more).train(2).history
            for more in ({}, {"lr": setting.generator_rate})
        )
        assert plain == told != strings(estimator=estimator, longest=2, batch=8, lr=0.1).train(2).history


@pytest.mark.parametrize("estimator", ["gumbel", "embedding"])
def test_the_law_is_that_of_counted_samples(estimator):
    language = brackets(2)
    result = fitted(strings(estimator=estimator, longest=2), 0)
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
    system = strings(estimator="reinforce", longest=3, batch=32)
    trained = system.train(5)
    result, measured = fit_of(system, trained), system.measured(trained)
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
    stated = model_law(fitted(strings(estimator="embedding", longest=3), 0), language).floor
    assert abs(left.mean() - stated) < 4.0 * left.std() / np.sqrt(40)


@pytest.mark.parametrize("estimator", ["reinforce", "rebar", "gumbel"])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_hundred_steps_bring_the_law_of_short_strings_nearer(estimator, seed):
    """Strings of up to 3 symbols: 0.92 untrained, 0.53 to 0.56 by then."""
    system = strings_system(estimator, 3, SETTINGS[estimator]._replace(steps=150, batch=128))
    untrained, found = (system.measured(system.train(steps, seed)) for steps in (0, 150))
    assert found["total_variation"] < 0.7 * untrained["total_variation"]
    assert found["jensen_shannon"] < untrained["jensen_shannon"]


def test_the_measured_run_is_the_systems():
    """Both rates fall to zero within the steps of the run."""
    run = train_strings("reinforce", steps=4, seed=1, longest=3, check_every=2)
    system = strings_system("reinforce", 3, SETTINGS["reinforce"]._replace(steps=4))
    trained = system.train(4, 1)
    assert run.fit.history == trained.history and run.measured == system.measured(trained)
    assert run.total_variation == run.measured["total_variation"]


def test_an_unknown_estimator_is_refused():
    with pytest.raises(ValueError, match=r"--estimator cannot be 'magic'.*gumbel, reinforce, rebar or embedding"):
        strings(estimator="magic")
    with pytest.raises(ValueError, match="gumbel, reinforce, rebar, embedding"):
        strings_system("magic", 3, SETTINGS["gumbel"])


def test_strings_have_a_length_that_can_be_enumerated():
    assert len(strings(longest=2).parts["language"].strings) == 4
    for longest in (1, 13, 40):
        with pytest.raises(ValueError, match=f"strings have 2 to 12 symbols.* was {longest}$"):
            strings(longest=longest)
