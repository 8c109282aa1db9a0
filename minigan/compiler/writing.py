"""The program as a Python module over NumPy alone, one line an operation, memory planned."""

from __future__ import annotations

import base64
import builtins
import math
import re
import textwrap
from dataclasses import dataclass, field

import numpy as np

from ..autodiff.program import Equation, Program, Variable
from .blocks import Block
from .buffers import FOREVER, Buffer, Pool, birthplaces, last_uses, roots_of
from .operations import OPERATORS, kind_of, needed_support, reserved, stands_alone, ufunc_of, written


@dataclass
class Module:
    """A written module: its parts as text, and the values of its constants."""

    function: str
    header: str
    constants: dict[str, object]
    definitions: list[str]
    body: str
    stands_alone: bool

    @property
    def source(self) -> str:
        """The module's text; it imports nothing but NumPy (and SciPy for the special functions that it names)."""
        constants = [f"{name} = {literal(value)}" for name, value in self.constants.items()]
        return "\n".join([self.header, *_section("constants", constants), *_section("memory", self.definitions), "", "",
                          self.body])  # fmt: skip

    def load(self):
        """The function, with the constants as they are rather than parsed again."""
        namespace: dict = {}
        exec(compile(self.header, "<minigan.compile>", "exec"), namespace)
        namespace.update((name, _ready(value)) for name, value in self.constants.items())
        text = "\n".join([*self.definitions, self.body])
        exec(compile(text, f"<minigan.compile {self.function}>", "exec"), namespace)
        return namespace[self.function]


def _section(title, lines):
    return ["", f"# {title}", *lines] if lines else []


