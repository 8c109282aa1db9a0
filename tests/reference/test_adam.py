import autograd.numpy as np
import pytest
from autograd.misc import optimizers
from numpy.testing import assert_allclose, assert_array_equal

from reference.adam import adam, momentum, rmsprop, sgd

START = np.array([1.0, -2.0, 0.5])
CURVATURE = np.array([1.0, 10.0, 0.1])


def gradient_of_a_bowl(x, _=0):
    return CURVATURE * x + np.sin(x)


@pytest.fixture
def gradients():
    return np.random.RandomState(0).randn(12, 3)


def test_sgd_on_a_parabola_is_a_power():
    x = START
    for _ in range(20):
        x = sgd(x, CURVATURE * x, lr=0.05)
    assert_allclose(x, START * (1 - 0.05 * CURVATURE) ** 20, rtol=1e-13)


def test_velocity_is_the_decayed_sum_of_all_gradients(gradients):
    x, velocity = START, np.zeros(3)
    for gradient in gradients:
        x, velocity = momentum(x, velocity, gradient, lr=0.1, mass=0.8)
    decayed = [sum(0.8 ** (t - i) * gradients[i] for i in range(t + 1)) for t in range(12)]
    assert_allclose(velocity, decayed[-1], rtol=1e-13)
    assert_allclose(x, START - 0.1 * sum(decayed), rtol=1e-13)


def test_momentum_without_mass_is_sgd(gradients):
    x, velocity = momentum(START, np.ones(3), gradients[0], lr=0.1, mass=0.0)
    assert_array_equal(x, sgd(START, gradients[0], lr=0.1))
    assert_array_equal(velocity, gradients[0])


def test_mean_square_is_the_decayed_average(gradients):
    x, mean_square = START, np.zeros(3)
    for gradient in gradients:
        previous = x
        x, mean_square = rmsprop(x, mean_square, gradient, lr=0.1, decay=0.8, epsilon=0.5)
    exact = 0.2 * sum(0.8 ** (11 - i) * gradients[i] ** 2 for i in range(12))
    assert_allclose(mean_square, exact, rtol=1e-13)
    assert_allclose(x - previous, -0.1 * gradients[-1] / (np.sqrt(exact) + 0.5), rtol=1e-12)


def test_adam_by_its_sums(gradients):
    """m' and v' are means of all gradients and of all their squares, weighted by beta^(t - i)."""
    x, m, v = START, np.zeros(3), np.zeros(3)
    for step, gradient in enumerate(gradients, start=1):
        previous = x
        x, m, v = adam(x, m, v, gradient, step, lr=0.1, beta1=0.7, beta2=0.95, epsilon=1e-3)
        past = gradients[:step]
        mean = np.average(past, axis=0, weights=0.7 ** np.arange(step)[::-1])
        square = np.average(past**2, axis=0, weights=0.95 ** np.arange(step)[::-1])
        assert_allclose(x - previous, -0.1 * mean / (np.sqrt(square) + 1e-3), rtol=1e-10)


def test_adam_walks_at_lr_along_a_constant_gradient():
    gradient = np.array([250.0, -1e-3, 4.0])
    x, m, v = START, np.zeros(3), np.zeros(3)
    for step in range(1, 31):
        x, m, v = adam(x, m, v, gradient, step, lr=0.01, epsilon=0.0)
    assert_allclose(x, START - 0.3 * np.sign(gradient), rtol=1e-12)


def test_adam_rmsprop_and_momentum_against_a_second_implementation():
    steps = 25
    x, m, v = START, np.zeros(3), np.zeros(3)
    for step in range(1, steps + 1):
        x, m, v = adam(x, m, v, gradient_of_a_bowl(x), step, lr=0.03)
    other = optimizers.adam(gradient_of_a_bowl, START, num_iters=steps, step_size=0.03)
    assert_allclose(x, other, rtol=1e-11)

    # That one starts its mean of squares at one.
    x, mean_square = START, np.ones(3)
    for _ in range(steps):
        x, mean_square = rmsprop(x, mean_square, gradient_of_a_bowl(x), lr=0.03)
    other = optimizers.rmsprop(gradient_of_a_bowl, START, num_iters=steps, step_size=0.03, eps=1e-8)
    assert_allclose(x, other, rtol=1e-11)

    # That one weighs the gradient by 1 - mass, which is a smaller lr here.
    x, velocity = START, np.zeros(3)
    for _ in range(steps):
        x, velocity = momentum(x, velocity, gradient_of_a_bowl(x), lr=0.03 * (1 - 0.8), mass=0.8)
    other = optimizers.sgd(gradient_of_a_bowl, START, num_iters=steps, step_size=0.03, mass=0.8)
    assert_allclose(x, other, rtol=1e-11)


def test_arguments_are_left_alone(gradients):
    arrays = [START.copy(), np.ones(3), np.ones(3), gradients[0].copy()]
    before = [array.copy() for array in arrays]
    sgd(arrays[0], arrays[3], 0.1)
    momentum(arrays[0], arrays[1], arrays[3], 0.1)
    rmsprop(arrays[0], arrays[1], arrays[3], 0.1)
    adam(*arrays, step=1)
    assert all(np.array_equal(x, y) for x, y in zip(before, arrays))
