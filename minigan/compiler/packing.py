"""One update for all parameters: equal elementwise chains over many arrays become one over their concatenation.

An optimiser does the same dozen operations to every parameter, and for small ones the calls cost more than the
arithmetic. Where chains differ in nothing but the arrays they go over, the arrays are laid end to end, one chain
runs over the whole, and the results are slices of it. No number changes: an elementwise operation does not care
which array an element lives in. `buffers` then lets gradients be born in their places, so nothing is copied.
"""

from __future__ import annotations

import math
from dataclasses import replace

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Program, Variable
from .operations import ufunc_of
from .order import ordered

SHORTEST = 3  # operations in a chain that is worth packing
LARGEST_COPIED = 1 << 16  # elements of an array from which on to copy it costs more than calls


def pack_updates(program: Program, in_place=()) -> Program:
    """The program with isomorphic elementwise chains, from inputs to outputs, run once over concatenated arrays.

    Inputs that are not ``in_place`` are copied for that, and large ones of them are better left alone.
    """
    defined = {v: e for e in program.equations for v in e.outputs}
    inputs, in_place = set(program.inputs), set(in_place)
    chains: dict[tuple, list[_Chain]] = {}
    taken: set[Equation] = set()
    found = [_Chain(v, defined) for v in _roots(program, defined)]
    for chain in sorted(found, key=lambda c: -len(c.equations)):
        if any(e in taken for e in chain.equations) or len(chain.equations) < SHORTEST:
            continue
        copied = any(leaf in inputs and leaf not in in_place for leaf in chain.leaves)
        if copied and math.prod(chain.root.shape) > LARGEST_COPIED:
            continue
        if any(leaf in inputs for leaf in chain.leaves):
            taken.update(chain.equations)
            chains.setdefault(chain.signature, []).append(chain)
    equations = list(program.equations)
    for members in chains.values():
        while len(members) > 1:
            together = _independent(members, equations)
            members = [chain for chain in members if chain not in together]
            if len(together) > 1:
                equations = _packed(together, equations)
    return program if equations == list(program.equations) else replace(program, equations=tuple(ordered(equations)))


class _Chain:
    """The elementwise equations behind ``root``, over arrays of its shape, in the order of a walk from the root."""

    def __init__(self, root: Variable, defined):
        self.leaves: list = []
        self.equations: list[Equation] = []
        numbered: dict = {}
        rows = []
        stack = [(root, False)]
        while stack:  # depth first, operands before operations
            x, ready = stack.pop()
            if x in numbered:
                continue
            equation = defined.get(x)
            if equation is None or not _same_shape(equation, root.shape):
                numbered[x] = ("leaf", len(self.leaves), x.dtype)
                self.leaves.append(x)
            elif not ready:
                stack.append((x, True))
                stack += [(y, False) for y in reversed(equation.inputs) if _is_array(y) and y not in numbered]
            else:
                operands = tuple(numbered[y] if _is_array(y) else _fixed(y) for y in equation.inputs)
                rows.append((equation.primitive.name, operands, x.dtype))
                numbered[x] = ("result", len(self.equations))
                self.equations.append(equation)
        self.signature = tuple(rows)
        self.root = root


def _is_array(x) -> bool:
    return isinstance(x, Variable) and x.shape != ()


def _fixed(x):
    return ("scalar", id(x)) if hasattr(x, "shape") else (type(x).__name__, repr(x))


def _same_shape(equation: Equation, shape) -> bool:
    """Whether an equation is elementwise over arrays of this one shape and numbers."""
    if ufunc_of(equation) is None or equation.outputs[0].shape != shape or shape == ():
        return False
    return all(getattr(x, "shape", ()) in ((), shape) and (isinstance(x, Variable) or not hasattr(x, "shape")
               or x.shape == ()) for x in equation.inputs)  # fmt: skip


def _roots(program, defined):
    """Results of elementwise equations that the program returns."""
    returned = dict.fromkeys(x for x in program.outputs if isinstance(x, Variable))
    return [v for v in returned if v in defined and _same_shape(defined[v], v.shape)]


def _independent(members, equations) -> list[_Chain]:
    """The first member and all that can be packed with it: none has operands that wait for another one's results, as the
    second player's gradient waits for the first one's update."""
    own = {e: 1 << i for i, chain in enumerate(members) for e in chain.equations}
    awaited: dict[Variable, int] = {}  # for every value, the members that it is computed from, as a bit set
    for equation in equations:
        bits = own.get(equation, 0)
        for x in equation.inputs:
            bits |= awaited.get(x, 0) if isinstance(x, Variable) else 0
        awaited.update(dict.fromkeys(equation.outputs, bits))
    together, chosen, waited = [], 0, 0
    for i, chain in enumerate(members):
        before = 0
        for leaf in chain.leaves:
            before |= awaited.get(leaf, 0) if isinstance(leaf, Variable) else 0
        if not (before & (chosen | 1 << i) or waited & 1 << i):
            together.append(chain)
            chosen, waited = chosen | 1 << i, waited | before
    return together or members[:1]


def _place(chain):
    """Matrices first, then vectors, large ones first: so they keep aligned, and a step that packs the two apart, as one
    with a penalty does whose gradient in the biases is of another form, finds each end to end where another packs both."""
    shape = chain.root.shape
    return len(shape) < 2, -math.prod(shape)


def _packed(members, equations):
    """The equations with one chain over concatenated leaves in place of the members'."""
    members = sorted(members, key=_place)
    sizes = [math.prod(chain.root.shape) for chain in members]
    total, new = sum(sizes), []
    whole: dict[Variable, Variable] = {}  # a value of the first member -> the concatenation of all members'
    for leaves in zip(*(chain.leaves for chain in members)):
        flat = Variable(f"all_{leaves[0].name}", (total,), leaves[0].dtype)
        parts = []
        for leaf, size in zip(leaves, sizes):
            part = Variable(f"{leaf.name}_flat", (size,), leaf.dtype)
            new.append(Equation(PRIMITIVES["reshape"], (leaf,), {"shape": (size,)}, (part,)))
            parts.append(part)
        new.append(Equation(PRIMITIVES["concatenate"], tuple(parts), {"axis": 0}, (flat,)))
        whole[leaves[0]] = flat
    for group in zip(*(chain.equations for chain in members)):
        first = group[0]
        flat = Variable(f"all_{first.outputs[0].name}", (total,), first.outputs[0].dtype)
        inputs = tuple(whole.get(x, x) if isinstance(x, Variable) else x for x in first.inputs)
        new.append(Equation(first.primitive, inputs, first.params, (flat,)))
        whole[first.outputs[0]] = flat
        start = 0
        for equation, size in zip(group, sizes):  # dead code takes away the slices that nobody reads
            part = Variable(f"{equation.outputs[0].name}_flat", (size,), flat.dtype)
            index = slice(start, start + size)
            new.append(Equation(PRIMITIVES["getitem"], (flat,), {"index": index}, (part,)))
            new.append(Equation(PRIMITIVES["reshape"], (part,), {"shape": equation.outputs[0].shape}, equation.outputs))
            start += size
    replaced = {e for chain in members for e in chain.equations}
    kept = [e for e in equations if e not in replaced]
    return ordered([*kept, *new])
