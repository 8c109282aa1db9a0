"""From exact inference to Markov chains to variational inference: one posterior by each, and what each is off by."""

from __future__ import annotations

import math

from ...models.families import inference
from ..registry import Check, Run, claim

SECTION, HEADING = "families", "Regularization as a bag of tricks"
LOG_2 = math.log(2.0)


@claim(
    "exact-chains-variational",
    section=SECTION,
    heading=HEADING,
    statement="One posterior of two bent modes, by each way: quadrature's error falls faster than any power of its cost, "
    "a chain's mean of z1 z2 as the inverse root of its length; a Gaussian q takes one mode and is short of log p(x) by "
    "the log 2 that this costs, and a little; an implicit q finds both.",
    latex=r"\log p(x) - \mathrm{ELBO}(q) = \mathrm{KL}(q \,\|\, p(\cdot \mid x)) \ge \log 2 - \epsilon",
    cost=8.0,
)
def exact_chains_variational(
    run: Run,
    evidence=inference.exact_log_evidence,
    power=0.5,
    least_gap=LOG_2,
    gaussian=inference.by_gaussian,
    implicit=inference.by_implicit,
):
    stated = evidence()
    errors = [abs(inference.by_quadrature(points).bound - stated) for points in (24, 48, 72)]
    # beyond the grid lie 2e-9 of the evidence
    fine = inference.by_quadrature(240).bound
    yield Check("log p(x) by a grid of 240 x 240, by an integral over z1 alone", stated, fine, 5e-9)
    orders = [math.log(a / b) / math.log(n / m) for a, b, m, n in zip(errors, errors[1:], (24, 48), (48, 72))]
    yield Check("order of the grid's error from 24 to 48 points a side", 4.0, orders[0], 0.0, ">=")
    yield Check("from 48 to 72, less that: the order grows", 2.0, orders[1] - orders[0], 0.0, ">=")
    short, long = inference.chain_errors(run.rng(90), (40, 640), 200 if run.quick else 400)
    # each is a root of a mean of squares over 200 chains, known to 5 percent
    yield Check("a chain's error at 16 times the length, as a share", 16.0**-power, long / short, 0.07)
    for seed in run.seeds(1 if run.quick else 3):
        rng = Run(seed=seed).rng(91)
        one_mode = gaussian(rng)
        gap = stated - one_mode.bound
        yield Check(f"seed {seed}, Gaussian q: KL from the posterior, in nats", least_gap, gap, 0.01, ">=")
        yield Check(f"seed {seed}, Gaussian q: beyond log 2", 0.3, gap - LOG_2, 0.0, "<=")
        yield Check(f"seed {seed}, Gaussian q: total variation", 0.5, one_mode.error, 0.0, ">=")
        both = implicit(rng, 350 if run.quick else 1000).error
        yield Check(f"seed {seed}, implicit q: total variation", 0.28 if run.quick else 0.17, both, 0.0, "<=")
