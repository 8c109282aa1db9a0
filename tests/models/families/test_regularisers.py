"""Regularisers in the linear model, and EM: scikit-learn, SciPy and sums over all cases as outsiders."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import linalg, stats

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences import kl
from minigan.divergences.gaussians import between_multivariate_gaussians
from minigan.models.families import dropout, early_stopping, ensembling, gradient_noise, l2, variational
from minigan.models.families import expectation_maximisation as em
from minigan.models.families.linear_model import LinearModel, example, linear_model
from minigan.models.families.mode import mode
from minigan.random import generator

HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
seeds = st.integers(0, 1000)
deviations = st.floats(0.1, 3.0)
ROWS = [one.ROW for one in (l2, early_stopping, ensembling, gradient_noise, dropout, em, variational)]


def host(model: LinearModel):
    return mg.to_numpy(model.x), mg.to_numpy(model.y)


# -- the linear model ------------------------------------------------------------------------------------------------


@given(seeds, deviations, deviations)
def test_the_linear_models_evidence_and_joint_density_are_scipys(seed, noise, deviation):
    model = example(seed, rows=12, columns=3, noise=noise, deviation=deviation)
    x, y = host(model)
    law = stats.multivariate_normal(np.zeros(12), noise**2 * np.eye(12) + deviation**2 * x @ x.T)
    assert_allclose(model.log_evidence(), law.logpdf(y), rtol=1e-8, atol=1e-8)
    w = np.random.default_rng(seed).standard_normal((4, 3))
    stated = stats.norm.logpdf(y, w @ x.T, noise).sum(-1) + stats.norm.logpdf(w, 0.0, deviation).sum(-1)
    assert_allclose(mg.to_numpy(model.log_density(mnp.asarray(w))), stated, rtol=1e-11)


def test_the_posterior_is_that_of_scikit_learns_gaussian_process_with_a_linear_kernel():
    from sklearn.gaussian_process import GaussianProcessRegressor
    from sklearn.gaussian_process.kernels import ConstantKernel, DotProduct

    model = example(1, noise=0.7, deviation=1.3)
    kernel = ConstantKernel(1.3**2, "fixed") * DotProduct(0.0, "fixed")
    tool = GaussianProcessRegressor(kernel, alpha=0.7**2, optimizer=None).fit(*host(model))
    mean, covariance = tool.predict(np.eye(5), return_cov=True)
    for law in (model.posterior(), ensembling.law_of_optima(model)):
        assert_allclose(mg.to_numpy(law[0]), mean, rtol=1e-7)
        assert_allclose(mg.to_numpy(law[1]), covariance, rtol=1e-6, atol=1e-9)


@given(seeds, deviations, deviations)
def test_the_mode_is_scikit_learns_ridge(seed, noise, deviation):
    model = example(seed, rows=15, columns=4, noise=noise, deviation=deviation)
    found = l2.ridge(model, l2.penalty(noise, deviation))
    assert_allclose(l2.most_probable(model), found, atol=1e-11)


@given(seeds, st.floats(0.3, 5.0))
def test_a_mode_has_no_slope_wherever_it_is_sought_from(seed, scale):
    rng = np.random.default_rng(seed)
    x, labels = mnp.asarray(rng.standard_normal((20, 3))), mnp.asarray(np.sign(rng.standard_normal(20)))
    log_density = lambda w: -mnp.sum(mnp.softplus(-labels * mnp.matmul(x, w))) - 0.5 * mnp.sum(w * w) / scale**2
    tops = [mg.to_numpy(mode(log_density, mnp.asarray(start))) for start in (np.zeros(3), rng.normal(0.0, 9.0, 3))]
    assert_allclose(*tops, atol=1e-9)
    w, host_x, host_y = tops[0], mg.to_numpy(x), mg.to_numpy(labels)
    slope = host_x.T @ (host_y / (1.0 + np.exp(host_y * (host_x @ w)))) - w / scale**2
    assert_allclose(slope, 0.0, atol=1e-9)


# -- early stopping --------------------------------------------------------------------------------------------------


@given(seeds, st.floats(0.01, 30.0))
def test_gradient_flow_is_a_matrix_exponential_and_its_filter(seed, t):
    model = example(seed, rows=10, columns=3)
    x, y = host(model)
    square = x.T @ x / 10
    least_squares = np.linalg.lstsq(x, y)[0]
    stated = least_squares - linalg.expm(-t * square) @ least_squares
    assert_allclose(early_stopping.filtered(model, lambda at: early_stopping.flow_filter(at, t)), stated, atol=1e-9)
    penalised = l2.ridge(model, 10.0 / t)
    assert_allclose(
        early_stopping.filtered(model, lambda at: early_stopping.ridge_filter(at, 1.0 / t)), penalised, atol=1e-9
    )


@given(st.floats(1e-6, 1e6), st.floats(1e-3, 1e3))
def test_stopping_keeps_within_its_bounds_of_ridge(eigenvalue, t):
    at = mnp.asarray(eigenvalue)
    flow, ridge = float(early_stopping.flow_filter(at, t)), float(early_stopping.ridge_filter(at, 1.0 / t))
    assert ridge - 1e-15 <= flow <= math.sqrt(early_stopping.WORST) * ridge + 1e-15
    assert flow - ridge <= early_stopping.APART + 1e-15


def test_few_steps_of_descent_are_counted():
    model = linear_model([[1.0], [1.0]], [3.0, 1.0])  # of mean square 1, and least squares 2
    assert_allclose(early_stopping.descended(model, 0.25, 2), [2.0 * (1.0 - 0.75**2)], rtol=1e-14)


# -- ensembling, noise -----------------------------------------------------------------------------------------------


@given(seeds, deviations, deviations)
def test_what_is_randomised_adds_up_to_the_posterior(seed, noise, deviation):
    model = example(seed, rows=9, columns=3, noise=noise, deviation=deviation)
    parts = [mg.to_numpy(ensembling.law_of_optima(model, what)[1]) for what in ("data", "prior")]
    covariance = mg.to_numpy(model.posterior()[1])
    assert_allclose(sum(parts), covariance, rtol=1e-9, atol=1e-12)
    x, _ = host(model)
    assert_allclose(parts[0], covariance @ x.T @ x @ covariance / noise**2, rtol=1e-7, atol=1e-11)


@pytest.mark.parametrize("randomise", ["both", "data", "prior"])
def test_an_ensemble_has_the_law_that_is_stated(randomise):
    model = example(3)
    mean, covariance = (mg.to_numpy(one) for one in ensembling.law_of_optima(model, randomise))
    found = ensembling.ensemble(model, 5000, 1, randomise)
    root = np.linalg.cholesky(covariance)
    white = np.linalg.solve(root, (found - mean).T)
    assert_allclose(white @ white.T / 5000, np.eye(5), atol=0.1)  # five standard errors of a variance
    assert_allclose(white.mean(1), 0.0, atol=0.07)


@given(seeds, st.floats(0.01, 1.9))
def test_noisy_descent_settles_where_scipys_lyapunov_equation_says(seed, share):
    model = example(seed, rows=12, columns=3)
    precision = mg.to_numpy(model.precision())
    rate = share / np.linalg.eigvalsh(precision)[-1]
    stated = linalg.solve_discrete_lyapunov(np.eye(3) - rate * precision, 2.0 * rate * np.eye(3))
    assert_allclose(mg.to_numpy(gradient_noise.stationary_covariance(model, rate)), stated, rtol=1e-6, atol=1e-9)
    assert gradient_noise.excess(model, rate) > 1.0 - 1e-6


def test_steps_by_single_examples_are_scikit_learns():
    from sklearn.linear_model import SGDRegressor

    model, rate, rows = example(4, rows=12, columns=3), 2e-3, np.random.default_rng(0).integers(0, 12, 60)
    x, y = host(model)
    share = 12 / model.noise**2
    tool = SGDRegressor(
        alpha=1.0 / (share * model.deviation**2), eta0=rate * share, learning_rate="constant", fit_intercept=False
    )
    for i in rows:
        tool.partial_fit(x[i : i + 1], y[i : i + 1])
    found = gradient_noise.by_examples(model, rate, mnp.asarray(rows[:, None]))
    assert_allclose(found[0], tool.coef_, rtol=1e-9)


@given(seeds, st.floats(0.01, 0.5))
def test_the_law_of_single_examples_is_carried_over_by_a_step(seed, share):
    model = example(seed, rows=8, columns=2)
    x, y = host(model)
    mean = mg.to_numpy(model.posterior()[0])
    curvatures = [8 / model.noise**2 * np.outer(row, row) + np.eye(2) / model.deviation**2 for row in x]
    rate = share / max(np.linalg.eigvalsh(one)[-1] for one in curvatures)
    covariance, carried = gradient_noise.covariance_of_examples(model, rate), np.zeros((2, 2))
    for row, target, curvature in zip(x, y, curvatures):
        slope = 8 / model.noise**2 * (row @ mean - target) * row + mean / model.deviation**2
        kept = np.eye(2) - rate * curvature
        carried += (kept @ covariance @ kept + rate**2 * np.outer(slope, slope)) / 8
    assert_allclose(covariance, carried, rtol=1e-7, atol=1e-12)


# -- dropout ---------------------------------------------------------------------------------------------------------


@given(seeds, st.floats(0.05, 1.0))
def test_the_expected_loss_is_the_sum_over_the_masks_of_every_entry(seed, keep):
    rng = np.random.default_rng(seed)
    x, y, w = rng.standard_normal((3, 2)), rng.standard_normal(3), rng.standard_normal(2)
    stated = 0.0
    for kept in itertools.product((0, 1), repeat=6):
        share = math.prod(keep if one else 1.0 - keep for one in kept)
        stated += share * ((y - (x * np.reshape(kept, (3, 2)) / keep) @ w) ** 2).sum()
    model = linear_model(mnp.asarray(x), mnp.asarray(y))
    assert_allclose(float(dropout.expected_loss(model, mnp.asarray(w), keep)), stated, rtol=1e-10)
    assert_allclose(float(dropout.as_ridge(model, mnp.asarray(w), keep)), stated, rtol=1e-10)


@given(seeds, st.floats(0.1, 1.0))
def test_scikit_learns_softmax_is_the_geometric_mean_of_its_sub_networks(seed, keep):
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(seed)
    tool = LogisticRegression(C=10.0).fit(rng.standard_normal((60, 4)), np.arange(60) % 3)
    weights, bias, x = mnp.asarray(tool.coef_.T), mnp.asarray(tool.intercept_), rng.standard_normal(4)
    layer = lambda rows: mnp.log_softmax(mnp.matmul(rows, weights) + bias)
    found = dropout.geometric_mean(layer, mnp.asarray(x), keep)
    assert_allclose(np.exp(mg.to_numpy(found)), tool.predict_proba(x[None])[0], atol=1e-12)


def test_to_keep_everything_is_least_squares():
    model = example(2)
    assert_allclose(dropout.trained_with_dropout(model, 1.0), np.linalg.lstsq(*host(model))[0], atol=1e-12)


# -- expectation-maximisation ----------------------------------------------------------------------------------------


@given(seeds, st.integers(1, 4))
def test_either_half_step_gains_the_divergence_that_it_closes(seed, components):
    rng = np.random.default_rng(seed)
    x = mnp.asarray(rng.standard_normal((30, 2)) + 2.0 * rng.integers(0, 2, (30, 1)))
    theta = em.begin(x, components)
    log_q = mnp.log_softmax(mnp.asarray(rng.standard_normal((30, components))))
    for _ in range(3):
        before = float(em.log_likelihood(theta, x))
        log_q, theta, gained = em.iterate(log_q, theta, x)
        assert_allclose([gained.e_gain, gained.m_gain], [gained.e_kl, gained.m_kl], rtol=1e-9, atol=1e-10)
        assert float(em.log_likelihood(theta, x)) >= before + gained.m_gain - 1e-10


@pytest.mark.parametrize("components", [2, 4])
def test_iterations_are_scikit_learns(components):
    x = em.irises()
    for iterations in (1, 7):
        assert em.apart(em.fit(x, components, iterations), em.by_scikit_learn(x, components, iterations)) < 1e-11
    theta = em.fit(x, components, 7)
    weights, means, variances = map(mg.to_numpy, theta)
    densities = [stats.multivariate_normal(*of).pdf(mg.to_numpy(x)) for of in zip(means, variances)]
    stated = np.log(weights @ densities).sum()
    assert_allclose(float(em.log_likelihood(theta, x)), stated, rtol=1e-12)


# -- the bound -------------------------------------------------------------------------------------------------------


@given(seeds)
def test_what_is_missing_below_the_evidence_is_the_divergence_between_gaussians(seed):
    model, rng = example(seed, rows=10, columns=3), np.random.default_rng(seed)
    root = np.tril(rng.standard_normal((3, 3))) + 2.0 * np.eye(3)
    q = mnp.asarray(rng.standard_normal(3)), mnp.asarray(0.01 * root @ root.T + 1e-3 * np.eye(3))
    stated = float(between_multivariate_gaussians(kl, *q, *model.posterior()))
    assert_allclose(variational.gap(model, *q), stated, rtol=1e-8)


@given(seeds, st.floats(0.01, 1.9))
def test_noise_below_the_evidence(seed, share):
    model = example(seed, rows=10, columns=3)
    rate = share / float(mnp.max(mnp.linalg.eigvalsh(model.precision())))
    settled = model.posterior()[0], gradient_noise.stationary_covariance(model, rate)
    assert_allclose(variational.langevin_gap(model, rate), variational.gap(model, *settled), rtol=1e-6, atol=1e-9)


def test_batches_of_rows_and_draws_come_near_the_posterior():
    model = example()
    m, covariance = variational.gaussian_by_svi(model, 300, batch=20)
    assert 1e-6 < variational.gap(model, m, covariance) < 0.2
    for name, below in variational.corners(model).items():
        assert below >= -1e-10, name


def test_a_step_in_the_mean_parameters_is_along_the_natural_gradient():
    """The bound's slope in the natural parameters of p(x, z), by autodiff: n times what the data tell less the belief."""
    x = em.irises()
    theta, (n, _) = em.fit(x, 3, 2), x.shape
    log_q = em.e_step(theta, x)

    def of_natural(eta):
        share, first, second = eta
        log_mass = mnp.sum(-0.25 * mnp.square(first) / second - 0.5 * mnp.log(-2.0 * second) + HALF_LOG_2PI, -1)
        return em.Theta(mnp.softmax(share + log_mass), -0.5 * first / second, -0.5 / second)

    first, second = theta.means / theta.variances, -0.5 / theta.variances
    log_mass = mnp.sum(
        0.5 * mnp.square(theta.means) / theta.variances + 0.5 * mnp.log(theta.variances) + HALF_LOG_2PI, -1
    )
    eta = (mnp.log(theta.weights) - log_mass, first, second)
    slope = mg.grad(lambda eta: em.bound(log_q, of_natural(eta), x))(eta)
    for found, told, believed in zip(slope, variational.moments(em.m_step(log_q, x)), variational.moments(theta)):
        assert_allclose(mg.to_numpy(found), n * mg.to_numpy(told - believed), atol=1e-8)


