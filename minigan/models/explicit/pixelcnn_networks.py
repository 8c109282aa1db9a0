"""PixelCNN's two networks over images of bits: one stack of masked convolutions, and the gated two stacks.

Each is written twice, over whole images at once and pixel by pixel with what is known kept, from the same few lines: what
differs is where a convolution's window reads.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

import minigan.numpy as mnp

from ... import nn
from ...backend import dtype_name
from ...nn.layer import is_count
from ...nn.masked_convolution import seen_places
from .autoregressive import Autoregressive, products_in_order


class Window(NamedTuple):
    """A masked convolution: its layer, the places that it sees, (down, right) of the centre, and how many it does not."""

    layer: nn.Layer
    places: list
    unseen: int

    def read(self, params, view: Callable, products):
        """The sum over places of what ``view(down, right)`` shows there, (..., channels), times the weights, plus bias."""
        weight = params["weight"]
        half = weight.shape[0] // 2, weight.shape[1] // 2
        terms = [(view(i, j), weight[half[0] + i, half[1] + j, ...]) for i, j in self.places]
        return products(terms) + params["bias"]

    def over(self, params, x, products=None):
        """The convolution of whole images (n, rows, columns, channels)."""
        if products is None:
            return self.layer.apply(params, x)
        return self.read(params, lambda i, j: _moved(_moved(x, i, 1), j, 2), products)


def window(features: int, kernel, kind: str) -> Window:
    """A `Window` of that ``kind`` of mask."""
    mask = nn.window_mask(kernel, kind)
    return Window(nn.masked_conv2d(features, kernel, kind), seen_places(kernel, kind), int((mask == 0.0).sum()))


def affine(params, x, products=None):
    """x W + b at every pixel."""
    y = mnp.matmul(x, params["weight"]) if products is None else products([(x, params["weight"])])
    return y + params["bias"]


def gate(a):
    """tanh of the first half of the features times the sigmoid of the second."""
    half = a.shape[-1] // 2
    return mnp.tanh(a[..., :half]) * mnp.sigmoid(a[..., half:])


def placed(params, a, given, at=()):
    """Features ``a`` and what their place adds, everywhere or ``at`` a row or a pixel (row, column); and their class."""
    a = a + params["place"][(*at, ...)]
    if given is None:
        return a
    added = mnp.take(params["class"], given, 0)
    return a + mnp.reshape(added, (added.shape[0], *(1,) * (a.ndim - 2), added.shape[1]))


class Sizes(NamedTuple):
    """``rows`` and ``columns`` of the images, ``features`` of each of ``depth`` layers, how many ``classes`` (0: none)."""

    rows: int
    columns: int
    features: int
    depth: int
    classes: int = 0


def checked_sizes(rows: int, columns: int, features: int, depth: int, classes: int) -> Sizes:
    """The `Sizes`, if all are counts."""
    sizes = Sizes(rows, columns, features, depth, classes)
    for what, number in sizes._asdict().items():
        if not is_count(number, 0 if what == "classes" else 1):
            raise ValueError(f"the {what} of PixelCNN are a positive integer, and were {number!r}")
    return sizes


def checked_classes(sizes: Sizes, given) -> None:
    """Refuses classes that were not given, and those that the network does not have."""
    if sizes.classes and given is None:
        raise ValueError(f"this network has {sizes.classes} classes: say which, or sum over them")
    if not sizes.classes and given is not None:
        raise ValueError("this network was made without classes, and was given some")


# -- one stack -------------------------------------------------------------------------------------------------------


def one_stack(rows: int, columns: int, features: int = 32, depth: int = 5, classes: int = 0) -> Autoregressive:
    """h_1 = A(x) + s_1, h_(l+1) = h_l + B(relu(h_l)) + s_(l+1), and the logit of a pixel is a network of its features h.

    A and B are masked 3 x 3 convolutions, s what a pixel's place and the class add. Each layer sees a pixel further, but
    never around the corner: (r - i, c + j) with j > i lies in the blind spot. Raises `ValueError` for sizes below one.
    Source: van den Oord et al. (2016), "Pixel Recurrent Neural Networks", figure 2; the places' terms are ours.

    >>> from minigan.random import generator
    >>> model = one_stack(4, 4, features=3, depth=2)
    >>> model.logits(model.init(generator(0), "float64"), mnp.zeros((5, 16))).shape
    (5, 16)
    """
    sizes = checked_sizes(rows, columns, features, depth, classes)
    windows = [window(features, 3, "before or here" if i else "before") for i in range(depth)]

    def init(rng, dtype="float32"):
        layers = []
        for i, one in enumerate(windows):
            own = one.layer.init(rng, (None, rows, columns, features if i else 1), dtype)
            layers.append({**own, **_tables(rng, sizes, features, dtype)})
        return {"layers": tuple(layers), "output": _output_init(rng, features, dtype)}

    def layer(i, params, h, convolved, given, at=()):
        a = placed(params, convolved(relu(h) if i else h), given, at)
        return h + a if i else a

    def logits(params, x, given=None, products=None):
        checked_classes(sizes, given)
        h = _image(x, sizes)
        for i, (one, own) in enumerate(zip(windows, params["layers"])):
            h = layer(i, own, h, lambda u, one=one, own=own: one.over(own, u, products), given)
        return _flat(_output(params["output"], h, products))

    def conditionals(params, count, given=None, products=products_in_order):
        checked_classes(sizes, given)
        known = _Pixels(count, dtype_name(params["output"]["last"]["weight"].dtype))
        for at in itertools.product(range(rows), range(columns)):
            h = known.get(0, at, 1)
            for i, (one, own) in enumerate(zip(windows, params["layers"])):

                def convolved(u, i=i, one=one, own=own, at=at):
                    known.put(i, at, u)
                    return one.read(own, known.around(i, at, u.shape[-1]), products)

                h = layer(i, own, h, convolved, given, at)
            bit = yield _output(params["output"], h, products)[:, 0]
            known.put(0, at, 2.0 * bit[:, None] - 1.0)

    masked_out = sum(one.unseen * features * (features if i else 1) for i, one in enumerate(windows))
    return Autoregressive(tuple(range(rows * columns)), init, logits, conditionals, masked_out)


# -- two stacks ------------------------------------------------------------------------------------------------------


def two_stacks(rows: int, columns: int, features: int = 24, depth: int = 5, classes: int = 0) -> Autoregressive:
    """The gated PixelCNN: a stack that sees the rows above, and one that sees what is left in the row, and the first one.

        a = V(v) + s,  v' = gate(a),      V 3 x 3 over the rows above (and, from the second layer on, level),
        h' = h + U gate(H(h) + W a + t),  H 1 x 3 over what is left (and, from the second layer on, here),

    gate(a, b) = tanh(a) sigmoid(b); s and t are what a pixel's place and the class add. What lies above is seen to both
    sides alike, a pixel further by each layer: there is no blind spot. Raises `ValueError` for sizes below one.
    Source: van den Oord et al. (2016), "Conditional Image Generation with PixelCNN Decoders", figure 2 and equation 4.

    >>> from minigan.random import generator
    >>> model = two_stacks(4, 4, features=3, depth=2, classes=10)
    >>> model.logits(model.init(generator(0), "float64"), mnp.zeros((2, 16)), mnp.asarray([3, 7])).shape
    (2, 16)
    """
    sizes = checked_sizes(rows, columns, features, depth, classes)
    above = [window(2 * features, 3, "above or level" if i else "above") for i in range(depth)]
    left = [window(2 * features, (1, 3), "left or here" if i else "left") for i in range(depth)]

    def init(rng, dtype="float32"):
        layers = []
        for i in range(depth):
            shape = (None, rows, columns, features if i else 1)
            layers.append(
                {
                    "above": {**above[i].layer.init(rng, shape, dtype), **_tables(rng, sizes, 2 * features, dtype)},
                    "left": {**left[i].layer.init(rng, shape, dtype), **_tables(rng, sizes, 2 * features, dtype)},
                    "down": nn.dense(2 * features).init(rng, (None, 2 * features), dtype),
                    "out": nn.dense(features).init(rng, (None, features), dtype),
                }
            )
        return {"layers": tuple(layers), "output": _output_init(rng, features, dtype)}

    def beside(i, own, h, convolved, a, given, products, at=()):
        """h' from the stack of the row, given what that of the rows above says, ``a``."""
        u = placed(own["left"], convolved + affine(own["down"], a, products), given, at)
        out = affine(own["out"], gate(u), products)
        return h + out if i else out

    def logits(params, x, given=None, products=None):
        checked_classes(sizes, given)
        v = h = _image(x, sizes)
        for i, own in enumerate(params["layers"]):
            a = placed(own["above"], above[i].over(own["above"], v, products), given)
            h = beside(i, own, h, left[i].over(own["left"], h, products), a, given, products)
            v = gate(a)
        return _flat(_output(params["output"], h, products))

    def conditionals(params, count, given=None, products=products_in_order):
        checked_classes(sizes, given)
        dtype = dtype_name(params["output"]["last"]["weight"].dtype)
        lines, pixels = _Lines(count, columns, dtype), _Pixels(count, dtype)
        for r in range(rows):
            told = []  # of this row by those above, layer by layer
            for i, own in enumerate(params["layers"]):
                seen = above[i].read(own["above"], lines.around(i, r, features if i else 1), products)
                told.append(placed(own["above"], seen, given, (r,)))
                lines.put(i + 1, (r,), gate(told[-1]))
            row = []
            for c in range(columns):
                h = pixels.get(0, (r, c), 1)
                for i, own in enumerate(params["layers"]):
                    pixels.put(i, (r, c), h)
                    seen = left[i].read(own["left"], pixels.around(i, (r, c), h.shape[-1]), products)
                    h = beside(i, own, h, seen, told[i][:, c, :], given, products, (r, c))
                bit = yield _output(params["output"], h, products)[:, 0]
                row.append(2.0 * bit[:, None] - 1.0)
                pixels.put(0, (r, c), row[-1])
            lines.put(0, (r,), mnp.stack(row, 1))

    unseen = [one.unseen + other.unseen for one, other in zip(above, left)]
    masked_out = sum(count * 2 * features * (features if i else 1) for i, count in enumerate(unseen))
    return Autoregressive(tuple(range(rows * columns)), init, logits, conditionals, masked_out)


