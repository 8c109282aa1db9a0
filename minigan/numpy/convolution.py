"""Convolution in two dimensions and its transpose: linear in the input and in the weights.

Everything is laid out (sample, row, column, channel), and weights (row, column, channels of the larger side,
channels of the smaller side): `conv2d` takes the first to the second, `conv_transpose2d` with the same weights
the second to the first. Of the three maps here each is the transpose of the other two in one of its arguments,
so derivatives of every order are the same three maps again; `image_kernels` computes them.
"""

from __future__ import annotations

import operator

from ..autodiff.primitive import Example, multilinear
from ..autodiff.tracer import describe, innermost
from ..backend import backend_of
from . import image_kernels as kernels
from .elementwise import astype
from .shape import _array

_SQUARE = {"stride": (1, 1), "padding": ((0, 0), (0, 0)), "dilation": (1, 1), "groups": 1}
_ASYMMETRIC = {"stride": (2, 1), "padding": ((1, 0), (0, 2)), "dilation": (1, 2), "groups": 1}
_STRIDED = {"stride": (2, 2), "padding": ((1, 1), (1, 1)), "dilation": (1, 1), "groups": 1}
_GROUPED = {"stride": (1, 2), "padding": ((0, 0), (1, 1)), "dilation": (2, 1), "groups": 2}

# (static parameters, shapes of the input, the weights and the result)
_CASES = [
    (_SQUARE, (2, 4, 3, 2), (3, 2, 2, 3), (2, 2, 2, 3)),
    (_ASYMMETRIC, (1, 4, 5, 2), (3, 3, 2, 2), (1, 2, 3, 2)),
    (_STRIDED, (1, 5, 4, 16), (4, 4, 16, 2), (1, 2, 2, 2)),  # many channels take another path
    (_GROUPED, (2, 4, 3, 4), (2, 2, 2, 4), (2, 2, 2, 4)),
    (_SQUARE, (2, 2, 3, 3), (1, 1, 3, 2), (2, 2, 3, 2)),
]


def _conv2d_transpose(position, g, x, w, **how):
    if position == 0:
        return input_gradient(g, w, shape=_sides(x), **how)
    return kernel_gradient(x, g, kernel=tuple(w.shape[:2]), **how)


def _input_gradient_transpose(position, u, g, w, shape, **how):
    if position == 0:
        return convolution(u, w, **how)
    return kernel_gradient(u, g, kernel=tuple(w.shape[:2]), **how)


def _kernel_gradient_transpose(position, v, x, g, kernel, **how):
    if position == 0:
        return input_gradient(g, v, shape=_sides(x), **how)
    return convolution(x, v, **how)


def _sides(x):
    return tuple(x.shape[1:3])


convolution = multilinear(
    "conv2d",
    _conv2d_transpose,
    library=kernels.conv2d,
    examples=[Example((x, w), how) for how, x, w, _ in _CASES],
)
input_gradient = multilinear(
    "conv2d_input_gradient",
    _input_gradient_transpose,
    library=kernels.conv2d_input_gradient,
    examples=[Example((y, w), {**how, "shape": x[1:3]}) for how, x, w, y in _CASES],
)
kernel_gradient = multilinear(
    "conv2d_kernel_gradient",
    _kernel_gradient_transpose,
    library=kernels.conv2d_kernel_gradient,
    examples=[Example((x, y), {**how, "kernel": w[:2]}) for how, x, w, y in _CASES],
)


def conv2d(x, w, stride=1, padding=0, dilation=1, groups=1):
    """y[n, p, q, o] = sum over i, j, c of x[n, p s + i d - low, q s + j d - low, c] w[i, j, c, o], x = 0 outside.

    ``x`` has shape (samples, rows, columns, channels), ``w`` (rows, columns, channels / ``groups``, features);
    the kernel is not turned round (a cross-correlation, as in every network library).
    ``stride`` s and ``dilation`` d are numbers or (vertical, horizontal). ``padding`` is a number,
    (vertical, horizontal), ((top, bottom), (left, right)), ``"valid"`` for none,
    or ``"same"`` for ceil(size / stride) rows and columns, an odd zero going to the bottom and the right.
    The result has floor((size + padding - d (kernel - 1) - 1) / s) + 1 rows and columns and the wider dtype of the two.
    With ``groups``, the g-th part of the features sees the g-th part of the channels alone. Where `winograd` computes
    it (on NumPy, large layers whose kernel is twice the stride), an infinite value makes its neighbours NaN.
    Raises `ValueError` for shapes that do not fit. Source: Dumoulin & Visin (2016), relationships 6 and 16.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> x = mnp.reshape(mnp.arange(16.0), (1, 4, 4, 1))
    >>> y = mnp.conv2d(x, mnp.ones((2, 2, 1, 1)), stride=2)
    >>> mg.to_numpy(y)[0, :, :, 0]
    array([[10., 18.],
           [42., 50.]])
    """
    name = "conv2d"
    x, w, how = _prepared(name, x, w, stride, dilation, groups)
    if w.shape[2] * groups != x.shape[3] or w.shape[3] % groups:
        raise ValueError(
            f"{name} of {describe(x)} with weights {describe(w)} and groups={groups}: the input has {x.shape[3]} "
            f"channels, the weights take {w.shape[2]} x {groups} and make {w.shape[3]} features"
        )
    size, kernel, stride, dilation = _sides(x), tuple(w.shape[:2]), how["stride"], how["dilation"]
    how["padding"] = resolved_padding(name, padding, size, kernel, stride, dilation)
    if min(kernels.window_places(size, kernel, stride, how["padding"], dilation)) < 1:
        raise ValueError(
            f"{name} of {describe(x)} with weights {describe(w)}, padding {how['padding']} "
            f"and dilation {how['dilation']}: the kernel is larger than the padded input"
        )
    return convolution(x, w, **how)


