"""Dead code: equations whose results nobody reads."""

from __future__ import annotations

from dataclasses import replace

from ..autodiff.program import Program, Variable


def remove_dead_code(program: Program) -> Program:
    """The program without equations that no output depends on, itself if there are none; every one left has a reader."""
    needed = {x for x in program.outputs if isinstance(x, Variable)}
    kept = []
    for equation in reversed(program.equations):
        if any([variable in needed for variable in equation.outputs]):
            needed.update([x for x in equation.inputs if isinstance(x, Variable)])
            kept.append(equation)
    return program if len(kept) == len(program.equations) else replace(program, equations=tuple(reversed(kept)))