# -- what both share -------------------------------------------------------------------------------------------------


class _Pixels:
    """Features of single pixels (n, channels) by layer and place: zeros where none were put, and outside of the image."""

    def __init__(self, count: int, dtype: str):
        self.found, self.shape, self.dtype = {}, (count,), dtype

    def put(self, layer, at, value):
        self.found[layer, *at] = value

    def get(self, layer, at, channels):
        found = self.found.get((layer, *at))
        return mnp.zeros((*self.shape, channels), dtype=self.dtype) if found is None else found

    def around(self, layer, at, channels):
        """What a window at a place reads, (down, right) of it."""
        return lambda down, right: self.get(layer, (at[0] + down, at[1] + right), channels)


class _Lines(_Pixels):
    """Features of whole rows (n, columns, channels) by layer and row."""

    def __init__(self, count: int, columns: int, dtype: str):
        self.found, self.shape, self.dtype = {}, (count, columns), dtype

    def around(self, layer, r, channels):
        return lambda down, right: _moved(self.get(layer, (r + down,), channels), right, 1)


def relu(x):
    return mnp.maximum(x, 0.0)


def _image(x, sizes):
    """Bits (n, rows columns) as an image of -1 and 1, which are told from the zeros around it."""
    if x.ndim != 2 or x.shape[1] != sizes.rows * sizes.columns:
        shape = f"(n, {sizes.rows * sizes.columns})"
        raise ValueError(f"images of {sizes.rows} x {sizes.columns} bits have the shape {shape}, not {tuple(x.shape)}")
    return mnp.reshape(2.0 * x - 1.0, (x.shape[0], sizes.rows, sizes.columns, 1))


