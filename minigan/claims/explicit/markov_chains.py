"""What Boltzmann machines need Markov chains for, by the whole transition matrix: gradients and samples."""

from __future__ import annotations

import math

import numpy as np
from scipy.optimize import brentq

import minigan.numpy as mnp

from ...autodiff import grad
from ...backend import to_numpy
from ...models.explicit import boltzmann, rbm
from ...models.explicit.contrastive_divergence import contrast
from ...models.explicit.gibbs import (
    machine_sweep,
    machine_transition_matrix,
    rbm_sweep,
    rbm_transition_matrix,
    second_eigenvalue,
)
from ...models.explicit.markov_chain import integrated_autocorrelation_time
from ...models.explicit.rbm_of_digits import rbm_model
from ...models.explicit.states import binary_states
from ..registry import Check, Run, claim, largest
from .boltzmann import HEADING, KNOWN, random_machine, random_rbm

EXAMPLES = (0b101010, 0b010101, 0b111000, 0b000111, 0b110011)  # five images of six pixels


def difference_of_means(machine, data, model):
    """The gradient of mean log p(v): the means of v E[h | v]', v and E[h | v] over the data, less those over the model.

    ``data`` and ``model`` are laws (2^visible,) of visible states, NumPy arrays; the result is one vector.
    """
    v = to_numpy(binary_states(machine.visible_bias.shape[0]))
    h = to_numpy(mnp.sigmoid(mnp.asarray(v) @ machine.weights + machine.hidden_bias))
    apart = data - model
    return np.concatenate([((v * apart[:, None]).T @ h).ravel(), apart @ v, apart @ h])


def expected_contrastive_divergence(machine, data, k: int):
    """The mean of CD-k over all its chains: in place of the model's law that of the k-th sweep from the data."""
    transition = rbm_transition_matrix(*machine)
    return difference_of_means(machine, data, data @ np.linalg.matrix_power(transition, k))


def law_of(machine):
    """p(v) of all visible states, a NumPy array."""
    return to_numpy(mnp.exp(rbm.log_probability(binary_states(machine.visible_bias.shape[0]), *machine)))


def in_one_row(tree):
    """All leaves of a gradient as one NumPy vector."""
    return np.concatenate([to_numpy(leaf).ravel() for leaf in tree])


@claim(
    "contrastive-divergence-bias",
    section="explicit",
    heading=HEADING,
    statement="The gradient is one mean less another that needs Z; k sweeps from the data give it with a bias like l^k.",
    latex=r"\nabla \log p(v) = -\nabla F(v) + \mathbb{E}_p \nabla F, \quad |\text{bias of CD-}k| \sim |\lambda_2|^k",
    cost=6.0,
)
def chains_from_the_data_are_biased(run: Run, gradient=difference_of_means, expected=expected_contrastive_divergence):
    data = np.zeros(64)
    data[list(EXAMPLES)] = 1.0 / len(EXAMPLES)
    images, p_data = binary_states(6), mnp.asarray(data)

    def log_likelihood(machine):  # Z by all 2^11 states, and its derivative by autodiff alone
        w, b, c = machine
        h = binary_states(5)
        log_joint = images @ w @ h.mT + (images @ b)[:, None] + h @ c
        return mnp.sum(p_data * mnp.logsumexp(log_joint, 1)) - mnp.logsumexp(log_joint)

    for scale in (0.5, 0.75, 1.0):
        machine, what = KNOWN.parameters(scale), f"6 + 5 units, weights times {scale}"
        model, true = law_of(machine), in_one_row(grad(log_likelihood)(machine))
        found = gradient(machine, data, model)
        yield Check(f"{what}: difference of means less autodiff's gradient", 0.0, largest(abs(found - true)), 1e-12)
        second = second_eigenvalue(rbm_transition_matrix(*machine))
        late = math.ceil(math.log(1e-11, second))  # lesser eigenvalues are forgotten, and rounding is still far below
        bias = [float(np.linalg.norm(expected(machine, data, k) - true)) for k in range(1, late + 1)]
        share = bias[0] / float(np.linalg.norm(true))
        yield Check(f"{what}: bias of CD-1 over the gradient's length, at least", 0.25, share, 0.0, ">=")
        for k in (2, 5, 10):
            yield Check(f"{what}: bias of CD-{k} over that of CD-1, below", 1.0, bias[k - 1] / bias[0], 0.0, "<=")
        factor = (bias[-1] / bias[-4]) ** (1.0 / 3.0)
        yield Check(f"{what}: what a sweep multiplies the bias by, up to k = {late}", second, factor, 0.01 * second)
    yield from sampled_as_in_training(run, data, expected)
    yield from another_maximum(gradient, expected)


