"""``python -m minigan.claims`` prints the claims as the Markdown table that the README carries."""

from __future__ import annotations

from .registry import all_claims


def markdown() -> str:
    """One row a claim, grouped by the lecture's headings."""
    rows = ["| claim | the lecture's heading | what is checked |", "|---|---|---|"]
    rows += [f"| `{one.id}` | {one.heading} | {one.statement} |" for one in all_claims().values()]
    return "\n".join(rows)


if __name__ == "__main__":
    print(markdown())
