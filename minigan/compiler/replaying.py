"""An optimised program run by replay: for libraries whose arrays are not NumPy's."""

from __future__ import annotations

import functools

from ..autodiff.program import Program, Variable


def function_of(equation):
    """What computes an equation from its operands, and whether it returns a tuple."""
    return functools.partial(equation.primitive, **equation.params), equation.primitive.multiple


def replayed(program: Program, items=None, function_of=function_of):
    """A function from the program's inputs to its outputs that calls the primitives one by one.

    ``items`` stand for the program's equations where some are gathered; ``function_of`` says what runs each. Values are
    let go after their last reader, so no more memory is held than the program needs.
    """
    items = program.equations if items is None else items
    slots: dict[Variable, int] = {}
    for variable in [*program.inputs, *(v for e in items for v in e.outputs)]:
        slots.setdefault(variable, len(slots))
    last = {x: i for i, e in enumerate(items) for x in e.inputs if isinstance(x, Variable)}
    returned = {x for x in program.outputs if isinstance(x, Variable)}
    plan = []
    for i, e in enumerate(items):
        operands = [(slots[x], None) if isinstance(x, Variable) else (None, x) for x in e.inputs]
        read = dict.fromkeys(x for x in e.inputs if isinstance(x, Variable))
        over = [slots[x] for x in read if last[x] == i and x not in returned]
        plan.append((*function_of(e), operands, [slots[v] for v in e.outputs], over))
    inputs, outputs = [slots[v] for v in program.inputs], program.outputs

    def run(*leaves):
        values = [None] * len(slots)
        for slot, leaf in zip(inputs, leaves):
            values[slot] = leaf
        for function, multiple, operands, results, over in plan:
            out = function(*[x if slot is None else values[slot] for slot, x in operands])
            for slot, part in zip(results, out if multiple else (out,)):
                values[slot] = part
            for slot in over:
                values[slot] = None
        return tuple([values[slots[x]] if isinstance(x, Variable) else x for x in outputs])

    return run
