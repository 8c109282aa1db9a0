"""Boosting: scikit-learn stage for stage, stumps found by trying all, quadrature for the discriminator."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import optimize, stats

import minigan as mg
import minigan.numpy as mnp
from minigan.models.families import boosting

floats = st.floats(-5.0, 5.0)


@given(st.lists(st.tuples(floats, st.sampled_from([-1.0, 1.0])), min_size=1, max_size=8))
def test_adaboosts_weights_are_slopes_of_the_exponential_loss(points):
    f, labels = np.array(points).T
    stated = np.exp(-labels * f) / np.exp(-labels * f).sum()
    assert_allclose(mg.to_numpy(boosting.point_weights(mnp.asarray(f), mnp.asarray(labels))), stated, rtol=1e-12)


@given(st.floats(0.01, 0.49))
def test_the_best_step_is_where_scipy_finds_the_least_loss(error):
    found = optimize.minimize_scalar(lambda a: (1.0 - error) * math.exp(-a) + error * math.exp(a), bounds=(0.0, 5.0))
    assert_allclose(boosting.best_step(error), found.x, atol=1e-4)


@pytest.mark.parametrize("seed, n", [(5, 60), (6, 150)])
def test_stages_are_adaboosts(seed, n):
    x, labels = boosting.moons(seed, n)
    ours, tool = boosting.boosted(x, labels, 12), boosting.by_scikit_learn(x, labels, 12)
    assert_allclose([2.0 * one.step for one in ours], tool.estimator_weights_, rtol=1e-11)
    assert_allclose([one.error for one in ours], tool.estimator_errors_, rtol=1e-11)
    total = np.cumsum(tool.estimator_weights_)
    for stage, theirs in enumerate(tool.staged_decision_function(mg.to_numpy(x))):
        both = 4.0 * mg.to_numpy(ours[stage].values)  # it adds up what speaks for one class and against the other
        assert_allclose(both, theirs * total[stage], atol=1e-11)


@pytest.mark.parametrize("rate", [1.0, 0.2])
def test_trees_with_newtons_leaves_are_gradient_boosting(rate):
    x, labels = boosting.moons(7, 80)
    theirs = boosting.gradient_boosting_by_scikit_learn(x, labels, 12, rate)
    assert_allclose(boosting.gradient_boosted(x, labels, 12, rate)[1:], theirs, atol=1e-11)


def test_the_first_stump_of_a_discriminator_is_the_best_of_all():
    """Every edge and every step, by SciPy: where the laws are told apart best with one cut and equal certainty."""
    x, p, q = (mg.to_numpy(one) for one in boosting.cells())
    found = boosting.boosted_discriminator(1)
    f = found.logits[1]
    edge = int(np.flatnonzero(np.diff(f))[0]) + 1
    right = p[edge:].sum() + q[:edge].sum()  # of 2: said rightly
    assert all(p[i:].sum() + q[:i].sum() <= right + 1e-15 for i in range(len(x)))
    assert_allclose(f[-1], math.log(right / (p.sum() + q.sum() - right)), rtol=1e-9)


def test_the_least_objective_is_that_of_a_quadrature_and_boosting_comes_down_to_it():
    p, q = stats.norm(2.0, 0.6), stats.norm(0.8, 0.9)
    z = np.linspace(-10.0, 12.0, 40_001)
    a, b = p.pdf(z), q.pdf(z)
    middle = np.maximum(0.5 * (a + b), 1e-300)
    terms = np.where(a > 0, a * np.log(np.maximum(a, 1e-300) / middle), 0.0)
    terms = terms + np.where(b > 0, b * np.log(np.maximum(b, 1e-300) / middle), 0.0)
    divergence = 0.5 * terms.sum() * (z[1] - z[0])
    logit, least = boosting.best_discriminator()
    assert_allclose(least, math.log(2.0) - divergence, atol=2e-6)
    found = boosting.boosted_discriminator(200)
    assert (np.diff(found.losses) < 0.0).all() and least < found.losses[-1] < least + 1e-3
    far = [boosting.apart(found.logits[i], logit) for i in (0, 20, 200)]
    assert far[0] > 5.0 * far[1] > 10.0 * far[2]


def test_what_is_no_boosting_is_refused():
    x, labels = boosting.moons(0, 10)
    with pytest.raises(ValueError, match="stages must be a positive integer, and is 0"):
        boosting.boosted(x, labels, 0)
    with pytest.raises(ValueError, match="labels are -1 and 1, and both occur"):
        boosting.boosted(x, 0.5 * (labels + 1.0), 3)
    with pytest.raises(ValueError, match="the rate is a positive number, and was -1"):
        boosting.gradient_boosted(x, labels, 3, -1)


def test_a_row_says_a_number_in_few_letters():
    told = boosting.ROW.measure()
    assert len(told) <= 40 and any(letter.isdigit() for letter in told)
