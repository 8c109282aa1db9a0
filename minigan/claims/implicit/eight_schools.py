"""Eight schools: a Hamiltonian chain whatever its step, and three kinds of q, beside a quadrature."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...autodiff import grad, jacobian
from ...backend import to_numpy
from ...models.implicit.eight_schools import exact_moments, log_evidence, log_joint, moments_of, school_effects
from ...models.implicit.hamiltonian import hamiltonian_chains, leapfrog, log_acceptance
from ...models.implicit.schools_posteriors import CODE, WAYS, best_gaussian, distance, posterior_samples
from ...random import generator
from ..registry import Check, Run, claim, largest

SECTION, HEADING = "implicit", "Generalizing these ideas"
STEPS_OF_CHAINS = {0.15: "short", 0.3: "long"}
CHAINS = 400


def slopes(z):
    """Of log p(y, z) at rows z."""
    return grad(lambda z: mnp.sum(log_joint(z)))(z)


def in_standard_errors(samples, exact) -> tuple[float, float]:
    """Of samples (steps, chains, 10): the largest distances of means, and of mean squares about the exact means, from
    those stated. Chains do not see each other, so what each is off by tells the error of all."""
    steps, chains, _ = samples.shape
    z = mnp.reshape(samples, (steps * chains, CODE))
    values = to_numpy(mnp.concatenate([z[:, :2], school_effects(z)], 1)).reshape(steps, chains, CODE)
    around = values - exact.means
    found = []
    for stated, power in ((0.0, around), (exact.deviations**2, around**2)):
        of_each = power.mean(0)
        error = of_each.std(0) / math.sqrt(chains)
        found.append(largest(np.abs(of_each.mean(0) - stated) / error))
    return tuple(found)


@claim(
    "hamiltonian-any-step",
    section=SECTION,
    heading=HEADING,
    statement="A Hamiltonian chain keeps the posterior whatever its step: leapfrog goes back by the way it came and keeps "
    "volumes, and with the share of ends that are taken, moves there and back weigh the same. Moments of eight schools by "
    "such chains are those of a quadrature.",
    latex=r"p(z)\,\mathcal{N}(v)\,a(z, v \to z', v') = p(z')\,\mathcal{N}(v')\,a(z', -v' \to z, -v), "
    r"\qquad a = \min(1, e^{-\Delta H})",
    cost=3.0,
)
def hamiltonian_any_step(run: Run, path=leapfrog, acceptance=log_acceptance, chains=hamiltonian_chains, exact=None):
    exact = exact_moments() if exact is None else exact
    rng = run.rng()
    z, momentum = 0.5 * rng.standard_normal((20, CODE)), rng.standard_normal((20, CODE))

    def energy(z, momentum):
        return -log_joint(z) + 0.5 * mnp.sum(momentum * momentum, -1)

    def state(both, step):
        """One row's state and momentum, after a path."""
        end = path(slopes, both[None, :CODE], both[None, CODE:], step, 5)
        return mnp.concatenate(end, -1)[0, :]

    for step, word in STEPS_OF_CHAINS.items():
        end, turned = path(slopes, z, momentum, step, 5)
        back, again = path(slopes, end, -turned, step, 5)
        there_and_back = mnp.max(mnp.abs(back - z)) + mnp.max(mnp.abs(again + momentum))
        yield Check(f"{word} steps: there and back", 0.0, float(there_and_back), 1e-9)
        volumes = [
            abs(float(mnp.linalg.det(jacobian(lambda both, step=step: state(both, step))(both)))) - 1.0
            for both in mnp.concatenate([z, momentum], -1)[:3, :]
        ]
        yield Check(f"{word} steps: growth of volumes", 0.0, largest(map(abs, volumes)), 1e-9)
        before, after = energy(z, momentum), energy(end, turned)
        gained = before - after
        unbalanced = (acceptance(gained) - before) - (acceptance(-gained) - after)
        yield Check(f"{word} steps: log of weight there over back", 0.0, float(mnp.max(mnp.abs(unbalanced))), 1e-9)
        most = float(mnp.max(acceptance(gained)))
        yield Check(f"{word} steps: the log of a share", 0.0, most, 0.0, "<=")
    steps = 150 if run.quick else 400
    for step, word in STEPS_OF_CHAINS.items():
        for seed in run.seeds(1 if run.quick else 3):
            start = 0.3 * generator(seed + 50).standard_normal((CHAINS, CODE))
            found = chains(log_joint, start, seed, steps=steps, step_length=step, leaps=max(2, round(1.2 / step)))
            means, squares = in_standard_errors(found.samples[steps // 3 :, ...], exact)
            what = f"{word} steps, seed {seed}"
            yield Check(f"{what}: ten means, the largest distance in standard errors", 0.0, means, 4.5)
            yield Check(f"{what}: ten variances, the same", 0.0, squares, 4.5)


STEPS = 500


@claim(
    "avb-eight-schools",
    section=SECTION,
    heading=HEADING,
    statement="Of the posterior of eight schools, ten numbers bound to each other, the best Gaussian q has the means and "
    "is too narrow, half a nat below log p(y); the best one of independent numbers is worse in both. An implicit q by "
    "adversarial variational Bayes, told from the Gaussian with its moments, has the means as well, and is less narrow.",
    latex=r"\log p(y) \ge \mathbb{E}_q \log p(y, z) + H(\mathcal{N}(\mu_q, \Sigma_q)) - \mathbb{E}_q T^*",
    cost=18.0,
)
def avb_eight_schools(run: Run, samples=posterior_samples, exact=None, gaussian=best_gaussian):
    exact = exact_moments() if exact is None else exact
    free, one = (distance(moments_of(to_numpy(samples(way, run.seed, 1))), exact) for way in WAYS[:2])
    yield Check("one Gaussian: means, in deviations", 0.0, one.means, 0.05)
    yield Check("independent ones: the same", 0.1, free.means, 0.0, ">=")
    yield Check(
        "one Gaussian: log deviations, over those of independent ones", 0.9, one.deviations / free.deviations, 0.0, "<="
    )
    bounds = [gaussian(True).elbo, gaussian(False).elbo, log_evidence()]
    yield Check("one Gaussian: its bound less that of independent ones, in nats", 0.42, bounds[1] - bounds[0], 0.02)
    yield Check("log p(y) less that bound", 0.5, bounds[2] - bounds[1], 0.02)
    for seed in run.seeds(1 if run.quick else 3):
        avb = distance(moments_of(to_numpy(samples(WAYS[2], seed, STEPS))), exact)
        yield Check(f"AVB: means, in deviations, seed {seed}", 0.0, avb.means, 0.06)
        share = avb.deviations / one.deviations
        yield Check(f"AVB: log deviations, over those of one Gaussian, seed {seed}", 0.65, share, 0.0, "<=")
