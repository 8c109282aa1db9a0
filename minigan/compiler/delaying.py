"""Cheap things late: an elementwise function of one array waits until somebody reads it.

The slope of an activation, 1 - tanh(x)^2, is recorded in the forward pass and read in the backward pass. What it is made
of is kept until then in any case, so that computing it late saves the memory of a whole array, and finds it in the cache
when it is read.
"""

from __future__ import annotations

from dataclasses import replace

from ..autodiff.program import Equation, Program, Variable
from .operations import ufunc_of


def delayed(program: Program) -> Program:
    """The program with elementwise equations over one array, and numbers, moved to just before their first readers."""
    waiting: dict[Variable, Equation] = {}
    equations: list[Equation] = []

    def release(x):
        chain = []
        while isinstance(x, Variable) and x in waiting:
            chain.append(waiting.pop(x))
            x = _array(chain[-1])
        equations.extend(reversed(chain))

    for equation in program.equations:
        if _cheap(equation):
            waiting[equation.outputs[0]] = equation
            continue
        for x in equation.inputs:
            release(x)
        equations.append(equation)
    for x in list(waiting):  # what is returned, in the order in which it was recorded
        release(x)
    return replace(program, equations=tuple(equations))


def _array(equation: Equation):
    """The one array that an equation reads beside numbers; ``None`` where it reads none or several."""
    arrays = {id(x): x for x in equation.inputs if getattr(x, "shape", ())}
    return next(iter(arrays.values())) if len(arrays) == 1 else None


def _cheap(equation: Equation) -> bool:
    """Whether the result is as large as the one array that it is made of."""
    x = _array(equation)
    return x is not None and ufunc_of(equation) is not None and tuple(x.shape) == equation.outputs[0].shape
