"""Masked convolutions: every pixel sees only pixels that come before it, row by row from the upper left corner.

One stack of them has a blind spot: with 3 x 3 windows no pixel ever sees (r - i, c + j) for j > i. Two stacks have none,
one of the rows above a pixel and one of what is left of it in its own row.
"""

from __future__ import annotations

import numpy as np

from .. import numpy as mnp
from ..names import unknown
from ..numpy.convolution import pair
from ..rebuilt import rebuilt_by_name
from ..validation import switch
from .convolution import image_shape
from .initialisers import he_normal, initialiser, zeros
from .layer import Layer, as_input, is_count, source, wrong_parameters
from .masked_dense import masked

# kind -> which places (row, column) of a window it sees, relative to the centre
KINDS = {
    "before": lambda i, j: (i < 0) | ((i == 0) & (j < 0)),  # A, of a first layer
    "before or here": lambda i, j: (i < 0) | ((i == 0) & (j <= 0)),  # B, of all others
    "above": lambda i, j: i < 0,
    "above or level": lambda i, j: i <= 0,  # for features that see the rows above alone
    "left": lambda i, j: (i == 0) & (j < 0),
    "left or here": lambda i, j: (i == 0) & (j <= 0),
}


def window_mask(kernel, kind: str) -> np.ndarray:
    """Which places of a window of ``kernel`` (rows, columns), both odd, are seen: 1, or 0; ``kind`` is one of

    * ``"before"``, ``"before or here"``: the masks A and B of PixelCNN;
    * ``"above"``, ``"above or level"``: those of the stack of the rows above;
    * ``"left"``, ``"left or here"``: those of the stack of a row.

    Sources: van den Oord et al. (2016), "Pixel Recurrent Neural Networks", figure 2; and "Conditional Image Generation
    with PixelCNN Decoders", section 2.2, whose shift by a row is the "above" of a first layer.

    >>> window_mask(3, "before")
    array([[1., 1., 1.],
           [1., 0., 0.],
           [0., 0., 0.]])
    """
    if kind not in KINDS:
        raise unknown("kind of mask", kind, KINDS, ", ".join(KINDS))
    rows, columns = pair("masked_conv2d", "kernel", kernel)
    if not rows % 2 or not columns % 2:
        raise ValueError(f"the window of a masked convolution has a centre, so its sides are odd, and was {kernel!r}")
    i, j = np.arange(rows)[:, None] - rows // 2, np.arange(columns) - columns // 2
    return np.broadcast_to(KINDS[kind](i, j), (rows, columns)).astype(float)


def seen_places(kernel, kind: str) -> list[tuple[int, int]]:
    """The places that a mask sees, (down, right) of the centre, row by row.

    >>> seen_places(3, "before")
    [(-1, -1), (-1, 0), (-1, 1), (0, -1)]
    """
    mask = window_mask(kernel, kind)
    return [(int(i) - mask.shape[0] // 2, int(j) - mask.shape[1] // 2) for i, j in np.argwhere(mask)]


@rebuilt_by_name
def masked_conv2d(features: int, kernel, kind: str, weight=None, bias=None, use_bias: bool = True) -> Layer:
    """y = `mnp.conv2d` (x, M W) + b at every pixel of x, with a `window_mask` M of that ``kind``, zeros around the image.

    ``x`` has shape (samples, rows, columns, channels), y as many rows and columns; W has shape (rows, columns, channels,
    ``features``). The parameters are ``{"weight": W, "bias": b}``, the bias left out without ``use_bias``; ``weight`` and
    ``bias`` are initialisers, by default `he_normal()`, scaled to the places that are seen, and `zeros()`.
    Raises `ValueError` for an even window, one of which nothing is seen, and an unknown kind.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> layer = nn.masked_conv2d(1, 3, "before", nn.constant(1.0))
    >>> x = mnp.reshape(mnp.arange(9.0), (1, 3, 3, 1))
    >>> mg.to_numpy(layer.apply(layer.init(None, (None, 3, 3, 1)), x))[0, :, :, 0]
    array([[ 0.,  0.,  1.],
           [ 1.,  6.,  7.],
           [ 7., 18., 16.]])
    """
    name = "masked_conv2d"
    if not is_count(features):
        raise ValueError(f"the features of {name} are a positive integer, and were {features!r}")
    features, kernel = int(features), pair(name, "kernel", kernel)
    mask = window_mask(kernel, kind)
    seen = int(mask.sum())
    if not seen:
        raise ValueError(f"{name} sees nothing {kind} the centre of a window of {kernel[0]} x {kernel[1]}: enlarge it")
    padding = ((kernel[0] // 2,) * 2, (kernel[1] // 2,) * 2)
    scale = 1.0 if weight else (mask.size / seen) ** 0.5  # the initialiser counts the places that are not seen, too
    weight, bias = initialiser(weight, he_normal, "weight"), initialiser(bias, zeros, "bias")
    use_bias = switch(use_bias, "use_bias")

    def init(rng, shape, dtype=None):
        rng, (*_, channels) = source(rng), image_shape(shape, name)
        params = {"weight": scale * masked(weight(rng, (*kernel, channels, features), dtype), mask[:, :, None, None])}
        if use_bias:
            params["bias"] = bias(rng, (features,), dtype)
        return params

    def apply(params, x, *, train=False, rng=None):
        try:
            matrix = params["weight"]
        except (TypeError, KeyError, IndexError):
            raise wrong_parameters(params, ("weight", "bias"), name) from None
        y = mnp.conv2d(as_input(x, name), masked(matrix, mask[:, :, None, None]), padding=padding)
        return y + params["bias"] if use_bias else y

    def output_shape(shape):
        image_shape(shape, name)
        return (*shape[:-1], features)

    return Layer(init, apply, output_shape, name=f"{name}({features}, {kernel[0]}x{kernel[1]}, {kind})")
