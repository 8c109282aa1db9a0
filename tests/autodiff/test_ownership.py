"""What a transformation returns is the caller's own: writable, and shared with nothing."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.ownership import own

pytestmark = pytest.mark.usefixtures("on_numpy")

X = np.arange(6.0).reshape(2, 3)
FUNCTIONS = {
    "identity": lambda p: p["a"],
    "one cotangent for both": lambda p: p["a"] + p["b"],
    "views": lambda p: (p["a"].T, p["b"].reshape(3, 2)),
    "broadcast": lambda p: mnp.sum(p["a"]) + mnp.mean(p["b"], axis=0),
    "parts of one": lambda p: mnp.concatenate([p["a"], p["b"]]),
    "what was saved": lambda p: mnp.exp(p["a"]) * p["b"],
    "by a rule of one's own": lambda p: mg.custom_vjp(lambda a, b: a + b, lambda g, y, a, b: (a, y))(p["a"], p["b"]),
    "nothing": lambda p: mnp.zeros(3) + 0.0 * p["a"],
    "twice": lambda p: (p["a"], p["a"], p["b"]),
    "indexed": lambda p: (p["a"][0], p["b"][:, 1:]),
    "complex": lambda p: (mnp.real(p["a"] * 1j), p["b"]),
}
each = pytest.mark.parametrize("f", FUNCTIONS.values(), ids=FUNCTIONS)


def arguments():
    return {"a": X + 1.0, "b": X - 2.0}


def check_own(*trees):
    """What was returned, the first of ``trees``, can be written to, and overlaps with nothing else in them."""
    returned = mg.tree_leaves(trees[0])
    arrays = [x for x in mg.tree_leaves(trees) if isinstance(x, np.ndarray)]
    for x in returned:
        if isinstance(x, np.ndarray):
            assert x.flags.writeable
            assert sum(np.may_share_memory(x, y) for y in arrays) == 1  # with itself


def scalar(f):
    return lambda p: sum(mnp.sum(y) for y in mg.tree_leaves(f(p)))


@each
def test_gradients(f):
    p = arguments()
    check_own([mg.grad(scalar(f))(p)], p)


@each
def test_pullbacks(f):
    p = arguments()
    y, pullback = mg.vjp(f, p)
    g = mg.tree_map(np.ones_like, y)
    first, second = pullback(g), pullback(g)
    check_own([y, first, second], p, g)


@each
def test_a_pullback_does_not_change_with_what_was_returned(f):
    p = arguments()
    y, pullback = mg.vjp(f, p)
    g = mg.tree_map(np.ones_like, y)
    first = pullback(g)
    before = [np.array(x) for x in mg.tree_leaves(first)]
    for x in mg.tree_leaves([y, first]):
        x[...] = np.nan
    for found, expected in zip(mg.tree_leaves(pullback(g)), before):
        np.testing.assert_array_equal(found, expected)


@each
def test_tangents(f):
    p, t = arguments(), arguments()
    y, dy = mg.jvp(f, (p,), (t,))
    check_own([y, dy], p, t)


@each
def test_jacobians_and_products_with_hessians(f):
    p, t = arguments(), arguments()
    check_own([mg.jacobian(f)(p)], p)
    check_own([mg.hvp(scalar(f))(p, t)], p, t)


@each
def test_programs(f):
    p = arguments()
    program = mg.trace(f)(p)
    check_own([program(p), program(p)], p)


def test_only_what_somebody_else_reaches_is_copied():
    held = np.ones(3)
    leaves = [np.ones(3), np.ones((2, 3)).T, held, held[1:], np.broadcast_to(np.ones(1), (3,)), np.float64(1.0)]
    before = [id(x) for x in leaves]
    same = [id(x) == i for x, i in zip(own(leaves), before)]
    assert same == [True, True, False, False, False, True]


def test_memory_that_is_no_array_s_is_somebody_s():
    """A view of another object's memory, of a subclass's, and of what cannot be written to: all are copied."""
    readonly = np.ones(3)
    readonly.flags.writeable = False
    for x in (np.frombuffer(bytearray(24)), np.ones(3).view(np.matrix).view(np.ndarray), np.ones((2, 2))[0][:1]):
        leaves = [x]
        kept = leaves[0]
        del x
        own(leaves)
        assert leaves[0] is not kept and leaves[0].base is None and leaves[0].flags.writeable
    assert own([readonly])[0].flags.writeable


def test_copies_keep_the_order_of_their_elements():
    held = np.asfortranarray(np.arange(6.0).reshape(2, 3))
    (copy,) = own([held])
    assert copy is not held and copy.flags.f_contiguous and not copy.flags.c_contiguous
    np.testing.assert_array_equal(copy, held)


def test_every_leaf_is_looked_at_and_what_is_no_array_stays():
    held = np.ones(2)
    seen = []
    mg.grad(lambda x: seen.append(x) or x)(1.0)
    others = [np.ones(2), 1.0, 3, None, "text", np.float32(2.0), seen[0]]
    leaves = [*others, held, held]
    assert all(a is b for a, b in zip(own(leaves)[1:7], others[1:]))
    assert leaves[-1] is not held and leaves[-2] is not held and leaves[-1] is not leaves[-2]


def test_arrays_of_the_strict_library_are_copied():
    with mg.use("strict"):
        x = mnp.asarray([1.0, 2.0])
        y, pullback = mg.vjp(lambda x: x, x)
        g = mnp.ones(2)
        tangent = mg.jvp(lambda x: x, (x,), (g,))[1]
        for found in (y, pullback(g)[0], tangent, mg.trace(lambda x: x)(x)(x)):
            found[...] = 7.0
        assert mg.to_numpy(x).tolist() == [1.0, 2.0] and mg.to_numpy(g).tolist() == [1.0, 1.0]
        assert mg.to_numpy(pullback(g)[0]).tolist() == [1.0, 1.0]
