"""``python -m benchmarks``: run the workloads for minigan beside its peers, print the tables, keep JSON and a picture.
``python -m benchmarks operations`` and ``python -m benchmarks elementwise`` time array operations and elementwise
functions one by one instead."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from . import survey
from .peers import SURVEYS, TITLES, TRAINING, WORKLOADS
from .report import draw, markdown
from .run import Plan, run
from .workload import Settings

RESULTS = Path(__file__).parent / "results"


def parsed(arguments: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("only", nargs="?", choices=["elementwise"], help="W8 alone: functions one by one, no training")
    parser.add_argument("--quick", action="store_true", help="under two minutes: fewer turns, W4 reduced, no W3, no W7")
    parser.add_argument("--workloads", nargs="+", choices=WORKLOADS, default=list(TRAINING), metavar="W")
    parser.add_argument("--peers", nargs="+", choices=TITLES, metavar="PEER", help=", ".join(TITLES))
    parser.add_argument("--threads", type=int, default=1, help="threads a peer (default 1)")
    parser.add_argument("--repeat", type=int, help="turns a peer (default 9, quick 4)")
    parser.add_argument("--backend", default="numpy", help="minigan's; with cupy, PyTorch and JAX use the GPU")
    parser.add_argument("--json", type=Path, help="where the results go (default benchmarks/results/...)")
    return parser.parse_args(arguments)


def plan(options: argparse.Namespace) -> Plan:
    peers = options.peers
    if peers is None:  # compiling takes longer than --quick may
        peers = [peer for peer in TITLES if not (options.quick and peer == "torch-compile")]
    settings = Settings(options.backend, options.threads)
    rounds, turn = (4, 0.1) if options.quick else (9, 0.5)
    workloads = ("W8",) if options.only else tuple(options.workloads)
    if workloads == ("W8",):  # hundreds of cases of a millisecond
        turn = 0.05
    return Plan(settings, workloads, tuple(peers), options.quick, options.repeat or rounds, turn)


def main(arguments: list[str] | None = None) -> int:
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments and arguments[0] in SURVEYS:
        return survey.main(arguments)
    options = parsed(arguments)
    chosen = plan(options)
    found = run(chosen, lambda text: print(text, flush=True))
    if options.quick and options.peers is None:
        found["notes"].append(
            "torch.compile: not in --quick unless --peers names it, for it compiles 10 to 40 s a workload"
        )
    parts = [options.only, "quick" if options.quick else None, chosen.settings.backend, str(chosen.settings.threads)]
    name = "_".join(part for part in parts if part)
    path = options.json or RESULTS / f"{name}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found, indent=1) + "\n")
    print("\n" + markdown(found) + "\n")
    pictures = draw(found, path.with_suffix(".png"))
    print(f"written: {', '.join(map(str, [path, *pictures]))}")
    return any("failed" in row for row in found["results"])


if __name__ == "__main__":
    sys.exit(main())
