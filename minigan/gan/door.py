"""What training is given, checked before its first step: game, players, penalty, and what they make of a batch.

All of it stands outside of the loop; a step checks nothing.
"""

from __future__ import annotations

from ..autodiff.tracer import describe
from ..backend import active
from ..divergences import FDivergence, named
from ..divergences.table import FAMILIES, TABLE
from ..dynamics import Method
from ..names import unknown
from ..nn import Layer
from ..optim import Optimizer
from ..validation import told
from .f_gan import trainable_f_gan
from .games import GAMES, Game, non_saturating
from .penalties import Penalty


def as_game(game) -> Game:
    """``game`` itself, or the one that a name of `GAMES` or of a row of the f-divergence table stands for.

    A row's is its `trainable_f_gan`; ``None`` is `non_saturating`. Raises `ValueError` for an unknown name, with the
    nearest, and `TypeError` for what is neither.

    >>> as_game("non-saturating").name, as_game("pearson").name
    ('non_saturating', 'f_gan_pearson')
    """
    if game is None:
        return non_saturating()
    if isinstance(game, Game):
        return game
    if isinstance(game, FDivergence):
        return trainable_f_gan(game)
    if isinstance(game, str):
        plain = {_plain(name): make for name, make in GAMES.items()}
        if _plain(game) in plain:
            return plain[_plain(game)]()
        if game.partition("(")[0].strip() in {**TABLE, **FAMILIES}:
            return trainable_f_gan(named(game))
        raise unknown("game", game, [*GAMES, *TABLE], "minigan.gan.GAMES and minigan.divergences.TABLE name them all")
    made = next((name for name, make in GAMES.items() if game is make), None)
    remedy = f": call it, {made}()" if made else ", as minimax(), or the name of one, 'minimax'"
    raise TypeError(f"the game is a Game{remedy}; it was {told(game)}")


def _plain(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


def check_players(players, penalty, updates) -> None:
    """Raise `TypeError` where a network is no layer, an optimiser or the penalty no such thing, with the line to write.

    A `dynamics.Method` has optimisers of its own, and the players need none.
    """
    if not isinstance(players.game, Game):
        raise TypeError(f"the game of players is a Game, as minimax(), and was {told(players.game)}")
    check_network("generator", players.generator)
    check_network("discriminator", players.discriminator)
    if getattr(players.generator, "estimated_cost", None) is not None and players.game.generator_costs is None:
        raise ValueError(
            f"samples that pass no derivative on are weighed one by one, and the game {players.game.name} has no "
            "generator_costs(outputs) that does: play non_saturating(), or draw samples that have a derivative"
        )
    for who, optimizer in (
        ("generator", players.generator_optimizer),
        ("discriminator", players.discriminator_optimizer),
    ):
        if not isinstance(optimizer, Optimizer) and not (optimizer is None and isinstance(updates, Method)):
            raise TypeError(f"the {who}_optimizer is an optimiser, such as optim.adam(2e-4), and was {told(optimizer)}")
    if not isinstance(penalty, Penalty | None):
        raise TypeError(f"the penalty is a Penalty, such as r1(10.0), and was {told(penalty)}")


def check_network(who: str, network) -> None:
    """Raise `TypeError` unless ``network`` is a layer."""
    if not isinstance(network, Layer):
        raise TypeError(f"the {who} is a layer, such as nn.mlp([64, 64, 1]), and was {told(network)}")


def check_outputs(players, state, noise, real) -> None:
    """Raise `ValueError` where a sample is not shaped like the data, or D's answer on it is no single number.

    Both networks run once, as they are after training, on a batch each; a game of one's own that takes more numbers of D
    says so by ``outputs=None``.
    """
    game, generator, discriminator = players.game, players.generator, players.discriminator
    with active().errstate(all="ignore"):
        fake = generator.apply(state.generator, noise)
        if tuple(getattr(fake, "shape", (None,)))[1:] != tuple(real.shape)[1:]:
            raise ValueError(
                f"the generator {told(generator)} makes samples of shape {_sample(fake)} of noise of shape "
                f"{_sample(noise)}, and those of the data have shape {_sample(real)}: its last layer must give that"
            )
        answer = discriminator.apply(state.discriminator, real)
    if game.outputs is None:
        return
    shape = getattr(answer, "shape", None)
    if shape is None:
        raise TypeError(
            f"the discriminator {told(discriminator)} answers with a {type(answer).__name__}, and the game {game.name} "
            "takes an array, one number a sample"
        )
    if len(shape) > 1 and shape[-1] != game.outputs:
        raise ValueError(
            f"the discriminator {told(discriminator)} answers with {describe(answer)}, {shape[-1]} numbers a sample, and "
            f"the game {game.name} takes {game.outputs}: end it with nn.dense({game.outputs})"
        )


def _sample(x) -> str:
    shape = getattr(x, "shape", None)
    return type(x).__name__ if shape is None else str(tuple(shape)[1:])