def sampled_as_in_training(run: Run, data, expected):
    """The estimator that trains, over many chains: its mean is the enumerated one of CD-k."""
    machine, n, parts = KNOWN.parameters(), 500 if run.quick else 2000, 40
    model = rbm_model(machine.visible_bias, 5)
    for seed in run.seeds(3):
        rng = Run(seed=seed).rng(6)
        for k in (1, 3):
            slopes = []
            for _ in range(parts):
                rows = mnp.take(binary_states(6), mnp.take(mnp.asarray(EXAMPLES), rng.integers(0, 5, (n,)), 0), 0)
                others = model.swept(machine, rows, rng.uniform((k, n, model.units)))
                slopes.append(-in_one_row(grad(lambda m, v=rows, o=others: contrast(model, m, v, o))(machine)))
            slopes = np.array(slopes)
            errors = abs(slopes.mean(0) - expected(machine, data, k)) / (slopes.std(0, ddof=1) / math.sqrt(parts))
            worst = largest(errors)
            yield Check(
                f"CD-{k} of {parts * n} chains, seed {seed}: largest |error| in standard errors", 0.0, worst, 5.5
            )


def shared_weight(w: float):
    """3 + 2 units, all six weights w, with biases of their own."""
    return rbm.RBM(mnp.full((3, 2), w), mnp.asarray([-1.0, 0.0, 0.5]), mnp.asarray([-0.5, -1.0]))


def another_maximum(gradient, expected):
    """The weight at which CD-k comes to rest on average is not the likeliest one."""
    data = np.array([0.25, 0.05, 0.05, 0.1, 0.05, 0.1, 0.1, 0.3])

    def at_rest(slope):
        return brentq(lambda w: float(slope(shared_weight(w))[:6].sum()), 0.0, 3.0, xtol=1e-13)

    likeliest = at_rest(lambda machine: gradient(machine, data, law_of(machine)))
    likelihoods = [float(data @ np.log(law_of(shared_weight(w)))) for w in np.linspace(0.0, 2.0, 401)]
    what = "3 + 2 units with one weight: the likeliest, on a grid of 401"
    yield Check(what, 0.005 * int(np.argmax(likelihoods)), likeliest, 2.5e-3)
    off = {k: at_rest(lambda machine, k=k: expected(machine, data, k)) - likeliest for k in (1, 2, 3, 10)}
    yield Check("the same: how far from it CD-1 comes to rest, at least", 5e-3, off[1], 0.0, ">=")
    for k, before in ((2, 1), (3, 2)):
        yield Check(
            f"the same: that of CD-{k} over that of CD-{before}, at most", 0.25, off[k] / off[before], 0.0, "<="
        )
    yield Check("the same: how far from it CD-10 comes to rest", 0.0, off[10], 1e-9)


def time_of(second: float) -> float:
    """(1 + l) / (1 - l): the sum of l^|t| over all t, an eigenfunction's integrated autocorrelation time."""
    return (1.0 + second) / (1.0 - second)


