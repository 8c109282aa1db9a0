"""Transformations inside transformations: every order, every mode, and no perturbation mistaken for
another.
"""

from itertools import pairwise

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp
from minigan.testing import finite_floats


def value(x):
    return float(mg.to_numpy(x))


def derivative(f, mode):
    """The derivative of a scalar function in forward or reverse mode."""
    if mode == "reverse":
        return mg.grad(f)
    return lambda x: mg.jvp(f, (x,), (mnp.ones_like(x),))[1]


MODES = ["forward", "reverse"]


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
@given(x=finite_floats(-2, 2))
def test_two_derivatives_in_any_two_modes(inner, outer, x):
    """f = e^x sin x has f'' = 2 e^x cos x."""
    second = derivative(derivative(lambda x: mnp.exp(x) * mnp.sin(x), inner), outer)
    assert value(second(mnp.asarray(x))) == pytest.approx(2 * np.exp(x) * np.cos(x), rel=1e-13, abs=1e-13)


@pytest.mark.parametrize("modes", [(a, b, c, d) for a in MODES for b in MODES for c in MODES for d in MODES])
def test_four_derivatives_of_tanh(modes):
    f = mnp.tanh
    for mode in modes:
        f = derivative(f, mode)
    t = np.tanh(0.3)
    fourth = (1 - t**2) * (16 * t - 24 * t**3)  # by differentiating t' = 1 - t^2 four times
    assert value(f(mnp.asarray(0.3))) == pytest.approx(fourth, rel=1e-13)


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_perturbations_are_not_confused(inner, outer):
    """d/dx [x * d/dy (x + y)] at y = 1 is 1; a system that mixes the two perturbations says 2 (Siskind,
    Pearlmutter).
    """
    f = derivative(lambda x: x * derivative(lambda y: x + y, inner)(mnp.ones_like(x)), outer)
    assert value(f(mnp.asarray(3.0))) == 1.0


@pytest.mark.parametrize("outer", MODES)
@pytest.mark.parametrize("inner", MODES)
def test_an_outer_variable_closed_over_is_a_constant_inside(inner, outer):
    """g(x) = d/dy (x y^2) at y = x is 2 x^2, and g' = 4x sees both ways in which x enters."""
    f = derivative(lambda x: derivative(lambda y: x * y * y, inner)(x), outer)
    assert value(f(mnp.asarray(1.5))) == pytest.approx(6.0, rel=1e-15)


def test_the_derivative_of_a_constant_function_is_zero_at_any_depth():
    assert value(mg.grad(lambda x: 3.0)(2.0)) == 0.0
    assert value(mg.grad(mg.grad(lambda x: 2.0 * x))(2.0)) == 0.0
    assert value(mg.grad(lambda x: mg.grad(lambda y: y * 1.0)(x))(2.0)) == 0.0
    assert value(mg.jvp(lambda x: mnp.asarray(3.0), (2.0,), (1.0,))[1]) == 0.0


def rosenbrock(x):
    return mnp.sum(100.0 * (x[1:] - x[:-1] ** 2) ** 2 + (1.0 - x[:-1]) ** 2)


def rosenbrock_hessian(x):
    """By hand, for three variables."""
    a, b, c = x
    return np.array(
        [
            [1200 * a**2 - 400 * b + 2, -400 * a, 0],
            [-400 * a, 202 + 1200 * b**2 - 400 * c, -400 * b],
            [0, -400 * b, 200],
        ]
    )


@given(st.lists(finite_floats(-2, 2), min_size=3, max_size=3))
def test_hessians_and_hessian_vector_products_by_every_route(x):
    expected = rosenbrock_hessian(x)
    x = mnp.asarray(x)
    v = mnp.asarray([0.5, -1.0, 2.0])
    for found in (mg.hessian(rosenbrock)(x), mg.jacobian(mg.grad(rosenbrock))(x)):
        np.testing.assert_allclose(mg.to_numpy(found), expected, rtol=1e-12, atol=1e-9)
    product = expected @ mg.to_numpy(v)
    reverse_over_reverse = mg.vjp(mg.grad(rosenbrock), x)[1](v)[0]
    reverse_over_forward = mg.grad(lambda x: mg.jvp(rosenbrock, (x,), (v,))[1])(x)
    for found in (mg.hvp(rosenbrock)(x, v), reverse_over_reverse, reverse_over_forward):
        np.testing.assert_allclose(mg.to_numpy(found), product, rtol=1e-12, atol=1e-9)


