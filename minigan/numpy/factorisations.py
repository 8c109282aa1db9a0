"""Singular values, orthogonal factors, pseudo-inverses, and what is made of them.

Sources of the rules: Townsend (2016), "Differentiating the singular value decomposition"; Golub & Pereyra (1973).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autodiff.primitive import Example, cast, composed, differential, is_complex, places_of
from .elementwise import abs as abs_
from .elementwise import where
from .indexing import diagonal
from .products import dot, matmul
from .reductions import _floating
from .reductions import min as min_
from .reductions import sum as sum_
from .shape import _array, expand_dims, matrix_transpose, moveaxis, reshape, tril, triu
from .spectra import adjoint
from .systems import inv, solve_primitive

_ANY = [Example(((3, 4),), {}, "distinct"), Example(((2, 4, 3),), {}, "distinct")]
_WELL = [Example(((3, 3),), {}, "well conditioned"), Example(((2, 3, 3),), {}, "well conditioned")]


class SVDResult(NamedTuple):
    U: Any
    S: Any
    Vh: Any


class QRResult(NamedTuple):
    Q: Any
    R: Any


def _push_svd(tangents, out, args, params):
    """ds = Re diag P, P = U^H dA V; U and V turn by P S + S P^H and S P + P^H S over s_j^2 - s_i^2.

    A column's phase against its row's turns by Im P_ii / s_i; it is U that turns.
    What lies outside of U's columns, and V's, is moved straight. Equal or vanishing singular values make NaN.
    """
    (da,), (u, s, vh) = tangents, out
    v = adjoint(vh)
    p = matmul(adjoint(u), matmul(da, v))
    column, row = expand_dims(s, -1), expand_dims(s, -2)
    on_diagonal = diagonal_mask(p)
    gap = where(on_diagonal, 1.0, (row - column) * (row + column))
    turn_u = where(on_diagonal, 0.0, (p * row + column * adjoint(p)) / gap)
    turn_v = where(on_diagonal, 0.0, (column * p + adjoint(p) * row) / gap)
    if is_complex(p):
        turn_u = turn_u + where(on_diagonal, 0.5 * (p - adjoint(p)), 0.0) / row
    outside_u = matmul(da, v) - matmul(u, p)
    outside_v = matmul(adjoint(da), u) - matmul(v, adjoint(p))
    du = matmul(u, turn_u) + (outside_u / row if u.shape[-2] > u.shape[-1] else 0.0 * u)
    dv = matmul(v, turn_v) + (outside_v / row if v.shape[-2] > v.shape[-1] else 0.0 * v)
    return du, cast(diagonal(p, 0, -2, -1), s), adjoint(dv)


def diagonal_mask(x):
    from .creation import eye_like

    return eye_like(x) == 1


_svd = differential(
    "svd",
    _push_svd,
    library=lambda xp, x: tuple(xp.linalg.svd(x, full_matrices=False)),
    examples=_WELL,
    multiple=True,
)


def svd(a, full_matrices=True, compute_uv=True):
    """``a = U diag(S) Vh`` with orthonormal columns of U and rows of Vh, and S falling; reduced, when traced.

    The derivative is that of functions of the factors that do not see a common sign (complex: phase) of a column of U
    and its row of Vh; singular values that are equal or zero have NaN in the derivatives of U and Vh.
    """
    a = _array(a)
    if not compute_uv:
        return svdvals(a)
    if full_matrices and a.shape[-2] != a.shape[-1]:
        raise TypeError(
            f"svd of a traced array of shape {tuple(a.shape)} with full_matrices=True: "
            "the columns that it fills up are arbitrary; write svd(a, full_matrices=False)"
        )
    return SVDResult(*_svd(a))


svdvals = composed(
    "svdvals",
    lambda x: _svd(x)[1],
    library=lambda xp, x: xp.linalg.svdvals(x) if hasattr(xp.linalg, "svdvals") else xp.linalg.svd(x, compute_uv=False),
    examples=_ANY,
)


def _push_qr(tangents, out, args, params):
    """With C = Q^H dA R^-1 = Q^H dQ + dR R^-1, an antisymmetric and an upper triangular part."""
    (da,), (q, r) = tangents, out
    right = matrix_transpose(solve_primitive(matrix_transpose(r), matrix_transpose(da)))  # dA R^-1
    c = matmul(adjoint(q), right)
    turn = tril(c, -1) - adjoint(tril(c, -1))
    if is_complex(c):
        turn = turn + 0.5 * (tril(triu(c)) - adjoint(tril(triu(c))))
    return matmul(q, turn) + right - matmul(q, c), matmul(c - turn, r)


_qr = differential(
    "qr", _push_qr, library=lambda xp, x: tuple(xp.linalg.qr(x, mode="reduced")), examples=_WELL[:2], multiple=True
)


def qr(a, mode="reduced"):
    """``a = Q R``, Q with orthonormal columns, R upper triangular; ``a`` has at least as many rows as columns."""
    a = _array(a)
    if mode not in ("reduced", "r") or a.shape[-2] < a.shape[-1]:
        raise TypeError(
            f"qr of a traced array of shape {tuple(a.shape)} with mode={mode!r}: "
            "derivatives are offered of mode 'reduced' or 'r' and of matrices with no more columns than rows"
        )
    q, r = _qr(a)
    return r if mode == "r" else QRResult(q, r)


def _push_pinv(tangents, out, args, params):
    """-P dA P + P P^H dA^H (1 - A P) + (1 - P A) dA^H P^H P, where the rank stays what it is."""
    (a,), (da,) = args, tangents
    dah, ph = adjoint(da), adjoint(out)
    left, right = matmul(matmul(out, ph), dah), matmul(dah, matmul(ph, out))
    moved = left - matmul(left, matmul(a, out)) + right - matmul(matmul(out, a), right)
    return moved - matmul(matmul(out, da), out)


pinv_primitive = differential("pinv", _push_pinv, library="linalg.pinv", examples=_ANY)


def pinv(a):
    """The Moore-Penrose pseudo-inverse; its derivative is along matrices of the same rank."""
    return pinv_primitive(_array(a))


def matrix_norm(x, *, keepdims=False, ord="fro"):
    """The norm of the last two axes: "fro", "nuc", 2 and -2 (singular values), 1 and -1 (columns), inf and -inf (rows)."""
    from .norms import frobenius, largest

    x = _floating(_array(x))
    places_of((-2, -1), x.ndim)
    if ord == "fro":
        return frobenius(x, axis=(-2, -1), keepdims=keepdims)
    infinity = float("inf")
    if ord in ("nuc", 2, -2):
        values = svdvals(x)
        out = sum_(values, -1) if ord == "nuc" else (largest if ord == 2 else min_)(values, -1)
    elif ord in (1, -1, infinity, -infinity):
        sums = sum_(abs_(x), -2 if ord in (1, -1) else -1)
        out = (largest if ord > 0 else min_)(sums, -1)
    else:
        raise ValueError(f"matrix norm of order {ord!r} is unknown; choose fro, nuc, 1, -1, 2, -2, inf or -inf")
    return reshape(out, (*out.shape, 1, 1)) if keepdims else out


def matrix_norm_over(x, ord, axes, keepdims):
    """`matrix_norm` over two given axes."""
    rows, columns = places_of(axes, x.ndim)
    out = matrix_norm(moveaxis(x, (rows, columns), (-2, -1)), ord=ord)
    return reshape(out, tuple(1 if i in (rows, columns) else n for i, n in enumerate(x.shape))) if keepdims else out


def cond(x, p=None):
    """|x| |x^-1|, in the norm of order ``p``; by default the largest singular value over the smallest."""
    x = _array(x)
    if p in (None, 2, -2):
        values = svdvals(x)
        return values[..., 0] / values[..., -1] if p != -2 else values[..., -1] / values[..., 0]
    return matrix_norm(x, ord=p) * matrix_norm(inv(x), ord=p)


def multi_dot(arrays):
    """The product of several matrices, the first and last of which may be vectors, with the fewest multiplications."""
    parts = [_array(a) for a in arrays]
    if len(parts) < 2:
        raise ValueError(f"multi_dot takes at least two arrays, and was given {len(parts)}")
    first, last = parts[0], parts[-1]
    inner = [part.shape[0] for part in parts[1:]]
    rows, columns = (first.shape[0] if first.ndim == 2 else 1), (last.shape[1] if last.ndim == 2 else 1)
    return _ordered_product(parts, [rows, *inner, columns])


def _ordered_product(parts, sizes):
    n = len(parts)
    cost = [[0] * n for _ in range(n)]
    cut = [[0] * n for _ in range(n)]
    for width in range(1, n):
        for i in range(n - width):
            j = i + width
            found = [(cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1], k) for k in range(i, j)]
            cost[i][j], cut[i][j] = min(found)

    def product(i, j):
        return parts[i] if i == j else dot(product(i, cut[i][j]), product(cut[i][j] + 1, j))

    return product(0, n - 1)
