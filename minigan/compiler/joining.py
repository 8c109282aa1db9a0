"""Two batches through one network at once: D's pass over real samples and its pass over fake ones.

Where the same weights multiply two batches, the batches are laid end to end and multiplied together, and so on through
everything that treats rows alike; a product's two gradients for the weights become one. For small networks that saves
half of the calls, for wide ones a pass over the weights in every product, and the sum of two gradients. Rows are only
joined where every operation acts on each row alone, so batch statistics end a join.
Sums over rows add in another order; all else is exact.
"""

from __future__ import annotations

import functools
import heapq
import math
from collections import defaultdict
from dataclasses import replace

import numpy as np

from ..autodiff.primitive import PRIMITIVES, ones
from ..autodiff.program import Equation, Program, Variable
from ..backend import active
from .algebra import uniform_value
from .dead_code import remove_dead_code
from .operations import ufunc_of
from .order import ordered

LARGEST = 1 << 18  # bytes of a product, and of an operand to be copied, up to which one call is sure to beat two


def join_batches(program: Program, largest: int = LARGEST) -> Program:
    """The program with products of two small batches with the same weights, and what follows row by row, joined."""
    joiner = _Joiner(program, largest)
    while joiner.sweep():
        pass
    if not joiner.joined:
        return program
    equations = ordered(joiner.equations())
    if len(equations) < len(joiner.place):  # two joins would have to wait for each other
        return program
    return remove_dead_code(replace(program, equations=tuple(equations)))


