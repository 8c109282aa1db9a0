"""Networks as pairs of pure functions: ``init(rng, shape) -> params`` and ``apply(params, x) -> y``.

Read `layer` first (the pair, `sequential`), then `dense`, `activations`, `normalisation`, `dropout`,
`initialisers`, and `mlp`, which puts them together.
"""

from .activations import Activation, activation, elu, identity, leaky_relu, relu, sigmoid, softplus, tanh
from .dense import dense
from .dropout import dropout
from .initialisers import (
    constant,
    glorot_normal,
    glorot_uniform,
    he_normal,
    he_uniform,
    normal,
    orthogonal,
    xavier_normal,
    xavier_uniform,
    zeros,
)
from .layer import Layer, sequential, update_statistics
from .mlp import mlp
from .normalisation import batch_norm

__all__ = [
    "Activation",
    "Layer",
    "activation",
    "batch_norm",
    "constant",
    "dense",
    "dropout",
    "elu",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "leaky_relu",
    "mlp",
    "normal",
    "orthogonal",
    "relu",
    "sequential",
    "sigmoid",
    "softplus",
    "tanh",
    "update_statistics",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]
