"""Large elementwise work in blocks: neighbours that go over the same long arrays go over them together.

A chain of elementwise operations on arrays larger than the cache moves every intermediate through memory. Run over
some ten thousand rows at a time, intermediates stay in the second-level cache and need no memory of their own.
Sums of everything, and of all rows, join the loop as running sums.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from ..autodiff.program import Equation, Program, Variable
from .element_kernels import element_kernel_of
from .inner_products import LONGEST, LONGEST_PRODUCT, length_of_rows, readers_of, with_inner_products
from .operations import ufunc_of
from .order import ordered
from .row_sums import as_sums

LINE = 64  # bytes of a cache line


def _cached(told: str = "/sys/devices/system/cpu/cpu0/cache/index2/size") -> int:
    """Bytes of one operand that a block holds: a fourth of the second-level cache where Linux tells its size.

    W5 takes 0.98 of the time in blocks of 256 kB, on a cache of a megabyte, that it takes in those of 128 kB.
    """
    try:
        size = Path(told).read_text()
    except OSError:
        size = ""
    kilobytes = int(size.strip()[:-1]) if size.strip()[:-1].isdecimal() and size.strip()[-1] == "K" else 0
    return 1 << (18 if kilobytes >= 1 << 10 else 17)


CACHED = _cached()
SHORTEST = 3  # operations in a chain that is worth a loop; two, where one is a sum and the other needs no memory then
WORTHWHILE = 1 << 18  # elements of one operand from which on a chain is cut into blocks


@dataclass(frozen=True, eq=False)
class Block:
    """Elementwise equations over one shape, and full sums of their results, to be run block by block."""

    equations: tuple[Equation, ...]
    shape: tuple[int, ...]

    @property
    def outputs(self) -> tuple[Variable, ...]:
        return tuple(variable for equation in self.equations for variable in equation.outputs)

    @property
    def inputs(self) -> tuple:
        own = set(self.outputs)
        return tuple(x for e in self.equations for x in e.inputs if not isinstance(x, Variable) or x not in own)

    def step(self) -> int:
        """Rows in a block: blocks begin with a cache line, and a divisor of all rows nearby makes every block whole."""
        rows, row = self.shape[0], math.prod(self.shape[1:])
        sizes = [_itemsize(e.outputs[0].dtype) for e in self.equations]
        blocks = max(1, -(-rows * row * max(sizes) // CACHED))
        unit = LINE // math.gcd(LINE, row * min(sizes))  # rows that fill lines
        whole = [k for k in range(blocks, min(2 * blocks, rows) + 1) if rows % k == 0 and rows // k % unit == 0]
        if whole:
            return rows // whole[0]
        step = -(-rows // blocks)
        return min(rows, -(-step // unit) * unit if step >= unit else step)

    def length_of_rows(self, longest: int = LONGEST) -> int | None:
        """How many elements a short row of a pass has, so many at most; ``None`` where a pass has no such rows."""
        step = self.step()
        whole = self.shape[0] % step == 0
        return length_of_rows(step * math.prod(self.shape[1:]), longest) if whole else None


def _itemsize(dtype: str) -> int:
    return {"bool": 1, "int8": 1, "float32": 4, "int32": 4}.get(dtype, 8)


def in_blocks(program: Program, worthwhile: int | None = None) -> list[Equation | Block]:
    """The program's equations in an order to run them, chains over large arrays gathered into `Block`s."""
    program, products = as_sums(program)
    group_of, groups = _groups(program, WORTHWHILE if worthwhile is None else worthwhile)
    chosen = {key: members for key, members in groups.items()
              if len(members) + any(map(_sums, members)) >= SHORTEST}  # fmt: skip
    readers = readers_of(program)
    items: dict[Equation | Block, None] = {}  # in order, each once
    built: dict = {}
    for equation in program.equations:
        key = group_of.get(equation)
        if key not in chosen:
            items.update(dict.fromkeys(products.get(equation, [equation])))
        elif key not in built:
            block = Block(tuple(chosen[key]), chosen[key][0].outputs[0].shape)
            rows = block.length_of_rows(LONGEST_PRODUCT) is not None
            built[key] = Block(with_inner_products(block.equations, readers, rows), block.shape)
            items[built[key]] = None
    return ordered(list(items))


