"""Run claims and say what came out: outcomes as data, for a table, a JSON file or a page."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ..backend import active, to_numpy
from ..version import __version__
from .registry import Check, Claim, Run


@dataclass(frozen=True)
class Outcome:
    """What one claim came to: its checks, or the error that stopped it; and the seconds it took.

    >>> from minigan.claims import all_claims
    >>> checks = [Check("a half", stated=0.5, measured=0.25, tolerance=0.1)]
    >>> Outcome(all_claims()["saddle"], checks, error=None, seconds=0.0).verdict
    'refuted'
    """

    claim: Claim
    checks: list[Check]
    error: str | None
    seconds: float

    @property
    def verified(self) -> bool:
        """Every check holds, there is at least one, and nothing was raised."""
        return self.error is None and bool(self.checks) and all(check.holds for check in self.checks)

    @property
    def verdict(self) -> str:
        """``verified``, ``refuted`` or ``error``."""
        return "error" if self.error is not None else "verified" if self.verified else "refuted"


def outcomes(
    claims, run: Run, *, jobs: int = 1, progress: Callable[[Claim, Outcome | None], None] | None = None
) -> Iterator[Outcome]:
    """Run the claims, yielding an `Outcome` each in their order; whatever goes wrong in one is its outcome, not the end.

    With one of ``jobs`` they run here, one after another. With more of them they run in that many processes, those of the
    highest `Claim.cost` first, to the same results. ``progress(claim, None)`` is called as a claim starts and
    ``progress(claim, outcome)`` as it ends. Raises `ValueError` for no jobs, and for a claim that another process cannot
    find: it is neither the package's nor from a file of one's own (`load_claims`).

    >>> from minigan.claims import select
    >>> [(one.claim.id, one.verdict, len(one.checks)) for one in outcomes(select(["saddle", "zero-sum"]), Run())]
    [('saddle', 'verified', 7), ('zero-sum', 'verified', 2)]
    """
    if jobs < 1:
        raise ValueError(f"claims need at least one job to run in, and were given {jobs}")
    claims, progress = list(claims), progress or (lambda claim, outcome: None)
    if min(jobs, len(claims)) > 1:
        from .processes import in_processes

        return in_processes(claims, run, min(jobs, len(claims)), progress)
    return _in_turn(claims, run, progress)


def _in_turn(claims, run, progress):
    for one in claims:
        progress(one, None)
        outcome = Outcome(one, *measure(one, run))
        progress(one, outcome)
        yield outcome


def measure(claim: Claim, run: Run) -> tuple[list[Check], str | None, float]:
    """The checks of a claim, of plain numbers; what stopped it, if anything did; and the seconds it took."""
    start, checks, error = time.perf_counter(), [], None
    try:
        found = claim.function(run)
        if not isinstance(found, Iterator):
            raise TypeError(f"the claim is to yield each Check, and returned {_short(found)}")
        for check in found:
            checks.append(_plain(check))
    except (Exception, SystemExit) as exception:  # the others must go on, and this one says what happened
        error = told(exception)
    return checks, error, time.perf_counter() - start


def told(exception: BaseException) -> str:
    """An exception in words that any file can hold.

    >>> told(ZeroDivisionError("by nothing"))
    'ZeroDivisionError: by nothing'
    """
    try:
        words = str(exception)
    except Exception:
        words = "(which cannot say what it is about)"
    return _writable(f"{type(exception).__name__}: {words}")


def _writable(words: str) -> str:
    """``words`` without halves of characters, which UTF-8 has no way to write."""
    return words.encode("utf-8", "backslashreplace").decode("utf-8")


def _plain(check) -> Check:
    """``check`` in Python's own numbers, whatever library they come from; `TypeError` for what cannot be judged."""
    if not isinstance(check, Check):
        raise TypeError(
            f"the claim is to yield each Check(what, stated, measured, tolerance), and yielded {_short(check)}"
        )
    if not isinstance(check.what, str):
        raise TypeError(f"a check's first entry says in words what is compared, and was {_short(check.what)}")
    numbers = {name: _real(getattr(check, name)) for name in ("stated", "measured", "tolerance")}
    for name, number in numbers.items():
        if number is None:
            raise TypeError(f"the check {check.what!r} has no number as {name}: {_short(getattr(check, name))}")
    plain = check._replace(what=_writable(check.what), **numbers)
    plain.holds  # noqa: B018  (raises for an unknown relation)
    return plain


def _real(x) -> float | None:
    """``x`` as a float if it is a single real number, of Python or of an array library; else ``None``."""
    try:
        if hasattr(x, "dtype"):
            x = to_numpy(x)
            return float(x) if x.ndim == 0 and x.dtype.kind in "biuf" else None
        return None if isinstance(x, str | bytes | bytearray) else float(x)  # float("1") would be a number
    except (TypeError, ValueError, OverflowError):
        return None


def _short(x) -> str:
    """What somebody wrote in place of something else, in a few words and on one line."""
    said = " ".join(repr(x).split())
    return f"{said if len(said) <= 60 else said[:57] + '...'} ({type(x).__name__})"


def as_json(results: list[Outcome], run: Run) -> dict:
    """The outcomes as JSON-able data; NaN and infinities become strings, so that any reader can parse the file.

    >>> from minigan.claims import select
    >>> found = as_json(list(outcomes(select(["zero-sum"]), Run(seed=3))), Run(seed=3))
    >>> found["verified"], found["seed"], [check["holds"] for check in found["claims"][0]["checks"]]
    (True, 3, [True, True])
    """
    return {
        "minigan": __version__,
        "backend": active().name,
        "quick": run.quick,
        "seed": run.seed,
        "verified": all(result.verified for result in results),
        "claims": [
            {
                "id": result.claim.id,
                "section": result.claim.section,
                "heading": result.claim.heading,
                "statement": result.claim.statement,
                "latex": result.claim.latex,
                "verdict": result.verdict,
                "error": result.error,
                "seconds": round(result.seconds, 3),
                "checks": [
                    {
                        "what": check.what,
                        "relation": check.relation,
                        "stated": _number(check.stated),
                        "measured": _number(check.measured),
                        "tolerance": _number(check.tolerance),
                        "holds": check.holds,
                    }
                    for check in result.checks
                ],
            }
            for result in results
        ],
    }


def _number(x):
    x = float(x)
    return x if math.isfinite(x) else str(x)
