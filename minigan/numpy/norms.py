"""Norms of vectors. At zero each takes the subgradient of least norm, which is 0."""

from __future__ import annotations

import operator

from ..autodiff.displacement import length_reduction
from ..autodiff.primitive import Example, kept_shape, places_of, reduction
from ..backend import dtype_name
from .elementwise import abs as abs_
from .elementwise import astype, conjugate_of, sign, where
from .reductions import max as max_
from .reductions import min as min_
from .reductions import reduced_count
from .reductions import sum as sum_
from .shape import _array, ravel, reshape, transpose

_norm = frobenius = length_reduction("norm", lambda x, axis=None, keepdims=False: conjugate_of(x))


def _order_partial(out, x, axis=None, keepdims=False, ord=2):
    """(|x_i| / |x|)^(p - 1) in the direction of x_i, and 0 at x = 0: the subgradient of least norm."""
    zero = out == 0
    share = abs_(x) / where(zero, 1.0, out)
    return where(zero, 0.0, share ** (ord - 1.0) * conjugate_of(sign(x)))


def _library_norm(xp, x, axis=None, keepdims=False, ord=2):
    if hasattr(xp.linalg, "norm"):  # NumPy's vector_norm rounds powers of numbers where this has arrays of size 1
        return xp.linalg.norm(x, ord, axis, keepdims)
    return xp.linalg.vector_norm(x, axis=axis, keepdims=keepdims, ord=ord)


_norm_of_order = reduction(
    "norm_of_order",
    _order_partial,
    library=_library_norm,
    examples=[
        Example(((3, 4),), {"axis": 1, "ord": 3}, "distinct"),
        Example(((5,),), {"axis": -1, "ord": 2.5, "keepdims": True}, (0.5, 2.0)),
    ],
)


def norm(x, ord=None, axis=None, keepdims=False):
    """The Euclidean (Frobenius) norm, a vector norm of order 1, 2, inf, -inf or 0 < p along one axis,
    or over two axes a matrix norm (see `matrix_norm`).

    At x = 0 its derivative is taken as 0.
    """
    x = _array(x)
    if dtype_name(x.dtype).startswith(("int", "uint", "bool")):
        x = astype(x, "float64")
    if axis is not None and not isinstance(axis, tuple):
        axis = operator.index(axis) if isinstance(axis, str) else int(axis)  # NumPy takes 1.0 here
    axes = places_of(axis, x.ndim)
    if ord is None or (ord == "fro" and len(axes) == 2) or (ord == 2 and len(axes) == 1):
        return _norm(x, axis=axis, keepdims=keepdims)
    if len(axes) == 2:
        from .factorisations import matrix_norm_over

        return matrix_norm_over(x, ord, axes, keepdims)
    if len(axes) != 1 or isinstance(ord, str):
        raise ValueError(f"norm of order {ord!r} over {len(axes)} axes is not offered; use ord=None (Frobenius)")
    if ord == 1:
        return sum_(abs_(x), axis, keepdims=keepdims)
    if ord == float("inf"):
        return largest(abs_(x), axes[0], keepdims)
    if ord == -float("inf"):
        return min_(abs_(x), axis, keepdims=keepdims)
    if ord == 0:
        return sum_(astype(x != 0, abs_(x).dtype), axis, keepdims=keepdims)
    return _norm_of_order(x, axis=axis, keepdims=keepdims, ord=ord)


def largest(lengths, axis, keepdims=False):
    """The largest of some lengths along ``axis``; of none it is 0."""
    return (max_ if lengths.shape[axis] else sum_)(lengths, axis, keepdims=keepdims)


def vector_norm(x, *, axis=None, keepdims=False, ord=2):
    """The norm of order ``ord`` of all elements, or along ``axis``, taken as a vector."""
    x = _array(x)
    if isinstance(axis, list):
        raise TypeError(f"vector_norm takes one axis or a tuple of them, and was given {axis}")
    if axis is None:
        out = norm(ravel(x), ord, 0)
    elif isinstance(axis, tuple):
        axes = places_of(axis, x.ndim)
        rest = tuple(i for i in range(x.ndim) if i not in axes)
        lines = reshape(transpose(x, axes + rest), (reduced_count(x, axes), *(x.shape[i] for i in rest)))
        out = norm(lines, ord, 0)
    else:
        out = norm(x, ord, axis)
    return reshape(out, kept_shape(x.shape, axis)) if keepdims else out  # kept by norm, NumPy's rounds otherwise
