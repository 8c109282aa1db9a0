"""Trees: nested tuples, lists, dicts and named tuples with arrays at the leaves, and ``None`` for "nothing here".

A model's parameters, a training state, a batch with its labels: whatever holds arrays goes wherever an array goes.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Structure(NamedTuple):
    """The shape of a tree without its leaves; equal for trees that can be zipped, and hashable."""

    kind: Any  # None for a leaf, else the container's type
    keys: tuple  # a dict's keys
    children: tuple[Structure, ...]
    size: int  # how many leaves

    def __repr__(self) -> str:
        if self.kind is None:
            return "*"
        if self.kind is type(None):
            return "None"
        if self.kind is dict:
            return "{" + ", ".join(f"{key!r}: {child}" for key, child in zip(self.keys, self.children)) + "}"
        inside = ", ".join(map(repr, self.children))
        if self.kind is list:
            return f"[{inside}]"
        return (
            f"({inside}{',' if len(self.children) == 1 else ''})"
            if self.kind is tuple
            else (f"{self.kind.__name__}({inside})")
        )


LEAF = Structure(None, (), (), 1)
NOTHING = Structure(type(None), (), (), 0)


def flatten(tree) -> tuple[list, Structure]:
    """The leaves of ``tree`` from left to right (dicts in sorted key order), and its structure.

    >>> flatten({"w": 1.0, "b": (2.0, None)})
    ([2.0, 1.0], {'b': (*, None), 'w': *})
    """
    leaves: list = []
    return leaves, _flatten(tree, leaves)


def _flatten(tree, leaves) -> Structure:
    kind = type(tree)
    if kind is dict:
        try:
            keys = tuple(sorted(tree))
        except TypeError:
            keys = tuple(tree)  # keys of several types keep the order they were given in
        values = [tree[key] for key in keys]
    elif kind is tuple or kind is list or (isinstance(tree, tuple) and hasattr(tree, "_fields")):
        keys, values = (), tree
    elif tree is None:
        return NOTHING
    else:
        leaves.append(tree)
        return LEAF
    before = len(leaves)
    children = []
    for value in values:
        if type(value) in _CONTAINERS or isinstance(value, tuple):
            children.append(_flatten(value, leaves))
        else:
            leaves.append(value)
            children.append(LEAF)
    return Structure(kind, keys, tuple(children), len(leaves) - before)


_CONTAINERS = (dict, tuple, list, type(None))


def unflatten(structure: Structure, leaves):
    """The tree of that structure with these leaves, as many as it has; the inverse of `flatten`.

    >>> leaves, structure = flatten({"w": 1.0, "b": (2.0, None)})
    >>> unflatten(structure, [10.0 * leaf for leaf in leaves])
    {'b': (20.0, None), 'w': 10.0}
    """
    return _unflatten(structure, iter(leaves))


def _unflatten(structure, leaves):
    kind = structure.kind
    if kind is None:
        return next(leaves)
    if kind is type(None):
        return None
    values = [next(leaves) if child is LEAF else _unflatten(child, leaves) for child in structure.children]
    if kind is dict:
        return dict(zip(structure.keys, values))
    if kind is list:
        return values
    return tuple(values) if kind is tuple else kind(*values)


def tree_leaves(tree) -> list:
    """The leaves alone, in the order of `flatten`.

    >>> tree_leaves({"w": 1.0, "b": (2.0, None)})
    [2.0, 1.0]
    """
    return flatten(tree)[0]


def tree_map(function, tree, *rest):
    """``function`` at every leaf, of one tree or of several with the same structure.

    Raises `ValueError` with both structures where they differ.

    >>> tree_map(lambda x, y: x + y, [1, (2, 3)], [10, (20, 30)])
    [11, (22, 33)]
    """
    leaves, structure = flatten(tree)
    columns = [leaves]
    for other in rest:
        other_leaves, other_structure = flatten(other)
        if other_structure != structure:
            raise ValueError(f"trees of different structure: {structure} and {other_structure}")
        columns.append(other_leaves)
    return unflatten(structure, [function(*row) for row in zip(*columns)])
