"""The dtype law of an update: every leaf keeps its own, and what is common to all leaves follows them."""

from __future__ import annotations

from .. import numpy as mnp
from ..backend import dtype_name


def in_dtype(x, dtype: str):
    """``x`` in that dtype; a Python number is weak and stays itself."""
    return mnp.astype(x, dtype) if hasattr(x, "dtype") and dtype_name(x.dtype) != dtype else x


def widest(leaves) -> str:
    """The name of the widest dtype among arrays; float64 if there are none."""
    return max((dtype_name(x.dtype) for x in leaves), key=lambda name: int(name[5:]), default="float64")
