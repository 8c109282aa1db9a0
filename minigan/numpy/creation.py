"""New arrays. Creation asks the backend switch; ``..._like`` follows the array it is like."""

from __future__ import annotations

import operator

import numpy as np

from ..autodiff.primitive import as_array, is_complex
from ..autodiff.tracer import Tracer, innermost
from ..backend import active, backend_of, dtype_name


def library_dtype(x, dtype):
    """``dtype`` as the library of ``x`` spells it."""
    return backend_of(innermost(x)).dtype(dtype)


def asarray(a, dtype=None, *, copy=None):
    """``a`` as an array of the active backend; arrays of its library and traced arrays stay as they are.

    Numbers, nested lists and NumPy arrays are brought over; a nested list may hold traced values.
    """
    if type(a) is Tracer:
        out = a
    elif isinstance(a, list | tuple):
        out = as_array(a, active())
    else:
        out = active().asarray(a, dtype=dtype)
        return backend_of(out).xp.asarray(out, copy=True) if copy and out is a else out
    if dtype is None:
        return out
    from .elementwise import astype

    return astype(out, dtype)


def array(object, dtype=None, *, copy=True, ndmin=0):
    """`asarray`, in fresh memory, with ``ndmin`` axes at least."""
    out = asarray(object, dtype)
    if copy and out is object and type(out) is not Tracer:  # nobody can write into a traced array
        out = backend_of(out).xp.asarray(out, copy=True)
    if out.ndim >= ndmin:
        return out
    from .shape import reshape

    return reshape(out, (1,) * (ndmin - out.ndim) + tuple(out.shape))


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


def linspace(start, stop, num=50, endpoint=True, retstep=False, dtype=None, axis=0):
    """``num`` evenly spaced numbers from ``start`` to ``stop``, along a new ``axis`` where these are arrays.

    With ``retstep`` the pair of them and of the step between two.
    """
    num = operator.index(num)
    if retstep:
        intervals = num - 1 if endpoint else num
        step = (asarray(stop) * 1.0 - asarray(start) * 1.0) / intervals if intervals > 0 else float("nan")
        return linspace(start, stop, num, endpoint, False, dtype, axis), step
    start, stop = (asarray(end) if isinstance(end, list | tuple) else end for end in (start, stop))
    if any(hasattr(end, "shape") and not isinstance(end, np.generic) for end in (start, stop)):
        from .shape import moveaxis

        return moveaxis(_linspace_of_arrays(start, stop, num, endpoint, dtype), 0, axis)
    return active().create("linspace", start, stop, num, endpoint=endpoint, dtype=dtype)


def _linspace_of_arrays(start, stop, num, endpoint, dtype):
    """i * step + start, the last exactly ``stop``: in NumPy's order of operations, so with its bits."""
    from .elementwise import astype, where
    from .reductions import any as any_
    from .shape import reshape

    if num < 0:
        raise ValueError(f"linspace of {num} numbers: it takes none or more")
    delta = stop - start
    intervals = num - 1 if endpoint else num
    base = innermost(delta)
    i = backend_of(base).create("arange", num, dtype=base.dtype)
    i = reshape(i, (-1,) + (1,) * delta.ndim)
    step = delta / intervals if intervals else delta
    if intervals:  # as NumPy does if any step is 0, for a difference that is too small to be divided
        out = where(any_(step == 0.0), i / intervals * delta, i * step) + start
    else:
        out = i * delta + start
    if endpoint and num > 1:
        out = where(i == num - 1, stop, out)
    return out if dtype is None else astype(out, dtype)


def logspace(start, stop, num=50, endpoint=True, base=10.0, dtype=None, axis=0):
    """Numbers evenly spaced on a log scale, base**start to base**stop, along a new ``axis`` where these are arrays."""
    from .elementwise import astype, power

    ndim = max(len(getattr(part, "shape", ())) for part in (start, stop, base))
    if getattr(base, "shape", ()) != ():
        from .shape import expand_dims

        start, stop, base = (array(part, ndmin=ndim) for part in (start, stop, base))
        base = expand_dims(base, axis)
    out = power(base, linspace(start, stop, num, endpoint, axis=axis))
    return out if dtype is None else astype(out, dtype)


def geomspace(start, stop, num=50, endpoint=True, dtype=None, axis=0):
    """``num`` numbers from ``start`` to ``stop``, each the same multiple of the one before it."""
    from .elementwise import astype, log10, sign, where
    from .shape import moveaxis, reshape

    ends = [a if hasattr(a, "shape") else asarray(float(a)) for a in (start, stop)]
    start, stop = (astype(a, "complex128" if is_complex(a) else "float64") for a in ends)
    side = sign(start)
    first, last = start / side, stop / side
    out = 10.0 ** _linspace_of_arrays(log10(first), log10(last), num, endpoint, None)
    base = innermost(out)
    i = reshape(backend_of(base).create("arange", num), (-1,) + (1,) * (out.ndim - 1))
    out = where(i == 0, first, out)
    if endpoint and num > 1:
        out = where(i == num - 1, last, out)
    out = moveaxis(out * side, 0, axis)
    return out if dtype is None else astype(out, dtype)


def asanyarray(a, dtype=None):
    """`asarray`."""
    return asarray(a, dtype)


def ascontiguousarray(a, dtype=None):
    """``a`` with at least one axis; how its memory lies is the library's affair."""
    from .shape import atleast_1d

    return atleast_1d(asarray(a, dtype))


def asfortranarray(a, dtype=None):
    """``a`` with at least one axis; how its memory lies is the library's affair."""
    return ascontiguousarray(a, dtype)


def asarray_chkfinite(a, dtype=None):
    """`asarray`, and `ValueError` where a value is not finite."""
    from .elementwise import isfinite
    from .reductions import all

    out = asarray(a, dtype)
    if not bool(all(isfinite(out))):
        raise ValueError("asarray_chkfinite: the array holds infinities or NaN")
    return out


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


def meshgrid(*xi, sparse=False, indexing="xy"):
    """Coordinate matrices of the axes ``xi``, ``sparse`` with axes of size 1 where they do not change."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid takes indexing='xy' or indexing='ij', and was given {indexing!r}")
    from .shape import broadcast_to, reshape, swapaxes

    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid takes indexing 'xy' or 'ij', and was given {indexing!r}")
    arrays = [reshape(x if hasattr(x, "shape") else asarray(x), (-1,)) for x in xi]
    shape = tuple(x.shape[0] for x in arrays)
    grids = [reshape(x, tuple(-1 if j == i else 1 for j in range(len(arrays)))) for i, x in enumerate(arrays)]
    grids = grids if sparse else [broadcast_to(x, shape) for x in grids]
    return [swapaxes(g, 0, 1) for g in grids] if indexing == "xy" and len(arrays) > 1 else grids


_CREATES = """
    asarray asanyarray ascontiguousarray asfortranarray asarray_chkfinite array zeros ones full empty arange linspace
    logspace geomspace eye identity
"""
CREATES = frozenset(_CREATES.split())
_EXPORTED = """
    asanyarray ascontiguousarray asfortranarray asarray_chkfinite geomspace
    asarray array zeros ones full empty empty_like ones_like full_like arange linspace logspace eye identity
    meshgrid zeros_like
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
