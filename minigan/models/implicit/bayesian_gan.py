"""The Bayesian GAN: weights of generators and discriminator are not fitted but sampled, each given the others' samples."""

from __future__ import annotations

from typing import Annotated, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import random as random_
from ...backend import to_numpy
from ...names import unknown
from ...options import Above, Batch
from ...training import Trained
from ..form import Form
from ..registry import system
from ..system import System
from .many_generators import Networks
from .planes import DIMENSION, Projection, density, divergence_between, planes_in_space
from .sampled_game import Friction, Number, Observed, Prior, Sampler, SamplerRate, sampled_game, sampler_called

STEPS, NOISE, EVERY = 2000, 10, 100
JUDGED = 2000  # samples, whatever the number of generators
OF_A_CHAIN = 200  # points that are kept of it at every look
RATES = {"sghmc": 3e-2, "langevin": 4e-2, "momentum": 3e-2, "adam": 2e-3}


@system(heading="Generalizing these ideas", about="ten generators drawn from a posterior by SGHMC, ten planes in R^100")
def bayesian_gan(
    *,
    generators: Number = 10,
    sampler: Sampler = "sghmc",
    paired: Annotated[bool, "each generator against a discriminator of its own"] = False,
    prior: Prior = 1.0,
    observed: Observed = 10_000,
    friction: Friction = 0.8,
    hidden: Annotated[int, Above(0), "units of each network's one hidden layer"] = 64,
    batch: Batch = 32,
    lr: SamplerRate = None,
) -> System:
    """log p(theta_G | theta_D) = N mean log D(G(z)) + log N(theta_G; 0, s^2), and of D alike, with N examples observed.

    Both are sampled in turn by minus these over N, at temperature 1 / N. The generators are so many chains, and meet one
    discriminator, that sees the samples of all as one; ``sampler="adam"`` trains as many without any posterior. Judged is
    the union of their samples: the Jensen-Shannon divergence of projections, in nats (`planes`), beside that of each
    generator alone, and of the union of one generator's samples along its chain. Source: Saatchi & Wilson (2017).

    >>> made = bayesian_gan(generators=3)
    >>> made.options["lr"], made.sample(made.learner.init(random_.generator(0)), 7, random_.generator(1)).shape
    (None, (7, 100))
    """
    heat = 1.0 / observed
    rate = RATES[sampler] if lr is None else lr
    pull = 0.0 if sampler == "adam" else heat / (2.0 * prior**2)  # minus the log prior over N is this times |theta|^2
    many = Networks(generators, NOISE, hidden, DIMENSION)
    judges = Networks(generators if paired else 1, DIMENSION, hidden, 1)
    data = planes_in_space()
    held = Held(many, Projection.of(data), density(Projection.of(data)(data)))
    optimizer, name = sampler_called(sampler, rate, friction, heat), f"Bayesian GAN, {sampler}"
    return System(
        f"{generators} generator{'s' * (generators > 1)} by {sampler}, ten planes in a space of {DIMENSION} dimensions",
        sampled_game(many, judges, data, optimizer, batch=batch, pull=pull, name=name),
        lambda state, n, rng, condition=None: held.union(state, n, rng),
        held.measure,
        STEPS,
        data=data,
        form=Form(),
        watch=held.watch,
        report=held.report,
        told=held.told,
        when_collapsed="the samples leave out a large part of the data; try more --generators, more steps or another --lr",
        parts={"held": held},
    )


