"""Sums over the last and over middle axes are products with ones: which are, and that they sum the same."""

import math
import re

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

pytestmark = pytest.mark.usefixtures("on_numpy")
A = np.random.default_rng(0).standard_normal((6, 40, 20))

PRODUCTS = {
    "the last axis": (lambda x: mnp.sum(x, axis=-1), True),
    "the last two": (lambda x: mnp.sum(x, axis=(1, 2)), True),
    "kept": (lambda x: mnp.sum(x, axis=2, keepdims=True) * x, True),
    "of what was computed": (lambda x: mnp.sum(mnp.exp(x), axis=2), True),
    "a softmax": (lambda x: mnp.exp(x - mnp.max(x, -1, keepdims=True)) / mnp.sum(mnp.exp(x), -1, keepdims=True), True),
    "the middle axis": (lambda x: mnp.sum(x, axis=1), True),
    "the middle axis, kept": (lambda x: mnp.mean(x, axis=1, keepdims=True) - x, True),
    "two in the middle": (lambda x: mnp.sum(mnp.reshape(x, (6, 8, 5, 20)), axis=(1, 2)), True),
    "axes apart": (lambda x: mnp.sum(mnp.reshape(x, (6, 8, 5, 20)), axis=(1, 3)), False),
    "everything": (lambda x: mnp.sum(x), False),
    "scattered in memory": (lambda x: mnp.sum(x[:, ::2], axis=-1), False),
    "few numbers": (lambda x: mnp.sum(x[0, :5], axis=-1), False),
    "integers": (lambda x: mnp.sum(mnp.astype(x, "int64"), axis=-1), False),
    "long rows": (lambda x: mnp.sum(mnp.reshape(x, (2, -1)), axis=-1), False),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function, is_product", PRODUCTS.values(), ids=PRODUCTS)
def test_values_are_those_of_the_sum(function, is_product, dtype):
    x = A.astype(dtype)
    compiled = mg.compile(function)
    found, expected = compiled(x), function(x)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_allclose(found, expected, rtol=50 * np.finfo(dtype).eps, atol=50 * np.finfo(dtype).eps)
    assert bool(re.search(r" = (dot|matmul)\(", compiled.program)) == is_product


def test_what_is_not_finite_stays_in_its_row():
    x = A[0].copy()
    x[3, 4], x[5, 6], x[7, :2] = np.inf, np.nan, (np.inf, -np.inf)
    with np.errstate(invalid="ignore"):
        found = mg.compile(lambda x: mnp.sum(x, axis=1))(x)
        np.testing.assert_allclose(found, x.sum(1), rtol=1e-13, atol=1e-13)


WHOLES = {
    "a matrix": (lambda x: mnp.sum(mnp.exp(x[0])), True),
    "a column": (lambda x: mnp.sum(mnp.exp(mnp.reshape(x[0], (-1, 1)))), True),
    "a mean": (lambda x: mnp.mean(mnp.tanh(x[1])), True),
    "all axes by name": (lambda x: mnp.sum(mnp.exp(x[0]), axis=(0, 1)), True),
    "a few numbers": (lambda x: mnp.sum(mnp.exp(x[0, 0])), False),
    "many": (lambda x: mnp.sum(mnp.exp(x)), False),
    "scattered": (lambda x: mnp.sum(x[0, :, ::2]), False),
    "in another precision": (lambda x: mnp.sum(mnp.exp(x[0]), dtype="float64"), False),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function, is_product", WHOLES.values(), ids=WHOLES)
def test_short_sums_of_everything_are_products_in_float32(function, is_product, dtype):
    x = A.astype(dtype)
    compiled = mg.compile(function)
    found, expected = compiled(x), function(x.astype(np.float64))
    assert found.shape == () and found.dtype == function(x).dtype
    np.testing.assert_allclose(found, expected, rtol=20 * np.finfo(dtype).eps, atol=100 * np.finfo(dtype).eps)
    assert bool(re.search(r" = dot\(", compiled.program)) == (is_product and dtype == "float32")


def test_short_sums_of_everything_lose_no_more_digits_than_numpys():
    rng, compiled = np.random.default_rng(1), {n: mg.compile(lambda x: mnp.sum(x)) for n in (64, 300, 1024)}
    for n, total in compiled.items():
        ours, numpys = 0.0, 0.0
        for _ in range(300):
            x = (1.0 + rng.standard_normal(n)).astype(np.float32)
            exact = math.fsum(x.tolist())
            ours, numpys = ours + abs(float(total(x)) - exact), numpys + abs(float(np.sum(x)) - exact)
        assert "dot(" in total.source and ours < 1.3 * numpys
