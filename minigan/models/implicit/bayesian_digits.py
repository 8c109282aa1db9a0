"""The Bayesian GAN on real digits: generators from a posterior, what each covers, and how far apart they are."""

from __future__ import annotations

import itertools
from typing import Annotated, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import random as random_
from ...backend import to_numpy
from ...data import digits as real_digits
from ...metrics import digit_coverage, digit_judge, frechet_distance
from ...names import unknown
from ...options import Above, Batch
from ...training import Trained
from ..form import images
from ..images.digits import likeness
from ..registry import system
from ..system import System
from .many_generators import Networks
from .sampled_game import Friction, Number, Observed, Prior, Sampler, SamplerRate, sampled_game, sampler_called

STEPS, NOISE, PIXELS, CLASSES = 4000, 16, 64, 10
JUDGED, COMPARED = 300, 600  # samples of each generator; of the union, beside as many real digits
COVERED = 0.01  # of the samples, a class has to have
FAR = 10.0  # a Fréchet distance: smudges of the digits' mean are 30 away
RATES = {"sghmc": 3e-2, "langevin": 3e-2, "momentum": 3e-2, "adam": 1e-3}


@system(heading="Generalizing these ideas", about="ten generators of real digits drawn from a posterior by SGHMC")
def bayesian_digits(
    *,
    generators: Number = 10,
    sampler: Sampler = "sghmc",
    shared: Annotated[bool, "all generators against one discriminator, that sees their samples as one"] = False,
    prior: Prior = 1.0,
    observed: Observed = 1797,
    friction: Friction = 0.8,
    hidden: Annotated[int, Above(0), "units of each network's one hidden layer"] = 128,
    batch: Batch = 32,
    lr: SamplerRate = None,
) -> System:
    """The game of `bayesian_gan` on the 1,797 images of scikit-learn's digits, each generator against a D of its own.

    There are as many independent chains of both players, all evaluated at once. Judged are the union of all samples,
    each generator alone, and the spread between generators: Fréchet distances of pixels, and total variation between their
    shares of classes, beside those of two samples of one generator, that are chance. What the posterior adds here is that
    spread, twice that without heat; each sample is rougher for it, and ten by Adam are together nearer to the digits.
    Source: Saatchi & Wilson (2017).

    >>> made = bayesian_digits(generators=3)
    >>> made.sample(made.learner.init(random_.generator(0)), 7, random_.generator(1)).shape
    (7, 64)
    """
    heat, rate = 1.0 / observed, RATES[sampler] if lr is None else lr
    pull = 0.0 if sampler == "adam" else heat / (2.0 * prior**2)  # minus the log prior over N is this times |theta|^2
    many = Networks(generators, NOISE, hidden, PIXELS, bounded=True)
    judges = Networks(1 if shared else generators, PIXELS, hidden, 1)
    optimizer, name = sampler_called(sampler, rate, friction, heat), f"Bayesian GAN, {sampler}"
    data, posterior = real_digits("float32").images, Generators(many)
    return System(
        f"{generators} generator{'s' * (generators > 1)} by {sampler}, real handwritten digits of 8x8 pixels",
        sampled_game(many, judges, data, optimizer, batch=batch, pull=pull, name=name),
        lambda state, n, rng, condition=None: posterior.union(state, n, rng),
        posterior.measure,
        STEPS,
        data=data,
        form=images(8),
        told=posterior.told,
        when_collapsed="the samples leave out classes; try more --generators, more steps or another --lr",
        parts={"generators": posterior},
    )


class Spread(NamedTuple):
    """Mean distances ``between`` different generators and ``within`` one, of two samples: the latter are chance."""

    between: float
    within: float