def conv_transpose2d(x, w, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """The transpose of `conv2d`: every x[n, p, q, o] adds w[i, j, c, o] of itself at (p s + i d - low, ...).

    ``x`` has shape (samples, rows, columns, features), ``w`` (rows, columns, channels / ``groups``, features),
    the same weights with which `conv2d` goes the other way; the result has ``channels`` channels
    and (size - 1) s - padding + d (kernel - 1) + 1 + ``output_padding`` rows and columns. ``padding`` is taken away
    from the result, as in `conv2d` it is added to the input; with ``"same"`` the result has size s rows and columns.
    ``output_padding`` (a number or a pair, below the stride) chooses among the sizes that `conv2d` would bring to x's.
    Raises `ValueError` for shapes that do not fit. Source: Dumoulin & Visin (2016), relationship 14.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> y = mnp.conv_transpose2d(mnp.ones((1, 2, 2, 1)), mnp.ones((3, 3, 1, 1)), stride=2, padding=1)
    >>> mg.to_numpy(y)[0, :, :, 0]
    array([[1., 2., 1.],
           [2., 4., 2.],
           [1., 2., 1.]])
    """
    name = "conv_transpose2d"
    x, w, how = _prepared(name, x, w, stride, dilation, groups)
    if w.shape[3] != x.shape[3] or w.shape[3] % groups:
        raise ValueError(
            f"{name} of {describe(x)} with weights {describe(w)} and groups={groups}: "
            "the last axis of both is the input's features, a multiple of groups"
        )
    shape, how["padding"] = transposed_shape(
        name, _sides(x), w.shape[:2], how["stride"], padding, output_padding, how["dilation"]
    )
    return input_gradient(x, w, shape=shape, **how)


# -- static arguments ----------------------------------------------------------------------------------------


def _prepared(name, x, w, stride, dilation, groups):
    """Arrays of one dtype and four axes, and the parameters that all three maps share."""
    x, w = image(name, _array(x)), _array(w)
    if w.ndim != 4 or min(w.shape) < 1:
        raise ValueError(
            f"{name} takes weights of shape (rows, columns, channels, features), and was given {describe(w)}"
        )
    if not isinstance(groups, int) or isinstance(groups, bool) or groups < 1:
        raise ValueError(f"the groups of {name} are a positive integer, and were {groups!r}")
    if x.dtype != w.dtype:
        dtype = backend_of(innermost(x), innermost(w)).xp.result_type(x.dtype, w.dtype)
        x, w = (a if a.dtype == dtype else astype(a, dtype) for a in (x, w))
    how = {"stride": pair(name, "stride", stride), "dilation": pair(name, "dilation", dilation), "groups": groups}
    return x, w, how


def image(name, x):
    """``x`` if it has the four axes of a batch of images."""
    if x.ndim != 4:
        raise ValueError(
            f"{name} takes an input of shape (samples, rows, columns, channels), and was given {describe(x)}"
        )
    return x


def pair(name, what, value, least=1):
    """``value`` as (vertical, horizontal), two integers that are not below ``least``."""
    both = tuple(value) if isinstance(value, tuple | list) else (value, value)
    try:
        found = tuple(operator.index(n) for n in both if not isinstance(n, bool))
    except TypeError:
        found = ()
    if len(both) != 2 or len(found) != 2 or min(found) < least:
        raise ValueError(f"the {what} of {name} is an integer of at least {least} or a pair of them, and was {value!r}")
    return found


def resolved_padding(name, padding, size, kernel, stride, dilation):
    """``padding`` as ((top, bottom), (left, right)); see `conv2d`."""
    if isinstance(padding, str):
        if padding == "valid":
            return ((0, 0), (0, 0))
        if padding != "same":
            raise ValueError(f'the padding of {name} in words is "valid" or "same", and was {padding!r}')
        totals = [
            max((-(-n // s) - 1) * s + d * (k - 1) + 1 - n, 0) for n, k, s, d in zip(size, kernel, stride, dilation)
        ]
        return tuple((total // 2, total - total // 2) for total in totals)
    if isinstance(padding, tuple | list) and any(isinstance(part, tuple | list) for part in padding):
        if len(padding) != 2:
            raise ValueError(f"the padding of {name} is ((top, bottom), (left, right)), and was {padding!r}")
        return tuple(pair(name, "padding", part, 0) for part in padding)
    return tuple((n, n) for n in pair(name, "padding", padding, 0))


def transposed_shape(name, size, kernel, stride, padding, output_padding, dilation):
    """Rows and columns of a transposed convolution's result, and the padding of the one that it transposes."""
    extra = pair(name, "output_padding", output_padding, 0)
    if any(e >= s for e, s in zip(extra, stride)):
        raise ValueError(
            f"the output_padding of {name} is smaller than its stride {stride}, and was {output_padding!r}"
        )
    if padding == "same":
        if any(extra):
            raise ValueError(f'{name} with padding="same" has one size, and takes no output_padding')
        shape = tuple(n * s for n, s in zip(size, stride))
        return shape, resolved_padding(name, padding, shape, kernel, stride, dilation)
    padding = resolved_padding(name, padding, size, kernel, stride, dilation)
    axes = zip(size, kernel, stride, padding, extra, dilation)
    shape = tuple((n - 1) * s - sum(border) + d * (k - 1) + 1 + e for n, k, s, border, e, d in axes)
    if min(shape) < 1:
        raise ValueError(
            f"{name} of {size[0]} x {size[1]} with a kernel of {kernel[0]} x {kernel[1]} "
            f"and padding {padding} would make {shape[0]} x {shape[1]}: take less padding"
        )
    return shape, padding


_EXPORTED = """
    conv2d conv_transpose2d
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