@dataclass(eq=False)
class Writer:
    """Writes one program down; ``home`` maps donated inputs to the outputs that take their place."""

    program: Program
    items: list
    name: str = "f"
    home: dict[Variable, Variable] = field(default_factory=dict)

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
        self.lines: list[str] = []
        self.used = {*reserved(), *(v.name for v in self.program.inputs)}
        while self.name in self.used or hasattr(builtins, self.name):
            self.name += "_"
        self.used.add(self.name)
        self.pool, self.block_pool = Pool("t", taken=self.used), Pool("s", exact=True, taken=self.used)
        self.readers: dict[Variable, int] = {}
        for item in self.items:
            for x in item.inputs:
                if isinstance(x, Variable):
                    self.readers[x] = self.readers.get(x, 0) + 1
        for x in self.program.outputs:
            if isinstance(x, Variable):
                self.readers[x] = self.readers.get(x, 0) + FOREVER

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
        alone = all(stands_alone(e) for e in self.program.equations)
        imports = ["import numpy as np"]
        text = "\n".join(self.lines)
        if "special." in text:
            imports.append("from scipy import special")
        if not alone:
            imports.append("from minigan.autodiff import PRIMITIVES")
        inputs = ", ".join(map(str, self.program.inputs))
        header = f'"""{self.name}({inputs})\n\nThe last argument of a ufunc is where its result goes."""\n'
        helpers = needed_support(text)
        if any("math." in part for part in helpers):
            imports.insert(0, "import math")
        if self.kept:
            imports.insert(0, "from operator import is_\n")
        header = "\n".join([_wrapped(header), *imports])
        lines = [*self.lines, f"return {returned}"]
        kept = [f"KEPT = ({', '.join(self.kept)},)"] if self.kept else []
        views = _used(self.definitions, "\n".join([*lines, *kept]))
        body = "\n".join([*_wrapped_call(f"def {self.name}(", parameters, "):"),
                          *(f"    {part}" for line in lines for part in _wrapped_line(line)), ""])  # fmt: skip
        definitions = [*_allocations(self._buffers()), *_joined(views), *(p for k in kept for p in _wrapped_line(k))]
        if self.kept:
            helpers.append(_RECEIVED)
        return Module(self.name, header, self.constants, definitions, "\n\n".join([*helpers, body]), alone)

    def _buffers(self):
        return [*self.residents, *self.pool.buffers, *self.block_pool.buffers]

    def _receive(self) -> list[str]:
        """Parameters; donated arrays live in kept memory, into which they are copied unless they are there."""
        self.residents: list[Buffer] = []
        self.kept: list[str] = []
        self.resident: dict[Variable, str] = {}
        self.flat_home: dict[Variable, list] = {}
        donated = [x for x in self.program.inputs if x in self.home and x.shape]
        for item in self.items:
            self._reside_together(item, set(donated))
        for x in donated:
            if x not in self.resident:
                buffer = Buffer(self._own_name(x), x.shape, x.dtype)
                self.residents.append(buffer)
                self.resident[x] = buffer.name
                self.static.add(buffer.name)
            self.spelling[x] = self.resident[x]
            self.kept.append(self.resident[x])
        for x in self.program.inputs:
            self.spelling.setdefault(x, x.name)
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
        if len(whole.shape) != 1 or any(np.prod(x.shape) != p.shape[0] for x, p in zip(parts, item.inputs)):
            return
        buffer = Buffer(self._unique(f"k{len(self.residents)}"), whole.shape, whole.dtype)
        self.residents.append(buffer)
        self.static.add(buffer.name)
        self.spelling[whole] = self.resident[whole] = buffer.name
        self.flat_home[whole] = parts
        start = 0
        for x, p in zip(parts, item.inputs):
            stop = start + p.shape[0]
            self.resident[x] = self._view(f"{buffer.name}[{start}:{stop}].reshape({x.shape})", self._own_name(x), exactly=True)
            start = stop

    def _own_name(self, x) -> str:
        """The name of an argument's kept memory, which the whole module sees: it must hide no function."""
        return self._unique(f"{x.name}_") if hasattr(builtins, x.name) else x.name

    def _return(self) -> str:
        """The results; what must not be seen to change later is copied: kept memory, and the caller's own arrays."""
        stays = {y: self.resident[x] for x, y in self.home.items() if x in self.resident}
        early, late, parts = [], {}, []  # copied before donated memory is overwritten, and into it

        def copy_of(x):
            name = self._unique("copied")
            early.append(f"{name} = np.array({self.spelling[x]})")
            return name

        for i, x in enumerate(self.program.outputs):
            if not isinstance(x, Variable):
                parts.append(self._constant_result(x))
            elif x in stays:
                if self.spelling[x] != stays[x] and x not in late:
                    shows_donated = self.root.get(x, x) in self.resident
                    late[x] = f"np.copyto({stays[x]}, {copy_of(x) if shows_donated else self.spelling[x]})"
                parts.append(stays[x])
            else:
                again = any(x is y for y in self.program.outputs[:i])
                shared = x.shape != () and (again or self.root.get(x, x) in self.program.inputs)
                parts.append(copy_of(x) if shared or self._is_kept(x) else self.spelling[x])
        self.lines += [*early, *late.values()]
        return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"

    def _constant_result(self, x) -> str:
        if isinstance(x, np.ndarray | np.generic):
            return f"{self._constant(x)}.copy()"
        return _number_text(x) if isinstance(x, int | float) else repr(x).replace(" ", "\\x20")  # nowhere to break lines

    def _is_kept(self, x) -> bool:
        root = self.root.get(x, x)
        return root in self.storage or root in self.resident or self.spelling[root] in self.static

    # -- one equation ------------------------------------------------------------------------------------------

    def _equation(self, i, equation):
        kind, out = kind_of(equation), equation.outputs[0]
        if equation.primitive.name == "concatenate" and self._assembled(i, equation):
            return
        read = self._reader(equation)
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
            self.lines.append(f"{', '.join(names)} = {written(equation, read, None)}")
            self.spelling.update(zip(equation.outputs, names))
            if equation.primitive.name in ("where", "astype", "scatter_add"):
                self.fresh.add(out)
            return
        into = self._target(i, equation)
        if into is None:
            name = self._unique(out.name)
            self.lines.append(f"{name} = {written(equation, read, None)}")
            self.spelling[out] = name
            return
        self.spelling[out] = into
        self.lines.append(written(equation, read, into))

    def _is_plain_scalar(self, equation) -> bool:
        """Whether a number is read once, by an equation, and made of numbers alone, so that it can stand where it is read."""
        out = equation.outputs[0]
        return (
            out.shape == ()
            and len(equation.outputs) == 1
            and self.readers.get(out, 0) == 1
            and all(getattr(x, "shape", ()) == () for x in equation.inputs)
            and not any(isinstance(x, Variable) and x in self.root for x in equation.inputs)  # memory, which changes
            and not any(out in item.inputs for item in self.items if isinstance(item, Block))
            and (ufunc_of(equation) is not None)
        )

    def _bind_view(self, equation, expression):
        x, out = equation.inputs[0], equation.outputs[0]
        if self.root.get(out, out) in self.landed:  # its slices are the donated arrays themselves
            stays = {y: self.resident[x] for x, y in self.home.items() if x in self.resident}
            self.spelling[out] = stays.get(out, expression)
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
        if place := self._place(out):
            return place
        if home := self._home(i, out, equation):
            return home
        if self.last.get(out, -1) == FOREVER and not self._copied_home(out):
            return None
        if kind_of(equation) == "ufunc":
            for x in equation.inputs:
                if self._may_overwrite(i, equation, x, out):
                    if x in self.storage:
                        self.storage[out] = self.storage.pop(x)
                    else:
                        self.fresh.add(out)
                    return self.spelling[x]
        return self._keep(out)

    def _copied_home(self, out) -> bool:
        """Whether ``out`` is returned only by being copied into a donated argument's place."""
        stays = {y for x, y in self.home.items() if x in self.resident}
        shown = [y for y in self.program.outputs if isinstance(y, Variable) and self.root.get(y, y) is out]
        return bool(shown) and all(y in stays for y in shown)

    def _keep(self, out, pool=None, shape=None) -> str:
        buffer = (pool or self.pool).take(shape or out.shape, out.dtype)
        self.storage[out] = buffer
        spelled = buffer.spelled(tuple(shape or out.shape))
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

    def _home(self, i, out, equation, position=None) -> str | None:
        """The place of the donated argument that ``out`` replaces, if nobody reads that any more."""
        shown = {y: x for x, y in self.home.items() if self.root.get(y, y) is out and x in self.resident}
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
                if isinstance(y, Variable) and self.root.get(y, y) is x:
                    if y is not x or y.shape != equation.outputs[0].shape or (position is not None and j > position):
                        return False
        return True

    def _release(self, i, item):
        """Memory of values that nobody reads after item i goes back to the pool."""
        for x in {*(self.root.get(x, x) for x in item.inputs if isinstance(x, Variable)), *item.outputs}:
            if self.last.get(x, -1) <= i and x in self.storage:
                buffer = self.storage.pop(x)
                (self.block_pool if buffer in self.block_pool.buffers else self.pool).give(buffer)

    # -- a block -----------------------------------------------------------------------------------------------

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
            shape = _compared_shape(equation, block.shape[1:] if uneven else (step, *block.shape[1:]))

            def read(x):
                if isinstance(x, Variable) and x in local:
                    return local[x]
                spelled = self._read(x, _operand_dtype(equation), shape)
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

    # -- operands ----------------------------------------------------------------------------------------------

    def _reader(self, equation):
        dtype = _operand_dtype(equation)
        typed = ufunc_of(equation) is not None or equation.primitive.name in ("where", "clip")
        plain = kind_of(equation) == "call" and (equation.outputs[0].shape == () or not typed)
        shape = _compared_shape(equation, equation.outputs[0].shape)
        return lambda x: self._read(x, None if plain else dtype, shape)

    def _read(self, x, dtype, shape=()) -> str:
        if isinstance(x, Variable):
            return self.spelling[x]
        if isinstance(x, bool) or x is None:
            return repr(x)
        if isinstance(x, int | float) and not isinstance(x, np.generic):
            return self._number(x, dtype, shape) if dtype is not None and _holds(dtype, x) else _number_text(x)
        return self._constant(x)

    def _number(self, x, dtype, shape=()) -> str:
        key = (repr(x), dtype, shape)
        if key not in self.constant_names:
            digits = re.sub(r"\W", "_", repr(x).replace("-", "minus_"))
            name = self._unique(f"n_{digits}")
            with np.errstate(over="ignore"):
                self.constants[name] = np.full(shape, x, dtype)
            self.constant_names[key] = name
        return self.constant_names[key]

    def _constant(self, x) -> str:
        key = ("array", id(x))
        if key not in self.constant_names:
            name = self._unique(f"c{sum(k[0] == 'array' for k in self.constant_names)}")
            self.constants[name] = x
            self.constant_names[key] = name
            self.static.add(name)
        return self.constant_names[key]

    def _unique(self, name) -> str:
        while name in self.used:
            name += "_"
        self.used.add(name)
        return name


