"""Extrema over last axes: taken in one sweep, they are NumPy's, of whatever lies however in memory."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

pytestmark = [pytest.mark.usefixtures("on_numpy"), pytest.mark.filterwarnings("ignore::RuntimeWarning")]
A = np.random.default_rng(0).standard_normal((6, 8, 20))

OF_ROWS = {
    "the last axis": (lambda x: mnp.max(x, axis=-1), True),
    "kept": (lambda x: mnp.min(x, axis=2, keepdims=True), True),
    "the last two, read again": (lambda x: x - mnp.max(x, axis=(1, 2), keepdims=True), True),
    "of what was computed": (lambda x: mnp.exp(mnp.min(x * x, axis=-1)), True),
    "of a transpose": (lambda x: mnp.max(mnp.transpose(x, (2, 1, 0)), axis=-1), False),
    "the first axis": (lambda x: mnp.max(x, axis=0), False),
    "everything": (lambda x: mnp.max(x), False),
    "long rows": (lambda x: mnp.max(mnp.tile(mnp.reshape(x, (2, -1)), (1, 20)), axis=-1), False),
    "integers": (lambda x: mnp.max(mnp.astype(8 * x, "int64"), axis=-1), False),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function, in_one", OF_ROWS.values(), ids=OF_ROWS)
def test_they_are_numpys(function, in_one, dtype):
    x = A.astype(dtype)
    x[0, 1, 2], x[1, 2, 3], x[2, 3, 4], x[3, 4] = np.nan, np.inf, -np.inf, 0.0
    compiled = mg.compile(function)
    found, expected = compiled(x), function(x)
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)
    np.testing.assert_array_equal(found, expected)
    assert ("reduceat" in compiled.source) == in_one


def test_of_arguments_that_lie_otherwise():
    compiled = mg.compile(lambda x: mnp.max(x, axis=1))
    wide = np.ascontiguousarray(A.reshape(24, 40))
    for x in (wide[:, ::2], wide[:, 20:], np.asfortranarray(wide[:, :20]), wide[::-1, :20]):
        np.testing.assert_array_equal(compiled(x), x.max(1))
    assert len(compiled.versions) == 1