def _groups(program, worthwhile):
    """Each large elementwise equation's group: its shape, its depth, and the chain that it is connected to.

    Depths count what must come between: along an edge that leaves or enters a group they grow, inside one they stay.
    Members of equal depth therefore never wait for each other through anything outside. Of the depths that allow
    this, equations take the latest, next to their readers.
    """
    domain: dict[Equation, tuple | None] = {}
    maker: dict[Variable, Equation] = {}
    for equation in program.equations:
        out = equation.outputs[0]
        domain[equation] = None
        if (
            len(equation.outputs) == 1
            and math.prod(out.shape) >= worthwhile
            and _elementwise(equation)
            and _sliceable(equation)
        ):
            domain[equation] = out.shape
        elif _sums(equation) and (producer := maker.get(equation.inputs[0])) is not None:
            domain[equation] = domain[producer] if not _sums(producer) else None
        maker.update((variable, equation) for variable in equation.outputs)

    def inside(reader, x):
        """Whether the value passes from one member of a group to another."""
        producer = maker.get(x)
        return producer is not None and domain[reader] is not None and domain[reader] == domain[producer] \
            and not _sums(producer)  # fmt: skip

    edges = [(e, x, maker[x]) for e in program.equations for x in e.inputs if isinstance(x, Variable) and x in maker]
    depth = dict.fromkeys(program.equations, 0)
    for reader, x, producer in edges:  # in program order: producers are settled
        depth[reader] = max(depth[reader], depth[producer] + (0 if inside(reader, x) else 1))
    latest: dict[Equation, int] = {}
    for reader, x, producer in reversed(edges):
        at = latest.setdefault(reader, depth[reader]) - (0 if inside(reader, x) else 1)
        latest[producer] = min(latest.get(producer, at), at)
    chain = {e: e for e in program.equations if domain[e] is not None}

    def representative(e):
        while chain[e] is not e:
            chain[e] = chain[chain[e]]
            e = chain[e]
        return e

    level = {e: latest.get(e, depth[e]) for e in program.equations}
    for e in filter(_sums, chain):  # a sum can be taken as soon as its operand is there
        level[e] = level[maker[e.inputs[0]]]
    for reader, x, producer in edges:
        if inside(reader, x) and level[reader] == level[producer]:
            chain[representative(reader)] = representative(producer)
    _wait_for_company(chain, representative, level, domain, edges, lambda e, x: not (x in maker and inside(e, x)))
    together: dict[tuple, Equation] = {}
    for e in chain:  # chains that read the same long array, of one level, are one: it comes from memory once
        for x in e.inputs:
            if isinstance(x, Variable) and x.shape == domain[e] and not (x in maker and inside(e, x)):
                chain[representative(e)] = representative(together.setdefault((domain[e], level[e], x), e))
    group_of = {e: (domain[e], level[e], id(representative(e))) for e in chain}
    groups: dict[tuple, list[Equation]] = {}
    for equation, key in group_of.items():
        groups.setdefault(key, []).append(equation)
    return group_of, groups


def _wait_for_company(chain, representative, level, domain, edges, from_outside) -> None:
    """Chains that are only returned are put off to the level of another one that reads the same long array, which then
    comes from memory once: 0.95 of Pearson's row of W5."""
    members: dict[Equation, list[Equation]] = {}
    for e in chain:
        members.setdefault(representative(e), []).append(e)
    read = {representative(producer) for reader, _, producer in edges if producer in chain
            and not (reader in chain and representative(reader) is representative(producer))}  # fmt: skip
    arrays = {first: {(domain[e], x) for e in all_of_it for x in e.inputs
                      if isinstance(x, Variable) and x.shape == domain[e] and from_outside(e, x)}
              for first, all_of_it in members.items()}  # fmt: skip
    levels: dict[tuple, set[int]] = {}
    for first in read:
        for array in arrays[first]:
            levels.setdefault(array, set()).update(level[e] for e in members[first])
    for first, own in arrays.items():
        later = [n for array in own for n in levels.get(array, ()) if n > level[first]]
        if first not in read and later:
            level.update(dict.fromkeys(members[first], min(later)))


def _elementwise(equation) -> bool:
    by_elements = ufunc_of(equation) or equation.primitive.name == "where" or element_kernel_of(equation)
    return by_elements and equation.outputs[0].shape != ()


def _sums(equation) -> bool:
    """Whether an equation sums all elements of its operand, or all of its rows."""
    x = equation.inputs[0] if equation.inputs else None
    if equation.primitive.name != "sum" or not isinstance(x, Variable):
        return False
    rows = len(x.shape) > 1 and equation.params.get("axis") == tuple(range(len(x.shape) - 1))
    return (
        (equation.outputs[0].shape == () or rows)
        and not equation.params.get("keepdims", False)
        and equation.params.get("dtype") is None
        and x.dtype in ("float32", "float64")
    )


def _sliceable(equation) -> bool:
    """Whether every operand is cut along the first axis like the result, or not cut at all."""
    shape = equation.outputs[0].shape
    return all(len(getattr(x, "shape", ())) < len(shape) or x.shape[0] in (1, shape[0]) for x in equation.inputs)