@claim(
    "gibbs-spectral-gap",
    section="explicit",
    heading=HEADING,
    statement="Samples need a Markov chain too: one costs (1 + l) / (1 - l) sweeps, of two units with weight w cosh(w/2).",
    latex=r"\tau = \frac{1 + \lambda_2}{1 - \lambda_2} = \cosh \tfrac{w}{2} \text{ for } \lambda_2 = \tanh^2 \tfrac{w}{4}",
    cost=8.0,
)
def a_sample_costs_sweeps(run: Run, time=time_of, sweep=rbm_sweep, general_sweep=machine_sweep):
    for w in (1.0, 4.0, 10.0, 20.0):
        second = second_eigenvalue(rbm_transition_matrix([[w]], [-0.5 * w], [-0.5 * w]))
        stated = math.cosh(0.5 * w)
        yield Check(f"two units, weight {w:g}: cosh({0.5 * w:g}) sweeps a sample", stated, time(second), 1e-9 * stated)
    for name, machine in {"6 + 5 units": KNOWN.parameters(), "4 + 4 units": random_rbm(run.rng(8), 4, 4)}.items():
        transition, law = rbm_transition_matrix(*machine), law_of(machine)
        yield Check(f"{name}: largest |p T - p|", 0.0, largest(abs(law @ transition - law)), 1e-14)
        flow = law[:, None] * transition
        yield Check(
            f"{name}: largest |p(v) T(v, v') - p(v') T(v', v)|", 0.0, largest(abs(flow - flow.T).ravel()), 1e-14
        )
        second, start = second_eigenvalue(transition), np.eye(len(law))
        for k in (1, 10, 30):  # of a reversible chain, from the worst of states
            apart = 0.5 * abs(start @ np.linalg.matrix_power(transition, k) - law).sum(1)
            bound = float(0.5 * second**k / np.sqrt(law.min()))
            what = f"{name}: total variation to p after {k} sweeps, from the worst state, at most l^k / (2 sqrt(min p))"
            yield Check(what, bound, largest(apart), 1e-12, "<=")
    machine = random_machine(run.rng(9), 6)
    law = to_numpy(mnp.exp(boltzmann.log_probability(binary_states(6), *machine)))
    transition = machine_transition_matrix(*machine)
    yield Check("6 units, all coupled: largest |p T - p|", 0.0, largest(abs(law @ transition - law)), 1e-14)
    for seed in run.seeds(3):
        rng = Run(seed=seed).rng(10)
        yield measured_time(run, rng, seed, time, sweep)
        yield one_step(rng, seed, machine, transition, general_sweep)


def measured_time(run: Run, rng, seed: int, time, sweep) -> Check:
    """The autocorrelation time of the slowest eigenfunction, along chains that start in the law itself."""
    machine = KNOWN.parameters()
    law = law_of(machine)
    root = np.sqrt(law)
    values, vectors = np.linalg.eigh(root[:, None] * rbm_transition_matrix(*machine) / root)
    function = vectors[:, -2] / root  # the right eigenvector: E[f(v') | v] = l f(v)
    chains, steps = 1000, 300 if run.quick else 800  # the time's own deviation: 2 % or 1.3 %
    v = mnp.take(binary_states(6), rng.categorical(mnp.log(mnp.asarray(law)), (chains,)), 0)
    place, seen = 2 ** np.arange(5, -1, -1), []
    for _ in range(steps):
        v = sweep(v, *machine, rng.uniform((chains, 11)))
        seen.append(function[(to_numpy(v) @ place).astype(int)])
    stated = time(float(values[-2]))
    found = integrated_autocorrelation_time(np.array(seen).T)
    what = f"6 + 5 units, {chains} chains of {steps} sweeps, seed {seed}: measured autocorrelation time"
    return Check(what, stated, found, 0.1 * stated)


def one_step(rng, seed: int, machine, transition, sweep) -> Check:
    """Where one sweep leads from the middle state, against its row of the transition matrix: chi-square, standardised."""
    n, start = 20_000, 21
    s = mnp.broadcast_to(binary_states(6)[start, :], (n, 6))
    moved = to_numpy(sweep(s, *machine, rng.uniform((n, 6)))) @ 2 ** np.arange(5, -1, -1)
    counts, expected = np.bincount(moved.astype(int), minlength=64), n * transition[start]
    square = float(((counts - expected) ** 2 / expected).sum())
    spread = math.sqrt(2.0 * 63.0 + float((1.0 / expected).sum()))
    what = f"6 units, {n} sweeps from one state, seed {seed}: |chi-square - 63| in standard deviations"
    return Check(what, 0.0, abs(square - 63.0) / spread, 5.0)
