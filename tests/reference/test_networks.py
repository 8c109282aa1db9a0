import math
from itertools import pairwise

import autograd.numpy as np
import mpmath
import pytest
from autograd import elementwise_grad
from numpy.testing import assert_allclose

from reference.networks import discriminator, generator, mlp, sigmoid


def drawn_network(seed, sizes):
    rng = np.random.RandomState(seed)
    return [(rng.randn(rows, columns), rng.randn(columns)) for rows, columns in pairwise(sizes)]


def mlp_by_loops(params, row):
    for depth, (W, b) in enumerate(params):
        sums = [sum(row[i] * W[i, j] for i in range(W.shape[0])) + b[j] for j in range(W.shape[1])]
        row = sums if depth == len(params) - 1 else [math.tanh(s) for s in sums]
    return row


@pytest.mark.parametrize("x", [-30.0, -1.0, 0.0, 2.5, 30.0])
def test_sigmoid_is_that_of_mpmath(x):
    assert sigmoid(x) == pytest.approx(float(1 / (1 + mpmath.exp(-x))), rel=1e-14)


def test_sigmoid_at_its_ends():
    with np.errstate(over="ignore"):
        assert sigmoid(-800.0) == 0
    assert sigmoid(800.0) == 1


def test_the_derivative_of_the_sigmoid_and_its_symmetry():
    x = np.linspace(-5.0, 5.0, 11)
    assert_allclose(elementwise_grad(sigmoid)(x), sigmoid(x) * sigmoid(-x), rtol=1e-13)
    assert_allclose(sigmoid(x) + sigmoid(-x), 1, rtol=1e-15)


@pytest.mark.parametrize("sizes", [(3, 2), (3, 5, 2), (2, 4, 4, 1)])
def test_mlp_is_sums_and_tanhs(sizes):
    params, x = drawn_network(0, sizes), np.random.RandomState(1).randn(6, sizes[0])
    assert_allclose(mlp(params, x), [mlp_by_loops(params, row) for row in x], rtol=1e-12)


def test_generator_and_discriminator():
    G, D = drawn_network(0, (2, 4, 3)), drawn_network(1, (3, 4, 1))
    z = np.random.RandomState(2).randn(5, 2)
    x = generator(G, z)
    assert x.shape == (5, 3)
    probability = discriminator(D, x)
    assert probability.shape == (5, 1)
    assert_allclose(np.log(probability / (1 - probability)), mlp(D, x), rtol=1e-10)
