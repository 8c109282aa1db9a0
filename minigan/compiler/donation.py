"""Donated arguments: kept in place from call to call, and overwritten by the results that replace them."""

from __future__ import annotations

import builtins
from collections import defaultdict, deque

import numpy as np

from ..autodiff.program import Equation, Program, Variable
from ..autodiff.trees import Structure
from .algebra import uniform_value
from .blocks import Block
from .buffers import Buffer, flattens
from .operands import number_text
from .operations import kind_of

LONG = 1 << 10  # elements of a constant from which on it is written as the number it repeats, not copied


def given_up(program: Program, structure: Structure, traced, donate, scalars=False) -> list[Variable]:
    """The inputs that are given up, in order.

    NumPy's numbers of shape () have no memory to write in; with ``scalars``, arrays of shape () count.
    """
    args = structure.children[0]
    if any(i >= len(args.children) for i in donate):
        raise ValueError(f"donate names argument {max(donate)}, and the function was called with {len(args.children)}")
    ends, positions = 0, set()
    for i, child in enumerate(args.children):
        if i in donate:
            positions.update(range(ends, ends + child.size))
        ends += child.size
    return [v for v, i in zip(program.inputs, traced) if i in positions and (v.shape or scalars)]


def homes(program: Program, donated: list[Variable]) -> dict[Variable, Variable]:
    """Which result takes the place of which donated input: the first left of its shape and dtype, in order."""
    home: dict[Variable, Variable] = {}
    free = dict.fromkeys(x for x in program.outputs if isinstance(x, Variable))
    given, alike = set(donated), defaultdict(deque)
    for y in free:
        if y not in given:
            alike[y.shape, y.dtype].append(y)
    for x in donated:
        if x in free:
            home[x] = x
        elif waiting := alike[x.shape, x.dtype]:
            home[x] = waiting.popleft()
    return home


