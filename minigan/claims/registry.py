"""Claims: statements of the lecture as small functions that measure what they state.

A claim of your own takes ten lines:

    @claim("two-is-even", section="arithmetic", heading="Numbers", statement="Two is even.", latex=r"2 \\bmod 2 = 0")
    def two_is_even(run):
        yield Check("2 mod 2", stated=0.0, measured=2 % 2, tolerance=0.0)

Formulas that a claim puts to the test come in as keyword arguments with the true one as default, so that a test can
plant a wrong one and see the claim fail.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

SECTIONS = ("discriminator", "value", "games", "training", "discrete", "divergences")

CLAIMS: dict[str, Claim] = {}


class Check(NamedTuple):
    """One comparison. ``relation`` is ``"="`` (within ``tolerance``), ``"<="`` or ``">="`` (measured against stated,
    with ``tolerance`` as slack)."""

    what: str
    stated: float
    measured: float
    tolerance: float
    relation: str = "="

    @property
    def holds(self) -> bool:
        """Whether the measured value bears the stated one out; NaN never does."""
        stated, measured, tolerance = float(self.stated), float(self.measured), float(self.tolerance)
        if self.relation == "=":
            return stated == measured or abs(stated - measured) <= tolerance
        if self.relation == "<=":
            return measured <= stated + tolerance
        if self.relation == ">=":
            return measured >= stated - tolerance
        raise ValueError(f"a check's relation is '=', '<=' or '>=', not {self.relation!r}")

    @property
    def digits(self) -> float:
        """How many digits agree: -log10 of the relative error, at most 17."""
        error = abs(self.stated - self.measured)
        scale = abs(self.stated) or 1.0
        return 17.0 if error == 0 else max(0.0, min(17.0, -math.log10(error / scale))) if error < math.inf else 0.0


def largest(values) -> float:
    """The largest number, or NaN where one is: Python's ``max`` passes over a NaN that it does not meet first.

    >>> largest([0.0, math.nan, 1.0])
    nan
    """
    values = [float(value) for value in values]
    return math.nan if any(map(math.isnan, values)) else max(values)


def smallest(values) -> float:
    """The smallest number, or NaN where one is."""
    return -largest(-float(value) for value in values)


@dataclass(frozen=True)
class Run:
    """How a claim is run: ``quick`` asks for fewer and shorter trainings, ``seed`` moves every random choice."""

    quick: bool = False
    seed: int = 0

    def __post_init__(self):
        if self.seed < 0:
            raise ValueError(f"a seed is a non-negative integer, and was {self.seed}")

    def rng(self, stream: int = 0):
        """A generator of randomness of its own for each ``stream``."""
        from .. import random

        return random.generator(1000 * self.seed + stream)

    def seeds(self, count: int = 3) -> range:
        """The seeds over which a stochastic claim must hold, each of them."""
        return range(self.seed, self.seed + count)


@dataclass(frozen=True)
class Claim:
    """A registered statement: ``id``, ``section``, the lecture's ``heading``, words, LaTeX, and the function."""

    id: str
    section: str
    heading: str
    statement: str
    latex: str
    function: Callable[..., Iterator[Check]]

    def check(self, run: Run, **planted: Any) -> list[Check]:
        """Run it; ``planted`` replaces formulas by name."""
        return list(self.function(run, **planted))


def claim(id: str, *, section: str, heading: str, statement: str, latex: str):
    """Register the decorated generator of `Check` as a claim."""

    def register(function):
        if id in CLAIMS:
            raise ValueError(f"a claim called {id!r} is registered already")
        CLAIMS[id] = Claim(id, section, heading, statement, latex, function)
        return function

    return register


def all_claims() -> dict[str, Claim]:
    """Every claim by id: the shipped ones in the lecture's order, then those that were registered besides."""
    for section in SECTIONS:
        importlib.import_module(f"minigan.claims.{section}")
    place = {section: i for i, section in enumerate(SECTIONS)}  # whichever was imported first
    return dict(sorted(CLAIMS.items(), key=lambda item: place.get(item[1].section, len(place))))


def select(names) -> list[Claim]:
    """The claims called ``names``, each an id or a section; all of them for no names. `ValueError` for an unknown one."""
    claims = all_claims()
    if not names:
        return list(claims.values())
    chosen = []
    for name in names:
        found = [c for c in claims.values() if name in (c.id, c.section)]
        if not found:
            sections = ", ".join(dict.fromkeys(c.section for c in claims.values()))
            raise ValueError(f"no claim or section is called {name!r}; sections: {sections}; ids: {', '.join(claims)}")
        chosen += [c for c in found if c not in chosen]
    return chosen
