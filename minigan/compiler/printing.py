"""A compiled program, printed: operations with shapes, dtypes and the memory that holds their results."""

from __future__ import annotations

from ..autodiff.program import Variable
from ..autodiff.tracer import describe
from .blocks import Block


def printed(version) -> str:
    """One line an operation, ``name:dtype[shape] = operation(operands)  -> memory``."""
    program, writer = version.program, version.items
    spelling = getattr(writer, "spelling", {})
    lines = [f"program({', '.join(map(str, program.inputs))})"]
    for item in getattr(writer, "items", None) or program.equations:
        if isinstance(item, Block):
            lines.append(f"  in blocks of {item.step()} of {item.shape[0]}:")
            lines += [f"    {_line(e, spelling)}" for e in item.equations]
        else:
            lines.append(f"  {_line(item, spelling)}")
    lines.append(f"  return {', '.join(map(_shown, program.outputs))}")
    return "\n".join(lines)


def _shown(x) -> str:
    return x.name if isinstance(x, Variable) else describe(x)


def _line(equation, spelling) -> str:
    left = ", ".join(map(str, equation.outputs))
    params = [f"{key}={value!r}" for key, value in equation.params.items()]
    line = f"{left} = {equation.primitive.name}({', '.join([*map(_shown, equation.inputs), *params])})"
    memory = [spelling[v] for v in equation.outputs if v in spelling and spelling[v] != v.name]
    return f"{line}  -> {', '.join(memory)}" if memory else line
