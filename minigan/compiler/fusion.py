"""Elementwise chains as kernels: one read of the operands, one write of each result, nothing in between.

`fused` gathers neighbouring elementwise equations over one shape into `Chain`s; `kernel_text` writes a chain as the
parts of a CuPy ``ElementwiseKernel``, plain text that needs no device; `kernel` compiles it, once for equal texts.
"""

from __future__ import annotations

import functools
import operator
from dataclasses import dataclass

from ..autodiff.program import Equation, Program, Variable
from ..backend import dtype_name
from .cuda import CTYPES, PREAMBLE, expressible, expression
from .order import ordered

MOST = 32  # arrays that one kernel reads and writes: its arguments must fit in 4 kB


@dataclass(frozen=True, eq=False)
class Chain:
    """Elementwise equations over one ``shape``, and which of their results are read outside."""

    equations: tuple[Equation, ...]
    outputs: tuple[Variable, ...]

    @property
    def inputs(self) -> tuple:
        """The arrays that the chain reads, each once, in order."""
        own = {v for e in self.equations for v in e.outputs}
        read = (x for e in self.equations for x in e.inputs if hasattr(x, "shape"))
        return tuple({id(x): x for x in read if not isinstance(x, Variable) or x not in own}.values())


@dataclass(frozen=True)
class Kernel:
    """The text of one kernel: parameters as CuPy takes them, and the assignments of its body."""

    inputs: str
    outputs: str
    body: str


def fused(program: Program) -> list[Equation | Chain]:
    """The program's equations in an order to run them, with connected elementwise ones over one shape in `Chain`s."""
    readers: dict[Variable, list] = {x: [None] for x in program.outputs if isinstance(x, Variable)}
    for equation in program.equations:
        for x in equation.inputs:
            if isinstance(x, Variable):
                readers.setdefault(x, []).append(equation)
    items: list[Equation | Chain] = []
    waiting = _groups(program)
    while waiting:
        equations = waiting.pop()
        own = set(equations)
        made = (e.outputs[0] for e in equations)
        chain = Chain(tuple(equations), tuple(v for v in made if not own.issuperset(readers.get(v, ()))))
        if len(equations) == 1:
            items.append(equations[0])
        elif len(chain.inputs) + len(chain.outputs) <= MOST:
            items.append(chain)
        else:
            half = len(equations) // 2
            waiting += [equations[:half], equations[half:]]
    position = {e: i for i, e in enumerate(program.equations)}
    return ordered(sorted(items, key=lambda item: position[item.equations[0] if isinstance(item, Chain) else item]))


def _groups(program: Program) -> list[list[Equation]]:
    """The equations that run together.

    An equation joins the latest group that it reads from, or shares an operand with, unless something outside the
    group stands between them: a group runs when all that its members wait for has run.
    """
    maker: dict[Variable, int] = {}  # the number of the group that makes a variable
    groups: list[list[Equation]] = []
    before: list[int] = []  # which groups have run when a group runs, as bit sets
    touching: dict[Variable, set[int]] = {}  # the elementwise groups whose members read or make a value, in its shape
    for equation in program.equations:
        out, operands = equation.outputs[0], {x for x in equation.inputs if isinstance(x, Variable)}
        makers, between = {maker[x] for x in operands if x in maker}, 0
        for i in makers:
            between |= before[i]
        needs = functools.reduce(operator.or_, (1 << i for i in makers), between)
        alike = {x for x in operands if x.shape == out.shape} if expressible(equation) else set()
        joins = (i for i in sorted(set().union(*(touching.get(x, ()) for x in alike)), reverse=True)
                 if not between >> i & 1 and groups[i][0].outputs[0].shape == out.shape)  # fmt: skip
        chosen = next(joins, len(groups))
        own = 1 << chosen
        if chosen == len(groups):
            groups.append([])
            before.append(0)
        groups[chosen].append(equation)
        if expressible(equation):
            for x in alike | {out}:
                touching.setdefault(x, set()).add(chosen)
        maker.update((v, chosen) for v in equation.outputs)
        if needs & ~own & ~before[chosen]:
            before[chosen] |= needs & ~own
            if len(groups[chosen]) > 1:  # others may wait for the group, and now for what it waits for
                before = [earlier | before[chosen] if earlier & own else earlier for earlier in before]
    return groups


def kernel_text(chain: Chain) -> Kernel:
    """The chain as text; equal chains over other variables have equal texts."""
    names = {id(x): (f"a{i}", dtype_name(x.dtype)) for i, x in enumerate(chain.inputs)}
    lines = []
    for equation in chain.equations:
        out = equation.outputs[0]
        names[id(out)] = (f"v{len(lines)}", out.dtype)
        lines.append(f"const {CTYPES[out.dtype]} v{len(lines)} = {expression(equation, names)};")
    lines += [f"r{i} = {names[id(x)][0]};" for i, x in enumerate(chain.outputs)]
    inputs = ", ".join(f"{dtype} {name}" for name, dtype in list(names.values())[: len(chain.inputs)])
    return Kernel(inputs, ", ".join(f"{x.dtype} r{i}" for i, x in enumerate(chain.outputs)), "\n".join(lines))


@functools.cache
def kernel(cupy, text: Kernel):
    """The compiled kernel, a function from arrays to a tuple of arrays.

    Products are not contracted with sums: what two lines say is then equal is equal, as it is line by line.
    """
    return cupy.ElementwiseKernel(
        text.inputs, text.outputs, text.body, "minigan_fused", preamble=PREAMBLE, return_tuple=True,
        options=("--fmad=false",),
    )  # fmt: skip
