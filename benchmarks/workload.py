"""What is timed: a workload has cases, and for every peer a function that builds its contender."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


class Missing(Exception):
    """This peer cannot take part here; the message says why, and the report prints it."""


@dataclass(frozen=True)
class Settings:
    """What holds for a whole run: minigan's backend (the peers follow it to the GPU) and threads a peer."""

    backend: str = "numpy"
    threads: int = 1

    @property
    def gpu(self) -> bool:
        return self.backend.startswith("cupy")


@dataclass(frozen=True)
class Contender:
    """One peer, built and ready.

    ``check()`` returns numbers on which all contenders must agree, or they do unequal work: losses of a short training
    from the same start on the same noise. ``iterate()`` is what is timed, one whole iteration, noise drawn inside;
    ``wait()`` returns when the last iteration has finished.
    """

    check: Callable[[], list[float]]
    iterate: Callable[[], Any]
    wait: Callable[[], None] = lambda: None


@dataclass(frozen=True)
class Case:
    """One row of a workload: what to build (``spec``), how many iterations are timed as one chunk, and how far checked
    numbers may differ, relative to max(1, |number|)."""

    name: str
    spec: Any
    chunk: int = 1
    tolerance: float = 1e-3


@dataclass(frozen=True)
class Workload:
    """``contenders[peer]`` is ``build(spec, settings) -> Contender``, or a sentence why that peer has none."""

    id: str
    title: str
    cases: tuple[Case, ...]
    contenders: Mapping[str, Callable[[Any, Settings], Contender] | str]
    quick: tuple[Case, ...] | None = None  # the cases of --quick; None leaves the workload out of it
    rounds: int | None = None  # at most so many turns a peer, where there are many cases
    note: str = ""

    def chosen(self, quick: bool) -> tuple[Case, ...]:
        return (self.quick or ()) if quick else self.cases
