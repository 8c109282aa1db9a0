"""What meets one linear map on two ways goes through it once: counted, with the values of the uncompiled function."""

import re
from collections import Counter

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.gan.penalties import r1

RNG = np.random.default_rng(0)
X, G, H = RNG.standard_normal((64, 80)), RNG.standard_normal((64, 70)), RNG.standard_normal((64, 70))
W, BIAS = RNG.standard_normal((80, 70)), RNG.standard_normal((80, 70))


def counted(compiled):
    return Counter(re.findall(r"\] = (\w+)\(", compiled.program))


def agree(function, *args):
    compiled = mg.compile(function)
    args = mg.tree_map(mnp.asarray, args)
    expected, found = (mg.tree_map(mg.to_numpy, f(*args)) for f in (function, compiled))
    for a, b in zip(mg.autodiff.flatten(found)[0], mg.autodiff.flatten(expected)[0]):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-10 * np.max(np.abs(b)))
    return counted(compiled)


ONCE = {
    "two products": (lambda x, g, h, c: x.T @ g + x.T @ h, 1),
    "with a term between": (lambda x, g, h, c: x.T @ g + c + x.T @ h, 1),
    "with terms on both sides": (lambda x, g, h, c: (c + x.T @ g) + (mnp.exp(c) + x.T @ h), 1),
    "the other factor": (lambda x, g, h, c: (x + 1.0).T @ g + (x * x).T @ g, 1),
    "one is read twice": (lambda x, g, h, c: (x.T @ g + x.T @ h) * mnp.exp(x.T @ g), 2),
    "of different factors": (lambda x, g, h, c: x.T @ g + (x * x).T @ h, 2),
}


@pytest.mark.parametrize("function, products", ONCE.values(), ids=ONCE)
def test_products_with_one_factor_are_one(function, products):
    found = agree(function, X, G, H, BIAS)
    assert found["matmul"] + found["dot"] == products


def test_slopes_and_bias_follow_the_products():
    """Of two cotangents of one layer, each times the slopes and into weights and bias, one is left."""

    def gradients(x, g, h, y):
        slopes = 1.0 - y * y
        one, other = g * slopes, h * slopes
        return x.T @ one + x.T @ other, mnp.sum(one, axis=0) + mnp.sum(other, axis=0)

    found = agree(gradients, X, G, H, np.tanh(X @ W))
    assert found["matmul"] + found["dot"] + found["sum"] == 2 and found["multiply"] == 1


def test_small_sums_keep_their_order():
    found = mg.compile(lambda x, g, h: x.T @ g + x.T @ h)
    small = [mnp.asarray(a[:4, :4]) for a in (X, G, H)]
    np.testing.assert_array_equal(mg.to_numpy(found(*small)), mg.to_numpy(found.f(*small)))
    assert counted(found)["matmul"] == 2


def test_loss_and_penalty_go_back_through_convolutions_together():
    """Gradients of loss + R1 in both kernels: through the slopes (one each), and through what the slopes are taken at."""
    how = {"stride": 2, "padding": 1}
    images = RNG.standard_normal((16, 12, 12, 2))
    params = [0.3 * RNG.standard_normal(shape) for shape in ((4, 4, 2, 8), (8,), (4, 4, 8, 8), (8,), (72, 1))]

    def critic(params, x):
        v, b, w, c, u = params
        x = mnp.tanh(mnp.conv2d(x, v, **how) + b)
        x = mnp.tanh(mnp.conv2d(x, w, **how) + c)
        return mnp.reshape(x, (x.shape[0], -1)) @ u

    def loss(params, x):
        return mnp.mean(mnp.softplus(-critic(params, x))) + r1(10.0).value(lambda x: critic(params, x), x, x)

    found = agree(mg.grad(loss), params, images)
    assert (found["conv2d"], found["conv2d_input_gradient"], found["conv2d_kernel_gradient"]) == (4, 3, 4)
