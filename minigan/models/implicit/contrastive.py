"""Inference with an implicit q(z | x): a network fed with noise, and a discriminator that learns the ratio its KL needs.

*Prior-contrastive*: T(x, z) tells q(z | x) from the prior, T* = log q(z | x) - log p(z), and with a likelihood that can be
written down

    E_q [T*(x, z) - log p(x | z)] = KL(q(z | x) || p(z | x)) - log p(x).

*Joint-contrastive*: T tells pairs (x, z) of q from pairs of the model, T* = log r(x) q(z | x) - log p(x, z), which needs a
simulator and no likelihood; as ALI and BiGAN do. x may have any law r, if simulations are selected by their x alone: they
keep p(z | x), and E T* is the mean KL(q || posterior) and a number that no q changes.
Source: Huszar (2017), "Variational inference using implicit distributions", algorithms 1 and 3.
"""

from __future__ import annotations

from typing import Annotated, Any, NamedTuple

import minigan.numpy as mnp

from ... import nn, optim
from ...options import Above, Batch, Rate
from ...training import Averaged, Player, averaged, players_learner
from ..form import Form
from ..registry import system
from ..system import System
from . import sprinkler
from .ratio_estimators import classification_loss
from .sprinkler import OBSERVATIONS

HEADING = "Generalizing these ideas"
NOISE = 4  # numbers that q is fed with
RARE = 8  # of so many simulations the one with the largest effect is taken, for half of a batch
STEPS = 6000
CLOSE = 0.15  # total variation that counts as found
JUDGED = 50_000  # samples of each posterior; as many of the exact one lie at 0.04 from it
CONDITIONS = tuple(f"{x:g}" for x in OBSERVATIONS)


class Networks(NamedTuple):
    """``sampler`` makes causes of an effect and noise; ``ratio`` is T(x, z)."""

    sampler: Any
    ratio: Any


def networks(hidden: int) -> Networks:
    """Two hidden layers of relu each; the discriminator's are twice as wide."""
    sampler = nn.mlp([hidden, hidden, 2], activation="relu")
    return Networks(sampler, nn.mlp([2 * hidden, 2 * hidden, 1], activation="relu"))


def seen(x):
    """Effects (n,) as networks see them: log(1 + x) - 2, shape (n, 1)."""
    return mnp.expand_dims(mnp.log1p(x) - 2.0, -1)


def causes(layers: Networks, params, x, noise):
    """z ~ q(z | x) for effects (n,) and noise (n, 4): a draw of the prior, moved by the network; shape (n, 2)."""
    moved = layers.sampler.apply(params, mnp.concatenate([seen(x), noise], -1))
    return sprinkler.VARIANCE**0.5 * noise[:, :2] + moved


def log_ratio(layers: Networks, params, x, z):
    """T(x, z) of pairs, shape (n,)."""
    return layers.ratio.apply(params, mnp.concatenate([seen(x), z], -1))[:, 0]


def selected(rng, n: int):
    """``n`` pairs of the model, effects (n,) and causes (n, 2): half are the one of eight whose effect is the largest.

    Selection looks at x alone, so that z given x is as it was, while large effects are seen more often.
    """
    common = n // 2
    z = sprinkler.drawn_causes(rng, n - common)
    rare = sprinkler.drawn_causes(rng, RARE * common)
    x = sprinkler.simulated(rng, z)
    many = mnp.reshape(sprinkler.simulated(rng, rare), (common, RARE))
    at = mnp.argmax(many, 1)
    chosen = mnp.take(rare, RARE * mnp.arange(common) + at, 0)
    return mnp.concatenate([x, mnp.max(many, 1)]), mnp.concatenate([z, chosen])


def observations(rng, n: int):
    """``n`` of the five, float32."""
    return mnp.take(mnp.asarray(OBSERVATIONS, dtype="float32"), rng.integers(0, len(OBSERVATIONS), (n,)), 0)


def prior_pairs(rng, n: int):
    """What a prior-contrastive step is given: observations, and for D the same ones with causes of the prior."""
    x = observations(rng, n)
    return x, x, sprinkler.drawn_causes(rng, n)


def joint_pairs(rng, n: int):
    """What a joint-contrastive step is given: effects, and for D pairs of the model."""
    return selected(rng, n)[0], *selected(rng, n)


def contrastive_learner(layers: Networks, *, joint: bool, batch: int, lr: float, steps: int):
    """The `Learner` of q and its discriminator, which moves twice and twice as far; q is averaged."""
    pairs = joint_pairs if joint else prior_pairs

    def of_q(parameters, x, rng):
        noise = rng.standard_normal((x.shape[0], NOISE), dtype="float32")
        return causes(layers, parameters["sampler"], x, noise)

    def told_apart(parameters, given, rng):
        x, other_x, other_z = given
        params = parameters["ratio"]
        on_q = log_ratio(layers, params, x, of_q(parameters, x, rng))
        return classification_loss(on_q, log_ratio(layers, params, other_x, other_z))

    def objective(parameters, given, rng):
        x, _, _ = given
        z = of_q(parameters, x, rng)
        value = log_ratio(layers, parameters["ratio"], x, z)
        return mnp.mean(value if joint else value - sprinkler.log_likelihood(x, z))

    def adam(rate):
        return optim.adam(optim.cosine(rate, steps, final=0.05 * rate), beta1=0.5)

    players = {
        "ratio": Player(lambda rng: layers.ratio.init(rng, (None, 3), "float32"), told_apart, adam(2.0 * lr), moves=2),
        "sampler": Player(lambda rng: layers.sampler.init(rng, (None, 1 + NOISE), "float32"), objective, adam(lr)),
    }
    name = "joint-contrastive" if joint else "prior-contrastive"
    learner = players_learner(players, lambda rng, state: pairs(rng, batch), name=name)
    return averaged(learner, ["sampler"], decay=0.998)


