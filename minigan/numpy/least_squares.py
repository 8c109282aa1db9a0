"""Linear systems with more or fewer equations than unknowns, and of tensors; the rank of a matrix.

Source of the rule: Golub & Pereyra (1973), "The differentiation of pseudo-inverses".
"""

from __future__ import annotations

import math

from numpy.linalg import LinAlgError

from ..autodiff.primitive import Example, cast, constant, differential, is_complex
from .arguments import refuse
from .creation import zeros_like_array
from .elementwise import abs as abs_
from .elementwise import astype, square
from .factorisations import _push_pinv, svdvals
from .products import matmul
from .reductions import count_nonzero
from .reductions import max as max_
from .reductions import sum as sum_
from .shape import _array, reshape, transpose
from .spectra import eigvalsh
from .systems import inv, solve


def _adjoint(xp, x):
    return xp.conj(xp.matrix_transpose(x)) if is_complex(x) else xp.matrix_transpose(x)


def _cut(xp, a, share):
    """Pseudo-inverse, singular values, and how many of these are above a share of the largest."""
    u, s, vh = xp.linalg.svd(a, full_matrices=False)
    kept = s > share * xp.max(s, axis=-1, keepdims=True)
    inverse = xp.where(kept, 1.0 / xp.where(kept, s, 1.0), 0.0 * s)
    return (_adjoint(xp, vh) * xp.astype(inverse, a.dtype)[..., None, :]) @ _adjoint(xp, u), s, kept


_cut_inverse = differential(
    "cut_pinv",
    _push_pinv,
    library=lambda xp, a, share: _cut(xp, a, share)[0],
    examples=[Example(((4, 3),), {"share": 1e-12}, "distinct"), Example(((3, 4),), {"share": 1e-12}, "distinct")],
)


def _lstsq(xp, a, b, rcond):
    """Solution, residuals and singular values, as the library has them, or by the pseudo-inverse."""
    if hasattr(xp.linalg, "lstsq"):
        x, residuals, _, s = xp.linalg.lstsq(a, b, rcond=rcond)
        return x, residuals, s
    inverse, s, kept = _cut(xp, a, rcond)
    x = inverse @ b
    left = xp.reshape(b - a @ x, (b.shape[0], -1))
    whole = a.shape[0] > a.shape[1] and bool(xp.all(kept))
    return x, xp.sum(xp.abs(left) ** 2, axis=0)[: None if whole else 0], s


def _composition(a, b, rcond, has_residuals):
    x = matmul(_cut_inverse(a, share=rcond), b)
    left = reshape(b - matmul(a, x), (b.shape[0], -1))
    s = svdvals(a)
    return x, sum_(square(abs_(left)), 0) if has_residuals else zeros_like_array(s, (0,)), s


def _push_lstsq(tangents, out, args, params):
    from ..autodiff.forward import jvp

    moving = [i for i, tangent in enumerate(tangents) if tangent is not None]

    def of_moving(*values):
        full = list(args)
        for i, value in zip(moving, values):
            full[i] = value
        return _composition(*full, **params, has_residuals=out[1].shape[0] > 0)

    moved = jvp(of_moving, tuple(args[i] for i in moving), tuple(tangents[i] for i in moving))[1]
    return tuple(cast(part, like) for part, like in zip(moved, out))


_SYSTEMS = [
    Example(((4, 3), (4,)), {"rcond": 1e-12}, "distinct"),
    Example(((3, 4), (3, 2)), {"rcond": 1e-12}, "distinct"),
]
_lstsq = differential(
    "lstsq", _push_lstsq, library=_lstsq, examples=_SYSTEMS, differentiable=(0, 1), multiple=True
)
_lstsq_rank = constant(
    "lstsq_rank",
    library=lambda xp, a, rcond: (
        xp.linalg.lstsq(a, a[:, 0], rcond=rcond)[2]
        if hasattr(xp.linalg, "lstsq")
        else xp.astype(xp.count_nonzero(_cut(xp, a, rcond)[2]), xp.int32)
    ),
    examples=[Example(((3, 4),), {"rcond": 1e-12})],
)


def _rounding(a):
    """The spacing of a matrix's dtype at 1, times its longer side."""
    from ..backend import dtype_name

    eps = 1.1920928955078125e-07 if dtype_name(a.dtype) in ("float32", "complex64") else 2.220446049250313e-16
    return eps * max(a.shape[-2:])


def lstsq(a, b, rcond=None):
    """The shortest x that minimises |a x - b|, the squared lengths of the rest, the rank of ``a``, its singular values.

    Singular values that are zero to rounding count as zero; the derivative is along matrices of the same rank.
    """
    if rcond is not None:
        refuse("linalg.lstsq", "rcond")
    return least_squares(_array(a), _array(b), None)


def least_squares(a, b, rcond):
    """`lstsq` where singular values below ``rcond`` times the largest, which are to be roundings, count as zero."""
    rcond = _rounding(a) if rcond is None else rcond
    x, residuals, s = _lstsq(a, b, rcond=rcond)
    return x, residuals, _lstsq_rank(a, rcond=rcond), s


def matrix_rank(A, tol=None, hermitian=False, *, rtol=None):
    """How many singular values are above ``tol``, by default ``rtol`` (rounding) times the largest; derivative zero."""
    if tol is not None and rtol is not None:
        raise ValueError(f"matrix_rank takes tol= or rtol=, and was given both: {tol!r} and {rtol!r}")
    A = _array(A)
    if A.ndim < 2:
        return astype(count_nonzero(A) > 0, "int64")
    if hermitian and A.shape[-1] != A.shape[-2]:
        raise LinAlgError(f"matrix_rank of matrices of shape {tuple(A.shape)} as Hermitian ones, which are square")
    s = abs_(eigvalsh(A)) if hermitian else svdvals(A)
    if s.shape[-1] == 0:
        return count_nonzero(s, -1)
    if tol is None:
        tol = max_(s, -1, keepdims=True) * (_rounding(A) if rtol is None else rtol)
    elif getattr(tol, "ndim", 0):
        tol = tol[..., None]
    return count_nonzero(s > tol, -1)


def tensorsolve(a, b, axes=None):
    """The x with tensordot(a, x, x.ndim) = b; ``axes`` of ``a`` are first moved to its end."""
    a, b = _array(a), _array(b)
    if axes is not None:
        order = [i for i in range(a.ndim) if i not in axes]
        a = transpose(a, order + list(axes))
    shape = tuple(a.shape[b.ndim - a.ndim :]) if a.ndim > b.ndim else ()
    size = math.prod(shape)
    if math.prod(a.shape) != size * size or size != math.prod(b.shape):
        raise ValueError(f"tensorsolve of shapes {tuple(a.shape)} and {tuple(b.shape)}: they make no square system")
    return reshape(solve(reshape(a, (size, size)), reshape(b, (-1,))), shape)


def tensorinv(a, ind=2):
    """The inverse of ``a`` as a map from its last axes to its first ``ind`` ones."""
    a = _array(a)
    if ind <= 0:
        raise ValueError(f"tensorinv takes a positive number of axes, and was given ind={ind}")
    first, last = tuple(a.shape[:ind]), tuple(a.shape[ind:])
    return reshape(inv(reshape(a, (math.prod(first), math.prod(last)))), last + first)