class Generators(NamedTuple):
    """What a state is judged by: the generators' ``networks``."""

    networks: Networks

    def each(self, state, n: int, rng):
        """``n`` samples of each generator, (generators, n, 64)."""
        z = rng.noise((self.networks.copies, n, NOISE), dtype="float32")
        return self.networks.apply(state.parameters["generator"], z)

    def union(self, state, n: int, rng):
        """``n`` samples, as many of each generator as can be, in turn."""
        found = self.each(state, -(-n // self.networks.copies), rng)
        return mnp.reshape(mnp.moveaxis(found, 0, 1), (-1, PIXELS))[:n, ...]

    def measure(self, state, rng) -> dict:
        """Metrics of a trained state; those of manifolds, whose cost is quadratic, by `COMPARED` digits.

        Recall rises where samples are rough, for their balls are wide: it says something at equal precision only.
        """
        real = to_numpy(real_digits("float32").images)
        made = to_numpy(self.union(state, len(real), rng))
        some = real[to_numpy(rng.permutation(len(real)))[:COMPARED]]
        first, second = (to_numpy(self.each(state, JUDGED, rng)) for _ in range(2))
        shares = class_shares(first)
        covered = (shares >= COVERED).sum(1)
        pixels, classes = spread(first, second, frechet_distance), spread(shares, class_shares(second), variation)
        alone = float(np.mean([frechet_distance(one, real) for one in first]))
        union = {**digit_coverage(made), **likeness(made[:COMPARED], some, rng)}
        return {
            **union,
            "classes_covered_by_one_generator": round(float(covered.mean()), 2),
            "fewest_classes_covered_by_a_generator": int(covered.min()),
            "frechet_distance_of_one_generator": round(alone, 4),
            "frechet_distance_between_generators": rounded(pixels.between),
            "frechet_distance_within_a_generator": rounded(pixels.within),
            "variation_of_classes_between_generators": rounded(classes.between),
            "variation_of_classes_within_a_generator": rounded(classes.within),
            "collapsed": union["collapsed"] or not union["frechet_distance"] < FAR,
        }

    def told(self, trained: Trained):
        """A row for each generator: what it covers and how far its samples are from the data, and the union of all."""
        rng, real = random_.generator(1), to_numpy(real_digits("float32").images)
        samples = to_numpy(self.each(trained.state, JUDGED, rng))
        parts = [(str(i + 1), one) for i, one in enumerate(samples)]
        parts += [("all", to_numpy(self.union(trained.state, JUDGED, rng)))]
        rows = []
        for name, x in parts:
            found = digit_coverage(x)
            rows.append(
                [name, str(found["classes_covered"]), f"{found['clear_share']:.2f}", f"{frechet_distance(x, real):.2f}"]
            )
        columns = ("generator", "classes covered", "clear", "Fréchet distance")
        return columns, rows, f"{JUDGED} samples in each row; of real digits 0.95 are clear"


def class_shares(samples) -> np.ndarray:
    """Shares of the ten classes, as the judge sees them, among samples (k, n, 64) of k generators: (k, 10)."""
    judge = digit_judge()
    return np.stack([np.bincount(judge.predict(one), minlength=CLASSES) / len(one) for one in samples])


def variation(p, q) -> float:
    """The total variation between two laws on classes, sum |p - q| / 2.

    >>> variation(np.array([0.5, 0.5]), np.array([1.0, 0.0]))
    0.5
    """
    return 0.5 * float(abs(p - q).sum())


def spread(first, second, distance) -> Spread:
    """The `Spread` of two samples of each generator: pairs of different ones among ``first``, and ``first`` to ``second``.

    >>> spread([0.0, 2.0, 4.0], [0.5, 2.0, 4.0], lambda a, b: abs(a - b))
    Spread(between=2.6666666666666665, within=0.16666666666666666)
    """
    between = [distance(first[i], first[j]) for i, j in itertools.combinations(range(len(first)), 2)]
    within = [distance(one, other) for one, other in zip(first, second)]
    return Spread(float(np.mean(between)) if between else float("nan"), float(np.mean(within)))


def rounded(value: float) -> float | None:
    """Four digits; ``None`` where one generator has no other to be far from."""
    return None if np.isnan(value) else round(value, 4)


WAYS = {
    "one, by Adam": {"generators": 1, "sampler": "adam"},
    "one, by SGHMC": {"generators": 1},
    "ten, by SGHMC": {},
    "ten, without heat": {"sampler": "momentum"},
    "ten, by Adam": {"sampler": "adam"},
    "ten, by SGHMC, one D": {"shared": True},
}


def measured_apart(way: str, seed: int, steps: int = STEPS) -> dict:
    """The metrics of one of `WAYS`."""
    if way not in WAYS:
        raise unknown("way", way, WAYS, f"there are {', '.join(WAYS)}")
    made = bayesian_digits(**WAYS[way])
    return made.measured(made.train(steps, seed))
