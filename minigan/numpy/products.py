"""Products of arrays: dot, matmul, tensordot and their kin. All are linear in each factor."""

from __future__ import annotations

import builtins
import math
import operator

from ..autodiff.primitive import Example, composed, is_complex, multilinear, places_of, undo_broadcast
from .elementwise import conjugate_of, multiply
from .shape import _array, _ints, expand_dims, is_int, moveaxis, ravel, reshape, transpose


def _strict_safe_dot(xp, x, y):
    if hasattr(xp, "dot"):
        return xp.dot(x, y)
    if getattr(x, "ndim", 0) == 0 or getattr(y, "ndim", 0) == 0:
        return x * y
    return xp.tensordot(x, y, axes=((x.ndim - 1,), (max(y.ndim - 2, 0),)))


def _dot_transpose(position, g, x, y):
    """dot contracts the last axis of x with the second to last of y (its only one if y is a vector)."""
    if getattr(x, "ndim", 0) == 0 or getattr(y, "ndim", 0) == 0:
        return undo_broadcast(g * (y if position == 0 else x), (x, y)[position])
    if x.ndim == y.ndim == 2:
        return dot_primitive(g, y.T) if position == 0 else dot_primitive(x.T, g)
    free_x, free_y = x.ndim - 1, max(y.ndim - 1, 0)
    contracted = max(y.ndim - 2, 0)
    if position == 0:  # sum over what y kept
        others = tuple(i for i in range(y.ndim) if i != contracted)
        return tensordot(g, y, (tuple(range(free_x, free_x + free_y)), others))
    g_x = tensordot(x, g, (tuple(range(free_x)), tuple(range(free_x))))  # (k, y's free axes)
    return moveaxis(g_x, 0, contracted)


dot_primitive = multilinear(
    "dot",
    _dot_transpose,
    library=_strict_safe_dot,
    examples=[
        Example(((3,), (3,))),
        Example(((2, 3), (3,))),
        Example(((3,), (3, 4))),
        Example(((2, 3), (3, 4))),
        Example(((2, 5, 3), (4, 3, 2))),
        Example(((), (3, 4))),
    ],
)


def _matmul_transpose(position, g, x, y):
    if x.ndim == 1 and y.ndim == 1:
        return g * (y if position == 0 else x)
    if x.ndim == 1:
        g, x = expand_dims(g, -2), expand_dims(x, 0)
        out = _matmul_transpose(position, g, x, y)
        return reshape(out, x.shape[1:]) if position == 0 else out
    if y.ndim == 1:
        g, y = expand_dims(g, -1), expand_dims(y, -1)
        out = _matmul_transpose(position, g, x, y)
        return reshape(out, y.shape[:-1]) if position == 1 else out
    # two matrices go to dot: the same BLAS call, without matmul's slow path for an inner size of one
    product = dot_primitive if x.ndim == y.ndim == 2 else _matmul
    if position == 0:
        return undo_broadcast(product(g, y.mT), x)
    return undo_broadcast(product(x.mT, g), y)


_matmul = multilinear(
    "matmul",
    _matmul_transpose,
    examples=[
        Example(((2, 3), (3, 4))),
        Example(((3,), (3,))),
        Example(((3,), (2, 3, 4))),
        Example(((5, 2, 3), (3,))),
        Example(((2, 2, 3), (3, 4))),
        Example(((1, 2, 3), (5, 3, 2))),
    ],
)


def dot(a, b):
    """The inner product of vectors, the matrix product of matrices; else sum over a's last and b's second last axis."""
    return dot_primitive(a, b)


def matmul(x1, x2, *, axes=None):
    """The matrix product over the last two axes (or ``axes`` of x1, x2 and the result), broadcast over the others."""
    if axes is None:
        return _matmul(_array(x1), _array(x2))
    return _over_axes(_matmul, x1, x2, axes, _array(x1).ndim > 1, _array(x2).ndim > 1)


def _over_axes(product, x1, x2, axes, *kept):
    """A ``product`` over the last axes, of axes elsewhere; ``kept`` says for each factor whether it keeps one."""
    first, second, *last = [_ints(part) for part in axes]
    x1, x2 = (moveaxis(x, part, range(-len(part), 0)) for x, part in ((_array(x1), first), (_array(x2), second)))
    out = product(x1, x2)
    places = last[0] if last else ()
    if len(places) != builtins.sum(kept):
        raise ValueError(f"axes={axes!r} names {len(places)} axes of a result that has {builtins.sum(kept)} of its own")
    return moveaxis(out, range(-len(places), 0), places)


def _inner_transpose(position, g, a, b):
    if a.ndim == 0 or b.ndim == 0:
        return undo_broadcast(g * (b if position == 0 else a), (a, b)[position])
    if position == 0:  # sum over what b kept
        return tensordot(g, b, (tuple(range(a.ndim - 1, g.ndim)), tuple(range(b.ndim - 1))))
    return tensordot(g, a, (tuple(range(a.ndim - 1)), tuple(range(a.ndim - 1))))


_inner = multilinear(
    "inner",
    _inner_transpose,
    library=lambda xp, a, b: xp.inner(a, b) if hasattr(xp, "inner") else _inner_of_standard(xp, a, b),
    examples=[
        Example(((3,), (3,))),
        Example(((2, 3), (4, 3))),
        Example(((2, 1, 3), (3,))),
        Example(((), (2, 3))),
    ],
)


