"""Discrete Fourier transforms, as `numpy.fft` has them; ``mnp.fft``.

The matrix of the transform is symmetric, so a transform is its own transpose; lengths that cut or fill up are undone
by filling up or cutting.
"""

from __future__ import annotations

import numpy

from ..autodiff.primitive import Example, is_complex, linear, place_of
from ..autodiff.tracer import innermost
from ..backend import backend_of, dtype_name
from .creation import zeros_like_array
from .elementwise import conj, where
from .shape import _array, _ints, along, concatenate, roll


def _fitted(x, n, axis):
    """``x`` cut or filled up with zeros to n places along an axis."""
    have = x.shape[axis]
    if have >= n:
        return x if have == n else x[along(x.ndim, axis, slice(None, n))]
    shape = tuple(n - have if i == axis % x.ndim else size for i, size in enumerate(x.shape))
    return concatenate([x, zeros_like_array(x, shape)], axis)


def _library(name):
    def transform(xp, x, n, axis, norm):
        if name != "rfft" and not is_complex(x) and not hasattr(xp, "ufunc"):  # the standard alone refuses real ones
            x = xp.astype(x, xp.complex64 if dtype_name(x.dtype) == "float32" else xp.complex128)
        return getattr(xp.fft, name)(x, n=n, axis=axis, norm="backward" if norm is None else norm)

    return transform


_LENGTHS = [Example(((3, 5),), {"n": n, "axis": axis, "norm": norm})
            for n, axis, norm in ((5, -1, None), (4, 1, "ortho"), (6, 0, "forward"))]  # fmt: skip

_fft = linear(
    "fft",
    lambda g, x, n, axis, norm: _fitted(_fft(g, n=n, axis=axis, norm=norm), x.shape[axis], axis),
    library=_library("fft"),
    examples=_LENGTHS,
)
_ifft = linear(
    "ifft",
    lambda g, x, n, axis, norm: _fitted(_ifft(g, n=n, axis=axis, norm=norm), x.shape[axis], axis),
    library=_library("ifft"),
    examples=_LENGTHS,
)
_rfft = linear(
    "rfft",
    lambda g, x, n, axis, norm: _fitted(_fft(_fitted(g, n, axis), n=n, axis=axis, norm=norm), x.shape[axis], axis),
    library=_library("rfft"),
    examples=_LENGTHS,
)


def _irfft_transpose(g, x, n, axis, norm):
    """Frequencies that stand for themselves and their mirror images count twice."""
    from .creation import arange_like
    from .shape import reshape

    half = n // 2 + 1
    spectrum = _fitted(_ifft(g, n=n, axis=axis, norm=norm), half, axis)
    k = reshape(arange_like(g, half), tuple(half if i == axis % g.ndim else 1 for i in range(g.ndim)))
    once = (k == 0) | (2 * k == n)
    return _fitted(where(once, 1.0, 2.0) * spectrum, x.shape[axis], axis)


_irfft = linear("irfft", _irfft_transpose, library=_library("irfft"), examples=_LENGTHS)


def _transform(primitive, a, n, axis, norm):
    a = _array(a)
    axis = place_of(axis, a.ndim)
    length = a.shape[axis] if primitive is not _irfft else 2 * (a.shape[axis] - 1)
    return primitive(a, n=length if n is None else _ints(n)[0], axis=axis, norm=norm)


def fft(a, n=None, axis=-1, norm=None):
    """sum_j a_j exp(-2 pi i j k / n) for k = 0 .. n - 1 along ``axis``."""
    return _transform(_fft, a, n, axis, norm)


def ifft(a, n=None, axis=-1, norm=None):
    """The inverse of `fft`: 1 / n sum_k a_k exp(2 pi i j k / n)."""
    return _transform(_ifft, a, n, axis, norm)


def rfft(a, n=None, axis=-1, norm=None):
    """`fft` of a real array, without the frequencies above n / 2, which mirror the others."""
    return _transform(_rfft, a, n, axis, norm)


def irfft(a, n=None, axis=-1, norm=None):
    """The inverse of `rfft`: n real numbers, by default 2 (m - 1) from m frequencies."""
    return _transform(_irfft, a, n, axis, norm)


def _opposite(norm):
    if norm not in _OPPOSITE:
        raise ValueError(f"norm {norm!r} is unknown; choose backward, ortho or forward")
    return _OPPOSITE[norm]


_OPPOSITE = {None: "forward", "backward": "forward", "ortho": "ortho", "forward": "backward"}


