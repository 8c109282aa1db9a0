"""The progress bar of a training with a single loss."""

from __future__ import annotations

import contextlib
import time


@contextlib.contextmanager
def loss_bar(steps: int, enabled: bool = True):
    """A context that yields ``show(step, losses)``; without ``enabled`` it shows nothing and imports nothing."""
    if not enabled:
        yield lambda step, losses: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(bar_width=24), MofNCompleteColumn(), TextColumn("loss {task.fields[loss]:.3f}"))
    with Progress(*columns, TimeRemainingColumn()) as progress:
        task = progress.add_task("loss", total=steps, loss=float("nan"))
        shown = time.perf_counter()

        def show(step, losses):
            nonlocal shown
            now = time.perf_counter()
            if step < steps and now - shown < 0.1:
                return
            shown = now
            tail = losses[-50:]
            progress.update(task, completed=step, loss=sum(tail) / len(tail) if tail else float("nan"))

        yield show
