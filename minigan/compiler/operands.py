"""How a Python number stands beside arrays: in which dtype and shape, and how it is spelled."""

from __future__ import annotations

import math
import re

import numpy as np

from ..autodiff.program import Variable

SHORTEST_ROW, LONGEST_ROW = 64, 1 << 16  # elements of a row that is written out to be read beside many others


def compared_shape(equation, shape, longest: int = LONGEST_ROW) -> tuple:
    """The shape in which a number is written down beside arrays of ``shape``.

    NumPy's maximum and minimum are faster between arrays than between an array and a number: as many of the last axes
    are written out as make a long row.
    """
    if equation.primitive.name not in ("maximum", "minimum"):
        return ()
    trailing = next(shape[i:] for i in range(len(shape) + 1) if math.prod(shape[i:]) <= longest)
    return tuple(trailing) if math.prod(trailing) >= SHORTEST_ROW else ()


def operand_dtype(equation) -> str:
    """The dtype that a Python number takes beside an equation's arrays, where they have a kind that holds it."""
    dtypes = [x.dtype if isinstance(x, Variable) else np.dtype(x.dtype).name for x in equation.inputs
              if hasattr(x, "dtype")]  # fmt: skip
    counts = equation.primitive.name == "multiply" and equation.outputs[0].dtype.startswith("float")
    if equation.primitive.name == "where" or (counts and not any(d.startswith("float") for d in dtypes)):
        dtypes = [equation.outputs[0].dtype]
    dtypes = [d for d in dtypes if d != "bool"] or ["bool"]
    return max(dtypes, key=lambda d: (d.startswith("float"), int(re.sub(r"\D", "", d) or 0)))


def holds(dtype: str, x) -> bool:
    """Whether a Python number beside arrays of the dtype becomes one of them; otherwise NumPy must see it itself."""
    if dtype.startswith("float"):
        return True
    return "int" in dtype and isinstance(x, int) and np.iinfo(dtype).min <= x <= np.iinfo(dtype).max


def number_text(x) -> str:
    """A Python number as it is written, infinities and NaN too."""
    if isinstance(x, complex):
        return f"complex({number_text(x.real)}, {number_text(x.imag)})"
    if isinstance(x, float) and not math.isfinite(x):
        return repr(x).replace("nan", "np.nan").replace("inf", "np.inf")
    return repr(x)
