"""WaveNet: what its field sees, what a sample costs, and how near it comes to an entropy rate that is known."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ...autodiff import jacobian
from ...backend import to_numpy
from ...data.mu_law import mu_law_decode, mu_law_encode, mu_law_error
from ...data.quantised_signals import autoregressive_signal, echo_signal
from ...models.explicit import Counted
from ...models.explicit.wavenet import wavenet
from ...models.explicit.wavenet_network import drawn_naively, drawn_with_queues, network
from ..registry import Check, Run, claim, largest

SECTION, HEADING = "explicit", "WaveNet"
STACKS = ((2, (1, 2, 4)), (3, (1, 3)), (2, (1, 2, 1, 2)))  # kernel and dilations


def field(kernel: int, dilations) -> int:
    """How many symbols a conditional sees."""
    return 1 + sum((kernel - 1) * d for d in dilations)


@claim(
    "wavenet-field",
    section=SECTION,
    heading=HEADING,
    statement="A conditional depends on the symbols of its receptive field, 1 + sum (k - 1) d of them, and on none that "
    "comes later: read off the Jacobian.",
    latex=r"R = 1 + \sum_l (k - 1) d_l",
)
def receptive_field(run: Run, stated=field):
    for kernel, dilations in STACKS:
        net = network(4, channels=16, kernel=kernel, dilations=dilations)
        params = net.init(run.rng(), "float64")
        places = field(kernel, dilations) + 5
        before = run.rng(1).standard_normal((places, 16))  # place t has the features of the symbol before it

        def conditionals(h, net=net, params=params):
            return net.conditionals_of_features(params, h[None])[0]

        slopes = to_numpy(jacobian(conditionals)(before))
        moves = np.abs(slopes).max((1, 3))  # from which input place to which output place
        what = f"kernel {kernel}, dilations {', '.join(map(str, dilations))}"
        later = largest(moves[t, t + 1 :].max(initial=0.0) for t in range(places))
        yield Check(f"{what}: largest derivative by a later symbol", 0.0, later, 0.0)
        seen = np.nonzero(moves[-1])[0]
        size = float(stated(kernel, dilations))
        yield Check(f"{what}: symbols that the last conditional depends on", size, len(seen), 0.0)
        yield Check(f"{what}: how far back the first of them lies", size, places - seen[0], 0.0)


@claim(
    "wavenet-slow-generation",
    section=SECTION,
    heading=HEADING,
    statement="Generating is slow: each symbol waits for the one before. Without memory the network runs over its whole "
    "field for every symbol, with queues over one place, to the same samples; a likelihood takes one evaluation.",
    latex=r"\sum_{t < T} \min(t, R) + 1 \;\text{ places naively}, \qquad T \;\text{ with queues}",
)
def generation_is_sequential(run: Run, naively=lambda t, r: min(t, r) + 1, with_queues=lambda length: length):
    net = network(8, channels=8, dilations=(1, 2, 4))
    for seed in run.seeds(3):
        rng = Run(seed=seed).rng(2)
        params = net.init(rng, "float64")
        for length in (20, 40):
            places: list[int] = []

            def all_places(params, symbols, places=places):
                places.append(symbols.shape[1])
                return net.log_conditionals(params, symbols)

            one_place = Counted(net.next_log_conditional)
            slow = drawn_naively(net, params, 2, length, Run(seed=seed).rng(3), all_places)
            fast = drawn_with_queues(net, params, 2, length, Run(seed=seed).rng(3), one_place)
            what = f"{length} symbols, seed {seed}"
            differ = int((to_numpy(slow) != to_numpy(fast)).sum())
            yield Check(f"{what}: symbols that differ between both ways", 0.0, differ, 0.0)
            stated = sum(naively(t, net.field) for t in range(length))
            yield Check(f"{what}: places evaluated without memory", float(stated), sum(places), 0.0)
            yield Check(f"{what}: with queues", float(with_queues(length)), one_place.calls, 0.0)
        symbols = drawn_with_queues(net, params, 1, 30, rng)
        at_once = Counted(net.log_conditionals)
        one_by_one, queues, h = [], net.empty_queues(1, "float64"), mnp.zeros((1, net.channels))
        for t in range(30):
            one_by_one.append(to_numpy(net.next_log_conditional(params, h, queues))[0])
            h = params["symbols"][symbols[:, t]]
        error = largest(abs(np.stack(one_by_one) - to_numpy(at_once(params, symbols))[0]).ravel())
        yield Check(f"all conditionals at once against one by one, seed {seed}: largest error", 0.0, error, 1e-12)
        yield Check(f"evaluations for them, seed {seed}", 1.0, at_once.calls, 0.0)


@claim(
    "mu-law-error",
    section=SECTION,
    heading=HEADING,
    statement="The mu-law's few levels are off by half a cell of the companded axis at most, taken back: the quieter the "
    "finer.",
    latex=r"|x - \hat x| \le \max_\pm \left| F^{-1}(y \pm \tfrac1K) - F^{-1}(y) \right|",
)
def quantisation_error(run: Run, bound=mu_law_error):
    x = np.concatenate([np.linspace(-1.0, 1.0, 20001), np.geomspace(1e-9, 1.0, 2001)])
    for levels in (4, 16, 256):
        error = np.abs(x - to_numpy(mu_law_decode(mu_law_encode(mnp.asarray(x), levels), levels)))
        stated = to_numpy(bound(mnp.asarray(x), levels))
        yield Check(f"{levels} levels: largest error over its bound", 1.0, largest(error / stated), 1e-9, "<=")
        yield Check(f"{levels} levels: the bound is reached", 0.999, largest(error / stated), 0.0, ">=")
    loud, quiet = (largest(np.abs(x[part] - to_numpy(mu_law_decode(mu_law_encode(mnp.asarray(x[part]), 256), 256))))
                   for part in (np.abs(x) > 0.5, np.abs(x) < 0.01))  # fmt: skip
    yield Check("256 levels: error above 1/2 over that below 1/100", 50.0, loud / quiet, 0.0, ">=")


def settled(seed: int, steps: int, **options) -> dict:
    """What is measured of a small WaveNet after training."""
    system = wavenet(channels=16, **options)
    return system.measured(system.train(steps, seed))


@claim(
    "wavenet-entropy-rate",
    section=SECTION,
    heading=HEADING,
    statement="Nats a symbol come to a signal's entropy rate, known exactly, and not below it; a field that ends before "
    "an echo cannot use it, and loses just what the echo tells.",
    latex=r"-\mathbb{E} \log p(s_t \mid s_{<t}) \ge H = -\sum_c \pi(c) \sum_s p(s \mid c) \log p(s \mid c)",
    cost=14.0,
)
def comes_to_the_entropy_rate(run: Run, rate=lambda signal: signal.entropy_rate, train=settled):
    for name, signal in (("autoregressive", autoregressive_signal()), ("echo", echo_signal(8, 4))):
        drawn = signal.sample(run.rng(5), 64, 500)
        logs = -signal.log_probability(drawn).mean(-1)
        error = 4.0 * float(logs.std(ddof=1)) / 8.0
        what = f"{name} signal: entropy rate against 32,000 drawn symbols (4 errors)"
        yield Check(what, rate(signal), float(logs.mean()), error)
    signal = autoregressive_signal()
    for seed in run.seeds(1 if run.quick else 3):
        found = train(seed, 200 if run.quick else 400, blocks=3)
        above, error = found["nats_above_the_rate"], found["its_standard_error"]
        what = f"autoregressive signal, seed {seed}: nats above the rate"
        yield Check(f"{what}, at most 5 %", 0.05 * rate(signal), above, 0.0, "<=")
        yield Check(f"{what}, not below it (4 errors)", 0.0, above, 4.0 * error, ">=")
    echo = echo_signal(8, 4)
    lost = echo.marginal_entropy - rate(echo)
    for seed in run.seeds(1 if run.quick else 3):
        short = train(seed, 200 if run.quick else 400, signal="echo", lag=4, levels=8, blocks=1)
        long = train(seed, 200 if run.quick else 400, signal="echo", lag=4, levels=8, blocks=2)
        what = f"echo 4 symbols later, seed {seed}: nats above the rate"
        slack = 4.0 * short["its_standard_error"] + 0.02
        yield Check(
            f"{what} where 2 symbols are seen, all that the echo tells", lost, short["nats_above_the_rate"], slack
        )
        yield Check(
            f"{what} where 4 are seen, at most a fifth of it", 0.2 * lost, long["nats_above_the_rate"], 0.0, "<="
        )
