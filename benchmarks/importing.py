"""W6: seconds from a fresh interpreter's first line to the library imported, and to its first gradient."""

from __future__ import annotations

import subprocess
import sys

from .workload import Case, Missing, Workload

# import, and then the gradient of sum(tanh(x)^2) at three ones
PROGRAMS = {
    "minigan": (
        "import minigan as mg, minigan.numpy as mnp",
        "mg.grad(lambda x: mnp.sum(mnp.tanh(x) ** 2))(mnp.ones(3))",
    ),
    "minigan-compiled": (
        "import minigan as mg, minigan.numpy as mnp",
        "mg.compile(mg.grad(lambda x: mnp.sum(mnp.tanh(x) ** 2)))(mnp.ones(3))",
    ),
    "autograd": (
        "import autograd.numpy as anp\nfrom autograd import grad",
        "grad(lambda x: anp.sum(anp.tanh(x) ** 2))(anp.ones(3))",
    ),
    "mygrad": ("import mygrad as my", "x = my.tensor([1.0, 1.0, 1.0])\nmy.sum(my.tanh(x) ** 2).backward()"),
    "torch": (
        "import torch",
        "x = torch.ones(3, requires_grad=True)\n(torch.tanh(x) ** 2).sum().backward()",
    ),
    "torch-compile": (
        "import torch",
        "x = torch.ones(3, requires_grad=True)\ntorch.compile(lambda x: (torch.tanh(x) ** 2).sum())(x).backward()",
    ),
    "jax": (
        "import jax, jax.numpy as jnp",
        "jax.jit(jax.grad(lambda x: jnp.sum(jnp.tanh(x) ** 2)))(jnp.ones(3)).block_until_ready()",
    ),
    "floor": ("import numpy as np", "x = np.ones(3)\n2 * np.tanh(x) * (1 - np.tanh(x) ** 2)"),
}


_SCRIPT = """
import time
start = time.perf_counter()
{}
imported = time.perf_counter()
{}
print(imported - start, time.perf_counter() - start)
"""


def measured(peer: str, env: dict[str, str] | None = None, cwd=None, limit: float | None = None) -> list[float]:
    """Both numbers, by an interpreter of its own; raises `Missing` where the peer is not installed."""
    command = [sys.executable, "-c", _SCRIPT.format(*PROGRAMS[peer])]
    done = subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=limit)
    if done.returncode == 0:
        return [float(word) for word in done.stdout.split()[-2:]]
    error = done.stderr.strip().splitlines()[-1] if done.stderr.strip() else "the process died"
    if error.startswith("ModuleNotFoundError"):
        raise Missing(error.partition(": ")[2])
    raise RuntimeError(error)


CASES = (Case("import", 0), Case("first gradient", 1))

WORKLOAD = Workload("W6", "new process", CASES, dict.fromkeys(PROGRAMS, measured), quick=CASES, rounds=3)
