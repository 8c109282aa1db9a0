"""The lecture as executable claims, a file or a folder a section.

`registry` what a claim is · `run` running them · `discriminator`, `value`, `games`, `training`, `discrete`, `divergences`
the statements.
"""

from .registry import CLAIMS, Check, Claim, Run, all_claims, claim, select
from .run import Outcome, as_json, outcomes

__all__ = ["CLAIMS", "Check", "Claim", "Outcome", "Run", "all_claims", "as_json", "claim", "outcomes", "select"]
