"""A block written as a loop over rows, with memory for a few rows at a time."""

from __future__ import annotations

import math
import re

import numpy as np

from ..autodiff.primitive import ones
from ..autodiff.program import Variable
from ..backend import get
from .buffers import FOREVER, Buffer
from .element_kernels import element_kernel_of
from .inner_products import LONGEST_PRODUCT
from .operands import LONGEST_ROW, compared_shape, operand_dtype
from .operations import ufunc_of, written

MANY_ROWS = 8  # from so many on it pays to write out what they all meet


class Loop:
    """One block on its way into lines: those before the loop, the slices that it begins with, and its body."""

    longest = LONGEST_ROW  # elements of a number that is written out

    def __init__(self, writer, i, block):
        self.writer, self.i, self.block = writer, i, block
        self.rows, self.row = block.shape[0], block.shape[1:]
        self.step = self.rows_at_once()
        self.uneven = self.rows % self.step != 0
        self.final = {x: j for j, e in enumerate(block.equations) for x in e.inputs if isinstance(x, Variable)}
        self.outer = dict(writer.spelling)
        self.before: list[str] = []
        self.cut: list[str] = []
        self.body: list[str] = []
        self.after: list[str] = []
        self.sums: list[tuple[Variable, str]] = []  # running sums, Python's numbers until the loop ends
        self.local: dict[Variable, str] = {}  # how values are spelled inside
        self.owned: dict[Variable, Buffer] = {}  # memory for a few rows of values that do not leave
        self.scratch: set[str] = set()
        self.slices: dict[str, str] = {}
        self.tiles: dict[str, Buffer] = {}

    def rows_at_once(self) -> int:
        return self.block.step()

    # -- what is read ------------------------------------------------------------------------------------------

    def slice_of(self, name) -> str:
        if name not in self.slices:
            short = re.match(r"\w+", name)[0] + "_i"
            while short in self.writer.used or short in self.slices.values():
                short += "i"
            self.slices[name] = short
            self.cut.append(f"{short} = {name}[lo:hi]")
        return self.slices[name]

    def tile_of(self, x, spelled) -> str:
        """An operand that all rows meet, written out to the length of a row: NumPy's inner loops then get longer."""
        size, length = math.prod(x.shape), math.prod(self.row)
        if not 1 < size < length <= LONGEST_ROW or self.rows < MANY_ROWS or x.shape[0] == 1 < size:
            return spelled
        if spelled not in self.tiles:
            self.tiles[spelled] = tile = self.writer.block_pool.take(self.row, np.dtype(x.dtype).name)
            self.before.append(f"np.copyto({tile.name}, {spelled})")
        return self.tiles[spelled].name

    def reader(self, equation):
        shape = compared_shape(equation, self.row if self.uneven else (self.step, *self.row), self.longest)

        def read(x):
            if isinstance(x, Variable) and x in self.local:
                return self.local[x]
            spelled = self.writer._read(x, operand_dtype(equation), shape)
            own = tuple(getattr(x, "shape", ()))
            if len(own) == len(self.block.shape) and own[0] == self.rows > 1:
                short = self.slice_of(spelled)
                if isinstance(x, Variable):
                    self.local[x] = short
                return short
            return self.tile_of(x, spelled) if own and ufunc_of(equation) else spelled

        return read

    # -- what is written ---------------------------------------------------------------------------------------

    def write(self, j, equation) -> None:
        """The lines of the block's ``j``-th equation."""
        out, read, name = equation.outputs[0], self.reader(equation), equation.primitive.name
        calls = name == "where" and element_kernel_of(equation) is None
        leaves = self.writer.last.get(out, -1) > self.i or out in self.writer.places
        if name in ("sum", "vdot"):
            self.sum(equation, read)
            return
        if leaves:
            into = self.slice_of(self.place_outside(out, j))
        elif calls:
            self.local[out] = self.writer._unique(out.name)
            self.body.append(f"{self.local[out]} = {written(equation, read, None)}")
            return
        else:
            for x in equation.inputs:
                if isinstance(x, Variable):
                    read(x)  # spelled before a buffer changes hands
            into = self.memory_of(out, j, equation)
        self.body.append(f"{into}[...] = {written(equation, read, None)}" if calls else written(equation, read, into))
        self.local[out] = into
        for x in dict.fromkeys(x for x in equation.inputs if isinstance(x, Variable)):
            if x in self.owned and self.final.get(x) == j:
                self.writer.block_pool.give(self.owned.pop(x))

    def place_outside(self, out, j) -> str:
        """Where a value that is read outside goes as a whole."""
        writer = self.writer
        place = writer._place(out) or writer._home(self.i, out, self.block, j)
        if place is None and self.is_kept(out):
            place = self.place_of_the_dead(out, j) or writer._keep(out)
        if place is None:
            place = writer._unique(out.name)
            self.before.append(f"{place} = np.empty({out.shape}, np.{out.dtype})")
        self.outer[out] = writer.spelling[out] = place
        return place

    def place_of_the_dead(self, out, j) -> str | None:
        """The memory of an array that is last read here, row by row, and not after the ``j``-th equation."""
        writer = self.writer
        for x in self.block.inputs:
            if not isinstance(x, Variable) or x not in writer.storage or writer.last.get(x, -1) > self.i:
                continue
            read = [y for y in self.final if x in (writer.root.get(y, y), self.whole_of(y))]
            alike = (x.shape, x.dtype) == (out.shape, out.dtype)
            if alike and read == [x] and self.final[x] <= j and x not in writer.places:
                writer.storage[out] = writer.storage.pop(x)
                return writer.spelling[x]
        return None

    def whole_of(self, y):
        """The concatenation that a value, or what it is a view of, lies in."""
        whole, _ = self.writer.places.get(self.writer.root.get(y, y), (None, 0))
        return whole

    def is_kept(self, out) -> bool:
        return self.writer.last.get(out, -1) < FOREVER or self.writer._copied_home(out)

    def memory_of(self, out, j, equation) -> str:
        """Memory for a few rows of ``out``: that of an operand that dies here, or a piece of its own."""
        own = [x for x in equation.inputs if isinstance(x, Variable) and x in self.owned]
        dying = [x for x in own if self.final[x] == j and x.dtype == out.dtype]
        if dying:
            self.owned[out] = self.owned.pop(dying[0])
        else:
            self.owned[out] = self.writer.block_pool.take((self.step, *self.row), out.dtype)
            self.scratch.add(self.owned[out].name)
        name = self.owned[out].name
        return f"{name}_i" if self.uneven else name

    def sum(self, equation, read) -> None:
        """A running sum: of everything, a number; of all rows, in the place of the result."""
        x, (out,), writer = equation.inputs[0], equation.outputs, self.writer
        if not out.shape:
            name = writer._unique(out.name)
            if equation.primitive.name == "vdot":
                self.total(out, name, *map(read, equation.inputs))
            elif out.dtype == "float64" and len(self.block.shape) == 1:
                self.total(out, name, read(x), self.ones(1, out.dtype))
            else:
                self.total(out, name, read(x))
            self.sums.append((out, name))
            return
        place = writer._place(out) or (writer._keep(out) if self.is_kept(out) else None)
        if place is None:
            place = writer._unique(out.name)
            self.before.append(f"{place} = np.zeros({out.shape}, np.{out.dtype})")
        else:
            self.before.append(f"{place}[...] = 0.0")
        self.outer[out] = writer.spelling[out] = place
        flat = read(x) if len(self.block.shape) == 2 else f"{read(x)}.reshape(-1, {self.row[-1]})"
        self.total_of_rows(out, place, flat)

    def total(self, out, name, *factors) -> None:
        """Begin the number ``name`` at zero and add the sum of everything in an array, or in the product of two."""
        self.before.append(f"{name} = 0.0")
        if factors[1:] and out.dtype == "float32":
            rows = f"reshape(-1, {self.block.length_of_rows(LONGEST_PRODUCT)})"
            line = f"np.add.reduce(np.vecdot({factors[0]}.{rows}, {factors[1]}.{rows}), None)"
        elif factors[1:]:
            line = f"{'np.dot' if len(self.block.shape) == 1 else 'np.vdot'}({', '.join(factors)})"
        elif ones := self.ones_of_rows(out):
            line = f"np.add.reduce({factors[0]}.reshape(-1, {len(ones[1])}).dot({ones[0]}), None)"
        else:
            line = f"np.add.reduce({factors[0]}, None)"
        self.body.append(f"{name} += {line}")

    def ones(self, between, dtype) -> str:
        """So many ones for every row."""
        ones = self.writer._constant(np.ones(self.step * between, dtype))
        return f"{ones}[: (min(hi, {self.rows}) - lo) * {between}]" if self.uneven else ones

    def ones_of_rows(self, out):
        """Ones as many as a row has, and their name before; nothing where there are no such rows."""
        length = self.block.length_of_rows()
        if length is None:
            return None
        values = ones(get("numpy"), length, out.dtype)
        return self.writer._constant(values), values

    def total_of_rows(self, out, place, flat) -> None:
        """Add the sum of the rows of ``flat`` to the array ``place``, which begins at zero."""
        ones = self.ones(math.prod(self.row[:-1]), out.dtype)
        self.body.append(f"np.add({place}, np.dot({ones}, {flat}), {place})")

    def finished(self) -> list[str]:
        """All lines; the memory goes back."""
        for buffer in (*self.owned.values(), *self.tiles.values()):
            self.writer.block_pool.give(buffer)
        if self.uneven:
            self.cut += [f"{name}_i = {name}[: min(hi, {self.rows}) - lo]" for name in sorted(self.scratch)]
        tail = list(self.after)
        for out, name in self.sums:
            if out.dtype != "float64":
                tail.append(f"{name} = np.{out.dtype}({name})")
            self.writer.spelling[out] = name
        for x in self.block.outputs:
            if x in self.outer:
                self.writer.spelling[x] = self.outer[x]
        return [*self.lines(), *tail]

    def lines(self) -> list[str]:
        """What comes before the loop, and the loop."""
        head = [*self.before, f"for lo in range(0, {self.rows}, {self.step}):", f"    hi = lo + {self.step}"]
        return [*head, *(f"    {line}" for line in (*self.cut, *self.body))]
