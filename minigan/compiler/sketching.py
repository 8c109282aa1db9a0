"""Recording without the large products.

A program is the same whatever numbers its arrays hold: while it is recorded, only their shapes and dtypes matter. Large
products and convolutions are therefore not computed then, and arrays of ones, which take no memory, stand in for them: of
a first call of 9 GFLOP that takes 0.16 s instead of 0.21 s. What is computed from such arrays means nothing, and warns of
nothing; the first call's results come, as all later ones, from the written module.
"""

from __future__ import annotations

import math

import numpy as np

from ..numpy.image_kernels import window_places

WORTH_LEAVING_OUT = 1 << 22  # multiplications, which take about 0.1 ms


def sketch(primitive, values, params):
    """An array of the shape and dtype that a large product of NumPy arrays has; ``None`` for all that must be computed."""
    find = _SHAPES.get(primitive.name)
    if find is None or len(values) != 2 or not all(type(x) is np.ndarray for x in values):
        return None
    x, y = values
    if x.dtype != y.dtype or x.dtype.char not in "fd":
        return None
    found = find(x.shape, y.shape, **params)
    if found is None or found[1] < WORTH_LEAVING_OUT:
        return None
    return np.broadcast_to(np.ones((), x.dtype), found[0])


def _product(x, y):
    """The shape of a product of matrices, and how many multiplications it takes; of what does not fit, nothing."""
    if len(x) == len(y) == 2 and x[1] == y[0]:
        return (x[0], y[1]), x[0] * x[1] * y[1]
    return None


def _conv2d(x, w, stride, padding, dilation, groups):
    places = window_places(x[1:3], w[:2], stride, padding, dilation)
    return (x[0], *places, w[3]), x[0] * math.prod(places) * math.prod(w)


def _kernel_gradient(x, g, kernel, stride, padding, dilation, groups):
    shape = (*kernel, x[3] // groups, g[3])
    return shape, math.prod(g[:3]) * math.prod(shape)


def _input_gradient(g, w, shape, stride, padding, dilation, groups):
    return (g[0], *shape, w[2] * groups), math.prod(g[:3]) * math.prod(w)


_SHAPES = {
    "dot": _product,
    "matmul": _product,
    "conv2d": _conv2d,
    "conv2d_kernel_gradient": _kernel_gradient,
    "conv2d_input_gradient": _input_gradient,
}
