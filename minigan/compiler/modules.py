"""A written module: its text, laid out to be read, and its function, loaded."""

from __future__ import annotations

import base64
import functools
import re
import textwrap
from dataclasses import dataclass, field

import numpy as np

from .operands import number_text

WIDTH = 112

ALIGNED = '''def aligned(shape, dtype):
    """Memory that begins with a cache line: operations go over it up to twice as fast as over NumPy's own."""
    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    memory = np.empty(size + 63, np.uint8)
    start = -memory.__array_interface__["data"][0] % 64
    return memory[start : start + size].view(dtype).reshape(shape)
'''

RECEIVED = '''def received(given):
    """Donated arrays are the kept ones, as after every call but the first; others are copied into their place."""
    if given is not KEPT and not all(map(is_, given, KEPT)):
        views = [x.base is not None and any(np.may_share_memory(x, kept) for kept in KEPT) for x in given]
        shown = [np.array(x) if view else x for x, view in zip(given, views)]
        for kept, new in zip(KEPT, shown):
            kept[...] = new
'''


@dataclass
class Module:
    """A written module: its parts as text, and the values of its constants."""

    function: str
    header: str
    constants: dict[str, object]
    memory: list[str]
    definitions: list[str]
    body: str
    stands_alone: bool
    kept: list[str] = field(default_factory=list)  # names of the donated arrays, in order
    lying: dict[str, list[int]] = field(default_factory=dict)  # which of them lie end to end in which piece of memory

    @property
    def source(self) -> str:
        """The module's text; it imports nothing but NumPy (and SciPy for special functions and sparse products)."""
        constants = [f"{name} = {literal(value)}" for name, value in self.constants.items()]
        memory = section("memory", [*self.memory, *self.definitions])
        return "\n".join([self.header, *section("constants", constants), *memory, "", "", self.body])

    @functools.cached_property
    def _code(self):
        texts = (self.header, "\n".join(self.memory), "\n".join([*self.definitions, self.body]))
        return [compile(text, f"<minigan.compile {self.function}>", "exec") for text in texts]

    def load(self, moved: tuple | None = None):
        """The function, with the constants as they are rather than parsed again.

        With ``moved``, as the method of this name returns it, donated arrays are those given, in their memory.
        """
        header, memory, rest = self._code
        namespace: dict = {}
        exec(header, namespace)
        namespace.update((name, ready(value)) for name, value in self.constants.items())
        exec(memory, namespace)
        given, pieces = moved or ((), {})
        namespace.update(pieces)
        exec(rest, namespace)
        if given:
            namespace.update(zip(self.kept, given), KEPT=given)
        return namespace[self.function]

    def moved(self, given) -> tuple | None:
        """Arrays that other modules keep, as this one's: they, and by name the pieces of memory that they lie in.

        ``None`` where what must lie end to end does not.
        """
        pieces = {}
        for name, positions in self.lying.items():
            parts = [given[i] for i in positions]
            if name in self.kept:
                (pieces[name],) = parts
                continue
            memory, start = parts[0].base, _address(parts[0])
            ends = [_address(x) + x.nbytes for x in parts]
            if any(x.base is not memory for x in parts) or [_address(x) for x in parts] != [start, *ends[:-1]]:
                return None
            first = start - _address(memory)
            pieces[name] = memory[first : first + ends[-1] - start].view(parts[0].dtype)
        return tuple(given), pieces


def _address(x) -> int:
    return x.__array_interface__["data"][0]


def section(title, lines):
    return ["", f"# {title}", *lines] if lines else []


def ready(value):
    """A constant as it lies where its text makes it: products with a transposed one take up to 1.5 times as long."""
    return np.asarray(value, order="C")


def literal(value) -> str:
    """An array as an expression that makes it again, bit for bit."""
    value = np.asarray(value)
    kind = f"np.{value.dtype.name}"
    if value.size and value.dtype.kind in "fiub" and (value == value.ravel()[0]).all() and value.size > 1:
        one = value.ravel()[0].item()
        if one == 1 or (one == 0 and not np.signbit(value).any() if value.dtype.kind == "f" else one == 0):
            return f"np.{'ones' if one == 1 else 'zeros'}({value.shape}, {kind})"
        if one != 0 and np.array(one, value.dtype) == value.ravel()[0]:
            return f"np.full({value.shape}, {number_text(one)}, {kind})"
    if value.size <= 16 and not (value.dtype.kind == "f" and (np.isnan(value) & np.signbit(value)).any()):
        values = repr(value.tolist()).replace("nan", "np.nan").replace("inf", "np.inf")
        if value.dtype == np.float32:
            exact = np.array(value.tolist(), np.float32)
            assert np.array_equal(exact, value, equal_nan=True)
        return f"np.array({values}, {kind})" if value.ndim == 0 or value.size else f"np.empty({value.shape}, {kind})"
    data = base64.b85encode(np.ascontiguousarray(value).tobytes()).decode()
    return f"np.frombuffer(__import__('base64').b85decode({data!r}), {kind}).reshape({value.shape})"


def wrapped(header: str) -> str:
    return "\n".join(
        "\n".join(textwrap.wrap(line, WIDTH, subsequent_indent="    ", break_long_words=False)) if line else ""
        for line in header.split("\n")
    ).rstrip()


def wrapped_line(line: str) -> list[str]:
    """A line as several where it is long, broken at the commas of its outermost bracket."""
    if len(line) <= WIDTH or line.startswith(("for ", " ")):
        return [line]
    left, equals, right = line.partition(" = ")
    if equals:
        line = f"{left} = ({right})"
    return textwrap.wrap(line, WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def wrapped_call(head: str, arguments, tail: str) -> list[str]:
    line = f"{head}{', '.join(arguments)}{tail}"
    return textwrap.wrap(line, WIDTH, subsequent_indent=" " * 8, break_long_words=False, break_on_hyphens=False)


def allocations(buffers) -> list[str]:
    """Buffers of one shape and dtype are made on one line."""
    groups: dict[tuple, list[str]] = {}
    for buffer in buffers:
        groups.setdefault((buffer.shape, buffer.dtype), []).append(buffer.name)
    lines = []
    for (shape, dtype), names in groups.items():
        made = f"aligned({shape}, np.{dtype})"
        while names:
            some, names = names[:10], names[10:]
            several = f"({made} for _ in range({len(some)}))"
            lines.append(f"{', '.join(some)} = {several if len(some) > 1 else made}")
    return lines


def used_definitions(definitions, text) -> list[str]:
    """The definitions whose names the text, or a definition that is used, mentions."""
    words, kept = set(re.findall(r"\w+", text)), []
    for line in reversed(definitions):
        name, _, expression = line.partition(" = ")
        if name in words:
            words.update(re.findall(r"\w+", expression))
            kept.append(line)
    return kept[::-1]


def joined_definitions(definitions) -> list[str]:
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
