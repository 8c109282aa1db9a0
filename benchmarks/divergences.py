"""W5: five rows of the f-GAN table at 10^6 + 10^6 float64 outputs v of a critic: the value and the gradient in v of

    mean(g(v_real)) - mean(f*(g(v_fake))),

the same literal formulas for everyone; only softplus(x) = log(1 + exp(x)) is each library's own.
"""

from __future__ import annotations

import math
import shutil
from types import SimpleNamespace

import numpy as np

from .workload import Case, Contender, Missing, Settings, Workload

SIZE = 10**6

# activation g(v), conjugate f*(t)
ROWS = {
    "kl": (lambda xp, v: v, lambda xp, t: xp.exp(t - 1.0)),
    "reverse_kl": (lambda xp, v: -xp.exp(-v), lambda xp, t: -1.0 - xp.log(-t)),
    "pearson": (lambda xp, v: v, lambda xp, t: 0.25 * t * t + t),
    "jensen_shannon": (lambda xp, v: math.log(2.0) - xp.softplus(-v), lambda xp, t: -xp.log(2.0 - xp.exp(t))),
    "gan": (lambda xp, v: -xp.softplus(-v), lambda xp, t: -xp.log(1.0 - xp.exp(t))),
}


def bound(row: str, xp):
    """The function (v_real, v_fake) -> value of ``row`` in the words of the namespace ``xp``."""
    activation, conjugate = ROWS[row]
    return lambda real, fake: xp.mean(activation(xp, real)) - xp.mean(conjugate(xp, activation(xp, fake)))


def outputs() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(0.5, 1.0, SIZE), rng.normal(-0.5, 1.0, SIZE)


def contender(function, real, fake, to_numpy, wait=lambda: None) -> Contender:
    """``function(real, fake)`` returns the value and both gradients."""

    def check():
        value, gradients = function(real, fake)
        norms = [SIZE * float(np.sum(to_numpy(g) ** 2)) for g in gradients]  # of order 1
        return [float(to_numpy(value)), *norms]

    result = None

    def iterate():
        nonlocal result
        result = function(real, fake)

    return Contender(check, iterate, wait)


def by_autograd(row: str, settings: Settings) -> Contender:
    if settings.gpu:
        raise Missing("autograd runs on the CPU alone")
    import autograd.numpy as anp
    from autograd import value_and_grad

    xp = SimpleNamespace(exp=anp.exp, log=anp.log, mean=anp.mean, softplus=lambda x: anp.logaddexp(0.0, x))
    return contender(value_and_grad(bound(row, xp), argnum=(0, 1)), *outputs(), np.asarray)


def by_minigan(row: str, settings: Settings, compiled: bool = False) -> Contender:
    from .with_minigan import start

    start(settings)
    import minigan as mg
    import minigan.numpy as mnp

    function = mg.value_and_grad(bound(row, mnp), argnums=(0, 1))
    function = mg.compile(function) if compiled else function
    real, fake = map(mnp.asarray, outputs())
    return contender(function, real, fake, mg.to_numpy, mg.active().synchronize)


def by_compiled_minigan(row: str, settings: Settings) -> Contender:
    return by_minigan(row, settings, compiled=True)


def by_torch(row: str, settings: Settings) -> Contender:
    from .with_torch import start, waiting

    device = start(settings)
    import torch

    function = bound(row, _torch_names())
    real, fake = (torch.tensor(v, device=device, requires_grad=True) for v in outputs())

    def value_and_gradients(real, fake):
        value = function(real, fake)
        return value.detach(), torch.autograd.grad(value, (real, fake))

    return contender(value_and_gradients, real, fake, lambda x: x.cpu().numpy(), waiting(device))


def by_torch_compile(row: str, settings: Settings) -> Contender:
    from .with_torch import start, waiting

    device = start(settings)
    import torch

    if device == "cpu" and not (shutil.which("g++") or shutil.which("clang++")):
        raise Missing("torch.compile needs a C++ compiler, and there is neither g++ nor clang++")
    both = torch.compile(torch.func.grad_and_value(bound(row, _torch_names()), argnums=(0, 1)))
    real, fake = (torch.tensor(v, device=device) for v in outputs())

    def value_and_gradients(real, fake):
        gradients, value = both(real, fake)
        return value, gradients

    return contender(value_and_gradients, real, fake, lambda x: x.cpu().numpy(), waiting(device))


def _torch_names():
    import torch

    return SimpleNamespace(exp=torch.exp, log=torch.log, mean=torch.mean, softplus=torch.nn.functional.softplus)


def by_jax(row: str, settings: Settings) -> Contender:
    from .with_jax import start

    start(settings, double=True)
    import jax
    import jax.numpy as jnp

    xp = SimpleNamespace(exp=jnp.exp, log=jnp.log, mean=jnp.mean, softplus=jax.nn.softplus)
    compiled = jax.jit(jax.value_and_grad(bound(row, xp), argnums=(0, 1)))
    last = None

    def function(real, fake):
        nonlocal last
        last = compiled(real, fake)
        return last

    real, fake = map(jnp.array, outputs())
    return contender(function, real, fake, np.asarray, lambda: jax.block_until_ready(last))


def by_mygrad(row: str, settings: Settings) -> Contender:
    if settings.gpu:
        raise Missing("MyGrad runs on the CPU alone")
    import mygrad as my

    my.turn_memory_guarding_off()
    xp = SimpleNamespace(exp=my.exp, log=my.log, mean=my.mean, softplus=lambda x: my.logaddexp(0.0, x))
    function = bound(row, xp)
    real, fake = outputs()

    def value_and_gradients(real, fake):
        a, b = my.tensor(real, copy=False), my.tensor(fake, copy=False)
        value = function(a, b)
        value.backward()
        return value.data, (a.grad, b.grad)

    return contender(value_and_gradients, real, fake, np.asarray)


CASES = tuple(Case(row, row, tolerance=1e-9) for row in ROWS)

WORKLOAD = Workload(
    "W5",
    "divergences",
    CASES,
    {
        "minigan": by_minigan,
        "minigan-compiled": by_compiled_minigan,
        "autograd": by_autograd,
        "mygrad": by_mygrad,
        "torch": by_torch,
        "torch-compile": by_torch_compile,
        "jax": by_jax,
    },
    quick=CASES,
)
