"""Eigenvalues and eigenvectors of general matrices, over stacks, where the eigenvalues are simple.

With M = V^-1 dA V, dw = diag M and dV = V (F * M), F_ij = 1 / (w_j - w_i), less what changes the length of a vector.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from ..autodiff.batching import inside
from ..autodiff.primitive import Example, cast, composed, differential, is_complex
from ..autodiff.program import Recorder
from ..autodiff.tracer import Tracer, innermost
from ..backend import backend_of, to_numpy
from .creation import eye_like
from .elementwise import conjugate_of, real, where
from .indexing import diagonal
from .products import matmul
from .reductions import any as any_
from .reductions import sum as sum_
from .shape import _array
from .spectra import NAN, _gaps, _same
from .systems import solve_primitive

# of a real matrix with a dominant, distinct diagonal, and so with real and simple eigenvalues
_SIMPLE = [Example(((3, 3),), {}, "symmetric"), Example(((2, 3, 3),), {}, "symmetric")]


class EigResult(NamedTuple):
    eigenvalues: Any
    eigenvectors: Any


def _as_numpys(xp, x, matrix):
    """``x``, of a real matrix as real numbers where it has no imaginary part: some libraries make it complex always."""
    real_alone = is_complex(x) and not is_complex(matrix) and not bool(xp.any(xp.imag(x) != 0))
    return xp.real(x) if real_alone else x


def _real_part(xp, x, matrix):
    """``x`` of a complex matrix; of a real one its real part, which must be all."""
    x = _as_numpys(xp, x, matrix)
    if is_complex(x) and not is_complex(matrix):
        raise ValueError(
            "the eigenvalues of this real matrix are complex, and the dtype of a traced result cannot depend on values: "
            "write eig(a.astype(complex))"
        )
    return x


def _library_eig(xp, a):
    return tuple(_real_part(xp, part, a) for part in xp.linalg.eig(a))


def _push_eig(tangents, out, args, params):
    (da,), (w, v) = tangents, out
    _refuse_equal(w)
    inner = solve_primitive(v, matmul(da, v))
    on_diagonal = eye_like(inner) == 1
    equal = _same(w) & ~on_diagonal
    factor = 1.0 / where(equal, NAN, where(on_diagonal, 1.0, _gaps(w)))
    dv = matmul(v, where(on_diagonal, 0.0, inner * factor))
    dw = where(any_(equal, -1), NAN, 1.0) * diagonal(inner, 0, -2, -1)
    return cast(dw, w), dv - v * real(sum_(conjugate_of(v) * dv, -2, keepdims=True))


def _refuse_equal(w):
    """Raise `ValueError` where eigenvalues coincide to rounding; of values that are being recorded, nobody knows."""
    while type(w) is Tracer:
        if isinstance(w.owner, Recorder):
            return
        w = inside(w)
    equal = to_numpy(_same(w)).sum(axis=-1) > 1
    if equal.any():
        raise ValueError(
            f"eig has no derivative where eigenvalues coincide, as {to_numpy(w)[equal][0]!s} does here: "
            "write eigh for a symmetric matrix, or a function of the matrix itself (trace, det, inv, matrix_power)"
        )


_eig = differential("eig", _push_eig, library=_library_eig, examples=_SIMPLE, multiple=True)
_eigvals = composed(
    "eigvals",
    lambda a: _eig(a)[0],
    library=lambda xp, a: _real_part(xp, xp.linalg.eigvals(a), a),
    examples=_SIMPLE,
)


def eig(a):
    """Eigenvalues and eigenvectors (columns of length 1) of square matrices, in no order.

    Traced, a real matrix must have real eigenvalues (else `ValueError`), a complex one may have any. The derivative is
    that of functions that do not see a vector's sign (complex: phase), and exists where the eigenvalues are simple.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> a = mnp.array([[2.0, 1.0], [0.0, 3.0]])
    >>> mg.to_numpy(mg.grad(lambda a: mnp.max(mnp.linalg.eig(a)[0]))(a))  # w v^T / (w^T v) of the eigenvalue 3
    array([[0., 0.],
           [1., 1.]])
    """
    a = _array(a)
    if type(a) is Tracer:
        return EigResult(*_eig(a))
    xp = backend_of(a).xp
    return EigResult(*(_as_numpys(xp, part, a) for part in xp.linalg.eig(a)))


def eigvals(a):
    """The eigenvalues of square matrices, in no order; see `eig` for when they have a derivative."""
    a = _array(a)
    xp = backend_of(innermost(a)).xp
    return _eigvals(a) if type(a) is Tracer else _as_numpys(xp, xp.linalg.eigvals(a), a)
