"""The program as a Python module over NumPy alone, one line an operation, memory planned."""

from __future__ import annotations

import builtins
import re
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from ..autodiff.program import Program, Variable
from . import shared_loops, shared_products
from .biases import BIASED, WITH_ONES, Biases
from .blocks import Block
from .buffers import FOREVER, Buffer, Pool, birthplaces, last_uses, roots_of
from .donation import Donation
from .element_kernels import element_kernel_of
from .loops import Loop
from .modules import (
    ALIGNED,
    RECEIVED,
    Module,
    allocations,
    joined_definitions,
    used_definitions,
    wrapped,
    wrapped_call,
    wrapped_line,
)
from .operations import OPERATORS, kind_of, needed_support, reserved, stands_alone, ufunc_of, written
from .reading import Operands
from .repeated_rows import RepeatedRows
from .scattered import Scattered, pieces_of_zeros
from .shared_loops import SharedLoop, is_shared
from .shared_products import is_shared_product, shared
from .small_products import called

SHARING = {"threads": shared_loops.NAMES, "shared_products": shared_products.NAMES}  # what modules with threads import
LONGEST_INSIDE = 60  # characters of an expression that is written where it is read


@dataclass(eq=False)
class Writer(Donation, Operands, Biases, RepeatedRows, Scattered):
    """Writes one program down; ``home`` maps donated inputs to the outputs that take their place; loops over
    large arrays are shared out to so many ``threads``."""

    program: Program
    items: list
    name: str = "f"
    home: dict[Variable, Variable] = field(default_factory=dict)
    threads: int = 1

    def __post_init__(self):
        self.root = roots_of(self.items)
        self.last = last_uses(self.items, self.program, self.root)
        self.places = birthplaces(self.items, self.program, self.root)
        for x, (whole, _) in self.places.items():
            end = max(self.last.get(whole, -1), self.last.get(x, -1))
            self.last[whole] = end
        self.spelling: dict[Variable, str] = {}
        self.storage: dict[Variable, Buffer] = {}  # kept memory of values that own theirs
        self.landed: set[Variable] = set()  # values made in the place of donated arguments
        self.fresh: set[Variable] = set()  # values whose memory is new at every call and may be overwritten
        self.constants: dict[str, object] = {}
        self.constant_names: dict = {}
        self.definitions: list[str] = []
        self.straight: set[Variable] = set()  # views of kept memory that lie in one piece
        self.static: set[str] = set()  # spellings that mean the same memory at every call
        self.beside: dict = {}  # memory in which factors lie beside ones, or above biases
        self.lines: list[str] = []
        if not any(self._is_worth_sharing(item) for item in self.items):
            self.threads = 1
        self.sharing = SHARING if self.threads > 1 else {}
        self.used = {*reserved(), *(v.name for v in self.program.inputs), *chain.from_iterable(self.sharing.values())}
        while self.name in self.used or hasattr(builtins, self.name):
            self.name += "_"
        self.used.add(self.name)
        self.pool, self.block_pool = Pool("t", taken=self.used), Pool("s", exact=True, taken=self.used)
        self.readers: dict[Variable, int] = {}
        for item in self.items:
            for x in item.inputs:
                if isinstance(x, Variable):
                    self.readers[x] = self.readers.get(x, 0) + 1
        self.returned: dict[Variable, list[Variable]] = {}  # a value -> the results that are, or show, it
        for x in self.program.outputs:
            if isinstance(x, Variable):
                self.readers[x] = self.readers.get(x, 0) + FOREVER
                self.returned.setdefault(self.root.get(x, x), []).append(x)
        blocks = (item for item in self.items if isinstance(item, Block))
        self.read_in_blocks = {x for block in blocks for x in block.inputs if isinstance(x, Variable)}
        self.pieces = pieces_of_zeros(self.items, self.readers, self.root)

    def _is_worth_sharing(self, item) -> bool:
        return (is_shared if isinstance(item, Block) else is_shared_product)(item, self.threads)

    # -- the module --------------------------------------------------------------------------------------------

    def module(self) -> Module:
        """Write everything."""
        parameters = self._receive()
        for i, item in enumerate(self.items):
            if isinstance(item, Block):
                self._block(i, item)
            else:
                self._equation(i, item)
            self._release(i, item)
        returned = self._return()
        lines = [part for line in [*self.lines, f"return {returned}"] for part in wrapped_line(line)]
        shares = bool(self.sharing) and any("share_" in line for line in lines)
        if shares:
            lines = ["with one_blas_thread:", *(f"    {line}" for line in lines)]
        text = "\n".join(lines)
        known = all(stands_alone(e) for e in self.program.equations)
        imports = ["import numpy as np"]
        if "special." in text:
            imports.append("from scipy import special")
        if not known:
            imports.append("from minigan.autodiff import PRIMITIVES")
        for file, names in self.sharing.items():
            if called := [name for name in names if re.search(rf"\b{name}\b", text)]:
                imports.append(f"from minigan.compiler.{file} import {', '.join(called)}")
        inputs = ", ".join(map(str, self.program.inputs))
        header = f'"""{self.name}({inputs})\n\nThe last argument of a ufunc is where its result goes."""\n'
        helpers = needed_support(text)
        if any("math." in part for part in helpers):
            imports.insert(0, "import math")
        if self.kept:
            imports.insert(0, "from operator import is_\n")
        memory = allocations(self._buffers())
        made = [ALIGNED] if memory or self.beside else []
        made += [f"\n{WITH_ONES}"] if self.beside else []
        header = "\n".join([wrapped(header), *imports, *(["\n", *made] if made else [])])
        kept = [f"KEPT = ({', '.join(self.kept)},)"] if self.kept else []
        views = used_definitions(self.definitions, "\n".join([text, *kept]))
        body = "\n".join([*wrapped_call(f"def {self.name}(", parameters, "):"), *(f"    {part}" for part in lines), ""])
        definitions = [*joined_definitions(views), *(p for k in kept for p in wrapped_line(k))]
        if self.kept:
            helpers.append(RECEIVED)
        body, alone = "\n\n".join([*helpers, body]), known and not shares
        return Module(self.name, header, self.constants, memory, definitions, body, alone, self.kept, self.lying)

    def _block(self, i, block):
        loop = (SharedLoop if is_shared(block, self.threads) else Loop)(self, i, block)
        for j, equation in enumerate(block.equations):
            loop.write(j, equation)
        self.lines += loop.finished()

    def memory_of_seats(self, name) -> str:
        """The name of a tuple of kept memory like ``name``, which is the first of them, one for each thread."""
        key = ("seats", name)
        if key not in self.constant_names:
            self.constant_names[key] = tuple_name = self._unique(f"{name}_of")
            more = f"*(aligned({name}.shape, {name}.dtype) for _ in range({self.threads - 1}))"
            self.definitions.append(f"{tuple_name} = ({name}, {more})")
        return self.constant_names[key]

    def _buffers(self):
        return [*self.residents, *self.pool.buffers, *self.block_pool.buffers]

    # -- one equation ------------------------------------------------------------------------------------------

    def _equation(self, i, equation):
        kind, out = kind_of(equation), equation.outputs[0]
        if equation.primitive.name == "concatenate" and self._assembled(i, equation):
            return
        read = self._reader(equation)
        if equation.primitive.name == "scatter_add" and self._scatter(equation, written(equation, read, None)):
            return
        if kind == "view":
            self._bind_view(equation, written(equation, read, None))
            return
        if kind == "call" and self._is_plain_scalar(equation):
            text = written(equation, read, None)
            if len(text) > LONGEST_INSIDE:
                text, line = self._unique(out.name), text
                self.lines.append(f"{text} = {line}")
                self.spelling[out] = text
                return
            self.spelling[out] = f"({text})" if equation.primitive.name in OPERATORS else text
            return
        if kind == "call":
            names = [self._unique(v.name) for v in equation.outputs]
            line = called(written(equation, read, None), equation, self.static)
            self.lines.append(f"{', '.join(names)} = {line}")
            self.spelling.update(zip(equation.outputs, names))
            if equation.primitive.name in ("where", "astype", "scatter_add"):
                self.fresh.add(out)
            return
        into, shares = self._target(i, equation), is_shared_product(equation, self.threads, besides=True)
        if into is None and shares:
            into = self._unique(out.name)
            self.lines.append(f"{into} = np.empty({out.shape}, np.{out.dtype})")
        if into is None:
            self.spelling[out] = self._unique(out.name)
            self.lines.append(f"{self.spelling[out]} = {self._written(equation, read, None)}")
            return
        self.spelling[out] = into
        line = self._written(equation, read, into)
        self.lines.append(shared(line, equation, self.threads) if shares else called(line, equation, self.static))

    def _written(self, equation, read, into) -> str:
        if equation.primitive is BIASED:
            return self._biased_product(equation, into)
        return self._with_rows(equation, read, into) or written(equation, read, into)

    def _is_plain_scalar(self, equation) -> bool:
        """Whether a number is made of numbers alone and read once, by an equation: it can stand where it is read."""
        out = equation.outputs[0]
        return (
            out.shape == ()
            and len(equation.outputs) == 1
            and self.readers.get(out, 0) == 1
            and all(getattr(x, "shape", ()) == () for x in equation.inputs)
            and not any(isinstance(x, Variable) and x in self.root for x in equation.inputs)  # memory, which changes
            and out not in self.read_in_blocks
            and (ufunc_of(equation) is not None)
        )

    def _bind_view(self, equation, expression):
        x, out = equation.inputs[0], equation.outputs[0]
        if self.root.get(out, out) in self.landed:  # its slices are the donated arrays themselves
            self.spelling[out] = self.stays.get(out, expression)
        elif isinstance(x, Variable) and self.spelling[x] in self.static and not self._copies(equation):
            self.spelling[out] = self._view(expression, out.name)
            if self._plain(equation):
                self.straight.add(out)
        elif self.readers.get(out, 0) in (1, FOREVER):  # read once, or returned and nothing else
            self.spelling[out] = expression
        else:
            self.spelling[out] = self._unique(out.name)
            self.lines.append(f"{self.spelling[out]} = {expression}")

    def _copies(self, equation) -> bool:
        """Whether a reshape has to copy, its operand not lying in one piece."""
        x = equation.inputs[0]
        return equation.primitive.name == "reshape" and x in self.root and x not in self.straight

    def _plain(self, equation) -> bool:
        """Whether a view lies in one piece if its operand does."""
        x, name = equation.inputs[0], equation.primitive.name
        if x in self.root and x not in self.straight:
            return False
        index = equation.params.get("index")
        return name == "reshape" or (name == "getitem" and isinstance(index, slice) and index.step in (None, 1))

    def _view(self, expression, hint, exactly=False) -> str:
        """A view of kept memory, made once beside it."""
        if expression in self.constant_names:
            return self.constant_names[expression]
        base = re.match(r"\w+", expression)[0]
        if exactly:
            name = hint
        else:
            name = self._unique(f"{base}_T" if expression == f"{base}.T" else f"{base}_{len(self.definitions)}")
        self.constant_names[expression] = name
        self.definitions.append(f"{name} = {expression}")
        self.static.add(name)
        return name

    def _target(self, i, equation) -> str | None:
        """Where the result of an equation goes; ``None`` for new memory that the operation itself takes."""
        out = equation.outputs[0]
        if place := self._place(out) or self._piece(out):
            return place
        if home := self._home(i, out, equation):
            return home
        if self.last.get(out, -1) == FOREVER and not self._copied_home(out):
            return None
        if kind_of(equation) == "ufunc" or element_kernel_of(equation):
            for x in equation.inputs:
                if self._may_overwrite(i, equation, x, out):
                    if x in self.storage:
                        self.storage[out] = self.storage.pop(x)
                    else:
                        self.fresh.add(out)
                    return self.spelling[x]
        return self._keep(out)

    def _keep(self, out) -> str:
        buffer = self.pool.take(out.shape, out.dtype)
        self.storage[out] = buffer
        spelled = buffer.spelled(tuple(out.shape))
        self.static.add(buffer.name)
        return buffer.name if spelled == buffer.name else self._view(spelled, out.name)

    def _may_overwrite(self, i, equation, x, out) -> bool:
        if not isinstance(x, Variable) or x.shape != out.shape or x.dtype != out.dtype or x in self.root:
            return False
        if x in self.places or not (x in self.storage or x in self.fresh) or self.last.get(x, -1) > i:
            return False
        return all(y is x or self.root.get(y, y) is not x for y in equation.inputs if isinstance(y, Variable))

    def _place(self, out) -> str | None:
        """The part of a concatenation that ``out`` is made in; the whole gets its memory with its first part."""
        if out not in self.places:
            return None
        whole, offset = self.places[out]
        if whole not in self.spelling:
            self._make_room(whole)
        flat = len(whole.shape) == 1
        stop = offset + (int(np.prod(out.shape)) if flat else out.shape[0])
        expression = f"{self.spelling[whole]}[{offset}:{stop}]"
        if flat and out.shape != (stop - offset,):
            expression += f".reshape({out.shape})"
        if self.spelling[whole] in self.static:
            return self._view(expression, out.name)
        name = self._unique(out.name)
        self.lines.append(f"{name} = {expression}")
        return name

    def _make_room(self, whole):
        if self.last.get(whole, -1) == FOREVER:
            name = self._unique(whole.name)
            self.lines.append(f"{name} = np.empty({whole.shape}, np.{whole.dtype})")
            self.spelling[whole] = name
        else:
            self.spelling[whole] = self._keep(whole)

    def _assembled(self, i, equation) -> bool:
        """A concatenation whose parts are, or may be put, in their places; false if none is there yet."""
        whole = equation.outputs[0]
        if whole in self.flat_home:
            return True
        if whole not in self.spelling:
            return False
        offset = 0
        for part in equation.inputs:
            size = part.shape[0]
            x = self.root.get(part, part) if isinstance(part, Variable) else None
            if x not in self.places or self.places[x] != (whole, offset):
                target = f"{self.spelling[whole]}[{offset}:{offset + size}]"
                target = self._view(target, whole.name) if self.spelling[whole] in self.static else target
                self.lines.append(f"np.copyto({target}, {self._read(part, whole.dtype)})")
            offset += size
        return True

    def _release(self, i, item):
        """Memory of values that nobody reads after item i goes back to the pool."""
        read = (self.root.get(x, x) for x in item.inputs if isinstance(x, Variable))
        for x in dict.fromkeys([*read, *item.outputs]):  # in order: equal programs get equal texts
            if self.last.get(x, -1) <= i and x in self.storage:
                buffer = self.storage.pop(x)
                (self.block_pool if buffer in self.block_pool.buffers else self.pool).give(buffer)
