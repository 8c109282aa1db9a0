"""Hamiltonian chains over a network's weights, beside what is known: a closed form, a grid, an importance sample."""

from __future__ import annotations

import math

import numpy as np

from ...backend import to_numpy
from ...models.implicit.bayesian_regression import (
    Examples,
    Network,
    Weighted,
    examples_with_a_gap,
    line,
    one_unit_on_a_grid,
    posterior_of_a_line,
    sampled_weights,
    tanh_units,
    units_by_importance,
    values,
)
from ..registry import Check, Run, claim, largest
from .samplers import HEADING, SECTION

HIDDEN, LIMIT = 8, 4.5  # units, and standard errors
AT = np.array([-6.0, -2.3, -0.3, 1.7, 6.0])  # beyond, among, between, among, and beyond the examples
BEYOND, AMONG, BETWEEN = [0, 4], [1, 3], 2


def off(samples: np.ndarray, stated, error=0.0) -> float:
    """The largest distance of the mean of ``samples`` (steps, chains, ...) from ``stated``, in standard errors.

    A chain's states depend on one another, chains do not: the error is that of the mean of as many independent numbers as
    there are chains, each a chain's own mean; ``error`` is what is stated's own.
    """
    means = samples.mean(0)
    deviation = np.sqrt(means.var(0, ddof=1) / len(means) + np.square(error))
    return largest(np.ravel(abs(means.mean(0) - stated) / deviation))


def distances(f: np.ndarray, exact: Weighted, draws: float = math.inf) -> list[tuple[str, float]]:
    """How far f (steps, chains, k) is from ``exact``, of so many ``draws``, in standard errors of both: name, number."""
    mean, deviation = exact.band
    size = deviation / math.sqrt(draws)
    variance = off(np.square(f - mean), deviation**2, math.sqrt(2.0) * deviation * size)
    found = [("mean", off(f, mean, size)), ("variance", variance)]
    for name, limits in (("below", mean - deviation), ("above", mean + deviation)):
        stated = exact.below(limits)
        of_stated = np.sqrt(stated * (1.0 - stated) / draws)
        found.append((f"chance of more than a deviation {name} the mean", off(f < limits, stated, of_stated)))
    return found


@claim(
    "network-posterior",
    section=SECTION,
    heading=HEADING,
    statement="Hamiltonian chains over all weights of a network draw from the posterior: of a line its closed form, of "
    "one tanh unit the grid with both of its modes, of eight an importance sample, least sure where no data are.",
    latex=r"w \sim p(w \mid x, y) \propto N(w; 0, I) \prod_n N(y_n; f(x_n; w), s^2), \qquad"
    r" \operatorname{Var} f(x) = \operatorname{Var}_w f(x; w)",
    cost=20.0,
)
def network_posterior(
    run: Run,
    of_line=posterior_of_a_line,
    of_unit=one_unit_on_a_grid,
    of_units=units_by_importance,
    sample=sampled_weights,
):
    data, steps = examples_with_a_gap(), 40 if run.quick else 150

    def drawn(network: Network, seed: int, examples: Examples = data, **how):
        return sample(network, examples, Run(seed=seed).rng(0), steps=steps, **how)

    for seed in run.seeds(1 if run.quick else 3):
        mean, covariance = of_line(data)
        w = to_numpy(drawn(line(), seed, step_length=0.03, leaps=7).samples)
        yield Check(f"seed {seed}: mean of a line's weights, in standard errors", 0.0, off(w, mean), LIMIT)
        centred = w - mean
        products = centred[..., :, None] * centred[..., None, :]
        yield Check(f"seed {seed}: covariance of a line's weights, likewise", 0.0, off(products, covariance), LIMIT)

        found = drawn(tanh_units(1), seed)
        for name, distance in distances(values(tanh_units(1), found, AT), of_unit(data, AT)):
            yield Check(f"seed {seed}, one unit: {name}, likewise", 0.0, distance, LIMIT)
        up = to_numpy(found.samples)[..., 0] > 0.0
        yield Check(f"seed {seed}, one unit: either of its modes half of the time, likewise", 0.0, off(up, 0.5), LIMIT)

        units = tanh_units(HIDDEN)
        f = values(units, drawn(units, seed), AT)
        exact = of_units(HIDDEN, data, AT, Run(seed=seed).rng(1), 20_000 if run.quick else 100_000)
        for name, distance in distances(f, exact, exact.effective):
            yield Check(f"seed {seed}, eight units: {name}, likewise", 0.0, distance, LIMIT)
        deviation = f.std((0, 1))
        known = deviation[AMONG].max()
        ratio = float(deviation[BEYOND].min() / known)
        yield Check(f"seed {seed}, eight units: deviation beyond the data over that among them", 1.5, ratio, 0.0, ">=")
        ratio = float(deviation[BETWEEN] / known)
        yield Check(f"seed {seed}, eight units: deviation in the gap over that among them", 1.8, ratio, 0.0, ">=")
