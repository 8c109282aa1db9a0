"""Networks as pairs of pure functions: ``init(rng, shape) -> params`` and ``apply(params, x) -> y``.

Read `layer` first (the pair, `sequential`), then `dense`, `activations`, `normalisation`, `dropout`,
`initialisers`, and `mlp`, which puts them together; for images, `convolution` and `pooling`.
"""

from .activations import Activation, activation, elu, identity, leaky_relu, relu, sigmoid, softplus, tanh
from .convolution import conv2d, conv_transpose2d
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
from .pooling import avg_pool2d, flatten, max_pool2d, reshape, upsample

__all__ = [
    "Activation",
    "Layer",
    "activation",
    "avg_pool2d",
    "batch_norm",
    "constant",
    "conv2d",
    "conv_transpose2d",
    "dense",
    "dropout",
    "elu",
    "flatten",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "leaky_relu",
    "max_pool2d",
    "mlp",
    "normal",
    "orthogonal",
    "relu",
    "reshape",
    "sequential",
    "sigmoid",
    "softplus",
    "tanh",
    "update_statistics",
    "upsample",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]