_RECEIVED = '''def received(given):
    """Donated arrays are the kept ones, as after every call but the first; others are copied into their place."""
    if not all(map(is_, given, KEPT)):
        for kept, new in zip(KEPT, [np.array(x) for x in given]):
            kept[...] = new
'''


def _compared_shape(equation, shape) -> tuple:
    """The shape in which a number is written down beside arrays of ``shape``.

    NumPy's maximum and minimum are two to three times faster between arrays than between an array and a number.
    """
    if equation.primitive.name not in ("maximum", "minimum") or not shape:
        return ()
    if shape[-1] >= 64:
        return tuple(shape[-1:])
    return tuple(shape) if np.prod(shape) <= 1 << 14 else ()


def _operand_dtype(equation) -> str:
    """The dtype that a Python number takes beside an equation's arrays, where they have a kind that holds it."""
    dtypes = [x.dtype if isinstance(x, Variable) else np.dtype(x.dtype).name for x in equation.inputs
              if hasattr(x, "dtype")]  # fmt: skip
    if equation.primitive.name == "where":
        dtypes = [equation.outputs[0].dtype]
    dtypes = [d for d in dtypes if d != "bool"] or ["bool"]
    return max(dtypes, key=lambda d: (d.startswith("float"), int(re.sub(r"\D", "", d) or 0)))


