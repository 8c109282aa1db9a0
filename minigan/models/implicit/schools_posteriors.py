"""The posterior of eight schools by three kinds of q: independent Gaussians, one Gaussian, and an implicit law.

There is one observation, so q(z) is a law of codes and nothing is amortised. All three climb one bound, E_q log p(y, z) +
H(q), whose first part has exact slopes along codes. Of a Gaussian z = m + A noise, H is log |det A| + d/2 log 2 pi e, and
the best one is found to the end, by a quasi-random rule. The implicit q begins there and has a network f besides,
z = m + A (b + B noise + f(noise)). Its H is that of the Gaussian r with its mean and covariance, less E_q T, where T, the
log-ratio of q to r, is learned from whitened codes and standard normal draws: adversarial variational Bayes with adaptive
contrast. Moments are those of the batch itself, and slopes go through them.

Source: Mescheder, Nowozin & Geiger (2017), section 3.3, and eight schools as their second toy.
"""

from __future__ import annotations

import functools
import math
from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ...arrays import takes_lists
from ...autodiff import value_and_grad
from ...backend import to_numpy
from ...names import unknown
from ...random import as_generator
from ...training import Player, players_learner, train
from ...validation import count
from .eight_schools import SCHOOLS, Moments, exact_moments, log_joint
from .ratio_estimators import classification_loss

CODE = SCHOOLS + 2
WAYS = ("independent Gaussians", "one Gaussian", "AVB")
HIDDEN, BATCH = 32, 2048  # many codes: what T is wrong about by chance is what q would follow
RATE = 4e-3
DTYPE = "float32"


class Gaussian(NamedTuple):
    """``shift`` (10,) and the lower triangular ``root`` (10, 10) of a covariance, in doubles of the host; ``elbo``, the
    bound of log p(y), in nats."""

    shift: np.ndarray
    root: np.ndarray
    elbo: float


class Law(NamedTuple):
    """b, B and the parameters of f of an implicit q."""

    shift: Any
    slopes: Any
    bend: Any


class Distance(NamedTuple):
    """Of a q from the posterior, each a root mean square over m, log s and the eight effects: how far its ``means`` are
    off, in deviations of the posterior, and the logarithms of how many times too large its ``deviations`` are."""

    means: float
    deviations: float


@functools.cache
def best_gaussian(independent: bool = False) -> Gaussian:
    """The Gaussian q of the greatest bound, of ten independent numbers or of any covariance.

    By L-BFGS; the mean over q is that of 4096 Sobol points, moved and turned to have the mean 0 and the covariance 1.

    >>> round(best_gaussian(independent=True).elbo, 1), round(best_gaussian().elbo, 1)
    (-13.8, -13.4)
    """
    from scipy.optimize import minimize
    from scipy.stats import norm, qmc

    noise = norm.ppf(qmc.Sobol(CODE, seed=0).random_base2(12))
    noise = noise - noise.mean(0)
    noise = mnp.asarray(np.linalg.solve(np.linalg.cholesky(noise.T @ noise / len(noise)), noise.T).T)
    rows, columns = np.tril_indices(CODE, -1 - CODE * independent)
    below = np.zeros((len(rows), CODE, CODE))  # a one each, where the root has numbers off its diagonal
    below[np.arange(len(rows)), rows, columns] = 1.0
    below = mnp.asarray(below)

    def parts(theta):
        logs = theta[CODE : 2 * CODE]
        root = mnp.exp(logs) * mnp.eye(CODE) + mnp.sum(theta[2 * CODE :, None, None] * below, 0)
        return theta[:CODE], root, mnp.sum(logs)

    def loss(theta):
        shift, root, log_det = parts(theta)
        return -mnp.mean(log_joint(shift + mnp.matmul(noise, mnp.matrix_transpose(root)))) - log_det

    def objective(theta):
        value, slope = value_and_grad(loss)(mnp.asarray(theta))
        return float(to_numpy(value)), to_numpy(slope)

    found = minimize(objective, np.zeros(2 * CODE + below.shape[0]), jac=True, method="L-BFGS-B")
    shift, root, _ = parts(mnp.asarray(found.x))
    return Gaussian(to_numpy(shift), to_numpy(root), gaussian_entropy(CODE) - float(found.fun))


def gaussian_entropy(dimension: int) -> float:
    """d/2 log 2 pi e, of standard normal numbers."""
    return 0.5 * dimension * math.log(2.0 * math.pi * math.e)


