"""Jacobians, Hessians and per-example gradients of networks: all at once beside one after the other, and beside JAX's jit.

    python -m benchmarks.many_examples [--rounds 12] [--dtype float32]

All live in one process on one thread and take turns; a figure is the best over the rounds. Equal work is checked by
comparing the results. Where JAX is missing its column stays empty.
"""

from __future__ import annotations

import argparse
import itertools
import os
import time

import numpy as np

import minigan as mg
import minigan.numpy as mnp
from minigan.cli.threads import one_blas_thread

try:
    import jax
except ImportError:
    jax = None


def network(rng, widths, dtype):
    return [(rng.standard_normal((m, n)) / m**0.5).astype(dtype) for m, n in itertools.pairwise(widths)]


def applied(xp, weights, x):
    """A tanh network without biases."""
    for weight in weights[:-1]:
        x = xp.tanh(x @ weight)
    return x @ weights[-1]


def rows(f, x):
    """A Jacobian, one pullback an output."""
    y, pullback = mg.vjp(f, x)
    size, like = int(np.prod(y.shape)), np.dtype(str(y.dtype))
    parts = [pullback(np.reshape(np.eye(size, dtype=like)[i], y.shape))[0] for i in range(size)]
    return mnp.reshape(mnp.stack(parts), (*y.shape, *x.shape))


def jacobian(rng, dtype):
    """Of a 4-layer network's 64 outputs in its 64 inputs."""
    weights = network(rng, (64, 128, 128, 128, 64), dtype)
    of = {xp: lambda x, xp=xp: applied(xp, weights, x) for xp in (mnp, jax and jax.numpy)}
    theirs = jax and jax.jacrev(of[jax.numpy])
    return lambda x: rows(of[mnp], x), mg.jacobian(of[mnp]), theirs, (rng.standard_normal(64).astype(dtype),)


def hessian(rng, dtype):
    """Of a 4-layer network's one output in its 64 inputs."""
    weights = network(rng, (64, 128, 128, 128, 1), dtype)
    of = {xp: lambda x, xp=xp: applied(xp, weights, x)[0] for xp in (mnp, jax and jax.numpy)}
    theirs = jax and jax.hessian(of[jax.numpy])
    return lambda x: rows(mg.grad(of[mnp]), x), mg.hessian(of[mnp]), theirs, (rng.standard_normal(64).astype(dtype),)


def per_example_gradients(rng, dtype):
    """Of a 16-64-64-1 network's loss in its first weights, for each of 128 examples."""
    first, *rest = network(rng, (16, 64, 64, 1), dtype)
    of = {xp: lambda w, x, xp=xp: applied(xp, [w, *rest], x)[0] ** 2 for xp in (mnp, jax and jax.numpy)}
    one, x = mg.grad(of[mnp]), rng.standard_normal((128, 16)).astype(dtype)
    theirs = jax and jax.vmap(jax.grad(of[jax.numpy]), (None, 0))
    return lambda w, x: mnp.stack([one(w, x[i]) for i in range(128)]), mg.vectorize(one, (None, 0)), theirs, (first, x)


def penalty(rng, dtype):
    """The gradient, in the first weights, of the mean squared length of 128 examples' gradients in the input."""
    first, *rest = network(rng, (16, 64, 64, 1), dtype)

    def mean(xp, grad, vmap):
        critic = lambda w, x: applied(xp, [w, *rest], x)[0]
        return grad(lambda w, x: xp.mean(vmap(lambda x: xp.sum(grad(critic, 1)(w, x) ** 2))(x)))

    loop = lambda f: lambda x: mnp.stack([f(x[i]) for i in range(128)])
    theirs = jax and mean(jax.numpy, jax.grad, jax.vmap)
    ours, x = mean(mnp, mg.grad, mg.vectorize), rng.standard_normal((128, 16)).astype(dtype)
    return mean(mnp, mg.grad, loop), ours, theirs, (first, x)


WORKLOADS = (jacobian, hessian, per_example_gradients, penalty)


def measured(workload, dtype, rounds) -> dict[str, float]:
    """Milliseconds of each way, the best of so many rounds in turns; raises where results differ."""
    loop, ours, theirs, args = workload(np.random.default_rng(0), dtype)
    compiled = mg.compile(ours)
    ways = {"loop": lambda: loop(*args), "eager": lambda: ours(*args), "compiled": lambda: compiled(*args)}
    if jax:
        jitted, moved = jax.jit(theirs), [jax.numpy.asarray(x) for x in args]
        ways["jax"] = lambda: jitted(*moved).block_until_ready()
    expected, best = np.asarray(ways["loop"]()), dict.fromkeys(ways, float("inf"))
    for run in ways.values():
        np.testing.assert_allclose(np.asarray(run()), expected, rtol=1e-3, atol=1e-4 * np.max(np.abs(expected)))
    for _ in range(rounds):
        for name, run in ways.items():
            for _ in range(1 if name == "loop" else 20):
                start = time.perf_counter()
                run()
                best[name] = min(best[name], 1e3 * (time.perf_counter() - start))
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--dtype", default="float32")
    options = parser.parse_args()
    one_blas_thread()
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"  # read at its first use
    if jax:
        jax.config.update("jax_enable_x64", options.dtype == "float64")
    print(f"{options.dtype}, milliseconds {'':12}loop     eager  compiled       jax   compiled / jax")
    for workload in WORKLOADS:
        found = measured(workload, options.dtype, options.rounds)
        ratio = found["compiled"] / found.get("jax", float("nan"))
        print(f"{workload.__name__:25}" + "".join(f"{found.get(k, float('nan')):10.3f}" for k in
              ("loop", "eager", "compiled", "jax")) + f"{ratio:17.2f}")  # fmt: skip


if __name__ == "__main__":
    main()
