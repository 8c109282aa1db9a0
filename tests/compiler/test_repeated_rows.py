"""Rows written out beside many: the same to the bit, in every shape, on either side."""

import operator

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.compiler import repeated_rows
from minigan.compiler.repeated_rows import BUFFERED, LONGEST, repeats

pytestmark = pytest.mark.usefixtures("on_numpy")
OPERATORS = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv}
# with how many rows a row is written out; None for those that are left alone
SHAPES = {
    (64, 32): 64,
    (128, 32): 128,
    (256, 32): 256,
    (512, 100): 64,
    (4096, 10): 512,
    (384, 96): 48,
    (512, 128): 64,
    (67, 61): 67,
    (1021, 90): None,  # a prime number of rows
    (32, 128): None,  # few rows
    (64, 20): None,  # few elements
}


@pytest.mark.parametrize("name", OPERATORS)
@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_no_bit_is_another(shape, name):
    apply, rng = OPERATORS[name], np.random.default_rng(0)
    for dtype in ("float32", "float64"):
        x, row = (rng.uniform(0.5, 1.5, s).astype(dtype) for s in (shape, shape[1:]))
        for turned in (False, True):

            def f(x, row, turned=turned):
                middle = mnp.sin(x)
                return mnp.sin(apply(row, middle) if turned else apply(middle, row))

            compiled = mg.compile(f)
            for scale in (1.0, -2.0):  # the row is repeated anew at every call
                args = x, scale * row
                np.testing.assert_array_equal(compiled(*args), f(*args))
            written = f"np.{name}(row, " not in compiled.source and f"np.{name}(t0, row, " not in compiled.source
            assert written == (SHAPES[shape] is not None)


def test_how_often_a_row_is_repeated():
    for (rows, columns), count in SHAPES.items():
        if count is not None:
            assert repeats(rows, columns) == count
    for rows in range(1, 400):
        for columns in (1, 3, 64, 700, 5000):
            count = repeats(rows, columns)
            if count is not None:
                assert rows % count == 0 and (count == rows or count * columns > BUFFERED) and count * columns <= LONGEST


def test_what_is_no_row_beside_a_matrix_is_left_alone(monkeypatch):
    monkeypatch.setattr(repeated_rows, "FEWEST_ROWS", 1)
    monkeypatch.setattr(repeated_rows, "LEAST", 1)
    x, row = np.linspace(0.0, 1.0, 12).reshape(4, 3), np.arange(3.0)
    cases = [
        (lambda x, row: mnp.sin(mnp.sin(x) + row), True),
        (lambda x, row: mnp.sin(mnp.sin(x) + row.astype("float32")), False),  # another dtype
        (lambda x, row: mnp.sin(x + row), False),  # an argument, which is not overwritten
        (lambda x, row: mnp.sin(x) + row, False),  # a result, whose memory is new
        (lambda x, row: mnp.sin(mnp.sin(x[None]) + row), False),  # three axes
        (lambda x, row: mnp.sin(mnp.sin(x[:, :1]) + row), False),
    ]
    for f, repeated in cases:
        compiled = mg.compile(f)
        np.testing.assert_array_equal(compiled(x, row), f(x, row))
        assert ("[...] = row" in compiled.source) == repeated
