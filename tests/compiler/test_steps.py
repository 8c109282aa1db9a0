"""Unrolled loops: what their steps do alike is done once, and makes what the uncompiled function makes."""

import re
from collections import Counter

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(0)
STEPS = 12
W, U, X = RNG.standard_normal((3, 5)), RNG.standard_normal((5, 5)), RNG.standard_normal((STEPS, 3))
BATCHES = RNG.standard_normal((STEPS, 2, 3))


def compared(function, *args):
    """The operations of the compiled function by name, once its values are those of the function."""
    compiled = mg.compile(function)
    args = mg.tree_map(mnp.asarray, args)
    expected, found = (mg.autodiff.flatten(mg.tree_map(mg.to_numpy, f(*args)))[0] for f in (function, compiled))
    for a, b in zip(found, expected):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12 * (1 + np.max(np.abs(b), initial=0.0)))
    return Counter(re.findall(r"\] = (\w+)\(", compiled.program))


def recurrence(w, u, x, h, scale=1.0, rows=range(STEPS)):
    for t in rows:
        h = mnp.tanh(x[t, ...] @ w + h @ u / scale)
    return mnp.mean(h * h)


@pytest.mark.parametrize("scale", [1.0, 8.0, 0.3])
@pytest.mark.parametrize("x, h", [(X, U[0]), (BATCHES, U[:2])], ids=["row", "rows"])
def test_a_recurrence_multiplies_twice_a_step(x, h, scale):
    """h u on the way there, g u^T on the way back; the inputs and the gradients of both matrices, x and h in one each."""
    gradients = mg.value_and_grad(lambda *args: recurrence(*args, scale), argnums=(0, 1, 2, 3))
    found = compared(gradients, W, U, x, h)
    assert found["dot"] + found["matmul"] == 2 * STEPS + 4
    assert found["tanh"] == STEPS and found["scatter_add"] == 0
    assert found["square"] + found["subtract"] <= 4  # the slopes of all steps but the last, and of the last


def test_from_zeros_and_backwards_in_time():
    def loss(w, u, x):
        return recurrence(w, u, x, mnp.zeros(5), 4.0, range(STEPS - 1, -1, -1))

    found = compared(mg.value_and_grad(loss, argnums=(0, 1, 2)), W, U, X)
    assert found["dot"] + found["matmul"] <= 2 * STEPS + 3


def test_some_rows_of_many_are_multiplied_alone():
    found = compared(lambda w, x: [x[t, ...] @ w for t in (0, 3, 5)], W, X)
    assert found["dot"] + found["matmul"] == 3
    found = compared(lambda w, x: [x[t, ...] @ w for t in (1, -1, 3, 4, 5, 6, 8)], W, X)
    assert found["dot"] + found["matmul"] == 1


def test_a_row_that_is_read_twice_is_added_twice():
    found = compared(mg.grad(lambda x, w, u: recurrence(w, u, x, mnp.ones(5), 1.0, [0, 1, 1, 2, 3])), X, W, U)
    assert found["scatter_add"] == 5


PIECES = {
    "rows": (lambda a, b: mnp.sum(a[:2, ...] * b[:2, ...]) + mnp.sum(mnp.sin(a[2:, ...])), 0),
    "columns": (lambda a, b: mnp.sum(a[:, :2] * b[:, :2]) + mnp.sum(mnp.sin(a[:, 2:])), 0),
    "an integer": (lambda a, b: mnp.sum(a[0, ...] * b[0, ...]) + mnp.sum(mnp.sin(a[1:, ...])), 0),
    "beside more": (lambda a, b: mnp.sum(a[:2, ...] * b[:2, ...] + mnp.sin(a[2:, ...])) + mnp.sum(mnp.exp(a * b)), 0),
    "with a gap": (lambda a, b: mnp.sum(a[:1, ...] * b[:1, ...]) + mnp.sum(mnp.sin(a[2:, ...])), 2),
    "that overlap": (lambda a, b: mnp.sum(a[:3, ...] * b[:3, ...]) + mnp.sum(mnp.sin(a[2:, ...])), 2),
    "along two axes": (lambda a, b: mnp.sum(b[:2, :2] * a[:2, :2] + a[2:, :2] ** 3) + mnp.sum(a[2:, 2:] ** 2), 3),
    "with steps": (lambda a, b: mnp.sum(a[::2, ...] * b[::2, ...]) + mnp.sum(mnp.sin(a[1::2, ...])), 2),
}


@pytest.mark.parametrize("function, scattered", PIECES.values(), ids=PIECES)
def test_gradients_of_pieces_are_laid_side_by_side(function, scattered):
    a, b = RNG.standard_normal((2, 4, 4))
    assert compared(mg.grad(function), a, b)["scatter_add"] == scattered


def test_functions_of_steps_that_the_next_step_reads_stay_in_it():
    def chained(x, w):
        h, states = mnp.ones(3), []
        for t in range(STEPS):
            h = mnp.tanh(x[t, ...] + mnp.square(h) @ w)
            states.append(h)
        return mnp.concatenate(states), [mnp.square(h) for h in states], [mnp.exp(h) for h in states]

    found = compared(chained, X, RNG.standard_normal((3, 3)))
    assert found["square"] == STEPS and found["exp"] == 1


def test_numbers_and_matrices_leave_stacks_that_they_share():
    a, w = RNG.standard_normal((6, 4)), RNG.standard_normal((4, 3))
    found = compared(lambda a, w: mnp.concatenate([mnp.sin(a[i, ...]) @ w for i in range(6)]), a, w)
    assert found["dot"] + found["matmul"] == 1
    found = compared(lambda a, w: mnp.concatenate([mnp.sin(a[i, ...] + i) * 3.0 for i in range(6)]), a, w)
    assert found["multiply"] == 1
    found = compared(lambda a, w: mnp.concatenate([mnp.sin(a[i, ...] + i) * (i + 2.0) for i in range(6)]), a, w)
    assert found["multiply"] == 6
