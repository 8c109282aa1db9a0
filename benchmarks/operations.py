"""``python -m benchmarks operations``: array operations one by one, a float32 scalar of each with its gradient.

Every row is one formula in NumPy's words that all libraries run as it stands; compiled minigan and JAX may make of it
what they like. The checked numbers are the value and the norm of every gradient. It answers where a library is behind on
single operations, which the training steps of the other workloads hide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from .workload import Case, Contender, Missing, Settings, Workload


@dataclass(frozen=True)
class Operation:
    """``scalar(lib, *arrays)`` by the library ``lib`` (NumPy's names under ``lib.np``, and ``lib.grad``), at arrays of
    these ``shapes``; its derivatives in the first ``variables`` arrays are taken, all of them unless said otherwise. Of a
    row that is ``whole`` the result is taken as it is, without another gradient. ``integers`` = (shape, bound)."""

    scalar: Callable
    shapes: tuple[tuple[int, ...], ...]
    variables: int | None = None
    whole: bool = False
    integers: tuple[tuple[int, ...], int] | None = None
    chunk: int = 5

    def arrays(self) -> list[np.ndarray]:
        rng = np.random.default_rng(0)
        found = [rng.standard_normal(shape, dtype=np.float32) for shape in self.shapes]
        return found + ([rng.integers(0, self.integers[1], self.integers[0])] if self.integers else [])


def squares(lib, x):
    return lib.np.mean(x * x)


def logsumexp(lib, x, axis):
    top = lib.np.max(x, axis=axis, keepdims=True)
    return lib.np.log(lib.np.sum(lib.np.exp(x - top), axis=axis, keepdims=True)) + top


def softmax(lib, x):
    return lib.np.exp(x - logsumexp(lib, x, -1))


def contraction(subscripts):
    return lambda lib, *factors: squares(lib, lib.np.einsum(subscripts, *factors))


def distances(lib, x, y):
    differences = x[:, None, :] - y[None, :, :]
    return lib.np.mean(lib.np.sqrt(lib.np.sum(differences * differences, axis=-1) + 1e-6))


def cross_entropy(lib, logits, labels):
    chosen = logits[lib.np.arange(labels.shape[0]), labels]
    return lib.np.mean(logsumexp(lib, logits, 1)[:, 0] - chosen)


def entropy(lib, x):
    log_p = x - logsumexp(lib, x, -1)
    return -lib.np.mean(lib.np.sum(lib.np.exp(log_p) * log_p, axis=-1))


def attention(lib, queries, keys, values):
    scores = lib.np.matmul(queries, lib.np.swapaxes(keys, -1, -2)) / queries.shape[-1] ** 0.5
    return squares(lib, lib.np.matmul(softmax(lib, scores), values))


def recurrence(lib, w, u, x):
    h = lib.np.zeros(w.shape[1], np.float32)
    for t in range(x.shape[0]):
        h = lib.np.tanh(x[t] @ w + h @ u / 8.0)
    return squares(lib, h)


def network(lib, x, *layers):
    for w in layers[:-1]:
        x = lib.np.tanh(x @ w / w.shape[0] ** 0.5)
    return x @ layers[-1]


def hessian(lib, parameters, x):
    def loss(parameters):
        w, v = lib.np.reshape(parameters[:32], (4, 8)), parameters[32:]
        return squares(lib, lib.np.tanh(x @ w) @ v)

    return lib.hessian(loss)(parameters)


def gradient_norm(lib, u, v, w, x):
    gradient = lib.grad(lambda x: lib.np.sum(network(lib, x, u, v, w)))(x)
    return lib.np.mean(lib.np.sum(gradient * gradient, axis=1))


def batch_norm(lib, x, scale, shift):
    centred = x - lib.np.mean(x, axis=0)
    deviation = lib.np.sqrt(lib.np.mean(centred * centred, axis=0) + 1e-5)
    return squares(lib, lib.np.tanh(centred / deviation * scale + shift))


def cholesky(lib, x):
    return squares(lib, lib.np.linalg.cholesky(x @ x.T + 64.0 * lib.np.eye(64, dtype=np.float32)))


ROWS = {
    "einsum ij,kj->ik": Operation(contraction("ij,kj->ik"), ((256, 256), (256, 256)), chunk=1),
    "einsum bij,bjk->bik": Operation(contraction("bij,bjk->bik"), ((16, 64, 64), (16, 64, 64)), chunk=1),
    "einsum ij,jk,kl->il": Operation(contraction("ij,jk,kl->il"), ((64, 64), (64, 64), (64, 64)), chunk=1),
    "hessian of a small network": Operation(hessian, ((40,), (32, 4)), whole=True),
    "logsumexp over axis 0": Operation(lambda lib, x: squares(lib, logsumexp(lib, x, 0)), ((500, 200),)),
    "pairwise distances": Operation(distances, ((150, 16), (150, 16)), chunk=1),
    "rows gathered from a table": Operation(
        lambda lib, table, places: squares(lib, table[places]), ((5000, 64),), integers=((4096,), 5000), chunk=2
    ),
    "a recurrence of 50 steps": Operation(recurrence, ((8, 32), (32, 32), (50, 8))),
    "softmax cross-entropy": Operation(cross_entropy, ((1000, 100),), integers=((1000,), 100)),
    "softmax entropy": Operation(entropy, ((1000, 200),)),
    "x.T x.T + x.T": Operation(lambda lib, x: lib.np.mean(x.T * x.T + x.T), ((512, 512),)),
    "gradient of a gradient's norm": Operation(gradient_norm, ((64, 256), (256, 256), (256, 1), (128, 64)), 3, chunk=1),
    "cholesky": Operation(cholesky, ((64, 64),)),
    "attention": Operation(attention, ((16, 128, 64),) * 3, chunk=1),
    "var": Operation(lambda lib, x: squares(lib, lib.np.var(x, axis=0)), ((500, 200),)),
    "sort": Operation(lambda lib, x, w: lib.np.sum(lib.np.sort(x) * w), ((20_000,), (20_000,)), chunk=1),
    "cumsum": Operation(lambda lib, x: squares(lib, lib.np.cumsum(x, axis=0)), ((500, 200),)),
    "slices": Operation(lambda lib, x: squares(lib, x[1:] - x[:-1]), ((500, 200),)),
    "batch norm": Operation(batch_norm, ((512, 128), (128,), (128,))),
    "products": Operation(lambda lib, x, y: squares(lib, lib.np.tanh(x @ y)), ((128, 256), (256, 128))),
}
CASES = tuple(Case(name, name, row.chunk) for name, row in ROWS.items())


def contender(row: Operation, lib, finished=lambda function: (function, lambda: None), array=np.asarray) -> Contender:
    """One row by a library; ``finished`` makes of the function of the arrays the one that is timed, and its wait."""
    numbers = row.arrays()
    variables = tuple(range(len(row.shapes) if row.variables is None else row.variables))
    arrays = [array(x) for x in numbers]
    if row.whole:
        function, wait = finished(lambda *given: (row.scalar(lib, *given), ()))
    else:
        function, wait = finished(lib.value_and_grad(lambda *given: row.scalar(lib, *given), variables))

    def check():
        value, gradients = function(*arrays)
        return [float(np.linalg.norm(np.asarray(lib.to_numpy(x), float))) for x in (value, *gradients)]

    return Contender(check, lambda: function(*arrays), wait)


def by_minigan(name: str, settings: Settings, compiled: bool = False) -> Contender:
    from .with_minigan import start

    start(settings)
    import minigan as mg
    import minigan.numpy as mnp

    lib = SimpleNamespace(np=mnp, grad=mg.grad, hessian=mg.hessian, to_numpy=mg.to_numpy)
    lib.value_and_grad = lambda f, variables: mg.value_and_grad(f, argnums=variables)
    finished = mg.compile if compiled else lambda function: function
    return contender(ROWS[name], lib, lambda f: (finished(f), mg.active().synchronize), mnp.asarray)


def by_compiled_minigan(name: str, settings: Settings) -> Contender:
    return by_minigan(name, settings, compiled=True)


def by_autograd(name: str, settings: Settings) -> Contender:
    if settings.gpu:
        raise Missing("autograd runs on the CPU alone")
    import autograd
    import autograd.numpy as anp

    lib = SimpleNamespace(np=anp, grad=autograd.grad, hessian=autograd.hessian, to_numpy=np.asarray)
    lib.value_and_grad = lambda f, variables: autograd.value_and_grad(f, argnum=variables)
    return contender(ROWS[name], lib)


def by_jax(name: str, settings: Settings) -> Contender:
    from .with_jax import start

    start(settings)
    import jax
    import jax.numpy as jnp

    lib = SimpleNamespace(np=jnp, grad=jax.grad, hessian=jax.hessian, to_numpy=np.asarray)
    lib.value_and_grad = lambda f, variables: jax.value_and_grad(f, argnums=variables)

    def finished(function):
        compiled, last = jax.jit(function), None

        def remembering(*given):
            nonlocal last
            last = compiled(*given)
            return last

        return remembering, lambda: jax.block_until_ready(last)

    return contender(ROWS[name], lib, finished, jnp.asarray)


WORKLOAD = Workload(
    "operations",
    "",
    CASES,
    {"minigan": by_minigan, "minigan-compiled": by_compiled_minigan, "autograd": by_autograd, "jax": by_jax},
    quick=CASES,
    rounds=5,
)
