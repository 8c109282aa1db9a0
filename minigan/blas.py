"""Which of OpenBLAS's kernels multiply matrices: chosen by the environment, before NumPy loads it.

On AMD's Zen 4, OpenBLAS takes the kernels it has for Intel's AVX-512. Those for AVX2, which it calls Haswell, measured
3 to 12 % faster there in float32, and as fast in float64, for products of 64 to 3,136 rows (`benchmarks` W4: 8 %).
`choose_kernels` asks for them; where NumPy is loaded already, or ``OPENBLAS_CORETYPE`` is set, it leaves all as it is.
"""

from __future__ import annotations

import os
import sys

ZEN_4 = {"vendor_id": "AuthenticAMD", "cpu family": "25"}  # Zen 3 is of this family, too, and has no AVX-512


def preferred_kernels(processor: str = "/proc/cpuinfo") -> str | None:
    """OpenBLAS's name for the kernels that are faster than its own choice; ``None`` where none are known to be."""
    try:
        with open(processor) as file:
            first, _, _ = file.read(1 << 14).partition("\n\n")
    except OSError:  # not Linux
        return None
    facts = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in first.splitlines())}
    zen_4 = {name: facts.get(name) for name in ZEN_4} == ZEN_4 and "avx512f" in facts.get("flags", "").split()
    return "Haswell" if zen_4 else None


def choose_kernels(processor: str = "/proc/cpuinfo") -> bool:
    """Ask for the preferred kernels; true where that was done, and was in time."""
    if "numpy" in sys.modules or "OPENBLAS_CORETYPE" in os.environ:
        return False
    kernels = preferred_kernels(processor)
    if kernels is not None:
        os.environ["OPENBLAS_CORETYPE"] = kernels
    return kernels is not None
