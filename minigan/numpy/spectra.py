"""Eigenvalues and eigenvectors of symmetric (complex: Hermitian) matrices, over stacks.

One triangle of the matrix is read. Of one that is symmetric to rounding the derivative is along symmetric matrices, shared
by the two entries that are one; of any other it lies in the triangle.

With M = V^H dA V, dw = diag M and dV = V (F * M), F_ij = 1 / (w_j - w_i). Within an eigenspace the vectors are
arbitrary and F has no value. What depends on the eigenspaces alone, as V f(w) V^H does, has a derivative all the same:
in its backward pass the numerator vanishes with the gap, and their quotient is a limit, which is taken as one.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autodiff.batching import inside
from ..autodiff.displacement import displaced, inside_of, taken_apart
from ..autodiff.primitive import Example, cast, composed, differential, is_complex
from ..autodiff.program import Recorder
from ..autodiff.tracer import Tracer, innermost
from ..backend import backend_of, dtype_name, to_numpy
from .creation import eye_like
from .elementwise import abs as abs_
from .elementwise import conjugate_of, sqrt, where
from .indexing import diagonal as diagonal_of
from .products import matmul
from .reductions import max as max_
from .reductions import sum as sum_
from .shape import broadcast_to, expand_dims, matrix_transpose, reshape, tril, triu

NAN = float("nan")
_SYMMETRIC = [
    Example(((3, 3),), {}, "symmetric"),
    Example(((2, 3, 3),), {}, "symmetric"),
    Example(((3, 3),)),
    Example(((2, 3, 3),), {"UPLO": "U"}),
]


def adjoint(x):
    """The conjugate transpose."""
    return conjugate_of(matrix_transpose(x))


# -- which matrix is meant -----------------------------------------------------------------------------------


def symmetric_as_read(a, da, UPLO="L"):
    """How the symmetric matrix that is read moves with ``a``: by (dA + dA^H) / 2, or by what dA does to the triangle."""
    inside, half = (tril(da, -1), tril(da)) if UPLO == "L" else (triu(da, 1), triu(da))
    return where(is_symmetric(a), 0.5 * (da + adjoint(da)), inside + 0.5 * (half - inside + adjoint(half + inside)))


def _as_read_transposed(a, g, UPLO):
    """The transpose of `symmetric_as_read` at a symmetric ``g``."""
    folded = tril(g) + tril(g, -1) if UPLO == "L" else triu(g) + triu(g, 1)
    return where(is_symmetric(a), g, where(_on_diagonal(g), 0.5 * (g + conjugate_of(g)), folded))


def is_symmetric(a):
    """Whether each matrix of the stack is its own adjoint, up to a few roundings of its largest entry."""
    sizes, off = abs_(a), abs_(a - adjoint(a))
    if not a.shape[-1]:
        return off == 0
    return max_(off, axis=(-2, -1), keepdims=True) <= _rounding(a) * max_(sizes, axis=(-2, -1), keepdims=True)


class EighResult(NamedTuple):
    eigenvalues: Any
    eigenvectors: Any


def _gaps(w):
    """w_j - w_i in row i and column j."""
    return expand_dims(w, -2) - expand_dims(w, -1)


def _rounding(w):
    """What a few roundings leave of 1 for sums over a row of the matrix."""
    return 8.0 * w.shape[-1] * {"float32": 1.2e-7, "complex64": 1.2e-7, "float16": 1e-3}.get(dtype_name(w.dtype), 2.2e-16)


def _same(w):
    """Where two eigenvalues, one for the row and one for the column, are equal to rounding."""
    largest = (max_ if w.shape[-1] else sum_)(abs_(w), -1)
    return abs_(_gaps(w)) <= _rounding(w) * reshape(largest, (*w.shape[:-1], 1, 1))


def _on_diagonal(x):
    return eye_like(x) == 1


def _quotients(numerator, scale, w, limit=0.0):
    """numerator_ij / (w_j - w_i) between eigenspaces; within one the limit if the numerator vanishes there, else NaN.

    The numerator vanishes if it is what roundings leave of the entries of ``scale``.
    """
    same, diagonal = _same(w), _on_diagonal(scale)
    largest = (max_ if w.shape[-1] else sum_)(abs_(scale), axis=(-2, -1), keepdims=True)
    none = abs_(numerator) <= _rounding(w) * largest
    between = numerator / where(same, 1.0, _gaps(w))
    return where(diagonal, 0.0, where(same, where(none, limit, NAN), between))


def _push_eigh(tangents, out, args, params):
    (da,) = tangents
    w, v = out
    da = symmetric_as_read(args[0], da, **params)
    inner = matmul(adjoint(v), matmul(da, v))
    return cast(diagonal_of(inner, 0, -2, -1), w), cast(matmul(v, _quotients(inner, inner, w)), v)


def _pull_eigh(position, g, out, args, params):
    w, v = out
    (g_w, _), (g_v, speed) = (taken_apart(part, v) for part in g)
    inner = matmul(matrix_transpose(v), g_v)
    limit = 0.0
    if speed is not None:
        grows = matmul(matrix_transpose(v), speed)
        steps = _gaps(_direction(w))
        # a first derivative: of the limit, sqrt makes the next one NaN
        limit = 0.5 * (grows - adjoint(grows)) / where(steps == 0, 1.0, steps) * (1.0 + sqrt(0.0 * abs_(_gaps(w))))
    turned = _quotients(0.5 * (inner - adjoint(inner)), inner, w, limit)
    turned = where(_on_diagonal(inner), expand_dims(g_w, -1), turned)
    g = matmul(conjugate_of(v), matmul(turned, matrix_transpose(v)))
    return cast(_as_read_transposed(args[0], g, params.get("UPLO", "L")), args[0])


def _triangle(xp, UPLO):
    return (UPLO,) if hasattr(xp, "ufunc") else ()


def _as_lower(xp, x, UPLO):
    """The standard's functions read the lower triangle alone."""
    if UPLO == "L" or hasattr(xp, "ufunc"):
        return x
    return xp.conj(xp.matrix_transpose(x)) if is_complex(x) else xp.matrix_transpose(x)


