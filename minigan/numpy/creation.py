"""New arrays. Creation asks the backend switch; ``..._like`` follows the array it is like."""

from __future__ import annotations

import operator

import numpy as np

from ..autodiff.primitive import as_array
from ..autodiff.tracer import Tracer, innermost
from ..backend import active, backend_of, dtype_name


def library_dtype(x, dtype):
    """``dtype`` as the library of ``x`` spells it."""
    return backend_of(innermost(x)).dtype(dtype)


def asarray(a, dtype=None):
    """``a`` as an array of the active backend; arrays of its library and traced arrays stay as they are.

    Numbers, nested lists and NumPy arrays are brought over; a nested list may hold traced values.
    """
    if type(a) is Tracer:
        out = a
    elif isinstance(a, list | tuple):
        out = as_array(a, active())
    else:
        return active().asarray(a, dtype=dtype)
    if dtype is None:
        return out
    from .elementwise import astype

    return astype(out, dtype)


def array(object, dtype=None):
    """`asarray`, in fresh memory."""
    out = asarray(object, dtype)
    if out is not object or type(out) is Tracer:  # nobody can write into a traced array
        return out
    return backend_of(out).xp.asarray(out, copy=True)


def zeros(shape, dtype=float):
    """Zeros on the active backend."""
    return active().create("zeros", shape, dtype=dtype)


def ones(shape, dtype=float):
    """Ones on the active backend."""
    return active().create("ones", shape, dtype=dtype)


def full(shape, fill_value, dtype=None):
    """One value everywhere, on the active backend; a traced value is broadcast."""
    if type(fill_value) is Tracer or getattr(fill_value, "shape", ()) != ():
        return _laid_over(asarray(fill_value, dtype), (shape,) if hasattr(shape, "__index__") else tuple(shape))
    if hasattr(fill_value, "shape"):
        dtype = fill_value.dtype if dtype is None else dtype
        fill_value = fill_value.item() if hasattr(fill_value, "item") else float(fill_value)
    return active().create("full", shape, fill_value, dtype=dtype)


def empty(shape, dtype=float):
    """An array whose values mean nothing yet; here, zeros."""
    return zeros(shape, dtype)


def zeros_like_array(x, shape=None, dtype=None, name="zeros"):
    x = x if hasattr(x, "shape") else asarray(x)
    base = innermost(x)
    return backend_of(base).create(
        name, x.shape if shape is None else shape, dtype=base.dtype if dtype is None else dtype
    )


def ones_like_array(x, shape=None, dtype=None):
    return zeros_like_array(x, shape, dtype, "ones")


def zeros_like(a, dtype=None, shape=None):
    """Zeros in the shape, dtype and library of ``a``."""
    return zeros_like_array(a, shape, dtype)


def ones_like(a, dtype=None, shape=None):
    """Ones in the shape, dtype and library of ``a``."""
    return ones_like_array(a, shape, dtype)


def empty_like(a, dtype=None, shape=None):
    """An array like ``a`` whose values mean nothing yet; here, zeros."""
    return zeros_like_array(a, shape, dtype)


def joint_dtype(parts) -> str:
    """The dtype that arrays and Python numbers have together, the numbers following the arrays."""
    found = [x if isinstance(x, int | float | complex) else np.dtype(dtype_name(x.dtype)) for x in parts]
    return np.result_type(*found).name


def _laid_over(x, shape):
    """``x`` broadcast to ``shape``, leading axes of size 1 left out where it has more: as assigning it there would."""
    from .shape import broadcast_to, reshape

    extra = max(x.ndim - len(shape), 0)
    if all(n == 1 for n in x.shape[:extra]):
        x = reshape(x, tuple(x.shape[extra:]))
    return broadcast_to(x, shape)


def full_like(a, fill_value, dtype=None, shape=None):
    """One value in the shape, dtype and library of ``a``."""
    like = ones_like_array(a, shape, dtype)
    if isinstance(fill_value, int | float):
        return backend_of(like).create("full", like.shape, fill_value, dtype=like.dtype)
    from .elementwise import astype

    return astype(_laid_over(asarray(fill_value), tuple(like.shape)), like.dtype)


def arange(start, stop=None, step=1, dtype=None):
    """Evenly spaced numbers from ``start`` up to (not including) ``stop``."""
    if stop is None:
        start, stop = 0, start
    return active().create("arange", start, stop, step, dtype=dtype)


def arange_like(x, n):
    """0 .. n - 1 in the library of ``x``, for use as an index."""
    return backend_of(innermost(x)).create("arange", n)


def linspace(start, stop, num=50, endpoint=True, dtype=None):
    """``num`` evenly spaced numbers from ``start`` to ``stop``, along a new first axis where these are arrays."""
    if any(getattr(end, "shape", ()) != () or type(end) is Tracer for end in (start, stop)):
        return _linspace_of_arrays(start, stop, num, endpoint, dtype)
    return active().create("linspace", start, stop, num, endpoint=endpoint, dtype=dtype)


def _linspace_of_arrays(start, stop, num, endpoint, dtype):
    """i * step + start, the last exactly ``stop``: in NumPy's order of operations, so with its bits."""
    from .elementwise import astype, where
    from .shape import reshape

    num = operator.index(num)
    if num < 0:
        raise ValueError(f"linspace of {num} numbers: it takes none or more")
    delta = stop - start
    intervals = num - 1 if endpoint else num
    base = innermost(delta)
    i = backend_of(base).create("arange", num, dtype=base.dtype)
    i = reshape(i, (-1,) + (1,) * delta.ndim)
    out = i * (delta / intervals) + start if intervals else i * delta + start
    if endpoint and num > 1:
        out = where(i == num - 1, stop, out)
    return out if dtype is None else astype(out, dtype)


def logspace(start, stop, num=50, endpoint=True, base=10.0):
    """Numbers evenly spaced on a log scale, from base**start to base**stop."""
    return base ** linspace(start, stop, num, endpoint)


def eye(N, M=None, k=0, dtype=float):
    """Ones on the k-th diagonal."""
    return active().create("eye", N, M, k=k, dtype=dtype)


def eye_like(x):
    """The identity in the (square) shape, dtype and library of ``x``."""
    from .shape import broadcast_to

    base = innermost(x)
    return broadcast_to(backend_of(base).create("eye", x.shape[-1], dtype=base.dtype), x.shape)


def identity(n, dtype=float):
    """The n by n identity."""
    return eye(n, dtype=dtype)


def meshgrid(*xi, indexing="xy"):
    """Coordinate matrices of the axes ``xi``."""
    from .shape import broadcast_to, reshape, swapaxes

    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid takes indexing 'xy' or 'ij', and was given {indexing!r}")
    arrays = [reshape(x if hasattr(x, "shape") else asarray(x), (-1,)) for x in xi]
    shape = tuple(x.shape[0] for x in arrays)
    grids = [
        broadcast_to(reshape(x, tuple(-1 if j == i else 1 for j in range(len(arrays)))), shape)
        for i, x in enumerate(arrays)
    ]
    return [swapaxes(g, 0, 1) for g in grids] if indexing == "xy" and len(arrays) > 1 else grids


_CREATES = "asarray array zeros ones full empty arange linspace logspace eye identity"
CREATES = frozenset(_CREATES.split())
_EXPORTED = """
    asarray array zeros ones full empty empty_like ones_like full_like arange linspace logspace eye identity
    meshgrid zeros_like
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
