"""A block's loop as a function of a range of rows, which several threads call at the same time.

Every operation is done on 512 kB at once, the rows of a few passes of one thread's loop: threads hand the interpreter
to one another between operations, which costs some 50 microseconds where one has to wait, and an operation on 128 kB
takes less. On two cores of an EPYC two threads then take 0.84 to 0.87 of one's time where the results of three cheap
operations have 8.4 MB, 0.64 to 0.81 where they have 34 and more, and 0.53 to 0.63 with an exponential and a tanh among
them; at 4.2 MB they take 1.09 and 0.73. Sums stay those of one thread's passes, one after the other, so that results are
the same to the bit.
"""

from __future__ import annotations

import math

import numpy as np

from .blocks import CACHED
from .inner_products import LONGEST_PRODUCT
from .loops import Loop
from .operands import LONGEST_ROW

PASSES = (1 << 19) // CACHED  # of one thread's loop at once
WORTH_SHARING = 6 << 20  # bytes that the results of a block have, from which on two threads are faster than one
NAMES = ("share_out", "added", "sums", "sums_of_rows")  # what a module with such loops imports from `threads`


def is_shared(block, threads: int) -> bool:
    """Whether a block is long enough to be shared out, to ``threads``."""
    made = sum(math.prod(x.shape) * np.dtype(x.dtype).itemsize for x in block.outputs if x.shape == block.shape)
    return threads > 1 and block.step() < block.shape[0] and made >= WORTH_SHARING


class SharedLoop(Loop):
    """One block on its way into the lines of a function ``rows(seat, start, stop)`` and a call that shares it out."""

    longest = PASSES * LONGEST_ROW

    def rows_at_once(self) -> int:
        passes = -(-self.rows // self.block.step())
        return self.block.step() * max(1, min(PASSES, passes // self.writer.threads))

    def total(self, out, name, *factors) -> None:
        operands = [*factors]
        if factors[1:] and out.dtype == "float32":
            operands.append(f"length={self.block.length_of_rows(LONGEST_PRODUCT)}")
        elif not factors[1:] and (ones := self.ones_of_rows(out)):
            operands.append(f"ones={ones[0]}")
        self.running(out, name, "0.0", f"sums({self.block.step()}, {', '.join(operands)})")

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
