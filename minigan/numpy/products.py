"""Products of arrays: dot, matmul, tensordot, einsum and their kin. All are linear in each factor."""

from __future__ import annotations

import builtins
import math
import operator
import string

from ..autodiff.primitive import Example, composed, is_complex, multilinear, places_of, undo_broadcast
from ..backend import backend_of
from .arguments import refuse
from .elementwise import conjugate_of, multiply
from .shape import _array, _ints, broadcast_to, expand_dims, is_int, moveaxis, ravel, reshape, transpose


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


# -- einsum --------------------------------------------------------------------------------------------------


def _einsum_transpose(position, g, *operands, subscripts, **optimize):
    """Exchange the operand's letters with the result's; letters it repeats lie on a diagonal, letters it alone has were
    summed over and come back by broadcasting, and letters of size 1 that the others have longer are summed over."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    own, x = terms[position], operands[position]
    letters = "".join(dict.fromkeys(own))
    others = [(t, o) for i, (t, o) in enumerate(zip(terms, operands)) if i != position]
    available = set(output).union(*(t for t, _ in others)) if others else set(output)
    sizes = {c: x.shape[own.index(c)] for c in letters}
    reachable = "".join(c for c in letters if c in available and sizes[c] != 1)
    swapped = ",".join([output, *(t for t, _ in others)]) + "->" + reachable
    optimize = {"optimize": True} if optimize else {}  # the order of the factors is another one now
    cotangent = einsum_primitive(g, *(o for _, o in others), subscripts=swapped, **optimize)
    found = dict(zip(reachable, cotangent.shape))
    cotangent = reshape(cotangent, tuple(found.get(c, 1) for c in letters))
    cotangent = broadcast_to(cotangent, tuple(sizes[c] for c in letters))
    if letters == own:
        return cotangent
    from .creation import arange_like
    from .indexing import scatter

    places = {c: reshape(arange_like(x, sizes[c]), tuple(sizes[c] if d == c else 1 for d in letters)) for c in letters}
    return scatter(cotangent, x.shape, tuple(places[c] for c in own))


def _library_einsum(xp, *operands, subscripts, **optimize):
    return backend_of(*operands).function("einsum")(subscripts, *operands, **optimize)


einsum_primitive = multilinear(
    "einsum",
    _einsum_transpose,
    library=_library_einsum,
    examples=[
        Example(((2, 3), (3, 4)), {"subscripts": "ij,jk->ik"}),
        Example(((3, 3),), {"subscripts": "ii->i"}),
        Example(((3, 3),), {"subscripts": "ii->"}),
        Example(((2, 3), (4,)), {"subscripts": "ij,k->ik"}),
        Example(((2, 3), (3, 2), (2,)), {"subscripts": "ij,ji,i->"}),
        Example(((2, 1), (3, 4)), {"subscripts": "ij,jk->ik"}),
        Example(((3,), (1,)), {"subscripts": "i,i->"}),
    ],
)


def einsum(subscripts, *operands, optimize=False, order="K"):
    """Einstein's summation: ``einsum("ij,jk->ik", a, b)``; ``...`` and an implicit output work as in NumPy.

    ``optimize`` lets the library choose the order of the products, as its own does, or is a path of pairs.
    """
    if order != "K":
        refuse("einsum", "order", "NumPy adds up in another order then; leave order= away")
    if not isinstance(subscripts, str):
        subscripts, operands = _from_lists(subscripts, *operands)
    operands = [_array(o) for o in operands]
    subscripts = _explicit(subscripts, operands)
    if optimize is False or optimize is None:
        return einsum_primitive(*operands, subscripts=subscripts)
    path = tuple(optimize) if isinstance(optimize, list) else optimize
    return einsum_primitive(*operands, subscripts=subscripts, optimize=path)


def _from_lists(*given):
    """NumPy's other spelling, ``einsum(a, [0, 1], b, [1, 2], [0, 2])``, as a string and operands."""

    def letters(places):
        return "".join("..." if place is Ellipsis else string.ascii_letters[place] for place in places)

    output = "->" + letters(given[-1]) if len(given) % 2 else ""
    terms = given[: len(given) // 2 * 2]
    return ",".join(map(letters, terms[1::2])) + output, terms[::2]


def _explicit(subscripts, operands):
    """The subscripts with every ellipsis spelled out and the output named."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise ValueError(f"einsum {subscripts!r} names {len(terms)} operands and was given {len(operands)}")
    unused = [c for c in string.ascii_letters if c not in subscripts]
    widths = [o.ndim - len(t.replace("...", "")) if "..." in t else 0 for t, o in zip(terms, operands)]
    widest = max(widths, default=0)
    extra = unused[:widest]
    terms = [t.replace("...", "".join(extra[widest - w :])) for t, w in zip(terms, widths)]
    for t, o in zip(terms, operands):
        if len(t) != o.ndim:
            raise ValueError(f"einsum {subscripts!r}: term {t!r} has {len(t)} letters for shape {tuple(o.shape)}")
    if arrow:
        output = output.replace("...", "".join(extra))
    else:
        joined = "".join(terms)
        output = "".join(extra) + "".join(sorted(c for c in set(joined) if joined.count(c) == 1 and c not in extra))
    return ",".join(terms) + "->" + output


_EXPORTED = """
    dot matmul inner vdot vecdot matvec vecmat outer tensordot einsum
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
