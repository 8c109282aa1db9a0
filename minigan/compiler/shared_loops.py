"""A block's loop as a function of a range of rows, which several threads call at the same time.

Every operation is done on the rows of four passes of one thread's loop at once: threads hand the interpreter to one
another between operations, which costs some 50 microseconds where one has to wait, and an operation on 128 kB takes less.
Two threads then took 0.5 to 0.6 times as long as one from 2^20 elements on, whatever the operations were; with one
thread's passes 0.9 to 1.3 times (two cores of an EPYC, 2^19 to 2^21 elements). Sums stay those of one thread's passes, one
after the other, so that results are the same to the bit.
"""

from __future__ import annotations

import math

import numpy as np

from .loops import Loop
from .operands import LONGEST_ROW

PASSES = 4  # of one thread's loop at once
WORTH_SHARING = 1 << 24  # bytes that the results of a block have, from which on two threads are faster than one
NAMES = ("share_out", "added", "sums", "sums_of_rows")  # what a module with such loops imports from `threads`


def is_shared(block, threads: int) -> bool:
    """Whether a block is long enough to be shared out, to ``threads``."""
    return threads > 1 and is_long(block)


def is_long(block) -> bool:
    """Whether a block is long enough to be shared out to several threads."""
    made = sum(math.prod(x.shape) * np.dtype(x.dtype).itemsize for x in block.outputs if x.shape == block.shape)
    return block.step() < block.shape[0] and made >= WORTH_SHARING


class LongLoop(Loop):
    """One block as it is with one thread, where others would share it out: sums are taken as there."""

    multiplies = False


class SharedLoop(Loop):
    """One block on its way into the lines of a function ``rows(seat, start, stop)`` and a call that shares it out."""

    longest = PASSES * LONGEST_ROW
    multiplies = False

    def rows_at_once(self) -> int:
        passes = -(-self.rows // self.block.step())
        return self.block.step() * max(1, min(PASSES, passes // self.writer.threads))

    def total(self, out, name, line, summed) -> None:
        ones = self.ones_of_rows(out)
        self.running(out, name, "0.0", f"sums({summed}, {self.block.step()}, {ones[0] if ones else None})")

    def total_of_rows(self, out, place, flat) -> None:
        rows = self.block.step() * math.prod(self.row[:-1])
        ones = self.writer._constant(np.ones(rows, out.dtype))
        self.running(out, place, place, f"sums_of_rows({flat}, {ones})")

    def running(self, out, name, start, parts) -> None:
        """The sums of each pass are noted, and added in their order when the loop has ended."""
        noted = self.writer._unique(f"{out.name}_parts")
        self.before.append(f"{noted} = [None] * {-(-self.rows // self.step)}")
        self.body.append(f"{noted}[lo // {self.step}] = {parts}")
        self.after.append(f"{name} = added({noted}, {start})" if name != start else f"added({noted}, {start})")

    def lines(self) -> list[str]:
        writer = self.writer
        work, seat, start, stop = map(writer._unique, ("rows", "seat", "start", "stop"))
        own = [f"{name} = {writer.memory_of_seats(name)}[{seat}]" for name in sorted(self.scratch)]
        loop = [f"for lo in range({start}, {stop}, {self.step}):", f"    hi = lo + {self.step}"]
        body = [*own, *loop, *(f"    {line}" for line in (*self.cut, *self.body))]
        call = f"share_out({work}, {self.rows}, {self.step}, {writer.threads})"
        return [*self.before, f"def {work}({seat}, {start}, {stop}):", *(f"    {line}" for line in body), call]