def drawn(layers: Networks, state: Averaged, x, rng):
    """z ~ q(z | x) of the averaged network, for effects (n,): shape (n, 2)."""
    return causes(layers, state.means["sampler"], x, rng.standard_normal((x.shape[0], NOISE), dtype="float32"))


class Posterior(NamedTuple):
    """What was found at an observation ``x``: shares of cells ``learned`` and ``exact``, their total variation, modes."""

    x: float
    learned: Any
    exact: Any
    total_variation: float
    modes: int
    exact_modes: int


def posteriors(layers: Networks, state: Averaged, rng, count: int = JUDGED) -> list[Posterior]:
    """Those of the five observations, of ``count`` samples each against the grid."""
    found = []
    for x in OBSERVATIONS:
        z = drawn(layers, state, mnp.full((count,), x, dtype="float32"), rng)
        learned, exact = sprinkler.on_grid(z), sprinkler.posterior_on_grid(x)
        distance = sprinkler.total_variation(learned, exact)
        found.append(Posterior(x, learned, exact, distance, sprinkler.modes(learned), sprinkler.modes(exact)))
    return found


def good(one: Posterior) -> bool:
    """Whether it is close to the exact one, and has as many modes."""
    return one.total_variation < CLOSE and one.modes == one.exact_modes


def contrastive_system(joint: bool, hidden: int, batch: int, lr: float, steps: int = STEPS) -> System:
    """The `System` of either form; its rows are an observation and causes of it."""
    layers = networks(hidden)
    prior = sprinkler.prior_on_grid()
    distance_of_prior = [sprinkler.total_variation(prior, sprinkler.posterior_on_grid(x)) for x in OBSERVATIONS]

    def sample(state, n, rng, condition=None):
        if condition is not None and condition not in CONDITIONS:
            raise ValueError(f"a condition is one of the observations {', '.join(CONDITIONS)}, and was {condition!r}")
        x = observations(rng, n) if condition is None else mnp.full((n,), float(condition), dtype="float32")
        return mnp.concatenate([mnp.expand_dims(x, -1), drawn(layers, state, x, rng)], -1)

    def measure(state, rng):
        found = posteriors(layers, state, rng)
        of_prior = dict(zip(CONDITIONS, distance_of_prior))
        return {
            **{f"total_variation_at_{one.x:g}": round(one.total_variation, 4) for one in found},
            **{f"total_variation_of_the_prior_at_{x}": round(value, 4) for x, value in of_prior.items()},
            "modes_at_50": found[-1].modes,
            "modes_of_the_posterior_at_50": found[-1].exact_modes,
            "collapsed": not all(map(good, found)),
        }

    return System(
        f"the sprinkler's causes by an implicit q(z | x), {'joint' if joint else 'prior'}-contrastive",
        contrastive_learner(layers, joint=joint, batch=batch, lr=lr, steps=steps),
        sample,
        measure,
        steps,
        data=exact_rows,
        form=Form(columns=("x", "z1", "z2")),
        conditions=CONDITIONS,
        when_collapsed="a posterior is further than 0.15 from the exact one, or lacks a mode; try more steps",
        parts={"layers": layers},
    )


def exact_rows(rng, n: int):
    """``n`` rows of an observation and causes of its exact posterior, by turns."""
    share = -(-n // len(OBSERVATIONS))
    rows = []
    for x in OBSERVATIONS:
        z = sprinkler.drawn_posterior(rng, x, share)
        rows.append(mnp.concatenate([mnp.full((share, 1), x, dtype="float32"), z], -1))
    stacked = mnp.reshape(mnp.stack(rows, 1), (share * len(OBSERVATIONS), 3))
    return stacked[:n, ...]


Hidden = Annotated[int, Above(0), "units of each hidden layer of q; the discriminator's have twice as many"]


@system(heading=HEADING, about="implicit q(z | x) of the sprinkler: its ratio to the prior learned, likelihood known")
def prior_contrastive(*, hidden: Hidden = 32, batch: Batch = 256, lr: Rate = 1e-3) -> System:
    """Causes of five observations by a network and noise, against posteriors on a grid.

    >>> prior_contrastive().conditions
    ('0', '5', '8', '12', '50')
    """
    return contrastive_system(False, hidden, batch, lr)


@system(
    heading=HEADING, about="implicit q(z | x) of the sprinkler without a likelihood: pairs of q and of the simulator"
)
def joint_contrastive(*, hidden: Hidden = 32, batch: Batch = 256, lr: Rate = 1e-3) -> System:
    """As `prior_contrastive`, from simulations alone; the five observations are never seen in training.

    >>> joint_contrastive().title
    "the sprinkler's causes by an implicit q(z | x), joint-contrastive"
    """
    return contrastive_system(True, hidden, batch, lr)
