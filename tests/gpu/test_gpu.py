"""CuPy computes what NumPy computes, on the device, and without going back to the host on the way."""

import operator
from itertools import pairwise

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.testing.arrays import draw_arguments

DIFFERENTIABLE = [p for p in mg.PRIMITIVES.values() if p.push is not None and not p.name.startswith("test_")]


@pytest.fixture(autouse=True)
def on_cupy():
    with mg.use("cupy") as backend:
        yield backend


@pytest.fixture
def cupy(on_cupy):
    return on_cupy.xp


def value_and_derivatives(name, primitive, example, host, dtype):
    """Value, tangent and cotangents of one example on the backend called ``name``, brought home."""
    with mg.use(name):
        arguments = [mnp.asarray(x) for x in host]
        every = primitive.differentiable == "all"
        positions = range(len(arguments)) if every else primitive.differentiable
        params = {k: dtype if k == "dtype" else v for k, v in example.params.items()}

        def f(*moving):
            full = list(arguments)
            for i, x in zip(positions, moving):
                full[i] = x
            out = primitive(*full, **params)
            return (out[0], mnp.square(out[1])) if primitive.name == "eigh" else out

        moving = tuple(arguments[i] for i in positions)
        rng = np.random.default_rng(0)
        tangents = tuple(mnp.asarray(np.asarray(rng.standard_normal(x.shape)), x.dtype) for x in moving)
        y, dy = mg.jvp(f, moving, tangents)
        _, pullback = mg.vjp(f, *moving)
        g = mg.tree_map(lambda leaf: mnp.asarray(np.asarray(rng.standard_normal(leaf.shape)), leaf.dtype), y)
        second = mg.jvp(lambda *x: mg.vjp(f, *x)[1](g), moving, tangents)[1]
        return mg.to_numpy(mg.tree_leaves((y, dy, pullback(g), second)))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("primitive", DIFFERENTIABLE, ids=lambda p: p.name)
def test_values_and_derivatives_equal_numpy_s(primitive, dtype):
    # the libraries' elementary functions differ by a few units in the last place, and second derivatives of
    # the factorisations multiply that by powers of the condition number, here below ten
    tolerance = 1e-10 if dtype == "float64" else 2e-3
    for seed, example in enumerate(primitive.examples):
        host = draw_arguments(np.random.default_rng(seed), example, dtype=dtype)
        found = value_and_derivatives("cupy", primitive, example, host, dtype)
        expected = value_and_derivatives("numpy", primitive, example, host, dtype)
        for a, b in zip(found, expected, strict=True):
            assert (a.dtype, a.shape) == (b.dtype, b.shape)
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)


OPERATORS = [getattr(operator, name) for name in ("add", "sub", "mul", "truediv", "pow", "matmul", "lt", "ge", "mod")]


@pytest.mark.parametrize("operation", OPERATORS)
def test_operators_from_both_sides_end_in_our_rules(operation, cupy):
    x, y = cupy.asarray([[1.0, 2.0], [3.0, 4.0]]), cupy.asarray([[0.5, 1.5], [2.5, 0.75]])
    for f in (lambda x: operation(y, x), lambda x: operation(x, y)):
        value, _ = mg.vjp(lambda x, f=f: mnp.sum(mnp.where(f(x) > 0, f(x), 0.0) + x), x)
        assert isinstance(value, cupy.ndarray)
        if operation not in (operator.lt, operator.ge, operator.mod):
            mg.check_grads(f, (x,))


def test_cupy_s_own_functions_on_a_traced_array(cupy):
    x = cupy.asarray([0.5, 1.5])
    gradient = mg.grad(lambda x: mnp.sum(cupy.tanh(x) * np.exp(x)))(x)
    expected = mg.grad(lambda x: mnp.sum(mnp.tanh(x) * mnp.exp(x)))(np.array([0.5, 1.5]))
    np.testing.assert_allclose(mg.to_numpy(gradient), expected, rtol=1e-13)


def network(parameters, x):
    for weight, bias in parameters[:-1]:
        x = mnp.tanh(x @ weight + bias)
    weight, bias = parameters[-1]
    return mnp.mean(mnp.softplus(x @ weight + bias) + mnp.logsumexp(x, axis=1, keepdims=True))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_a_gradient_step_does_not_synchronise(dtype, cupy):
    """Anything that reads a value on the host would raise DeviceSynchronized here."""
    import cupyx

    rng = np.random.default_rng(0)
    sizes = [3, 16, 16, 1]
    parameters = [(mnp.asarray(rng.standard_normal((m, n)), dtype), mnp.zeros(n, dtype)) for m, n in pairwise(sizes)]
    x = mnp.asarray(rng.standard_normal((32, 3)), dtype)

    def step(parameters):
        loss, gradient = mg.value_and_grad(network)(parameters, x)
        moved = mg.tree_map(lambda p, g: p - 0.1 * g, parameters, gradient)
        return loss, moved, mg.hvp(lambda p: network(p, x))(parameters, gradient)

    step(parameters)  # compiles the kernels
    with cupyx.allow_synchronize(False):
        loss, moved, product = step(parameters)
    for leaf in mg.tree_leaves((loss, moved, product)):
        assert isinstance(leaf, cupy.ndarray)
        assert leaf.dtype == dtype
    host = mg.to_numpy(parameters)
    with mg.use("numpy"):
        expected = network(host, mg.to_numpy(x))
    np.testing.assert_allclose(mg.to_numpy(loss), expected, rtol=1e-12 if dtype == "float64" else 1e-5)


def test_the_two_libraries_do_not_mix(cupy):
    with pytest.raises(TypeError, match=r"two libraries") as caught:
        mnp.add(cupy.ones(2), np.ones(2))
    assert "cupy.ndarray" in str(caught.value) and "numpy.ndarray" in str(caught.value)
    assert isinstance(mnp.exp(np.ones(2)), np.ndarray)  # computation follows its inputs
    assert isinstance(mnp.zeros(2), cupy.ndarray)  # creation follows the switch


def test_index_add_with_duplicates(cupy):
    out = mnp.index_add(mnp.zeros(3), mnp.asarray([0, 0, 2]), mnp.asarray([1.0, 2.0, 5.0]))
    np.testing.assert_array_equal(mg.to_numpy(out), [3.0, 0.0, 5.0])
