"""Remedies against mode collapse, one at a time: what each changes of a plain GAN, and what theory promises of it.

Every bench (`ring`, `grid`, `stacked_digits`) has a plain GAN that collapses, ``remedy="plain"``, and takes the others by
name; `minibatch_gan` takes two of them as its ``feature``. `minigan figure remedies` trains them all and draws the table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .. import nn, optim
from ..gan import Game, feature_matching, label_smoothing, non_saturating, r1, r2, relativistic_pairing
from ..names import unknown
from ..validation import non_negative

KERNELS, WIDTH = 8, 4  # of minibatch discrimination


def whole(features: nn.Layer, last: nn.Layer) -> nn.Layer:
    """The discriminator as it is: ``last`` on ``features``."""
    return nn.sequential(features, last)


def with_batch_features(layer: Callable) -> Callable:
    """A discriminator whose ``last`` also reads what ``layer()`` says of the whole batch's features."""
    return lambda features, last: nn.sequential(features, layer(), last)


def packed(together: int) -> Callable:
    """A discriminator of ``together`` samples at once."""
    return lambda features, last: nn.packing(nn.sequential(features, last), together)


class Remedy(NamedTuple):
    """What is changed of a plain GAN; ``about`` says it in words, ``promise`` what is proven of it.

    ``game(features)`` is the game, of the first part of D; ``discriminator(features, last)`` puts D together;
    ``optimizer`` wraps both players' own; ``unroll`` is how many updates of D are looked ahead; with ``penalised`` R1 and
    R2 are added; a batch is a multiple of ``pack``.
    """

    about: str
    promise: str
    game: Callable[[nn.Layer], Game] = lambda features: non_saturating()
    discriminator: Callable = whole
    optimizer: Callable[[optim.Optimizer], optim.Optimizer] = lambda own: own
    unroll: int = 0
    penalised: bool = False
    pack: int = 1


NOTHING = "nothing: it may turn for ever, and all samples on one point are a local minimum"
REMEDIES: dict[str, Remedy] = {
    "plain": Remedy("the plain GAN, non-saturating", NOTHING),
    "label_smoothing": Remedy(
        "D's target for real samples is 0.9", "D is never surer than 0.9", lambda features: label_smoothing(0.9)
    ),
    "historical_averaging": Remedy(
        "both players are drawn to their past mean",
        "less turning about an equilibrium",
        optimizer=lambda own: optim.historical_averaging(own, 1e-3),
    ),
    "feature_matching": Remedy(
        "G matches the mean of D's features", "means agree at the optimum; nothing of modes", feature_matching
    ),
    "minibatch_discrimination": Remedy(
        "D reads how near the rest of the batch is",
        "D can tell a collapsed batch",
        discriminator=with_batch_features(lambda: nn.minibatch_discrimination(KERNELS, WIDTH)),
    ),
    "minibatch_stddev": Remedy(
        "D reads how far the batch's samples are apart",
        "D can tell a collapsed batch",
        discriminator=with_batch_features(nn.minibatch_stddev),
    ),
    "packing_2": Remedy(
        "D judges two samples at once", "a lost mode weighs more in D's loss", discriminator=packed(2), pack=2
    ),
    "packing_3": Remedy(
        "D judges three samples at once", "a lost mode weighs more in D's loss", discriminator=packed(3), pack=3
    ),
    "unrolling_1": Remedy("G plays against the D of one update ahead", "as K grows, G faces the best D", unroll=1),
    "unrolling_5": Remedy("G plays against the D of five updates ahead", "as K grows, G faces the best D", unroll=5),
    "unrolling_10": Remedy("G plays against the D of ten updates ahead", "as K grows, G faces the best D", unroll=10),
    "penalties": Remedy("R1 and R2 on D's slopes", "converges near the equilibrium", penalised=True),
    "pairing": Remedy(
        "D compares each sample with a partner",
        "no bad basin, if partners are kept",
        lambda features: relativistic_pairing(),
    ),
    "pairing_with_penalties": Remedy(
        "D compares, with R1 and R2",
        "converges near the equilibrium; no bad basin, if partners are kept",
        lambda features: relativistic_pairing(),
        penalised=True,
    ),
}


def remedy_called(name: str) -> Remedy:
    """The one of that name. Raises `ValueError` for an unknown one, with the nearest.

    >>> remedy_called("packing_2").pack
    2
    """
    if name not in REMEDIES:
        raise unknown("remedy", name, REMEDIES, f"there are {', '.join(REMEDIES)}")
    return REMEDIES[name]


def remedied(
    name: str,
    features: nn.Layer,
    generator_optimizer: optim.Optimizer,
    discriminator_optimizer: optim.Optimizer,
    options,
    *,
    batch: int,
    gamma: float,
    weight=None,
) -> dict:
    """The arguments of `two_players.gan_system` that a remedy decides; ``options`` are the user's (`GameOptions`).

    D ends with one number, whose weights are drawn by ``weight``; it has a bias unless the game only compares. ``gamma``
    is the weight of R1 and R2 each, where the remedy has them; a ``batch`` is made smaller until packs fit. Raises
    `ValueError` where the options and the remedy both say which game is played, or how far is looked ahead, and for a
    batch smaller than a pack.

    >>> adam = optim.adam(1e-3)
    >>> remedied("packing_3", nn.dense(8), adam, adam, {}, batch=256, gamma=1.0)["batch"]
    255
    """
    remedy, gamma = remedy_called(name), non_negative(gamma, "gamma")
    if batch < remedy.pack:
        raise ValueError(f"--remedy {name} judges {remedy.pack} samples at once: give a --batch of {remedy.pack} or more")
    game = remedy.game(features)
    compares = game.generator_sees_real or options.get("game") == "relativistic_pairing"
    last = nn.dense(1, weight, use_bias=not compares)
    plain = remedy.game is Remedy._field_defaults["game"]
    if remedy.unroll:
        if options.get("unroll") is not None:
            raise ValueError(f"--remedy {name} looks ahead as it says: leave --unroll {options['unroll']} away")
        options = {**options, "unroll": remedy.unroll}
    return {
        "discriminator": remedy.discriminator(features, last),
        "generator_optimizer": remedy.optimizer(generator_optimizer),
        "discriminator_optimizer": remedy.optimizer(discriminator_optimizer),
        "own_game": None if plain else game,
        "name": f"--remedy {name}",
        "penalty": r1(gamma) + r2(gamma) if remedy.penalised else None,
        "batch": batch - batch % remedy.pack,
        "options": options,
    }
