"""Programs: one run of a function, derivatives included, written down as a straight line of operations.

This is what a compiler will start from: a `Program` holds variables with shapes and dtypes, constants,
and equations in the order they ran, and can be replayed on other arrays of the same shapes.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..backend import active, backend_of, backend_of_type, dtype_name, to_numpy
from ..validation import function
from .batching import Batch
from .boundary import tell_leaving
from .ownership import own
from .primitive import Primitive
from .tracer import Leaving, Tracer, describe, new_level, outlived
from .trees import Structure, flatten, unflatten

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


@dataclass(frozen=True, eq=False)
class Variable:
    """A value that a program computes: its name, shape and dtype."""

    name: str
    shape: tuple[int, ...]
    dtype: str

    def __str__(self):
        return f"{self.name}:{self.dtype}[{','.join(map(str, self.shape))}]"


@dataclass(frozen=True, eq=False)
class Equation:
    """``outputs = primitive(*inputs, **params)``; an input is a `Variable` or a constant."""

    primitive: Primitive
    inputs: tuple[Any, ...]
    params: dict
    outputs: tuple[Variable, ...]


@dataclass(frozen=True, eq=False)
class Program:
    """A straight-line program; print it to read it, call it to replay it on arguments of the same shapes.

    inputs, outputs               in flattened order
    equations                     in the order they ran
    in_structure, out_structure   the trees that inputs and outputs came in
    constants                     arrays that came from outside, by name
    """

    inputs: tuple[Variable, ...]
    equations: tuple[Equation, ...]
    outputs: tuple[Any, ...]
    in_structure: Structure
    out_structure: Structure
    constants: dict[str, Any] = field(default_factory=dict)

    def __call__(self, *args):
        leaves, structure = flatten(args)
        if structure != self.in_structure:
            raise ValueError(f"the program takes arguments of structure {self.in_structure}, and got {structure}")
        values: dict[Variable, Any] = {}
        for variable, leaf in zip(self.inputs, leaves):
            leaf = _as_leaf(leaf)
            if tuple(leaf.shape) != variable.shape or dtype_name(leaf.dtype) != variable.dtype:
                raise ValueError(f"the program's input {variable} was given {describe(leaf)}; trace the function again")
            values[variable] = leaf

        def read(x):
            return values[x] if isinstance(x, Variable) else x

        for equation in self.equations:
            out = equation.primitive(*map(read, equation.inputs), **equation.params)
            for variable, part in zip(equation.outputs, out if equation.primitive.multiple else (out,)):
                values[variable] = part
        results = [read(x) for x in self.outputs]
        values.clear()
        return unflatten(self.out_structure, own(results))

    def __str__(self):
        names = {id(value): name for name, value in self.constants.items()}

        def show(x):
            if isinstance(x, Variable):
                return x.name
            return names.get(id(x)) or (repr(x) if not hasattr(x, "shape") else f"{x}")

        lines = [f"program({', '.join(map(str, self.inputs))})"]
        lines += [f"  constant {name}:{describe(value)}" for name, value in self.constants.items()]
        for equation in self.equations:
            params = ", ".join(f"{key}={value!r}" for key, value in equation.params.items())
            arguments = ", ".join([*map(show, equation.inputs), *([params] if params else [])])
            left = ", ".join(map(str, equation.outputs))
            lines.append(f"  {left} = {equation.primitive.name}({arguments})")
        lines.append(f"  return {', '.join(map(show, self.outputs))}")
        return "\n".join(lines)

    __repr__ = __str__


class NotStraight(Leaving):
    """A function being recorded asked for a value that only a run of the program has."""


class Recorder:
    """The transformation behind `trace`: runs every operation and writes it down as an equation."""

    __slots__ = ("closed", "constants", "copies", "equations", "level", "variables")

    def __init__(self):
        self.level = new_level()
        self.copies: dict[int, tuple] = {}
        self.equations: list[Equation] = []
        self.constants: dict[str, Any] = {}
        self.variables = 0
        self.closed = False

    def variable(self, value) -> Variable:
        name = _letters(self.variables)
        self.variables += 1
        return Variable(name, tuple(value.shape), dtype_name(value.dtype))

    def watch(self, value) -> Tracer:
        return Tracer(value, self, self.variable(value))

    def concrete(self, tracer, how):
        raise NotStraight(
            f"{user_line()}{how} depends on the traced value {tracer!r}, and a recorded program has one path: use "
            "mnp.where(condition, a, b) to choose by value, or compute the condition from shapes and Python numbers"
        )

    def leaves(self, tracer, how):
        raise NotStraight(
            f"{user_line()}{how} asks for the value of {tracer!r}, which a recorded program knows only when it runs: "
            "return the array and convert it outside, or keep computing with it as an array"
        )

    def process(self, primitive, args, params):
        if self.closed:
            raise RuntimeError(outlived(primitive.name, "trace"))
        if primitive.is_unprepared(args):
            return primitive.prepared(*args, **params)
        if primitive.name in ("getitem", "scatter_add"):
            self._refuse_masks(args[1:])
        values = [arg.value if type(arg) is Tracer and arg.owner is self else arg for arg in args]
        inputs = tuple(arg.data if type(arg) is Tracer and arg.owner is self else self.constant(arg) for arg in args)
        out = self.run(primitive, values, params)
        outs = out if primitive.multiple else (out,)
        tracers = tuple(self.watch(part) for part in outs)
        self.equations.append(Equation(primitive, inputs, params, tuple(t.data for t in tracers)))
        return tracers if primitive.multiple else tracers[0]

    def run(self, primitive, values, params):
        """What an equation's results look like."""
        return primitive(*values, **params)

    def _refuse_masks(self, arrays):
        for array in arrays:
            if type(array) is Tracer and array.owner is self and dtype_name(array.dtype) == "bool":
                raise NotStraight(
                    f"{user_line()}the mask {array!r} as an index selects as many elements as it has true ones, "
                    "and a recorded program has one shape for every value: use mnp.where(mask, x, 0.0), "
                    "multiply by the mask, or index with positions"
                )

    def constant(self, value):
        """``value`` as the program keeps it: an array as it is now, whatever is written into it later."""
        if isinstance(value, np.generic) or backend_of_type(type(value)) is None:
            return value
        seen, copy = self.copies.get(id(value), (None, None))
        if seen is not value or not _same_bits(copy, value):
            copy = backend_of(value).xp.asarray(value, copy=True)
            self.copies[id(value)] = value, copy
            if copy.shape != ():
                self.constants[f"c{len(self.constants)}"] = copy
        return copy


