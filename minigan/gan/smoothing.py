"""One-sided label smoothing: D is told that real data are real with probability a < 1, and believes it."""

from __future__ import annotations

import math
from dataclasses import replace

import minigan.numpy as mnp

from ..rebuilt import rebuilt_by_name
from ..validation import is_number
from .door import as_game
from .games import Game
from .optimal import optimal_logit


@rebuilt_by_name
def label_smoothing(label: float = 0.9, game: Game | None = None) -> Game:
    """J^(D) = -1/2 E_data [a log D + (1 - a) log(1 - D)] - 1/2 E_z log(1 - D(G(z))), a = ``label`` in (0, 1].

    The generator's loss is that of ``game``, `non_saturating()` unless given. The best D is a p / (p + q), so at model =
    data D = a / 2: both losses at the optimum move. Generated data keep their label 0; with b > 0 there, D* = (a p + b
    q) / (p + q) would rise wherever the model is wrong, and hold it there. Source: Salimans et al. (2016), section 3.4.

    >>> game = label_smoothing(0.9)
    >>> round(game.value_at_optimum, 6), round(game.generator_loss_at_optimum, 6)  # D = 0.45
    (0.688139, 0.399254)
    """
    a = _label(label)
    base = as_game(game)
    if base.probability is not mnp.sigmoid:
        raise ValueError(f"label smoothing is for games over logits, and in {base.name} D(x) is not sigmoid(output)")

    def discriminator_loss(real_logits, fake_logits):
        real = a * mnp.softplus(-real_logits) + (1.0 - a) * mnp.softplus(real_logits)
        return 0.5 * mnp.mean(real) + 0.5 * mnp.mean(mnp.softplus(fake_logits))

    at_optimum = -0.5 * (a * math.log(0.5 * a) + (2.0 - a) * math.log1p(-0.5 * a))
    logit = mnp.asarray(math.log(a) - math.log(2.0 - a), dtype="float64")
    return replace(
        base,
        name=f"{base.name}_smoothed",
        discriminator_loss=discriminator_loss,
        value_at_optimum=at_optimum,
        generator_loss_at_optimum=float(base.generator_loss(logit, logit if base.name == "minimax" else None)),
    )


def smoothed_discriminator(p_data, p_model, label: float = 0.9):
    """x -> D*(x) = a p_data / (p_data + p_model), the best D under `label_smoothing`; densities as in
    `optimal_discriminator`.

    >>> from minigan.densities import Normal
    >>> round(float(smoothed_discriminator(Normal(0.0, 1.0), Normal(0.0, 1.0), 0.875)(0.3)), 6)
    0.4375
    """
    a, logit = _label(label), optimal_logit(p_data, p_model)
    return lambda x: a * mnp.sigmoid(logit(x))


def _label(a) -> float:
    if not is_number(a) or not 0.0 < a <= 1.0:
        raise ValueError(f"the label of real data lies in (0, 1], and was {a!r}")
    return float(a)
