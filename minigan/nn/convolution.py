"""Convolutional layers: the same weights at every place of an image, or the transpose of that."""

from __future__ import annotations

from .. import numpy as mnp
from ..numpy.convolution import pair, resolved_padding, transposed_shape
from ..numpy.image_kernels import window_places
from ..rebuilt import rebuilt_by_name
from ..validation import switch
from .initialisers import he_normal, initialiser, zeros
from .layer import Layer, as_input, is_count, source, wrong_parameters


def image_shape(shape, name: str) -> tuple[int, int, int]:
    """Rows, columns and channels of an input's shape, batch axis first; refuses what is no such shape."""
    sound = isinstance(shape, tuple | list) and len(shape) == 4
    if not sound or not all(map(is_count, shape[1:])):
        raise ValueError(
            f"{name} takes images and is initialised with the shape of its input, batch axis first and channels last, "
            f"such as (None, 28, 28, 1), and was given {shape!r}; nn.reshape makes images of vectors"
        )
    return tuple(map(int, shape[1:]))


@rebuilt_by_name
def conv2d(
    features: int,
    kernel,
    stride=1,
    padding=0,
    dilation=1,
    groups: int = 1,
    weight=None,
    bias=None,
    use_bias: bool = True,
) -> Layer:
    """y = `mnp.conv2d` (x, W) + b, with W of shape (rows, columns, channels / groups, ``features``).

    ``x`` has shape (samples, rows, columns, channels). ``kernel`` is a number or (rows, columns); ``stride``,
    ``padding``, ``dilation`` and ``groups`` are those of `mnp.conv2d`. The parameters are ``{"weight": W, "bias": b}``,
    the bias left out without ``use_bias``. ``weight`` and ``bias`` are initialisers, by default `he_normal()`
    and `zeros()`; DCGAN's is ``nn.normal(0.02)``. Raises `ValueError` for sizes that do not fit.

    >>> import minigan as mg
    >>> from minigan import nn
    >>> layer = nn.conv2d(64, 4, stride=2, padding=1)
    >>> params = layer.init(mg.random.generator(0), (None, 28, 28, 1))
    >>> params["weight"].shape, layer.apply(params, mg.numpy.ones((5, 28, 28, 1))).shape
    ((4, 4, 1, 64), (5, 14, 14, 64))
    """
    name = "conv2d"
    features, groups, kernel, stride, dilation = _sizes(name, features, groups, kernel, stride, dilation)
    how = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
    weight, bias = initialiser(weight, he_normal, "weight"), initialiser(bias, zeros, "bias")
    use_bias = switch(use_bias, "use_bias")

    def init(rng, shape, dtype=None):
        rng, (*_, channels) = source(rng), image_shape(shape, name)
        _divisible(name, channels, groups)
        params = {"weight": weight(rng, (*kernel, channels // groups, features), dtype)}
        if use_bias:
            params["bias"] = bias(rng, (features,), dtype)
        return params

    def apply(params, x, *, train=False, rng=None):
        try:
            matrix = params["weight"]
        except (TypeError, KeyError, IndexError):
            raise wrong_parameters(params, ("weight", "bias"), name) from None
        y = mnp.conv2d(as_input(x, name), matrix, **how)
        return y + params["bias"] if use_bias else y

    def output_shape(shape):
        *size, _ = image_shape(shape, name)
        border = resolved_padding(name, padding, size, kernel, stride, dilation)
        return (shape[0], *window_places(size, kernel, stride, border, dilation), features)

    resolved_padding(name, padding, kernel, kernel, stride, dilation)  # refuses it here, if it is none
    return Layer(init, apply, output_shape, name=_described(name, features, kernel, stride))


@rebuilt_by_name
def conv_transpose2d(
    features: int,
    kernel,
    stride=1,
    padding=0,
    output_padding=0,
    dilation=1,
    groups: int = 1,
    weight=None,
    bias=None,
    use_bias: bool = True,
) -> Layer:
    """y = `mnp.conv_transpose2d` (x, W) + b, with W of shape (rows, columns, ``features`` / groups, channels).

    What generators enlarge images with: ``nn.conv_transpose2d(64, 4, stride=2, padding=1)`` doubles rows and columns.
    The weights are those of the `conv2d` that it transposes, so an initialiser is asked
    for (rows, columns, channels, ``features`` / groups), inputs before outputs, and its last two axes exchanged;
    a stride s lets every output see only one in s^2 of those inputs. Otherwise as `conv2d`.

    >>> import minigan as mg
    >>> from minigan import nn
    >>> layer = nn.conv_transpose2d(64, 4, stride=2, padding=1)
    >>> params = layer.init(mg.random.generator(0), (None, 7, 7, 128))
    >>> params["weight"].shape, layer.apply(params, mg.numpy.ones((5, 7, 7, 128))).shape
    ((4, 4, 64, 128), (5, 14, 14, 64))
    """
    name = "conv_transpose2d"
    features, groups, kernel, stride, dilation = _sizes(name, features, groups, kernel, stride, dilation)
    how = {
        "stride": stride,
        "padding": padding,
        "output_padding": output_padding,
        "dilation": dilation,
        "groups": groups,
    }
    weight, bias = initialiser(weight, he_normal, "weight"), initialiser(bias, zeros, "bias")
    use_bias = switch(use_bias, "use_bias")

    def init(rng, shape, dtype=None):
        rng, (*_, channels) = source(rng), image_shape(shape, name)
        _divisible(name, channels, groups)
        drawn = weight(rng, (*kernel, channels, features // groups), dtype)
        params = {"weight": mnp.swapaxes(drawn, 2, 3)}
        if use_bias:
            params["bias"] = bias(rng, (features,), dtype)
        return params

    def apply(params, x, *, train=False, rng=None):
        try:
            matrix = params["weight"]
        except (TypeError, KeyError, IndexError):
            raise wrong_parameters(params, ("weight", "bias"), name) from None
        y = mnp.conv_transpose2d(as_input(x, name), matrix, **how)
        return y + params["bias"] if use_bias else y

    def output_shape(shape):
        *size, _ = image_shape(shape, name)
        new_size, _ = transposed_shape(name, size, kernel, stride, padding, output_padding, dilation)
        return (shape[0], *new_size, features)

    transposed_shape(name, kernel, kernel, stride, padding, output_padding, dilation)  # refuses them here
    return Layer(init, apply, output_shape, name=_described(name, features, kernel, stride))


def _sizes(name, features, groups, kernel, stride, dilation):
    for what, value in (("features", features), ("groups", groups)):
        if not is_count(value):
            raise ValueError(f"the {what} of {name} are a positive integer, and were {value!r}")
    _divisible(name, features, groups)
    window = (pair(name, what, value) for what, value in (("kernel", kernel), ("stride", stride), ("dilation", dilation)))
    return int(features), int(groups), *window


def _divisible(name, channels, groups):
    if channels % groups:
        raise ValueError(f"{name} with groups={groups} divides channels equally, and was given {channels} of them")


def _described(name, features, kernel, stride) -> str:
    size = "x".join(map(str, kernel)) + ("" if stride == (1, 1) else f" / {'x'.join(map(str, stride))}")
    return f"{name}({features}, {size})"
