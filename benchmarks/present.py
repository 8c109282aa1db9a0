"""What a machine has: the GPU that CuPy finds, and which packages can be imported. ``python -m benchmarks.present``
prints it as one line of JSON; `present` asks in a process of its own, so that a broken driver ends that one alone."""

from __future__ import annotations

import contextlib
import importlib
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
# PyTorch and JAX take seconds, and their own processes tell whether they are here
NAMES = ("pytest", "hypothesis", "typer", "rich", "sklearn", "safetensors", "threadpoolctl")


def present(limit: float = 60.0) -> dict:
    """``{"gpu": its facts or None, "no gpu": why there is none, "missing": {module: why it cannot be imported}}``."""
    try:
        command = [sys.executable, "-m", f"{__package__}.present"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=limit)
        return json.loads(done.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        why = f"no answer within {limit:g} s"
    except (IndexError, ValueError):
        why = (done.stderr.strip().splitlines() or ["the process died"])[-1]
    return {"gpu": None, "no gpu": f"looking for one failed: {why}", "missing": {}}


def gpu() -> tuple[dict | None, str]:
    """The first device as CuPy describes it, or the reason why there is none."""
    try:
        import cupy
    except Exception as error:  # a missing library of CUDA's is no ImportError
        return None, "CuPy is not installed" if isinstance(error, ModuleNotFoundError) else sentence(error)
    if int(cupy.__version__.split(".")[0]) < 14:
        return None, f"CuPy {cupy.__version__} is older than 14"
    try:
        if not cupy.cuda.is_available():
            return None, f"CuPy {cupy.__version__} finds no CUDA device"
        runtime = cupy.cuda.runtime
        about = runtime.getDeviceProperties(0)
        return {
            "name": about["name"].decode(),
            "memory": f"{about['totalGlobalMem'] / 2**30:.0f} GiB",
            "capability": f"{about['major']}.{about['minor']}",
            "driver": runtime.driverGetVersion(),
            "runtime": runtime.runtimeGetVersion(),
            "cupy": cupy.__version__,
        }, ""
    except Exception as error:
        return None, sentence(error)


def missing() -> dict[str, str]:
    found = {}
    for name in NAMES:
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            found[name] = f"{error.name or name} is not installed"
        except Exception as error:
            found[name] = sentence(error)
    return found


def sentence(error: Exception) -> str:
    return f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"


if __name__ == "__main__":
    with contextlib.redirect_stdout(sys.stderr):
        device, why = gpu()
        found = {"gpu": device, "no gpu": why, "missing": missing()}
    print(json.dumps(found))
