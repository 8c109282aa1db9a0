"""One peer's process: ``python -m benchmarks.worker PEER [--quick] [--backend B] [--threads N]``.

Reads one command a line from standard input and answers each with one line of JSON:

* ``open WORKLOAD CASE``: build the case; ``{"check": numbers, "seconds": ...}``, compilation included;
* ``time CHUNKS``: ``{"times": seconds an iteration, one number a chunk, "processor": processor seconds an iteration,
  "share": processor seconds a second}``; a share below the threads asked for means a busy machine, or an idle peer.

Instead of any answer, ``{"missing": why}`` or ``{"failed": what}``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time

from .peers import workload
from .workload import Case, Contender, Missing, Settings


def opened(build, case: Case, settings: Settings) -> tuple[Contender, dict]:
    start = time.perf_counter()
    contender = build(case.spec, settings)
    numbers = contender.check()
    contender.iterate()
    contender.wait()
    return contender, {"check": numbers, "seconds": time.perf_counter() - start}


def timed(contender: Contender, chunk: int, chunks: int) -> dict:
    """Seconds an iteration in each of ``chunks`` chunks, after one that is not counted."""
    times = []
    for i in range(chunks + 1):
        if i == 1:
            processor, began = time.process_time(), time.perf_counter()
        start = time.perf_counter()
        for _ in range(chunk):
            contender.iterate()
        contender.wait()
        times.append((time.perf_counter() - start) / chunk)
    processor, wall = time.process_time() - processor, time.perf_counter() - began
    return {"times": times[1:], "processor": processor / (chunk * chunks), "share": processor / wall}


def serve(commands, answer, peer: str, quick: bool, settings: Settings) -> None:
    contender = case = None
    for line in commands:
        command, _, argument = line.rstrip("\n").partition(" ")
        try:
            if command == "open":
                contender = None  # free the last one first
                id, _, name = argument.partition(" ")
                found = workload(id)
                (case,) = (case for case in found.chosen(quick) if case.name == name)
                contender, reply = opened(found.contenders[peer], case, settings)
            else:
                reply = timed(contender, case.chunk, int(argument))
        except Missing as reason:
            reply = {"missing": str(reason)}
        except ModuleNotFoundError as error:
            reply = {"missing": f"{error.name} is not installed"}
        except Exception as error:  # whatever a peer does wrong, the others go on
            reply = {"failed": f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"}
        answer(json.dumps(reply))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("peer")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--backend", default="numpy")
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    channel = os.fdopen(os.dup(1), "w", buffering=1)  # answers only: whatever a library prints goes to stderr
    os.dup2(2, 1)
    settings = Settings(options.backend, options.threads)
    serve(sys.stdin, lambda text: print(text, file=channel), options.peer, options.quick, settings)


if __name__ == "__main__":
    main()
