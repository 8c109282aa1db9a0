"""Common subexpressions: what is computed twice is computed once."""

from __future__ import annotations

from dataclasses import replace

from ..autodiff.program import Equation, Program, Variable

COMMUTATIVE = frozenset(
    [
        "add",
        "multiply",
        "maximum",
        "minimum",
        "equal",
        "not_equal",
        "logical_and",
        "logical_or",
        "bitwise_and",
        "bitwise_or",
    ]
)


def share_subexpressions(program: Program) -> Program:
    """The program with every repetition of an operation on the same values replaced by its first result."""
    first: dict = {}
    same: dict[Variable, Variable] = {}
    kept = []
    for equation in program.equations:
        inputs = tuple(same.get(x, x) if isinstance(x, Variable) else x for x in equation.inputs)
        key = key_of(equation.primitive.name, inputs, equation.params)
        if key is not None and key in first:
            same.update(zip(equation.outputs, first[key]))
            continue
        if key is not None:
            first[key] = equation.outputs
        kept.append(Equation(equation.primitive, inputs, equation.params, equation.outputs))
    outputs = tuple(same.get(x, x) if isinstance(x, Variable) else x for x in program.outputs)
    return replace(program, equations=tuple(kept), outputs=outputs)


def key_of(name, inputs, params):
    """What two equations with the same result have in common; ``None`` for what cannot be compared."""
    operands = [_operand(x) for x in inputs]
    if name in COMMUTATIVE:
        operands.sort(key=repr)
    try:
        key = (name, tuple(operands), tuple(sorted((k, repr(v)) for k, v in params.items())))
        hash(key)
    except TypeError:
        return None
    return key


def _operand(x):
    if isinstance(x, Variable):
        return ("variable", id(x))
    if hasattr(x, "shape"):
        return ("array", id(x))
    return (type(x).__name__, repr(x))  # -0.0 is not 0.0, and nan is itself
