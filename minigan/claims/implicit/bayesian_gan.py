"""The Bayesian GAN on ten planes: what ten generators from a posterior do better than one, and what ten without one do."""

from __future__ import annotations

from ...models.implicit.bayesian_gan import taken_apart
from ..registry import Check, Run, claim
from .samplers import HEADING, SECTION

STEPS, MARGIN = 1500, 0.06


@claim(
    "bayesian-gan",
    section=SECTION,
    heading=HEADING,
    statement="Ten generators from a posterior, by SGHMC, cover the data better than one that was fitted; so do ten that "
    "were fitted by Adam against one discriminator, without any posterior.",
    latex=r"\mathrm{JSD}(p_{\mathrm{data}}, \tfrac1{10} \sum p_{\theta_j}) < \mathrm{JSD}(p_{\mathrm{data}}, p_{\theta}),"
    r" \quad \theta_j \sim p(\cdot \mid \theta_D)",
    cost=25.0,
)
def ten_beat_one(run: Run, train=taken_apart):
    for seed in run.seeds(1 if run.quick else 3):
        one, ten = (train(way, seed, STEPS) for way in ("one, by Adam", "ten, by SGHMC"))
        what = f"seed {seed}, divergence in nats"
        yield Check(f"{what}: of one less that of ten by SGHMC", MARGIN, one.union - ten.union, 0.0, ">=")
        yield Check(f"{what}: of one of the ten alone less that of the ten", MARGIN, ten.alone - ten.union, 0.0, ">=")
        yield Check(f"{what}: ten by SGHMC", 0.25, ten.union, 0.0, "<=")
        if not run.quick:
            plain = train("ten, by Adam", seed, STEPS)
            yield Check(f"{what}: of one less that of ten by Adam", MARGIN, one.union - plain.union, 0.0, ">=")
