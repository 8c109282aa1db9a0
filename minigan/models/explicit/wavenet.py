"""WaveNet: sound as symbols, each drawn from a law that a stack of dilated causal convolutions makes of those before.

`wavenet` the system, on a signal whose entropy rate is known or on a WAV file; its network is in `wavenet_network`.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ...backend import to_numpy
from ...data import Dataset
from ...data.mu_law import mu_law_decode, mu_law_encode
from ...data.quantised_signals import autoregressive_signal, echo_signal
from ...options import Above, Batch, Rate
from ..form import sound
from ..registry import system
from ..system import System
from .likelihood import Cost, likelihood_system, nats_of
from .wavenet_network import (
    Network,
    drawn_naively,
    drawn_with_queues,
    log_probability,
    network,
    places_naively,
)

STEPS = 2000
HELD_OUT = 64  # stretches of `JUDGED` symbols
JUDGED = 512


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
