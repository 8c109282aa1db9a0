"""The lecture as executable claims, a file or a folder a section.

`registry` what a claim is · `lecture` every statement, and the claims that check it · `selection` which are meant ·
`run` running them · `processes` on all processors · `page` the results in HTML · then the statements: `explicit`,
`generator`, `discriminator`, `value`, `games`, `training`, `discrete`, `divergences`, `implicit`, `families`.
"""

from .page import as_html
from .registry import CLAIMS, Check, Claim, Run, all_claims, claim
from .run import Outcome, as_json, outcomes
from .selection import load_claims, select

__all__ = [
    "CLAIMS",
    "Check",
    "Claim",
    "Outcome",
    "Run",
    "all_claims",
    "as_html",
    "as_json",
    "claim",
    "load_claims",
    "outcomes",
    "select",
]
