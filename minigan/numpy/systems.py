"""Inverses and systems of linear equations, over stacks.

Sources of the rules: Giles (2008), "Collected matrix derivative results for forward and reverse mode".
"""

from __future__ import annotations

from ..autodiff.primitive import Example, differential, undo_broadcast
from .products import matmul
from .shape import _array, expand_dims, matrix_transpose

_MATRICES = [Example(((3, 3),), {}, "well conditioned"), Example(((2, 3, 3),), {}, "well conditioned")]

inv = differential(
    "inv",
    lambda tangents, out, args, params: -matmul(matmul(out, tangents[0]), out),
    lambda position, g, out, args, params: -matmul(matmul(matrix_transpose(out), g), matrix_transpose(out)),
    library="linalg.inv",
    examples=_MATRICES,
)


def _push_solve(tangents, out, args, params):
    """A x = b, so A dx = db - dA x."""
    da, db = tangents
    a = args[0]
    right = db
    if da is not None:
        moved = matmul(da, out)
        right = -moved if db is None else db - moved
    return solve_primitive(a, right)


def _pull_solve(position, g, out, args, params):
    a, b = args
    g_b = solve_primitive(matrix_transpose(a), g)
    if position == 1:
        return undo_broadcast(g_b, b)
    return undo_broadcast(-matmul(g_b, matrix_transpose(out)), a)


solve_primitive = differential(
    "solve",
    _push_solve,
    _pull_solve,
    library="linalg.solve",
    differentiable=(0, 1),
    examples=[
        Example(((3, 3), (3, 2)), {}, ["well conditioned", (-2.0, 2.0)]),
        Example(((2, 3, 3), (2, 3, 1)), {}, ["well conditioned", (-2.0, 2.0)]),
    ],
)


def solve(a, b):
    """The solution x of a x = b, for a matrix or (one-dimensional) vector b, over stacks of matrices."""
    a, b = _array(a), _array(b)
    if b.ndim == 1:
        return solve_primitive(a, expand_dims(b, -1))[..., 0]
    return solve_primitive(a, b)
