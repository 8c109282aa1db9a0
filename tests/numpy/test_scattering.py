"""Adding many rows by their numbers: a loop over rows to the bit, eager and compiled."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.numpy import scattering

pytestmark = pytest.mark.usefixtures("on_numpy")
SHAPES = [(7, (300,), 16), (1, (300,), 16), (400, (20, 15), 16), (5, (2100,), 2), (5, (2100,), 1), (5, (3,), 4)]


def added_in_turn(numbers, values, rows):
    out = np.zeros((rows, values.shape[-1]), values.dtype)
    for number, row in zip(numbers.ravel(), values.reshape(-1, values.shape[-1])):
        out[number] += row
    return out


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
@pytest.mark.parametrize("rows, shape, columns", SHAPES)
def test_rows_are_added_in_their_order(rows, shape, columns, dtype):
    rng = np.random.default_rng(0)
    numbers = rng.integers(-rows, rows, shape)
    g = rng.standard_normal((*shape, columns)).astype(dtype)
    g.reshape(-1, columns)[:3, 0] = np.inf, -0.0, np.nan

    def cotangent(g, numbers):
        return mg.vjp(lambda table: table[numbers], np.zeros((rows, columns), dtype))[1](g)[0]

    expected = added_in_turn(numbers, g, rows)
    for function in (cotangent, mg.compile(cotangent)):
        found = function(g, numbers)
        assert found.dtype == expected.dtype
        np.testing.assert_array_equal(found, expected)
        real = expected.view(expected.real.dtype)
        np.testing.assert_array_equal(np.signbit(found.view(real.dtype))[real == 0], np.signbit(real)[real == 0])


def test_large_ones_are_a_sparse_product(monkeypatch):
    """The rows of x[i] and of x[i, :]; not those of x[:, i], whose numbers are of columns."""
    seen, right = [], scattering.rows_added
    monkeypatch.setattr(scattering, "rows_added", lambda *args: seen.append(args) or right(*args))
    x, i = np.ones((64, 64)), np.arange(64)

    def gradient(index):
        return mg.grad(lambda x: mnp.sum(x[index]))(x)

    for index in (i, (i, slice(None)), (slice(None), i), i[:63], (i, i)):
        read = np.zeros_like(x)
        read[index] = 1.0
        np.testing.assert_array_equal(gradient(index), read)
    assert len(seen) == 2


@pytest.mark.parametrize("number", [64, -65])
def test_a_number_outside_is_numpy_s_error(number):
    numbers = np.full(64, number)
    with pytest.raises(IndexError, match="out of bounds"):
        scattering.scattered(np.ones((64, 64)), np.zeros((64, 64)), numbers, True)
