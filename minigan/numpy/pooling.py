"""Pooling: every window of an image in one number, its mean or its largest.

Summing windows and spreading a value over each are each other's transposes. A maximum is linear once it is known
where it lies; reading there and adding back there are each other's transposes, too.
"""

from __future__ import annotations

from ..autodiff.primitive import Example, constant, differential, linear
from ..autodiff.tracer import describe
from ..backend import dtype_name
from . import pooling_kernels as kernels
from .convolution import image, pair, resolved_padding
from .elementwise import astype
from .shape import _array

_CASES = [
    ((2, 4, 4, 2), (2, 2, 2, 2), {"kernel": (2, 2), "stride": (2, 2), "padding": ((0, 0), (0, 0))}),
    ((1, 5, 4, 2), (1, 3, 3, 2), {"kernel": (3, 2), "stride": (2, 1), "padding": ((1, 1), (0, 0))}),
    ((1, 3, 5, 1), (1, 1, 2, 1), {"kernel": (2, 2), "stride": (2, 3), "padding": ((0, 0), (0, 0))}),
]

_sum_windows = linear(
    "sum_windows",
    lambda g, x, **how: _spread_windows(g, shape=tuple(x.shape[1:3]), **how),
    library=kernels.sum_windows,
    examples=[Example((x,), how) for x, _, how in _CASES],
)
_spread_windows = linear(
    "spread_windows",
    lambda g, y, shape, **how: _sum_windows(g, **how),
    library=kernels.spread_windows,
    examples=[Example((y,), {**how, "shape": x[1:3]}) for x, y, how in _CASES],
)
_largest_places = constant(
    "largest_places",
    library=kernels.largest_places,
    examples=[Example((x,), how, "distinct") for x, _, how in _CASES],
)
_INDEXED = [(-2.0, 2.0), "index"]
_read_places = linear(
    "read_places",
    lambda g, x, where, **how: _write_places(g, where, shape=tuple(x.shape[1:3]), **how),
    library=kernels.read_places,
    examples=[Example((x, y), how, _INDEXED) for x, y, how in _CASES],
)
_write_places = linear(
    "write_places",
    lambda g, y, where, shape, **how: _read_places(g, where, **how),
    library=kernels.write_places,
    examples=[Example((y, y), {**how, "shape": x[1:3]}, _INDEXED) for x, y, how in _CASES],
)
_max_pool = differential(
    "max_pool2d",
    push=lambda tangents, out, args, how: _read_places(tangents[0], _largest_places(args[0], **how), **how),
    pull=lambda position, g, out, args, how: _write_places(
        g, _largest_places(args[0], **how), shape=tuple(args[0].shape[1:3]), **how
    ),
    library=kernels.largest_in_windows,
    examples=[Example((x,), how, "distinct") for x, _, how in _CASES],
)


def max_pool2d(x, kernel, stride=None, padding=0):
    """y[n, p, q, c] = max over i, j of x[n, p s + i - top, q s + j - left, c]; a border never wins.

    ``x`` has shape (samples, rows, columns, channels), the result floor((size + padding - kernel) / s) + 1 rows
    and columns. ``kernel`` is a number or (vertical, horizontal), ``stride`` s likewise, by default the kernel's;
    ``padding`` as in `conv2d`, at most half the kernel. The derivative goes to the largest value,
    of equal ones to the first in reading order; the second derivative is zero. Integers become float64.
    Raises `ValueError` for sizes that do not fit.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> x = mnp.reshape(mnp.arange(16.0), (1, 4, 4, 1))
    >>> mg.to_numpy(mnp.max_pool2d(x, 2))[0, :, :, 0]
    array([[ 5.,  7.],
           [13., 15.]])
    """
    x, how = _prepared("max_pool2d", x, kernel, stride, padding)
    return _max_pool(x, **how)


def avg_pool2d(x, kernel, stride=None, padding=0, count_include_pad=True):
    """y[n, p, q, c] = mean over i, j of x[n, p s + i - top, q s + j - left, c].

    The zeros of a border count as values, unless ``count_include_pad`` is false. Otherwise as `max_pool2d`.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> x = mnp.reshape(mnp.arange(16.0), (1, 4, 4, 1))
    >>> mg.to_numpy(mnp.avg_pool2d(x, 2))[0, :, :, 0]
    array([[ 2.5,  4.5],
           [10.5, 12.5]])
    """
    x, how = _prepared("avg_pool2d", x, kernel, stride, padding)
    total = _sum_windows(x, **how)
    if count_include_pad or how["padding"] == ((0, 0), (0, 0)):
        return total * (1.0 / (how["kernel"][0] * how["kernel"][1]))
    from .creation import ones_like_array

    return total / _sum_windows(ones_like_array(x, (1, *x.shape[1:3], 1)), **how)


def _prepared(name, x, kernel, stride, padding):
    x = image(name, _array(x))
    if dtype_name(x.dtype)[:5] != "float":
        x = astype(x, "float64")
    kernel = pair(name, "kernel", kernel)
    stride = kernel if stride is None else pair(name, "stride", stride)
    size = tuple(x.shape[1:3])
    padding = resolved_padding(name, padding, size, kernel, stride, (1, 1))
    if any(2 * max(border) > k for border, k in zip(padding, kernel)):
        raise ValueError(
            f"the padding of {name} is at most half its kernel {kernel}, "
            f"so that every window sees a value, and was {padding}"
        )
    if min(kernels.window_places(size, kernel, stride, padding, (1, 1))) < 1:
        raise ValueError(f"{name} of {describe(x)} with padding {padding}: the kernel {kernel} is larger than that")
    return x, {"kernel": kernel, "stride": stride, "padding": padding}


_EXPORTED = """
    max_pool2d avg_pool2d
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
