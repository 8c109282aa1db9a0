"""Run claims and say what came out: outcomes as data, for a table, a JSON file or a page."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

from ..backend import active
from ..version import __version__
from .registry import Check, Claim, Run


@dataclass(frozen=True)
class Outcome:
    """What one claim came to: its checks, or the error that stopped it; and the seconds it took."""

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


def outcomes(claims, run: Run):
    """Run the claims one after another, yielding an `Outcome` each; an exception is an outcome, not the end."""
    for one in claims:
        start = time.perf_counter()
        checks: list[Check] = []
        error = None
        try:
            for check in one.function(run):
                checks.append(check)
                check.holds  # noqa: B018  (a check that cannot be judged is an error of its claim)
        except Exception as exception:  # the table must go on, and says what happened
            error = f"{type(exception).__name__}: {exception}"
        yield Outcome(one, checks, error, time.perf_counter() - start)


def as_json(results: list[Outcome], run: Run) -> dict:
    """The outcomes as JSON-able data; NaN and infinities become strings, so that any reader can parse the file."""
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
