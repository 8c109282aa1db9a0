"""``minigan train``: train a recipe, or any ``.npy`` of rows; write pictures, metrics and a checkpoint."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time
from pathlib import Path
from typing import Annotated

import typer


def train(
    name: Annotated[str | None, typer.Argument(help="gaussian, ring or digits; see 'minigan list'")] = None,
    data: Annotated[Path | None, typer.Option(help="a .npy file of shape (n, d) to train on instead")] = None,
    game: Annotated[str, typer.Option(help="non_saturating or minimax")] = "non_saturating",
    divergence: Annotated[str, typer.Option(help="play the f-GAN game of this row: kl, pearson, alpha(0.5) ...")] = "",
    generator_loss: Annotated[str, typer.Option(help="of the f-GAN game: bound or modified")] = "bound",
    steps: Annotated[
        int | None, typer.Option(help="generator steps, with --resume so many more; the recipe's own number by default")
    ] = None,
    seed: Annotated[int, typer.Option(help="of parameters, batches and noise")] = 0,
    out: Annotated[Path | None, typer.Option(help="folder for what is written; runs/NAME by default")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="go on from the checkpoint in the folder")] = False,
    backend: Annotated[str, typer.Option(help="numpy, cupy, or cupy:N")] = "",
    eager: Annotated[bool, typer.Option("--eager", help="run the training step as it is, not compiled")] = False,
) -> None:
    """Train a GAN with a progress bar; write samples.png, losses.png, metrics.json and checkpoint.npz."""
    from rich.console import Console

    from ..backend import active, use
    from ..data import load_rows
    from ..gan import Diverged, Fit, load_checkpoint, save_checkpoint
    from ..models import RECIPES, rows_recipe
    from ..random import Generator, generator

    if backend:
        use(backend)
    if (name is None) == (data is None):
        raise ValueError(f"give a model to train ({', '.join(RECIPES)}) or --data FILE.npy, one of the two")
    if name is not None and name not in RECIPES:
        raise ValueError(f"no model is called {name!r}; choose one of {', '.join(RECIPES)}, or --data FILE.npy")
    chosen = _game(game, divergence, generator_loss)
    if steps is not None and steps < 1:
        raise ValueError(f"--steps must be positive, and is {steps}")
    recipe = RECIPES[name]() if name is not None else rows_recipe(load_rows(data), data.stem)
    folder = out or Path("runs") / recipe.name
    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.npz"
    rng, state, history = generator(seed), None, None
    if resume:
        if not checkpoint.exists():
            raise ValueError(f"--resume: there is no checkpoint in {folder}; train there first")
        like = recipe.train(steps=0, seed=generator(seed)).state
        state, history, rng_state, about = load_checkpoint(checkpoint, like)
        if about.get("game", chosen.name) != chosen.name:
            raise ValueError(f"--resume: the checkpoint was trained in the game {about['game']}, not {chosen.name}")
        rng = Generator.from_state(rng_state)
        done = len(history["generator_loss"])
        if steps is None and done >= recipe.steps:
            raise ValueError(f"--resume: the checkpoint has its {done} steps already; say how many more with --steps")
        steps = recipe.steps - done if steps is None else steps
    console = Console()
    console.print(f"{recipe.name}: {recipe.title}; {chosen.name} game, seed {seed}, backend {active().name}")
    start, stopped = time.perf_counter(), None
    try:
        with _interruptible() as interrupted:
            result = recipe.train(
                steps=steps,
                seed=rng,
                game=chosen,
                state=state,
                history=history,
                callbacks=[lambda *_: bool(interrupted)],
                progress=True,
                check_every=20,
                compiled=False if eager else None,
            )
        if interrupted:
            stopped = f"interrupted after step {len(result.history['generator_loss'])}; go on with --resume"
    except Diverged as error:
        stopped = str(error)
        draft = recipe.train(steps=0, seed=generator(seed), game=chosen)
        result = Fit(error.state, draft.players, error.history, recipe.noise, rng)
    seconds = time.perf_counter() - start
    save_checkpoint(checkpoint, result.state, history=result.history, rng=result.rng, about={"game": chosen.name})
    metrics = {
        "model": recipe.name,
        "game": chosen.name,
        "seed": seed,
        "backend": active().name,
        "steps": len(result.history["generator_loss"]),
        "seconds": round(seconds, 1),
        "stopped": stopped,
        **_losses(result),
        **recipe.measure(result),
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    _draw(recipe, result, folder)
    _tell(console, metrics, folder)
    if stopped:
        print(f"minigan: {stopped}", file=sys.stderr)
        raise typer.Exit(130 if interrupted else 1)


@contextlib.contextmanager
def _interruptible():
    """Yields a list that is empty until Ctrl-C is pressed: training then ends with its step, and everything is written.

    A second Ctrl-C does what it always did.
    """
    pressed: list = []

    def press(*_):
        pressed.append(True)
        signal.signal(signal.SIGINT, before)

    before = signal.getsignal(signal.SIGINT)
    try:
        signal.signal(signal.SIGINT, press)
    except ValueError:  # only the main thread may
        yield pressed
        return
    try:
        yield pressed
    finally:
        signal.signal(signal.SIGINT, before)


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


def _losses(result) -> dict:
    game = result.players.game
    tail = {key: values[-200:] for key, values in result.history.items()}
    mean = {key: round(sum(values) / len(values), 4) if values else None for key, values in tail.items()}
    return {
        "discriminator_loss": mean["discriminator_loss"],
        "discriminator_loss_at_optimum": round(game.value_at_optimum, 4),
        "generator_loss": mean["generator_loss"],
        "generator_loss_at_optimum": round(game.generator_loss_at_optimum, 4),
    }


def _draw(recipe, result, folder) -> None:
    from ..plots.training import training_pictures

    for file_name, drawn in training_pictures(recipe, result).items():
        drawn.savefig(folder / file_name)


def _tell(console, metrics, folder) -> None:
    from rich.table import Table

    table = Table(show_header=False, box=None, pad_edge=False)
    for key, value in metrics.items():
        if value is not None:
            table.add_row(key.replace("_", " "), str(value))
    console.print(table)
    if metrics.get("collapsed"):
        console.print(
            "[bold red]collapsed[/bold red]: the samples do not cover the data; try another seed or more steps"
        )
    console.print(f"samples.png, losses.png, metrics.json and checkpoint.npz in {folder}")