@takes_lists("z")
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
    return told, mnp.sum(mnp.log(mnp.linalg.diagonal(root))) + gaussian_entropy(d)


class Implicit:
    """The implicit q: its networks, and how codes are drawn."""

    def __init__(self):
        start = best_gaussian()
        self.centre = mnp.asarray(start.shift, dtype=DTYPE)
        self.frame = mnp.asarray(start.root.T.copy(), dtype=DTYPE)
        self.bend = nn.mlp([HIDDEN, HIDDEN, CODE], activation="tanh")
        self.discriminator = nn.mlp([HIDDEN, HIDDEN, 1], activation="softplus")

    def init(self, rng) -> Law:
        """Nearly the best Gaussian."""
        return Law(
            mnp.zeros((CODE,), dtype=DTYPE),
            mnp.eye(CODE, dtype=DTYPE),
            self.bend.init(rng, (None, CODE), DTYPE),
        )

    def codes(self, law: Law, noise):
        """Those of noise (n, 10), of that shape."""
        inner = law.shift + mnp.matmul(noise, law.slopes) + 0.1 * self.bend.apply(law.bend, noise)
        return self.centre + mnp.matmul(inner, self.frame)

    def log_ratio(self, params, told):
        """T of whitened codes (n, 10), shape (n,): a network of them and their squares."""
        # where q has more mass than r far out, T* grows like minus the log density of r, a square; of a network that is
        # linear there, rare codes far from all others would pass for a gain of the bound
        return self.discriminator.apply(params, mnp.concatenate([told, told * told - 1.0], -1))[:, 0]


def learner_of(layers: Implicit, steps: int):
    """What fits the implicit q: T moves twice in a step, q once, by rates that fall along a cosine."""

    def drawn(parameters, rng):
        return layers.codes(parameters["law"], rng.standard_normal((BATCH, CODE), dtype=DTYPE))

    def of_discriminator(parameters, _, rng):
        told = whitened(drawn(parameters, rng))[0]
        own, other = parameters["discriminator"], rng.standard_normal((BATCH, CODE), dtype=DTYPE)
        return classification_loss(layers.log_ratio(own, told), layers.log_ratio(own, other))

    def of_law(parameters, _, rng):
        z = drawn(parameters, rng)
        told, entropy = whitened(z)
        return mnp.mean(layers.log_ratio(parameters["discriminator"], told) - log_joint(z)) - entropy

    def adam(moves):
        return optim.adam(optim.cosine(RATE, moves * steps), beta1=0.5)

    players = {
        "discriminator": Player(
            lambda rng: layers.discriminator.init(rng, (None, 2 * CODE), DTYPE), of_discriminator, adam(2), moves=2
        ),
        "law": Player(layers.init, of_law, adam(1)),
    }
    return players_learner(players, lambda rng, state: (), name="eight schools")


def posterior_samples(way: str, seed: int, steps: int, draws: int = 100_000):
    """Codes (``draws``, 10) of a q, ``way`` being one of `WAYS`, the implicit one after ``steps``.

    Raises `ValueError` for another way.

    >>> to_numpy(posterior_samples("one Gaussian", 0, 1, draws=2)).shape
    (2, 10)
    """
    if way not in WAYS:
        raise unknown("kind of q", way, WAYS, f"they are {', '.join(WAYS)}")
    noise = as_generator(1000 + seed).standard_normal((draws, CODE))
    if way != "AVB":
        found = best_gaussian(way == "independent Gaussians")
        return mnp.asarray(found.shift) + mnp.matmul(noise, mnp.asarray(found.root.T.copy()))
    layers, steps = Implicit(), count(steps, "steps")
    law = train(learner_of(layers, steps), steps, rng=seed).state.parameters["law"]
    return layers.codes(law, mnp.astype(noise, DTYPE))


def distance(found: Moments, exact: Moments | None = None) -> Distance:
    """How far moments are from those of the posterior.

    >>> exact = exact_moments()
    >>> distance(Moments(exact.means + exact.deviations, 2.0 * exact.deviations))
    Distance(means=1.0, deviations=0.6931471805599453)
    """
    exact = exact_moments() if exact is None else exact
    off = (found.means - exact.means) / exact.deviations
    ratio = np.log(found.deviations / exact.deviations)
    return Distance(float(np.sqrt(np.mean(off**2))), float(np.sqrt(np.mean(ratio**2))))
