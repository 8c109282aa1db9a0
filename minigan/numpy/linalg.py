"""Linear algebra: `systems`, `determinants`, `norms`, `spectra`, and what is short enough to stand here.

Sources of the rules: Giles (2008), "Collected matrix derivative results for forward and reverse mode".
"""

from __future__ import annotations

import operator

from numpy.linalg import LinAlgError

from ..autodiff.primitive import Example, composed, differential
from . import products
from .determinants import det, slogdet  # noqa: F401, functions of this namespace
from .eigenvalues import eig, eigvals  # noqa: F401
from .elementwise import conjugate_of, where
from .factorisations import (  # noqa: F401
    cond,
    matrix_norm,
    multi_dot,
    pinv,
    qr,
    svd,
    svdvals,
)
from .indexing import diagonal as diagonal_of
from .indexing import trace as trace_of
from .least_squares import lstsq, matrix_rank, tensorinv, tensorsolve  # noqa: F401
from .norms import norm, vector_norm  # noqa: F401
from .products import matmul
from .rearranging import cross_along
from .shape import _array, matrix_transpose, tril  # noqa: F401
from .spectra import adjoint, eigh, eigvalsh, is_symmetric, symmetric_as_read  # noqa: F401
from .systems import inv, solve, solve_primitive  # noqa: F401

_POSITIVE = [Example(((3, 3),), {}, "positive definite"), Example(((2, 3, 3),), {}, "positive definite")]

# -- factorisations ------------------------------------------------------------------------------------------


def _lower_half(x):
    """The lower triangle with its diagonal halved: Phi of the Cholesky rule."""
    return 0.5 * (tril(x) + tril(x, -1))


def _push_cholesky(tangents, out, args, params):
    """dL = L Phi(L^-1 dA L^-T), dA that of the symmetric matrix which is read."""
    (da,) = tangents
    da = symmetric_as_read(args[0], da)
    left = solve_primitive(out, da)
    return matmul(out, _lower_half(adjoint(solve_primitive(out, adjoint(left)))))


def _pull_cholesky(position, g, out, args, params):
    """With S = L^-H Phi(L^H G) L^-1: (S + S^H) / 2 of a symmetric matrix, Phi(S + S^H) of the triangle of any other."""
    middle = _lower_half(matmul(adjoint(out), conjugate_of(g)))
    right = adjoint(solve_primitive(adjoint(out), adjoint(middle)))
    right = solve_primitive(adjoint(out), right)
    both = right + adjoint(right)
    return conjugate_of(where(is_symmetric(args[0]), 0.5 * both, _lower_half(both)))


_cholesky = differential("cholesky", _push_cholesky, _pull_cholesky, library="linalg.cholesky", examples=_POSITIVE)


def _upper_factor(xp, a):
    """The standard's function reads the lower triangle, and CuPy's has no other: they are given the adjoint."""
    if xp.__name__ == "numpy":
        return xp.linalg.cholesky(a, upper=True)
    return xp.conj(xp.matrix_transpose(xp.linalg.cholesky(xp.conj(xp.matrix_transpose(a)))))


_upper_cholesky = composed(
    "cholesky_upper",
    lambda a: adjoint(_cholesky(adjoint(a))),
    library=_upper_factor,
    examples=_POSITIVE,
)


def cholesky(a, /, *, upper=False):
    """The lower triangular L with ``L L^H = a``, or the upper one, L^H, read from the upper triangle of ``a``.

    Of a matrix that is symmetric to rounding the derivative is along symmetric matrices; of any other it lies in the
    triangle that is read.
    """
    return _upper_cholesky(a) if upper else _cholesky(a)


# -- diagonals, powers ---------------------------------------------------------------------------------------


def trace(x, /, *, offset=0, dtype=None):
    """The sum along the diagonal of the last two axes."""
    return trace_of(x, offset, -2, -1, dtype)


def diagonal(x, /, *, offset=0):
    """The diagonal of the last two axes."""
    return diagonal_of(x, offset, -2, -1)


def matrix_power(a, n):
    """The n-th power of a square matrix, by squaring; negative powers through the inverse."""
    n, a = operator.index(n), _array(a)
    if a.ndim < 2 or a.shape[-1] != a.shape[-2]:
        raise LinAlgError(f"matrix_power of an array of shape {tuple(a.shape)}, which is not square")
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
    matrix_transpose diagonal svd svdvals qr pinv matrix_norm cond multi_dot
    eig eigvals lstsq matrix_rank tensorsolve tensorinv
"""
EXPORTS = {**{name: globals()[name] for name in _EXPORTED.split()}, "outer": products.outer, "vecdot": products.vecdot,
           "cross": cross_along, "tensordot": products.tensordot}  # fmt: skip


def __getattr__(name):
    """What is not here is NumPy's own on plain arrays, without derivative: LinAlgError ..."""
    import numpy

    if name.startswith("_") or not hasattr(numpy.linalg, name):
        raise AttributeError(f"minigan.numpy.linalg has no attribute {name!r}, and neither has NumPy")
    found = getattr(numpy.linalg, name)
    if not callable(found) or isinstance(found, type):
        return found
    from .plain import plain_function

    return plain_function(f"linalg.{name}")
