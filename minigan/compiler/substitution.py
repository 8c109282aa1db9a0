"""Equations that read other values than they did."""

from __future__ import annotations

from dataclasses import replace

from ..autodiff.program import Equation, Program, Variable


def reading(equation: Equation, instead: dict) -> Equation:
    """The equation with ``instead[x]`` in the place of every variable x that is a key; itself where it reads none."""
    for x in equation.inputs:
        if isinstance(x, Variable) and x in instead:
            inputs = tuple([instead.get(x, x) if isinstance(x, Variable) else x for x in equation.inputs])
            return Equation(equation.primitive, inputs, equation.params, equation.outputs)
    return equation


def returning(program: Program, equations, instead: dict) -> Program:
    """The program of these equations, which returns ``instead[x]`` in the place of every variable x that is a key."""
    outputs = tuple(instead.get(x, x) if isinstance(x, Variable) else x for x in program.outputs)
    return replace(program, equations=tuple(equations), outputs=outputs)
