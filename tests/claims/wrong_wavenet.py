"""Wrong formulas for the claims on WaveNet."""

import math

from minigan.claims.explicit.wavenet import field
from minigan.data.mu_law import mu_law_error
from minigan.data.quantised_signals import autoregressive_signal

NAN = math.nan
RATE = autoregressive_signal().entropy_rate


def found(autoregressive=0.02, short=0.51, long=0.004, error=0.001):
    """A training that ended so far above the rate."""

    def train(seed, steps, signal="autoregressive", blocks=3, **options):
        above = autoregressive if signal == "autoregressive" else short if blocks == 1 else long
        return {"nats_above_the_rate": above, "its_standard_error": error}

    return train


PLANTED = {
    "wavenet-field": [
        dict(stated=lambda kernel, dilations: sum((kernel - 1) * d for d in dilations)),
        dict(stated=lambda kernel, dilations: 1 + sum(kernel * d for d in dilations)),
        dict(stated=lambda kernel, dilations: 2 ** len(dilations)),
        dict(stated=lambda kernel, dilations: NAN * field(kernel, dilations)),
    ],
    "wavenet-slow-generation": [
        dict(naively=lambda t, r: t + 1),
        dict(naively=lambda t, r: r),
        dict(with_queues=lambda length: 1),
        dict(with_queues=lambda length: length - 1),
        dict(with_queues=lambda length: NAN),
    ],
    "mu-law-error": [
        dict(bound=lambda x, levels: 1.0 / levels + 0.0 * x),  # as if cells were equal
        dict(bound=lambda x, levels: 0.99 * mu_law_error(x, levels)),
        dict(bound=lambda x, levels: 2.0 * mu_law_error(x, levels)),
        dict(bound=lambda x, levels: NAN * x),
    ],
    "wavenet-entropy-rate": [
        dict(rate=lambda signal: signal.marginal_entropy, train=found()),
        dict(rate=lambda signal: signal.entropy_rate + 0.1, train=found()),
        dict(train=found(autoregressive=0.2)),
        dict(train=found(autoregressive=-0.02)),  # better than can be
        dict(train=found(short=0.3)),  # heard what it cannot hear
        dict(train=found(long=0.3)),
        dict(train=found(autoregressive=NAN)),
    ],
}
