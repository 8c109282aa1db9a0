r"""Claims: statements of the lecture as small functions that measure what they state.

**A claim of one's own** is a generator of `Check` under `@claim`; section, heading and id are any words that are not
taken. In a file of one's own it is checked by ``minigan verify my_file.py``:

    from minigan.claims import Check, claim


    @claim("two-is-even", section="arithmetic", heading="Numbers", statement="Two is even.", latex=r"2 \bmod 2 = 0")
    def two_is_even(run, base=2):
        yield Check("2 mod 2", stated=0.0, measured=base % 2, tolerance=0.0)
        for number in (2, 4, 8):
            yield Check(f"2 divides {number}", stated=0.0, measured=number % base, tolerance=0.0)

``run.quick`` asks for less work, ``run.rng(stream)`` is a generator of randomness and ``run.seeds(3)`` are three seeds,
all moved by ``--seed``. A stated value is a closed form, a quadrature or an enumeration wherever there is one; where
training noise enters, it is a direction with a margin that holds for each of three seeds.

**A claim of the package** needs four things:

1. the function, in the file of its section under ``minigan/claims/`` (``explicit``, ``games``, ``discrete``,
   ``implicit`` and ``families`` are folders; a new file there is imported in the folder's ``__init__``, in the
   lecture's order). Whatever formula it puts to the test is a keyword argument with the true one as default, such as
   ``base`` above. More than five seconds on one core are told as ``cost``;
2. its section in `SECTIONS`, if that is new: each is a module of this folder, and they stand in the lecture's order;
3. two wrong formulas or more under its id in ``PLANTED`` of ``tests/claims/test_claims.py`` (or one of the ``wrong_*.py``
   beside it): keyword arguments with which the claim must be seen to fail. One that trains is named in ``TRAINS`` there;
4. the README's table, printed anew by ``python -m minigan.claims``.

The tests then find it by themselves: that it holds on three seeds (one if it trains), that every planted formula is
refuted, and that the README tells of it.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

SECTIONS = (
    "explicit",
    "generator",
    "discriminator",
    "value",
    "games",
    "training",
    "discrete",
    "divergences",
    "implicit",
    "families",
)

CLAIMS: dict[str, Claim] = {}


class Check(NamedTuple):
    """One comparison. ``relation`` is ``"="`` (within ``tolerance``), ``"<="`` or ``">="`` (measured against stated,
    with ``tolerance`` as slack); `holds` raises `ValueError` for another.

    >>> check = Check("22/7", stated=math.pi, measured=22 / 7, tolerance=0.002)
    >>> check.holds, round(check.digits, 1)
    (True, 3.4)
    """

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
    """How a claim is run: ``quick`` asks for fewer and shorter trainings, ``seed`` moves every random choice.

    Raises `ValueError` for a negative seed.

    >>> list(Run(seed=5).seeds(3))
    [5, 6, 7]
    """

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
    """A registered statement: ``id``, ``section``, the lecture's ``heading``, words, LaTeX, and the function.

    Two hints tell how to run many in several processes, and change no result: ``cost`` is about how many seconds a full
    run takes on one core (the dearest claims are started first), and claims with one ``shares`` run in one process, since
    they keep the same work. ``file`` is the file of one's own that registered it, ``None`` for what the package ships.

    >>> def two_is_even(run, base=2):
    ...     yield Check("2 mod 2", stated=0.0, measured=2 % base, tolerance=0.0)
    >>> one = Claim("two-is-even", "arithmetic", "Numbers", "Two is even.", "2 | 2", two_is_even)
    >>> one.check(Run())[0].holds, one.check(Run(), base=3)[0].holds  # a wrong formula, planted
    (True, False)
    """

    id: str
    section: str
    heading: str
    statement: str
    latex: str
    function: Callable[..., Iterator[Check]]
    cost: float = 1.0
    shares: str | None = None
    file: str | None = None

    def check(self, run: Run, **planted: Any) -> list[Check]:
        """Run it; ``planted`` replaces formulas by name."""
        return list(self.function(run, **planted))


def claim(
    id: str,
    *,
    section: str,
    heading: str,
    statement: str,
    latex: str,
    cost: float = 1.0,
    shares: str | None = None,
):
    """Register the decorated generator of `Check` as a claim; the arguments are those of `Claim`.

    Raises `ValueError` where the id is taken.

    >>> claim("saddle", section="games", heading="Solution", statement="Again.", latex="V = xy")(iter)
    Traceback (most recent call last):
    ValueError: a claim called 'saddle' is registered already
    """

    def register(function):
        if id in CLAIMS:
            raise ValueError(f"a claim called {id!r} is registered already")
        CLAIMS[id] = Claim(id, section, heading, statement, latex, function, cost, shares)
        return function

    return register


def all_claims() -> dict[str, Claim]:
    """Every claim by id: the shipped ones in the lecture's order, then those that were registered besides.

    >>> list(all_claims())[:2]
    ['chain-rule-normalised', 'tables-fit-parity-does-not']
    """
    for section in SECTIONS:
        importlib.import_module(f"minigan.claims.{section}")
    place = {section: i for i, section in enumerate(SECTIONS)}  # whichever was imported first
    return dict(sorted(CLAIMS.items(), key=lambda item: place.get(item[1].section, len(place))))
