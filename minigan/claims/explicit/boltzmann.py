"""Boltzmann machines by enumeration: what p(x) is, what the slide leaves out of it, and how well its Z is estimated."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...models.explicit import ais, boltzmann, rbm
from ...models.explicit.rbm import RBM
from ...models.explicit.states import binary_states
from ..registry import Check, Run, claim, largest

HEADING = "Boltzmann Machines"


class KnownMachine(NamedTuple):
    """6 visible and 5 hidden units, W_ij = 2 sin(i + 2j), b_i = cos(i) / 2, c_j = sin(3j) / 3, all counted from 1."""

    log_partition: float = 10.8219382882379415792535
    state: tuple = (1.0, 0.0, 1.0, 0.0, 1.0, 0.0)
    log_probability: float = -7.38389709260169461452503

    def parameters(self, scale: float = 1.0) -> RBM:
        """All times ``scale``."""
        i, j = mnp.arange(1.0, 7.0), mnp.arange(1.0, 6.0)
        weights = 2.0 * mnp.sin(i[:, None] + 2.0 * j)
        return RBM(scale * weights, 0.5 * scale * mnp.cos(i), scale * mnp.sin(3.0 * j) / 3.0)


KNOWN = KnownMachine()


def random_rbm(rng, visible: int, hidden: int, spread: float = 1.0) -> RBM:
    """Parameters N(0, spread^2)."""
    return RBM(*(spread * rng.standard_normal(shape) for shape in ((visible, hidden), visible, hidden)))


def random_machine(rng, units: int, spread: float = 1.0) -> boltzmann.Machine:
    """Weights and biases N(0, spread^2), every pair of units coupled."""
    pairs = spread * rng.standard_normal(units * (units - 1) // 2)
    return boltzmann.Machine(boltzmann.symmetric(pairs, units), spread * rng.standard_normal(units))


def total(log_p) -> float:
    """The sum of probabilities."""
    return float(to_numpy(mnp.sum(mnp.exp(log_p))))


@claim(
    "boltzmann-normalised",
    section="explicit",
    heading=HEADING,
    statement="p(x) is given by an energy: exp(-E(x, z)) summed over z, over its sum Z over all states, is a law.",
    latex=r"p(x) = \frac{1}{Z} \sum_z e^{-E(x, z)}, \quad Z = \sum_x \sum_z e^{-E(x, z)}",
)
def energies_make_a_law(run: Run, log_partition=rbm.log_partition, log_probability=rbm.log_probability):
    known = KNOWN.parameters()
    yield Check("6 + 5 units: log Z, 24 digits", KNOWN.log_partition, float(log_partition(*known)), 1e-12)
    found = float(log_probability(mnp.asarray(KNOWN.state), *known))
    yield Check("6 + 5 units: log p(101010), 24 digits", KNOWN.log_probability, found, 1e-12)
    rng = run.rng(1)
    images = binary_states(16)
    for hidden in range(1, 11):  # ten settings
        log_p = log_probability(images, *random_rbm(rng, 16, hidden))
        yield Check(f"16 + {hidden} units: sum of p over 65,536 images", 1.0, total(log_p), 1e-10)
    for visible, hidden in ((7, 3), (3, 7), (5, 5)):
        one, v = random_rbm(rng, visible, hidden), binary_states(visible)
        log_p, general = log_probability(v, *one), boltzmann.from_rbm(*one)
        error = largest(abs(to_numpy(log_p - boltzmann.log_probability(v, *general))))
        yield Check(
            f"{visible} + {hidden} units: the same machine as a general one, largest |error|", 0.0, error, 1e-11
        )
    for visible, hidden in ((8, 0), (8, 4), (4, 8)):
        one = random_machine(rng, visible + hidden)
        sum_of_p = total(boltzmann.log_probability(binary_states(visible), *one))
        yield Check(f"{visible} + {hidden} units, all coupled: sum of p over all x", 1.0, sum_of_p, 1e-10)


def as_printed(x, z, machine):
    """p(x) = exp(-E(x, z)) / Z, as the slide has it: shape (x, z)."""
    both = [mnp.broadcast_to(a, (x.shape[0], z.shape[0], a.shape[-1])) for a in (x[:, None, :], z[None, :, :])]
    return mnp.exp(-boltzmann.energy(mnp.concatenate(both, -1), *machine) - boltzmann.log_partition(*machine))


@claim(
    "boltzmann-sum-over-z",
    section="explicit",
    heading=HEADING,
    statement="The slide's p(x) = exp(-E(x, z)) / Z lacks the sum over z: it is p(x, z), and no function of x.",
    latex=r"\frac{1}{Z} e^{-E(x, z)} = p(x, z) \neq p(x) = \sum_z p(x, z)",
)
def the_printed_density_is_of_both(run: Run, printed=as_printed):
    two = boltzmann.Machine(mnp.asarray([[0.0, 2.0], [2.0, 0.0]]), mnp.asarray([0.5, -1.0]))
    x, z = binary_states(1), binary_states(1)
    of_both = to_numpy(printed(x, z, two))
    whole = 1.0 + math.exp(0.5) + math.exp(-1.0) + math.exp(1.5)
    for value, power in ((0, 0.5), (1, 1.5)):
        what = f"two units, x = 1: as printed with z = {value}"
        yield Check(what, math.exp(power) / whole, float(of_both[1, value]), 1e-14)
    p = to_numpy(mnp.exp(boltzmann.log_probability(x, *two)))
    yield Check("two units: p(x = 1)", (math.exp(0.5) + math.exp(1.5)) / whole, float(p[1]), 1e-14)
    rng = run.rng(2)
    for visible, hidden in ((4, 1), (4, 3), (6, 4)):
        one = random_machine(rng, visible + hidden)
        x, z = binary_states(visible), binary_states(hidden)
        of_both, p = to_numpy(printed(x, z, one)), to_numpy(mnp.exp(boltzmann.log_probability(x, *one)))
        what = f"{visible} + {hidden} units"
        yield Check(f"{what}: values that it has for one x", z.shape[0], len(np.unique(of_both[0])), 0.0)
        sums = of_both.sum(0)
        yield Check(f"{what}: its sum over x, largest over z, at most", 0.99, float(sums.max()), 0.0, "<=")
        error = largest(abs(of_both.sum(1) - p))
        yield Check(f"{what}: summed over z it is p(x), largest |error|", 0.0, error, 1e-12)


@claim(
    "annealed-importance-sampling",
    section="explicit",
    heading=HEADING,
    statement="Z is intractable, its sum doubles with every unit; Markov chains estimate it, and say how well.",
    latex=r"\mathbb{E}\, w = Z, \quad w = Z_0 \prod_t \frac{e^{-F_{t+1}(x_t)}}{e^{-F_t(x_t)}}",
    cost=8.0,
)
def chains_estimate_the_partition_function(run: Run, estimate=ais.annealed_log_partition, interval=ais.estimate_of):
    counts = [sum(h.shape[0] for h, _ in rbm.hidden_blocks(*random_rbm(run.rng(3), 20, n))) for n in (10, 11, 12)]
    for n, less, more in zip((11, 12), counts[:-1], counts[1:]):
        yield Check(f"terms of Z with {n} hidden units over those with one less", 2.0, more / less, 0.0)
    rng = run.rng(4)
    wide, coupled = random_rbm(rng, 16, 12), random_machine(rng, 10)
    machines = {
        "6 + 5 units": (ais.rbm_path(*KNOWN.parameters()), KNOWN.log_partition),
        "10 units, all coupled": (ais.machine_path(*coupled), float(boltzmann.log_partition(*coupled))),
        "16 + 12 units": (ais.rbm_path(*wide), float(rbm.log_partition(*wide))),
    }
    for seed in run.seeds(1 if run.quick else 3):
        rng = Run(seed=seed).rng(5)
        for name, (path, exact) in list(machines.items())[: 2 if run.quick else 3]:
            # a hundred estimates, each of ten runs of ten chains
            log_w = estimate(path, rng, temperatures=50, runs=1000, chains=10).log_weights
            found = [interval(part) for part in np.split(log_w, 100)]
            covered = sum(low <= exact <= high for _, (low, high), _ in found)
            what = f"{name}, seed {seed}"
            yield Check(f"{what}: intervals of 100 that hold log Z, at least", 90.0, covered, 0.0, ">=")
            w = np.exp(log_w - exact)
            off = abs(w.mean() - 1.0) / (w.std() / math.sqrt(w.size))
            yield Check(f"{what}: |mean of w / Z - 1| in standard errors", 0.0, float(off), 4.5)
            yield Check(
                f"{what}: mean of log w - log Z, below 0 by more than", -1e-4, float(np.log(w).mean()), 0.0, "<="
            )
            width = float(np.mean([high - low for _, (low, high), _ in found]))
            yield Check(f"{what}: mean width of the intervals, at most", 0.6, width, 0.0, "<=")
