"""Polynomials as vectors of coefficients, the highest power first, as NumPy's older functions have them."""

from __future__ import annotations

import numpy

from ..autodiff.primitive import is_complex
from ..autodiff.tracer import Tracer, innermost
from ..backend import backend_of, dtype_name
from .arguments import refuse
from .creation import arange_like, joint_dtype, ones_like_array, zeros_like_array
from .elementwise import astype, sqrt
from .indexing import diag
from .rearranging import trim_zeros
from .reductions import cumprod
from .reductions import sum as sum_
from .shape import _array, atleast_1d, broadcast_to, concatenate, flip, is_int, ravel, reshape
from .signals import convolve


def _beside_integers(x):
    """In the dtype of products with int64: float64, complex128, or of integers int64."""
    if dtype_name(x.dtype).startswith(("int", "uint", "bool")):
        return astype(x, "int64")
    return astype(x, "complex128" if is_complex(x) else "float64")


def vander(x, N=None, increasing=False):
    """The matrix of powers of ``x``: N columns, as many as rows by default, the highest power first."""
    x = _array(x)
    if x.ndim != 1:
        raise ValueError(f"vander of an array of shape {tuple(x.shape)}: it takes a vector")
    x, N = _beside_integers(x), x.shape[0] if N is None else N
    if N == 0:
        return zeros_like_array(x, (x.shape[0], 0))
    column = reshape(x, (-1, 1))
    powers = cumprod(broadcast_to(column, (x.shape[0], N - 1)), 1)
    out = concatenate([ones_like_array(x, (x.shape[0], 1)), powers], 1)
    return out if increasing else flip(out, 1)


def polyval(p, x):
    """The value at ``x`` of the polynomial ``p``, by Horner's rule."""
    out, x = zeros_like_array(_array(x)), _array(x)
    for coefficient in _array(p):
        out = out * x + coefficient
    return out


def _aligned(a1, a2):
    """Both with zeros in front of the shorter."""
    parts = [atleast_1d(_array(a)) for a in (a1, a2)]
    size = max(part.shape[0] for part in parts)
    return [
        part if part.shape[0] == size else concatenate([zeros_like_array(part, (size - part.shape[0],)), part])
        for part in parts
    ]


def polyadd(a1, a2):
    """The sum of two polynomials."""
    first, second = _aligned(a1, a2)
    return first + second


def polysub(a1, a2):
    """The difference of two polynomials."""
    first, second = _aligned(a1, a2)
    return first - second


def polymul(a1, a2):
    """The product of two polynomials, whose leading zeros are left out."""
    parts = (trim_zeros(atleast_1d(_array(a)), "f") for a in (a1, a2))
    return convolve(*(part if part.shape[0] else zeros_like_array(part, (1,)) for part in parts))


def polydiv(u, v):
    """Quotient and remainder of two polynomials."""
    u, v = (atleast_1d(_array(part)) + 0.0 for part in (u, v))  # without a negative zero
    u = astype(u, numpy.result_type(dtype_name(u.dtype), dtype_name(v.dtype)).name)
    m, n = u.shape[0] - 1, v.shape[0] - 1
    scale, v = 1.0 / v[0], astype(v, u.dtype)  # the quotient's unit is rounded as the divisor is
    quotient, rest = [], u
    for k in range(m - n + 1):
        quotient.append(astype(scale, u.dtype) * rest[k])
        taken = rest[k : k + n + 1] - quotient[-1] * v
        rest = concatenate([rest[:k], taken, rest[k + n + 1 :]])
    quotient = [reshape(q, (1,)) for q in quotient] or [zeros_like_array(u, (1,))]
    small = [bool(abs(x) <= 1e-8) for x in _values(rest)]
    kept = next((i for i, leaves in enumerate(small) if not leaves), max(len(small) - 1, 0))
    return concatenate(quotient), rest[kept:]


def polyder(p, m=1):
    """The m-th derivative of a polynomial."""
    p = _array(p)
    if m < 0:
        raise ValueError(f"polyder of order {m}: it takes a number that is not negative")
    for _ in range(m):
        p = astype(p, joint_dtype([p, arange_like(p, 1)]))
        n = p.shape[0] - 1
        p = _beside_integers(p)
        p = p[:-1] * astype(flip(arange_like(p, n) + 1), p.dtype) if n > 0 else p[:0]
    return p


