"""Rows that meet all others, and sums weighted along rows: laid out and multiplied as matrices, with the same values."""

import re

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

pytestmark = pytest.mark.usefixtures("on_numpy")
RNG = np.random.default_rng(0)
X, Y = RNG.standard_normal((40, 5)), RNG.standard_normal((30, 5))
A, W = RNG.standard_normal((12, 10, 16)), RNG.standard_normal((12, 10, 1))


def compiled_alike(function, *args, rtol=1e-12):
    compiled = mg.compile(function)
    for _ in range(2):
        expected, found = (mg.autodiff.flatten(f(*args))[0] for f in (function, compiled))
        for a, b in zip(found, expected):
            assert a.shape == b.shape and a.dtype == b.dtype
            np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * np.max(np.abs(b)))
    return compiled


PAIRS = {
    "differences": (lambda x, y: mnp.sin(x[:, None, :] - y[None, :, :]), True),
    "returned": (lambda x, y: x[:, None, :] - y[None, :, :], True),
    "the other way round": (lambda x, y: mnp.sin(y[None, :, :] - x[:, None, :]), True),
    "without the first axis": (lambda x, y: mnp.sin(x[:, None, :] * y), True),
    "of matrices": (lambda x, y: mnp.exp(mnp.reshape(x, (40, 1, 1, 5)) + mnp.reshape(y, (6, 5, 5))), True),
    "of stacks": (lambda x, y: mnp.exp(mnp.reshape(x, (4, 10, 1, 5)) + y), True),
    "few": (lambda x, y: mnp.sin(x[:4, None, :] - y[None, :, :]), False),
    "long rows": (lambda x, y: mnp.sin(mnp.tile(x, (1, 9))[:, None, :] - mnp.tile(y, (1, 9))), False),
    "one number each": (lambda x, y: mnp.sin(x[:, None, :1] - y[None, :, :]), False),
    "with themselves": (lambda x, y: mnp.sin(x[:, None, :] - x), True),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function, laid_out", PAIRS.values(), ids=PAIRS)
def test_rows_of_all_pairs_are_laid_out_and_not_one_bit_changes(function, laid_out, dtype):
    args = X.astype(dtype), Y.astype(dtype)
    compiled = compiled_alike(function, *args)
    np.testing.assert_array_equal(compiled(*args), function(*args))
    np.testing.assert_array_equal(compiled(*(np.asfortranarray(x) for x in args)), function(*args))
    assert ("np.take(" in compiled.source) == laid_out


def sums(*axes):
    return lambda w, x: [mnp.sum(w * mnp.sin(x), axis=axis) for axis in axes]


WEIGHTED = {
    "over the second axis": (sums(1), True),
    "over the first": (sums(0), True),
    "over each": (sums(0, 1), True),
    "over both": (sums((0, 1)), True),
    "kept": (lambda w, x: mnp.sum(w * x, axis=1, keepdims=True) - x, True),
    "a weight an element": (lambda w, x: sums(1)(mnp.cos(x), x), False),
    "read again": (lambda w, x: (lambda y: (mnp.sum(y, axis=1), mnp.sin(y)))(w * x), False),
    "returned": (lambda w, x: (lambda y: (mnp.sum(y, axis=1), y))(w * x), False),
    "the last axis": (lambda w, x: mnp.sum(w * mnp.cos(w) * x, axis=2), False),
    "everything": (lambda w, x: mnp.sum(w * x), False),
    "of a transpose": (lambda w, x: mnp.sum(w * mnp.transpose(mnp.reshape(x, (16, 10, 12)), (2, 1, 0)), axis=1), False),
    "few columns": (lambda w, x: mnp.sum(w * x[:, :, :2], axis=1), False),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function, is_product", WEIGHTED.values(), ids=WEIGHTED)
def test_weighted_sums_are_products_of_matrices(function, is_product, dtype):
    compiled = compiled_alike(function, W.astype(dtype), A.astype(dtype), rtol=1e-5 if dtype == "float32" else 1e-13)
    multiplied = re.search(r"\[12,10,16\] = multiply\(", compiled.program)
    assert not (is_product and multiplied)
    assert bool(re.search(r"_product:\S+ = matmul\(", compiled.program)) == is_product


def test_distances_of_all_pairs_with_gradients():
    """Beside the derivatives in closed form: sums over the pairs of unit vectors."""

    def mean_distance(x, y):
        differences = x[:, None, :] - y[None, :, :]
        return mnp.mean(mnp.sqrt(mnp.sum(differences * differences, axis=-1) + 1e-6))

    value, (in_x, in_y) = mg.compile(mg.value_and_grad(mean_distance, argnums=(0, 1)))(X, Y)
    differences = X[:, None] - Y
    distances = np.sqrt((differences**2).sum(-1) + 1e-6)
    units = differences / distances[..., None] / distances.size
    np.testing.assert_allclose(value, distances.mean(), rtol=1e-13)
    np.testing.assert_allclose(in_x, units.sum(1), rtol=1e-11, atol=1e-15)
    np.testing.assert_allclose(in_y, -units.sum(0), rtol=1e-11, atol=1e-15)
