"""Images made larger: pixels repeated, or interpolated between. Both are linear maps."""

from __future__ import annotations

from ..autodiff.primitive import Example, linear
from ..backend import dtype_name
from . import resampling_kernels as kernels
from .convolution import image, pair
from .elementwise import astype
from .pooling import _sum_windows
from .shape import _array

_upsample_nearest = linear(
    "upsample_nearest2d",
    lambda g, x, scale: _sum_windows(g, kernel=scale, stride=scale, padding=((0, 0), (0, 0))),
    library=kernels.repeated,
    examples=[Example(((2, 2, 3, 2),), {"scale": (2, 2)}), Example(((1, 3, 2, 1),), {"scale": (1, 3)})],
)


def upsample_nearest2d(x, scale=2):
    """y[n, p, q, c] = x[n, floor(p / s), floor(q / s), c], s the ``scale``, a number or (vertical, horizontal).

    ``x`` has shape (samples, rows, columns, channels). Raises `ValueError` for other ranks and scales.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> y = mnp.upsample_nearest2d(mnp.reshape(mnp.asarray([1.0, 2.0]), (1, 1, 2, 1)))
    >>> mg.to_numpy(y)[0, :, :, 0]
    array([[1., 1., 2., 2.],
           [1., 1., 2., 2.]])
    """
    name = "upsample_nearest2d"
    return _upsample_nearest(image(name, _array(x)), scale=pair(name, "scale", scale))


_upsample_bilinear = linear(
    "upsample_bilinear2d",
    lambda g, x, size: _gather_bilinear(g, size=tuple(x.shape[1:3])),
    library=kernels.interpolated,
    examples=[Example(((2, 2, 3, 2),), {"size": (4, 6)}), Example(((1, 3, 2, 1),), {"size": (5, 1)})],
)
_gather_bilinear = linear(
    "upsample_bilinear2d_transpose",
    lambda g, y, size: _upsample_bilinear(g, size=tuple(y.shape[1:3])),
    library=kernels.interpolated_back,
    examples=[Example(((2, 4, 6, 2),), {"size": (2, 3)}), Example(((1, 5, 1, 1),), {"size": (3, 2)})],
)


def upsample_bilinear2d(x, scale=None, size=None):
    """``x`` (samples, rows, columns, channels) on a finer grid, linear in between and constant outside.

    Give the ``scale`` (a number or a pair; 2 by default) or the new ``size`` (rows, columns). Pixels are areas:
    the new pixel i lies at (i + 1/2) old / new - 1/2, so corners do not coincide (in other libraries,
    ``align_corners=False``). Raises `ValueError` for other ranks, and for a scale and a size together.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> y = mnp.upsample_bilinear2d(mnp.reshape(mnp.asarray([0.0, 4.0]), (1, 1, 2, 1)))
    >>> mg.to_numpy(y)[0, 0, :, 0]
    array([0., 1., 3., 4.])
    """
    name = "upsample_bilinear2d"
    x = image(name, _array(x))
    if dtype_name(x.dtype)[:5] != "float":
        x = astype(x, "float64")
    if scale is not None and size is not None:
        raise ValueError(f"{name} takes a scale or a size, and was given both, {scale!r} and {size!r}")
    if size is None:
        scale = pair(name, "scale", 2 if scale is None else scale)
        size = (x.shape[1] * scale[0], x.shape[2] * scale[1])
    return _upsample_bilinear(x, size=pair(name, "size", size))


_EXPORTED = """
    upsample_nearest2d upsample_bilinear2d
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
