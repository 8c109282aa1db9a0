"""The dense layer, an affine map of the features."""

from __future__ import annotations

from .. import numpy as mnp
from ..rebuilt import rebuilt_by_name
from ..validation import switch
from .initialisers import glorot_normal, initialiser, zeros
from .layer import Layer, as_input, features, is_count, source, wrong_parameters


@rebuilt_by_name
def dense(width: int, weight=None, bias=None, use_bias: bool = True) -> Layer:
    """y = x W + b, with W of shape (inputs, ``width``) and b of shape (``width``,).

    ``x`` has shape (..., inputs). The parameters are ``{"weight": W, "bias": b}``, the bias left out
    without ``use_bias``. ``weight`` and ``bias`` are initialisers, by default `glorot_normal()` and `zeros()`.
    Raises `ValueError` for a width below one and for an input of another number of features.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> params = {"weight": mnp.asarray([[1.0], [2.0]]), "bias": mnp.asarray([0.5])}
    >>> mg.to_numpy(nn.dense(1).apply(params, mnp.asarray([[10.0, 20.0]])))
    array([[50.5]])
    """
    if not is_count(width):
        raise ValueError(f"the width of a dense layer is a positive integer, and was {width!r}")
    width = int(width)
    weight, bias = initialiser(weight, glorot_normal, "weight"), initialiser(bias, zeros, "bias")
    use_bias, name = switch(use_bias, "use_bias"), f"dense({width})"
    expected = ("weight", "bias") if use_bias else ("weight",)

    def init(rng, shape, dtype=None):
        rng = source(rng)
        params = {"weight": weight(rng, (features(shape, name), width), dtype)}
        if use_bias:
            params["bias"] = bias(rng, (width,), dtype)
        return params

    def apply(params, x, *, train=False, rng=None):
        x = as_input(x, name)
        try:
            matrix = params["weight"]
        except (TypeError, KeyError, IndexError):
            raise wrong_parameters(params, expected, name) from None
        if x.shape[-1:] != matrix.shape[:1]:
            raise ValueError(
                f"{name} has weights for {matrix.shape[0]} features and its input the shape {tuple(x.shape)}"
            )
        y = mnp.matmul(x, matrix)
        return y + params["bias"] if use_bias else y

    def output_shape(shape):
        features(shape, name)
        return (*shape[:-1], width)

    return Layer(init, apply, output_shape, name=name)
