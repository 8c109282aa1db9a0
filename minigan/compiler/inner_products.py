"""Sums of products inside loops over large arrays, as inner products: one pass by BLAS for two of NumPy's.

In float64 of all rows of a pass at once: the digits that NumPy's pairwise order saves in some ten thousand elements are
the fifteenth and sixteenth. In float32 by short rows, as `whole_sums` has them, where they divide a pass. Pearson's row of
the f-GAN table takes 0.86 of the time so, value and slope.
"""

from __future__ import annotations

import functools
from collections import Counter

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Program, Variable

FEWEST = 1 << 13  # elements from which on two calls take less time than one
SHORTEST, LONGEST, LONGEST_PRODUCT = 1 << 6, 1 << 8, 1 << 10  # elements of a row, and of two that are multiplied


@functools.lru_cache(maxsize=256)
def length_of_rows(size: int, longest: int = LONGEST) -> int | None:
    """How many elements a row may have that so many make up; ``None`` where no such length divides them."""
    if size < FEWEST:
        return None
    return next((n for n in range(longest, SHORTEST - 1, -1) if size % n == 0), None)


def readers_of(program: Program) -> Counter:
    """How many operands each value is, what is returned counted twice."""
    found = Counter(x for e in program.equations for x in e.inputs if isinstance(x, Variable))
    found.update(x for x in (*program.outputs, *program.outputs) if isinstance(x, Variable))
    return found


def with_inner_products(equations, readers, rows: bool) -> tuple[Equation, ...]:
    """The equations of a loop, a full sum of a product that nobody else reads being one inner product; in float32 only
    where a pass is made up of short ``rows``."""
    dtypes = ("float32", "float64") if rows else ("float64",)
    made = {e.outputs[0]: e for e in equations}
    replaced: dict[Equation, Equation | None] = {}
    for equation in equations:
        product = made.get(equation.inputs[0]) if equation.primitive.name == "sum" else None
        if product is None or equation.outputs[0].shape != () or readers[product.outputs[0]] != 1:
            continue
        factors = factors_of(product, dtypes)
        if factors and all(_lies_in_one_piece(x, made) for x in factors):
            replaced[product] = None
            replaced[equation] = Equation(PRIMITIVES["vdot"], factors, {}, equation.outputs)
    kept = (replaced.get(e, e) for e in equations)
    return tuple(e for e in kept if e is not None)


def factors_of(product: Equation, dtypes) -> tuple[Variable, Variable] | None:
    """The two arrays of which an equation is the product, both of its shape and dtype, one of ``dtypes``."""
    (out,), name = product.outputs, product.primitive.name
    factors = product.inputs if name == "multiply" else (*product.inputs, *product.inputs) if name == "square" else ()
    alike = all(isinstance(x, Variable) and (x.shape, x.dtype) == (out.shape, out.dtype) for x in factors)
    return tuple(factors) if factors and alike and out.dtype in dtypes else None


def _lies_in_one_piece(x, made) -> bool:
    """Whether a block's rows of an array do: what the loop makes, and what has one axis."""
    return x in made or len(x.shape) == 1
