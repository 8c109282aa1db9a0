"""The causal convolution of sequences: what comes later is seen by nothing."""

from __future__ import annotations

from .. import numpy as mnp
from ..rebuilt import rebuilt_by_name
from .initialisers import he_normal, zeros
from .layer import Layer, features, is_count


@rebuilt_by_name
def causal_convolution(
    width: int, kernel: int = 2, dilation: int = 1, weight=None, bias=None, use_bias: bool = True
) -> Layer:
    """y_t = sum_k x_(t - k ``dilation``) W_k + b, k = 0 .. ``kernel`` - 1, with zeros before the beginning.

    ``x`` has shape (samples, places, channels), y ``width`` channels at as many places; W has shape (kernel, channels,
    width), its first entry for the place itself. Output t depends on the inputs t, t - d, ..., t - (kernel - 1) d alone.
    The parameters are ``{"weight": W, "bias": b}``, the bias left out without ``use_bias``; ``weight`` and ``bias`` are
    initialisers, by default `he_normal()` and `zeros()`. Raises `ValueError` for sizes below one and for another shape of
    x. Source: van den Oord et al. (2016), WaveNet, section 2.1.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> layer = nn.causal_convolution(1, kernel=2, dilation=2, use_bias=False)
    >>> params = {"weight": mnp.asarray([[[1.0]], [[10.0]]])}
    >>> mg.to_numpy(layer.apply(params, mnp.asarray([[[1.0], [2.0], [3.0], [4.0]]])))[0, :, 0]
    array([ 1.,  2., 13., 24.])
    """
    for what, number in (("width", width), ("kernel", kernel), ("dilation", dilation)):
        if not is_count(number):
            raise ValueError(f"the {what} of a causal convolution is a positive integer, and was {number!r}")
    width, kernel, dilation = int(width), int(kernel), int(dilation)
    weight, bias = weight or he_normal(), bias or zeros()
    name = f"causal_convolution({width}, {kernel}, {dilation})"

    def init(rng, shape, dtype=None):
        params = {"weight": weight(rng, (kernel, features(shape, name), width), dtype)}
        if use_bias:
            params["bias"] = bias(rng, (width,), dtype)
        return params

    def apply(params, x, *, train=False, rng=None):
        w = params["weight"]
        if x.ndim != 3 or x.shape[2] != w.shape[1]:
            raise ValueError(
                f"{name} has weights for {w.shape[1]} channels of sequences (samples, places, channels), and its input "
                f"the shape {tuple(x.shape)}"
            )
        places = x.shape[1]
        y = mnp.matmul(x, w[0, ...])
        for k in range(1, kernel):
            back = k * dilation
            if back < places:  # what lies before the beginning is zero
                y = y + mnp.pad(mnp.matmul(x[:, : places - back, :], w[k, ...]), ((0, 0), (back, 0), (0, 0)))
        return y + params["bias"] if use_bias else y

    def output_shape(shape):
        features(shape, name)
        return (*shape[:-1], width)

    return Layer(init, apply, output_shape, name=name)