def _flat(y):
    return mnp.reshape(y, (y.shape[0], y.shape[1] * y.shape[2]))


def _moved(x, by: int, axis: int):
    """y[.., k, ..] = x[.., k + by, ..] along an axis, zeros where x ends."""
    if by == 0:
        return x
    size = x.shape[axis]
    kept = min(abs(by), size)
    border = mnp.zeros((*x.shape[:axis], kept, *x.shape[axis + 1 :]), dtype=dtype_name(x.dtype))
    inside = (slice(None),) * axis + (slice(kept, None) if by > 0 else slice(0, size - kept), ...)
    return mnp.concatenate([x[inside], border] if by > 0 else [border, x[inside]], axis)


def _tables(rng, sizes, width, dtype):
    """What a place adds, and what a class adds, if there are classes."""
    tables = {"place": mnp.zeros((sizes.rows, sizes.columns, width), dtype=dtype)}
    return {**tables, "class": nn.normal(0.1)(rng, (sizes.classes, width), dtype)} if sizes.classes else tables


def _output_init(rng, features, dtype):
    return {
        "hidden": nn.dense(features, nn.he_normal()).init(rng, (None, features), dtype),
        "last": nn.dense(1).init(rng, (None, features), dtype),
    }


def _output(params, h, products):
    """The logit of each pixel, (..., 1), from its features."""
    return affine(params["last"], relu(affine(params["hidden"], relu(h), products)), products)
