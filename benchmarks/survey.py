"""A survey times many small things one by one: ``python -m benchmarks NAME``, a row each, the peers as columns."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from .peers import SURVEYS, TITLES, workload
from .report import absences, baseline, heading, measured, milliseconds, ratio, total
from .run import Plan, run
from .workload import Settings


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("name", choices=SURVEYS)
    parser.add_argument("--quick", action="store_true", help="shorter and fewer turns")
    parser.add_argument("--rows", nargs="+", default=[], metavar="WORD", help="only rows whose names hold one of these")
    parser.add_argument("--peers", nargs="+", choices=TITLES, metavar="PEER", help=", ".join(TITLES))
    parser.add_argument("--threads", type=int, default=1, help="threads a peer (default 1)")
    parser.add_argument("--repeat", type=int, help="turns a peer (default 5, quick 3)")
    parser.add_argument("--backend", default="numpy", help="minigan's; with cupy, JAX uses the GPU")
    parser.add_argument("--json", type=Path, help="keep the results there")
    return parser.parse_args(arguments)


def plan(options: argparse.Namespace) -> Plan:
    peers = tuple(options.peers or workload(options.name).contenders)
    rounds, turn = (3, 0.05) if options.quick else (5, 0.2)
    settings = Settings(options.backend, options.threads)
    return Plan(
        settings, (options.name,), peers, options.quick, options.repeat or rounds, turn, rows=tuple(options.rows)
    )


def markdown(found: dict) -> str:
    """A row a case: the milliseconds of every peer, and in brackets how many times minigan's they are."""
    rows = measured(found)
    peers = [peer for peer in TITLES if any(key[2] == peer for key in rows)]
    lines = [f"| | {' | '.join(TITLES[peer] for peer in peers)} |", "|---" * (len(peers) + 1) + "|"]
    for id, case in dict.fromkeys((row["workload"], row["case"]) for row in found["results"]):
        cells = [cell(rows, [(id, case)], peer) for peer in peers]
        if case is not None:
            lines.append(f"| {case} | {' | '.join(cells)} |")
    said = [f"- {text}" for text in absences(found)]
    return "\n\n".join([heading(found), "\n".join(lines), *(["\n".join(said)] if said else [])])


def cell(rows: dict, pairs: list[tuple[str, str]], peer: str) -> str:
    base, least = baseline(rows, pairs), total(rows, pairs, peer, "minimum")
    if least is None:
        return "-"
    times = f"{milliseconds(total(rows, pairs, peer))} / {milliseconds(least)}"
    return times if base in (None, peer) else f"{times} ({ratio(rows, pairs, peer, base):.2f})"


def main(arguments: list[str]) -> int:
    options = parsed(arguments)
    found = run(plan(options), lambda text: print(text, flush=True))
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=1) + "\n")
    print("\n" + markdown(found))
    return any("failed" in row for row in found["results"])