class _Joiner:
    """A program while batches are joined. A sweep looks again at what the last one touched, and at nothing else: twenty
    unrolled updates take 0.15 s, and took 2 when every sweep went over the whole program."""

    def __init__(self, program, largest):
        self.program = program
        self.largest = largest
        self.place: dict[Equation, float] = {}  # where in the program an equation stands; a new one comes last
        self.end = 0
        self.defined: dict[Variable, Equation] = {}
        self.uses: dict[Variable, list[Equation]] = defaultdict(list)
        self.half: dict[Variable, tuple[Variable, int]] = {}  # a value that is the first or second part of a joined one
        self.sides = [0, 0]  # the equations that made first parts, and second ones, as bit sets
        self.joined = 0
        self.weights: set[Variable] = set()  # what has multiplied joined batches; on the way back it does so again
        self.keys: dict[Equation, tuple] = {}  # what `_key` has found
        self.alike: dict[tuple, dict[Equation, int | None]] = defaultdict(dict)  # equations with one key, and their sides
        self.beginnings: dict[tuple, tuple[Equation, Equation]] = {}  # for a key, the first pair that could begin a join
        self.changed: dict[Equation, None] = {}  # equations whose key may be another than it was
        self.sums: list[tuple[float, Equation]] = []  # a heap: sums that may now be one of a joined product
        for equation in program.equations:
            self._add(equation)

    def equations(self) -> list[Equation]:
        """The program as it is now."""
        return sorted(self.place, key=self.place.__getitem__)

    def _add(self, equation, place=None):
        self.place[equation] = self.end if place is None else place
        self.end += 1
        for x in equation.inputs:
            if isinstance(x, Variable):
                self.uses[x].append(equation)
        for variable in equation.outputs:
            self.defined[variable] = equation
        name = equation.primitive.name
        if name in ("dot", "matmul") or any(isinstance(x, Variable) and x in self.half for x in equation.inputs):
            self.changed[equation] = None
        if name == "add":
            self._sum_changed(equation)
        elif name in ("dot", "matmul"):
            self._sums_changed(equation)

    def _remove(self, equation):
        del self.place[equation]
        self.changed[equation] = None

    def _sum_changed(self, equation):
        if equation.primitive.name == "add" and equation in self.place:
            heapq.heappush(self.sums, (self.place[equation], equation))

    def _sums_changed(self, product):
        for use in self.uses[product.outputs[0]]:
            self._sum_changed(use)

    @functools.cached_property
    def before(self):
        """For every value, the equations that it waits for, as a bit set."""
        sets: dict[Variable, int] = {}
        for i, equation in enumerate(self.program.equations):
            mask = 1 << i
            for x in equation.inputs:
                if isinstance(x, Variable):
                    mask |= sets.get(x, 0)
            for variable in equation.outputs:
                sets[variable] = mask
        return sets

    def _apart(self, x, y) -> bool:
        """Whether neither of two values, each the result of an equation, is computed from the other."""
        a, b = self.before.get(x, 0), self.before.get(y, 0)
        return not (self._own(x) & b or self._own(y) & a)

    def _own(self, x) -> int:
        return 1 << (self.before[x].bit_length() - 1) if x in self.before else 0

    def sweep(self) -> bool:
        """Join every pair of equations that follow from joined ones, else the first two products that begin a join."""
        pairs = [pair for key in self._changed_keys() for pair in self._pairs(key)]
        beginning = min(self.beginnings.values(), key=self._found_at, default=None)
        if not pairs and beginning is None:
            return self._join_sums()
        for first, second in sorted(pairs, key=self._found_at) or [self._in_order(beginning)]:
            self._join(first, second)
        return True

    def _found_at(self, pair):
        return max(self.place[equation] for equation in pair)

    def _changed_keys(self):
        """The keys that equations have got or lost, once every equation in question has the key that is due to it."""
        found: dict[tuple, None] = {}
        for equation in self.changed:
            if known := self.keys.pop(equation, None):
                del self.alike[known[0]][equation]
                found[known[0]] = None
            there = equation in self.place and equation.outputs[0] not in self.half
            if there and (new := self._key(equation)):
                self.keys[equation] = new
                self.alike[new[0]][equation] = new[1]
                found[new[0]] = None
        self.changed = {}
        return found

    def _pairs(self, key) -> list[tuple[Equation, Equation]]:
        """The pairs that follow from joined equations; one that could begin a join is noted instead."""
        waiting: dict[int | None, Equation] = {}
        pairs: list[tuple[Equation, Equation]] = []
        self.beginnings.pop(key, None)
        for equation, side in sorted(self.alike[key].items(), key=lambda item: self.place[item[0]]):
            other = waiting.get(None if side is None else 1 - side)
            if other is None or not self._apart(other.outputs[0], equation.outputs[0]):
                waiting.setdefault(side, equation)
            elif side is None:
                self.beginnings[key] = other, equation
                break
            else:
                pairs.append((other, equation) if side == 1 else (equation, other))
                del waiting[1 - side]
        return pairs

    def _in_order(self, pair):
        """A pair whose first member belongs to the batch that came first in earlier joins."""

        def leaning(equation):
            """How many more of the first parts it was computed from than of the second."""
            seen = self.before.get(equation.outputs[0], 0)
            return (seen & self.sides[0]).bit_count() - (seen & self.sides[1]).bit_count()

        first, second = pair
        return (second, first) if leaning(second) > leaning(first) else (first, second)

    def _key(self, equation):
        """What a partner must share, and whether this is the first or second of the two (``None``: not yet known)."""
        name, out = equation.primitive.name, equation.outputs[0]
        if name in ("dot", "matmul"):
            x, w = equation.inputs
            if len(out.shape) != 2 or not isinstance(x, Variable) or not isinstance(w, Variable) or w in self.half:
                return None
            if len(x.shape) != 2:
                return None
            if x in self.half:
                joined, side = self.half[x]
                return ("product", id(joined), id(w)), side
            worth = max(self.largest, _bytes(w))  # weights are then read once instead of twice
            copied = _bytes(x) if _weights(w, self.defined) in self.weights else max(_bytes(out), _bytes(x))
            if _transposed_batch(x, self.defined) or copied > worth:
                return None
            return ("batch", id(w), x.dtype), None
        if ufunc_of(equation) is None or len(out.shape) < 2 or out.shape[0] < 2:
            return None
        operands, sides = [], set()
        for x in equation.inputs:
            if isinstance(x, Variable) and x in self.half and x.shape == out.shape:
                joined, side = self.half[x]
                operands.append(("half", id(joined)))
                sides.add(side)
            elif len(getattr(x, "shape", ())) < len(out.shape) and not hasattr(x, "__array__"):
                operands.append(("same", id(x)) if isinstance(x, Variable) else (type(x).__name__, repr(x)))
            else:
                return None
        return ((name, tuple(operands)), sides.pop()) if len(sides) == 1 else None

    def _join(self, first, second):
        operands = []
        if first.primitive.name in ("dot", "matmul"):
            self._multiplies(_weights(first.inputs[1], self.defined))
        for x, y in zip(first.inputs, second.inputs):
            if x is y or not isinstance(x, Variable):  # first: the weights may be one of the batches
                operands.append(x)
            elif x in self.half and y in self.half and self.half[x][0] is self.half[y][0]:
                operands.append(self.half[x][0])
            else:
                operands.append(self._concatenated(x, y))
        a, b = first.outputs[0], second.outputs[0]
        whole = self._new(a, b)
        self.before[whole] = self.before.get(a, 0) | self.before.get(b, 0)
        self._remove(first)
        self._remove(second)
        self._add(Equation(first.primitive, tuple(operands), first.params, (whole,)))
        for part in self._halves(whole, a, b):
            self._add(part)
        self._remember(whole, a, b)
        self.joined += 1

    def _multiplies(self, weights):
        """``weights`` have multiplied joined batches, which matters to whatever else they multiply."""
        if weights not in self.weights:
            self.weights.add(weights)
            for use in self.uses[weights]:
                turned = self.uses[use.outputs[0]] if use.primitive.name == "transpose" else ()
                self.changed.update(dict.fromkeys([use, *turned]))

    def _new(self, a, b) -> Variable:
        return Variable(f"both_{a.name}", (a.shape[0] + b.shape[0], *a.shape[1:]), a.dtype)

    def _remember(self, whole, a, b):
        for side, part in enumerate((a, b)):
            self.sides[side] |= self._own(part)
            if part in self.half:
                continue
            self.half[part] = whole, side
            if part in self.defined:
                self.changed[self.defined[part]] = None
            for use in self.uses[part]:
                self.changed[use] = None
                for product in self.uses[use.outputs[0]] if use.primitive.name == "transpose" else (use,):
                    self._sums_changed(product)

    def _halves(self, whole, a, b):
        n = a.shape[0]
        return [
            Equation(PRIMITIVES["getitem"], (whole,), {"index": slice(0, n)}, (a,)),
            Equation(PRIMITIVES["getitem"], (whole,), {"index": slice(n, whole.shape[0])}, (b,)),
        ]

    def _concatenated(self, x, y) -> Variable:
        whole = self._new(x, y)
        self._add(Equation(PRIMITIVES["concatenate"], (x, y), {"axis": 0}, (whole,)))
        self._remember(whole, x, y)
        return whole

    def _join_sums(self) -> bool:
        """a1^T b1 + a2^T b2 is the product of the joined a and b, and sums over rows alike."""
        while self.sums:
            place, equation = heapq.heappop(self.sums)
            if equation in self.place and (found := self._joined_sum(equation)):
                self._remove(equation)
                for i, new in enumerate(found, 1 - len(found)):
                    self._add(new, place + i / 2)  # where the sum was, and between it and what comes before
                self.joined += 1
                return True
        return False

    def _joined_sum(self, equation) -> list[Equation] | None:
        """The product that a sum of two is, after what it needs."""
        first, second = (self.defined.get(x) if isinstance(x, Variable) else None for x in equation.inputs)
        made_by = {e.primitive.name if e else None for e in (first, second)}
        if made_by not in ({"dot"}, {"matmul"}):
            return None
        left = self._whole_left(first.inputs[0], second.inputs[0])
        right = (first.inputs[1], second.inputs[1])
        b1, b2 = (self.half.get(x) if isinstance(x, Variable) else None for x in right)
        if left is None or not (b1 and b2) or b1[0] is not b2[0] or b1[1] == b2[1]:
            return None
        whole, extra, order = left
        if order != (b1[1], b2[1]) and order is not None:
            return None
        return [*extra, Equation(PRIMITIVES["dot"], (whole, b1[0]), {}, equation.outputs)]

    def _whole_left(self, x, y):
        """The joined form of two left factors: transposes of two halves, or two vectors of ones."""
        known = [v for v in (x, y) if not isinstance(v, Variable)]
        if known:
            if len(known) == 2 and all(uniform_value(v) == 1 and len(v.shape) == 1 for v in known):
                return ones(active(), x.shape[0] + y.shape[0], x.dtype), [], None
            return None
        first, second = self.defined.get(x), self.defined.get(y)
        if not (first and second and first.primitive.name == second.primitive.name == "transpose"):
            return None
        a, b = (self.half.get(e.inputs[0]) for e in (first, second))
        if not (a and b) or a[0] is not b[0] or a[1] == b[1] or len(a[0].shape) != 2:
            return None
        turned = Variable(f"{a[0].name}_T", a[0].shape[::-1], a[0].dtype)
        return turned, [Equation(PRIMITIVES["transpose"], (a[0],), {"axes": (1, 0)}, (turned,))], (a[1], b[1])


def _bytes(x: Variable) -> int:
    return math.prod(x.shape) * np.dtype(x.dtype).itemsize


def _weights(w: Variable, defined) -> Variable:
    """The weights themselves, where a product takes their transpose."""
    equation = defined.get(w)
    return equation.inputs[0] if equation is not None and equation.primitive.name == "transpose" else w


def _transposed_batch(x, defined) -> bool:
    equation = defined.get(x)
    return equation is not None and equation.primitive.name == "transpose"
