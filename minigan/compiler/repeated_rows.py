"""One row beside many, written out: NumPy goes over two arrays of one shape twice as fast.

Between a matrix and a row its loop starts anew for every row, and one of up to 4,096 elements, half of NumPy's buffer, is
read through that buffer. A row repeated to some more elements than these is made in 0.5 us, and the matrix is seen as
fewer and longer rows. In float32, a bias on 128 x 32 then takes 0.9 us instead of 1.4, on 512 x 128 4.2 instead of 7.9,
and on 1024 x 128 7.4 instead of 16: 2 % of W2, 1 % of W1, and no bit is another.
"""

from __future__ import annotations

import math

from ..autodiff.program import Variable
from .operations import written

OPERATIONS = ("add", "subtract", "multiply", "divide")
FEWEST_ROWS, LEAST, MOST = 64, 1 << 11, 1 << 18  # rows and elements; what is larger goes block by block
BUFFERED, LONGEST = 1 << 12, 1 << 14  # elements of a row that NumPy buffers, and of one that is written out
STAGE = 1 << 8  # elements of the rows that are written one by one; they are then copied many at a time


class RepeatedRows:
    """The part of a `Writer` that writes out rows."""

    def _with_rows(self, equation, read, into) -> str | None:
        """The line of an operation between a matrix and a row, after those that repeat the row; ``None`` for all else."""
        found = self._matrix_and_row(equation, into)
        if found is None:
            return None
        row, rows, columns = found
        count = repeats(rows, columns)
        if count is None:
            return None
        tile = self.pool.take((count * columns,), row.dtype)
        self.pool.give(tile)  # the next line is the last to read it
        self.static.add(tile.name)
        flat = self._own_view(tile.spelled((count * columns,)), tile.name, row)
        once = max(k for k in range(1, count) if count % k == 0 and (k == 1 or k * columns <= STAGE))
        first = self._own_view(f"{flat}[:{once * columns}].reshape({(once, columns)})", flat, row)
        self.lines.append(f"{first}[...] = {read(row)}")
        rest = self._own_view(f"{flat}[{once * columns}:].reshape({(count // once - 1, once * columns)})", flat, row)
        self.lines.append(f"{rest}[...] = {self._own_view(f'{flat}[:{once * columns}]', flat, row)}")
        if count == rows:
            whole, wide = self._own_view(f"{flat}.reshape({(rows, columns)})", flat, row), into
        else:
            whole, wide = flat, self._own_view(f"{into}.reshape({(rows // count, count * columns)})", into, row)
        return written(equation, lambda x: whole if x is row else wide, wide)

    def _matrix_and_row(self, equation, into):
        """The row, and the shape of the matrix, that an operation reads; the matrix is overwritten by the result."""
        (out,) = equation.outputs[:1]
        if equation.primitive.name not in OPERATIONS or len(out.shape) != 2 or into not in self.static:
            return None
        rows, columns = out.shape
        if rows < FEWEST_ROWS or columns < 2 or not LEAST <= math.prod(out.shape) < MOST:
            return None
        for matrix, row in (equation.inputs, equation.inputs[::-1]):
            known = isinstance(matrix, Variable) and isinstance(row, Variable)
            if known and matrix.shape == out.shape and row.shape == (columns,) and self.spelling[matrix] == into:
                return (row, rows, columns) if matrix.dtype == row.dtype == out.dtype else None
        return None

    def _own_view(self, expression, base, row) -> str:
        return expression if expression == base else self._view(expression, row.name)


def repeats(rows, columns) -> int | None:
    """How many of so many rows are written out: as few as NumPy does not buffer, or all; ``None`` for one, or too many."""
    count = next(n for n in range(1, rows + 1) if rows % n == 0 and (n * columns > BUFFERED or n == rows))
    return count if count > 1 and count * columns <= LONGEST else None
