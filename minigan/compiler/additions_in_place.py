"""What is scattered into zeros and added to another array is added to it in its place.

The gradient of an array that is read as a whole and in parts is such a sum. Where nobody else reads the other array, it
becomes the sum: neither zeros nor a pass over them is needed. Value and gradient of the mean of (x[1:] - x[:-1])^2 of
500 x 200 float32 took 70 microseconds, and take 57; the gradient of a cross-entropy of 1,000 x 100 takes 16 less of 115.
It comes last, on NumPy alone: memory that changes is for `writing` a view of itself.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from ..autodiff.program import Equation, Program, Variable
from ..numpy.indexing import SLOT
from .operations import kind_of

_FRESH = ("scatter_add", "where", "astype")  # calls whose results nobody else has


def additions_in_place(program: Program) -> Program:
    """The program with sums of an array and a scattered one marked, where the array may become the sum."""
    maker = {variable: equation for equation in program.equations for variable in equation.outputs}
    readers = Counter(x for equation in program.equations for x in equation.inputs if isinstance(x, Variable))
    readers.update(x for x in program.outputs if isinstance(x, Variable))
    gone: set[Equation] = set()
    instead: dict[Equation, Equation] = {}
    for equation in program.equations:
        if equation.primitive.name != "add":
            continue
        for x, scattered in (equation.inputs, equation.inputs[::-1]):
            added = maker.get(scattered) if isinstance(scattered, Variable) and readers[scattered] == 1 else None
            if added is None or added.primitive.name != "scatter_add" or not isinstance(x, Variable) or readers[x] > 1:
                continue
            (out,) = equation.outputs
            alike = x.shape == scattered.shape == out.shape and x.dtype == scattered.dtype == out.dtype
            if alike and _has_memory(maker.get(x), instead) and _is_distinct(added):
                gone.add(added)
                instead[equation] = Equation(added.primitive, (x, *added.inputs), {**added.params, "onto": True}, (out,))
                break
    return replace(program, equations=tuple(instead.get(e, e) for e in program.equations if e not in gone))


def _has_memory(equation, instead) -> bool:
    """Whether the result of an equation is memory that nobody else sees."""
    if equation is None or equation.outputs[0].shape == ():
        return False
    name = equation.primitive.name
    return equation in instead or name in _FRESH or (kind_of(equation) in ("ufunc", "into") and name != "concatenate")


def _is_distinct(equation) -> bool:
    """Whether no place is there twice: of index arrays one is known, and has every row once."""
    index, arrays = equation.params["index"], equation.inputs[1:]
    if not arrays:
        return True
    parts = index if isinstance(index, tuple) else (index,)
    vectors = all(len(x.shape) == 1 and x.shape == arrays[0].shape and "int" in str(x.dtype) for x in arrays)
    if not vectors or not all(part is SLOT or part == slice(None) for part in parts):
        return False
    return any(isinstance(x, np.ndarray) and x.size and x[0] >= 0 and bool((np.diff(x) > 0).all()) for x in arrays)
