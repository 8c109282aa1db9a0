"""Generators with a prior on their weights: likelihoods against Gaussians, grids against loops, and what is learned."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy import stats

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.models.implicit import bayesian_generator as B
from minigan.random import generator
from minigan.training import train
from reference.hierarchical import linear_generator_posterior

W = np.random.default_rng(0).standard_normal((4, 2))


def test_a_linear_generators_likelihood_is_gaussian():
    x = np.array([-1.0, 0.2, 2.5])
    found = mg.to_numpy(B.exact_likelihood("linear")(mnp.asarray(W), mnp.asarray(x)))
    law = stats.norm(W[:, :1], np.sqrt(W[:, 1:] ** 2 + B.ERROR**2))
    # codes reach to 6, beyond which a density of 1e-9 may be missed
    assert_allclose(np.exp(found), law.pdf(x[None, :]), rtol=1e-8, atol=1e-9)


def test_a_networks_likelihood_is_that_of_its_samples():
    w = mnp.asarray(np.random.default_rng(1).standard_normal((1, B.GENERATORS["network"].count)))
    host = np.random.default_rng(2)
    z, e = host.standard_normal((2, 1, 4000))
    x = mg.to_numpy(B.GENERATORS["network"].apply(w, mnp.asarray(z)))[0] + B.ERROR * e[0]
    density = np.exp(mg.to_numpy(B.exact_likelihood("network")(w, mnp.asarray(B.axis()))))[0]
    total = np.cumsum(density) * (B.axis()[1] - B.axis()[0])
    assert_allclose(total[-1], 1.0, atol=1e-3)
    assert stats.kstest(x, lambda at: np.interp(at, B.axis(), total)).pvalue > 1e-3


def test_the_grid_posterior_is_the_references():
    x = np.array([0.4, -0.9, 1.7])
    found = B.weights_on_grid(B.exact_likelihood("linear"), mnp.asarray(x), 8)
    assert_allclose(found, linear_generator_posterior(x, B.ERROR, 3.0, 8), rtol=1e-7, atol=1e-8)


def test_chains_have_the_grids_moments():
    """Of the absolute second weight, whose sign nothing tells."""
    x = B.observed("linear", 10, 0)
    found = B.posterior_weights("linear", B.exact_likelihood("linear"), x, 0, chains=20, steps=80)
    rows = mg.to_numpy(found.samples).reshape(-1, 2)
    mass = B.weights_on_grid(B.exact_likelihood("linear"), x, 60)
    axis = 3.0 * ((2.0 * np.arange(60) + 1.0) / 60 - 1.0)
    size = float(mass.sum(0) @ abs(axis))
    deviation = math.sqrt(float(mass.sum(0) @ np.square(abs(axis) - size)))
    assert found.accepted > 0.3
    assert abs(abs(rows[:, 1]).mean() - size) < 0.3 * deviation
    assert 0.7 < abs(rows[:, 1]).std() / deviation < 1.3


def test_the_likeliest_linear_generator_has_the_datas_moments():
    x = B.observed("linear", 40, 1)
    w = mg.to_numpy(B.likeliest_weights("linear", B.exact_likelihood("linear"), x, 0, starts=4, steps=400))[0]
    rows = mg.to_numpy(x)
    assert_allclose([w[0], abs(w[1])], [rows.mean(), math.sqrt(rows.var() - B.ERROR**2)], atol=5e-3)


def test_a_discriminator_does_not_mind_the_sign_of_a_symmetric_weight_and_learns_by_few_steps():
    made = B.Discriminator(nn.mlp([32, 32, 1], activation="relu"), B.GENERATORS["linear"])
    trained = train(B.ratio_learner(made, batch=32, lr=5e-3, steps=250), 250)
    params = trained.state.parameters["ratio"]
    w, x = mnp.asarray(W, dtype="float32"), generator(3).standard_normal((1, 30), dtype="float32")
    found = mg.to_numpy(made.log_likelihood(params, w, x))
    assert_allclose(
        found, mg.to_numpy(made.log_likelihood(params, w * mnp.asarray([1.0, -1.0], dtype="float32"), x)), atol=1e-3
    )
    exact = stats.norm(W[:, :1], np.sqrt(W[:, 1:] ** 2 + B.ERROR**2)).logpdf(mg.to_numpy(x))
    near = exact > -4.0
    assert np.sqrt(np.square(found - exact)[near].mean()) < 0.35


def test_predictions_are_means_of_densities():
    rows = np.array([[0.0, 1.0], [1.0, 0.5]])
    both, one, other = (B.predicted("linear", mnp.asarray(w)) for w in (rows, rows[:1], rows[1:]))
    assert_allclose(both.density, 0.5 * (one.density + other.density), rtol=1e-12)
    right = B.predicted("linear", mnp.asarray([[0.8, math.sqrt(1.1**2 - B.ERROR**2)]]))
    assert_allclose([right.kl, right.jsd], 0.0, atol=1e-6)
    assert one.kl > 0.05 and 0.0 < one.jsd < math.log(2.0)


@pytest.mark.parametrize("kind, weights", [("linear", 2), ("network", 25)])
def test_generators_have_so_many_weights(kind, weights):
    made = B.GENERATORS[kind]
    assert made.count == weights
    assert made.apply(mnp.zeros((3, weights)), mnp.zeros((1, 4))).shape == (3, 4)