class Donation:
    """The part of a `Writer` that takes arguments in and gives results out."""

    def _receive(self) -> list[str]:
        """Parameters; donated arrays live in kept memory, into which they are copied unless they are there."""
        self.residents: list[Buffer] = []
        self.kept: list[str] = []
        self.resident: dict[Variable, str] = {}
        self.flat_home: dict[Variable, list] = {}
        self.shown: dict[Variable, dict] = {}  # results that are, or show, a value -> the arguments they replace
        self.maker = {v: item for item in self.items for v in item.outputs}
        donated = {x: i for i, x in enumerate(x for x in self.program.inputs if x in self.home and x.shape)}
        for item in self.items:
            self._reside_together(item, donated)
        for x in donated:
            if x not in self.resident:
                buffer = Buffer(self._own_name(x), x.shape, x.dtype)
                self.residents.append(buffer)
                self.resident[x] = buffer.name
                self.static.add(buffer.name)
            self.spelling[x] = self.resident[x]
            self.kept.append(self.resident[x])
        self.lying = {self.resident[x]: [i] for x, i in donated.items()}
        for whole, parts in self.flat_home.items():
            for x in parts:
                del self.lying[self.resident[x]]
            self.lying[self.resident[whole]] = [donated[x] for x in parts]
        for x in self.program.inputs:
            self.spelling.setdefault(x, x.name)
        self.stays = {y: self.resident[x] for x, y in self.home.items() if x in self.resident}
        for x, y in self.home.items():
            if x in self.resident:
                self.shown.setdefault(self.root.get(y, y), {})[y] = x
        if donated:
            self.lines.append("received(given)")
        return [*(["given"] if donated else []), *(x.name for x in self.program.inputs if x not in self.resident)]

    def _reside_together(self, item, donated):
        """Donated arrays that are concatenated live end to end, so that the concatenation is there already."""
        if not isinstance(item, Equation) or item.primitive.name != "concatenate":
            return
        parts = [self.root.get(x, x) if isinstance(x, Variable) else None for x in item.inputs]
        if not all(x in donated and x not in self.resident for x in parts) or len(set(parts)) < len(parts):
            return
        whole = item.outputs[0]
        if len(whole.shape) != 1 or not all(
            x.dtype == whole.dtype and flattens(self.maker, part, x) for x, part in zip(parts, item.inputs)
        ):
            return
        buffer = Buffer(self._unique(f"k{len(self.residents)}"), whole.shape, whole.dtype)
        self.residents.append(buffer)
        self.static.add(buffer.name)
        self.spelling[whole] = self.resident[whole] = buffer.name
        self.flat_home[whole] = parts
        start = 0
        for x, p in zip(parts, item.inputs):
            stop = start + p.shape[0]
            place = f"{buffer.name}[{start}:{stop}].reshape({x.shape})"
            self.resident[x] = self._view(place, self._own_name(x), exactly=True)
            start = stop

    def _own_name(self, x) -> str:
        """The name of an argument's kept memory, which the whole module sees: it must hide no function."""
        return self._unique(f"{x.name}_") if hasattr(builtins, x.name) else x.name

    def _home(self, i, out, equation, position=None) -> str | None:
        """The place of the donated argument that ``out`` replaces, if nobody reads that any more."""
        shown = self.shown.get(out)
        if not shown:
            return None
        if list(shown) == [out]:
            (donated,) = shown.values()
            around = [whole for whole, parts in self.flat_home.items() if donated in parts]
            needs, place = [donated, *around], self.resident[donated]
        else:
            whole = self._flat_of(out, shown)
            if whole is None:
                return None
            needs, place = [whole, *self.flat_home[whole]], self.resident[whole]
        for x in needs:
            ends = self.last.get(x, -1)
            if ends > i:
                return None
            if ends == i and not self._reads_plainly(equation, x, position):
                return None
        self.landed.add(out)
        return place

    def _flat_of(self, out, shown):
        """The resident concatenation whose parts ``out`` would replace one by one, in the same order."""
        offsets = self._offsets(out)
        for whole, parts in self.flat_home.items():
            if whole.shape != out.shape or whole.dtype != out.dtype or set(shown.values()) != set(parts):
                continue
            starts = np.cumsum([0, *(int(np.prod(x.shape)) for x in parts)])
            if all(offsets.get(y) == starts[parts.index(x)] for y, x in shown.items()):
                return whole
        return None

    def _offsets(self, out):
        """Where in the flat value ``out`` each returned slice of it begins."""
        offsets: dict = {}
        for item in self.items:
            if isinstance(item, Equation) and kind_of(item) == "view":
                x, y = item.inputs[0], item.outputs[0]
                if item.primitive.name == "getitem" and x is out and isinstance(item.params["index"], slice):
                    offsets[y] = item.params["index"].start or 0
                elif item.primitive.name == "reshape" and x in offsets:
                    offsets[y] = offsets[x]
        return offsets

    def _reads_plainly(self, item, x, position) -> bool:
        """Whether the item reads ``x`` only element by element, and not after the result is written."""
        equations = item.equations if isinstance(item, Block) else (item,)
        if not isinstance(item, Block) and kind_of(item) != "ufunc":
            return False
        for j, equation in enumerate(equations):
            for y in equation.inputs:
                if not isinstance(y, Variable) or self.root.get(y, y) is not x:
                    continue
                if y is not x or y.shape != equation.outputs[0].shape or (position is not None and j > position):
                    return False
        return True

    def _copied_home(self, out) -> bool:
        """Whether ``out`` is returned only by being copied into a donated argument's place."""
        shown = self.returned.get(out)
        return bool(shown) and all(y in self.stays for y in shown)

    def _return(self) -> str:
        """The results; what must not be seen to change later is copied: kept memory, and the caller's own arrays."""
        stays, seen, given = self.stays, set(), set(self.program.inputs)
        early, late, parts = [], {}, []  # copied before donated memory is overwritten, and into it

        def copy_of(x):
            name = self._unique("copied")
            early.append(f"{name} = np.array({self.spelling[x]})")
            return name

        for x in self.program.outputs:
            if not isinstance(x, Variable):
                parts.append(self._constant_result(x))
            elif x in stays:
                if self.spelling[x] != stays[x] and x not in late:
                    shows_donated = self.root.get(x, x) in self.resident
                    late[x] = f"np.copyto({stays[x]}, {copy_of(x) if shows_donated else self.spelling[x]})"
                parts.append(stays[x])
            else:
                shared = x.shape != () and (x in seen or self.root.get(x, x) in given)
                parts.append(copy_of(x) if shared or self._is_kept(x) else self.spelling[x])
                seen.add(x)
        self.lines += [*early, *late.values()]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"

    def _constant_result(self, x) -> str:
        if isinstance(x, np.ndarray | np.generic):
            if x.size > LONG and (value := uniform_value(x)) is not None:
                return f"np.full({x.shape}, {number_text(value)}, np.{x.dtype})"
            return f"{self._constant(x)}.copy()"
        if isinstance(x, int | float):
            return number_text(x)
        return repr(x).replace(" ", "\\x20")  # a line cannot be broken there

    def _is_kept(self, x) -> bool:
        root = self.root.get(x, x)
        return root in self.storage or root in self.resident or self.spelling[root] in self.static
