"""Two convolutional players for images of any size, each of two layers with kernels of 4x4."""

from __future__ import annotations

from ... import nn
from ...rebuilt import rebuilt_by_name


def convolutional_players(height: int, width: int, channels: int, features: int):
    """Generator and discriminator of flat images (n, height * width * channels), ``features`` wide next to the image.

    Each kernel sees 4x4 pixels at a stride of 2: what is near is easy for both players, and what concerns the whole image
    is left to the one dense layer of each. Sides that are no multiples of four are made larger and cropped.

    >>> generator, discriminator = convolutional_players(9, 8, 3, features=4)
    >>> generator.output_shape((5, 32)), discriminator.output_shape((5, 216))
    ((5, 216), (5, 1))
    """
    down, across = -(-height // 4), -(-width // 4)
    whole = (height, width) == (4 * down, 4 * across)
    generator = nn.sequential(
        nn.dense(down * across * 2 * features),
        nn.reshape(down, across, 2 * features),
        nn.relu,
        nn.conv_transpose2d(features, 4, stride=2, padding=1),
        nn.relu,
        nn.conv_transpose2d(channels, 4, stride=2, padding=1),
        nn.tanh,
        *(() if whole else (cropped(height, width, channels),)),
        nn.flatten,
    )
    discriminator = nn.sequential(
        nn.reshape(height, width, channels),
        nn.conv2d(features, 4, stride=2, padding=1),
        nn.leaky_relu(0.2),
        nn.conv2d(2 * features, 4, stride=2, padding=1),
        nn.leaky_relu(0.2),
        nn.flatten,
        nn.dense(1),
    )
    return generator, discriminator


@rebuilt_by_name
def cropped(height: int, width: int, channels: int) -> nn.Layer:
    """The upper left corner of images, of that size: convolutions make multiples of four."""
    return nn.Layer(
        lambda rng, shape, dtype=None: None,
        lambda params, x, *, train=False, rng=None: x[:, :height, :width, :],
        lambda shape: (shape[0], height, width, channels),
        name=f"cropped({height}, {width}, {channels})",
    )