def _same_bits(a, b) -> bool:
    a, b = to_numpy(a), to_numpy(b)
    return a.tobytes() == b.tobytes()


def seen(x):
    """The array beneath ``x``, or ``None`` while a program is being recorded from it, or it is one example of many."""
    while type(x) is Tracer:
        if isinstance(x.owner, Recorder | Batch):
            return None
        x = x.value
    return x


def trace(f):
    """``trace(f)(*args)``: run ``f`` once and return the `Program` of primitive operations it performed.

    Arguments may be any trees of arrays and Python floats; gradients taken inside ``f`` are part of the program.
    A Python branch on a traced value is a `TypeError` that names the line.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> print(mg.trace(mg.grad(lambda x: mnp.sum(mnp.exp(x))))(mnp.array([0.0, 1.0])))
    program(a:float64[2])
      constant c0:float64[2]
      b:float64[2] = exp(a)
      c:float64[] = sum(b, axis=None, keepdims=False)
      d:float64[2] = multiply(c0, b)
      return d
    """

    function(f, "what is traced", "(arrays)")

    def traced(*args, **kwargs):
        recorder = Recorder()
        leaves, in_structure = flatten(args)
        tracers = [recorder.watch(_as_leaf(leaf)) for leaf in leaves]
        try:
            y = f(*unflatten(in_structure, tracers), **kwargs)
        except ValueError as error:
            tell_leaving(error)
            raise
        finally:
            recorder.closed = True
        outputs, out_structure = flatten(y)
        ours = [t.data if type(t) is Tracer and t.owner is recorder else recorder.constant(t) for t in outputs]
        return Program(
            tuple(t.data for t in tracers),
            tuple(recorder.equations),
            tuple(ours),
            in_structure,
            out_structure,
            recorder.constants,
        )

    return traced


def _as_leaf(x):
    if type(x) is Tracer or backend_of_type(type(x)) is not None:
        return x
    if isinstance(x, bool | int | float):
        return active().asarray(x)
    raise TypeError(f"a program's arguments are trees of arrays and numbers, and {x!r} is a {type(x).__name__}")


def _letters(n: int) -> str:
    """a, b, ..., z, aa, ab, ..."""
    name = ""
    n += 1
    while n:
        n, digit = divmod(n - 1, 26)
        name = chr(97 + digit) + name
    return name


def user_line() -> str:
    """``file.py, line 7: `` of the innermost frame outside this package."""
    frame = sys._getframe(1)
    while frame is not None and os.path.abspath(frame.f_code.co_filename).startswith(_HERE + os.sep):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}, line {frame.f_lineno}: " if frame else ""
