"""A block written as a loop over rows, with memory for a few rows at a time."""

from __future__ import annotations

import re

from ..autodiff.program import Variable
from .buffers import FOREVER, Buffer
from .operands import compared_shape, operand_dtype
from .operations import written


class Loops:
    """The part of a `Writer` that writes blocks."""

    def _block(self, i, block):
        step, rows = block.step(), block.shape[0]
        uneven = rows % step != 0
        inside = set(block.outputs)
        final = {x: j for j, e in enumerate(block.equations) for x in e.inputs if isinstance(x, Variable)}
        outer = dict(self.spelling)
        before, cut, body, sums = [], [], [], []
        local: dict[Variable, str] = {}
        owned: dict[Variable, Buffer] = {}

        slices: dict[str, str] = {}

        def slice_of(name):
            if name not in slices:
                short = re.match(r"\w+", name)[0] + "_i"
                while short in self.used or short in slices.values():
                    short += "i"
                slices[name] = short
                cut.append(f"{short} = {name}[lo:hi]")
            return slices[name]

        def read_in(equation):
            shape = compared_shape(equation, block.shape[1:] if uneven else (step, *block.shape[1:]))

            def read(x):
                if isinstance(x, Variable) and x in local:
                    return local[x]
                spelled = self._read(x, operand_dtype(equation), shape)
                own = tuple(getattr(x, "shape", ()))
                if len(own) == len(block.shape) and own[0] == rows and rows > 1:
                    short = slice_of(spelled)
                    if isinstance(x, Variable):
                        local[x] = short
                    return short
                return spelled

            return read

        kept_locals: set[str] = set()
        for j, equation in enumerate(block.equations):
            out, read = equation.outputs[0], read_in(equation)
            if equation.primitive.name == "sum":
                name = self._unique(out.name)
                before.append(f"{name} = 0.0")
                body.append(f"{name} += {written(equation, read, None)}")
                sums.append((out, name))
                continue
            leaves = self.last.get(out, -1) > i or out in self.places
            if leaves:
                place = self._place(out) or self._home(i, out, block, j)
                if place is None and (self.last.get(out, -1) < FOREVER or self._copied_home(out)):
                    place = self._keep(out)
                if place is None:
                    place = self._unique(out.name)
                    before.append(f"{place} = np.empty({out.shape}, np.{out.dtype})")
                outer[out] = self.spelling[out] = place
                into = slice_of(place)
            elif equation.primitive.name == "where":
                into = None
                name = self._unique(out.name)
                body.append(f"{name} = {written(equation, read, None)}")
                local[out] = name
                continue
            else:
                dying = [x for x in equation.inputs if x in owned and final[x] == j and x.dtype == out.dtype]
                operands = [read(x) for x in equation.inputs]  # spelled before a buffer changes hands
                if dying:
                    owned[out] = owned.pop(dying[0])
                else:
                    owned[out] = self.block_pool.take((step, *block.shape[1:]), out.dtype)
                    kept_locals.add(owned[out].name)
                into = owned[out].name
                if uneven:
                    into = f"{into}_i"
                del operands
            local_read = read
            if equation.primitive.name == "where":
                body.append(f"{into}[...] = {written(equation, local_read, None)}")
            else:
                body.append(written(equation, local_read, into))
            local[out] = into
            for x in {x for x in equation.inputs if isinstance(x, Variable)}:
                if x in owned and final.get(x) == j:
                    self.block_pool.give(owned.pop(x))
        for buffer in owned.values():
            self.block_pool.give(buffer)
        if uneven:
            cut += [f"{name}_i = {name}[: min(hi, {rows}) - lo]" for name in sorted(kept_locals)]
        self.lines += before
        self.lines.append(f"for lo in range(0, {rows}, {step}):")
        self.lines.append(f"    hi = lo + {step}")
        self.lines += [f"    {line}" for line in (*cut, *body)]
        for out, name in sums:
            if out.dtype != "float64":
                self.lines.append(f"{name} = np.{out.dtype}({name})")
            self.spelling[out] = name
        for x in inside:
            if x in outer:
                self.spelling[x] = outer[x]
