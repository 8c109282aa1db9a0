"""The relativistic pairing game: its field at rest, its best D, and that value as a divergence of pairs."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ...backend import to_numpy
from ...densities import Normal
from ...dynamics import dirac_gan, spectrum, vector_field
from ...gan import Players, r1, r2, relativistic_pairing, two_player_game
from ...gan.optimal import optimal_logit
from ...models.games.smoothed_landscape import maximum_over_differences
from ...training import Player, players_learner, train
from ..registry import Check, Run, claim, largest
from .dirac import POINT, SLOPE, distance
from .methods import HEADING, ORIGIN


def damped(gamma: float, slope: float = 0.5):
    """The eigenvalues -gamma/2 +- sqrt(gamma^2/4 - slope^2) of a Dirac-GAN with penalties of ``gamma`` in all."""
    root = np.sqrt(complex(0.25 * gamma**2 - slope**2))
    return -0.5 * gamma + root, -0.5 * gamma - root


@claim(
    "pairing-on-dirac",
    section="games",
    heading=HEADING,
    statement="On the Dirac-GAN the relativistic pairing game turns as the GAN does, and R1 and R2 add up.",
    latex=r"\lambda = -\tfrac{\gamma_1 + \gamma_2}2 \pm \sqrt{\tfrac{(\gamma_1 + \gamma_2)^2}4 - \tfrac14}",
)
def pairing_on_the_dirac_gan(run: Run, game=relativistic_pairing, eigenvalues=damped):
    real, noise = mnp.zeros((4, 1)), mnp.ones((4, 1))

    def played(penalty=None):
        return two_player_game(Players(game(), POINT, SLOPE, None, None), real, noise, penalty=penalty)

    rng = run.rng()
    errors = []
    for theta, psi in to_numpy(rng.uniform((5 if run.quick else 40, 2), -3.0, 3.0)):
        at = mnp.asarray(theta), mnp.asarray(psi)
        found, stated = (vector_field(of, at) for of in (played(), dirac_gan("non_saturating")))
        errors += [abs(float(a) - float(b)) for a, b in zip(found, stated)]
    yield Check("the field at drawn points, less the GAN's own: the largest", 0.0, largest(errors), 1e-14)
    for first, second in ((0.0, 0.0), (0.3, 0.0), (0.0, 0.3), (0.3, 0.3), (0.7, 0.1), (2.0, 1.0)):
        found = spectrum(played(r1(first) + r2(second)), ORIGIN)
        error = distance(found, eigenvalues(first + second))
        yield Check(f"gamma {first:g} of R1, {second:g} of R2: error of the eigenvalues", 0.0, error, 1e-12)


def best_logit(p, q):
    """log p(x) - log q(x), one of the best D."""
    return optimal_logit(p, q)


def of_pairs(p, q):
    """JSD(p x q, q x p) - log 2 of two vectors of probabilities."""
    one_way = np.outer(p, q)
    middle = 0.5 * (one_way + one_way.T)
    seen = one_way > 0.0
    return float(np.sum(one_way[seen] * np.log(one_way[seen] / middle[seen]))) - math.log(2.0)


@claim(
    "pairing-best-discriminator",
    section="games",
    heading="Discriminator Strategy",
    statement="In the pairing game the best D is log p_data - log p_model, but for a constant; its value is a "
    "Jensen-Shannon divergence, of the pairs one way round and the other.",
    latex=r"D^* = \log\frac{p}{q} + c, \qquad \max_D V = \mathrm{JSD}(p \otimes q,\ q \otimes p) - \log 2",
    cost=3.0,
)
def best_discriminator_of_pairs(run: Run, logit=best_logit, value=of_pairs):
    rng = run.rng()
    slopes, values = [], []
    for _ in range(3 if run.quick else 10):
        p, q = (one / one.sum() for one in to_numpy(rng.uniform((2, 5), 0.05, 1.0)))
        D = np.log(p) - np.log(q)
        won = np.outer(p, q) / (1.0 + np.exp(D[:, None] - D[None, :]))  # p_k q_l sigmoid(D_l - D_k): the pull at each pair
        slopes.append(largest(abs(won.sum(1) - won.sum(0))))
        values.append(abs(maximum_over_differences(np.outer(p, q)) - value(p, q)))
    yield Check("drawn laws on five points: slope of the value at log p/q", 0.0, largest(slopes), 1e-15)
    yield Check("its maximum by Newton's method, less the divergence of pairs", 0.0, largest(values), 1e-7)
    equal = np.full(5, 0.2)
    yield Check("equal laws: the value", -math.log(2.0), maximum_over_differences(np.outer(equal, equal)), 1e-12)
    p, q = Normal(1.0, 0.8), Normal(0.0, 1.0)
    for seed in run.seeds(1 if run.quick else 3):
        critic = trained(p, q, seed)
        x = mnp.linspace(-2.0, 3.0, 201)
        weight = to_numpy(p.density(x) + q.density(x))
        weight /= weight.sum()
        off = to_numpy(critic(x) - logit(p, q)(x))
        spread = math.sqrt(float(weight @ (off - weight @ off) ** 2))
        scale = to_numpy(logit(p, q)(x))
        whole = math.sqrt(float(weight @ (scale - weight @ scale) ** 2))
        yield Check(f"seed {seed}: error of a trained D, over the spread of log p/q", 0.15, spread / whole, 0.0, "<=")


def trained(p, q, seed: int, steps: int = 600, batch: int = 512):
    """A 1-16-16-1 network after ``steps`` steps of the pairing game's J^(D) on fresh samples of both."""
    layer, game = nn.mlp([16, 16, 1], activation="tanh"), relativistic_pairing()

    def loss(parameters, batch, rng):
        return game.discriminator_loss(*(layer.apply(parameters["D"], side) for side in batch))

    def draw(rng, state):
        return tuple(mnp.reshape(side.sample(rng, (batch,)), (-1, 1)) for side in (p, q))

    player = Player(lambda rng: layer.init(rng, (1, 1)), loss, optim.adam(optim.cosine(1e-2, steps), beta2=0.99))
    parameters = train(players_learner({"D": player}, draw), steps, rng=seed, check_every=steps).state.parameters["D"]
    return lambda x: layer.apply(parameters, mnp.reshape(x, (-1, 1)))[:, 0]
