"""The Bayesian GAN on digits: how near the data samples of a posterior are together, how far apart, and what heat does."""

from __future__ import annotations

from ...models.implicit.bayesian_digits import bayesian_digits
from ..registry import Check, Run, claim
from .samplers import HEADING, SECTION

STEPS, HIDDEN, GENERATORS, MARGIN = 1000, 64, 5, 1.0
UNION, BETWEEN, WITHIN = (
    f"frechet_distance{of_what}" for of_what in ("", "_between_generators", "_within_a_generator")
)


def measured(sampler: str, generators: int, seed: int) -> dict:
    """The metrics of so many generators of digits, in short trainings of small networks."""
    made = bayesian_digits(generators=generators, sampler=sampler, hidden=HIDDEN)
    return made.measured(made.train(STEPS, seed))


@claim(
    "bayesian-digits",
    section=SECTION,
    heading=HEADING,
    statement="After a thousand steps five generators of digits from a posterior, by SGHMC, are together nearer to the "
    "data than one by Adam, and differ by more than chance; so do five by Adam. Heat spreads, and costs likeness.",
    latex=r"d(p_{\mathrm{data}}, \tfrac15 \sum p_{\theta_j}) < d(p_{\mathrm{data}}, p_{\theta}), \qquad"
    r" \theta_j \sim p(\cdot \mid \theta_{D_j})",
    cost=30.0,
)
def posterior_of_digits(run: Run, measure=measured):
    for seed in run.seeds(1 if run.quick else 3):
        one, five = measure("adam", 1, seed), measure("sghmc", GENERATORS, seed)
        what = f"seed {seed}, SGHMC"
        yield Check(f"{what}: classes that each of five covers", 10, five["fewest_classes_covered_by_a_generator"], 0.0)
        gain = one[UNION] - five[UNION]
        yield Check(f"{what}: Fréchet distance of one by Adam less that of five", MARGIN, gain, 0.0, ">=")
        gain = five["frechet_distance_of_one_generator"] - five[UNION]
        yield Check(f"{what}: Fréchet distance of one of the five less theirs together", MARGIN, gain, 0.0, ">=")
        apart = five[BETWEEN] / five[WITHIN]
        yield Check(f"{what}: distance between two of them over that of two samples of one", 4.0, apart, 0.0, ">=")
        if not run.quick:
            cold, plain = measure("momentum", GENERATORS, seed), measure("adam", GENERATORS, seed)
            spread, cost = five[BETWEEN] - cold[BETWEEN], five[UNION] - cold[UNION]
            yield Check(f"{what}: distance between two of them less that without heat", 2.0, spread, 0.0, ">=")
            yield Check(f"{what}: Fréchet distance of the five less that without heat", 0.5, cost, 0.0, ">=")
            what = f"seed {seed}, Adam"
            yield Check(f"{what}: Fréchet distance of one less that of five", MARGIN, one[UNION] - plain[UNION], 0.0, ">=")
            apart = plain[BETWEEN] / plain[WITHIN]
            yield Check(f"{what}: distance between two of five over that of two samples of one", 4.0, apart, 0.0, ">=")
