"""How two operations over rows are written that `row_extrema` and `outer_rows` mark, which know how their arrays lie."""

from __future__ import annotations

import functools
import math

import numpy as np

from ..autodiff.program import Equation


def written_rows(equation: Equation, read, into: str | None) -> str:
    """The line of an equation with a parameter ``rows``."""
    if equation.primitive.name == "getitem":
        return _repeated(equation, read, into)
    return _extrema(equation, read, into)


def _extrema(equation, read, into):
    """Of so many ``rows`` of equal length the largest or smallest elements each."""
    (x,), (out,), rows = equation.inputs, equation.outputs, equation.params["rows"]
    ufunc = {"max": "np.maximum", "min": "np.minimum"}[equation.primitive.name]
    call = f"{ufunc}.reduceat({read(x)}.ravel(), {read(_starts(rows, math.prod(x.shape) // rows))}"
    if into:
        return f"{call}, 0, None, {into if len(out.shape) == 1 else f'{into}.ravel()'})"
    return f"{call})" if len(out.shape) == 1 else f"{call}).reshape({out.shape})"


@functools.lru_cache(maxsize=64)
def _starts(rows, length):
    return np.arange(0, rows * length, length)


def _repeated(equation, read, into):
    """Rows at these places, of as many elements as ``rows`` says, beside one another in wider ones."""
    (x, places), (out,), length = map(read, equation.inputs), equation.outputs, equation.params["rows"]
    if into:
        return f"np.take({x}, {places}, 0, {into}.reshape(-1, {length}), 'clip')"
    return f"np.take({x}, {places}, 0).reshape({out.shape})"
