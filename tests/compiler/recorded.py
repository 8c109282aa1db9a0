"""Programs as the passes see them: recorded, listed by their operations, and run one operation at a time."""

import minigan as mg
from minigan.autodiff.trees import flatten
from minigan.compiler.recording import record


def program_of(f, *args):
    leaves, structure = flatten((args, {}))
    traced = list(range(len(leaves)))
    return record(f, structure, leaves, traced, [f"x{i}" for i in traced])


def names(program):
    return [equation.primitive.name for equation in program.equations]


def replay(program, *args):
    """The program run by its primitives; the structure of ``(args, kwargs)`` is what `record` was given."""
    return mg.to_numpy(program(args, {}))
