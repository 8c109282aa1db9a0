"""The multilayer perceptron, the network of the lecture's generators and discriminators."""

from __future__ import annotations

from ..rebuilt import rebuilt_by_name
from .activations import activation as activation_called
from .dense import dense
from .layer import Layer, sequential


@rebuilt_by_name
def mlp(sizes, activation="tanh", output=None, initialiser=None, bias=None) -> Layer:
    """Dense layers of widths ``sizes``: ``activation`` after each but the last, ``output`` after the last.

    The input's width comes with the shape given to ``init``. Activations are layers, names or functions;
    ``initialiser`` and ``bias`` are those of `dense`. With tanh, h_i = tanh(h_(i-1) W_i + b_i):
    the lecture's "Generator Network".

    >>> from minigan import nn
    >>> nn.mlp([64, 64, 1], activation="relu", output="sigmoid")
    sequential(dense(64), relu, dense(64), relu, dense(1), sigmoid)
    """
    sizes = list(sizes) if isinstance(sizes, tuple | list) else sizes
    if not isinstance(sizes, list) or not sizes:
        raise ValueError(f"mlp takes the widths of its layers, the last being the output's, as [64, 1]; got {sizes!r}")
    hidden = activation_called(activation)
    layers = []
    for width in sizes:
        layers += [dense(width, initialiser, bias), hidden]
    layers.pop()
    if output is not None:
        layers.append(activation_called(output))
    return sequential(*layers)
