"""Whose memory a result may use: lifetimes, and a pool of kept buffers.

A value lives from the equation that makes it to the last one that reads it, or a view of it. Memory of the dead is
used again, first by an elementwise successor in place, else through the pool by the next value that fits. What the
program returns gets memory of its own at every call, or the place of a donated argument.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from ..autodiff.program import Equation, Program, Variable
from .blocks import Block
from .operations import kind_of

FOREVER = 1 << 60


@dataclass(eq=False)
class Buffer:
    """A kept piece of memory: ``size`` elements of ``dtype``, made once, called ``name`` in its first ``shape``."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    views: dict = field(default_factory=dict)  # spelled expression -> name of the view made beside it

    @property
    def size(self) -> int:
        return math.prod(self.shape)

    def spelled(self, shape) -> str:
        """The expression for the buffer's first elements in a shape."""
        if shape == self.shape:
            return self.name
        size = math.prod(shape)
        flat = self.name if len(self.shape) == 1 else f"{self.name}.ravel()"
        return f"{flat if size == self.size else f'{flat}[:{size}]'}.reshape({shape})"


class Pool:
    """Kept buffers, handed out and taken back; the smallest free one that fits is used again."""

    def __init__(self, prefix: str = "t", waste: float = 1.5, exact: bool = False, taken=frozenset()):
        self.prefix = prefix
        self.taken = taken  # names that mean something else
        self.waste = waste
        self.exact = exact  # whether only a buffer of the very shape will do
        self.buffers: list[Buffer] = []
        self.free: list[Buffer] = []

    def take(self, shape, dtype: str) -> Buffer:
        size = math.prod(shape)
        fitting = [b for b in self.free if b.dtype == dtype and size <= b.size <= self.waste * size]
        if self.exact:
            fitting = [b for b in fitting if b.shape == tuple(shape)]
        if fitting:
            buffer = min(fitting, key=lambda b: (b.size, b.shape != shape))
            self.free.remove(buffer)
            return buffer
        return self.new(shape, dtype)

    def new(self, shape, dtype: str) -> Buffer:
        name = f"{self.prefix}{len(self.buffers)}"
        while name in self.taken or f"{name}_i" in self.taken:
            name += "_"
        buffer = Buffer(name, tuple(shape), dtype)
        self.buffers.append(buffer)
        return buffer

    def give(self, buffer: Buffer) -> None:
        self.free.append(buffer)


def roots_of(items) -> dict[Variable, Variable]:
    """For every value that is a view, the value whose memory it shows."""
    root: dict[Variable, Variable] = {}
    for item in items:
        if isinstance(item, Equation) and kind_of(item) == "view":
            x = item.inputs[0]
            if isinstance(x, Variable):
                root[item.outputs[0]] = root.get(x, x)
    return root


def last_uses(items, program: Program, root) -> dict[Variable, int]:
    """The index of the last item that reads each value or a view of it; `FOREVER` for what is returned."""
    last: dict[Variable, int] = {}
    for i, item in enumerate(items):
        for x in item.inputs:
            if isinstance(x, Variable):
                last[root.get(x, x)] = i
                last[x] = i
    for x in program.outputs:
        if isinstance(x, Variable):
            last[root.get(x, x)] = last[x] = FOREVER
    return last


def birthplaces(items, program: Program, root) -> dict[Variable, tuple[Variable, int]]:
    """Values that can be made inside the concatenation along the first axis they end in: value -> (it, first row).

    That saves the copy. It needs a value with memory of its own, an array that its maker puts where it is told, and which
    lies flat in one concatenation only.
    """
    maker = {v: item for item in items for v in item.outputs}
    returned = {root.get(x, x) for x in program.outputs if isinstance(x, Variable)}
    places: dict[Variable, tuple[Variable, int]] = {}
    for item in items:
        if not isinstance(item, Equation) or item.primitive.name != "concatenate" or item.params["axis"] != 0:
            continue
        whole, offset = item.outputs[0], 0
        for part in item.inputs:
            x = root.get(part, part) if isinstance(part, Variable) else None
            made = maker.get(x)
            writes = isinstance(made, Block) or (isinstance(made, Equation) and kind_of(made) in ("ufunc", "into"))
            # a total is a Python number until its loop ends, and has no memory that could lie elsewhere
            flat = len(whole.shape) == 1 and x is not None and x.shape != () and math.prod(x.shape) == part.shape[0]
            straight = part is x or (flat and flattens(maker, part, x))
            concatenates = isinstance(made, Equation) and made.primitive.name == "concatenate"
            if writes and straight and not concatenates and x.dtype == whole.dtype and not (x in places or x in returned):
                places[x] = (whole, offset)
            offset += part.shape[0]
    return places


def flattens(maker, part, x) -> bool:
    """Whether ``part`` is ``x`` seen through reshapes alone."""
    while part is not x:
        equation = maker.get(part)
        if not isinstance(equation, Equation) or equation.primitive.name != "reshape":
            return False
        part = equation.inputs[0]
    return True
