"""The progress bar: steps and time left, then metrics beside the values they have at the optimum.

What must never be cut off comes first and has its own width; metrics take what the terminal leaves, and give way.
"""

from __future__ import annotations

import contextlib
import time

SHORT = {"discriminator_loss": "J(D)", "generator_loss": "J(G)"}
RECENT, BAR = 50, 10


@contextlib.contextmanager
def progress_bar(steps: int, name: str, at_optimum=None, enabled: bool = True):
    """A context that yields ``show(step, history)``; without ``enabled`` it shows nothing and imports nothing.

    ``step`` counts from 0 to ``steps``; ``at_optimum`` maps metrics to what they are at the optimum, or ``None``.
    """
    if not enabled:
        yield lambda step, history: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.table import Column
    from rich.text import Text

    at_optimum = dict(at_optimum or {})

    class Metrics(ProgressColumn):
        """As many metrics as there is room for, whole."""

        max_refresh = 0.1

        def render(self, task):
            room = task.fields["room"]
            told = Text()
            for one in _told(task.fields["history"], at_optimum):
                if told.cell_len + one.cell_len > room:
                    break
                told.append_text(one).append(" ")
            return told

    def whole(width):
        return Column(no_wrap=True, min_width=width)

    digits = len(str(steps))
    columns = (
        TextColumn("{task.completed}/{task.total}", table_column=whole(2 * digits + 1)),
        BarColumn(bar_width=BAR, table_column=Column(min_width=4)),
        TimeRemainingColumn(compact=True, table_column=whole(5)),
        TextColumn("{task.fields[speed]:.0f} steps/s", table_column=whole(9)),
        Metrics(),
    )
    with Progress(*columns, console=Console(), transient=False) as progress:
        room = progress.console.width - (2 * digits + 1 + BAR + len("00:00") + len("99999 steps/s") + 4)
        task = progress.add_task(name, total=steps, speed=0.0, history={}, room=room)
        start = shown = time.perf_counter()

        def show(step, history):
            nonlocal shown
            now = time.perf_counter()
            if step < steps and now - shown < 0.1:
                return
            shown = now
            recent = {key: values[-RECENT:] for key, values in history.items()}
            progress.update(task, completed=step, speed=min(step / max(now - start, 1e-9), 99999.0), history=recent)

        yield show


def _told(history, at_optimum):
    """Each metric as a text: the mean of its last values, beside what it is at the optimum."""
    from rich.text import Text

    for key in [*at_optimum, *(key for key in history if key not in at_optimum)]:
        values = history.get(key, ())
        mean = sum(values) / len(values) if values else float("nan")
        text = Text(f"{SHORT.get(key, key.replace('_', ' '))} {mean:.3f}")
        if at_optimum.get(key) is not None:
            text.append(f" of {at_optimum[key]:.3f}", style="dim")
        yield text
