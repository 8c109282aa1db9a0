"""Layers without parameters that change the size of images: pooling, enlarging, flattening and reshaping."""

from __future__ import annotations

import math

from .. import numpy as mnp
from ..numpy.convolution import pair, resolved_padding
from ..numpy.image_kernels import window_places
from ..rebuilt import module_constant, rebuilt_by_name
from .convolution import image_shape
from .layer import Layer, as_input, is_count, with_batch


@rebuilt_by_name
def max_pool2d(kernel, stride=None, padding=0) -> Layer:
    """The largest value of every window, `mnp.max_pool2d`; the stride is the kernel's by default.

    >>> import minigan as mg
    >>> from minigan import nn
    >>> layer = nn.max_pool2d(2)
    >>> layer, layer.output_shape((5, 28, 28, 3))
    (max_pool2d(2x2), (5, 14, 14, 3))
    """
    return _pooling("max_pool2d", mnp.max_pool2d, kernel, stride, padding)


@rebuilt_by_name
def avg_pool2d(kernel, stride=None, padding=0, count_include_pad: bool = True) -> Layer:
    """The mean of every window, `mnp.avg_pool2d`; the stride is the kernel's by default.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> float(mg.to_numpy(nn.avg_pool2d(2).apply(None, mnp.reshape(mnp.arange(4.0), (1, 2, 2, 1))))[0, 0, 0, 0])
    1.5
    """
    return _pooling("avg_pool2d", mnp.avg_pool2d, kernel, stride, padding, count_include_pad=count_include_pad)


def _pooling(name, function, kernel, stride, padding, **further) -> Layer:
    kernel = pair(name, "kernel", kernel)
    stride = kernel if stride is None else pair(name, "stride", stride)

    def output_shape(shape):
        *size, channels = image_shape(shape, name)
        border = resolved_padding(name, padding, size, kernel, stride, (1, 1))
        return (shape[0], *window_places(size, kernel, stride, border, (1, 1)), channels)

    resolved_padding(name, padding, kernel, kernel, stride, (1, 1))
    return _fixed(
        f"{name}({kernel[0]}x{kernel[1]})", lambda x: function(x, kernel, stride, padding, **further), output_shape
    )


@rebuilt_by_name
def upsample(scale=2, mode: str = "nearest") -> Layer:
    """Images ``scale`` times as large, a number or (vertical, horizontal), by ``"nearest"`` or ``"bilinear"``.

    Before a convolution it does what `conv_transpose2d` does, without the chequerboards of kernels whose size
    is no multiple of the stride. Source: Odena, Dumoulin & Olah (2016).

    >>> from minigan import nn
    >>> nn.upsample(2, "bilinear").output_shape((5, 7, 7, 128))
    (5, 14, 14, 128)
    """
    modes = {"nearest": mnp.upsample_nearest2d, "bilinear": mnp.upsample_bilinear2d}
    if mode not in modes:
        raise ValueError(f'upsample knows the modes "nearest" and "bilinear", and was given {mode!r}')
    scale = pair("upsample", "scale", scale)

    def output_shape(shape):
        rows, columns, channels = image_shape(shape, "upsample")
        return (shape[0], rows * scale[0], columns * scale[1], channels)

    return _fixed(f"upsample({scale[0]}x{scale[1]}, {mode})", lambda x: modes[mode](x, scale), output_shape)


@rebuilt_by_name
def reshape(*shape: int) -> Layer:
    """Every sample in another ``shape``, the batch axis kept: nn.reshape(7, 7, 128) after a dense layer.

    >>> import minigan.numpy as mnp
    >>> from minigan import nn
    >>> nn.reshape(7, 7, 128).apply(None, mnp.ones((5, 6272))).shape
    (5, 7, 7, 128)
    """
    if not shape or not all(map(is_count, shape)):
        raise ValueError(f"reshape takes the positive sizes of one sample, as nn.reshape(7, 7, 128), and got {shape!r}")

    def output_shape(given):
        given = with_batch(given, name)
        if math.prod(given[1:]) != math.prod(shape):
            raise ValueError(f"{name} was given samples of shape {tuple(given[1:])}, of {math.prod(given[1:])} values")
        return (given[0], *shape)

    shape = tuple(map(int, shape))
    name = f"reshape{shape}"
    return _fixed(name, lambda x: mnp.reshape(x, output_shape(tuple(x.shape))), output_shape)


def _flat(shape):
    return (with_batch(shape, "flatten")[0], math.prod(shape[1:]))


def _fixed(name, function, output_shape) -> Layer:
    """A layer without parameters."""

    def init(rng, shape, dtype=None):
        return None

    def apply(params, x, *, train=False, rng=None):
        return function(as_input(x, name))

    return Layer(init, apply, output_shape, name=name)


# every sample as one vector, row by row, the batch axis kept
flatten = module_constant(
    __name__, "flatten", _fixed("flatten", lambda x: mnp.reshape(x, _flat(tuple(x.shape))), _flat)
)
