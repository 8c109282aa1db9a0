"""Learning in implicit generative models: a posterior from a simulator, by the ratio of the joint law to its marginals."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ...autodiff import grad
from ...backend import to_numpy
from ...models.implicit.likelihood_free import likelihood_free, posterior_of, total_variation
from ..registry import Check, Run, claim, largest

SECTION, HEADING = "implicit", "Generalizing these ideas"
STEPS = 2500


def trained_posterior(seed: int, steps: int):
    """A small system, and its posterior as a function of the data."""
    system = likelihood_free(hidden=64, batch=128)
    return system, posterior_of(system, system.train(steps, seed))


def joint_over_marginals(joint):
    """log p(theta, x) / (p(theta) p(x)) of a table."""
    return mnp.log(joint / (mnp.sum(joint, 1)[:, None] * mnp.sum(joint, 0)[None, :]))


@claim(
    "likelihood-free-posterior",
    section=SECTION,
    heading=HEADING,
    statement="A classifier that tells parameters with their own data from parameters with another's learns the "
    "posterior, prior times ratio: from a simulator's draws alone it comes close to the likelihood's, on a grid.",
    latex=r"p(\theta \mid x) = p(\theta)\, \frac{p(\theta, x)}{p(\theta)\, p(x)}",
    cost=9.0,
)
def likelihood_free_posterior(run: Run, ratio=joint_over_marginals, train=trained_posterior):
    slopes, apart = [], []
    for stream in range(5):
        joint = run.rng(stream).uniform((6, 7), 0.05, 1.0)
        joint = joint / mnp.sum(joint)
        prior, evidence = mnp.sum(joint, 1), mnp.sum(joint, 0)

        def loss(v, joint=joint, prior=prior, evidence=evidence):
            other = prior[:, None] * evidence[None, :]
            return 0.5 * mnp.sum(joint * mnp.softplus(-v) + other * mnp.softplus(v))

        v = ratio(joint)
        slopes.append(float(to_numpy(mnp.max(mnp.abs(grad(loss)(v))))))
        made = prior[:, None] * mnp.exp(v)
        apart.append(float(to_numpy(mnp.max(mnp.abs(made - joint / evidence[None, :])))))
    yield Check("largest slope of the classifier's loss at that ratio, drawn tables", 0.0, largest(slopes), 1e-15)
    yield Check("prior times ratio against Bayes' rule, largest error", 0.0, largest(apart), 1e-14)
    for seed in run.seeds(1 if run.quick else 3):
        system, posterior = train(seed, STEPS)
        simulator, found = system.parts["simulator"], {}
        for name, x in simulator.observed.items():
            found[name] = total_variation(posterior(x), simulator.true_posterior(x))
        what = f"lighthouse, seed {seed}: total variation to the grid posterior"
        yield Check(f"{what}, mean over four data sets", 0.15, float(np.mean(list(found.values()))), 0.0, "<=")
        yield Check(f"{what}, largest", 0.3, largest(found.values()), 0.0, "<=")
