"""A GAN as a two-player game over its parameters, x the generator's and y the discriminator's, for `minigan.dynamics`."""

from __future__ import annotations

from ..arrays import finite, floating
from ..dynamics import METHODS, Method, TwoPlayerGame

OWN = ("simultaneous", "alternating")  # make_step has these two itself: D first, each move on a batch of its own


def discriminator_cost(players, penalty=None):
    """The function (discriminator's parameters, fake, real, rng, chance) -> J^(D) in training, penalty included."""
    game, discriminator = players.game, players.discriminator
    penalty = game.penalty if penalty is None else penalty

    def cost(params, fake, real, rng=None, chance=None):
        def critic(x):
            return discriminator.apply(params, x, train=True, rng=rng)

        loss = game.discriminator_loss(critic(real), critic(fake))
        return loss if penalty is None else loss + penalty.value(critic, real, fake, chance)

    return cost


def generator_cost(players):
    """The function (generator's parameters, discriminator's, noise, real, rng) -> J^(G) in training."""
    game, generator, discriminator = players.game, players.generator, players.discriminator
    estimated_cost = getattr(generator, "estimated_cost", None)  # of a layer whose samples pass no derivative on

    def cost(params, discriminator_params, noise, real=None, rng=None):
        if estimated_cost is not None:
            return estimated_cost(
                params, noise, lambda x: discriminator.apply(discriminator_params, x, train=True, rng=rng), game
            )
        fake = generator.apply(params, noise, train=True, rng=rng)
        if game.generator_objective is not None:
            return game.generator_objective(discriminator_params, real, fake, rng)
        outputs = discriminator.apply(discriminator_params, fake, train=True, rng=rng)
        if not game.generator_sees_real:
            return game.generator_loss(outputs)
        return game.generator_loss(outputs, discriminator.apply(discriminator_params, real, train=True, rng=rng))

    return cost


def two_player_game(players, real, noise, *, penalty=None, rng=None, chance=None) -> TwoPlayerGame:
    """J^(G) and J^(D) on one batch, as losses of x = the generator's parameters and y = the discriminator's.

    What a step of training on that batch plays. `dynamics.spectrum` of it, in float64, says how the players turn about
    each other at a point. ``penalty`` and ``chance`` are as in `make_step`.

    >>> import minigan as mg
    >>> from minigan import dynamics, nn
    >>> from minigan.gan import Players, non_saturating
    >>> from minigan.random import generator
    >>> rng = generator(0)
    >>> players = Players(non_saturating(), nn.dense(1), nn.dense(1), None, None)
    >>> game = two_player_game(players, rng.standard_normal((64, 1)), rng.standard_normal((64, 1)))
    >>> at = (nn.dense(1).init(rng, (1, 1)), nn.dense(1).init(rng, (1, 1)))
    >>> dynamics.spectrum(game, at).shape
    (4,)
    """
    real = finite(floating(real, "the real batch"), "the real batch")
    noise = finite(floating(noise, "the noise"), "the noise")
    of_discriminator, of_generator = discriminator_cost(players, penalty), generator_cost(players)

    def y_loss(generator_params, discriminator_params):
        fake = players.generator.apply(generator_params, noise, train=True, rng=rng)
        return of_discriminator(discriminator_params, fake, real, rng, chance)

    return TwoPlayerGame(
        lambda generator_params, discriminator_params: of_generator(
            generator_params, discriminator_params, noise, real, rng
        ),
        y_loss,
        players.game.name,
    )


def method_of(players, updates) -> Method | None:
    """The method that ``updates`` names or is; ``None`` for the two that `make_step` has itself."""
    if isinstance(updates, Method):
        return updates
    if isinstance(updates, str) and updates in OWN:
        return None
    if isinstance(updates, str) and updates in METHODS:
        return METHODS[updates](players.generator_optimizer, players.discriminator_optimizer)
    if callable(updates):
        method = updates(players.generator_optimizer, players.discriminator_optimizer)
        if isinstance(method, Method):
            return method
    names = ", ".join(repr(name) for name in METHODS if name not in OWN)
    raise ValueError(
        f"updates must be a method of minigan.dynamics (or its name: {names}), a function that makes one of two "
        f"optimisers, or 'alternating' or 'simultaneous', and is {updates!r}"
    )