def _inner_of_standard(xp, a, b):
    return a * b if a.ndim == 0 or b.ndim == 0 else xp.tensordot(a, b, axes=((a.ndim - 1,), (b.ndim - 1,)))


def inner(a, b):
    """The sum over the last axes of both."""
    return _inner(_array(a), _array(b))


def vdot(a, b):
    """The inner product of the flattened arrays, the first one conjugated."""
    return _vdot(_array(a), _array(b))


def _vdot_composition(a, b):
    return dot(conjugate_of(ravel(a)), ravel(b))


_vdot = composed(
    "vdot",
    _vdot_composition,
    library=lambda xp, a, b: xp.vdot(a, b) if hasattr(xp, "vdot") else _vdot_composition(a, b),
    examples=[Example(((3,), (3,))), Example(((2, 3), (2, 3)))],
    differentiable=(0, 1),
)


def _vecdot_transpose(position, g, x, y, axis):
    g = expand_dims(g, axis)
    return undo_broadcast(conjugate_of(g * y) if position == 0 else g * conjugate_of(x), (x, y)[position])


_vecdot = multilinear(
    "vecdot",
    _vecdot_transpose,
    library=lambda xp, x, y, axis: xp.vecdot(x, y, axis=axis) if hasattr(xp, "vecdot") else xp.sum(x * y, axis=axis),
    examples=[Example(((3,), (3,)), {"axis": -1}), Example(((2, 3, 4), (3, 4)), {"axis": -2})],
)


def vecdot(x1, x2, axis=-1, *, axes=None, keepdims=False):
    """Inner products along one axis (or ``axes``, one of each), broadcast over the others."""
    if axes is not None:
        return _over_axes(lambda x1, x2: vecdot(x1, x2, keepdims=keepdims), x1, x2, axes, *[True] * keepdims)
    x1, x2, axis = _array(x1), _array(x2), operator.index(axis)
    if axis >= 0:  # counted from the front of each
        x1, x2 = moveaxis(x1, axis, -1), moveaxis(x2, axis, -1)
    out = _vecdot(x1, x2, axis=min(axis, -1))
    return expand_dims(out, axis) if keepdims else out


def _matvec_transpose(position, g, x1, x2):
    cotangent = expand_dims(g, -1) * expand_dims(x2, -2) if position == 0 else matmul(x1.mT, expand_dims(g, -1))[..., 0]
    return undo_broadcast(cotangent, (x1, x2)[position])


def _vecmat_transpose(position, g, x1, x2):
    if position == 1:
        return undo_broadcast(expand_dims(conjugate_of(x1), -1) * expand_dims(g, -2), x2)
    return undo_broadcast(conjugate_of(matmul(x2, expand_dims(g, -1))[..., 0]), x1)


_matvec = multilinear(
    "matvec",
    _matvec_transpose,
    library=lambda xp, x1, x2: xp.matvec(x1, x2) if hasattr(xp, "matvec") else (x1 @ x2[..., None])[..., 0],
    examples=[Example(((2, 3), (3,))), Example(((3, 2, 3), (1, 3)))],
)
_vecmat = multilinear(
    "vecmat",
    _vecmat_transpose,
    library=lambda xp, x1, x2: (
        xp.vecmat(x1, x2) if hasattr(xp, "vecmat") else (_conjugate(xp, x1)[..., None, :] @ x2)[..., 0, :]
    ),
    examples=[Example(((2,), (2, 3))), Example(((1, 2), (3, 2, 3)))],
)


def _conjugate(xp, x):
    return xp.conj(x) if is_complex(x) else x


def matvec(x1, x2):
    """Matrices in the last two axes of x1 times vectors in the last axis of x2, broadcast over the others."""
    return _matvec(_array(x1), _array(x2))


def vecmat(x1, x2):
    """Vectors in the last axis of x1, conjugated, times matrices in the last two axes of x2."""
    return _vecmat(_array(x1), _array(x2))


def outer(a, b):
    """The matrix of all products a_i b_j."""
    return multiply(reshape(_array(a), (-1, 1)), reshape(_array(b), (1, -1)))


def tensordot(a, b, axes=2):
    """The sum over pairs of axes: the last n of ``a`` with the first n of ``b``, or those listed."""
    a, b = _array(a), _array(b)
    if is_int(axes):
        left, right = tuple(range(a.ndim - axes, a.ndim)), tuple(range(axes))
    else:
        left, right = map(_ints, axes)
    left, right = places_of(left, a.ndim), places_of(right, b.ndim)
    if len(left) != len(right) or any(a.shape[i] != b.shape[j] for i, j in zip(left, right)):
        raise ValueError(
            f"minigan.numpy.tensordot: axes {left} of shape {tuple(a.shape)} do not match axes {right} "
            f"of shape {tuple(b.shape)}"
        )
    free_a = tuple(i for i in range(a.ndim) if i not in left)
    free_b = tuple(i for i in range(b.ndim) if i not in right)
    inner_size = math.prod(a.shape[i] for i in left)
    flat_a = reshape(transpose(a, free_a + left), (math.prod(a.shape[i] for i in free_a), inner_size))
    flat_b = reshape(transpose(b, right + free_b), (inner_size, math.prod(b.shape[i] for i in free_b)))
    shape = tuple(a.shape[i] for i in free_a) + tuple(b.shape[i] for i in free_b)
    return reshape(dot(flat_a, flat_b), shape)


_EXPORTED = """
    dot matmul inner vdot vecdot matvec vecmat outer tensordot
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
