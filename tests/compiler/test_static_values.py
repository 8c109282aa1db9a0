"""What is written into generated code means itself: no text of somebody's own becomes source."""

import enum

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

pytestmark = pytest.mark.usefixtures("on_numpy")
X = np.arange(6.0).reshape(2, 3)


class Axis(enum.IntEnum):
    ROWS = 0
    COLUMNS = 1


class Loud(int):
    def __repr__(self):
        return "__import__('sys').exit(3)"

    __str__ = __repr__


class LoudText(str):
    def __repr__(self):
        return "__import__('sys').exit(3)"


class LoudFloat(float):
    def __repr__(self):
        return "__import__('sys').exit(3)"


CALLS = {
    "an axis": lambda x, n: mnp.cumsum(x, axis=n),
    "a reduction's": lambda x, n: mnp.sum(x, axis=n),
    "a sort's": lambda x, n: mnp.sort(x, axis=n),
    "of argsort": lambda x, n: mnp.argsort(x, axis=n),
    "of concatenate": lambda x, n: mnp.concatenate([x, x], n),
    "a shape": lambda x, n: mnp.reshape(x, (n + 1, -1)) + mnp.broadcast_to(x[:, :1], (2, n + 2))[:1, :1],
    "an index": lambda x, n: x[n] * 2.0 + x[n:, 0][0],
    "an operand": lambda x, n: x * n + x**n,
    "a diagonal": lambda x, n: mnp.tril(x, n),
    "a result": lambda x, n: (x, n),
    "of the softmax": lambda x, n: mnp.softmax(x, axis=n),
}


@pytest.mark.parametrize("number", [Axis.COLUMNS, Loud(1), True], ids=["enum", "int", "bool"])
@pytest.mark.parametrize("name", CALLS)
def test_integers_of_any_kind(name, number):
    if number is True and name not in ("an operand", "a result"):
        return
    found, expected = mg.compile(CALLS[name])(X, number), CALLS[name](X, 1)
    for a, b in zip(mg.tree_leaves(found), mg.tree_leaves(expected), strict=True):
        np.testing.assert_array_equal(a, b)


def test_texts_and_floats_of_any_kind():
    f = lambda x, how, by: mnp.einsum(how, x, x) * by
    np.testing.assert_array_equal(mg.compile(f)(X, LoudText("ij,ij->i"), LoudFloat(2.0)), f(X, "ij,ij->i", 2.0))
