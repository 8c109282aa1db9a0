"""Trees of arrays: taken apart, put together, mapped, and differentiated."""

from collections import namedtuple

import numpy as np
import pytest
from hypothesis import given

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff import flatten, unflatten
from minigan.testing import trees

Pair = namedtuple("Pair", "left right")


def same(a, b):
    assert type(a) is type(b)
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        return all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        assert len(a) == len(b)
        return all(map(same, a, b))
    return a is b or np.array_equal(a, b)


@given(trees())
def test_flatten_and_unflatten_are_inverse(tree):
    leaves, structure = flatten(tree)
    assert structure.size == len(leaves)
    assert same(unflatten(structure, leaves), tree)
    assert mg.tree_leaves(tree) == leaves or all(a is b for a, b in zip(mg.tree_leaves(tree), leaves))


@given(trees())
def test_map_keeps_the_structure_and_composes(tree):
    doubled = mg.tree_map(lambda x: 2.0 * x, tree)
    assert flatten(doubled)[1] == flatten(tree)[1]
    assert hash(flatten(doubled)[1]) == hash(flatten(tree)[1])
    assert same(mg.tree_map(lambda x, y: y - x, tree, doubled), mg.tree_map(lambda x: 1.0 * x, tree))


def test_dicts_are_read_in_key_order_and_named_tuples_keep_their_type():
    assert mg.tree_leaves({"b": 1, "a": 2}) == mg.tree_leaves({"a": 2, "b": 1}) == [2, 1]
    assert mg.tree_map(lambda x: x + 1, Pair(1, [2, None])) == Pair(2, [3, None])
    assert mg.tree_leaves({1: "x", "a": "y"}) == ["x", "y"]  # keys that do not compare
    assert mg.tree_leaves(None) == [] and mg.tree_leaves(5) == [5]


def test_trees_that_differ_are_refused_with_both_structures():
    with pytest.raises(ValueError, match=r"\{'a': \*\}.*\{'b': \*\}"):
        mg.tree_map(lambda x, y: x, {"a": 1}, {"b": 1})
    for other in ([1, 2], (1,), (1, 2, 3), (1, None), Pair(1, 2), {"a": 1, "b": 2}):
        with pytest.raises(ValueError, match="different structure"):
            mg.tree_map(lambda x, y: x, (1, 2), other)


def test_a_structure_prints_as_the_tree_it_is_of():
    assert repr(flatten({"w": 1, "b": (2, [3, None]), "p": Pair(1, (2,))})[1]) == (
        "{'b': (*, [*, None]), 'p': Pair(*, (*,)), 'w': *}"
    )


def test_gradients_come_in_the_structure_of_the_argument():
    def f(p):
        return mnp.sum(p["pair"].left * p["list"][0]) + mnp.sum(p["pair"].right) ** 2

    p = {
        "pair": Pair(mnp.asarray([1.0, 2.0]), mnp.asarray(3.0)),
        "list": [mnp.asarray([5.0, 7.0]), None, ()],
        "unused": mnp.asarray([1.0]),
    }
    g = mg.to_numpy(mg.grad(f)(p))
    assert type(g["pair"]) is Pair and g["list"][1:] == [None, ()]
    np.testing.assert_array_equal(g["pair"].left, [5.0, 7.0])
    np.testing.assert_array_equal(g["pair"].right, 6.0)
    np.testing.assert_array_equal(g["list"][0], [1.0, 2.0])
    np.testing.assert_array_equal(g["unused"], [0.0])


def test_every_leaf_keeps_its_dtype():
    p = [mnp.asarray([1.0], dtype="float32"), mnp.asarray([2.0], dtype="float64")]
    g = mg.grad(lambda p: mnp.sum(p[0]) + mnp.sum(p[1] ** 2))(p)
    assert [mg.backend.dtype_name(x.dtype) for x in g] == ["float32", "float64"]


def test_the_same_array_at_two_leaves_has_two_gradients():
    x = mnp.asarray([1.0, 2.0])
    left, right = mg.grad(lambda p: mnp.sum(p[0] * 2.0) + mnp.sum(p[1] * 3.0))((x, x))
    assert mg.to_numpy(left).tolist() == [2.0, 2.0] and mg.to_numpy(right).tolist() == [3.0, 3.0]


def test_a_function_of_trees_to_trees():
    y, pullback = mg.vjp(lambda p: {"a": p[0] * p[1], "b": [p[0], None]}, (mnp.asarray(2.0), mnp.asarray(5.0)))
    assert mg.to_numpy(y) == {"a": 10.0, "b": [2.0, None]}
    ((left, right),) = pullback({"a": 1.0, "b": [10.0, None]})
    assert (float(mg.to_numpy(left)), float(mg.to_numpy(right))) == (15.0, 2.0)


def sizes(structure):
    """How many leaves there are, counted from below; every node must say the same."""
    if structure.kind is None:
        found = 1
    else:
        found = sum(map(sizes, structure.children))
    assert structure.size == found
    return found


@given(trees())
def test_every_part_of_a_structure_knows_how_many_leaves_it_has(tree):
    before = mg.tree_leaves(tree)
    assert sizes(flatten(tree)[1]) == len(before)
    assert sizes(flatten([0.0, tree, {"a": tree, "b": (tree, 1.0)}])[1]) == 3 * len(before) + 2


class Fields:
    """Has fields, and is no tuple."""

    _fields = ("left",)


class Triple(tuple):
    """A tuple of a class of its own, without names."""


@pytest.mark.parametrize("leaf", [Fields(), Triple((1, 2, 3)), "text", 5, {1, 2}], ids=lambda x: type(x).__name__)
def test_what_is_no_container_is_a_leaf(leaf):
    for tree in (leaf, [leaf], {"a": (leaf,)}, Pair(leaf, None)):
        leaves, structure = flatten(tree)
        assert len(leaves) == 1 and leaves[0] is leaf
        assert flatten(unflatten(structure, leaves)) == (leaves, structure)


def test_a_structure_is_equal_where_trees_can_be_zipped_and_only_there():
    different = [1, (1,), [1], [1, 1], (1, 1), {"a": 1}, {"b": 1}, {"a": 1, "b": 1}, Pair(1, 1), None, (None,), (), [], {}]
    structures = [flatten(tree)[1] for tree in different]
    for i, a in enumerate(structures):
        for j, b in enumerate(structures):
            assert (a == b) == (i == j) and (i == j or hash(a) != hash(b) or a != b)
    assert flatten({"b": 1, "a": 2})[1] == flatten({"a": 1, "b": 2})[1]


def test_keys_of_several_types_keep_their_order_there_and_back():
    tree = {1: "x", "a": ["y", "z"], None: {}}
    leaves, structure = flatten(tree)
    assert leaves == ["x", "y", "z"] and list(unflatten(structure, leaves)) == [1, "a", None]
    assert repr(structure) == "{1: *, 'a': [*, *], None: {}}"


def test_a_map_over_three_trees_takes_a_leaf_of_each():
    found = mg.tree_map(lambda *row: row, [1, (2,)], [3, (4,)], [5, (6,)])
    assert found == [(1, 3, 5), ((2, 4, 6),)]
    with pytest.raises(ValueError, match=r"^trees of different structure: \[\*, \(\*,\)\] and \[\*, \*\]$"):
        mg.tree_map(lambda *row: row, [1, (2,)], [3, (4,)], [5, 6])
