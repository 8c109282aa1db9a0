"""WaveNet's network: gated dilated causal convolutions, whole sequences at once or place by place, and both samplers.

`network` the stack · `drawn_naively` and `drawn_with_queues` two ways to the same samples · `log_probability`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

import minigan.numpy as mnp

from ... import nn
from ...autodiff import tree_map
from ...backend import to_numpy
from ...rebuilt import Rebuilt, rebuilt_by_name


@dataclass(frozen=True, repr=False)
class Network(Rebuilt):
    """p(s_t | s_1 .. s_(t-1)) over ``levels`` symbols; see `network`."""

    levels: int
    channels: int
    kernel: int
    dilations: tuple[int, ...]

    @property
    def field(self) -> int:
        """How many symbols back a conditional sees: 1 + sum (kernel - 1) dilation."""
        return 1 + sum((self.kernel - 1) * d for d in self.dilations)

    def init(self, rng, dtype="float32"):
        """Parameters: a table of symbols, the blocks (nothing would read the last one's residual), and two layers more."""
        wide = (None, 1, self.channels)
        last = len(self.dilations) - 1
        return {
            "symbols": nn.normal(1.0)(rng, (self.levels, self.channels), dtype),
            "blocks": tuple(
                {
                    "filter": self._dilated(d).init(rng, wide, dtype),
                    "gate": self._dilated(d).init(rng, wide, dtype),
                    "skip": nn.dense(self.channels).init(rng, wide, dtype),
                    **({} if i == last else {"residual": nn.dense(self.channels).init(rng, wide, dtype)}),
                }
                for i, d in enumerate(self.dilations)
            ),
            "hidden": nn.dense(self.channels).init(rng, wide, dtype),
            "logits": nn.dense(self.levels).init(rng, wide, dtype),
        }

    def log_conditionals(self, params, symbols):
        """log p(s | what comes before place t) for every place and symbol: (n, places) to (n, places, levels)."""
        before = mnp.take(params["symbols"], symbols[:, :-1], 0)
        return self.conditionals_of_features(params, mnp.pad(before, ((0, 0), (1, 0), (0, 0))))

    def conditionals_of_features(self, params, h):
        """`log_conditionals` from the features (n, places, channels) of the symbol before each place."""
        skips = 0.0
        for d, block in zip(self.dilations, params["blocks"]):
            layer = self._dilated(d)
            z = mnp.tanh(layer.apply(block["filter"], h)) * mnp.sigmoid(layer.apply(block["gate"], h))
            skips = skips + _affine(block["skip"], z)
            if "residual" in block:
                h = h + _affine(block["residual"], z)
        return self._ended(params, skips)

    def _ended(self, params, skips):
        hidden = _affine(params["hidden"], mnp.maximum(skips, 0.0))
        return mnp.log_softmax(_affine(params["logits"], mnp.maximum(hidden, 0.0)))

    def _dilated(self, dilation):
        return nn.causal_convolution(self.channels, self.kernel, dilation)

    def empty_queues(self, n: int, dtype):
        """What each block remembers before the beginning: (kernel - 1) dilation places of zeros."""
        return [
            [mnp.zeros((n, self.channels), dtype=dtype) for _ in range((self.kernel - 1) * d)] for d in self.dilations
        ]

    def next_log_conditional(self, params, h, queues):
        """`log_conditionals` at one place, (n, levels), from the features (n, channels) of the symbol before it.

        Each block looks its earlier inputs up in its queue, which is moved on by one place.
        """
        skips = 0.0
        for d, block, queue in zip(self.dilations, params["blocks"], queues):
            taps = [h, *(queue[-k * d] for k in range(1, self.kernel))]
            filtered, gated = (
                sum(mnp.matmul(tap, block[which]["weight"][k, ...]) for k, tap in enumerate(taps)) + block[which]["bias"]
                for which in ("filter", "gate")
            )
            if queue:
                queue.pop(0)
                queue.append(h)
            z = mnp.tanh(filtered) * mnp.sigmoid(gated)
            skips = skips + _affine(block["skip"], z)
            if "residual" in block:
                h = h + _affine(block["residual"], z)
        return self._ended(params, skips)


def _affine(params, x):
    return mnp.matmul(x, params["weight"]) + params["bias"]


@rebuilt_by_name
def network(levels: int, channels: int = 32, kernel: int = 2, dilations=(1, 2, 4, 8, 16)) -> Network:
    """Blocks of tanh(filter) sigmoid(gate), each with a residual and a skip connection, of these ``dilations``.

    Source: van den Oord et al. (2016), section 2. The symbol before a place is looked up in a table; what lies before the
    beginning is zero.

    >>> network(16).field, network(16, kernel=3, dilations=(1, 3)).field
    (32, 9)
    """
    return Network(levels, channels, kernel, tuple(dilations))


# -- two ways to the same samples ----------------------------------------------------------------------------


def in_doubles(params):
    """Parameters in float64: both samplers sum in another order, and no symbol may hang on that."""
    return tree_map(lambda leaf: mnp.astype(leaf, "float64"), params)


def drawn_naively(net: Network, params, n: int, length: int, rng, evaluate=None):
    """Symbols (n, length): for each one the network is evaluated at every place that its field holds.

    ``evaluate(params, symbols)`` stands for `Network.log_conditionals`, so that somebody may count.
    """
    evaluate, params = evaluate or net.log_conditionals, in_doubles(params)
    u = to_numpy(rng.uniform((n, length)))
    drawn = np.zeros((n, length), dtype=int)
    for t in range(length):
        seen = drawn[:, max(0, t - net.field) : t + 1]  # the last place is the one to be drawn: nothing looks at it
        drawn[:, t] = _chosen(evaluate(params, mnp.asarray(seen))[:, -1, :], u[:, t])
    return mnp.asarray(drawn)


def drawn_with_queues(net: Network, params, n: int, length: int, rng, evaluate=None):
    """The same symbols from the same ``rng``: each block keeps what it will look at again, and sees every place once.

    ``evaluate(params, features, queues)`` stands for `Network.next_log_conditional`. Source: Le Paine et al. (2016).
    """
    evaluate, params = evaluate or net.next_log_conditional, in_doubles(params)
    u = to_numpy(rng.uniform((n, length)))
    drawn = np.zeros((n, length), dtype=int)
    queues, h = net.empty_queues(n, "float64"), mnp.zeros((n, net.channels))
    for t in range(length):
        drawn[:, t] = _chosen(evaluate(params, h, queues), u[:, t])
        h = mnp.take(params["symbols"], mnp.asarray(drawn[:, t]), 0)
    return mnp.asarray(drawn)


def _chosen(log_p, u):
    """The symbol in whose part of [0, 1] each number of ``u`` lies: integers (n,)."""
    edges = np.cumsum(np.exp(to_numpy(log_p)), -1)
    return np.minimum((u[:, None] >= edges).sum(-1), edges.shape[-1] - 1)


def log_probability(net: Network, params, symbols):
    """log p of every symbol given those before it, shape (n, places), in nats."""
    logs = net.log_conditionals(params, symbols)
    return mnp.sum(logs * _one_hot(symbols, net.levels, logs.dtype), -1)


def _one_hot(symbols, levels, dtype):
    return mnp.astype(symbols[..., None] == mnp.arange(levels), dtype)


def places_naively(net: Network, length: int) -> int:
    """How many places `drawn_naively` evaluates: for symbol t as many as its field holds, and its own."""
    return sum(min(t, net.field) + 1 for t in range(length))
