"""Derivatives stated by hand behave as derived ones do, in every mode and to every order."""

import numpy as np
import pytest
from hypothesis import given

import minigan as mg
import minigan.numpy as mnp
from minigan.testing import finite_floats


def value(x):
    return float(mg.to_numpy(x))


cube = mg.custom_vjp(lambda x: x * x * x, lambda g, y, x: (3.0 * x * x * g,))
product = mg.custom_vjp(lambda x, y: x * y, lambda g, out, x, y: (g * y, g * x))


@given(finite_floats(-2, 2))
def test_every_order_and_mode_of_a_rule_written_with_differentiable_functions(x):
    x = mnp.asarray(x)
    at = value(x)
    one = mnp.ones_like(x)
    assert value(mg.grad(cube)(x)) == pytest.approx(3 * at**2, abs=1e-12)
    assert value(mg.jvp(cube, (x,), (one,))[1]) == pytest.approx(3 * at**2, abs=1e-12)
    assert value(mg.grad(mg.grad(cube))(x)) == pytest.approx(6 * at, abs=1e-12)
    assert value(mg.hvp(cube)(x, one)) == pytest.approx(6 * at, abs=1e-12)
    forward_twice = mg.jvp(lambda x: mg.jvp(cube, (x,), (one,))[1], (x,), (one,))[1]
    assert value(forward_twice) == pytest.approx(6 * at, abs=1e-12)
    reverse_over_forward = mg.grad(lambda x: mg.jvp(cube, (x,), (one,))[1])(x)
    assert value(reverse_over_forward) == pytest.approx(6 * at, abs=1e-12)
    assert value(mg.grad(mg.grad(mg.grad(cube)))(x)) == pytest.approx(6.0, abs=1e-12)


def test_it_passes_check_grads():
    x, y = mnp.asarray([0.5, -1.0]), mnp.asarray([2.0, 0.25])
    mg.check_grads(cube, (x,), order=3)
    mg.check_grads(product, (x, y), order=2)
    mg.check_grads(lambda x: mnp.sum(product(x, mnp.exp(x))), (x,), order=2)


def test_the_value_is_the_function_s_own():
    x = mnp.asarray([0.5, -1.0])
    np.testing.assert_array_equal(mg.to_numpy(cube(x)), mg.to_numpy(x * x * x))
    np.testing.assert_array_equal(mg.to_numpy(mg.vjp(cube, x)[0]), mg.to_numpy(cube(x)))
    assert value(cube(2.0)) == 8.0


def test_the_rule_is_used_and_not_the_function():
    odd = mg.custom_vjp(mnp.exp, lambda g, y, x: 7.0 * g)
    assert value(mg.grad(odd)(0.3)) == 7.0
    assert value(mg.jvp(odd, (0.3,), (2.0,))[1]) == 14.0
    assert value(mg.grad(mg.grad(odd))(0.3)) == 0.0


def test_trees_in_and_out_and_none_for_zero():
    def f(p, scale):
        return {"w": p["w"] * scale, "b": p["b"] + 1.0}

    def rule(g, y, p, scale):
        return {"w": g["w"] * scale, "b": g["b"]}, None

    g_rule = mg.custom_vjp(f, rule)
    p = {"w": mnp.asarray([1.0, 2.0]), "b": mnp.asarray(0.5)}

    def loss(p, scale):
        out = g_rule(p, scale)
        return mnp.sum(out["w"]) + out["b"]

    gp, gs = mg.grad(loss, argnums=(0, 1))(p, mnp.asarray(3.0))
    assert mg.to_numpy(gp["w"]).tolist() == [3.0, 3.0] and value(gp["b"]) == 1.0 and value(gs) == 0.0
    _, dy = mg.jvp(loss, (p, mnp.asarray(3.0)), (mg.tree_map(mnp.ones_like, p), mnp.asarray(100.0)))
    assert value(dy) == 7.0