_eigh = differential(
    "eigh",
    _push_eigh,
    _pull_eigh,
    library=lambda xp, x, UPLO="L": tuple(xp.linalg.eigh(_as_lower(xp, x, UPLO), *_triangle(xp, UPLO))),
    examples=_SYMMETRIC,
    multiple=True,
)


def eigh(a, UPLO="L"):
    """Eigenvalues in increasing order and orthonormal eigenvectors of a symmetric matrix, of which one triangle is read,
    the lower or the upper.

    Of a matrix that is symmetric to rounding the derivative is along symmetric matrices; of any other it lies in the
    triangle that is read. Where eigenvalues coincide, to rounding,
    reverse mode is exact for functions of the eigenspaces, such as ``(v * f(w)) @ v.T``, and NaN for others,
    which have no derivative; forward mode and second derivatives are exact for functions of the eigenvalues,
    and NaN where vectors within an eigenspace would turn.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> def root(a):
    ...     w, v = mnp.linalg.eigh(a)
    ...     return ((v * mnp.sqrt(w)) @ v.T)[1, 0]
    >>> mg.to_numpy(mg.grad(root)(4.0 * mnp.eye(2)))  # 1 / (2 sqrt 4), shared by the two entries that are one
    array([[0.   , 0.125],
           [0.125, 0.   ]])
    """
    w, v = _eigh(a) if _read_triangle(UPLO) == "L" else _eigh(a, UPLO="U")
    if type(w) is Tracer and _may_coincide(w):
        w = displaced(w, _direction(w), inside_of(v))
    return EighResult(w, v)


def _read_triangle(UPLO):
    if str(UPLO).upper() not in ("L", "U"):
        raise ValueError(f"UPLO={UPLO!r} names no triangle: write UPLO='L' for the lower one or UPLO='U'")
    return UPLO.upper()


def _direction(w):
    """0, 1, 2, ...: a displacement that takes any two eigenvalues apart."""
    base = innermost(w)
    steps = backend_of(base).create("arange", w.shape[-1], dtype=base.dtype)
    return broadcast_to(steps, w.shape)


def _may_coincide(w) -> bool:
    """Whether some eigenvalues are equal to rounding; of values that are being recorded, nobody knows."""
    while type(w) is Tracer:
        if isinstance(w.owner, Recorder):
            return True
        w = inside(w)
    same = to_numpy(_same(w))
    return bool((same.sum(axis=-1) > 1).any())


_eigvalsh = composed(
    "eigvalsh",
    lambda x, **triangle: _eigh(x, **triangle)[0],
    library=lambda xp, x, UPLO="L": xp.linalg.eigvalsh(_as_lower(xp, x, UPLO), *_triangle(xp, UPLO)),
    examples=_SYMMETRIC,
)


def eigvalsh(a, UPLO="L"):
    """Eigenvalues in increasing order of a symmetric matrix, of which one triangle is read, as `eigh` has them."""
    return _eigvalsh(a) if _read_triangle(UPLO) == "L" else _eigvalsh(a, UPLO="U")
