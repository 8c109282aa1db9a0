"""Determinants and their logarithms, over stacks; of det, the derivative is the adjugate, which no matrix lacks."""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autodiff.primitive import Example, cast, differential, is_complex
from ..autodiff.tracer import innermost
from ..backend import backend_of
from .creation import eye_like
from .elementwise import from_parts, imag
from .indexing import take
from .indexing import trace as trace_of
from .products import matmul
from .shape import matrix_transpose, moveaxis, reshape
from .systems import inv, solve_primitive

_MATRICES = [Example(((3, 3),), {}, "well conditioned"), Example(((2, 3, 3),), {}, "well conditioned")]
MOST_MINORS = 8  # rows up to which the adjugate's derivative is that of all minors, right at singular matrices too


def _adjugate(xp, x):
    """det(x) x^-1 without the division: V adj(S) U^H det(U) det(V^H) from x = U S V^H; NaN if x is not finite."""
    whole = xp.all(xp.isfinite(x), axis=(-2, -1), keepdims=True)
    if not xp.all(whole):
        return xp.where(whole, _adjugate(xp, xp.where(whole, x, xp.zeros_like(x))), float("nan"))
    u, s, vh = xp.linalg.svd(x, full_matrices=False)
    n = s.shape[-1]
    if n == 0:
        return x
    before, after = [xp.ones_like(s[..., 0])], [xp.ones_like(s[..., 0])]
    for k in range(n - 1):
        before.append(before[-1] * s[..., k])
        after.append(after[-1] * s[..., n - 1 - k])
    others = xp.stack([b * a for b, a in zip(before, reversed(after))], axis=-1)
    turn = xp.linalg.det(u) * xp.linalg.det(vh)
    columns = xp.matrix_transpose(vh) * xp.astype(others, x.dtype)[..., None, :]
    if is_complex(x):
        return xp.conj(columns) @ xp.conj(xp.matrix_transpose(u)) * turn[..., None, None]
    return columns @ xp.matrix_transpose(u) * turn[..., None, None]


def _push_adjugate(tangents, out, args, params):
    """Cofactors move as determinants do; of large matrices as det(A) A^-1 does, which must then be regular."""
    (a,), (da,) = args, tangents
    n = a.shape[-1]
    if n <= 1:
        return 0.0 * da
    if n > MOST_MINORS:
        whole = trace_of(matmul(out, da), 0, -2, -1)[..., None, None] * eye_like(a)
        return solve_primitive(a, whole - matmul(da, out))
    moved = trace_of(matmul(adjugate(_minors(a)), _minors(da)), 0, -2, -1)
    signs = backend_of(innermost(a)).asarray([[(-1.0) ** (i + j) for j in range(n)] for i in range(n)], dtype=a.dtype)
    return matrix_transpose(signs * moved)


def _minors(a):
    """``a`` without its i-th row and j-th column, at [..., i, j, :, :]."""
    n = a.shape[-1]
    rows = [[k for k in range(n) if k != i] for i in range(n)]
    chosen = take(a, [k for row in rows for k in row], -2)
    chosen = reshape(chosen, (*a.shape[:-2], n, n - 1, n))
    chosen = take(chosen, [k for row in rows for k in row], -1)
    chosen = reshape(chosen, (*a.shape[:-2], n, n - 1, n, n - 1))
    return moveaxis(chosen, -2, -3)


adjugate = differential("adjugate", _push_adjugate, library=_adjugate, examples=_MATRICES)
det = differential(
    "det",
    lambda tangents, out, args, params: trace_of(matmul(adjugate(args[0]), tangents[0]), 0, -2, -1),
    lambda position, g, out, args, params: _grow(g) * matrix_transpose(adjugate(args[0])),
    library="linalg.det",
    examples=_MATRICES,
)


class SlogdetResult(NamedTuple):
    sign: Any
    logabsdet: Any


def _grow(x):
    return reshape(x, (*x.shape, 1, 1))


def _push_slogdet(tangents, out, args, params):
    """tr(A^-1 dA): its real part moves the logarithm, its imaginary part turns a complex sign."""
    moved = trace_of(solve_primitive(args[0], tangents[0]), 0, -2, -1)
    turned = out[0] * from_parts(0.0, imag(moved)) if is_complex(moved) else 0.0 * out[0]
    return turned, cast(moved, out[1])


def _pull_slogdet(position, g, out, args, params):
    (g_sign, g_log), (sign, _) = g, out
    if is_complex(sign):
        g_log = g_log + from_parts(0.0, imag(g_sign * sign))
    return _grow(g_log) * matrix_transpose(inv(args[0]))


_slogdet = differential(
    "slogdet",
    _push_slogdet,
    _pull_slogdet,
    library=lambda xp, x: tuple(xp.linalg.slogdet(x)),
    examples=_MATRICES,
    multiple=True,
)


def slogdet(a):
    """The sign of the determinant and the logarithm of its absolute value: ``(sign, logabsdet)``."""
    return SlogdetResult(*_slogdet(a))
