"""Relation to VAEs: one generator, one graphical model z -> x, with and without a likelihood."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ...backend import to_numpy
from ...gan import Pushforward
from ...models.implicit.three_ways import Law, entropy, generated, law_of, log_density, log_normal, trained
from ...random import generator
from ..generator import smoothed_density
from ..registry import Check, Run, claim, largest

SECTION, HEADING = "implicit", "Relation to VAEs"
STEPS, SAMPLES = 1200, 4000


def learned(way: str, seed: int):
    """The generator's parameters."""
    return trained(way, seed, STEPS)


@claim(
    "one-model-three-trainings",
    section=SECTION,
    heading=HEADING,
    statement="A VAE and a GAN have one graphical model, z -> x: the same generator and p(x | z) may be trained by the "
    "bound, by the exact likelihood, or by the game, which never evaluates one; the density is one integral in all three. "
    "After as many steps the exact likelihood, where it can be had, is nearest to the data.",
    latex=r"p(x) = \int p(z)\, \mathcal{N}(x; G(z), s^2)\, dz",
    cost=15.0,
)
def one_model_three_trainings(run: Run, train=learned, density=log_density, law=law_of):
    for seed in run.seeds(1 if run.quick else 3):
        found: dict[str, Law] = {}
        for way in ("bound", "exact", "game"):
            params = train(way, seed)
            found[way] = law(way, params)
            what = f"{way}, seed {seed}"
            yield Check(f"{what}: the density's integral", 1.0, found[way].mass, 1e-5)
            rng = generator(seed)
            z, noise = (rng.standard_normal((SAMPLES,)) for _ in range(2))
            x = generated(params, z) + float(to_numpy(mnp.exp(params[1]))) * noise
            logs = to_numpy(density(params, x))
            error = float(logs.std(ddof=1)) / math.sqrt(SAMPLES)
            stated = -entropy(found[way])
            what = f"{what}: mean log p of {SAMPLES} samples z -> x against minus the entropy (4 errors)"
            yield Check(what, stated, float(logs.mean()), 4.0 * error)
        for name in ("kl", "reverse_kl"):
            bound, exact, game = (getattr(found[way], name) for way in ("bound", "exact", "game"))
            words = {"kl": "KL(data || model)", "reverse_kl": "KL(model || data)"}[name]
            yield Check(f"seed {seed}: {words} by the game", 0.2, game, 0.0, "<=")
            yield Check(f"seed {seed}: {words}, bound less exact likelihood", 0.03, bound - exact, 0.0, ">=")
            yield Check(f"seed {seed}: {words}, game less exact likelihood", 0.01, game - exact, 0.0, ">=")


def implicit_law(generator_of_x, x):
    """The density of x = G(z) by the change of variables."""
    return Pushforward(generator_of_x).log_density(x)


@claim(
    "no-likelihood-at-width-zero",
    section=SECTION,
    heading=HEADING,
    statement="A VAE has an explicit likelihood p(x | z) and a GAN none: as the width s of N(x; G(z), s^2) goes to zero "
    "log p(x | z) rises without end at x = G(z) and falls without end elsewhere, while p(x) comes to a density.",
    latex=r"\log \mathcal{N}(x; G(z), s^2) \to \pm\infty, \qquad \int p(z)\, \mathcal{N}(x; G(z), s^2)\, dz \to p(x)",
)
def no_likelihood_at_width_zero(run: Run, likelihood=log_normal, law=implicit_law, smoothed=smoothed_density):
    x = mnp.linspace(-1.5, 1.5, 7)
    widths = (0.1, 0.05, 0.025)
    for stream in range(3):
        rng = run.rng(stream)
        a, b, c = (float(to_numpy(v)) for v in rng.uniform((3,), 0.4, 0.9))

        def bent(z, a=a, b=b, c=c):
            return a * z + b * mnp.tanh(2.0 * z) + 0.2 * c

        limit = mnp.exp(law(bent, x))
        off = [largest(to_numpy(mnp.abs(smoothed(bent, s, x) - limit))) for s in widths]
        yield Check(f"G {stream}: distance of p(x) from its limit, s = 0.025", 0.0, off[-1], 0.01)
        yield Check(f"G {stream}: as s is halved it falls by", 4.0, off[1] / off[2], 0.5)
        z = rng.standard_normal((50,))
        there = [mean_of(likelihood(bent(z), bent(z), mnp.log(s) + 0.0 * z)) for s in map(mnp.asarray, widths)]
        yield Check(f"G {stream}: what log p(x | z) gains at x = G(z)", math.log(2.0), there[2] - there[1], 1e-12)
        away = [mean_of(likelihood(bent(z) + 0.5, bent(z), mnp.log(s) + 0.0 * z)) for s in map(mnp.asarray, widths)]
        stated = math.log(2.0) - 0.125 / widths[2] ** 2 + 0.125 / widths[1] ** 2
        yield Check(f"G {stream}: and at a distance of 1/2", stated, away[2] - away[1], 1e-9)


def mean_of(values) -> float:
    """The mean as a Python number."""
    return float(to_numpy(mnp.mean(values)))
