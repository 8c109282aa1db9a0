"""Sums of everything in rows: which are, and that they lose no more digits than NumPy's."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.compiler import shared_loops

pytestmark = pytest.mark.usefixtures("on_numpy")
A = np.random.default_rng(0).standard_normal((125, 80)) + 0.1
BIG = np.random.default_rng(1).standard_normal((600, 500))

SUMS = {
    "a sum": (lambda x: mnp.sum(x), "dot("),
    "kept": (lambda x: mnp.sum(x, keepdims=True) * x, "dot("),
    "a mean of squares": (lambda x: mnp.mean(mnp.square(x - 1.0)), "vecdot("),
    "an inner product": (lambda x: mnp.sum(x * mnp.exp(x)), "vecdot("),
    "of squares read again": (lambda x: (lambda y: mnp.sum(y) + mnp.sum(mnp.sqrt(y), axis=0))(mnp.square(x)), "dot("),
    "of a transpose": (lambda x: mnp.sum(mnp.broadcast_to(x[:1], (125, 80)) * x), "dot("),
    "few": (lambda x: mnp.sum(x[:50]), "np.add.reduce("),
    "of no such length": (lambda x: mnp.sum(mnp.reshape(x, (-1,))[:8209]), "np.add.reduce("),
    "integers": (lambda x: mnp.sum(mnp.astype(x, "int64")), "np.add.reduce("),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function, how", SUMS.values(), ids=SUMS)
def test_values_are_those_of_the_sum(function, how, dtype):
    x = A.astype(dtype)
    compiled = mg.compile(function)
    found, expected = compiled(x), function(x)
    assert (np.shape(found), found.dtype) == (np.shape(expected), expected.dtype)
    size = np.max(np.abs(expected)) + np.sum(np.abs(x)) / 100
    np.testing.assert_allclose(found, expected, rtol=0, atol=8 * np.finfo(dtype).eps * size)
    assert how in compiled.source and ("vecdot" in compiled.source) == (how == "vecdot(")


@pytest.mark.parametrize("x", [BIG, A, np.full((1 << 10, 1 << 9), 0.1), A * np.logspace(-6, 6, 80)])
@pytest.mark.parametrize("summand", [lambda x: x, lambda x: x * x, lambda x: mnp.exp(-x * x) * 3.0 - x])
def test_digits_that_are_lost_are_few(x, summand):
    """In float32 at most three roundings of the sum of sizes, also of one number repeated, whose errors all go one way."""
    x = x.astype(np.float32)
    found = mg.compile(lambda x: mnp.sum(summand(x)))(x)
    terms = np.asarray(summand(x), np.float64)
    assert abs(float(found) - terms.sum()) <= 3 * np.finfo(np.float32).eps * np.abs(terms).sum()


def test_what_is_not_finite_reaches_the_sum():
    x = A.copy()
    for value in (np.inf, np.nan, -np.inf):
        x[3, 4] = value
        np.testing.assert_array_equal(mg.compile(lambda x: mnp.sum(x))(x), value)


def test_sums_inside_of_loops_are_taken_so_too():
    compiled = mg.compile(mg.value_and_grad(lambda x: mnp.mean(mnp.tanh(x) ** 2)))
    x = np.tile(BIG, (2, 1))
    value, gradient = compiled(x)
    np.testing.assert_allclose(value, np.mean(np.tanh(x) ** 2), rtol=1e-14)
    np.testing.assert_allclose(gradient, 2 * np.tanh(x) / np.cosh(x) ** 2 / x.size, rtol=1e-11, atol=1e-20)
    assert ".dot(" in compiled.source and "for lo in" in compiled.source


IN_LOOPS = {
    "a mean square": (lambda x: mnp.mean(mnp.square(mnp.sin(x))), True),
    "of what is changed before the sum": (
        lambda x: (lambda y: mnp.sum(mnp.sqrt(y + 1.0)) + mnp.sum(y * mnp.cos(x)))(mnp.exp(x)),
        True,
    ),
    "two products": (lambda x: (lambda y: mnp.sum(y * x) * mnp.sum(y * y))(mnp.sin(x)), True),
    "read again": (lambda x: (lambda y: mnp.sum(y) + mnp.sum(mnp.sqrt(y)))(mnp.square(mnp.sin(x))), False),
    "returned": (lambda x: (lambda y: (mnp.sum(y), y))(mnp.square(mnp.sin(x))), False),
    "with a row": (lambda x: mnp.sum(mnp.sin(x) * x[0]), False),
}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("dtype, product", [("float32", "np.vecdot("), ("float64", "np.vdot(")])
@pytest.mark.parametrize("function, multiplied", IN_LOOPS.values(), ids=IN_LOOPS)
def test_products_that_are_summed_in_loops_are_not_written_down(
    function, multiplied, dtype, product, threads, monkeypatch
):
    monkeypatch.setattr(shared_loops, "WORTH_SHARING", 1 << 20)
    compiled, x = mg.compile(function, threads=threads), BIG.astype(dtype)
    for _ in range(2):
        found, expected = (mg.autodiff.flatten(f(a))[0] for f, a in ((compiled, x), (function, x.astype("float64"))))
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=1e-12 if dtype == "float64" else 2e-6)
    assert "for lo in" in compiled.source
    if threads == 1:
        assert (product in compiled.source) == multiplied
    else:
        assert "sums(" in compiled.source and product not in compiled.source


def test_long_loops_take_sums_that_are_the_same_for_any_number_of_threads():
    x = np.tile(BIG, (8, 1))
    function = mg.value_and_grad(lambda x: mnp.mean(mnp.square(mnp.tanh(x))))
    one, two = (mg.compile(function, threads=n)(x) for n in (1, 2))
    assert one[0] == two[0]
    np.testing.assert_array_equal(one[1], two[1])
