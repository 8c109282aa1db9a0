"""The GAN example of HIPS autograd, which says of itself that it always collapses: why, in three claims."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...autodiff import grad
from ...backend import to_numpy
from ...models.games.hips_example import PUBLISHED, best_value, discriminator_value, train_hips_example, value_along_ray
from ..registry import Check, Run, claim, largest, smallest

HEADING = "Mode Collapse"
SYMBOLS = 6


def two_laws(run: Run, stream: int):
    """Two laws on six symbols, as host arrays: the data's and the model's."""
    weights = -np.log(to_numpy(run.rng(stream).uniform((2, SYMBOLS), low=1e-3)))  # exponential: uniform on the simplex
    return weights / weights.sum(1, keepdims=True)


def growth(t, p, q):
    """t times the total variation of p and q."""
    return 0.5 * t * abs(p - q).sum()


@claim(
    "hips-example-unbounded",
    section="games",
    heading=HEADING,
    statement="The objective that HIPS autograd's example publishes, E log D(x) - E log D(G(z)), has no D*: it grows "
    "without bound along a ray wherever the model errs. Trained on it the generator makes one image.",
    latex=r"V(-t\, \operatorname{sign}(p - q)) = t\, \mathrm{TV}(p, q) \to \infty, \quad "
    r"\nabla_\ell V = (q - p)\, \sigma(-\ell) \neq 0",
)
def published_objective_is_unbounded(run: Run, along=growth, objective="published", train=train_hips_example):
    for draw in range(2 if run.quick else 5):
        p, q = two_laws(run, 80 + draw)
        a, b = mnp.asarray(p), mnp.asarray(q)
        for t in (1.0, 1e3, 1e6):
            found = float(to_numpy(value_along_ray(objective, a, b, t))) / t
            what = f"two laws, draw {draw}: the objective / t at t = {t:g}"
            yield Check(what, along(t, p, q) / t, found, 1e-12)
        slope = grad(lambda outputs, a=a, b=b: discriminator_value(objective, a, b, outputs))
        least = []
        for scale in (0.1, 1.0, 10.0):
            outputs = scale * run.rng(90 + draw).standard_normal((SYMBOLS,))
            rest = np.abs(p - q) / (1.0 + np.exp(to_numpy(outputs)))
            least.append(smallest(abs(to_numpy(slope(outputs))) / rest))
        what = f"two laws, draw {draw}: no D at rest, smallest slope by |p - q| sigma(-l)"
        yield Check(what, 1.0, smallest(least), 1e-10)
        yield Check(f"two laws, draw {draw}: its supremum over D", math.inf, best_value(objective, a, b), 0.0)
    yield Check("model and data agree: 0 for every D", 0.0, best_value(objective, a, a), 0.0)
    steps = 300 if run.quick else 1000
    for seed in run.seeds(1 if run.quick else 3):
        found = train(objective, seed, steps)
        what = f"trained on digits, {steps} steps, seed {seed}"
        yield Check(f"{what}: classes covered", 1.0, found["classes_covered"], 0.0)
        yield Check(f"{what}: deviation of its pixels (digits: 0.23)", 0.02, found["pixel_deviation"], 0.0, "<=")
        lowest = found["lowest_discriminator_loss"]
        yield Check(f"{what}: lowest J^(D), never below 0 in a GAN", -1.0, lowest, 0.0, "<=")


def at_the_best(p, q):
    """2 JSD(p, q) - log 4, of host arrays."""
    m = 0.5 * (p + q)
    return float((p * np.log(p / m)).sum() + (q * np.log(q / m)).sum()) - math.log(4.0)


@claim(
    "hips-example-bounded",
    section="games",
    heading=HEADING,
    statement="With the label that was lost, E log D(x) + E log(1 - D(G(z))), the objective has a best discriminator, "
    "p_data / (p_data + p_model), and no other passes its value.",
    latex=r"\max_D V(D) = V(D^*) = 2\, \mathrm{JSD}(p_\text{data}, p_\text{model}) - \log 4",
)
def corrected_objective_is_bounded(run: Run, best=at_the_best, objective="corrected"):
    for draw in range(2 if run.quick else 5):
        p, q = two_laws(run, 80 + draw)
        a, b = mnp.asarray(p), mnp.asarray(q)
        value = lambda outputs, a=a, b=b: discriminator_value(objective, a, b, outputs)
        what = f"two laws, draw {draw}"
        logit = mnp.asarray(np.log(p / q))
        yield Check(f"{what}: the objective at D*", best(p, q), float(to_numpy(value(logit))), 1e-12)
        yield Check(f"{what}: largest slope at D*", 0.0, largest(abs(to_numpy(grad(value)(logit)))), 1e-14)
        rng = run.rng(100 + draw)
        others = [
            float(to_numpy(value(logit + s * rng.standard_normal((SYMBOLS,))))) for s in (0.01, 0.3, 3.0, 30.0) * 25
        ]
        yield Check(f"{what}: the largest of 100 other D", best(p, q), largest(others), 0.0, "<=")
        ray = [float(to_numpy(value_along_ray(objective, a, b, t))) for t in (1e-2, 1.0, 1e2, 1e4, 1e6)]
        yield Check(f"{what}: the largest on the ray that had no end", best(p, q), largest(ray), 0.0, "<=")
    yield Check("model and data agree: -log 4", -math.log(4.0), best_value(objective, a, a), 1e-12)


@claim(
    "hips-example-corrected",
    section="games",
    heading=HEADING,
    statement="The same architecture on the digits, with that label, first weights that let noise through and a calmer "
    "Adam, makes all ten of them; with the label alone it collapses still.",
    latex=r"\min_G \max_D\; \mathbb E \log D(x) + \mathbb E \log(1 - D(G(z)))",
    cost=16.0,
)
def corrected_example_covers_the_digits(run: Run, objective="corrected", train=train_hips_example):
    steps = 2000
    for seed in run.seeds(1 if run.quick else 3):
        found = train(objective, seed, steps)
        what = f"trained on digits, {steps} steps, seed {seed}"
        yield Check(f"{what}: classes covered", 10.0, found["classes_covered"], 0.0)
        yield Check(f"{what}: deviation of its pixels (digits: 0.23)", 0.1, found["pixel_deviation"], 0.0, ">=")
        yield Check(f"{what}: lowest J^(D)", 0.0, found["lowest_discriminator_loss"], 0.0, ">=")
    for seed in () if run.quick else run.seeds(3):
        found = train(objective, seed, steps, PUBLISHED)
        what = f"the label alone, all else as published, seed {seed}"
        yield Check(f"{what}: classes covered", 2.0, found["classes_covered"], 0.0, "<=")
