"""The progress bar: losses beside the values they have at the optimum, so that a number means something."""

from __future__ import annotations

import contextlib
import time


@contextlib.contextmanager
def progress_bar(steps: int, game, enabled: bool = True):
    """A context that yields ``show(step, history)``; without ``enabled`` it shows nothing and imports nothing."""
    if not enabled:
        yield lambda step, history: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[speed]:.0f} steps/s"),
        TextColumn("J(D) {task.fields[discriminator]:.3f} [dim]of {task.fields[at_optimum]:.3f}[/dim]"),
        TextColumn("J(G) {task.fields[generator]:.3f} [dim]of {task.fields[generator_at_optimum]:.3f}[/dim]"),
        TimeRemainingColumn(),
    )
    nan = float("nan")
    with Progress(*columns, transient=False) as progress:
        task = progress.add_task(
            game.name,
            total=steps,
            speed=0.0,
            discriminator=nan,
            generator=nan,
            at_optimum=game.value_at_optimum,
            generator_at_optimum=game.generator_loss_at_optimum,
        )
        start = shown = time.perf_counter()

        def show(step, history):
            nonlocal shown
            now = time.perf_counter()
            if step < steps and now - shown < 0.1:
                return
            shown = now
            progress.update(
                task,
                completed=step,
                speed=step / max(now - start, 1e-9),
                discriminator=_recent(history["discriminator_loss"]),
                generator=_recent(history["generator_loss"]),
            )

        yield show


def _recent(losses, window=50):
    tail = losses[-window:]
    return sum(tail) / len(tail) if tail else float("nan")