def polyint(p, m=1, k=None):
    """The m-th antiderivative of a polynomial, with constants of integration ``k``, zero by default."""
    p = _beside_integers(_array(p)) if m else _array(p)
    constants = [0.0] * m if k is None else [k] * m if is_int(k) or isinstance(k, float) else list(_array(k))
    if m < 0:
        raise ValueError(f"polyint of order {m}: it takes a number that is not negative")
    if len(constants) != m:
        raise ValueError(f"polyint integrates {m} times and takes as many constants, and was given {len(constants)}")
    for constant in constants:
        p = astype(p, joint_dtype([p, arange_like(p, 1), 0.0]))
        ending = zeros_like_array(p, (1,)) + constant
        p = concatenate([p / astype(flip(arange_like(p, p.shape[0]) + 1), p.dtype), ending])
    return p


def polyfit(x, y, deg, rcond=None, full=False, w=None, cov=False):
    """The coefficients of the polynomial of a degree that fits the points (x, y) best in the (weighted) least squares."""
    from .least_squares import least_squares

    for key, given in (("rcond", rcond is not None), ("full", full), ("cov", cov)):
        if given:
            refuse("polyfit", key, None if key == "rcond" else f"leave {key}= away: coefficients alone have derivatives")
    x, y = _array(x) + 0.0, _array(y) + 0.0
    if x.size == 0:
        raise TypeError("polyfit of no points: it takes one at least")
    rcond = x.shape[0] * _spacing_at_one(x)
    left, right = vander(x, deg + 1), y
    if w is not None:
        w = reshape(_array(w) + 0.0, (-1, 1))
        left, right = left * w, right * (w if y.ndim == 2 else ravel(w))
    scale = sqrt(sum_(left * left, 0))
    coefficients = least_squares(left / scale, right, rcond)[0]
    return coefficients / (scale if y.ndim == 1 else reshape(scale, (-1, 1)))


def _spacing_at_one(x):
    return float(backend_of(innermost(x)).xp.finfo(x.dtype).eps)


def roots(p):
    """The roots of a polynomial, which move with its coefficients while they are simple.

    Of traced real coefficients the roots must be real; ``mnp.roots(p.astype(complex))`` takes any.
    """
    from .eigenvalues import eigvals

    p = trim_zeros(atleast_1d(_array(p)), "f")
    kept = trim_zeros(p, "b")
    at_zero, n = p.shape[0] - kept.shape[0], kept.shape[0]
    if n < 2:
        return zeros_like_array(p, (at_zero,), "float64")
    row = reshape(-kept[1:] / kept[0, ...], (1, -1))
    companion = concatenate([row, diag(ones_like_array(kept, (n - 1,)))[:-1, ...]], 0)
    found = eigvals(companion)
    return concatenate([found, zeros_like_array(found, (at_zero,))]) if at_zero else found


def poly(seq_of_zeros):
    """The polynomial with the given zeros, or the characteristic polynomial of a square matrix."""
    from .eigenvalues import eigvals

    zeros = atleast_1d(_array(seq_of_zeros))
    zeros = eigvals(zeros) if zeros.ndim == 2 else zeros
    zeros = astype(zeros, "float64") if dtype_name(zeros.dtype).startswith(("float16", "int", "uint", "bool")) else zeros
    if zeros.shape[0] == 0:
        return ones_like_array(zeros, ())
    one = ones_like_array(zeros, (1,))
    out = one
    for i in range(zeros.shape[0]):
        out = convolve(out, concatenate([one, -zeros[i : i + 1]]))
    return out


def _values(x):
    """Plain numbers of a traced vector, on which a shape depends."""
    from ..backend import to_numpy

    while type(x) is Tracer:
        x = x.owner.concrete(x, "polydiv")
    return to_numpy(x)


_EXPORTED = """
    vander polyval polyadd polysub polymul polydiv polyder polyint polyfit roots poly
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
