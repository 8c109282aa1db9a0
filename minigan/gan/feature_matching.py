"""Feature matching: G is to bring the means of D's hidden features together, not to fool D."""

from __future__ import annotations

from dataclasses import replace

import minigan.numpy as mnp

from ..nn import Layer
from ..rebuilt import rebuilt_by_name
from ..validation import function
from .door import as_game
from .games import Game


@rebuilt_by_name
def feature_matching(features: Layer, of=lambda params: params[0], game: Game | None = None) -> Game:
    """J^(G) = |E_data f(x) - E_z f(G(z))|^2, f a layer inside D; J^(D) is that of ``game``.

    The game is `non_saturating()` unless given. ``features`` is the first part of the discriminator, ``of`` finds its
    parameters in D's: with ``D = nn.sequential(features, nn.dense(1))`` they are ``params[0]``. The squared
    distance is over features, after the mean over the batch. At the optimum J^(G) = 0. Source: Salimans et al. (2016),
    section 3.1.

    >>> from minigan import nn
    >>> hidden = nn.sequential(nn.dense(16), nn.relu)
    >>> game, D = feature_matching(hidden), nn.sequential(hidden, nn.dense(1))
    >>> game.name, game.generator_loss_at_optimum
    ('non_saturating_feature_matching', 0.0)
    """
    if not isinstance(features, Layer):
        raise TypeError(f"the features are a layer, the first part of the discriminator, and were {features!r}")
    function(of, "of, which finds the features' parameters,", "(params)")
    base = as_game(game)

    def objective(discriminator_params, real, fake, rng=None):
        own = of(discriminator_params)
        means = [mnp.mean(features.apply(own, x, train=True, rng=rng), 0) for x in (real, fake)]
        return mnp.sum(mnp.square(means[0] - means[1]))

    return replace(
        base,
        name=f"{base.name}_feature_matching",
        generator_loss_at_optimum=0.0,
        generator_objective=objective,
    )
