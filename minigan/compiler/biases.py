"""Biases inside products: x W + b is [x, 1] [W; b].

A bias lies along the last axis, and NumPy adds it row by row: of 256 rows of 32 that takes 1.9 us, where arrays of one
shape take 0.6, and the product of a matrix of one column and a row 1.3. With a column of ones beside x, and b below W, one
product does both in 0.9, and the two copies take 0.5. For an x of few columns that is 6 % of W2 and 1.5 % of W1; with more
columns it gains less, and products may round otherwise, so they are left alone. The columns are added in the order in
which they lie, the bias last: results are the same to the bit with OpenBLAS's kernels for AVX2 and for AVX-512.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from ..autodiff.program import Equation, Variable

WIDEST = 4  # columns of x
FEWEST_ROWS, LEAST, MOST = 32, 1 << 11, 1 << 18  # rows, and elements of the result; larger ones go block by block

WITH_ONES = '''def with_ones(shape, dtype):
    """Memory whose last column is one, and stays so: what it is multiplied by has the bias in its last row."""
    memory = aligned(shape, dtype)
    memory[:, -1] = 1.0
    return memory
'''


@dataclass(frozen=True)
class _Biased:
    """What stands for the primitive: it is none of a user's, and is written by `Biases` alone."""

    name: str = "biased_product"
    kind: str = "multilinear"
    library: object = None
    multiple: bool = False


BIASED = _Biased()


def with_biases(items, outputs) -> list:
    """``items`` with one ``biased_product(x, W, b)`` in place of a product and the sum of it and a bias."""
    made = {item.outputs[0]: item for item in items if isinstance(item, Equation)}
    readers = Counter(x for item in items for x in item.inputs if isinstance(x, Variable))
    readers.update(x for x in outputs if isinstance(x, Variable))
    found, gone = {}, set()
    for item in items:
        for product, bias in _sums(item):
            equation = made.get(product) if isinstance(product, Variable) else None
            if equation is not None and readers[product] == 1 and _is_worth_it(equation, bias):
                found[item] = Equation(BIASED, (*equation.inputs, bias), {}, item.outputs)
                gone.add(equation)
                break
    return [found.get(item, item) for item in items if item not in gone]


def _sums(item):
    if isinstance(item, Equation) and item.primitive.name == "add":
        return (item.inputs, item.inputs[::-1])
    return ()


def _is_worth_it(equation, bias) -> bool:
    """Whether an equation is the product of a narrow matrix and another one, of one dtype with the bias of its columns."""
    if equation.primitive.name not in ("dot", "matmul") or not isinstance(bias, Variable):
        return False
    (x, w), (out,) = equation.inputs, equation.outputs
    if not (isinstance(x, Variable) and isinstance(w, Variable) and len(x.shape) == len(w.shape) == 2):
        return False
    alike = {x.dtype, w.dtype, bias.dtype} == {out.dtype} and out.dtype in ("float32", "float64")
    rows, columns = out.shape
    large = rows >= FEWEST_ROWS and columns > 1 and LEAST <= math.prod(out.shape) < MOST
    return alike and large and x.shape[1] <= WIDEST and bias.shape == (columns,)


class Biases:
    """The part of a `Writer` that writes biased products."""

    def _biased_product(self, equation, into) -> str:
        """The product, once its operands lie in memory of their own: that stays as it is between calls, ones included."""
        x, w, bias = equation.inputs
        left, right = self._beside_ones(x), self._above(w, bias)
        return f"{left}.dot({right}{f', {into}' if into else ''})"

    def _beside_ones(self, x) -> str:
        if x in self.beside:
            return self.beside[x]
        whole, start = self.places.get(x, (None, 0))
        if whole in self.beside and len(whole.shape) == 2:
            return self._view(f"{self.beside[whole]}[{start}:{start + x.shape[0]}]", x.name)
        rows, columns = x.shape
        name = self._own_memory(f"with_ones({(rows, columns + 1)}, np.{x.dtype})")
        read = self._read(x, None)
        for i in range(columns):  # by columns: a copy by rows of two elements takes twice as long
            column = read if columns == 1 else f"{read}[:, {i}:{i + 1}]"
            column = self._view(column, x.name) if read in self.static and columns > 1 else column
            self.lines.append(f"{self._view(f'{name}[:, {i}:{i + 1}]', x.name)}[...] = {column}")
        self.beside[x] = name
        return name

    def _above(self, w, bias) -> str:
        if (w, bias) not in self.beside:
            rows, columns = w.shape
            name = self._own_memory(f"aligned({(rows + 1, columns)}, np.{w.dtype})")
            for target, x in ((f"{name}[:{rows}]", w), (f"{name}[{rows}]", bias)):
                self.lines.append(f"{self._view(target, x.name)}[...] = {self._read(x, None)}")
            self.beside[w, bias] = name
        return self.beside[w, bias]

    def _own_memory(self, made) -> str:
        name = self._unique(f"a{len(self.beside)}")
        self.definitions.append(f"{name} = {made}")
        self.static.add(name)
        return name
