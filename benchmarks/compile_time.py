"""How long the first call of a compiled step takes, and how that grows with the number of its operations.

    python -m benchmarks.compile_time [--rounds 5] [--quick] [--picture benchmarks/results/compile_time.png]

The steps are those of the workloads; of a perceptron of ever more layers, its gradient and Adam; and of W7's GAN with ever
more updates of D that G's gradient goes through. A first call is recording, the passes, writing and loading the module,
and one run; a figure is that of the shortest of so many first calls, on one BLAS thread. The slope is that of a line
through the logarithms: 1 where the time is proportional to the number of operations.
"""

from __future__ import annotations

import argparse
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.cli.threads import one_blas_thread
from minigan.compiler import compiled

from . import dcgan, mlp, ring, scaling, tiny, with_minigan
from .workload import Settings

STAGES = ("recording", "passes", "writing", "run")
WORKLOADS = {"W1": ring, "W2": tiny, "W3": dcgan, "W4": mlp}
SIZES = {"depth": (4, 8, 16, 32, 64, 128, 256), "unrolling": (1, 2, 5, 10, 20, 40)}
QUICK = {"depth": (4, 16, 64), "unrolling": (1, 5)}


@dataclass(frozen=True)
class FirstCall:
    """How many operations were recorded, and the seconds of every stage."""

    operations: int
    seconds: dict[str, float]

    @property
    def total(self) -> float:
        return sum(self.seconds.values())


def first_call(step, args, donate=0) -> FirstCall:
    """Compile the step anew and call it once."""
    marks, sizes = [], []

    def told(function: Callable, before: bool):
        def call(*args, **kwargs):
            if before:
                marks.append(time.perf_counter())
            found = function(*args, **kwargs)
            if not before:
                marks.append(time.perf_counter())
            if hasattr(found, "equations"):
                sizes.append(len(found.equations))
            return found

        return call

    with (
        patch.object(compiled, "record", told(compiled.record, before=False)),
        patch.object(compiled, "Writer", told(compiled.Writer, before=True)),
        patch.object(compiled, "fast_call", told(compiled.fast_call, before=False)),
    ):
        marks.append(time.perf_counter())
        mg.compile(step, donate=donate)(*args)
        marks.append(time.perf_counter())
    return FirstCall(sizes[0], dict(zip(STAGES, np.diff(marks).tolist(), strict=True)))


# -- the steps -----------------------------------------------------------------------------------------------


def gan(build, spec):
    """The training step of a GAN as a contender builds it, and arguments for it."""
    with patch.object(with_minigan, "gan", lambda problem, *rest: (problem, with_minigan.training(problem, *rest[:4]))):
        problem, (step, initial) = build(spec, Settings())
    real, noise = next(problem.checked())
    return step, (initial(), mnp.asarray(real), mnp.asarray(noise))


def workload(id: str):
    (case,) = WORKLOADS[id].WORKLOAD.cases
    return gan(WORKLOADS[id].WORKLOAD.contenders["minigan"], case.spec)


def depth(n: int):
    """A tanh perceptron of ``n`` hidden layers of 16 units at batch 32, squared error, Adam."""
    network, adam, rng = nn.mlp((16,) * n + (1,), activation="tanh"), optim.adam(1e-3), mg.random.generator(0)
    params = network.init(rng, (32, 16), "float32")
    x, y = (rng.standard_normal((32, width), dtype="float32") for width in (16, 1))

    def step(state, x, y):
        params, memory = state
        loss, gradient = mg.value_and_grad(lambda p: mnp.mean((network.apply(p, x) - y) ** 2))(params)
        return adam.update(params, gradient, memory), loss

    return step, ((params, adam.init(params)), x, y)


def unrolling(k: int):
    """W7's step whose generator's gradient goes through ``k`` updates of the discriminator."""
    return gan(with_minigan.mlp_gan, scaling.gan(batch=128, unrolled=k))


AXES = {"depth": depth, "unrolling": unrolling}