# -- at the door -----------------------------------------------------------------------------------------------------


def test_what_is_no_model_is_refused():
    model = example()
    for wrong in (lambda: linear_model([1.0], [1.0]), lambda: linear_model([[1.0]], [1.0, 2.0])):
        with pytest.raises(ValueError, match="rows of shape"):
            wrong()
    with pytest.raises(ValueError, match="the noise is a positive number, and was 0"):
        linear_model([[1.0]], [1.0], noise=0.0)
    with pytest.raises(ValueError, match="hold NaN"):
        linear_model([[math.nan]], [1.0])
    with pytest.raises(ValueError, match=r"noisy descent settles for rates below 2 / .* and this is 9.0"):
        gradient_noise.stationary_covariance(model, 9.0)
    with pytest.raises(ValueError, match=r"the largest grows .* times: take a smaller one"):
        gradient_noise.covariance_of_examples(model, 9.0)
    with pytest.raises(ValueError, match=r"to keep an input lies in .* and was 0\.0"):
        dropout.expected_loss(model, mnp.zeros(5), 0.0)
    with pytest.raises(ValueError, match="'both', 'data' or 'prior', and was 'all'"):
        ensembling.law_of_optima(model, "all")
    with pytest.raises(ValueError, match="fitted to 9 rows"):
        em.begin(mnp.zeros((3, 2)), 9)
    with pytest.raises(ValueError, match=r"batch must be .* from 1 to 40, and is 41"):
        variational.gaussian_by_svi(model, 1, batch=41)
    with pytest.raises(ValueError, match="no top of the log density was found in 20 steps"):
        mode(lambda w: -mnp.sum(mnp.softplus(-w)), mnp.zeros(1), steps=20)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.special)
def test_a_row_says_a_number_in_few_letters(row):
    told = row.measure()
    assert len(told) <= 40 and any(letter.isdigit() for letter in told)


def test_sources_are_seeds_or_generators():
    one, other = (ensembling.ensemble(example(), 3, rng) for rng in (4, generator(4)))
    assert (one == other).all()
