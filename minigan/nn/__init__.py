"""Networks as pairs of pure functions: ``init(rng, shape) -> params`` and ``apply(params, x) -> y``.

Read `layer` first (the pair, `sequential`), then `dense`, `activations`, `normalisation`, `reference_norm`, `spectral`,
`dropout`, `noise`, `minibatch`, `embedding`, `initialisers`, and `mlp`, which puts them together; for several inputs or
outputs, `several`; for images, `convolution` and `pooling`; for sequences, `causal_convolution`; where outputs see some of
the inputs alone, `masked_dense` and `masked_convolution`; for maps with an inverse, `bijection`, `coupling`,
`activation_norm`, `invertible_linear`, `squeezing`.
"""

from .activation_norm import activation_norm
from .activations import (
    Activation,
    activation,
    elu,
    gelu,
    gelu_tanh,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    silu,
    softplus,
    tanh,
)
from .bijection import Bijection, chain
from .causal_convolution import causal_convolution
from .convolution import conv2d, conv_transpose2d
from .coupling import affine_coupling
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
from .invertible_linear import invertible_linear
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
from .squeezing import squeeze, unflatten

__all__ = [
    "Activation",
    "Bijection",
    "Layer",
    "activation",
    "activation_norm",
    "affine_coupling",
    "autoregressive_masks",
    "avg_pool2d",
    "batch_norm",
    "branches",
    "causal_convolution",
    "chain",
    "concatenate",
    "constant",
    "conv2d",
    "conv_transpose2d",
    "dense",
    "dropout",
    "elu",
    "embedding",
    "flatten",
    "gelu",
    "gelu_tanh",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "he_uniform",
    "identity",
    "instance_noise",
    "invertible_linear",
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
    "silu",
    "softplus",
    "spectral_norm",
    "squeeze",
    "tanh",
    "unflatten",
    "update_statistics",
    "upsample",
    "virtual_batch_norm",
    "window_mask",
    "with_reference",
    "xavier_normal",
    "xavier_uniform",
    "zeros",
]
