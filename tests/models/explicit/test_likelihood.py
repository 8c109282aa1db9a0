"""What explicit models share: their kinds of nats, the digits as bits, and a system of one likelihood."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import optim
from minigan.data import binary_digits
from minigan.models.explicit import Cost, Counted, digit_bits, independent_pixels, likelihood_system, nats_of
from minigan.random import generator


def coins(objective=None, judge=None, **more):
    """Bits that are independent, with one probability each: the maximum of the likelihood is their share of ones."""
    x = mnp.asarray([[1.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 0.0]])

    def log_density(logits, x):
        return mnp.sum(x * mnp.log_sigmoid(logits) + (1.0 - x) * mnp.log_sigmoid(-logits), -1)

    def sample(logits, n, rng, condition=None):
        return mnp.where(rng.uniform((n, 2)) < mnp.sigmoid(logits), 1.0, 0.0)

    how = {"training": x, "held_out": x, "steps": 1000, "batch": 64, "cost": Cost(1, False), "baseline": -2.0, **more}
    return likelihood_system(
        "two coins",
        init=lambda rng: mnp.zeros(2),
        log_density=log_density,
        sample=sample,
        optimizer=optim.adam(0.05),
        objective=objective,
        judge=judge,
        **how,
    )


def test_the_maximum_of_the_likelihood_is_found_and_its_nats_are_minus_the_entropy():
    system = coins()
    trained = system.train(600)
    logits = mg.to_numpy(trained.state.parameters["model"])
    assert_allclose(1.0 / (1.0 + np.exp(-logits)), [0.75, 0.25], atol=0.08)  # 64 coins a step: deviation 0.054 each
    measured = system.measured(trained)
    most = -2.0 * (0.75 * math.log(4.0 / 3.0) + 0.25 * math.log(4.0))
    assert most - 0.05 < measured["nats"] <= most + 1e-4
    assert measured["nats_are"] == "exact" and not measured["collapsed"]
    assert_allclose(measured["bits_per_dimension"], -measured["nats"] / (2.0 * math.log(2.0)), atol=1e-4)
    assert (measured["parameters"], measured["evaluations_per_sample"], measured["latent_code"]) == (2, 1, False)


def test_what_says_less_than_the_baseline_has_collapsed():
    assert coins(baseline=-1.0).measured(coins().train(0))["collapsed"]
    nothing = coins(judge=lambda logits, x, rng: nats_of([math.nan, 0.0]))
    assert nothing.measured(nothing.train(0))["collapsed"]


def test_another_objective_is_maximised_in_its_place():
    system = coins(objective=lambda logits, x, rng: -mnp.sum((logits - 3.0) ** 2) + 0.0 * mnp.sum(x, -1))
    assert_allclose(mg.to_numpy(system.train(600).state.parameters["model"]), 3.0, atol=1e-3)


def test_nats_know_what_they_are():
    found = nats_of(np.array([-3.0, -5.0, -4.0]), "estimate", interval=(-5.0, -3.5))
    assert_allclose(found.standard_error, 1.0 / math.sqrt(3.0), rtol=1e-12)
    assert found.as_metrics(8)["nats_interval"] == [-5.0, -3.5] and found.mean == -4.0
    with pytest.raises(ValueError, match="exact, a bound or an estimate, and were called 'guess'"):
        nats_of([1.0, 2.0], "guess")
    with pytest.raises(ValueError, match=r"two examples or more.*shape \(1,\)"):
        nats_of([1.0])


def test_bits_are_the_digits_in_black_and_white_and_none_is_on_both_sides():
    bits, images = digit_bits("float64"), mg.to_numpy(binary_digits().images)
    assert_allclose(2.0 * np.concatenate([mg.to_numpy(bits.training), mg.to_numpy(bits.held_out)]) - 1.0, images)
    assert bits.labels.shape == (1200,) and bits.held_out_labels.shape == (597,)


def test_independent_pixels_are_a_product_of_laplaces_rule():
    training, held_out = np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([[1.0, 1.0], [0.0, 0.0]])
    stated = 0.5 * (math.log(3 / 4) + math.log(1 / 4) + math.log(1 / 4) + math.log(3 / 4))
    assert_allclose(independent_pixels(mnp.asarray(training), mnp.asarray(held_out)), stated, rtol=1e-12)


def test_calls_are_counted():
    f = Counted(lambda x, y=0: x + y)
    assert f(1, y=2) == 3 and f(1) == 1 and f.calls == 2


def test_samples_come_by_the_generator_they_are_given():
    system = coins()
    state = system.train(0).state
    one, two = (mg.to_numpy(system.sample(state, 100, generator(seed))) for seed in (0, 1))
    assert (one != two).any() and set(np.unique(one)) == {0.0, 1.0}
