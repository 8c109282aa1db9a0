"""W8 as tables: ns an element of every function, compiled minigan beside JAX and plain NumPy, and what is behind."""

from __future__ import annotations

import statistics

from .elementwise import SIZE, WIDTHS
from .peers import TITLES

PEERS = ("minigan", "minigan-compiled", "jax", "floor")
NAMES = {**TITLES, "floor": "plain NumPy"}
BEHIND = {"jax": 1.5, "floor": 2.0}  # times as long as whom counts as behind


def tables(rows: dict) -> list[str]:
    """A table a width, and a sentence for each of those that compiled minigan is measured against."""
    found = []
    for width in WIDTHS:
        by_name = functions(rows, width)
        if by_name:
            found.append(f"W8, {width}, ns an element, minimum of all rounds:\n\n{table(by_name)}")
            found += [said for peer, limit in BEHIND.items() if (said := standing(by_name, peer, limit))]
    return found


def functions(rows: dict, width: str) -> dict[str, dict[str, float]]:
    """ns an element of every function and peer that was timed; the minimum, for a neighbour only ever adds."""
    found: dict[str, dict[str, float]] = {}
    for (id, case, peer), row in rows.items():
        name, _, of_width = (case or "").partition(" ")
        if id == "W8" and of_width == width:
            found.setdefault(name, {})[peer] = 1e9 * row["minimum"] / SIZE
    return found


def ratios(by_name: dict[str, dict[str, float]], peer: str) -> dict[str, float]:
    """Compiled minigan's time over ``peer``'s, of the functions that both have, the worst first."""
    both = {name: times for name, times in by_name.items() if {"minigan-compiled", peer} <= set(times)}
    found = {name: times["minigan-compiled"] / times[peer] for name, times in both.items()}
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def table(by_name: dict[str, dict[str, float]]) -> str:
    """A row a function, in the registry's order."""
    headings = [*(NAMES[peer] for peer in PEERS), *(f"compiled / {NAMES[peer]}" for peer in BEHIND)]
    lines = [f"| | {' | '.join(headings)} |", "|---" * (len(headings) + 1) + "|"]
    against = {peer: ratios(by_name, peer) for peer in BEHIND}
    for name, times in by_name.items():
        cells = [f"{times[peer]:.2f}" if peer in times else "-" for peer in PEERS]
        cells += [f"{found[name]:.2f}" if name in found else "-" for found in against.values()]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join(lines)


def standing(by_name: dict[str, dict[str, float]], peer: str, limit: float) -> str:
    """The median ratio to ``peer``, and who is above ``limit``."""
    found = ratios(by_name, peer)
    if not found:
        return ""
    behind = [f"{name} {ratio:.1f}" for name, ratio in found.items() if ratio > limit]
    return (
        f"compiled minigan / {NAMES[peer]}: median {statistics.median(found.values()):.2f} over {len(found)} functions; "
        f"above {limit:g}: {', '.join(behind) or 'none'}."
    )
