"""WaveNet: sound as symbols, each drawn from a law that a stack of dilated causal convolutions makes of those before.

`Network` the stack, whole sequences at once · `drawn_naively` and `drawn_with_queues` two ways to the same samples ·
`wavenet` the system, on a signal whose entropy rate is known or on a WAV file.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ...autodiff import tree_map
from ...backend import to_numpy
from ...data import Dataset
from ...data.mu_law import mu_law_decode, mu_law_encode
from ...data.quantised_signals import autoregressive_signal, echo_signal
from ...options import Above, Batch, Rate
from ...rebuilt import Rebuilt, rebuilt_by_name
from ..form import sound
from ..registry import system
from ..system import System
from .likelihood import Cost, likelihood_system, nats_of

STEPS = 2000
HELD_OUT = 64  # stretches of `JUDGED` symbols
JUDGED = 512


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
                sum(mnp.matmul(tap, w) for tap, w in zip(taps, block[which]["weight"])) + block[which]["bias"]
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


# -- the system ----------------------------------------------------------------------------------------------


@system(
    heading="WaveNet", about="sound, symbol by symbol: of a known entropy rate, or of a WAV file (--data)", kind="sound"
)
def wavenet(
    data: Dataset | None = None,
    *,
    signal: Annotated[Literal["autoregressive", "echo"], "where no file is given"] = "autoregressive",
    lag: Annotated[int, Above(0), "of the echo, in symbols"] = 24,
    levels: Annotated[int | None, Above(1), "symbols of the mu-law; 16, of a file 64"] = None,
    channels: Annotated[int, Above(0), "of every block"] = 32,
    blocks: Annotated[int, Above(0), "their dilations are 1, 2, 4 ..."] = 5,
    length: Annotated[int | None, Above(0), "symbols of a sample; 512, of a file a second"] = None,
    batch: Batch = 16,
    lr: Rate = 3e-3,
) -> System:
    """Gated blocks of kernel 2 with dilations 1, 2, 4 ...: a field of 2^blocks symbols.

    ``autoregressive`` and ``echo`` are chains whose entropy rate is known (`minigan.data.quantised_signals`), drawn anew
    for every step: nats a symbol cannot fall below it. Of a WAV file the last tenth is held out. Samples are drawn with
    queues.

    >>> wavenet(signal="echo", blocks=4).title
    'WaveNet with a field of 16 symbols, on an echo 24 symbols later, 16 levels'
    """
    levels = levels or (16 if data is None else 64)
    net = network(levels, channels, 2, tuple(2**i for i in range(blocks)))
    places = 3 * net.field + 64  # of a stretch to train on: most of its symbols have all of their field
    if data is None:
        known = echo_signal(levels, lag) if signal == "echo" else autoregressive_signal(levels)
        held_out = known.sample(_fixed(), HELD_OUT, JUDGED)
        what = f"an echo {lag} symbols later" if signal == "echo" else "an autoregressive signal"
        about, rate = f"{what}, {levels} levels", 8000

        def draw(rng, state):
            return known.sample(rng, batch, places)

        def training(rng, n):
            return known.sample(rng, n, length)

        baseline = -known.marginal_entropy
    else:
        known, rate = None, data.rate
        symbols = _symbols_of(data, levels, places)
        cut = len(symbols) - max(JUDGED, len(symbols) // 10)
        about = f"{data.name}: {len(symbols) / rate:.1f} s of sound in {levels} levels"
        judged_length = min(JUDGED, len(symbols) - cut)
        held_out = _stretches(symbols[cut:], judged_length)
        heard = symbols[:cut]

        def draw(rng, state):
            starts = to_numpy(rng.integers(0, len(heard) - places + 1, (batch,)))
            return mnp.asarray(heard[starts[:, None] + np.arange(places)])

        def training(rng, n):
            starts = to_numpy(rng.integers(0, max(1, len(symbols) - length + 1), (n,)))
            return mnp.asarray(symbols[(starts[:, None] + np.arange(length)) % len(symbols)])

        shares = (np.bincount(heard, minlength=levels) + 1.0) / (len(heard) + levels)
        baseline = float(np.log(shares)[to_numpy(held_out)].mean())
    length = length or (512 if data is None else rate)

    def settled(params, x):
        """Mean log p of the symbols of each stretch that have all of their field before them."""
        return mnp.mean(log_probability(net, params, x)[:, min(net.field, x.shape[1] // 2) :], -1)

    def measured(params, rng):
        found = {"symbols_seen": net.field}
        if known is not None:
            start = max(net.field, known.order)
            excess = known.log_probability(held_out)[:, start - known.order :].mean(-1)
            excess = excess - to_numpy(mnp.mean(log_probability(net, params, held_out)[:, start:], -1))
            found["entropy_rate"] = round(known.entropy_rate, 5)
            found["nats_above_the_rate"] = round(float(excess.mean()), 5)
            found["its_standard_error"] = round(float(excess.std(ddof=1)) / math.sqrt(len(excess)), 5)
            if net.field < known.order:
                found["nats_out_of_reach"] = round(known.marginal_entropy - known.entropy_rate, 5)
        return found

    return likelihood_system(
        f"WaveNet with a field of {net.field} symbols, on {about}",
        init=net.init,
        log_density=lambda params, x: mnp.sum(log_probability(net, params, x), -1),
        objective=lambda params, x, rng: mnp.mean(log_probability(net, params, x), -1),
        draw=draw,
        judge=lambda params, x, rng: nats_of(settled(params, x)),
        measure=measured,
        sample=lambda params, n, rng, condition=None: drawn_with_queues(net, params, n, length, rng),
        training=training,
        held_out=held_out,
        dimensions=1,
        optimizer=optim.adam(optim.cosine(lr, STEPS)),
        steps=STEPS,
        batch=batch,
        cost=Cost(length, False),
        baseline=baseline,
        form=sound(rate, lambda symbols: to_numpy(mu_law_decode(symbols, levels))),
        told=lambda trained: generation_costs(net, trained.state.parameters["model"], rate),
        name="nats a symbol",
        when_collapsed="it says less than symbols drawn one by one would; try more steps or a smaller --lr",
        parts={"network": net, "signal": known},
    )


def _fixed():
    """Held-out stretches are the same for every run."""
    from ... import random

    return random.generator(20_000)


def _symbols_of(data: Dataset, levels: int, places: int) -> np.ndarray:
    if data.kind != "sound":
        raise ValueError(f"wavenet trains on sound, a .wav file, and {data.name} holds {data.kind}")
    symbols = to_numpy(mu_law_encode(mnp.asarray(data.values[0], dtype="float64"), levels))
    least = 2 * places + JUDGED
    if len(symbols) < least:
        raise ValueError(
            f"{data.name} has {len(symbols):,} samples of sound, and {least:,} are needed: give more of it"
        )
    return symbols


def _stretches(symbols, length: int):
    """As many stretches of that length, end to end, as there are: (n, length), n >= 2."""
    length = min(length, len(symbols) // 2)
    n = min(HELD_OUT, len(symbols) // length)
    return mnp.asarray(symbols[: n * length].reshape(n, length))


def generation_costs(net: Network, params, rate: int, lengths=(64, 128, 256)) -> tuple:
    """A table: places evaluated and seconds taken for one sample of so many symbols, both ways, and for a second of it."""
    import time

    from ...random import generator

    rows = []
    for length in lengths:
        told = [f"{length}"]
        for way, count in ((drawn_naively, places_naively), (drawn_with_queues, lambda net, length: length)):
            start = time.perf_counter()
            way(net, params, 1, length, generator(0))
            seconds = time.perf_counter() - start
            told += [f"{count(net, length):,}", f"{seconds:.3f}", f"{seconds / length * rate:.1f}"]
        rows.append(tuple(told))
    columns = (
        "symbols",
        "places, naively",
        "seconds",
        "per second of sound",
        "places, queues",
        "seconds",
        "per second",
    )
    below = f"a likelihood evaluates all places at once; a second of sound has {rate:,} of them, one after the other"
    return columns, rows, below


def places_naively(net: Network, length: int) -> int:
    """How many places `drawn_naively` evaluates: for symbol t as many as its field holds, and its own."""
    return sum(min(t, net.field) + 1 for t in range(length))