def test_envelope_theorem():
    """f*(t) = max_u (u t - e^u) = t log t - t, found by Newton's method that no derivative looks into."""

    def conjugate(t):
        u = mnp.zeros_like(t)
        for _ in range(50):
            u = u - (mnp.exp(u) - t) / mnp.exp(u)
        return u * t - mnp.exp(u), u

    f = mg.custom_vjp(lambda t: conjugate(t)[0], lambda g, y, t: (g * conjugate(mg.stop_gradient(t))[1],))
    assert value(mg.grad(f)(2.5)) == pytest.approx(np.log(2.5), rel=1e-13)


def test_a_rule_of_the_wrong_form_is_refused():
    few = mg.custom_vjp(lambda x, y: x * y, lambda g, out, x, y: (g,))
    with pytest.raises(ValueError, match="tuple of 2 cotangents"):
        mg.grad(few)(1.0, 2.0)
    misshapen = mg.custom_vjp(lambda x: mnp.sum(x), lambda g, out, x: (g,))
    with pytest.raises(ValueError, match="shape"):
        mg.grad(misshapen)(mnp.asarray([1.0, 2.0]))


def test_under_trace():
    program = mg.trace(mg.grad(lambda x: cube(x) * 2.0))(mnp.asarray(3.0))
    assert value(program(mnp.asarray(2.0))) == 24.0


def test_float32_stays_float32():
    x = mnp.asarray([0.5, 2.0], dtype="float32")
    assert mg.backend.dtype_name(mg.grad(lambda x: mnp.sum(cube(x)))(x).dtype) == "float32"
    assert mg.backend.dtype_name(mg.jvp(cube, (x,), (x,))[1].dtype) == "float32"


def test_stop_gradient_is_a_constant_to_every_transformation():
    x = mnp.asarray(3.0)
    one = mnp.ones_like(x)
    f = lambda x: x * mg.stop_gradient(x)
    assert value(mg.grad(f)(x)) == 3.0
    assert value(mg.jvp(f, (x,), (one,))[1]) == 3.0
    assert value(mg.grad(mg.grad(f))(x)) == 0.0
    assert value(mg.hvp(f)(x, one)) == 0.0
    assert value(mg.stop_gradient(x)) == 3.0
    assert mg.stop_gradient({"a": None, "b": (1.0,)}) == {"a": None, "b": (1.0,)}


def test_stop_gradient_stays_in_a_recorded_program():
    program = mg.trace(mg.grad(lambda x: x * mg.stop_gradient(mnp.exp(x))))(mnp.asarray(0.0))
    assert value(program(mnp.asarray(1.0))) == pytest.approx(np.e)


@pytest.mark.parametrize("moving", [(0,), (1,), (2,), (0, 2), (0, 1, 2)])
def test_forward_mode_in_some_of_the_arguments(moving):
    """x y + z by a rule of hand: what does not move has the tangent zero, and shapes of its own."""
    f = mg.custom_vjp(lambda x, y, z: x * y + z, lambda g, out, x, y, z: (g * y, mnp.sum(g * x), g))
    at = [mnp.asarray([1.0, 2.0]), mnp.asarray(3.0), mnp.asarray([5.0, 7.0])]
    along = [mnp.asarray([0.5, 0.25]), mnp.asarray(2.0), mnp.asarray([1.0, -1.0])]
    by_hand = [mg.to_numpy(along[0] * at[1]), mg.to_numpy(at[0] * along[1]), mg.to_numpy(along[2])]

    def of_moving(*values):
        full = list(at)
        for i, value in zip(moving, values):
            full[i] = value
        return f(*full)

    _, tangent = mg.jvp(of_moving, [at[i] for i in moving], [along[i] for i in moving])
    np.testing.assert_array_equal(mg.to_numpy(tangent), sum(by_hand[i] for i in moving))