def hfft(a, n=None, axis=-1, norm=None):
    """`fft` of a signal with Hermitian symmetry, given by its first half: a real spectrum."""
    return irfft(conj(_array(a)), n, axis, _opposite(norm))


def ihfft(a, n=None, axis=-1, norm=None):
    """The inverse of `hfft`."""
    return conj(rfft(a, n, axis, _opposite(norm)))


def _grid(a, s, axes):
    """Axes, and the length along each, by default the array's own."""
    a = _array(a)
    if axes is None:
        axes = tuple(range(a.ndim)) if s is None else tuple(range(-len(_ints(s)), 0))
    axes = _ints(axes)
    if not axes:
        raise ValueError("a transform takes one axis at least")
    places = [place_of(axis, a.ndim) for axis in axes]  # one may be there twice
    return a, [a.shape[i] for i in places] if s is None else list(s), axes


def fftn(a, s=None, axes=None, norm=None):
    """`fft` along several axes, the last one first."""
    a, sizes, axes = _grid(a, s, axes)
    for n, axis in list(zip(sizes, axes))[::-1]:
        a = fft(a, n, axis, norm)
    return a


def ifftn(a, s=None, axes=None, norm=None):
    """`ifft` along several axes, the last one first."""
    a, sizes, axes = _grid(a, s, axes)
    for n, axis in list(zip(sizes, axes))[::-1]:
        a = ifft(a, n, axis, norm)
    return a


def rfftn(a, s=None, axes=None, norm=None):
    """`rfft` along the last of several axes, then `fft` along the others."""
    a, sizes, axes = _grid(a, s, axes)
    a = rfft(a, sizes[-1], axes[-1], norm)
    for n, axis in list(zip(sizes, axes))[-2::-1]:
        a = fft(a, n, axis, norm)
    return a


def irfftn(a, s=None, axes=None, norm=None):
    """The inverse of `rfftn`."""
    a, sizes, axes = _grid(a, s, axes)
    if s is None:
        sizes[-1] = None  # which `irfft` takes for 2 (m - 1)
    for n, axis in list(zip(sizes, axes))[:-1]:
        a = ifft(a, n, axis, norm)
    return irfft(a, sizes[-1], axes[-1], norm)


def fft2(a, s=None, axes=(-2, -1), norm=None):
    """`fftn` along two axes."""
    return fftn(a, s, axes, norm)


def ifft2(a, s=None, axes=(-2, -1), norm=None):
    """`ifftn` along two axes."""
    return ifftn(a, s, axes, norm)


def rfft2(a, s=None, axes=(-2, -1), norm=None):
    """`rfftn` along two axes."""
    return rfftn(a, s, axes, norm)


def irfft2(a, s=None, axes=(-2, -1), norm=None):
    """`irfftn` along two axes."""
    return irfftn(a, s, axes, norm)


def _shifted(x, axes, half):
    x = _array(x)
    axes = tuple(range(x.ndim)) if axes is None else _ints(axes)
    return roll(x, tuple(half(x.shape[axis]) for axis in axes), axes)


def fftshift(x, axes=None):
    """The frequency 0 moved to the middle."""
    return _shifted(x, axes, lambda n: n // 2)


def ifftshift(x, axes=None):
    """The inverse of `fftshift`."""
    return _shifted(x, axes, lambda n: -(n // 2))


def fftfreq(n, d=1.0):
    """The frequencies of `fft` of n values, d apart: 0, 1, ..., then from -n / 2 to -1, over n d."""
    return _frequencies("fftfreq", n, d)


def rfftfreq(n, d=1.0):
    """The frequencies of `rfft` of n values, d apart: 0, 1, ..., n / 2, over n d."""
    return _frequencies("rfftfreq", n, d)


def _frequencies(name, n, d):
    whole = backend_of(innermost(d)).create("asarray", getattr(numpy.fft, name)(n, 1.0 / n), dtype="float64")
    return whole * (1.0 / (n * d))


_EXPORTED = """
    fftfreq rfftfreq
    fft ifft rfft irfft hfft ihfft fftn ifftn rfftn irfftn fft2 ifft2 rfft2 irfft2 fftshift ifftshift
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}


def __getattr__(name):
    """What is not here is NumPy's own on plain arrays."""
    if name.startswith("_") or not hasattr(numpy.fft, name):
        raise AttributeError(f"minigan.numpy.fft has no attribute {name!r}, and neither has NumPy")
    from .plain import plain_function

    return plain_function(f"fft.{name}")
