"""Log-sum-exp as it is written out: its gradient without the way through the shift, its exponentials taken once."""

import re
from collections import Counter

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(0)
X, LABELS = RNG.standard_normal((40, 30)), RNG.integers(0, 30, 40)


def logsumexp(x, axis):
    top = mnp.max(x, axis=axis, keepdims=True)
    return mnp.log(mnp.sum(mnp.exp(x - top), axis=axis, keepdims=True)) + top


def reshaped(x):
    top = mnp.max(x, axis=1)
    total = mnp.sum(mnp.exp(x - mnp.reshape(top, (-1, 1))), axis=1)
    return mnp.mean(mnp.square(mnp.log(total) + top))


def entropy(x):
    log_p = x - logsumexp(x, -1)
    return -mnp.mean(mnp.sum(mnp.exp(log_p) * log_p, axis=-1))


WRITTEN = {
    "over rows": lambda x: mnp.mean(mnp.square(logsumexp(x, 0))),
    "over columns": lambda x: mnp.mean(mnp.square(logsumexp(x, 1))),
    "reshaped": reshaped,
    "over both": lambda x: mnp.sum(mnp.square(logsumexp(x, (0, 1)))),
    "in the middle": lambda x: mnp.mean(mnp.square(logsumexp(mnp.reshape(x, (4, 10, 30)), 1))),
    "a cross-entropy": lambda x: mnp.mean(logsumexp(x, 1)[:, 0] - x[mnp.asarray(np.arange(40)), mnp.asarray(LABELS)]),
    "a softmax": lambda x: mnp.mean(mnp.square(mnp.exp(x - logsumexp(x, -1)))),
    "an entropy": entropy,
}


def compared(function, x):
    compiled = mg.compile(mg.value_and_grad(function))
    found, expected = (mg.tree_map(mg.to_numpy, f(mnp.asarray(x))) for f in (compiled, mg.value_and_grad(function)))
    for a, b in zip(found, expected):
        np.testing.assert_allclose(a, b, rtol=1e-11, atol=1e-14)
    return Counter(re.findall(r"\] = (\w+)\(", compiled.program))


@pytest.mark.parametrize("function", WRITTEN.values(), ids=WRITTEN)
def test_the_shift_has_no_gradient_and_exponentials_are_taken_once(function):
    found = compared(function, X)
    assert found["exp"] == 1
    assert found["equal"] == (function is WRITTEN["reshaped"])  # there the sum and its shift meet in two shapes


@pytest.mark.parametrize("name", ["over rows", "over columns", "over both", "a softmax", "an entropy"])
def test_of_large_arrays_too(name):
    """There other rules meet the parts first."""
    found = compared(WRITTEN[name], RNG.standard_normal((300, 100)))
    assert found["exp"] == 1 and found["equal"] == 0


def test_a_shift_that_has_a_gradient_keeps_it():
    """Of log(sum(exp(x - m))) + 2 m the gradient is softmax(x) + [x = m]."""
    x = mnp.asarray(X)
    function = mg.compile(mg.grad(lambda x: mnp.sum(logsumexp(x, 1)) + mnp.sum(mnp.max(x, axis=1))))
    found = mg.to_numpy(function(x))
    softmax = np.exp(X - X.max(1, keepdims=True))
    np.testing.assert_allclose(
        found, softmax / softmax.sum(1, keepdims=True) + (X.max(1, keepdims=True) == X), rtol=1e-12
    )
    assert "equal" in function.program


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("name", WRITTEN)
def test_at_the_ends_of_the_line_the_values_are_those_of_the_uncompiled_function(name):
    """Large numbers, minus infinity beside others, rows of it alone, infinity and NaN: each row as it was."""
    x = X.copy()
    x[0] *= 1e5
    x[1, 3:] = -np.inf
    x[2], x[3, 4], x[4, 5] = -np.inf, np.inf, np.nan
    function = mg.value_and_grad(WRITTEN[name])
    for part in (x[:2], x[:1], x) if name in ("a softmax", "an entropy") else (x,):
        part = np.concatenate([part, X])[:40]
        found, expected = (mg.tree_map(mg.to_numpy, f(mnp.asarray(part))) for f in (mg.compile(function), function))
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-14)


def test_factors_leave_sums_where_that_saves_a_pass():
    def counted(function, *args):
        compiled = mg.compile(function)
        args = [mnp.asarray(a) for a in args]
        np.testing.assert_allclose(mg.to_numpy(compiled(*args)), mg.to_numpy(function(*args)), rtol=1e-12)
        return Counter(re.findall(r"(\w+):\w+\[40,30\] = multiply\(", compiled.program)).total()

    v = RNG.standard_normal((40, 1))
    assert counted(lambda x, v: mnp.sum(v * mnp.sin(x), axis=1), X, v) == 0
    assert counted(lambda x, v: mnp.sum(mnp.cos(x) * mnp.sin(x), axis=0), X, v) == 1
    assert counted(lambda x, v: mnp.sum(v * mnp.sin(x), axis=(0, 1)), X, v[0]) == 0
    assert counted(lambda x, v: mnp.sum(v * x, axis=1, keepdims=True) + v * x, X, v) == 1