def test_the_rule_s_result_is_told_where_it_does_not_fit():
    several = mg.custom_vjp(lambda x, y: x * y, lambda g, out, x, y: [g, g])
    with pytest.raises(ValueError, match=r"a tuple of 2 cotangents, one per argument, and returned \[.*\]$"):
        mg.grad(several)(1.0, 2.0)
    alone = mg.custom_vjp(lambda x, y: x * y, lambda g, out, x, y: g)
    with pytest.raises(ValueError, match=r"a tuple of 2 cotangents, one per argument, and returned [aA]rray\(1\."):
        mg.grad(alone)(1.0, 2.0)
    many = mg.custom_vjp(lambda x: x, lambda g, out, x: (g, g))
    with pytest.raises(ValueError, match=r"a tuple of 1 cotangents, one per argument, and returned \("):
        mg.grad(many)(1.0)


@pytest.mark.parametrize("inner", [0, 1])
def test_arguments_of_two_transformations_at_once(inner):
    """d/dx d/dy of x^2 y^3 by a rule of hand, whichever is traced by the inner one."""
    f = mg.custom_vjp(lambda x, y: x**2 * y**3, lambda g, out, x, y: (2 * g * x * y**3, 3 * g * x**2 * y**2))
    at = [mnp.asarray(2.0), mnp.asarray(3.0)]

    def of_outer(z, differentiate):
        at_z = [z if i != inner else a for i, a in enumerate(at)]
        return differentiate(lambda y: f(*(y if i == inner else a for i, a in enumerate(at_z))), at[inner])

    def in_forward(f, x):
        return mg.jvp(f, (x,), (mnp.ones_like(x),))[1]

    def in_reverse(f, x):
        return mg.grad(f)(x)

    for one in (in_forward, in_reverse):
        for other in (in_forward, in_reverse):
            assert value(one(lambda z, other=other: of_outer(z, other), at[1 - inner])) == pytest.approx(6 * 2 * 9)


def test_none_is_a_zero_cotangent_of_a_whole_tree():
    f = mg.custom_vjp(lambda p, x: p["a"] * x + p["b"], lambda g, y, p, x: (None, g))
    p = {"a": mnp.asarray([1.0, 2.0]), "b": mnp.asarray([3.0, 4.0])}
    found, _ = mg.vjp(f, p, mnp.ones(2))[1](mnp.ones(2))
    assert [mg.to_numpy(found[key]).tolist() for key in "ab"] == [[0.0, 0.0], [0.0, 0.0]]


def test_results_of_which_one_alone_is_used():
    """The cotangent of the other is zero, in its shape."""
    f = mg.custom_vjp(lambda x: (2.0 * x, mnp.sum(x)), lambda g, y, x: (2.0 * g[0] + g[1],))
    x = mnp.asarray([1.0, 2.0])
    assert mg.to_numpy(mg.grad(lambda x: mnp.sum(f(x)[0]))(x)).tolist() == [2.0, 2.0]
    assert mg.to_numpy(mg.grad(lambda x: f(x)[1])(x)).tolist() == [1.0, 1.0]


def test_stop_gradient_leaves_a_recording_in_place():
    """Under a gradient inside a recording it takes the gradient's layer away, and not the recording's."""
    program = mg.trace(lambda x: mg.grad(lambda y: y * mg.stop_gradient(y * y))(x))(mnp.asarray(2.0))
    assert value(program(mnp.asarray(3.0))) == 9.0


@pytest.mark.parametrize("number", [3.0, 3])
def test_forward_mode_takes_numbers_among_the_arguments(number):
    product = mg.custom_vjp(lambda x, y: x * y, lambda g, out, x, y: (g * y, mnp.sum(g * x)))
    x, tangent = mnp.asarray([1.0, 2.0]), mnp.asarray([0.5, -1.0])
    _, moved = mg.jvp(lambda x: product(x, number), (x,), (tangent,))
    np.testing.assert_allclose(mg.to_numpy(moved), [1.5, -3.0])
