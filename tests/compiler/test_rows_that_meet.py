"""Rows beside an array meet each other before it, and leave sums: counted in passes over the array."""

import re

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((2, 256, 80))
V, W = RNG.uniform(0.5, 2.0, (2, 80))


def passes(function, *args):
    """Operations with a result as large as the array, once the values are those of the function."""
    compiled = mg.compile(function)
    args = [mnp.asarray(a) for a in args]
    expected, found = (mg.autodiff.flatten(mg.tree_map(mg.to_numpy, f(*args)))[0] for f in (function, compiled))
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-12 * (1e-3 + np.max(np.abs(b))))
    return re.findall(r":float64\[256,80\] = (\w+)\(", compiled.program)


MEET = {
    "x v w": (lambda x, v, w: x * v * w, ["multiply"]),
    "x v / w": (lambda x, v, w: x * v / w, ["multiply"]),
    "x / v w": (lambda x, v, w: w * (x / v), ["multiply"]),
    "x / v / w": (lambda x, v, w: x / v / w, ["divide"]),
    "x v a": (lambda x, v, w: mnp.sin(x * v * 3.0), ["multiply", "sin"]),
    "-(x v)": (lambda x, v, w: -(mnp.sin(x) * v), ["sin", "multiply"]),
    "v / x w": (lambda x, v, w: (v / x) * w, ["divide", "multiply"]),
    "columns and rows": (lambda x, v, w: x * mnp.sum(x, axis=1, keepdims=True) * v, ["multiply", "multiply"]),
    "few numbers": (lambda x, v, w: mnp.reshape(x, (-1,))[:80] * v * w, []),
    "x + 2 y v": (lambda x, v, w: (lambda y: (mnp.sin(x) + y) + y)(x * v), ["multiply", "sin", "add"]),
    "sum of x / v": (lambda x, v, w: mnp.sum(mnp.sin(x) / v, axis=0), ["sin"]),
    "sum of y (x / v)": (lambda x, v, w: mnp.sum(mnp.sin(x) * (mnp.cos(x) / v), axis=0), ["sin", "cos", "multiply"]),
    "sum of y (x / v), along v": (
        lambda x, v, w: mnp.sum(mnp.sin(x) * (mnp.cos(x) / v), axis=1),
        ["sin", "cos", "divide", "multiply"],
    ),
    "products that are there": (
        lambda x, v, w: (lambda y: (mnp.sum(mnp.cos(x * y)), mnp.sin(x * v * y)))(mnp.exp(x)),
        ["exp", "multiply", "cos", "multiply", "sin"],
    ),
}


@pytest.mark.parametrize("function, left", MEET.values(), ids=MEET)
def test_passes_over_the_array_that_are_left(function, left):
    found = passes(function, X, V, W)
    assert sorted(found) == sorted(left)


def test_batch_normalisation_takes_few():
    """Value and gradients: six on the way there, the square included, and eight back."""

    def loss(x, v, w):
        centred = x - mnp.mean(x, axis=0)
        deviation = mnp.sqrt(mnp.mean(centred * centred, axis=0) + 1e-5)
        return mnp.mean(mnp.square(mnp.tanh(centred / deviation * v + w)))

    found = passes(mg.value_and_grad(loss, argnums=(0, 1, 2)), X, V, W)
    assert len(found) == 6 + 8 and "divide" not in found
