"""Common subexpressions: what is computed twice is computed once."""

from __future__ import annotations

from ..autodiff.program import Program, Variable
from .substitution import reading, returning

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
    """The program with every repetition of an operation on the same values replaced by its first result.

    It is the program itself where nothing is repeated.
    """
    first: dict = {}
    same: dict[Variable, Variable] = {}
    kept = []
    for equation in program.equations:
        equation = reading(equation, same)
        key = key_of(equation.primitive.name, equation.inputs, equation.params)
        if key in first:
            same.update(zip(equation.outputs, first[key]))
            continue
        first[key] = equation.outputs
        kept.append(equation)
    return returning(program, kept, same) if same else program


def key_of(name, inputs, params):
    """What two equations with the same result have in common."""
    operands = [_operand(x) for x in inputs]
    if name in COMMUTATIVE:
        operands.sort()
    return name, tuple(operands), tuple(sorted([(k, repr(v)) for k, v in params.items()])) if params else ()


def _operand(x):
    if isinstance(x, Variable):
        return ("variable", id(x))
    if hasattr(x, "shape"):
        return ("array", id(x))
    return (type(x).__name__, repr(x))  # -0.0 is not 0.0, and nan is itself