class Held(NamedTuple):
    """What a state is judged by: the networks' shape, the projection, and the projected data's density."""

    networks: Networks
    projection: Projection
    real: np.ndarray

    def each(self, state, n: int, rng):
        """``n`` samples of each generator, (generators, n, dimension)."""
        z = rng.noise((self.networks.copies, n, NOISE), dtype="float32")
        return self.networks.apply(state.parameters["generator"], z)

    def union(self, state, n: int, rng):
        """``n`` samples, as many of each generator as can be."""
        found = self.each(state, -(-n // self.networks.copies), rng)
        return mnp.reshape(mnp.moveaxis(found, 0, 1), (-1, DIMENSION))[:n, ...]

    def divergence(self, points) -> float:
        """Of projected samples (n, 2) from the data."""
        return divergence_between(density(points), self.real)

    def judged(self, state, rng) -> tuple[float, list[float]]:
        """Divergences of the union, and of each generator alone, from `JUDGED` samples each."""
        points = self.projection(self.each(state, JUDGED, rng))
        share = -(-JUDGED // len(points))
        return self.divergence(np.concatenate(points[:, :share])), [self.divergence(one) for one in points]

    def measure(self, state, rng) -> dict:
        """Metrics of a trained state."""
        union, alone = self.judged(state, rng)
        weights = to_numpy(state.parameters["generator"]["second_weight"]).astype(float)
        return {
            "divergence_of_the_union": round(union, 4),
            "divergence_of_one_generator": round(float(np.mean(alone)), 4),
            "divergence_of_the_best_generator": round(min(alone), 4),
            "deviation_of_a_weight_between_generators": round(float(weights.std(0).mean()), 4),
            "collapsed": not union < 0.3,
        }

    def watch(self, step: int, state) -> dict | None:
        """Every hundred steps: both divergences, and a few projected samples of the first generator."""
        if step % EVERY:
            return None
        union, alone = self.judged(state, random_.generator(step))
        points = self.projection(self.each(state, OF_A_CHAIN, random_.generator(step))[0, ...])
        return {"union": union, "alone": float(np.mean(alone)), "chain": np.round(points, 3).tolist()}

    def report(self, records: list[dict]) -> dict:
        """Over the second half of what was watched: the union's mean divergence, and that of one chain's union."""
        if not records:
            return {"divergence_over_the_second_half": None, "divergence_of_one_chain": None}
        unions = [one["union"] for one in records[len(records) // 2 :]]
        return {
            "divergence_over_the_second_half": round(float(np.mean(unions)), 4),
            "divergence_of_one_chain": round(self.along_the_chain(records), 4),
        }

    def along_the_chain(self, records: list[dict]) -> float:
        """The divergence of the first generator's samples, of all looks of the second half together."""
        return self.divergence(np.concatenate([one["chain"] for one in records[len(records) // 2 :]]))

    def told(self, trained: Trained):
        """A row for each generator: how far its samples alone are from the data."""
        union, alone = self.judged(trained.state, random_.generator(1))
        rows = [[str(i + 1), f"{one:.4f}"] for i, one in enumerate(alone)]
        return (
            ["generator", "divergence, nats"],
            rows,
            f"the union of them: {union:.4f} (0.6931 where nothing is covered)",
        )


WAYS = {
    "one, by Adam": {"generators": 1, "sampler": "adam"},
    "one, by SGHMC": {"generators": 1},
    "ten, by SGHMC": {},
    "ten, without heat": {"sampler": "momentum"},
    "ten, by Adam": {"sampler": "adam"},
    "ten pairs, by Adam": {"sampler": "adam", "paired": True},
}


class Apart(NamedTuple):
    """What one way came to: divergences of the union, of a generator alone, of the first one's chain; unions by step."""

    union: float
    alone: float
    chain: float
    steps: list
    unions: list


def taken_apart(way: str, seed: int, steps: int = STEPS) -> Apart:
    """Train one of `WAYS` (a mean over its looks in the last quarter, since a game goes on moving)."""
    if way not in WAYS:
        raise unknown("way", way, WAYS, f"there are {', '.join(WAYS)}")
    made = bayesian_gan(**WAYS[way])
    records = made.train(steps, seed, check_every=EVERY).records
    last = records[-max(1, len(records) // 4) :]
    union, alone = (float(np.mean([one[what] for one in last])) for what in ("union", "alone"))
    chain = made.parts["held"].along_the_chain(records)
    return Apart(union, alone, chain, [one["step"] for one in records], [one["union"] for one in records])
