"""What compiling takes grows as the program does: calls are counted, not seconds."""

import functools
import sys

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.compiler.fusion import fused


def critic_step(updates):
    """A critic's ascent on two batches, so many times, and the gradient that goes through all of it."""
    weights = [np.full((4, 4), 0.1), np.full((4, 1), 0.2)]

    def cost(weights, x, y):
        real, fake = (mnp.matmul(mnp.tanh(mnp.matmul(z, weights[0])), weights[1]) for z in (x, y))
        return mnp.mean(mnp.softplus(-real)) + mnp.mean(mnp.softplus(fake))

    def step(weights, x, y):
        def after(y):
            moved = weights
            for _ in range(updates):
                moved = mg.tree_map(lambda w, g: w - 0.1 * g, moved, mg.grad(cost)(moved, x, y))
            return cost(moved, x, y)

        return mg.grad(after)(y)

    return step, (weights, np.ones((8, 4)), np.zeros((8, 4)))


def deep_step(layers):
    """A deep perceptron's gradient and its update, whose state is given up."""
    network, adam = nn.mlp((3,) * layers + (1,)), optim.adam(1e-3)
    params = network.init(mg.random.generator(0), (4, 3))

    def step(state, x):
        params, memory = state
        gradient = mg.grad(lambda p: mnp.sum(network.apply(p, x) ** 2))(params)
        return adam.update(params, gradient, memory)

    return step, ((params, adam.init(params)), np.ones((4, 3)))


def calls(run) -> int:
    """How many functions ``run`` calls, Python's and built in."""
    count = 0

    def counted(frame, event, argument):
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        run()
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize(("build", "donate", "sizes"), [(critic_step, (), (2, 4, 8)), (deep_step, 0, (8, 16, 32))])
def test_twice_the_operations_take_twice_the_work(build, donate, sizes, on_numpy):
    steps = map(build, sizes)
    few, more, many = (calls(functools.partial(mg.compile(step, donate=donate), *args)) for step, args in steps)
    assert 1.8 < (many - more) / (more - few) < 2.2  # 2 if linear, 4 if quadratic


def test_so_do_the_kernels_of_a_gpu(on_numpy):
    programs = [mg.trace(step)(*args) for step, args in map(critic_step, (2, 4, 8))]
    assert len(fused(programs[-1])) < len(programs[-1].equations)
    few, more, many = (calls(functools.partial(fused, program)) for program in programs)
    assert 1.8 < (many - more) / (more - few) < 2.2
