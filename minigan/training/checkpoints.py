"""The last few checkpoints of a run: written every so many steps and seconds, and the newest that is whole read back."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from ..random import Generator
from ..validation import count, non_negative
from .checkpoint import load_checkpoint, save_checkpoint

NAME = re.compile(r"step-(\d+)\.safetensors")
FORM = 1  # of the files


class Found(NamedTuple):
    """A checkpoint that was read: the step it was written after, the state, the generator, and what it says."""

    step: int
    state: Any
    rng: Any
    about: dict
    damaged: list  # sentences on newer ones that could not be used


class Checkpoints:
    """The folder of a run's checkpoints, ``step-00000100.safetensors`` and so on; the last ``keep`` stay.

    One is due ``every`` steps after the last or ``seconds`` after it, whichever comes first; `save` writes one now.
    Raises `ValueError` for steps, seconds and numbers to keep that are none.

    >>> import tempfile, minigan.numpy as mnp
    >>> from minigan.random import generator
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     kept = Checkpoints(folder, every=10, keep=2)
    ...     for step in (10, 20, 30):
    ...         kept.save(step, mnp.asarray(float(step)), generator(0))
    ...     kept.steps(), float(kept.newest(like=mnp.asarray(0.0)).state), kept.due(35)
    ([20, 30], 30.0, False)
    """

    def __init__(
        self, folder, *, every: int = 1000, seconds: float = 30.0, keep: int = 3, clock: Callable = time.monotonic
    ):
        self.folder, self.clock = Path(folder), clock
        self.every = count(every, "the steps between checkpoints")
        self.seconds = seconds if seconds == float("inf") else non_negative(seconds, "the seconds between checkpoints")
        self.keep = count(keep, "the number of checkpoints to keep")
        self.last_step, self.last_time = 0, clock()

    def steps(self) -> list[int]:
        """The steps there are checkpoints of, the newest last."""
        if not self.folder.is_dir():
            return []
        return sorted(int(found[1]) for path in self.folder.iterdir() if (found := NAME.fullmatch(path.name)))

    def path(self, step: int) -> Path:
        """Where that of ``step`` is written."""
        return self.folder / f"step-{step:08d}.safetensors"

    def due(self, step: int) -> bool:
        """Whether it is time for one, ``every`` steps or ``seconds`` seconds after the last."""
        return step - self.last_step >= self.every or self.clock() - self.last_time >= self.seconds

    def save(self, step: int, state, rng, about=None) -> None:
        """Write the checkpoint of ``step``, then remove the oldest beyond ``keep``."""
        save_checkpoint(self.path(step), state, rng=rng, about={**(about or {}), "form": FORM, "step": step})
        self.last_step, self.last_time = step, self.clock()
        for old in self.steps()[: -self.keep]:
            self.path(old).unlink(missing_ok=True)

    def newest(self, like) -> Found | None:
        """The newest checkpoint that can be gone on from; ``None`` where there is none at all.

        A newer one that is damaged is named in ``damaged``, and the one before it used. Raises `ValueError` where none of
        those there can be used, with the reason of the newest.
        """
        damaged: list[str] = []
        for step in reversed(self.steps()):
            try:
                state, _, rng, about = load_checkpoint(self.path(step), like, good=True)
                if about.get("step") != step or about.get("form") != FORM:
                    raise ValueError(f"{self.path(step)} says that it is of step {about.get('step')!r}")
                return Found(step, state, Generator.from_state(rng), about, damaged)
            except ValueError as error:
                damaged.append(str(error))
        if damaged:
            raise ValueError(damaged[0])
        return None
