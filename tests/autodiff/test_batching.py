"""`vectorize` against loops: nested with every transformation, over trees, with what it refuses."""

import gc

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff import linear
from minigan.autodiff.batching import Batch

RNG = np.random.default_rng(0)
W, X, Y = RNG.standard_normal((4, 5)), RNG.standard_normal((3, 4)), RNG.standard_normal(3)


def arrays(*values):
    return [mnp.asarray(value) for value in values]


def assert_same(found, expected, rtol=1e-12, atol=1e-13):
    found, expected = mg.tree_leaves(found), mg.tree_leaves(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(mg.to_numpy(a), mg.to_numpy(b), rtol=rtol, atol=atol)


def stacked(values):
    return mg.tree_map(lambda *parts: np.stack(parts), *mg.to_numpy(list(values)))


def loss(w, x, y):
    return (mnp.sum(mnp.tanh(x @ w)) - y) ** 2


# -- with other transformations --------------------------------------------------------------------------------------


def per_example(w, x, y):
    return mg.vectorize(mg.grad(loss), (None, 0, 0))(w, x, y)


WAYS = {
    "gradients of each": per_example,
    "recorded": lambda *args: mg.trace(per_example)(*args)(*args),
    "compiled": mg.compile(per_example),
    "compiled inside": mg.vectorize(mg.compile(mg.grad(loss)), (None, 0, 0)),
    "a Jacobian of the whole": lambda *args: mg.jacobian(mg.vectorize(loss, (None, 0, 0)))(*args),
    "along each direction": lambda w, x, y: mnp.reshape(
        mg.vectorize(lambda v: mg.jvp(lambda w: mg.vectorize(loss, (None, 0, 0))(w, x, y), (w,), (v,))[1], 0, 1)(
            mnp.reshape(mnp.eye(20), (20, 4, 5))
        ),
        (3, 4, 5),
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_gradients_of_each_example(way):
    w, x, y = arrays(W, X, Y)
    expected = stacked(mg.grad(loss)(w, x[i, ...], y[i, ...]) for i in range(3))
    for _ in range(2):
        assert_same(WAYS[way](w, x, y), expected)


def test_derivatives_of_the_whole_to_second_order():
    w, x, y = arrays(W, X, Y)
    mg.check_grads(lambda w, x, y: mg.vectorize(loss, (None, 0, 0))(w, x, y), (w, x, y))


@pytest.mark.parametrize("compiled", [False, True])
def test_one_inside_of_the_other(compiled):
    a, b = arrays(RNG.standard_normal((2, 4)), RNG.standard_normal((5, 4)))
    f = lambda a, b: mnp.sum(a * mnp.sin(b))
    expected = mg.to_numpy(a) @ np.sin(mg.to_numpy(b)).T
    wrap = mg.compile if compiled else (lambda f: f)
    assert_same(wrap(mg.vectorize(mg.vectorize(f, (None, 0)), (0, None)))(a, b), expected)
    assert_same(wrap(mg.vectorize(mg.vectorize(f, (0, None)), (None, 0), out_axes=1))(a, b), expected)
    slopes = mg.vectorize(mg.vectorize(mg.grad(f), (None, 0)), (0, None))
    assert_same(wrap(slopes)(a, b), np.broadcast_to(np.sin(mg.to_numpy(b)), (2, 5, 4)))


def test_hessians_and_their_products_of_each_example():
    f = lambda x: mnp.sum(mnp.tanh(x) ** 3) * x[0]
    (x,) = arrays(X)
    expected = stacked(mg.hessian(f)(x[i, ...]) for i in range(3))
    assert_same(mg.vectorize(mg.hessian(f))(x), expected)
    assert_same(mg.compile(mg.vectorize(mg.hessian(f)))(x), expected)
    products = np.einsum("bij,bj->bi", expected, X)
    assert_same(mg.vectorize(mg.hvp(f))(x, x), products)
    assert_same(mg.jvp(mg.vectorize(mg.grad(f)), (x,), (x,))[1], products)
    assert_same(mg.hvp(lambda x: mnp.sum(mg.vectorize(f)(x)))(x, x), products)


def test_a_program_replayed_on_examples():
    (x,) = arrays(X)
    program = mg.trace(lambda x: mnp.sort(x) * 2.0)(x[0, ...])
    assert_same(mg.vectorize(program)(x), 2.0 * np.sort(X))


SMOOTHED = {
    "abs": lambda x: mnp.sum(mnp.abs(x) ** 2),
    "norm": lambda x: mnp.cosh(mnp.linalg.norm(x)),
    "std": lambda x: mnp.std(x) ** 2,
    "one in the other": lambda x: mnp.abs(mnp.linalg.norm(mnp.abs(x))) ** 2,
}
HESSIANS = {
    "of each": lambda f, x: mg.vectorize(mg.hessian(f))(x),
    "by products": lambda f, x: mg.vectorize(lambda x: mg.vectorize(lambda v: mg.hvp(f)(x, v))(mnp.eye(3)))(x),
    "of the whole": lambda f, x: blocks(mg.hessian(lambda x: mnp.sum(mg.vectorize(f)(x)))(x)),
    "of all gradients": lambda f, x: blocks(mg.jacobian(mg.vectorize(mg.grad(f)))(x)),
}


def blocks(whole):
    whole = mg.to_numpy(whole)
    return np.stack([whole[i, :, i] for i in range(3)])


@pytest.mark.parametrize("way", HESSIANS)
@pytest.mark.parametrize("name", SMOOTHED)
def test_kinks_that_some_examples_lie_on(name, way):
    """The second derivatives there are those of the smooth function, as they are of one example."""
    f, (x,) = SMOOTHED[name], arrays([[0.0, 0.0, 0.0], [1.0, 2.0, 3.0], [0.0, 1.0, 0.0]])
    expected = [np.stack([mg.to_numpy(mg.hvp(f)(x[i, ...], e)) for e in arrays(*np.eye(3))]) for i in range(3)]
    assert_same(HESSIANS[way](f, x), np.stack(expected), atol=1e-12)


def test_eigenspaces_of_some_examples():
    def root(a):
        w, v = mnp.linalg.eigh(a)
        return mnp.sum(((v * mnp.sqrt(w)) @ v.T) * mnp.asarray(np.arange(9.0).reshape(3, 3)))

    (a,) = arrays([4.0 * np.eye(3), np.diag([1.0, 2.0, 2.0]), [[3.0, 1.0, 0.0], [1.0, 4.0, 1.0], [0.0, 1.0, 5.0]]])
    expected = stacked(mg.grad(root)(a[i, ...]) for i in range(3))
    assert np.isfinite(expected).all()
    assert_same(mg.vectorize(mg.grad(root))(a), expected)
    assert_same(mg.grad(lambda a: mnp.sum(mg.vectorize(root)(a)))(a), expected)


def test_jacobians_of_jacobians_on_a_kink_and_in_an_eigenspace():
    """The rows of the inner one, pulled back together, carry the displacement that the outer one asks for."""
    (x,) = arrays(np.zeros(2))
    expected = np.zeros((2, 2, 2))
    expected[[0, 1], [0, 1], [0, 1]] = 2.0
    assert_same(mg.jacobian(mg.jacobian(lambda x: mnp.abs(x) ** 2))(x), expected)
    two_norms = lambda x: mnp.stack([mnp.linalg.norm(x) ** 2, 3.0 * mnp.linalg.norm(x) ** 2])
    assert_same(mg.jacobian(mg.jacobian(two_norms))(x), np.stack([2.0 * np.eye(2), 6.0 * np.eye(2)]))

    def root(a):
        w, v = mnp.linalg.eigh(a)
        return (v * mnp.sqrt(w)) @ v.T

    symmetric = 0.5 * (np.einsum("ik,jl->ijkl", np.eye(2), np.eye(2)) + np.einsum("il,jk->ijkl", np.eye(2), np.eye(2)))
    assert_same(mg.jacobian(root)(mnp.asarray(4.0 * np.eye(2))), 0.25 * symmetric)  # 1 / (2 sqrt 4)


def test_random_numbers_drawn_inside_are_the_same_for_each():
    found = mg.vectorize(lambda x: x + mg.random.generator(0).standard_normal((4,)))(mnp.asarray(X))
    assert_same(found, X + mg.to_numpy(mg.random.generator(0).standard_normal((4,))))


def test_stopped_gradients():
    f, (x,) = lambda x: mnp.sum(x * mg.stop_gradient(x)), arrays(X)
    assert_same(mg.vectorize(mg.grad(f))(x), X)
    assert_same(mg.grad(lambda x: mnp.sum(mg.vectorize(f)(x)))(x), X)


STATED = {
    "every cotangent": lambda g, y, p, s: ({"a": mnp.clip(g["y"], -1.0, 1.0) * s}, mnp.sum(g["y"] * p["a"])),
    "none for one": lambda g, y, p, s: ({"a": mnp.clip(g["y"], -1.0, 1.0) * s}, None),
}


@pytest.mark.parametrize("name", STATED)
def test_a_rule_of_one_s_own(name):
    """The rule, which is not the derivative, holds inside and outside, and shared arguments get the sum."""
    own = mg.custom_vjp(lambda p, s: {"y": p["a"] * s}, STATED[name])
    f = lambda x, s: mnp.sum(3.0 * own({"a": x}, s)["y"] ** 2)
    x, s = arrays(X, Y)
    each = [mg.grad(f, (0, 1))(x[i, ...], s[i, ...]) for i in range(3)]
    assert_same(mg.vectorize(mg.grad(f, (0, 1)))(x, s), stacked(each))
    shared = stacked(mg.grad(f, (0, 1))(x[i, ...], s[0, ...]) for i in range(3))
    whole = mg.grad(lambda x, s: mnp.sum(mg.vectorize(f, (0, None))(x, s)), (0, 1))(x, s[0, ...])
    assert_same(whole, (shared[0], shared[1].sum()))
    moved = mg.jvp(mg.vectorize(f), (x, s), (x, s))[1]
    assert_same(moved, stacked(mg.jvp(f, *[(x[i, ...], s[i, ...])] * 2)[1] for i in range(3)))


# -- arguments and results -------------------------------------------------------------------------------------------


def test_trees_axes_and_what_is_shared():
    w, b, x = arrays(RNG.standard_normal((3, 2)), [10.0, 20.0], np.arange(3.0))
    f = lambda p, x, *, scale=1.0: ({"s": scale * p["w"] * x + p["b"], "b": p["b"], "none": None}, (x, 3.0))
    shared = np.tile([10.0, 20.0], (3, 1))
    expected = mg.to_numpy(w) * np.arange(3.0)[:, None] + shared
    first, second = mg.vectorize(f, ({"w": 0, "b": None}, 0))({"w": w, "b": b}, x)
    assert first["none"] is None
    assert_same((first, second), ({"s": expected, "b": shared, "none": None}, (np.arange(3.0), np.full(3, 3.0))))
    out_axes = ({"s": 1, "b": None, "none": None}, (0, None))
    first, second = mg.vectorize(f, ({"w": -1, "b": None}, 0), out_axes)({"w": w.T, "b": b}, x, scale=1.0)
    assert_same((first["s"], first["b"]), (expected.T, shared[0]))
    assert second[1] == 3.0
    assert_same(mg.vectorize(lambda x: x, 1, out_axes=-1)(mnp.asarray(X)), X)


@pytest.mark.parametrize("dtype", ["float32", "int64", "bool"])
def test_dtypes_are_those_of_one_example(dtype):
    x = mnp.asarray([[0, 1], [2, 3], [4, 5]], dtype=dtype)
    found = mg.vectorize(lambda x: (x, mnp.astype(x, "float32") * 0.5, mnp.argmax(mnp.astype(x, "int64"))))(x)
    one = (x[0, ...], mnp.astype(x[0, ...], "float32") * 0.5, mnp.argmax(mnp.astype(x[0, ...], "int64")))
    assert [part.dtype for part in found] == [part.dtype for part in one]


def test_results_are_the_caller_s_own(on_numpy):
    x = np.ones((3, 2))
    same, view, shared = mg.vectorize(lambda x: (x, x[:1], np.zeros(2)))(x)
    for part in (same, view, shared):
        part[...] = 7.0
    assert np.all(x == 1.0)


NOTHING = {
    "a sum": (lambda x: mnp.sum(x), (0,)),
    "a product": (lambda x: x @ x, (0,)),
    "a maximum": (lambda x: mnp.max(x), (0,)),
    "an inverse": (lambda x: mnp.linalg.inv(mnp.outer(x, x) + mnp.eye(4)), (0, 4, 4)),
    "a gradient": (lambda x: mg.grad(lambda x: mnp.sum(x**2))(x), (0, 4)),
    "one by one": (lambda x: mnp.linalg.lstsq(mnp.outer(x, x), x)[0], (0, 4)),
    "an index": (lambda x: mnp.take(x, mnp.argsort(x)), (0, 4)),
    "a number": (lambda x: 3.0, (0,)),
}


@pytest.mark.parametrize("name", NOTHING)
def test_no_examples(name):
    f, shape = NOTHING[name]
    assert mg.vectorize(f)(mnp.zeros((0, 4))).shape == shape


def test_a_primitive_of_one_s_own_runs_one_by_one_or_by_its_rule():
    """One without a rule is called as often as there are examples."""
    calls = []

    def halved(xp, x):
        calls.append(x.shape)
        return 0.5 * x

    half = linear("test_half", lambda g, x: half(g), library=halved)
    try:
        (x,) = arrays(X)
        assert_same(mg.vectorize(half)(x), 0.5 * X)
        assert calls == [(4,)] * 3
        calls.clear()
        half.batch = lambda primitive, args, batched, params: primitive(*args, **params)
        assert_same(mg.vectorize(mg.grad(lambda x: mnp.sum(half(x))))(x), np.full((3, 4), 0.5))
        assert calls == [(3, 4), (4,)]  # the value's, and the gradient's, which is the same for all
    finally:
        mg.PRIMITIVES.pop("test_half")


# -- refusals --------------------------------------------------------------------------------------------------------

REFUSED = {
    "sizes": (lambda: mg.vectorize(mnp.add)(mnp.ones((3, 2)), mnp.ones(4)), ValueError,
              r"different sizes: 3 \(axis 0 of float64\[3,2\]\), 4 \(axis 0 of float64\[4\]\)$"),
    "nothing": (lambda: mg.vectorize(mnp.add, None)(mnp.ones(3), 1.0), ValueError, "in_axes is None for every"),
    "a number": (lambda: mg.vectorize(mnp.add)(mnp.ones(3), 2.0), TypeError, "over axis 0 of 2.0, which is no array"),
    "no axis": (lambda: mg.vectorize(mnp.sin)(mnp.asarray(1.0)), ValueError, r"float64\[\], which has none"),
    "no such axis": (lambda: mg.vectorize(mnp.sin, 2)(mnp.ones((3, 2))), ValueError, "axis 2 is out of bounds"),
    "too few axes": (lambda: mg.vectorize(mnp.add, (0,))(mnp.ones(3), 1.0), ValueError, r"in_axes has \(0,\)"),
    "another tree": (lambda: mg.vectorize(lambda p: p, ({"a": 0},))({"b": mnp.ones(3)}), ValueError, "in_axes has"),
    "a truth value": (lambda: mg.vectorize(mnp.sin, True)(mnp.ones(3)), ValueError, "in_axes has True"),
    "a result's axis": (lambda: mg.vectorize(mnp.sin, out_axes=None)(mnp.ones((3, 2))), ValueError, "differs from"),
    "a result": (lambda: mg.vectorize(lambda x: "a")(mnp.ones(3)), TypeError, "returned 'a'"),
    "no function": (lambda: mg.vectorize(3), TypeError, "what is vectorized is a function"),
    "a branch": (lambda: mg.vectorize(lambda x: x if x > 0 else -x)(mnp.ones(3)), TypeError,
                 r"test_batching.py, line \d+: a branch on it .* 3 examples, each of which has its own: use mnp.where"),
    "a branch inside": (lambda: mg.vectorize(mg.grad(lambda x: x if x > 0 else -x))(mnp.ones(3)), TypeError, "use mnp"),
    "a number of it": (lambda: mg.vectorize(float)(mnp.ones(3)), TypeError, "stands for 3 examples"),
    "a mask": (lambda: mg.vectorize(lambda x: x[x > 0])(mnp.ones((3, 2))), TypeError, "each example has a mask"),
    "positions by value": (lambda: mg.vectorize(np.nonzero)(mnp.ones((3, 2))), TypeError, "nonzero depends on"),
    "shapes": (lambda: mg.vectorize(lambda x: mnp.reshape(x, (3, 3)))(mnp.ones((2, 4))), ValueError, r"\(4,\) into"),
    "no scalar": (lambda: mg.vectorize(mg.grad(mnp.sin))(mnp.ones((2, 4))), TypeError, r"float64\[4\]"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refusals(name):
    call, kind, told = REFUSED[name]
    with pytest.raises(kind, match=told):
        call()


def test_a_batched_value_does_not_outlive_its_transformation():
    kept = []
    mg.vectorize(lambda x: kept.append(x) or x)(mnp.ones(2))
    with pytest.raises(RuntimeError, match="outlived the vectorize"):
        kept[0] + 1.0


def test_it_leaves_nothing_behind():
    (x,) = arrays(X)
    run = lambda: mg.vectorize(mg.grad(lambda x: mnp.sum(mnp.linalg.norm(x) ** 2)))(x)
    run()
    gc.collect()
    gc.disable()
    try:
        run()
        assert gc.collect() == 0
    finally:
        gc.enable()


# -- Jacobians -------------------------------------------------------------------------------------------------------


def row_by_row(f, x):
    """As it is written: a pullback for each output."""
    y, pullback = mg.vjp(f, x)
    size = int(np.prod(y.shape))
    rows = [pullback(mnp.asarray(e.reshape(y.shape)))[0] for e in np.eye(size)]
    return mg.tree_map(lambda *row: np.stack(row).reshape(*y.shape, *row[0].shape), *mg.to_numpy(rows))


JACOBIANS = {
    "a network": lambda p: mnp.tanh(mnp.tanh(p["x"] @ mnp.asarray(W)) @ p["w"]),
    "images": lambda p: mnp.conv2d(mnp.reshape(p["x"], (1, 3, 4, 1)), mnp.reshape(p["w"], (2, 5, 1, 1)), padding=2),
    "indices": lambda p: mnp.take(p["x"], mnp.asarray([0, 0, 2]), 0) * mnp.max(p["w"], 1)[:4],
    "a system": lambda p: mnp.linalg.solve(p["x"] @ p["x"].T + mnp.eye(3), p["x"]),
    "no argument": lambda p: mnp.ones((2, 3)),
}


@pytest.mark.parametrize("name", JACOBIANS)
def test_jacobians_are_those_of_a_pullback_a_row(name, monkeypatch):
    p = dict(zip("xw", arrays(X, RNG.standard_normal((5, 2)))))
    expected = row_by_row(JACOBIANS[name], p)
    assert_same(mg.jacobian(JACOBIANS[name])(p), expected)
    monkeypatch.setattr("minigan.autodiff.derivatives.AT_ONCE", 4)  # in several parts, the last one shorter
    assert_same(mg.jacobian(JACOBIANS[name])(p), expected)


def test_a_jacobian_runs_its_pullback_once(monkeypatch):
    made = []
    start = Batch.__init__
    monkeypatch.setattr(Batch, "__init__", lambda self, size: made.append(size) or start(self, size))
    mg.jacobian(lambda x: mnp.tanh(mnp.asarray(W).T @ x))(mnp.asarray(X[0]))
    assert made == [5]


def test_a_jacobian_through_a_rule_that_looks_at_its_cotangent_goes_row_by_row():
    own = mg.custom_vjp(lambda x: x * 1.0, lambda g, y, x: (g if mnp.sum(g) > 0 else 0.0 * g,))
    assert_same(mg.jacobian(lambda x: own(x) * mnp.asarray([1.0, -2.0]))(mnp.ones(2)), np.diag([1.0, 0.0]))
