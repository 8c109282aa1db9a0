"""At the edges of what functions take: plain, traced and compiled values agree, and derivatives are those of the value."""

import copy
import pickle

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

RNG = np.random.default_rng(21)
A = RNG.standard_normal((3, 4))
SQUARE = RNG.standard_normal((3, 3))
CUBE = RNG.standard_normal((2, 3, 4))
INF, NAN = np.inf, np.nan
EDGES = np.array([[1.0, NAN, 2.0, INF], [0.0, -0.0, 0.0, 0.0], [-INF, INF, 5e-324, 1e300], [1.0, 1.0, 1.0, 1.0]])
LINES = {"axis 0": {"axis": 0}, "axis -1": {"axis": -1}, "all": {}, "kept": {"axis": 1, "keepdims": True}}


def host(x):
    return mg.tree_map(mg.to_numpy, x)


def assert_same(found, expected):
    for a, b in zip(mg.tree_leaves(host(found)), mg.tree_leaves(host(expected)), strict=True):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_array_equal(a, b)


def everywhere(f, *values):
    """The value under every transformation and compiled is that on plain arrays; returned is that one."""
    arrays = [mnp.asarray(v) for v in values]
    with np.errstate(all="ignore"):
        plain = f(*arrays)
        assert_same(mg.vjp(f, *arrays)[0], plain)
        assert_same(mg.jvp(f, tuple(arrays), tuple(map(mnp.ones_like, arrays)))[0], plain)
        assert_same(mg.jvp(lambda *x: mg.vjp(f, *x)[0], tuple(arrays), tuple(map(mnp.ones_like, arrays)))[0], plain)
        assert_same(mg.compile(f)(*arrays), plain)
    return host(plain)


WEIGHTED = {
    "rows, axis 0": (A, [1.0, 3.0, 0.5], {"axis": 0}),
    "square, axis 0": (SQUARE, [1.0, 3.0, 0.5], {"axis": 0}),
    "square, axis -2": (SQUARE, [1.0, 3.0, 0.5], {"axis": -2}),
    "square, axis 1": (SQUARE, [1.0, 3.0, 0.5], {"axis": 1}),
    "kept": (A, [1.0, 3.0, 0.5], {"axis": 0, "keepdims": True}),
    "two axes": (CUBE, RNG.uniform(1.0, 2.0, (2, 4)), {"axis": (0, 2)}),
    "two axes turned": (CUBE, RNG.uniform(1.0, 2.0, (4, 2)), {"axis": (2, 0)}),
    "whole": (A, RNG.uniform(1.0, 2.0, (3, 4)), {"axis": 1}),
    "infinite": ([1.0, INF], [1.0, 1.0], {}),
    "of integers": ([[1, 2], [3, 4]], [1, 3], {"axis": 0}),
}


@pytest.mark.parametrize("name", WEIGHTED)
def test_weights_lie_along_the_axis(name):
    a, weights, keywords = WEIGHTED[name]
    expected = np.average(np.asarray(a), weights=np.asarray(weights), **keywords)
    if np.asarray(a).dtype.kind == "i":
        found = mg.to_numpy(mnp.average(mnp.asarray(a), weights=mnp.asarray(weights), **keywords))
        np.testing.assert_allclose(found, expected, rtol=1e-15)
        return
    found = everywhere(lambda a, w: mnp.average(a, weights=w, **keywords), np.asarray(a), np.asarray(weights))
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    if np.all(np.isfinite(a)):
        f = lambda a, w: mnp.average(a, weights=w, **keywords)
        mg.check_grads(f, (mnp.asarray(a), mnp.asarray(np.asarray(weights))))


def test_weights_that_fit_no_axis_are_refused():
    a = mnp.asarray(A)
    for weights, axis, kind in (([1.0, 2.0], 0, ValueError), ([1.0, 2.0, 3.0], None, TypeError)):
        with pytest.raises(kind):
            mg.vjp(lambda a, w=weights, axis=axis: mnp.average(a, axis, mnp.asarray(w)), a)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("keywords", LINES.values(), ids=LINES)
def test_the_median_of_nan_is_nan(keywords, dtype):
    with np.errstate(all="ignore"):
        values = EDGES.astype(dtype)
    found = everywhere(lambda x: mnp.median(x, **keywords), values)
    with np.errstate(all="ignore"):
        np.testing.assert_array_equal(found, np.median(values, **keywords))


@pytest.mark.parametrize("k", [-1, 0, 2])
@pytest.mark.parametrize("name", ["tril", "triu"])
def test_triangles_of_a_vector(name, k):
    f = getattr(mnp, name)
    x = np.array([1.0, 2.0, 3.0])
    np.testing.assert_array_equal(everywhere(lambda x: f(x, k), x), getattr(np, name)(x, k))
    mg.check_grads(lambda x: f(x, k), (mnp.asarray(x),))


@pytest.mark.parametrize("f", [copy.copy, copy.deepcopy, lambda x: copy.deepcopy({"x": [x]})["x"][0]])
def test_a_copy_of_a_traced_array_is_itself(f):
    x = mnp.asarray([1.0, 2.0])
    np.testing.assert_array_equal(mg.to_numpy(mg.grad(lambda x: mnp.sum(f(x) * x))(x)), [2.0, 4.0])


def test_a_traced_array_is_not_pickled():
    with pytest.raises(TypeError, match="pickling it would take"):
        mg.grad(lambda x: mnp.sum(pickle.loads(pickle.dumps(x))))(mnp.asarray([1.0]))


COUNTED = ["mean", "var", "std", "max", "min", "average"]


@pytest.mark.parametrize("name", COUNTED)
def test_many_values_of_float16(name, on_numpy):
    """A count beyond 65,504 is no float16: the gradient is that of float64, to float16's digits."""
    n, f = 100_000, getattr(mnp, name)
    x = np.zeros(n, "float16")
    if name in ("var", "std"):
        x[::2] = 0.5
    g = mg.grad(f)(x)
    assert g.dtype == "float16"
    # half a digit of the result's own grid, and of the few roundings in between
    np.testing.assert_allclose(g, mg.grad(f)(x.astype("float64")), rtol=2e-3, atol=6e-8)
    tangent = mg.jvp(f, (x,), (np.ones(n, "float16"),))[1]
    np.testing.assert_allclose(tangent, mg.jvp(f, (x.astype("float64"),), (np.ones(n),))[1], rtol=2e-3, atol=6e-8)
