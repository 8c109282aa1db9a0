import autograd.numpy as np
import pytest
from autograd import grad, hessian
from numpy.testing import assert_allclose, assert_array_equal

from reference import saddle


def orbit(step, lr, steps, start=(1.0, 0.0)):
    x, y = start
    for _ in range(steps):
        x, y = step(x, y, lr)
    return x, y


def test_derivatives():
    assert saddle.gradient(1.3, -0.4) == (grad(saddle.value, 0)(1.3, -0.4), grad(saddle.value, 1)(1.3, -0.4))
    by_autograd = hessian(lambda point: saddle.value(point[0], point[1]))(np.array([1.3, -0.4]))
    assert_array_equal(saddle.hessian(1.3, -0.4), by_autograd)


def test_it_is_a_saddle_at_the_origin():
    assert saddle.gradient(0.0, 0.0) == (0.0, 0.0)
    assert np.linalg.det(saddle.hessian(0.0, 0.0)) < 0
    assert saddle.value(0.1, 0.1) > saddle.value(0.0, 0.0) > saddle.value(0.1, -0.1)


def test_orbits_of_100_steps():
    x, y = orbit(saddle.simultaneous_gradient_step, 0.1, 100)
    assert (x, y) == pytest.approx((-1.4088469829160181283, -0.8485069287577792180), rel=1e-12)
    assert np.hypot(x, y) == pytest.approx(1.6446318218438818999, rel=1e-12)
    x, y = orbit(saddle.alternating_gradient_step, 0.1, 100)
    assert (x, y) == pytest.approx((-0.8642050330875634186, -0.5482021195435136969), rel=1e-12)


@pytest.mark.parametrize("lr", [0.01, 0.1, 0.5, 1.9])
def test_simultaneous_steps_spiral_out_and_alternating_steps_conserve(lr):
    x, y = orbit(saddle.simultaneous_gradient_step, lr, 7, start=(0.6, -0.8))
    assert np.hypot(x, y) == pytest.approx((1 + lr**2) ** 3.5, rel=1e-13)
    x, y = orbit(saddle.alternating_gradient_step, lr, 50, start=(0.6, -0.8))
    assert x**2 + y**2 - lr * x * y == pytest.approx(1 + 0.48 * lr, rel=1e-12)


def test_alternating_steps_of_length_2_grow_linearly():
    assert orbit(saddle.alternating_gradient_step, 2.0, 1000) == (-1999.0, -2000.0)


def test_the_flow_solves_the_field_and_keeps_the_radius():
    x, y = saddle.gradient_flow(0.6, -0.8, np.linspace(0.0, 10.0, 21))
    assert_allclose(x**2 + y**2, 1, rtol=1e-14)
    for time in 0.0, 0.7, 4.0:
        x, y = saddle.gradient_flow(0.6, -0.8, time)
        slope = [grad(lambda t, i=i: saddle.gradient_flow(0.6, -0.8, t)[i])(time) for i in (0, 1)]
        assert slope == pytest.approx([-y, x], rel=1e-13)


def test_small_steps_follow_the_flow():
    x, y = orbit(saddle.simultaneous_gradient_step, 1e-4, 10_000)
    assert (x, y) == pytest.approx(saddle.gradient_flow(1.0, 0.0, 1.0), abs=1e-4)
