"""What a hard choice does: no derivative, and by Gumbel noise exactly the right law, relaxed or not."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ...autodiff import grad
from ...backend import to_numpy
from ...discrete import expectation, expectation_gradient, gumbel, gumbel_max, gumbel_softmax, one_hot
from ..registry import Check, Run, claim, largest
from .exactly import HEADING, toy

EULER = 0.5772156649015329
TEMPERATURES = (10.0, 2.0, 1.0, 0.5, 0.1, 0.0)
MARGIN = 4.5  # standard errors; of the few hundred frequencies of a run, one beyond them in a thousand runs


@claim(
    "must-be-differentiable",
    section="discrete",
    heading=HEADING,
    statement="G must be differentiable, and is not if its output is discrete: the derivative of a hard choice is zero.",
    latex=r"\nabla_\ell f(\text{one-hot}(\arg\max\,(\ell + G))) = 0 \neq \nabla_\ell\, \mathbb{E} f(X)",
)
def a_hard_choice_has_no_derivative(run: Run, sample=gumbel_softmax):
    noise = gumbel(run.rng(), (2000, 3))
    for name in ("a.x", "(a.x)^2", "(a.x)^3"):
        f, logits, stated = toy(name)
        slopes = grad(lambda many, f=f: mnp.sum(f(sample(many, 0.0, noise=noise))))(mnp.broadcast_to(logits, (2000, 3)))
        yield Check(f"{name}: largest derivative through 2000 hard draws", 0.0, float(abs(to_numpy(slopes)).max()), 0.0)
        found = to_numpy(expectation_gradient(f, logits))
        for j in range(3):
            yield Check(f"{name}: dE f/d logit {j + 1}, enumerated", stated[j], float(found[j]), 1e-14)

        def moved(h, f=f, logits=logits):
            return float(to_numpy(expectation(f, logits + h * one_hot(0, 3))))

        quotient = (moved(1e-5) - moved(-1e-5)) / 2e-5  # truncation h^2 f''' / 6, rounding eps E f / h
        yield Check(f"{name}: the same for logit 1, by a difference quotient", stated[0], quotient, 1e-8)


@claim(
    "gumbel-max",
    section="discrete",
    heading=HEADING,
    statement="The argmax of logits plus Gumbel noise is an exact draw from softmax(logits), independent of the max.",
    latex=r"P(\arg\max_k\, \ell_k + G_k = k) = \mathrm{softmax}(\ell)_k",
)
def gumbel_max_draws_from_softmax(run: Run, draw=gumbel_max, noise=gumbel):
    n = 50_000 if run.quick else 400_000
    for seed in run.seeds(3):
        rng = Run(seed=seed).rng(1)
        deviations, tops = [], []
        for spread in (0.0, 0.5, 1.0, 2.0):
            logits = spread * rng.standard_normal((5,))
            g = noise(rng, (n, 5))
            drawn = to_numpy(draw(logits, noise=g))
            top = to_numpy(mnp.max(logits + g, axis=-1)) - float(to_numpy(mnp.logsumexp(logits))) - EULER
            for k, p in enumerate(to_numpy(mnp.softmax(logits))):
                hit = drawn == k
                deviations.append(abs(hit.mean() - p) / math.sqrt(p * (1.0 - p) / n))
                if hit.sum() > 100:  # enough for a mean of theirs to be normal
                    tops.append(abs(top[hit].mean()) / (math.pi / math.sqrt(6.0 * hit.sum())))
        what = "over 4 laws of 5 symbols, in standard errors"
        yield Check(f"largest |frequency - softmax| {what}, seed {seed}", 0.0, largest(deviations), MARGIN)
        what = "in standard errors"
        yield Check(f"largest |E[max | argmax] - logsumexp - 0.5772| {what}, seed {seed}", 0.0, largest(tops), MARGIN)
    quantiles = (mnp.arange(100_000, dtype="float64") + 0.5) / 100_000
    difference = mnp.logit(quantiles)  # of two Gumbels: the logistic law
    two = mnp.stack([difference, mnp.zeros_like(difference)], -1)
    for logit in (0.0, 1.0, -3.0):
        share = float((to_numpy(draw(mnp.asarray([logit, 0.0]), noise=two)) == 0).mean())
        stated = 1.0 / (1.0 + math.exp(-logit))
        yield Check(f"two symbols, logits ({logit:g}, 0): share of first over 100,000 quantiles", stated, share, 1e-5)


@claim(
    "relaxed-argmax",
    section="discrete",
    heading=HEADING,
    statement="The largest coordinate of a relaxed sample has the law softmax(logits) at every temperature.",
    latex=r"P(X_k = \max_i X_i) = \mathrm{softmax}(\ell)_k \quad \text{for every } \tau",
)
def the_largest_coordinate_keeps_its_law(run: Run, sample=gumbel_softmax):
    n = 50_000 if run.quick else 200_000
    probabilities = (0.5, 0.3, 0.15, 0.05)
    logits = mnp.log(mnp.asarray(probabilities))
    for seed in run.seeds(3):
        noise = gumbel(Run(seed=seed).rng(2), (n, 4))
        hard = to_numpy(gumbel_max(logits, noise=noise))
        elsewhere = 0
        for temperature in TEMPERATURES:
            drawn = to_numpy(mnp.argmax(sample(logits, temperature, noise=noise), axis=-1))
            worst = largest(
                abs((drawn == k).mean() - p) / math.sqrt(p * (1.0 - p) / n) for k, p in enumerate(probabilities)
            )
            elsewhere += int((drawn != hard).sum())
            what = f"temperature {temperature:g}, seed {seed}"
            yield Check(f"{what}: largest |frequency - softmax| in standard errors", 0.0, worst, MARGIN)
        what = f"seed {seed}: draws that are not the Gumbel-max draw, of {n} at {len(TEMPERATURES)} temperatures"
        yield Check(what, 0.0, elsewhere, 0.0)
