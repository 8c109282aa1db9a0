"""What ``minigan train`` does once it knows what to train: resume, train, write four files, tell."""

from __future__ import annotations

import contextlib
import json
import signal
import sys
import time

import typer


def train_recipe(recipe, game, *, steps, seed, folder, resume, eager) -> None:
    """Train ``recipe`` in ``game`` (``None`` where there is none to play); write and tell what came of it."""
    from rich.console import Console

    from ..backend import active
    from ..gan import Diverged, save_checkpoint
    from ..random import generator

    folder.mkdir(parents=True, exist_ok=True)
    checkpoint = folder / "checkpoint.npz"
    playing = {} if game is None else {"game": game}
    about = ({} if game is None else {"game": game.name}) | ({"variant": recipe.variant} if recipe.variant else {})
    rng, state, history = generator(seed), None, None
    if resume:
        rng, state, history, steps = _resumed(recipe, checkpoint, about, seed, steps)
    console = Console()
    played = "" if game is None else f"{game.name} game, "
    console.print(f"{recipe.name}: {recipe.title}; {played}seed {seed}, backend {active().name}")
    start, stopped = time.perf_counter(), None
    try:
        with _interruptible() as interrupted:
            result = recipe.train(
                steps=steps,
                seed=rng,
                **playing,
                state=state,
                history=history,
                callbacks=[lambda *_: bool(interrupted)],
                progress=True,
                check_every=20,
                compiled=False if eager else None,
            )
        if interrupted:
            stopped = f"interrupted after step {steps_of(result.history)}; go on with --resume"
    except Diverged as error:
        stopped = str(error)
        draft = recipe.train(steps=0, seed=generator(seed), **playing)
        result = draft._replace(state=error.state, history=error.history, rng=rng)
    seconds = time.perf_counter() - start
    save_checkpoint(checkpoint, result.state, history=result.history, rng=result.rng, about=about)
    metrics = {
        "model": recipe.name,
        **about,
        "seed": seed,
        "backend": active().name,
        "steps": steps_of(result.history),
        "seconds": round(seconds, 1),
        "stopped": stopped,
        **_losses(result.history, game),
        **recipe.measure(result),
    }
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    _draw(recipe, result, folder)
    _tell(console, metrics, folder)
    if getattr(recipe, "told", None) is not None:
        _tell_more(console, *recipe.told(result))
    if stopped:
        print(f"minigan: {stopped}", file=sys.stderr)
        raise typer.Exit(130 if interrupted else 1)


def tell_comparison(seed, unroll, steps) -> None:
    """Train the ring looking ahead, not looking ahead, and in two ways between, from one seed; tell it as a table."""
    from rich.console import Console

    from ..models.unrolled_ring import compare_unrolling, comparison_told

    _tell_more(Console(), *comparison_told(compare_unrolling((seed,), unroll, steps)))


def _resumed(recipe, checkpoint, about, seed, steps):
    """What to go on from, (rng, state, history, steps); refuses a checkpoint of another game or variant."""
    from ..gan import load_checkpoint
    from ..random import Generator, generator

    if not checkpoint.exists():
        raise ValueError(f"--resume: there is no checkpoint in {checkpoint.parent}; train there first")
    like = recipe.train(steps=0, seed=generator(seed)).state
    state, history, rng_state, found = load_checkpoint(checkpoint, like)
    for key, what in (("game", "in the game"), ("variant", "by")):
        if key in about and found.get(key, about[key]) != about[key]:
            raise ValueError(f"--resume: the checkpoint was trained {what} {found[key]}, not {about[key]}")
    done = steps_of(history)
    if steps is None and done >= recipe.steps:
        raise ValueError(f"--resume: the checkpoint has its {done} steps already; say how many more with --steps")
    return Generator.from_state(rng_state), state, history, recipe.steps - done if steps is None else steps


def steps_of(history: dict) -> int:
    """How many steps a history of losses tells of."""
    return len(next(iter(history.values())))


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


def _losses(history: dict, game) -> dict:
    """Each loss as its mean over the last 200 steps, beside its value at the optimum where a game has one."""
    tail = {key: values[-200:] for key, values in history.items()}
    mean = {key: round(sum(values) / len(values), 4) if values else None for key, values in tail.items()}
    if game is None:
        return mean
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
        if value is not None and key != "visits":  # which a table of its own tells
            table.add_row(key.replace("_", " "), str(value))
    console.print(table)
    if metrics.get("collapsed"):
        console.print(
            "[bold red]collapsed[/bold red]: the samples do not cover the data; try another seed or more steps"
        )
    console.print(f"samples.png, losses.png, metrics.json and checkpoint.npz in {folder}")


def _tell_more(console, columns, rows, below) -> None:
    """A recipe's own table; its cells may hold brackets, which are no markup here."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for i, name in enumerate(columns):
        table.add_column(name, justify="left" if i == 0 else "right")
    for row in rows:
        table.add_row(*map(escape, row))
    console.print("")
    console.print(table)
    console.print(below, markup=False, highlight=False)