def test_jacobian_of_a_tree_in_a_tree_has_a_block_for_each_pair():
    def f(p):
        return {"sum": p["w"] @ p["x"], "scale": mnp.sum(p["x"]) * 2.0}

    p = {"w": mnp.asarray([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), "x": mnp.asarray([1.0, -1.0, 2.0])}
    found = mg.to_numpy(mg.jacobian(f)(p))
    np.testing.assert_array_equal(found["sum"]["x"], mg.to_numpy(p["w"]))
    assert found["sum"]["w"].shape == (2, 2, 3)
    np.testing.assert_array_equal(found["sum"]["w"][1, 1], [1.0, -1.0, 2.0])
    np.testing.assert_array_equal(found["sum"]["w"][0, 1], 0.0)
    np.testing.assert_array_equal(found["scale"]["x"], [2.0, 2.0, 2.0])


def test_argnums_has_aux_and_keywords():
    def f(x, y, *, scale=1.0):
        return scale * mnp.sum(x * y), {"x": x, "twice": 2.0 * x}

    x, y = mnp.asarray([1.0, 2.0]), mnp.asarray([3.0, 5.0])
    (loss, aux), (gy, gx) = mg.value_and_grad(f, argnums=(1, 0), has_aux=True)(x, y, scale=2.0)
    assert value(loss) == 26.0
    np.testing.assert_array_equal(mg.to_numpy(gx), [6.0, 10.0])
    np.testing.assert_array_equal(mg.to_numpy(gy), [2.0, 4.0])
    np.testing.assert_array_equal(mg.to_numpy(aux["twice"]), [2.0, 4.0])  # no tracer comes out
    g, aux = mg.grad(f, argnums=-1, has_aux=True)(x, y)
    np.testing.assert_array_equal(mg.to_numpy(g), [1.0, 2.0])


# -- a network beside another library ------------------------------------------------------------------------


def network(np_, parameters, x):
    for weight, bias in parameters[:-1]:
        x = np_.tanh(x @ weight + bias)
    weight, bias = parameters[-1]
    return x @ weight + bias


def loss(np_, parameters, x, y):
    return np_.mean((network(np_, parameters, x) - y) ** 2) + 0.01 * sum(np_.sum(w * w) for w, _ in parameters)


@pytest.mark.parametrize("seed", range(3))
def test_a_network_has_autograd_s_gradient_and_hessian_vector_product(seed):
    rng = np.random.default_rng(seed)
    sizes = [3, 8, 5, 2]
    parameters = [(rng.standard_normal((m, n)), rng.standard_normal(n)) for m, n in pairwise(sizes)]
    direction = [(rng.standard_normal(w.shape), rng.standard_normal(b.shape)) for w, b in parameters]
    x, y = rng.standard_normal((7, 3)), rng.standard_normal((7, 2))
    ours = mg.tree_map(mnp.asarray, parameters)
    data = mnp.asarray(x), mnp.asarray(y)

    def of_ours(p):
        return loss(mnp, p, *data)

    def of_theirs(p):
        return loss(anp, p, x, y)

    expected, expected_gradient = autograd.value_and_grad(of_theirs)(parameters)
    found, gradient = mg.value_and_grad(of_ours)(ours)
    assert value(found) == pytest.approx(expected, rel=1e-12)
    close = lambda a, b: np.testing.assert_allclose(mg.to_numpy(a), b, rtol=1e-10, atol=1e-10)
    mg.tree_map(close, gradient, expected_gradient)
    expected_product = autograd.make_hvp(of_theirs)(parameters)[0](direction)
    mg.tree_map(close, mg.hvp(of_ours)(ours, mg.tree_map(mnp.asarray, direction)), expected_product)


def test_gradient_penalty_of_a_critic():
    """d/dw of (|df/dx| - 1)^2 for f = w . x: df/dx = w, so the gradient is 2 (|w| - 1) w / |w|."""
    w, x = mnp.asarray([3.0, 4.0]), mnp.asarray([0.2, 0.7])

    def penalty(w):
        slope = mg.grad(lambda x: mnp.sum(w * x))(x)
        return (mnp.linalg.norm(slope) - 1.0) ** 2

    np.testing.assert_allclose(mg.to_numpy(mg.grad(penalty)(w)), 2 * 4 * np.array([0.6, 0.8]), rtol=1e-14)


def test_an_unrolled_optimizer_is_differentiated_through():
    """Ten gradient steps on (a - y)^2 contract y towards a: dy_10/da = 1 - (1 - 2 lr)^10."""

    def unrolled(a):
        y = 0.0 * a
        for _ in range(10):
            y = y - 0.1 * mg.grad(lambda y: (a - y) ** 2)(y)
        return y

    assert value(mg.grad(unrolled)(2.0)) == pytest.approx(1 - 0.8**10, rel=1e-14)


def test_hessians_in_one_argument_of_several():
    """x^2 y^3 z at (2, 3, 5): in x twice 2 y^3 z, in y twice 6 x^2 y z; of several, all blocks."""
    f = lambda x, y, z: x**2 * y**3 * z
    at = [mnp.asarray(v) for v in (2.0, 3.0, 5.0)]
    assert float(mg.hessian(f)(*at)) == 270.0
    assert float(mg.hessian(f, 1)(*at)) == float(mg.hessian(f, -2)(*at)) == 360.0
    assert float(mg.hessian(f, 2)(*at)) == 0.0
    assert float(mg.jacobian(f, 1)(*at)) == 540.0
    assert [float(g) for g in mg.grad(f, (2, 0))(*at)] == [108.0, 540.0]
