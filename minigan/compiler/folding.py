"""Constant folding: what depends on no input is computed now.

While a function is recorded, operations among plain arrays run at once and never become equations; this pass
meets what the other passes leave behind.
"""

from __future__ import annotations

from dataclasses import replace

from ..autodiff.program import Equation, Program, Variable


def fold_constants(program: Program) -> Program:
    """The program with every equation of constants alone replaced by its value."""
    known: dict[Variable, object] = {}
    kept = []
    for equation in program.equations:
        inputs = tuple(known.get(x, x) if isinstance(x, Variable) else x for x in equation.inputs)
        if any(isinstance(x, Variable) for x in inputs):
            kept.append(Equation(equation.primitive, inputs, equation.params, equation.outputs))
            continue
        out = equation.primitive(*inputs, **equation.params)
        known.update(zip(equation.outputs, out if equation.primitive.multiple else (out,)))
    outputs = tuple(known.get(x, x) if isinstance(x, Variable) else x for x in program.outputs)
    return replace(program, equations=tuple(kept), outputs=outputs)
