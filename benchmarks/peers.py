"""Who takes part, under which name, and what pins a peer's threads."""

from __future__ import annotations

import importlib
import importlib.metadata
import os
import platform

from minigan.blas import preferred_kernels

from .workload import Settings, Workload

TITLES = {
    "minigan": "minigan eager",
    "minigan-compiled": "minigan compiled",
    "minigan-plain": "minigan compiled, plain text",
    "autograd": "HIPS autograd",
    "mygrad": "MyGrad",
    "torch": "torch eager",
    "torch-tuned": "torch tuned",
    "torch-compile": "torch.compile",
    "jax": "JAX jit",
    "floor": "floor",
}
PACKAGES = ("minigan", "numpy", "autograd", "mygrad", "torch", "jax", "jaxlib", "cupy-cuda12x", "cupy-cuda13x")
WORKLOADS = {
    "W0": "overhead",
    "W1": "ring",
    "W2": "tiny",
    "W3": "dcgan",
    "W4": "mlp",
    "W5": "divergences",
    "W6": "importing",
    "W7": "scaling",
    "W8": "elementwise",
}
SURVEYS = {"operations": "operations"}  # many small rows each, by a command of their own: python -m benchmarks NAME
TRAINING = tuple(id for id in WORKLOADS if id != "W8")  # what runs where nothing is named


def workload(id: str) -> Workload:
    """The workload called ``id``, as in "W1", or the survey."""
    return importlib.import_module(f"{__package__}.{(WORKLOADS | SURVEYS)[id]}").WORKLOAD


def environment(settings: Settings, scratch: str) -> dict[str, str]:
    """The environment of a peer's process: so many threads, nothing compiled in an earlier run, and for everyone whose
    products are NumPy's the kernels that minigan asks for."""
    threads = str(settings.threads)
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NPROC", "MINIGAN_THREADS")
    pinned = dict.fromkeys(names, threads)
    eigen = "true" if settings.threads > 1 else "false"
    pinned["XLA_FLAGS"] = f"--xla_cpu_multi_thread_eigen={eigen} intra_op_parallelism_threads={threads}"
    pinned["TORCHINDUCTOR_CACHE_DIR"] = scratch
    pinned["MINIGAN_BACKEND"] = settings.backend
    if settings.gpu:
        pinned["XLA_PYTHON_CLIENT_PREALLOCATE"] = "false"  # three quarters of a memory that the others need as well
    else:
        pinned["JAX_PLATFORMS"] = "cpu"
    if (kernels := preferred_kernels()) is not None:
        pinned["OPENBLAS_CORETYPE"] = os.environ.get("OPENBLAS_CORETYPE", kernels)
    return {**os.environ, **pinned}


def versions() -> dict[str, str]:
    """The version of every package that is installed here."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def machine() -> dict[str, object]:
    """The processor's name, how many this process may use, its vector units, and how busy the machine is now."""
    model, flags = platform.processor() or platform.machine(), ""
    try:
        with open("/proc/cpuinfo") as file:
            lines = dict(line.split(":", 1) for line in file if ":" in line)
        facts = {key.strip(): value.strip() for key, value in lines.items()}
        model, flags = facts.get("model name", model), facts.get("flags", "")
    except OSError:
        pass
    return {
        "processor": model,
        "processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "avx512": "avx512f" in flags.split(),
        "system": platform.platform(terse=True),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }
