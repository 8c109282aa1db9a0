"""``minigan train``: which recipe, or which ``.npy`` of rows, and how; `training` does it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def train(
    name: Annotated[str | None, typer.Argument(help="gaussian, ring, digits, strings ...; see 'minigan list'")] = None,
    data: Annotated[Path | None, typer.Option(help="a .npy file of shape (n, d) to train on instead")] = None,
    game: Annotated[str, typer.Option(help="minimax, hinge, wgan_gp ... of minigan.gan.GAMES")] = "non_saturating",
    divergence: Annotated[str, typer.Option(help="play the f-GAN game of this row: kl, pearson, alpha(0.5) ...")] = "",
    generator_loss: Annotated[str, typer.Option(help="of the f-GAN game: bound or modified")] = "bound",
    estimator: Annotated[
        str, typer.Option(help="of a discrete generator's gradient: gumbel, reinforce, embedding; strings also: rebar")
    ] = "",
    kl: Annotated[str, typer.Option(help="of categorical_vae: true or relaxed")] = "",
    objective: Annotated[str, typer.Option(help="of hips-example: published or corrected")] = "",
    unroll: Annotated[
        int | None, typer.Option(help="G plays against the discriminator as it is that many updates ahead; 0: as it is")
    ] = None,
    first_order: Annotated[
        bool, typer.Option("--first-order", help="of --unroll: no gradient through the discriminator's updates")
    ] = False,
    discriminator_steps: Annotated[int | None, typer.Option(help="steps of D for one of G")] = None,
    compare: Annotated[
        bool, typer.Option("--compare", help="of ring --unroll: then train it in other ways too, beside each other")
    ] = False,
    steps: Annotated[
        int | None, typer.Option(help="generator steps, with --resume so many more; the recipe's own number by default")
    ] = None,
    seed: Annotated[int, typer.Option(help="of parameters, batches and noise")] = 0,
    out: Annotated[Path | None, typer.Option(help="folder for what is written; runs/NAME by default")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on from the checkpoint in the folder")] = False,
    backend: Annotated[str, typer.Option(help="numpy, cupy, or cupy:N")] = "",
    eager: Annotated[bool, typer.Option("--eager", help="run the training step as it is, not compiled")] = False,
) -> None:
    """Train a model with a progress bar; write samples.png, losses.png, metrics.json and checkpoint.npz."""
    from ..backend import use
    from ..data import load_rows
    from ..models import AUTOENCODERS, RECIPES, looking_ahead, rows_recipe
    from .training import tell_comparison, train_recipe

    if backend:
        use(backend)
    names = [*RECIPES, *AUTOENCODERS]
    if (name is None) == (data is None):
        raise ValueError(f"give a model to train ({', '.join(names)}) or --data FILE.npy, one of the two")
    if name is not None and name not in names:
        raise ValueError(f"no model is called {name!r}; choose one of {', '.join(names)}, or --data FILE.npy")
    chosen = _game(game, divergence, generator_loss)
    if steps is not None and steps < 1:
        raise ValueError(f"--steps must be positive, and is {steps}")
    variant = _variant(name, estimator=estimator, kl=kl, objective=objective)
    ahead = _look_ahead(name, unroll, first_order, discriminator_steps, compare)
    if name in AUTOENCODERS:
        if divergence or game != "non_saturating":
            raise ValueError(f"{name} plays no game: leave --game and --divergence away")
        recipe, chosen = AUTOENCODERS[name](*variant), None
    else:
        recipe = RECIPES[name](*variant) if name is not None else rows_recipe(load_rows(data), data.stem)
        recipe = looking_ahead(recipe, **ahead)
        if recipe.game is not None:
            if divergence or game != "non_saturating":
                raise ValueError(f"{name} {recipe.variant} is a game of its own: leave --game and --divergence away")
            chosen = recipe.game
    folder = out or Path("runs") / recipe.name
    train_recipe(recipe, chosen, steps=steps, seed=seed, folder=folder, resume=resume, eager=eager)
    if compare:
        tell_comparison(seed, unroll or 5, steps)


def _variant(name: str | None, **options: str) -> tuple:
    """What --estimator, --kl or --objective says to the model called ``name``: nothing, or one word."""
    from ..models import VARIANTS

    for option, value in options.items():
        if value and VARIANTS.get(name) != option:
            those = " and ".join(model for model, own in VARIANTS.items() if own == option)
            raise ValueError(f"--{option} belongs to {those}, not to {name or 'a file of rows'}")
    return tuple(value for value in options.values() if value)


def _look_ahead(name, unroll, first_order, discriminator_steps, compare) -> dict:
    """What --unroll and its companions say to `minigan.models.looking_ahead`."""
    from ..models import AUTOENCODERS

    for option, value in (("unroll", unroll), ("discriminator-steps", discriminator_steps)):
        if value is not None and name in AUTOENCODERS:
            raise ValueError(f"--{option} is for games, and {name} plays none")
    if first_order and not unroll:
        raise ValueError("--first-order says how to look ahead: say how far, with --unroll 5")
    if compare and (name != "ring" or unroll is None):
        raise ValueError("--compare belongs to 'minigan train ring --unroll K'")
    given = {"unroll": unroll, "discriminator_steps": discriminator_steps}
    order = {"unrolling": "first_order"} if first_order else {}
    return {key: value for key, value in given.items() if value is not None} | order


def _game(name: str, divergence: str, generator_loss: str):
    from ..gan import GAMES
    from ..gan.f_gan import trainable_f_gan

    if divergence:
        if name != "non_saturating":
            raise ValueError(f"--divergence {divergence} is a game of its own: leave --game {name} away")
        return trainable_f_gan(divergence, generator=generator_loss)
    if generator_loss != "bound":
        raise ValueError("--generator-loss belongs to the f-GAN game: say which with --divergence")
    if name not in GAMES:
        raise ValueError(f"no game is called {name!r}; choose one of {', '.join(GAMES)}")
    return GAMES[name]()
