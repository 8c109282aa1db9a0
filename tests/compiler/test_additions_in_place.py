"""Sums of an array and a scattered one in the array's place: where nobody else sees it, and nowhere else."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.numpy.indexing import scatter

pytestmark = pytest.mark.usefixtures("on_numpy")
RNG = np.random.default_rng(0)
X, V, ROWS = RNG.standard_normal((6, 5)), RNG.standard_normal((4, 5)), np.arange(6)
COLUMNS = np.array([0, 4, 4, 2, 1, 0])


def scattered(v, index=slice(1, 5)):
    return scatter(v, (6, 5), index)


SUMS = {
    "of what was computed": (lambda x, v, c: mnp.exp(x) + scattered(v), 1),
    "the other way round": (lambda x, v, c: scattered(v) + mnp.exp(x), 1),
    "two, one after the other": (lambda x, v, c: mnp.exp(x) + scattered(v) + scattered(v, slice(0, 4)), 2),
    "of two scattered ones": (lambda x, v, c: scattered(v) + scattered(2.0 * v, slice(2, 6)), 1),
    "at pairs, each once": (lambda x, v, c: mnp.exp(x) + scatter(x[:, 0], (6, 5), (mnp.asarray(ROWS), c)), 1),
    "read on": (lambda x, v, c: mnp.sin((mnp.exp(x) + scattered(v)).T) * 2.0, 1),
    "in a stack": (lambda x, v, c: mnp.concatenate([mnp.exp(x) + scattered(v), x]), 1),
    "of a product": (lambda x, v, c: x @ mnp.ones((5, 5)) + scattered(v), 1),
    "of an argument": (lambda x, v, c: x + scattered(v), 0),
    "of what is read again": (lambda x, v, c: (lambda y: (y + scattered(v)) * y)(mnp.exp(x)), 0),
    "of what is returned, too": (lambda x, v, c: (lambda y: (y + scattered(v), y))(mnp.exp(x)), 0),
    "of a view": (lambda x, v, c: mnp.reshape(mnp.exp(x), (5, 6)).T + scattered(v), 0),
    "of a stack": (lambda x, v, c: (lambda y: mnp.concatenate([y, v[:2]]) + scattered(v) + mnp.sum(y))(mnp.exp(v)), 0),
    "at places that repeat": (lambda x, v, c: mnp.exp(x) + scatter(x, (6, 5), c), 0),
    "of a constant": (lambda x, v, c: scatter(mnp.asarray(X[:, 0]), (6, 5), (mnp.asarray(ROWS), c)) * x, 0),
    "with what is scattered": (lambda x, v, c: mnp.exp(x) + scattered(v) * scattered(v, slice(0, 4)), 0),
}


@pytest.mark.parametrize("donate", [(), (0,)], ids=["kept", "donated"])
@pytest.mark.parametrize("function, in_place", SUMS.values(), ids=SUMS)
def test_values_are_those_of_the_sum(function, in_place, donate):
    compiled = mg.compile(function, donate=donate)
    expected = mg.autodiff.flatten(function(X, V, COLUMNS))[0]
    for _ in range(3):  # what is kept from call to call is as it was
        x, v = X.copy(), V.copy()
        found = mg.autodiff.flatten(compiled(x, v, COLUMNS))[0]
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=1e-14, atol=1e-15)
        np.testing.assert_array_equal(v, V)
        assert donate or np.array_equal(x, X)
    assert compiled.source.count("] += ") == in_place


def test_large_ones_that_a_loop_makes():
    x = RNG.standard_normal((1000, 400))
    function = lambda x: mnp.tanh(x) * 2.0 - x + scatter(x[1:] ** 2, (1000, 400), slice(0, 999))
    compiled = mg.compile(function)
    np.testing.assert_allclose(compiled(x), function(x), rtol=1e-13, atol=1e-14)
    assert compiled.source.count("] += ") == 1 and "for lo in" in compiled.source


MADE = {
    "rows": (lambda v: scatter(mnp.exp(v), (6, 5), slice(1, 5)), True),
    "the first rows": (lambda v: scatter(mnp.exp(v), (6, 5), slice(None, -2)), True),
    "columns": (lambda v: scatter(mnp.exp(v), (4, 8), (slice(None), slice(2, 7))), True),
    "one row": (lambda v: scatter(mnp.exp(v[0]), (6, 5), 2), True),
    "one column": (lambda v: scatter(mnp.exp(v[:, 0]), (4, 8), (slice(None), -1)), True),
    "everything": (lambda v: scatter(mnp.exp(v), (4, 5), slice(0, 4)), True),
    "and changed": (lambda v: mnp.sqrt(scatter(mnp.exp(v), (6, 5), slice(1, 5))) * 2.0, True),
    "twice": (lambda v: (lambda y: (scatter(y, (6, 5), slice(1, 5)), scatter(y, (6, 5), slice(0, 4))))(mnp.exp(v)), False),
    "and read": (lambda v: (lambda y: (scatter(y, (6, 5), slice(1, 5)), mnp.sum(y)))(mnp.exp(v)), False),
    "two axes": (lambda v: scatter(mnp.exp(v), (6, 6), (slice(1, 5), slice(0, 5))), False),
    "with steps": (lambda v: scatter(mnp.exp(v), (8, 5), slice(None, None, 2)), False),
    "a product": (lambda v: scatter(v @ mnp.ones((5, 5)), (6, 5), slice(1, 5)), False),
}


@pytest.mark.parametrize("donate", [(), (0,)], ids=["kept", "donated"])
@pytest.mark.parametrize("function, in_its_place", MADE.values(), ids=MADE)
def test_values_are_made_in_their_piece_of_zeros(function, in_its_place, donate):
    compiled = mg.compile(function, donate=donate)
    expected = mg.autodiff.flatten(function(V))[0]
    results = [mg.autodiff.flatten(compiled(V.copy()))[0] for _ in range(3)]
    for found in results:  # those of earlier calls, too
        for a, b in zip(found, expected):
            np.testing.assert_allclose(a, b, rtol=1e-14, atol=0)
    assert ("scattered(" not in compiled.source) == in_its_place