# -- what comes of it ----------------------------------------------------------------------------------------


def measured(sizes=SIZES, rounds: int = 3, tell=lambda text: None, workloads=tuple(WORKLOADS)):
    """The shortest first call of every step: ``{"workload": {"W1": ...}, "depth": {4: ...}, "unrolling": {1: ...}}``.

    All take turns, so that a busy moment meets one call of each.
    """
    places = {"workload": workloads, **sizes}
    makers = {"workload": workload, **AXES}
    steps = {(axis, place): makers[axis](place) for axis in places for place in places[axis]}
    calls: dict[tuple, list[FirstCall]] = {where: [] for where in steps}
    for i in range(rounds):
        tell(f"round {i + 1} of {rounds}")
        for where, (step, args) in steps.items():
            calls[where].append(first_call(step, args))
    shortest = {where: min(several, key=lambda one: one.total) for where, several in calls.items()}
    return {axis: {place: shortest[axis, place] for place in places[axis]} for axis in places}


def slope(found: dict[object, FirstCall]) -> float:
    """Of the logarithm of the time over that of the number of operations, by least squares."""
    points = [(math.log(one.operations), math.log(one.total)) for one in found.values()]
    return float(np.polyfit(*zip(*points), 1)[0])


def markdown(found) -> str:
    lines = [
        f"| step | operations | {', ms | '.join(STAGES)}, ms | in all, ms | µs an operation |",
        "|---" * (len(STAGES) + 4) + "|",
    ]
    for axis, calls in found.items():
        for place, one in calls.items():
            name = place if axis == "workload" else f"{axis} {place}"
            cells = [f"{1e3 * one.seconds[stage]:.1f}" for stage in STAGES]
            each = 1e6 * one.total / one.operations
            lines.append(f"| {name} | {one.operations:,} | {' | '.join(cells)} | {1e3 * one.total:.1f} | {each:.0f} |")
    slopes = [f"slope over {axis}: {slope(found[axis]):.2f}" for axis in AXES if len(found.get(axis, ())) > 1]
    return "\n".join(lines) + "\n\n" + "; ".join(slopes)


def draw(found, path: Path) -> None:
    """A panel for each axis: every stage and the whole against the operations, and a line of slope 1."""
    from matplotlib.figure import Figure

    axes = {axis: found[axis] for axis in AXES if axis in found}
    figure = Figure(figsize=(4.6 * len(axes), 3.8), layout="constrained")
    for panel, (axis, calls) in zip(figure.subplots(1, len(axes), squeeze=False)[0], axes.items()):
        operations = np.array([one.operations for one in calls.values()])
        total = np.array([one.total for one in calls.values()])
        panel.plot(operations, 1e3 * total, marker="o", color="black", label=f"in all, slope {slope(calls):.2f}")
        for stage in STAGES:
            panel.plot(operations, [1e3 * one.seconds[stage] for one in calls.values()], marker=".", label=stage)
        middle = len(operations) // 2
        panel.plot(operations, 1e3 * total[middle] * operations / operations[middle], ":", color="grey", label="slope 1")
        panel.set(xscale="log", yscale="log", xlabel="operations", ylabel="first call, milliseconds", title=axis)
        panel.set_xticks(operations, [f"{n:,}\n{axis[0]} = {place}" for n, place in zip(operations, calls)], fontsize=7)
        panel.minorticks_off()
        panel.margins(y=0.12)
        panel.legend(fontsize=7)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=150)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compile_time", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="fewer sizes")
    parser.add_argument("--picture", type=Path, default=Path(__file__).parent / "results" / "compile_time.png")
    options = parser.parse_args(arguments)
    one_blas_thread()
    found = measured(QUICK if options.quick else SIZES, options.rounds, lambda text: print(text, flush=True))
    print("\n" + markdown(found))
    draw(found, options.picture)
    print(f"written: {options.picture}")


if __name__ == "__main__":
    main()
