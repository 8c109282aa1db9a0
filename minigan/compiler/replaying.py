"""An optimised program run by replay: for libraries whose arrays are not NumPy's."""

from __future__ import annotations

from ..autodiff.program import Program, Variable


def replayed(program: Program, backend):
    """A function from the program's inputs to its outputs that calls the primitives one by one.

    Values are let go after their last reader, so no more memory is held than the program needs.
    """
    slots: dict[Variable, int] = {}
    for variable in [*program.inputs, *(v for e in program.equations for v in e.outputs)]:
        slots.setdefault(variable, len(slots))
    last = {x: i for i, e in enumerate(program.equations) for x in e.inputs if isinstance(x, Variable)}
    returned = {x for x in program.outputs if isinstance(x, Variable)}
    plan = []
    for i, e in enumerate(program.equations):
        operands = [(slots[x], None) if isinstance(x, Variable) else (None, x) for x in e.inputs]
        read = dict.fromkeys(x for x in e.inputs if isinstance(x, Variable))
        over = [slots[x] for x in read if last[x] == i and x not in returned]
        plan.append((e.primitive, operands, e.params, [slots[v] for v in e.outputs], over))
    inputs, outputs = [slots[v] for v in program.inputs], program.outputs

    def run(*leaves):
        values = [None] * len(slots)
        for slot, leaf in zip(inputs, leaves):
            values[slot] = leaf
        for primitive, operands, params, results, over in plan:
            out = primitive(*[x if slot is None else values[slot] for slot, x in operands], **params)
            for slot, part in zip(results, out if primitive.multiple else (out,)):
                values[slot] = part
            for slot in over:
                values[slot] = None
        return tuple([values[slots[x]] if isinstance(x, Variable) else x for x in outputs])

    return run
