"""Linear latent-variable models and Bayesian regression beside scikit-learn and the normal law of what was seen."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

import minigan as mg
import minigan.numpy as mnp
from minigan.models.families import bayesian_linear as B
from minigan.models.families import latent_linear as L

seeds = st.integers(0, 2**16)


def rows(seed, n=30, d=4):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + rng.standard_normal(d)


@given(seeds, st.integers(1, 3))
def test_probabilistic_pca_has_the_likelihood_of_its_normal_law_and_none_near_it_a_larger_one(seed, q):
    x = rows(seed)
    found = L.probabilistic_pca(x, q)
    w, mean, deviations = map(mg.to_numpy, found)
    law = stats.multivariate_normal(mean, w @ w.T + np.diag(deviations**2))
    best = float(found.log_evidence(mnp.asarray(x)))
    assert_allclose(best, law.logpdf(x).sum(), rtol=1e-9)
    rng = np.random.default_rng(seed)
    for _ in range(3):
        other = w + 0.01 * rng.standard_normal(w.shape), mean + 0.01 * rng.standard_normal(4), 1.01 * deviations
        assert float(L.Latent(*map(mnp.asarray, other)).log_evidence(mnp.asarray(x))) < best


@given(seeds)
def test_codes_are_the_regression_of_codes_on_rows(seed):
    x = rows(seed)
    found = L.probabilistic_pca(x, 2, 0.3)
    w, mean, deviations = map(mg.to_numpy, found)
    stated = (x - mean) @ np.linalg.solve(w @ w.T + np.diag(deviations**2), w)
    assert_allclose(mg.to_numpy(found.codes(mnp.asarray(x))), stated, atol=1e-9)


def test_the_distance_from_pca_falls_with_the_noise_to_nothing():
    x = rows(3)
    found = [L.distance_from_pca(x, 2, 10.0**-k) for k in range(1, 8)]
    assert_allclose(np.array(found[2:-1]) / found[3:], 10.0, rtol=0.02)
    assert found[-1] < 1e-5


def test_factor_analysis_comes_to_scikit_learns():
    from sklearn.decomposition import FactorAnalysis

    rng = np.random.default_rng(0)
    x = rng.standard_normal((100, 1)) @ np.ones((1, 5)) + rng.standard_normal((100, 5)) * np.linspace(0.5, 1.5, 5)
    fitted = FactorAnalysis(1, tol=1e-10, max_iter=3000, svd_method="lapack").fit(x)
    found = L.factor_analysis(x, 1)
    assert_allclose(float(found.log_evidence(mnp.asarray(x))) / len(x), fitted.score(x), rtol=1e-9)
    assert_allclose(mg.to_numpy(found.deviations) ** 2, fitted.noise_variance_, atol=1e-4)


@given(seeds, st.floats(0.2, 3.0), st.floats(0.2, 3.0))
def test_bayesian_regression_is_one_joint_normal_law(seed, prior, noise):
    x, new = rows(seed, 7, 3), rows(seed + 1, 2, 3)
    y = rows(seed + 2, 1, 7)[0]
    arrays = [mnp.asarray(each) for each in (x, y, new)]
    covariance = prior**2 * x @ x.T + noise**2 * np.eye(7)
    evidence = stats.multivariate_normal(np.zeros(7), covariance).logpdf(y)
    assert_allclose(float(B.evidence(prior, noise, *arrays[:2])), evidence, rtol=1e-8)
    found = B.predicted(prior, noise, *arrays)
    across = prior**2 * new @ x.T
    gain = np.linalg.solve(covariance, across.T)
    assert_allclose(mg.to_numpy(found.mean)[:, 0], gain.T @ y, atol=1e-7)
    left = prior**2 * (new**2).sum(1) - (across * gain.T).sum(1) + noise**2
    assert_allclose(mg.to_numpy(found.covariance)[:, 0, 0], left, rtol=1e-6)
    mean = mg.to_numpy(B.weights(prior, noise, *arrays[:2]).mean)
    assert_allclose(mean, np.linalg.solve(x.T @ x + noise**2 / prior**2 * np.eye(3), x.T @ y), atol=1e-8)


@pytest.mark.parametrize(
    "wrong, says",
    [
        (lambda: L.probabilistic_pca(np.zeros(3), 1), r"shape \(n, d\), and this has \(3,\)"),
        (lambda: L.probabilistic_pca(np.zeros((4, 3)), 3), "number of codes must be an integer from 1 to 2, and is 3"),
        (lambda: B.weights(0.0, 1.0, mnp.zeros((2, 1)), mnp.zeros(2)), "deviation of the weights is a positive number"),
        (lambda: B.weights(1.0, -1.0, mnp.zeros((2, 1)), mnp.zeros(2)), "deviation of the noise is a positive number"),
        (lambda: B.weights(1.0, 1.0, mnp.zeros((2, 1)), mnp.zeros(3)), r"array by n\(2\).*\(3,\)"),
    ],
)
def test_what_does_not_fit_is_refused(wrong, says):
    with pytest.raises(ValueError, match=says):
        wrong()
