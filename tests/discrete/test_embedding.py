"""Decoding to the nearest symbol: against brute force, with ties, far from the origin, in blocks."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.backend import dtype_name
from minigan.discrete import embed_decode, embed_nearest, embedding
from minigan.testing import shapes

from .laws import arrays, one_program

DTYPES = ("float64", "float32")


def brute_force(points, table):
    """The first of the nearest rows, in exact integers."""
    return ((points[..., None, :].astype(int) - table.astype(int)) ** 2).sum(-1).argmin(-1)


@given(shapes(max_dims=2), st.integers(1, 6), st.integers(1, 3), st.sampled_from(DTYPES), st.integers(0, 2**32 - 1))
def test_brute_force_with_ties(leading, k, d, dtype, seed):
    """On a small lattice half of the points lie between two symbols, and symbols occur twice."""
    rng = np.random.default_rng(seed)
    points, table = rng.integers(-2, 3, (*leading, d)), rng.integers(-2, 3, (k, d))
    found = mg.to_numpy(embed_decode(mnp.asarray(points.astype(dtype)), mnp.asarray(table.astype(dtype))))
    assert found.shape == tuple(leading)
    assert_array_equal(found, brute_force(points, table))


def test_blocks_change_nothing(monkeypatch):
    points, table = (np.random.default_rng(i).integers(-9, 9, (40 + i, 3)) for i in range(2))
    expected = brute_force(points, table)
    for at_once in (1, 1000, 41 * 3 * 7, 1 << 21):
        monkeypatch.setattr(embedding, "AT_ONCE", at_once)
        found = embed_decode(mnp.asarray(points.astype(float)), mnp.asarray(table.astype(float)))
        assert_array_equal(mg.to_numpy(found), expected)
    assert embed_decode(mnp.zeros((2, 0, 3)), mnp.asarray(table.astype(float))).shape == (2, 0)


@pytest.mark.parametrize("dtype", DTYPES)
def test_symbols_far_from_the_origin_are_told_apart(dtype):
    """One unit in the last place apart, where |t|^2 - 2 p.t has long lost them."""
    base = np.array([2.0**20, -(2.0**20)], dtype)
    table = np.stack([base, np.nextafter(base, np.inf, dtype=dtype), base + 4]).astype(dtype)
    assert_array_equal(mg.to_numpy(embed_decode(mnp.asarray(table), mnp.asarray(table))), [0, 1, 2])


def test_a_table_of_ten_thousand_symbols_needs_little_memory():
    import tracemalloc

    points, table = (np.random.default_rng(i).standard_normal((n, 16)) for i, n in ((0, 500), (1, 10_000)))
    arguments = mnp.asarray(points), mnp.asarray(table)
    tracemalloc.start()
    found = mg.to_numpy(embed_decode(*arguments))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 100e6  # all differences together are 640 MB
    for i in (0, 250, 499):
        assert found[i] == ((points[i] - table) ** 2).sum(-1).argmin()


def test_the_embedding_passes_the_gradient_straight_through():
    points, table, w = arrays(0, "float64", (2, 5, 3), (7, 3), (2, 5, 3))
    index = embed_decode(points, table)
    nearest = embed_nearest(points, table)
    assert_array_equal(mg.to_numpy(nearest), mg.to_numpy(table)[mg.to_numpy(index)])
    loss = lambda p, t: mnp.sum(w * embed_nearest(p, t) ** 2)
    to_points, to_table = mg.grad(loss, argnums=(0, 1))(points, table)
    assert_array_equal(mg.to_numpy(to_points), 2 * mg.to_numpy(w * nearest))
    assert (mg.to_numpy(to_table) == 0).all()
    second = mg.hvp(lambda p: loss(p, table))(points, mnp.ones_like(points))
    assert_array_equal(mg.to_numpy(second), 2 * mg.to_numpy(w))


@pytest.mark.parametrize("dtype", DTYPES)
def test_within_a_program(dtype):
    points, table = arrays(0, dtype, (2, 5, 3), (7, 3))
    one_program(embed_decode, points, table)
    one_program(mg.value_and_grad(lambda p, t: mnp.sum(embed_nearest(p, t) ** 3), argnums=(0, 1)), points, table)
    assert dtype_name(embed_nearest(points, table).dtype) == dtype
    assert dtype_name(embed_decode(points, table).dtype) == "int64"


@pytest.mark.parametrize(
    ("points", "table", "error", "told"),
    [
        (np.zeros(2), np.zeros((0, 2)), ValueError, r"at least one, and was float64\[0,2\]"),
        (np.zeros(2), np.zeros(2), ValueError, "one embedding a row"),
        (np.zeros(3), np.zeros((4, 2)), ValueError, "width of an embedding"),
        (np.zeros(()), np.zeros((4, 1)), ValueError, "width of an embedding"),
        (np.array([np.nan, 0.0]), np.zeros((4, 2)), ValueError, "points must be finite"),
        (np.zeros(2), np.array([[0.0, np.inf]]), ValueError, "the table must be finite"),
        (np.zeros(2, int), np.zeros((4, 2)), TypeError, "points must be floating-point"),
    ],
)
def test_what_is_refused(points, table, error, told):
    for decode in (embed_decode, embed_nearest):
        with pytest.raises(error, match=told):
            decode(mnp.asarray(points), mnp.asarray(table))
