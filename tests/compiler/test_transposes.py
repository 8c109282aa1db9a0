"""Operations of transposed arrays are taken before the transpose: the same bits, and straight through memory."""

import re

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

A = np.random.default_rng(0).standard_normal((40, 48))
ROW, COLUMN, CUBE = A[:1, :40] + 2.0, A[0, :40] + 2.0, A.reshape(4, 10, 48)

BEFORE = {
    "two of the same": (lambda x: mnp.tanh(x.T * x.T + 1.0), (A,), "multiply|square"),
    "a column's weights and back": (lambda x, w: (x.T * w).T, (A, COLUMN), "multiply"),
    "a row": (lambda x, w: x.T / w, (A, ROW), "divide"),
    "three axes": (lambda x: mnp.exp(mnp.transpose(x, (2, 0, 1))), (CUBE,), "exp"),
    "a weight along the middle": (lambda x, w: mnp.transpose(x, (1, 2, 0)) * w, (CUBE, CUBE[:1, 0].T + 0.0), "multiply"),
}


@pytest.mark.parametrize("function, args, name", BEFORE.values(), ids=BEFORE)
def test_bits_are_kept_and_the_operation_is_of_the_straight_shape(function, args, name):
    args = [mnp.asarray(x) for x in args]
    compiled = mg.compile(function)
    first = compiled(*args)
    np.testing.assert_array_equal(mg.to_numpy(first), mg.to_numpy(function(*args)))
    shape = ",".join(map(str, args[0].shape))
    assert re.search(rf"\[{shape}\] = ({name})\(", compiled.program)
    kept = mg.to_numpy(first).copy()
    compiled(*(2.0 * x for x in args))
    np.testing.assert_array_equal(mg.to_numpy(first), kept)  # what was returned is nobody else's memory


def test_a_sum_over_everything_needs_no_transpose():
    compiled = mg.compile(mg.value_and_grad(lambda x: mnp.sum(x.T * x.T + x.T)))
    x = mnp.asarray(A)
    value, gradient = compiled(x)
    assert float(value) == pytest.approx(np.sum(A * A + A), rel=1e-13)
    np.testing.assert_allclose(mg.to_numpy(gradient), 2.0 * A + 1.0, rtol=1e-15)
    assert "transpose" not in compiled.program and "[48,40]" not in compiled.program


@pytest.mark.parametrize("function", [lambda x: x[:40, :40].T + x[:40, :40], lambda x: mnp.exp(x[:5, :5].T)])
def test_beside_what_is_not_transposed_and_in_small_it_stays(function):
    compiled = mg.compile(function)
    np.testing.assert_array_equal(mg.to_numpy(compiled(mnp.asarray(A))), mg.to_numpy(function(mnp.asarray(A))))
    assert compiled.program.index("transpose(") < max(compiled.program.find(" = add("), compiled.program.find(" = exp("))
