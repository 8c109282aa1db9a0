"""Initialisers: mean, variance and law within standard errors; orthogonality to rounding."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import minigan as mg
from minigan import nn
from minigan.backend import dtype_name
from minigan.random import generator

SHAPE = (300, 200)
VARIANCES = [
    ("normal", nn.normal(0.05), 0.05**2, 3.0),
    ("glorot_normal", nn.glorot_normal(), 2 / 500, 3.0),
    ("glorot_normal gain", nn.glorot_normal(3.0), 9 * 2 / 500, 3.0),
    ("glorot_uniform", nn.glorot_uniform(), 2 / 500, 1.8),
    ("xavier_uniform gain", nn.xavier_uniform(0.5), 0.25 * 2 / 500, 1.8),
    ("he_normal", nn.he_normal(), 2 / 300, 3.0),
    ("he_normal slope", nn.he_normal(0.2), 2 / (1.04 * 300), 3.0),
    ("he_uniform", nn.he_uniform(), 2 / 300, 1.8),
]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize(
    ("name", "initialiser", "variance", "kurtosis"), VARIANCES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_mean_and_variance_within_five_standard_errors(name, initialiser, variance, kurtosis, seed):
    w = mg.to_numpy(initialiser(generator(seed), SHAPE))
    assert w.shape == SHAPE
    assert abs(w.mean()) < 5 * math.sqrt(variance / w.size)
    assert abs(np.mean(w**2) - variance) < 5 * variance * math.sqrt((kurtosis - 1) / w.size)


def test_uniform_ones_stay_within_their_bound():
    w = mg.to_numpy(nn.glorot_uniform()(generator(0), SHAPE))
    assert 0.999 * math.sqrt(6 / 500) < np.abs(w).max() <= math.sqrt(6 / 500)


def test_more_axes_count_as_inputs():
    w = mg.to_numpy(nn.he_normal()(generator(0), (20, 30, 100)))
    assert abs(np.mean(w**2) / (2 / 600) - 1) < 5 * math.sqrt(2 / w.size)


def test_relu_keeps_the_second_moment_under_he():
    """E y^2 stays through twenty layers of width 512, each with a relative variance of 5 / 512."""
    for seed in (0, 1, 2):
        rng = generator(seed)
        x = rng.standard_normal((16, 512))
        y = nn.mlp([512] * 20, activation="relu", initialiser=nn.he_normal())
        out = mg.to_numpy(y.apply(y.init(rng, (None, 512)), x))
        assert abs(math.log(np.mean(out**2) / 2)) < 5 * math.sqrt(20 * 5 / 512)  # the last layer has no relu


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (1, 4), (2, 3, 4), (2, 3, 8)])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-14), ("float32", 1e-6)])
def test_orthogonal(shape, dtype, tolerance):
    w = nn.orthogonal(gain=2.0)(generator(0), shape, dtype)
    assert dtype_name(w.dtype) == dtype and tuple(w.shape) == shape
    w = mg.to_numpy(w).astype(float).reshape(-1, shape[-1])
    small = w.T @ w if w.shape[0] >= w.shape[1] else w @ w.T
    assert_allclose(small, 4.0 * np.eye(len(small)), atol=4 * 10 * tolerance)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_orthogonal_is_uniform(seed):
    """A column of Q is uniform on the sphere; in three dimensions each coordinate is uniform on [-1, 1]."""
    rng = generator(seed)
    draws = np.stack([mg.to_numpy(nn.orthogonal()(rng, (3, 3))) for _ in range(400)])
    for i, j in ((0, 0), (1, 2), (2, 2)):
        assert stats.kstest(draws[:, i, j], "uniform", args=(-1, 2)).pvalue > 1e-4
    determinants = np.linalg.det(draws)
    assert abs(np.mean(determinants > 0) - 0.5) < 5 * 0.5 / math.sqrt(400)


def test_constants():
    assert_array_equal(mg.to_numpy(nn.zeros()(None, (2,))), np.zeros(2))
    assert_array_equal(mg.to_numpy(nn.constant(0.5)(None, (2, 1), "float32")), np.full((2, 1), 0.5, np.float32))


@pytest.mark.parametrize(
    ("name", "initialiser", "variance", "kurtosis"), VARIANCES, ids=lambda v: v if isinstance(v, str) else ""
)
def test_float32_on_request(name, initialiser, variance, kurtosis):
    assert dtype_name(initialiser(generator(0), (2, 3), "float32").dtype) == "float32"
    assert dtype_name(initialiser(generator(0), (2, 3)).dtype) == "float64"


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        (lambda: nn.normal(0.0), "std"),
        (lambda: nn.glorot_normal(-1.0), "gain"),
        (lambda: nn.orthogonal(float("inf")), "gain"),
        (lambda: nn.glorot_uniform("large"), "'large'"),
        (lambda: nn.glorot_normal()(generator(0), (3,)), "inputs and outputs"),
        (lambda: nn.he_normal()(generator(0), (0, 3)), "inputs and outputs"),
        (lambda: nn.orthogonal()(generator(0), ()), "inputs and outputs"),
    ],
)
def test_refused_in_a_sentence(bad, words):
    with pytest.raises(ValueError, match=words):
        bad()
