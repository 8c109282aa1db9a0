"""Batch normalisation: features brought to mean 0 and variance 1 over the batch, then scaled and shifted."""

from __future__ import annotations

import math

from .. import numpy as mnp
from ..autodiff import stop_gradient
from ..rebuilt import rebuilt_by_name
from ..validation import non_negative
from .layer import Layer, as_input, features, wrong_parameters


@rebuilt_by_name
def batch_norm(epsilon: float = 1e-5) -> Layer:
    """y = scale (x - m) / sqrt(v + epsilon) + shift, each of shape (features,).

    In training, m and v are the mean and the (biased) variance of the batch over all axes but the last,
    and the derivative goes through them. Else they are the running ones, ``params["mean"]`` and ``params["var"]``,
    constants to every derivative: an optimiser never moves them, `update_statistics` does. The parameters
    are ``{"scale", "shift", "mean", "var"}``, at first 1, 0, 0, 1. Raises `ValueError` for a training batch of one,
    whose variance says nothing. Source: Ioffe & Szegedy (2015), algorithms 1 and 2.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> init, apply = nn.batch_norm(epsilon=0.0)
    >>> x = mnp.asarray([[1.0], [3.0]])
    >>> mg.to_numpy(apply(init(None, (None, 1)), x, train=True))
    array([[-1.],
           [ 1.]])
    """
    epsilon = non_negative(epsilon, "the epsilon of batch_norm")

    def init(rng, shape, dtype=None):
        width, dtype = features(shape, "batch_norm"), dtype or "float64"
        ones, zeros = mnp.ones((width,), dtype=dtype), mnp.zeros((width,), dtype=dtype)
        return {"scale": ones, "shift": zeros, "mean": zeros, "var": ones}

    def apply(params, x, *, train=False, rng=None):
        x = as_input(x, "batch_norm")
        try:
            scale = params["scale"]
        except (TypeError, KeyError, IndexError):
            raise wrong_parameters(params, ("scale", "shift", "mean", "var"), "batch_norm") from None
        if x.ndim < 1 or x.shape[-1:] != scale.shape:
            raise ValueError(
                f"batch_norm has {scale.shape[0]} features and its input the shape {tuple(x.shape)}"
            )
        if train:
            axes, _ = _batch(x)
            mean, var = mnp.mean(x, axes), mnp.var(x, axes)
        else:
            mean, var = stop_gradient(params["mean"]), stop_gradient(params["var"])
        return (x - mean) * (scale / mnp.sqrt(var + epsilon)) + params["shift"]

    def observe(params, x, momentum, rng):
        x = as_input(x, "batch_norm")
        axes, count = _batch(x)
        mean, var = mnp.mean(x, axes), mnp.var(x, axes) * (count / (count - 1))  # unbiased, as in algorithm 2
        kept = 1.0 - momentum
        return {
            **params,
            "mean": stop_gradient(kept * params["mean"] + momentum * mean),
            "var": stop_gradient(kept * params["var"] + momentum * var),
        }

    return Layer(init, apply, observe=observe, name="batch_norm")


def _batch(x):
    """The axes of a batch, all but the last, and how many examples they hold; refuses fewer than two."""
    count = math.prod(x.shape[:-1])
    if x.ndim < 2 or count < 2:
        raise ValueError(f"batch_norm in training needs two examples or more, and its input has shape {tuple(x.shape)}")
    return tuple(range(x.ndim - 1)), count
