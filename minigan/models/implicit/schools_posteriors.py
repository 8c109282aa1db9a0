"""The posterior of eight schools by three kinds of q: independent Gaussians, one Gaussian, and an implicit law.

There is one observation, so q(z) is a law of codes and nothing is amortised: z = b + A noise + f(noise), f a network that
the implicit q has besides. All three climb one bound, E_q log p(y, z) + H(q). Of a Gaussian the entropy H is
log |det A| + d/2 log 2 pi e. Of the implicit q it is that of the Gaussian r with q's mean and covariance less E_q T, T
the log-ratio of q to r that a discriminator learns, from whitened codes and standard normal draws: adversarial
variational Bayes with adaptive contrast, r being that of the batch itself, and with slopes through it.

Source: Mescheder, Nowozin & Geiger (2017), sections 3.3 and 6.1 (second toy).
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ...names import unknown
from ...random import as_generator
from ...training import Player, players_learner, train
from ...validation import count
from .eight_schools import SCHOOLS, Moments, exact_moments, log_joint
from .ratio_estimators import classification_loss

CODE = SCHOOLS + 2
WAYS = ("independent Gaussians", "one Gaussian", "AVB")
DTYPE = "float32"


class Law(NamedTuple):
    """z = shift + noise @ slopes + f(noise): parameters of a q, those of ``f`` None where it is a Gaussian."""

    shift: Any
    slopes: Any
    bend: Any = None


class Networks(NamedTuple):
    """``bend`` f from noise to a code, and ``discriminator`` T from a whitened code to a number."""

    bend: Any
    discriminator: Any


class Distance(NamedTuple):
    """Of a q from the posterior, each a root mean square over m, log s and the eight effects: how far its ``means`` are
    off, in deviations of the posterior, and the logarithms of how many times too large its ``deviations`` are."""

    means: float
    deviations: float


def networks(hidden: int = 64) -> Networks:
    """Two hidden layers each."""
    return Networks(
        nn.mlp([hidden, hidden, CODE], activation="tanh"), nn.mlp([hidden, hidden, 1], activation="softplus")
    )


def drawn(layers: Networks, law: Law, noise):
    """Codes of noise (n, 10), of that shape."""
    z = law.shift + mnp.matmul(noise, law.slopes)
    return z if law.bend is None else z + layers.bend.apply(law.bend, noise)


def whitened(z):
    """Codes (n, d) in the frame of the Gaussian with their mean and covariance, and the entropy of that in nats.

    >>> told, entropy = whitened(mnp.asarray([[2.0], [0.0], [2.0], [0.0]]))
    >>> told[:, 0].tolist(), round(float(entropy), 4)  # 1/2 log 2 pi e
    ([1.0, -1.0, 1.0, -1.0], 1.4189)
    """
    n, d = z.shape
    around = z - mnp.mean(z, 0)
    root = mnp.linalg.cholesky(mnp.matmul(mnp.matrix_transpose(around), around) / n)
    told = mnp.matrix_transpose(mnp.linalg.solve(root, mnp.matrix_transpose(around)))
    entropy = mnp.sum(mnp.log(mnp.linalg.diagonal(root))) + 0.5 * d * math.log(2.0 * math.pi * math.e)
    return told, entropy


def learner_of(way: str, layers: Networks, steps: int, batch: int = 256):
    """What fits a q, ``way`` being one of `WAYS`; raises `ValueError` for any other. Rates fall along a cosine."""
    if way not in WAYS:
        raise unknown("kind of q", way, WAYS, f"they are {', '.join(WAYS)}")
    implicit = way == WAYS[2]
    kept = mnp.eye(CODE, dtype=DTYPE) if way == WAYS[0] else 1.0  # of independent numbers slopes are a diagonal

    def init(rng):
        bend = layers.bend.init(rng, (None, CODE), DTYPE) if implicit else None
        return Law(mnp.zeros((CODE,), dtype=DTYPE), mnp.eye(CODE, dtype=DTYPE), bend)

    def codes(law, rng):
        noise = rng.standard_normal((batch, CODE), dtype=DTYPE)
        return drawn(layers, law._replace(slopes=kept * law.slopes), noise)

    def log_ratio(params, told):
        return layers.discriminator.apply(params, told)[:, 0]

    def of_discriminator(parameters, _, rng):
        told = whitened(codes(parameters["law"], rng))[0]
        other = rng.standard_normal((batch, CODE), dtype=DTYPE)
        own = parameters["discriminator"]
        return classification_loss(log_ratio(own, told), log_ratio(own, other))

    def of_law(parameters, _, rng):
        z = codes(parameters["law"], rng)
        told, entropy = whitened(z)
        if implicit:
            entropy = entropy - mnp.mean(log_ratio(parameters["discriminator"], told))
        return -mnp.mean(log_joint(z)) - entropy

    adam = optim.adam(optim.cosine(2e-3 if implicit else 1e-2, steps), beta1=0.5)
    players = {"law": Player(init, of_law, adam)}
    if implicit:
        adam = optim.adam(optim.cosine(4e-3, 2 * steps), beta1=0.5)
        discriminator = Player(
            lambda rng: layers.discriminator.init(rng, (None, CODE), DTYPE), of_discriminator, adam, moves=2
        )
        players = {"discriminator": discriminator, **players}
    return players_learner(players, lambda rng, state: (), name="eight schools")


def posterior_samples(way: str, seed: int, steps: int, draws: int = 100_000):
    """Codes (``draws``, 10) of the q of a ``way`` after ``steps``."""
    layers, steps = networks(), count(steps, "steps")
    law = train(learner_of(way, layers, steps), steps, rng=seed).state.parameters["law"]
    if way == WAYS[0]:
        law = law._replace(slopes=mnp.eye(CODE, dtype=DTYPE) * law.slopes)
    return drawn(layers, law, as_generator(seed + 1).standard_normal((draws, CODE), dtype=DTYPE))


def distance(found: Moments, exact: Moments | None = None) -> Distance:
    """How far moments are from those of the posterior.

    >>> exact = exact_moments()
    >>> distance(Moments(exact.means + exact.deviations, 2.0 * exact.deviations)).means.round(3)
    1.0
    """
    exact = exact_moments() if exact is None else exact
    off = (found.means - exact.means) / exact.deviations
    ratio = np.log(found.deviations / exact.deviations)
    return Distance(float(np.sqrt(np.mean(off**2))), float(np.sqrt(np.mean(ratio**2))))
