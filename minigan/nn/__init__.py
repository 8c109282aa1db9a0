"""Networks as pairs of pure functions: ``init(rng, shape) -> params`` and ``apply(params, x) -> y``.

Read `layer` first (the pair, `sequential`), then `dense`, `activations`, `normalisation`, `reference_norm`, `spectral`,
`dropout`, `noise`, `minibatch`, `embedding`, `initialisers`, and `mlp`, which puts them together; for several inputs or
outputs, `several`; for images, `convolution` and `pooling`; where outputs see some of the inputs alone, `masked_dense` and
`masked_convolution`.
"""

from .activations import Activation, activation, elu, identity, leaky_relu, relu, sigmoid, softplus, tanh
from .convolution import conv2d, conv_transpose2d
from .dense import dense
from .dropout import dropout
from .embedding import embedding
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
from .masked_convolution import masked_conv2d, window_mask
from .masked_dense import autoregressive_masks, masked_dense
from .minibatch import minibatch_discrimination, minibatch_stddev, packing
from .mlp import mlp
from .noise import instance_noise
from .normalisation import batch_norm
from .pooling import avg_pool2d, flatten, max_pool2d, reshape, upsample
from .reference_norm import reference_batch_norm, virtual_batch_norm, with_reference
from .several import branches, concatenate
from .spectral import spectral_norm

__all__ = [
    "Activation",
    "Layer",
    "activation",
    "autoregressive_masks",
    "avg_pool2d",
    "batch_norm",
    "branches",
    "concatenate",
    "constant",
    "conv2d",
    "conv_transpose2d",
    "dense",
    "dropout",
    "elu",
    "embedding",
    "flatten",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "instance_noise",
    "leaky_relu",
    "masked_conv2d",
    "masked_dense",
    "max_pool2d",
    "minibatch_discrimination",
    "minibatch_stddev",
    "mlp",
    "normal",
    "orthogonal",
    "packing",
    "reference_batch_norm",
    "relu",
    "reshape",
    "sequential",
    "sigmoid",
    "softplus",
    "spectral_norm",
    "tanh",
    "update_statistics",
    "upsample",
    "virtual_batch_norm",
    "window_mask",
    "with_reference",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]
