"""What enters at the door of a Boltzmann machine: parameters and states, each checked where its value can be seen.

While a program is being recorded from them (`minigan.compile`) only shapes are.
"""

from __future__ import annotations

import minigan.numpy as mnp

from ...autodiff.program import seen
from ...backend import dtype_name


def as_floats(x):
    """``x`` as an array of float32 or float64."""
    x = x if hasattr(x, "shape") else mnp.asarray(x)
    return x if dtype_name(x.dtype) in ("float32", "float64") else mnp.astype(x, "float64")


def check_finite(x, what: str):
    """``x``, where its values are finite or not yet known; else `ValueError`."""
    values = seen(x)
    if values is not None and not bool(mnp.all(mnp.isfinite(values))):
        raise ValueError(f"the {what} of a Boltzmann machine are finite, and some of these are not")
    return x


def as_bits(x, units: int, kind: str, dtype="float64"):
    """States (..., units) of 0 and 1; `ValueError` for another width, or for units that are something else."""
    x = mnp.astype(x if hasattr(x, "shape") else mnp.asarray(x), dtype)
    if x.ndim == 0 or x.shape[-1] != units:
        raise ValueError(f"a state of {units} {kind} units has the shape (..., {units}), and this has {tuple(x.shape)}")
    values = seen(x)
    if values is not None and not bool(mnp.all((values == 0.0) | (values == 1.0))):
        wrong = values[(values != 0.0) & (values != 1.0)]
        raise ValueError(f"units are 0 or 1, and one of these is {float(wrong[0]):g}")
    return x


def in_float64(machine):
    """The same parameters in float64, in which states are summed."""
    return type(machine)(*(mnp.astype(x, "float64") for x in machine))
