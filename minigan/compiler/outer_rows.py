"""Short rows that meet all others: one of two operands is laid out first, so that the loop over elements gets long.

NumPy's loop over x[:, None, :] - y[None, :, :] starts anew for every pair of rows. With each row of x repeated, as many
numbers lie beside one another as y has: with 150 rows of 16 float32 each that takes 0.07 ms instead of 0.20. It comes
late, on NumPy alone.
"""

from __future__ import annotations

import functools
import math
from dataclasses import replace

import numpy as np

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Program, Variable
from ..numpy.indexing import SLOT
from .algebra import shape_of
from .operations import ufunc_of

LONGEST = 32  # elements of a row
FEWEST_PAIRS = 1 << 10
LONGEST_LOOP = 1 << 15


def outer_rows_laid_out(program: Program) -> Program:
    """The program with the rows of one operand repeated where two short ones meet in all pairs."""
    equations = []
    for equation in program.equations:
        found = _laid_out(equation)
        equations += [equation] if found is None else found
    return replace(program, equations=tuple(equations))


def _laid_out(equation) -> list[Equation] | None:
    (out, *_), shape = equation.outputs, equation.outputs[0].shape
    if len(shape) < 3 or len(equation.inputs) != 2 or ufunc_of(equation) is None or equation.params:
        return None
    x, y = equation.inputs
    if not all(isinstance(z, Variable) and z.dtype == out.dtype for z in (x, y)) or x is y:
        return None
    for one, other in ((x, y), (y, x)):
        cut = _cut(shape_of(one), shape_of(other), shape)
        if cut is not None:
            return _equations(equation, one, other, *cut)
    return None


def _cut(one, other, shape):
    """The numbers of rows and the length of one where ``one`` has rows for the first axes and ``other`` for the next;
    ``None`` where they meet otherwise."""
    rank = len(shape)
    other = (1,) * (rank - len(other)) + other
    if len(one) != rank:
        return None
    for k in range(1, rank - 1):
        for last in range(k + 1, rank):
            many, each, length = math.prod(shape[:k]), math.prod(shape[k:last]), math.prod(shape[last:])
            first = one == shape[:k] + (1,) * (last - k) + shape[last:]
            if first and other == (1,) * k + shape[k:] and each > 1 and many > 1 and 1 < length <= LONGEST:
                worth = many * each >= FEWEST_PAIRS and each * length <= LONGEST_LOOP
                return (many, each, length) if worth else None
    return None


def _equations(equation, one, other, many, each, length):
    (out,) = equation.outputs
    made = []

    def new(name, inputs, shape, called, params):
        made.append(Equation(PRIMITIVES[name], inputs, params, (Variable(f"{out.name}_{called}", shape, out.dtype),)))
        return made[-1].outputs[0]

    def shaped(x, shape, called):
        return x if x.shape == shape else new("reshape", (x,), shape, called, {"shape": shape})

    rows = shaped(one, (many, length), "rows")
    wide = (many, each * length)
    repeated = new("getitem", (rows, _places(many, each)), wide, "repeated", {"index": SLOT, "rows": length})
    row = shaped(other, wide[1:], "row")
    inputs = tuple(repeated if x is one else row for x in equation.inputs)
    flat = new(equation.primitive.name, inputs, wide, "flat", {})
    return [*made, Equation(PRIMITIVES["reshape"], (flat,), {"shape": out.shape}, (out,))]


@functools.lru_cache(maxsize=64)
def _places(many, each):
    return np.repeat(np.arange(many), each)
