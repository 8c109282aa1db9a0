"""value_and_grad of a 2-64-64-1 tanh network at batch 256: minigan's eager mode beside HIPS autograd's.

    python benchmarks/eager_overhead.py [--rounds 15] [--repeats 60] [--json FILE]

Both peers live in processes of their own, on one BLAS thread, and take turns A B A B: each round runs ``repeats``
iterations of one and then of the other. Equal work is checked by comparing the loss and the gradient's norm. The figure
is the median over rounds of the ratio of medians.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from importlib import metadata

PEERS = ("minigan", "autograd")


def build(peer: str, dtype: str):
    """The function to time, and its arguments: the same numbers for every peer."""
    import numpy as np

    rng = np.random.default_rng(0)
    widths = [2, 64, 64, 1]
    params = [
        (rng.standard_normal((m, n)).astype(dtype) / m**0.5, np.zeros(n, dtype)) for m, n in itertools.pairwise(widths)
    ]
    x, y = rng.standard_normal((256, 2)).astype(dtype), rng.standard_normal((256, 1)).astype(dtype)
    if peer == "minigan":
        import minigan.numpy as xp
        from minigan import value_and_grad
    else:
        import autograd.numpy as xp
        from autograd import value_and_grad

    def loss(params):
        h = x
        for weight, bias in params[:-1]:
            h = xp.tanh(xp.dot(h, weight) + bias)
        weight, bias = params[-1]
        return xp.mean((xp.dot(h, weight) + bias - y) ** 2)

    return value_and_grad(loss), params


def worker(peer: str, dtype: str) -> None:
    """Answer every line on standard input, a number of repeats, with the seconds each one took."""
    function, params = build(peer, dtype)
    value, gradient = function(params)
    norm = sum(float((g.astype(float) ** 2).sum()) for pair in gradient for g in pair) ** 0.5
    print(json.dumps({"loss": float(value), "gradient_norm": norm}), flush=True)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            function(params)
            times.append(time.perf_counter() - start)
        print(json.dumps(times), flush=True)


def start(peer: str, dtype: str):
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    return subprocess.Popen(
        [sys.executable, __file__, "--worker", peer, "--dtype", dtype],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, **one_thread},
    )


def ask(process, repeats: int) -> list[float]:
    process.stdin.write(f"{repeats}\n")
    process.stdin.flush()
    return json.loads(process.stdout.readline())


def compare(dtype: str, rounds: int, repeats: int) -> dict:
    """Medians and their ratio for one dtype."""
    processes = {peer: start(peer, dtype) for peer in PEERS}
    try:
        found = {peer: json.loads(process.stdout.readline()) for peer, process in processes.items()}
        tolerance = 1e-10 if dtype == "float64" else 1e-4
        for key in ("loss", "gradient_norm"):
            a, b = (found[peer][key] for peer in PEERS)
            if abs(a - b) > tolerance * abs(b):
                raise SystemExit(f"unequal work in {dtype}: {key} is {a} for minigan and {b} for autograd")
        for process in processes.values():
            ask(process, repeats)  # warm up
        medians = {peer: [] for peer in PEERS}
        for _ in range(rounds):
            for peer, process in processes.items():
                medians[peer].append(statistics.median(ask(process, repeats)))
    finally:
        for process in processes.values():
            process.kill()
    ratios = sorted(a / b for a, b in zip(medians["minigan"], medians["autograd"]))
    return {
        "dtype": dtype,
        "minigan_ms": 1e3 * statistics.median(medians["minigan"]),
        "autograd_ms": 1e3 * statistics.median(medians["autograd"]),
        "ratio": statistics.median(ratios),
        "ratio_low": ratios[0],
        "ratio_high": ratios[-1],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--repeats", type=int, default=60)
    parser.add_argument("--json")
    parser.add_argument("--worker", choices=PEERS)
    parser.add_argument("--dtype", default="float32")
    options = parser.parse_args()
    if options.worker:
        worker(options.worker, options.dtype)
        return
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("numpy", "autograd", "minigan"))
    print(f"Python {platform.python_version()}, {versions}, one BLAS thread")
    print(f"{'dtype':10}{'minigan':>12}{'autograd':>12}{'ratio':>9}   lowest .. highest round")
    rows = []
    for dtype in ("float32", "float64"):
        row = compare(dtype, options.rounds, options.repeats)
        rows.append(row)
        print(
            f"{dtype:10}{row['minigan_ms']:9.3f} ms{row['autograd_ms']:9.3f} ms{row['ratio']:9.3f}"
            f"   {row['ratio_low']:.3f} .. {row['ratio_high']:.3f}"
        )
    if options.json:
        with open(options.json, "w") as file:
            json.dump(rows, file, indent=1)


if __name__ == "__main__":
    main()
