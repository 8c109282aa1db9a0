"""Spectral normalisation: a layer whose weights are divided by their largest singular value."""

from __future__ import annotations

from .. import numpy as mnp
from ..autodiff import stop_gradient
from ..rebuilt import rebuilt_by_name
from .layer import Layer, is_count, source, wrong_parameters


@rebuilt_by_name
def spectral_norm(layer: Layer, iterations: int = 1, at_first: int = 15) -> Layer:
    """``layer`` with W / sigma(W) in place of W, so that a dense layer is 1-Lipschitz.

    W is ``params["weight"]``, as a matrix of shape (everything else, last axis): exact for `dense`; for a convolution it
    is the usual norm of the reshaped kernel, not that of the map. sigma is estimated by power iteration on a remembered
    vector u: sigma = |W u|, never above the true one. `update_statistics` makes ``iterations`` rounds a step,
    initialisation ``at_first``; u is a constant to every derivative, d sigma / dW = v u^T with v = W u / |W u|. The
    parameters are ``{"layer": those of layer, "u": u}``. Raises `ValueError` for a layer without a weight. Source: Miyato
    et al. (2018), algorithm 1.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> layer = nn.spectral_norm(nn.dense(2, use_bias=False))
    >>> params = {"layer": {"weight": mnp.asarray([[3.0, 0.0], [0.0, 1.0]])}, "u": mnp.asarray([1.0, 0.0])}
    >>> mg.to_numpy(layer.apply(params, mnp.asarray([[6.0, 6.0]])))
    array([[6., 2.]])
    """
    for count, name in ((iterations, "iterations"), (at_first, "at_first")):
        if not is_count(count):
            raise ValueError(f"the {name} of spectral_norm are a positive integer, and were {count!r}")
    if not isinstance(layer, Layer):
        raise TypeError(f"spectral_norm wraps a layer, such as nn.dense(64), and was given {layer!r}")

    def init(rng, shape, dtype=None):
        rng = source(rng)
        own = layer.init(rng, shape, dtype)
        if not isinstance(own, dict) or "weight" not in own:
            raise ValueError(f"spectral_norm divides a weight, and {layer.name} has none")
        u = rng.standard_normal((own["weight"].shape[-1],), dtype=dtype)
        return {"layer": own, "u": _turned(_matrix(own["weight"]), u, at_first)}

    def apply(params, x, *, train=False, rng=None):
        try:
            own, u = params["layer"], params["u"]
        except (TypeError, KeyError, IndexError):
            raise wrong_parameters(params, ("layer", "u"), f"spectral_norm({layer.name})") from None
        weight = own["weight"] / largest_singular_value(own["weight"], u)
        return layer.apply({**own, "weight": weight}, x, train=train, rng=rng)

    def observe(params, x, momentum, rng):
        own = layer.observe(params["layer"], x, momentum, rng) if layer.observe else params["layer"]
        return {"layer": own, "u": _turned(_matrix(own["weight"]), params["u"], iterations)}

    return Layer(init, apply, layer.output_shape, observe, f"spectral_norm({layer.name})")


def largest_singular_value(weight, u):
    """v^T W u with v = W u / |W u|, the estimate of sigma(W) that the vector ``u`` of length 1 gives; v, u constant."""
    matrix, u = _matrix(weight), stop_gradient(u)
    v = stop_gradient(_unit(mnp.matmul(matrix, u)))
    return mnp.sum(v * mnp.matmul(matrix, u))


def _turned(matrix, u, rounds):
    """``u`` after that many rounds of the power iteration on W^T W, of length 1; no derivative goes through."""
    matrix, u = stop_gradient(matrix), stop_gradient(u)
    for _ in range(rounds):
        u = _unit(mnp.matmul(_unit(mnp.matmul(matrix, u)), matrix))
    return u


def _matrix(weight):
    return mnp.reshape(weight, (-1, weight.shape[-1]))


def _unit(x):
    length = mnp.sqrt(mnp.sum(mnp.square(x)))
    return x / mnp.where(length == 0.0, 1.0, length)
