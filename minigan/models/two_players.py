"""A GAN as a system: players, data and noise, and the options that every GAN has."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypedDict

from .. import own_file
from ..divergences import FDivergence
from ..gan import GAMES, Fit, Game, Players, gan_learner, non_saturating
from ..gan.f_gan import trainable_f_gan
from ..options import Above, Choices
from ..training import Averaged, Trained
from .form import Form
from .system import System


class GameOptions(TypedDict, total=False):
    """What every GAN may be told: which game it plays, and how its players move.

    >>> chosen_game(GameOptions(game="hinge")).value_at_optimum, looking_ahead(GameOptions(unroll=5))
    (2.0, {'unroll': 5})
    """

    game: Annotated[str, Choices(lambda: GAMES), "the two losses, non_saturating unless told"]
    divergence: Annotated[str, "play the f-GAN game of this row: kl, pearson, alpha(0.5) ..., or my_file.py:my_row"]
    generator_loss: Annotated[Literal["bound", "modified"], "of the f-GAN game"]
    unroll: Annotated[int, Above(-1), "G plays against D as it is so many updates ahead; 0: as it is"]
    first_order: Annotated[bool, "of --unroll: no gradient through D's updates"]
    discriminator_steps: Annotated[int, Above(0), "steps of D for one of G"]


def chosen_game(options: GameOptions, own: Game | None = None, name: str = "this system") -> Game:
    """The game that the options name; ``own`` is one that a system insists on. Raises `ValueError` for contradictions."""
    game, divergence = options.get("game"), options.get("divergence")
    if own is not None:
        if game or divergence:
            raise ValueError(f"{name} is a game of its own: leave --game and --divergence away")
        return own
    if divergence:
        if game:
            raise ValueError(f"--divergence {divergence} is a game of its own: leave --game {game} away")
        row = divergence
        if own_file.is_own_file(divergence):
            row = own_file.defined(divergence, "divergence", lambda x: isinstance(x, FDivergence))
        return trainable_f_gan(row, generator=options.get("generator_loss") or "bound")
    if options.get("generator_loss"):
        raise ValueError("--generator-loss belongs to the f-GAN game: say which with --divergence")
    return GAMES[game]() if game else non_saturating()


def looking_ahead(options: GameOptions) -> dict:
    """What ``unroll`` and its companions say to `gan_learner`."""
    unroll, first_order = options.get("unroll"), options.get("first_order")
    if first_order and not unroll:
        raise ValueError("--first-order says how to look ahead: say how far, with --unroll 5")
    found: dict[str, Any] = {} if unroll is None else {"unroll": unroll}
    if options.get("discriminator_steps") is not None:
        found["discriminator_steps"] = options["discriminator_steps"]
    return found | ({"unrolling": "first_order"} if first_order else {})


def gan_system(
    title: str,
    *,
    generator,
    discriminator,
    generator_optimizer,
    discriminator_optimizer,
    data,
    noise,
    steps: int,
    batch: int,
    measure,
    options: GameOptions,
    own_game: Game | None = None,
    dtype: str = "float32",
    form: Form | None = None,
    name: str = "this system",
    sample=None,
    log_density=None,
    told=None,
    watch=None,
    report=None,
    when_collapsed: str = "",
    parts=None,
    learner=None,
    **how,
) -> System:
    """The `System` of two players; ``how`` are options of `gan_learner`, which those of the user's replace.

    ``measure(fit, rng)``, ``sample(fit, n, rng)``, ``log_density(fit, x)`` and ``told(fit)`` are given a `Fit`;
    ``learner(one)`` may make another learner of that of the game, such as an averaged one. ``parts`` has the ``players``
    and the ``noise``. Raises `ValueError` for ``options`` that contradict each other, and what `gan_learner` does.

    >>> from minigan import nn, optim
    >>> from minigan.densities import Normal
    >>> made = gan_system(
    ...     "a Gaussian",
    ...     generator=nn.dense(1),
    ...     discriminator=nn.mlp([8, 1]),
    ...     generator_optimizer=optim.adam(1e-3),
    ...     discriminator_optimizer=optim.adam(1e-3),
    ...     data=Normal(3.0, 1.0),
    ...     noise=1,
    ...     steps=2,
    ...     batch=16,
    ...     measure=lambda fit, rng: {"samples": fit.sample(100, rng).shape[0]},
    ...     options={"game": "hinge"},
    ... )
    >>> made.measured(made.train()), made.learner.at_optimum["discriminator_loss"]
    ({'samples': 100}, 2.0)
    """
    game = chosen_game(options, own_game, name)
    players = Players(game, generator, discriminator, generator_optimizer, discriminator_optimizer)
    made = gan_learner(players, data, noise=noise, batch=batch, dtype=dtype, **{**how, **looking_ahead(options)})

    def fit(state, rng=None, history=None):
        return Fit(players_state(state), players, history or {}, noise, rng)

    def drawn(state, n, rng, condition=None):
        return fit(state).sample(n, rng) if sample is None else sample(fit(state), n, rng)

    return System(
        title,
        made if learner is None else learner(made),
        drawn,
        lambda state, rng: measure(fit(state), rng),
        steps,
        data=data,
        form=form or Form(),
        log_density=None if log_density is None else lambda state, x: log_density(fit(state), x),
        watch=watch,
        report=report,
        told=None if told is None else lambda trained: told(fit(trained.state, history=trained.history)),
        when_collapsed=when_collapsed or "the samples do not cover the data; try another seed or more steps",
        parts={"players": players, "noise": noise, "game": game.name, **(parts or {})},
    )


def players_state(state):
    """The `State` of both players, the averages of those that were averaged in place of what they are."""
    if not isinstance(state, Averaged):
        return state
    return state.state._replace(**state.means)


def fit_of(system: System, trained: Trained) -> Fit:
    """A trained system of two players as the `Fit` that `minigan.gan.fit` returns.

    >>> from minigan.models import SYSTEMS
    >>> ring = SYSTEMS["ring"](batch=16)
    >>> fit_of(ring, ring.train(1)).sample(5, rng=0).shape
    (5, 2)
    """
    players, noise = system.parts["players"], system.parts["noise"]
    return Fit(players_state(trained.state), players, trained.history, noise, trained.rng)
