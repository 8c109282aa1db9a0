"""Steps against gradients found without autograd: by hand for one layer, by the complex step for two."""

from itertools import pairwise

import autograd.numpy as np
import pytest
from numpy.testing import assert_allclose

from reference.gan_step import (
    Step,
    alternating_step,
    descend,
    discriminator_cost,
    k_to_one_step,
    minimax_cost,
    non_saturating_cost,
    simultaneous_step,
)

LR = 0.3
COSTS = pytest.mark.parametrize("cost", [minimax_cost, non_saturating_cost])


def drawn_network(rng, sizes):
    return [(rng.randn(rows, columns), rng.randn(columns)) for rows, columns in pairwise(sizes)]


@pytest.fixture(params=[1, 2], ids=["one layer", "two layers"])
def game(request):
    rng = np.random.RandomState(0)
    hidden = [4] * (request.param - 1)
    D, G = drawn_network(rng, [2, *hidden, 1]), drawn_network(rng, [3, *hidden, 2])
    return D, G, rng.randn(6, 2), rng.randn(5, 3)


def by_complex_step(cost, params, *rest):
    """Each derivative as Im f(x + ih) / h: exact to rounding, because nothing is subtracted."""
    h = 1e-30
    gradient = []
    for layer, arrays in enumerate(params):
        derivatives = []
        for which, array in enumerate(arrays):
            derivative = np.zeros(array.shape)
            for index in np.ndindex(*array.shape):
                moved = [[entry.astype(complex) for entry in other] for other in params]
                moved[layer][which][index] += 1j * h
                derivative[index] = cost(moved, *rest).imag / h
            derivatives.append(derivative)
        gradient.append(tuple(derivatives))
    return gradient


def assert_equal(params, expected):
    for layer, expected_layer in zip(params, expected, strict=True):
        for array, expected_array in zip(layer, expected_layer, strict=True):
            assert_allclose(array, expected_array, rtol=1e-12, atol=1e-14)


@COSTS
def test_simultaneous_step_is_two_descents_from_one_point(game, cost):
    D, G, real, noise = game
    step = simultaneous_step(D, G, real, noise, LR, cost)
    gradient_D = by_complex_step(discriminator_cost, D, G, real, noise)
    assert_equal(step.discriminator_params, descend(D, gradient_D, LR))
    assert_equal(step.generator_params, descend(G, by_complex_step(cost, G, D, real, noise), LR))
    assert step.discriminator_loss == discriminator_cost(D, G, real, noise)
    assert step.generator_loss == cost(G, D, real, noise)


@COSTS
def test_alternating_step_moves_the_generator_against_the_new_discriminator(game, cost):
    D, G, real, noise = game
    step = alternating_step(D, G, real, noise, LR, cost)
    D_new = descend(D, by_complex_step(discriminator_cost, D, G, real, noise), LR)
    assert_equal(step.discriminator_params, D_new)
    assert_equal(step.generator_params, descend(G, by_complex_step(cost, G, D_new, real, noise), LR))
    assert step.discriminator_loss == discriminator_cost(D, G, real, noise)
    assert step.generator_loss == pytest.approx(cost(G, D_new, real, noise), rel=1e-13)


def test_k_to_one_step_is_k_discriminator_steps_then_one_of_the_generator(game):
    D, G, _, _ = game
    rng = np.random.RandomState(1)
    reals, noises = [rng.randn(4, 2) for _ in range(3)], [rng.randn(4, 3) for _ in range(3)]
    step = k_to_one_step(D, G, reals, noises, LR)
    for real, noise in zip(reals, noises):
        D = descend(D, by_complex_step(discriminator_cost, D, G, real, noise), LR)
    assert_equal(step.discriminator_params, D)
    gradient = by_complex_step(non_saturating_cost, G, D, reals[-1], noises[-1])
    assert_equal(step.generator_params, descend(G, gradient, LR))


def test_the_gradients_of_logistic_regression_derived_by_hand():
    """D(x) = sigma(x w + b) and G(z) = z a + c: d log D / dv = 1 - D and d log(1 - D) / dv = -D."""
    rng = np.random.RandomState(0)
    (w, b), (a, c) = (rng.randn(2, 1), rng.randn(1)), (rng.randn(3, 2), rng.randn(2))
    real, noise = rng.randn(6, 2), rng.randn(5, 3)
    fake = noise @ a + c
    D_real, D_fake = 1 / (1 + np.exp(-(real @ w + b))), 1 / (1 + np.exp(-(fake @ w + b)))
    dw = -real.T @ (1 - D_real) / 12 + fake.T @ D_fake / 10
    db = -np.sum(1 - D_real) / 12 + np.sum(D_fake) / 10
    for cost, pull in (minimax_cost, D_fake), (non_saturating_cost, 1 - D_fake):
        step = simultaneous_step([(w, b)], [(a, c)], real, noise, LR, cost)
        assert_equal(step.discriminator_params, [(w - LR * dw, b - LR * db)])
        d_fake = -pull @ w.T / 10
        assert_equal(step.generator_params, [(a - LR * noise.T @ d_fake, c - LR * np.sum(d_fake, axis=0))])


def test_a_small_step_lowers_each_loss_by_the_squared_gradient(game):
    D, G, real, noise = game
    lr = 1e-6
    step = simultaneous_step(D, G, real, noise, lr)
    gradient = by_complex_step(discriminator_cost, D, G, real, noise)
    squares = sum(np.sum(derivative**2) for layer in gradient for derivative in layer)
    drop = step.discriminator_loss - discriminator_cost(step.discriminator_params, G, real, noise)
    assert drop == pytest.approx(lr * squares, rel=1e-3)


def test_a_step_leaves_its_arguments_alone(game):
    D, G, real, noise = game
    before = [array.copy() for layer in [*D, *G] for array in layer] + [real.copy(), noise.copy()]
    for take in simultaneous_step, alternating_step:
        assert isinstance(take(D, G, real, noise, LR), Step)
    after = [array for layer in [*D, *G] for array in layer] + [real, noise]
    assert all(np.array_equal(x, y) for x, y in zip(before, after))
