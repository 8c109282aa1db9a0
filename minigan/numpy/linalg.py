"""Linear algebra: inverses, systems, determinants, factorisations and norms, over stacks of matrices.

Sources of the rules: Giles (2008), "Collected matrix derivative results for forward and reverse mode".
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autodiff.primitive import Example, differential, reduction, undo_broadcast
from . import products
from .elementwise import abs as abs_
from .elementwise import conjugate_of, divide, sign, where
from .indexing import diagonal as diagonal_of
from .indexing import trace as trace_of
from .products import matmul
from .reductions import max as max_
from .reductions import min as min_
from .reductions import sum as sum_
from .shape import _array, expand_dims, matrix_transpose, reshape, tril
from .spectra import adjoint, eigh, eigvalsh  # noqa: F401, functions of this namespace

_MATRICES = [Example(((3, 3),), {}, "well conditioned"), Example(((2, 3, 3),), {}, "well conditioned")]
_POSITIVE = [Example(((3, 3),), {}, "positive definite"), Example(((2, 3, 3),), {}, "positive definite")]

# -- inverses and systems ------------------------------------------------------------------------------------

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
    return _solve(a, right)


def _pull_solve(position, g, out, args, params):
    a, b = args
    g_b = _solve(matrix_transpose(a), g)
    if position == 1:
        return undo_broadcast(g_b, b)
    return undo_broadcast(-matmul(g_b, matrix_transpose(out)), a)


_solve = differential(
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
        return _solve(a, expand_dims(b, -1))[..., 0]
    return _solve(a, b)


# -- determinants --------------------------------------------------------------------------------------------

det = differential(
    "det",
    lambda tangents, out, args, params: out * trace_of(_solve(args[0], tangents[0]), 0, -2, -1),
    lambda position, g, out, args, params: _grow(g * out) * matrix_transpose(inv(args[0])),
    library="linalg.det",
    examples=_MATRICES,
)


class SlogdetResult(NamedTuple):
    sign: Any
    logabsdet: Any


def _grow(x):
    return reshape(x, (*x.shape, 1, 1))


def _push_slogdet(tangents, out, args, params):
    return 0.0 * out[0], trace_of(_solve(args[0], tangents[0]), 0, -2, -1)


_slogdet = differential(
    "slogdet",
    _push_slogdet,
    lambda position, g, out, args, params: _grow(g[1]) * matrix_transpose(inv(args[0])),
    library=lambda xp, x: tuple(xp.linalg.slogdet(x)),
    examples=_MATRICES,
    multiple=True,
)


def slogdet(a):
    """The sign of the determinant and the logarithm of its absolute value: ``(sign, logabsdet)``."""
    return SlogdetResult(*_slogdet(a))


# -- factorisations ------------------------------------------------------------------------------------------


def _lower_half(x):
    """The lower triangle with its diagonal halved: Phi of the Cholesky rule."""
    return tril(x) - 0.5 * _diagonal_matrix(x)


def _diagonal_matrix(x):
    return tril(x) - tril(x, -1)


def _push_cholesky(tangents, out, args, params):
    """dL = L Phi(L^-1 dA L^-T), dA symmetrised."""
    (da,) = tangents
    da = 0.5 * (da + adjoint(da))
    left = _solve(out, da)
    return matmul(out, _lower_half(adjoint(_solve(out, adjoint(left)))))


cholesky = differential("cholesky", _push_cholesky, library="linalg.cholesky", examples=_POSITIVE)


# -- norms ---------------------------------------------------------------------------------------------------


def _norm_partial(out, x, axis=None, keepdims=False):
    """x / |x|, and 0 at x = 0: the subgradient of least norm."""
    zero = out == 0
    return where(zero, 0.0, divide(conjugate_of(x), where(zero, 1.0, out)))


_norm = reduction("norm", _norm_partial)


def norm(x, ord=None, axis=None, keepdims=False):
    """The Euclidean (Frobenius) norm, or a vector norm of order 1, 2, inf, -inf or 0 < p along one axis.

    At x = 0 its derivative is taken as 0. Matrix norms other than Frobenius are refused.
    """
    x = _array(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    axes = tuple(range(x.ndim)) if axis is None else axis if isinstance(axis, tuple) else (axis,)
    if ord is None or (ord == "fro" and len(axes) == 2) or (ord == 2 and len(axes) == 1):
        return _norm(x, axis=axis, keepdims=keepdims)
    if len(axes) != 1 or isinstance(ord, str):
        raise ValueError(f"norm of order {ord!r} over {len(axes)} axes is not offered; use ord=None (Frobenius)")
    if ord == 1:
        return sum_(abs_(x), axis, keepdims=keepdims)
    if ord == float("inf"):
        return max_(abs_(x), axis, keepdims=keepdims)
    if ord == -float("inf"):
        return min_(abs_(x), axis, keepdims=keepdims)
    if ord == 0:
        return sum_(sign(abs_(x)), axis, keepdims=keepdims)
    return sum_(abs_(x) ** ord, axis, keepdims=keepdims) ** (1.0 / ord)


def vector_norm(x, *, axis=None, keepdims=False, ord=2):
    """The norm of order ``ord`` of all elements, or along ``axis``, taken as a vector."""
    x = _array(x)
    if axis is not None:
        return norm(x, ord, axis, keepdims)
    out = norm(reshape(x, (-1,)), ord)
    return reshape(out, (1,) * x.ndim) if keepdims else out


def trace(x, *, offset=0):
    """The sum along the diagonal of the last two axes."""
    return trace_of(x, offset, -2, -1)


def diagonal(x, *, offset=0):
    """The diagonal of the last two axes."""
    return diagonal_of(x, offset, -2, -1)


def matrix_power(a, n):
    """The n-th power of a square matrix, by squaring; negative powers through the inverse."""
    if n < 0:
        return matrix_power(inv(a), -n)
    if n == 0:
        from .creation import eye_like

        return eye_like(a)
    if n == 3:
        return matmul(matmul(a, a), a)
    result = None
    while n:
        n, odd = divmod(n, 2)
        if odd:
            result = a if result is None else matmul(result, a)
        if n:
            a = matmul(a, a)
    return result


_EXPORTED = """
    inv solve det slogdet cholesky eigh eigvalsh norm vector_norm trace matrix_power matmul
    matrix_transpose diagonal
"""
EXPORTS = {**{name: globals()[name] for name in _EXPORTED.split()}, "outer": products.outer}


def __getattr__(name):
    """What is not here is NumPy's own on plain arrays, without derivative: svd, qr, LinAlgError ..."""
    import numpy

    if name.startswith("_") or not hasattr(numpy.linalg, name):
        raise AttributeError(f"minigan.numpy.linalg has no attribute {name!r}, and neither has NumPy")
    found = getattr(numpy.linalg, name)
    if not callable(found) or isinstance(found, type):
        return found
    from .plain import plain_function

    return plain_function(f"linalg.{name}")