def _holds(dtype: str, x) -> bool:
    """Whether a Python number beside arrays of the dtype becomes one of them; otherwise NumPy must see it itself."""
    if dtype.startswith("float"):
        return True
    return "int" in dtype and isinstance(x, int) and np.iinfo(dtype).min <= x <= np.iinfo(dtype).max


def _number_text(x) -> str:
    """A Python number as it is written, infinities and NaN too."""
    if isinstance(x, float) and not math.isfinite(x):
        return repr(x).replace("nan", "np.nan").replace("inf", "np.inf")
    return repr(x)


def _ready(value):
    return value if isinstance(value, np.ndarray) else np.asarray(value)


def literal(value) -> str:
    """An array as an expression that makes it again, bit for bit."""
    value = np.asarray(value)
    kind = f"np.{value.dtype.name}"
    if value.size and value.dtype.kind in "fiub" and (value == value.ravel()[0]).all() and value.size > 1:
        one = value.ravel()[0].item()
        if one == 1 or (one == 0 and not np.signbit(value).any() if value.dtype.kind == "f" else one == 0):
            return f"np.{'ones' if one == 1 else 'zeros'}({value.shape}, {kind})"
        if one != 0 and np.array(one, value.dtype) == value.ravel()[0]:
            return f"np.full({value.shape}, {_number_text(one)}, {kind})"
    if value.size <= 16:
        values = repr(value.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
        if value.dtype == np.float32:
            exact = np.array(value.tolist(), np.float32)
            assert np.array_equal(exact, value, equal_nan=True)
        return f"np.array({values}, {kind})" if value.ndim == 0 or value.size else f"np.empty({value.shape}, {kind})"
    data = base64.b85encode(np.ascontiguousarray(value).tobytes()).decode()
    return f"np.frombuffer(__import__('base64').b85decode({data!r}), {kind}).reshape({value.shape})"


WIDTH = 112
LONGEST_INSIDE = 60  # characters of an expression that is written where it is read


def _wrapped(header: str) -> str:
    return "\n".join(
        "\n".join(textwrap.wrap(line, WIDTH, subsequent_indent="    ", break_long_words=False)) if line else ""
        for line in header.split("\n")
    ).rstrip()


def _wrapped_line(line: str) -> list[str]:
    """A line as several where it is long, broken at the commas of its outermost bracket."""
    if len(line) <= WIDTH or line.startswith(("for ", " ")):
        return [line]
    left, equals, right = line.partition(" = ")
    if equals:
        line = f"{left} = ({right})"
    return textwrap.wrap(line, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def _wrapped_call(head: str, arguments, tail: str) -> list[str]:
    line = f"{head}{', '.join(arguments)}{tail}"
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False)


def _allocations(buffers) -> list[str]:
    """Buffers of one shape and dtype are made on one line."""
    groups: dict[tuple, list[str]] = {}
    for buffer in buffers:
        groups.setdefault((buffer.shape, buffer.dtype), []).append(buffer.name)
    lines = []
    for (shape, dtype), names in groups.items():
        made = f"np.empty({shape}, np.{dtype})"
        while names:
            some, names = names[:10], names[10:]
            several = f"({made} for _ in range({len(some)}))"
            lines.append(f"{', '.join(some)} = {several if len(some) > 1 else made}")
    return lines


def _used(definitions, text) -> list[str]:
    """The definitions whose names the text, or a definition that is used, mentions."""
    words, kept = set(re.findall(r"\w+", text)), []
    for line in reversed(definitions):
        name, _, expression = line.partition(" = ")
        if name in words:
            words.update(re.findall(r"\w+", expression))
            kept.append(line)
    return kept[::-1]


def _joined(definitions) -> list[str]:
    """Neighbouring definitions that do not need one another, several on a line."""
    lines, left, right = [], [], []
    for line in definitions:
        name, _, expression = line.partition(" = ")
        needs = set(re.findall(r"\w+", expression)) & set(left)
        if left and (needs or len(", ".join([*left, name])) + len(", ".join([*right, expression])) + 3 > WIDTH):
            lines.append(f"{', '.join(left)} = {', '.join(right)}")
            left, right = [], []
        left.append(name)
        right.append(expression)
    if left:
        lines.append(f"{', '.join(left)} = {', '.join(right)}")
    return lines
