"""Constant folding: what depends on no input is computed now.

While a function is recorded, operations among plain arrays run at once and never become equations; this pass
meets what the other passes leave behind.
"""

from __future__ import annotations

from ..autodiff.program import Program, Variable
from .substitution import reading, returning


def fold_constants(program: Program) -> Program:
    """The program with every equation of constants alone replaced by its value; itself where there is none."""
    known: dict[Variable, object] = {}
    kept = []
    for equation in program.equations:
        equation = reading(equation, known)
        if any([isinstance(x, Variable) for x in equation.inputs]):
            kept.append(equation)
            continue
        out = equation.primitive(*equation.inputs, **equation.params)
        known.update(zip(equation.outputs, out if equation.primitive.multiple else (out,)))
    return returning(program, kept, known) if known else program
