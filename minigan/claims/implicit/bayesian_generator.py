"""A generator with a prior on its weights: their posterior without its likelihood, and what the prior is good for."""

from __future__ import annotations

import functools

import numpy as np

from ...models.implicit.bayesian_generator import (
    Predicted,
    exact_likelihood,
    learned_likelihood,
    likeliest_weights,
    observed,
    posterior_weights,
    predicted,
    weights_on_grid,
)
from ...models.implicit.likelihood_free import total_variation
from ...models.implicit.planes import divergence_between
from ..registry import Check, Run, claim

SECTION, HEADING = "implicit", "Generalizing these ideas"
FEW = 10


def learned(kind: str, seed: int):
    """log p(x | w) of a short training."""
    return learned_likelihood(kind, seed, 1500 if kind == "linear" else 1000)


@functools.lru_cache(maxsize=3)  # the same, whatever is held against it
def by_the_likelihood(seed: int) -> tuple[Predicted, Predicted]:
    """What the exact posterior predicts of ten observations, and the likeliest generator."""
    x, exact = observed("network", FEW, seed), exact_likelihood("network")
    true = posterior_weights("network", exact, x, seed, steps=100).samples
    return predicted("network", true), predicted("network", likeliest_weights("network", exact, x, seed))


@claim(
    "weights-posterior-linear",
    section=SECTION,
    heading=HEADING,
    statement="A discriminator that tells what generators draw from a fixed law learns the likelihood of their weights: "
    "the posterior of a linear generator's two, under a prior, comes close to the exact one on a grid.",
    latex=r"\log p(w \mid x) = \log p(w) + \sum_n v(x_n, w), \quad v(x, w) = \log \frac{p(x \mid w)}{r(x)}",
    cost=9.0,
)
def weights_posterior_linear(run: Run, learn=learned, exact=exact_likelihood):
    for seed in run.seeds(1 if run.quick else 3):
        likelihood = learn("linear", seed)
        for stream in range(3):
            x = observed("linear", FEW, 10 * seed + stream)
            learned_grid, exact_grid = weights_on_grid(likelihood, x), weights_on_grid(exact("linear"), x)
            what = f"seed {seed}, ten observations {stream}: total variation to the exact posterior, at most"
            yield Check(what, 0.15, total_variation(learned_grid, exact_grid), 0.0, "<=")


@claim(
    "weights-posterior-few-data",
    section=SECTION,
    heading=HEADING,
    statement="From ten observations the posterior over a generator's weights, found without a likelihood, predicts as "
    "the one by the exact likelihood does, and better than the likeliest generator, which has no prior.",
    latex=r"\mathrm{KL}\Big(p \,\Big\|\, \mathbb{E}_{w \mid x}\, p(\cdot \mid w)\Big) "
    r"< \mathrm{KL}\big(p \,\|\, p(\cdot \mid \hat w)\big)",
    cost=22.0,
)
def weights_posterior_few_data(run: Run, learn=learned, sample=posterior_weights, judge=by_the_likelihood):
    for seed in run.seeds(1 if run.quick else 3):
        x = observed("network", FEW, seed)
        ours = predicted("network", sample("network", learn("network", seed), x, seed).samples)
        true, one = judge(seed)
        apart = divergence_between(*(np.asarray(p.density) / np.sum(p.density) for p in (ours, true)))
        yield Check(f"seed {seed}: JSD of predictions to those by the exact likelihood, at most", 0.03, apart, 0.0, "<=")
        yield Check(f"seed {seed}: KL to them over KL to the likeliest", 0.8, ours.kl / one.kl, 0.0, "<=")
