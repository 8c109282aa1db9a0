"""Biases inside products of narrow matrices: the same numbers, from operands that are as new at every call."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.autodiff.trees import flatten
from minigan.compiler import biases
from minigan.compiler.biases import BIASED, with_biases
from minigan.compiler.passes import optimise
from minigan.compiler.recording import record

pytestmark = pytest.mark.usefixtures("on_numpy")
RNG = np.random.default_rng(0)


def normal(*shape, dtype="float64"):
    return RNG.standard_normal(shape).astype(dtype)


def looped(x, w, b):
    """x W + b in double precision, one element at a time."""
    rows = [[sum(float(p) * float(q) for p, q in zip(row, column)) for column in w.T] for row in x]
    return np.array(rows) + b.astype(np.float64)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("columns", range(1, biases.WIDEST + 2))
@pytest.mark.parametrize("turned", [False, True], ids=["x W + b", "b + x W"])
def test_it_is_the_product_and_the_bias(columns, dtype, turned):
    def f(x, w, b):
        return (b + x @ w) if turned else mnp.dot(x, w) + b

    compiled, eps = mg.compile(f), np.finfo(dtype).eps
    held = []
    for _ in range(3):  # other numbers at every call, and what was returned stays
        args = normal(64, columns, dtype=dtype), normal(columns, 40, dtype=dtype), normal(40, dtype=dtype)
        held.append((compiled(*args), looped(*args)))
    for found, expected in held:
        assert found.dtype == dtype
        np.testing.assert_allclose(found, expected, rtol=0, atol=8 * (columns + 1) * eps * np.abs(expected).max())
    assert ("with_ones(" in compiled.source) == (columns <= biases.WIDEST)


def fused(f, *args) -> int:
    """How many biased products ``f`` comes to."""
    leaves, structure = flatten((args, {}))
    program = optimise(record(f, structure, leaves, range(len(leaves)), [f"x{i}" for i in range(len(leaves))]))
    return sum(item.primitive is BIASED for item in with_biases(program.equations, program.outputs))


def test_only_what_gains_is_rewritten():
    x, w, b = normal(64, 2), normal(2, 40), normal(40)
    assert fused(lambda x, w, b: x @ w + b, x, w, b) == 1
    assert fused(lambda x, w, b: (x @ w + b) * (x @ w), x, w, b) == 0  # somebody else reads the product
    assert fused(lambda x, w, b: (x @ w, x @ w + b), x, w, b) == 0  # it is returned
    assert fused(lambda x, w, b: x @ w + b, x, w, normal(64, 40)) == 0  # no bias
    assert fused(lambda x, w, b: x @ w + b, x, w, normal(64, 1)) == 0
    assert fused(lambda x, w, b: x @ w + b, x, w, b.astype("float32")) == 0  # which would be another dtype
    assert fused(lambda x, w, b: x @ w + b, normal(16, 2), w, b) == 0  # few rows
    assert fused(lambda x, w, b: x @ w - b, x, w, b) == 0
    assert fused(lambda w, b: np.ones((64, 2)) @ w + b, w, b) == 0  # a constant is no batch


def test_arguments_of_a_subclass_are_read_as_plain_arrays():
    f = mg.compile(lambda x, w, b: mnp.tanh(x @ w + b))
    x, w, b = normal(64, 2), normal(2, 40), normal(40)
    plain = f(x, w, b)
    for given in (x.view(np.matrix), np.ma.masked_array(x, x > 0), np.asfortranarray(x), x[::-1][::-1]):
        np.testing.assert_array_equal(f(given, w, b), plain)
    assert len(f.versions) == 1


@pytest.mark.parametrize("width", [1, 2])
def test_states_in_training_each_keep_their_own(width):
    """Two trainings by one compiled step, in turns, are those of the step itself; a batch is joined of two."""
    network, adam = nn.mlp((40, 8, 1)), optim.adam(0.01, epsilon=1e-3)
    params = network.init(mg.random.generator(0), (64, width))

    def cost(params, real, fake):
        return mnp.mean(mnp.softplus(-network.apply(params, real))) + mnp.mean(mnp.softplus(network.apply(params, fake)))

    def step(state, real, fake):
        params, memory = state
        before, gradient = mg.value_and_grad(cost)(params, real, fake)
        params, memory = adam.update(params, gradient, memory)
        return (params, memory), (before, cost(params, fake, real))

    compiled = mg.compile(step, donate=0)
    starts = [mg.tree_map(lambda p, s=s: s * p, params) for s in (1.0, -0.5)]
    eager = [(p, adam.init(p)) for p in starts]
    states = mg.tree_map(np.array, eager)
    for _ in range(4):
        for i in range(2):
            batch = normal(64, width), normal(64, width)
            eager[i], expected = step(eager[i], *batch)
            states[i], found = compiled(states[i], *batch)
            np.testing.assert_allclose(found, expected, rtol=1e-12)
    for a, b in zip(mg.tree_leaves(states), mg.tree_leaves(eager)):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
    assert compiled.program.count("biased_product") == 2  # one for both batches, and one after the update
