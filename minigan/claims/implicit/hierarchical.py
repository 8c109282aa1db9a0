"""Deep and hierarchical implicit models: a Gaussian hierarchy, known exactly, by inference without its likelihood."""

from __future__ import annotations

from ...models.implicit.hierarchical import found_of, global_posterior, hierarchical_system, observed
from ...random import generator
from ..registry import Check, Run, claim

SECTION, HEADING = "implicit", "Generalizing these ideas"


def learned(seed: int, steps: int):
    """What one training found."""
    made = hierarchical_system(32, 160, 1e-3, 20, steps)
    trained = made.train(steps, seed)
    return found_of(made.parts["layers"], trained.state, made.parts["observations"], generator(1))


@claim(
    "hierarchical-posterior",
    section=SECTION,
    heading=HEADING,
    statement="In a hierarchical implicit model, of which only simulations are used, the Gaussian q of the global number "
    "and the implicit q of local causes come to the exact posterior.",
    latex=r"\mathbb{E}_q \Big[\sum_n T(x_n, z_n, \mu)\Big] - \mathrm{KL}(q(\mu) \,\|\, p(\mu))",
    cost=15.0,
)
def hierarchical_posterior(run: Run, train=learned, exact=global_posterior):
    stated = exact(observed(20))
    for seed in run.seeds(1 if run.quick else 3):
        found = train(seed, 3000)
        yield Check(f"seed {seed}: mean of q(mu)", stated.mean, found.mean, 0.05)
        ratio = found.deviation / stated.deviation
        yield Check(f"seed {seed}: deviation of q(mu) over the exact one", 1.0, ratio, 0.1)
        yield Check(f"seed {seed}: largest error of 20 local means", 0.0, found.local_error, 0.15)
        yield Check(f"seed {seed}: farthest of 20 local deviations over the exact", 1.0, found.local_deviation, 0.5)
