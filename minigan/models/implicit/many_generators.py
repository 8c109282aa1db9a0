"""Several small networks of one shape side by side: parameters with a leading axis, so that all are evaluated at once."""

from __future__ import annotations

import math
from typing import NamedTuple

import minigan.numpy as mnp

from ...autodiff import tree_leaves


class Networks(NamedTuple):
    """``copies`` networks of one hidden layer (leaky ReLU, 0.2), from ``inputs`` to ``outputs`` numbers.

    Parameters are arrays with an axis of ``copies`` first. ``apply(params, x)`` takes x of shape (copies, n, inputs), or
    (1, n, inputs) for the same input to all.

    >>> from minigan.random import generator
    >>> nets = Networks(3, 4, 8, 2)
    >>> nets.apply(nets.init(generator(0)), mnp.ones((3, 5, 4), dtype="float32")).shape
    (3, 5, 2)
    """

    copies: int
    inputs: int
    hidden: int
    outputs: int

    def init(self, rng) -> dict:
        """Weights of N(0, 2 / (rows + columns)), biases of 0, in float32."""

        def weights(rows, columns):
            return rng.standard_normal((self.copies, rows, columns), dtype="float32") * math.sqrt(
                2.0 / (rows + columns)
            )

        return {
            "first_weight": weights(self.inputs, self.hidden),
            "first_bias": mnp.zeros((self.copies, 1, self.hidden), dtype="float32"),
            "second_weight": weights(self.hidden, self.outputs),
            "second_bias": mnp.zeros((self.copies, 1, self.outputs), dtype="float32"),
        }

    def apply(self, params, x):
        """Outputs (copies, n, outputs)."""
        hidden = mnp.matmul(x, params["first_weight"]) + params["first_bias"]
        hidden = mnp.maximum(hidden, 0.2 * hidden)
        return mnp.matmul(hidden, params["second_weight"]) + params["second_bias"]


def squared_norm(params):
    """The sum of the squares of all parameters."""
    return sum(mnp.sum(mnp.square(leaf)) for leaf in tree_leaves(params))
