"""Several small networks of one shape side by side: parameters with a leading axis, so that all are evaluated at once."""

from __future__ import annotations

import math
from typing import NamedTuple

import minigan.numpy as mnp

from ...autodiff import tree_leaves

LAYERS = ("first", "second", "third")


class Networks(NamedTuple):
    """``copies`` networks of ``depth`` hidden layers (leaky ReLU, 0.2), from ``inputs`` to ``outputs`` numbers.

    ``depth`` is 1 or 2; with ``bounded`` outputs lie in [-1, 1], by tanh. Parameters are arrays with an axis of ``copies``
    first. ``apply(params, x)`` takes x of shape (copies, n, inputs), or (1, n, inputs) for the same input to all.

    >>> from minigan.random import generator
    >>> nets = Networks(3, 4, 8, 2)
    >>> nets.apply(nets.init(generator(0)), mnp.ones((3, 5, 4), dtype="float32")).shape
    (3, 5, 2)
    """

    copies: int
    inputs: int
    hidden: int
    outputs: int
    depth: int = 1
    bounded: bool = False

    def init(self, rng) -> dict:
        """Weights of N(0, 2 / (rows + columns)), biases of 0, in float32."""

        def weights(rows, columns):
            return rng.standard_normal((self.copies, rows, columns), dtype="float32") * math.sqrt(
                2.0 / (rows + columns)
            )

        widths = [self.inputs, *[self.hidden] * self.depth, self.outputs]
        params = {}
        for which, rows, columns in zip(LAYERS, widths, widths[1:]):
            params[f"{which}_weight"] = weights(rows, columns)
            params[f"{which}_bias"] = mnp.zeros((self.copies, 1, columns), dtype="float32")
        return params

    def apply(self, params, x):
        """Outputs (copies, n, outputs)."""
        for which in LAYERS[: self.depth]:
            x = mnp.matmul(x, params[f"{which}_weight"]) + params[f"{which}_bias"]
            x = mnp.maximum(x, 0.2 * x)
        last = LAYERS[self.depth]
        x = mnp.matmul(x, params[f"{last}_weight"]) + params[f"{last}_bias"]
        return mnp.tanh(x) if self.bounded else x


def squared_norm(params):
    """The sum of the squares of all parameters."""
    return sum(mnp.sum(mnp.square(leaf)) for leaf in tree_leaves(params))
