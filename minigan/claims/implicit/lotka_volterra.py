"""A simulator that has no likelihood to speak of: the rates of prey and predators, from one counted series."""

from __future__ import annotations

import functools

import numpy as np

from ...models.implicit.lotka_volterra import (
    EXACT,
    Moments,
    calibration,
    checks,
    lotka_volterra_system,
    moments_of,
    off,
    posterior_of,
)
from ...models.implicit.particle_filter import exact_posterior
from ...models.implicit.populations import OBSERVED
from ...random import generator
from ..registry import Check, Run, claim

SECTION, HEADING = "implicit", "Generalizing these ideas"
STEPS, SIMULATIONS = 2000, 30_000


@functools.lru_cache(maxsize=3)  # two claims look at the same trainings
def learned(seed: int):
    """A posterior of the rates as a function of series, from simulations and a training of that seed."""
    system = lotka_volterra_system(SIMULATIONS, 96, 128, 2e-3, STEPS, seed)
    return posterior_of(system, system.train(STEPS, seed))


def filtered(seed: int) -> Moments:
    """The posterior of the observed series, by a particle filter."""
    found = exact_posterior(OBSERVED["cycles"], np.random.default_rng(seed), draws=300)
    return Moments(found.moments()[0], found.covariance())


@claim(
    "lotka-volterra-posterior",
    section=SECTION,
    heading=HEADING,
    statement="The rates of a stochastic simulator of prey and predators are inferred from its draws alone: the learned "
    "posterior comes within about a deviation of the one that a particle filter finds by the likelihood, and is "
    "calibrated over the prior.",
    latex=r"\log p(\beta \mid x) = \log p(\beta) + v(\beta, x), \quad v = \log \frac{p(\beta, x)}{p(\beta)\, p(x)}",
    cost=14.0,
)
def lotka_volterra_posterior(run: Run, train=learned, judge=filtered):
    again = off(judge(run.seed), EXACT)
    yield Check("a particle filter anew: means off the stated ones, in deviations", 0.5, again.mean, 0.0, "<=")
    yield Check("and logarithms of deviations", 0.4, again.log_deviation, 0.0, "<=")
    for seed in run.seeds(1 if run.quick else 3):
        posterior = train(seed)
        far = off(moments_of(posterior, OBSERVED["cycles"]))
        found = calibration(posterior, generator(seed))
        yield Check(f"seed {seed}: means off the exact ones, in its deviations, at most", 1.2, far.mean, 0.0, "<=")
        yield Check(f"seed {seed}: logarithms of deviations off, at most", 0.3, far.log_deviation, 0.0, "<=")
        yield Check(f"seed {seed}: nats that a series tells of its rates", 4.5, found.nats, 0.0, ">=")
        yield Check(f"seed {seed}: truths within the posterior's 80 %", 0.8, found.coverage, 0.08)
        yield Check(f"seed {seed}: ranks of truths off uniform, at most", 0.12, found.ranks_off, 0.0, "<=")


@claim(
    "posterior-predictive-check",
    section=SECTION,
    heading=HEADING,
    statement="Series replicated from the posterior resemble the observed one in each of nine statistics, in a band of "
    "half the prior's width; one that the model could not have made is found out.",
    latex=r"p = 2 \min\big(P(T(\tilde x) \ge T(x)), P(T(\tilde x) \le T(x))\big), \quad \tilde x \sim p(\tilde x \mid x)",
    cost=11.0,
)
def posterior_predictive_check(run: Run, train=learned, check=checks):
    for seed in run.seeds(1 if run.quick else 3):
        posterior = train(seed)
        after, before = check(posterior, "cycles", generator(seed))
        plague, _ = check(posterior, "plague", generator(seed))
        yield Check(f"seed {seed}: least tail probability of nine", 0.1, float(after.tails.min()), 0.0, ">=")
        yield Check(f"seed {seed}: width of the band over the prior's", 0.5, after.width() / before.width(), 0.0, "<=")
        inside = float(after.held())
        yield Check(f"seed {seed}: share of the observed counts in the band of 90 %", 0.8, inside, 0.0, ">=")
        yield Check(f"seed {seed}: least tail probability after a plague", 0.01, float(plague.tails.min()), 0.0, "<=")
