"""Machines and margins: scikit-learn, the conditions of an optimum, and descent by hand as outsiders."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.models.families import maximum_margin as margin
from minigan.models.families import support_vectors as machines


@given(st.floats(-50.0, 50.0), st.floats(0.5, 1e6))
def test_the_losses_lie_above_the_hinge_by_log_2_over_k_at_most(m, sharpness):
    over = float(machines.loss(m, sharpness)) - max(0.0, 1.0 - m)
    assert -1e-14 * abs(m) <= over <= math.log(2.0) / sharpness + 1e-14 * (1.0 + abs(m))


@pytest.mark.parametrize("strength, length", [(0.5, 1.5), (10.0, 0.7)])
def test_the_mode_under_a_sharp_loss_is_scikit_learns_machine_everywhere(strength, length):
    x, labels = machines.moons(4, 25)
    found = machines.most_probable_machine(x, labels, strength, 1e6, length)
    tool = machines.by_scikit_learn(x, labels, strength, length)
    z = np.random.default_rng(0).normal(0.0, 2.0, (30, 2))
    ours = mg.to_numpy(machines.decision(found, x, mnp.asarray(z), length))
    assert_allclose(ours, tool.decision_function(z), atol=1e-3)
    coefficients = mg.to_numpy(found.coefficients)
    assert set(np.flatnonzero(np.abs(coefficients) > 1e-3 * strength)) <= set(tool.support_)
    assert_allclose(coefficients[tool.support_], tool.dual_coef_[0], atol=1e-2 * strength)


@given(st.integers(0, 1000), st.floats(0.1, 5.0), st.floats(1.0, 100.0))
def test_at_a_mode_coefficients_and_values_belong_together(seed, strength, sharpness):
    rng = np.random.default_rng(seed)
    x, labels = rng.standard_normal((8, 2)), np.array([1.0, -1.0] * 4)
    found = machines.most_probable_machine(mnp.asarray(x), mnp.asarray(labels), strength, sharpness)
    a, values = mg.to_numpy(found.coefficients), mg.to_numpy(found.values)
    assert_allclose(a.sum(), 0.0, atol=1e-7 * strength)  # no slope in the offset
    squared = ((x[:, None] - x[None]) ** 2).sum(-1)
    assert_allclose(np.exp(-0.5 * squared) @ a + found.offset, values, atol=1e-6)  # nor in f
    assert (a * labels >= 0.0).all() and (np.abs(a) <= strength).all()


def test_the_logistic_mode_is_scikit_learns_and_a_stronger_prior_holds_it_nearer_to_zero():
    x, labels = machines.moons(5, 30)
    size = []
    for deviation in (0.5, 3.0):
        f, evidence = machines.most_probable_classifier(x, labels, deviation, 0.8)
        tool = machines.classifier_by_scikit_learn(x, labels, deviation, 0.8)
        assert_allclose(1.0 / (1.0 + np.exp(-mg.to_numpy(f))), tool.base_estimator_.pi_, atol=1e-8)
        assert_allclose(evidence, tool.log_marginal_likelihood_value_, rtol=1e-9)
        size.append(np.abs(mg.to_numpy(f)).mean())
    assert size[0] < size[1]


# -- margins ---------------------------------------------------------------------------------------------------------


def test_the_widest_line_keeps_every_point_away_and_is_made_of_its_support_vectors():
    data = margin.example()
    best, multipliers = margin.widest(data)
    signed = mg.to_numpy(data.x) * mg.to_numpy(data.labels)[:, None]
    margins = signed @ best
    assert_allclose(multipliers @ signed, best, rtol=1e-6)
    assert_allclose(multipliers * (margins - 1.0), 0.0, atol=1e-6)
    assert margins.min() > 1.0 - 1e-6 and (multipliers >= 0.0).all()
    angles = np.linspace(0.0, 2.0 * np.pi, 100_001)
    widest = (signed @ np.stack([np.cos(angles), np.sin(angles)])).min(0).max()
    assert_allclose(1.0 / np.linalg.norm(best), widest, rtol=1e-4)  # angles are 6e-5 apart


def test_descent_is_descent_and_the_flow_is_that_of_tiny_steps():
    data = margin.example()
    x, labels = mg.to_numpy(data.x), mg.to_numpy(data.labels)
    w = np.zeros(2)
    for _ in range(50):
        w = w + 0.3 * (labels / (1.0 + np.exp(labels * (x @ w)))) @ x
    assert_allclose(margin.descended(data, 0.3, 50), w, rtol=1e-12)
    off = []
    for steps in (200, 400):
        rate = (math.e - 1.0) / steps  # the flow begins at t = 1
        off.append(np.abs(margin.descended(data, rate, steps) - margin.flowed(data, [1.0])[0]).max())
    assert_allclose(off[1] / off[0], 0.5, atol=0.02)  # of first order


@given(st.floats(50.0, 200.0))
def test_a_margin_is_found_as_slowly_as_one_over_log_t(log_time):
    data = margin.example()
    best, r = margin.widest(data)[0], margin.residual(data)
    limit = abs(np.linalg.det([r, best])) / (best @ best)
    assert_allclose(log_time * margin.angle_at(data, log_time), limit, rtol=2.0 / log_time)
    assert_allclose(margin.angle_at(data, log_time) / margin.angle_at(data, 2.0 * log_time), 2.0, rtol=0.03)


# -- at the door -----------------------------------------------------------------------------------------------------


def test_what_is_no_classification_is_refused():
    x = mnp.asarray([[0.0], [1.0], [2.0]])
    with pytest.raises(ValueError, match=r"rows \(n, d\) and a label each, and these are \(3, 1\) and \(2,\)"):
        machines.most_probable_machine(x, [1.0, -1.0], 1.0, 10.0)
    for labels, told in (([0.0, 1.0, 1.0], "0, 1"), ([1.0, 1.0, 1.0], "there are 1")):
        with pytest.raises(ValueError, match=f"labels are -1 and 1, and both occur.*{told}"):
            machines.most_probable_classifier(x, labels)
    with pytest.raises(ValueError, match="the sharpness is a positive number, and was 0"):
        machines.most_probable_machine(x, [1.0, -1.0, 1.0], 1.0, 0)
    with pytest.raises(ValueError, match="two support vectors, and these points have 1"):
        margin.residual(margin.Separable(mnp.asarray([[1.0, 0.0], [-3.0, -0.1]]), mnp.asarray([1.0, -1.0])))


@pytest.mark.parametrize("row", [machines.ROW, margin.ROW], ids=lambda row: row.special)
def test_a_row_says_a_number_in_few_letters(row):
    told = row.measure()
    assert len(told) <= 40 and any(letter.isdigit() for letter in told)
