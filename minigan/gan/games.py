"""The two players' losses, as functions of the discriminator's logits. D(x) = sigmoid(logit), so

    -log D = softplus(-logit),        -log(1 - D) = softplus(logit),

which neither overflow nor lose the tail that log(sigmoid(logit) + epsilon) cuts off.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import minigan.numpy as mnp

LOG2 = math.log(2.0)


@dataclass(frozen=True)
class Game:
    """A two-player game over logits.

    ``discriminator_loss(real_logits, fake_logits)`` is J^(D). ``generator_loss(fake_logits, real_logits=None)`` is
    J^(G); what depends on real data alone does not move the generator and is left out unless ``real_logits`` are given.
    ``value_at_optimum`` is J^(D) where the model equals the data and D = D*, ``generator_loss_at_optimum`` J^(G) there.
    ``probability`` turns outputs into D(x), the probability of real: sigmoid for logits; ``None`` in a game whose
    outputs do not determine it.
    """

    name: str
    discriminator_loss: Callable
    generator_loss: Callable
    value_at_optimum: float
    generator_loss_at_optimum: float
    probability: Callable | None = mnp.sigmoid


def discriminator_loss(real_logits, fake_logits):
    """J^(D) = -1/2 E_data log D(x) - 1/2 E_z log(1 - D(G(z))), from logits of any shape.

    >>> import minigan.numpy as mnp
    >>> round(float(discriminator_loss(mnp.zeros(4), mnp.zeros(4))), 12)  # D = 1/2: log 2
    0.69314718056
    """
    return 0.5 * mnp.mean(mnp.softplus(-real_logits)) + 0.5 * mnp.mean(mnp.softplus(fake_logits))


def minimax() -> Game:
    """The zero-sum game, J^(G) = -J^(D): the generator minimises 1/2 E_z log(1 - D(G(z))).

    At D = D* the discriminator's loss is log 2 - JSD(p_data, p_model), so the generator minimises a Jensen-Shannon
    divergence; its gradient vanishes where D rejects every sample. Source: the lecture's "Minimax Game".

    >>> game = minimax()
    >>> round(game.value_at_optimum, 12), round(game.generator_loss_at_optimum, 12)
    (0.69314718056, -0.34657359028)
    """

    def generator_loss(fake_logits, real_logits=None):
        loss = -0.5 * mnp.mean(mnp.softplus(fake_logits))
        return loss if real_logits is None else loss - 0.5 * mnp.mean(mnp.softplus(-real_logits))

    return Game("minimax", discriminator_loss, generator_loss, LOG2, -0.5 * LOG2)


def non_saturating() -> Game:
    """J^(G) = -1/2 E_z log D(G(z)): the generator maximises the log-probability of the discriminator being mistaken.

    At D = D* its gradient is that of KL(m || p_data), m = (p_data + p_model) / 2, and it does not vanish where D
    rejects every sample. Source: the lecture's "Non-Saturating Game".

    >>> import minigan.numpy as mnp
    >>> round(float(non_saturating().generator_loss(mnp.array([-40.0]))), 12)
    20.0
    """

    def generator_loss(fake_logits, real_logits=None):
        return 0.5 * mnp.mean(mnp.softplus(-fake_logits))

    return Game("non_saturating", discriminator_loss, generator_loss, LOG2, 0.5 * LOG2)


GAMES = {"minimax": minimax, "non_saturating": non_saturating}
