"""Regression with a posterior over weights: densities by their formulas, what is integrated out, and one chain."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy import stats

import minigan as mg
import minigan.numpy as mnp
from minigan.models.implicit.bayesian_regression import (
    Examples,
    band_of_a_line,
    examples_with_a_gap,
    line,
    log_posterior,
    one_unit_on_a_grid,
    outer_weights_integrated,
    posterior_of_a_line,
    sampled_band,
    sampled_weights,
    tanh_units,
    units_by_importance,
    values,
)

AT = np.array([-6.0, -2.0, 0.1, 1.5, 5.0])


def literally(w, x):
    """One row of weights, one number."""
    hidden = len(w) // 3
    return sum(w[j] * math.tanh(w[hidden + j] * x + w[2 * hidden + j]) for j in range(hidden)) / math.sqrt(hidden)


@given(st.integers(1, 4), st.sampled_from([1.0, 0.1]), st.integers(0, 50))
def test_the_log_posterior_is_its_formula(hidden, power, seed):
    """Row by row and example by example, by SciPy's densities."""
    data, w = examples_with_a_gap(), np.random.default_rng(seed).standard_normal((3, 3 * hidden))
    found = mg.to_numpy(log_posterior(tanh_units(hidden), data, power)(mnp.asarray(w)))
    for row, value in zip(w, found):
        stated = stats.norm.logpdf(row).sum()
        stated += power * sum(stats.norm.logpdf(y, literally(row, x), data.noise) for x, y in zip(data.x, data.y))
        assert_allclose(value, stated, rtol=1e-10)


def test_the_posterior_of_a_line_is_where_its_log_density_is_flat():
    """The slope at the mean is 0, and the matrix of second derivatives is minus the covariance's inverse."""
    data = examples_with_a_gap()
    mean, covariance = posterior_of_a_line(data)
    log_p = log_posterior(line(), data)
    slope = mg.grad(lambda w: log_p(w[None, :])[0])
    assert_allclose(mg.to_numpy(slope(mnp.asarray(mean))), 0.0, atol=1e-10)
    curvature = mg.to_numpy(mg.jacobian(slope)(mnp.asarray(mean)))
    assert_allclose(-np.linalg.inv(curvature), covariance, rtol=1e-9)
    draws = np.random.default_rng(0).multivariate_normal(mean, covariance, 100_000)
    band = band_of_a_line(data, AT)
    lines = draws @ np.stack([np.ones_like(AT), AT])
    assert_allclose(band.mean, lines.mean(0), atol=5e-3)
    assert_allclose(band.deviation, lines.std(0), rtol=0.01)


def test_the_outer_weight_of_one_unit_is_integrated_as_a_quadrature_does_it():
    data, u, b = examples_with_a_gap(), 0.7, -0.3
    found = outer_weights_integrated(data, np.array([[u]]), np.array([[b]]), AT)
    v = np.linspace(-8.0, 8.0, 20_001)
    log_p = stats.norm.logpdf(v)
    for x, y in zip(data.x, data.y):
        log_p = log_p + stats.norm.logpdf(y, v * math.tanh(u * x + b), data.noise)
    top = log_p.max()
    p = np.exp(log_p - top)
    assert_allclose(found.log_evidence[0], top + math.log(p.sum() * (v[1] - v[0])), rtol=1e-9)
    mean = (p @ v) / p.sum()
    assert_allclose(found.mean[0], mean * np.tanh(u * AT + b), rtol=1e-8)
    assert_allclose(found.deviation[0], math.sqrt(p @ (v - mean) ** 2 / p.sum()) * abs(np.tanh(u * AT + b)), rtol=1e-6)


def test_the_evidence_of_several_units_is_a_gaussian_in_y():
    """log N(y; 0, R R' + s^2 I), R the units' outputs."""
    data, rng = examples_with_a_gap(), np.random.default_rng(1)
    u, b = rng.standard_normal((2, 4, 3))
    found = outer_weights_integrated(data, u, b, AT)
    for i in range(4):
        rows = np.tanh(np.outer(data.x, u[i]) + b[i]) / math.sqrt(3)
        law = stats.multivariate_normal(np.zeros(10), rows @ rows.T + data.noise**2 * np.eye(10))
        assert_allclose(found.log_evidence[i], law.logpdf(data.y), rtol=1e-9)


def test_grid_and_importance_sample_of_one_unit_agree_and_a_finer_grid_tells_nothing_new():
    data = examples_with_a_gap()
    grid, drawn = one_unit_on_a_grid(data, AT), units_by_importance(1, data, AT, 0, 50_000)
    finer = one_unit_on_a_grid(data, AT, 401, 7.0)
    assert_allclose(grid.band, finer.band, atol=2e-5)
    assert_allclose(drawn.band, grid.band, atol=5.0 / math.sqrt(drawn.effective) * grid.band.deviation.max())
    limits = grid.band.mean - 0.5 * grid.band.deviation
    assert_allclose(drawn.below(limits), grid.below(limits), atol=2.5 / math.sqrt(drawn.effective))


def test_chains_of_one_unit_find_both_modes_and_the_grids_band():
    data = examples_with_a_gap()
    found = sampled_weights(tanh_units(1), data, 0, steps=25)
    exact = one_unit_on_a_grid(data, AT).band
    band = sampled_band(tanh_units(1), found, AT)
    assert_allclose(band.mean, exact.mean, atol=0.05)
    assert_allclose(band.deviation, exact.deviation, rtol=0.15)
    w = mg.to_numpy(found.samples)
    assert 0.4 < (w[..., 0] > 0.0).mean() < 0.6 and (w[..., 0] * w[..., 1] > 0.0).mean() > 0.9
    f = values(tanh_units(1), found, AT)
    assert_allclose(f[3, 7], [literally(w[3, 7], x) for x in AT], rtol=1e-10)


def test_what_are_no_examples_is_refused():
    with pytest.raises(ValueError, match=r"as many x as y.*\(3,\) and \(2,\)"):
        Examples.checked([1.0, 2.0, 3.0], [1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match="finite numbers, and some are NaN"):
        Examples.checked([1.0, math.nan], [1.0, 2.0], 1.0)
    with pytest.raises(ValueError, match="the noise's deviation"):
        Examples.checked([1.0], [1.0], 0.0)
    with pytest.raises(ValueError, match="the number of hidden units"):
        tanh_units(0)
