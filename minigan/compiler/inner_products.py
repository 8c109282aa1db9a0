"""Sums of products inside loops over large arrays, as inner products: one pass by BLAS for two of NumPy's.

In float64 alone, where the digits that NumPy's pairwise order saves in a block of some ten thousand elements are the
fifteenth and sixteenth. Pearson's row of the f-GAN table takes 0.86 of the time so, value and slope.
"""

from __future__ import annotations

from collections import Counter

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.program import Equation, Program, Variable


def readers_of(program: Program) -> Counter:
    """How many operands each value is, what is returned counted twice."""
    found = Counter(x for e in program.equations for x in e.inputs if isinstance(x, Variable))
    found.update(x for x in (*program.outputs, *program.outputs) if isinstance(x, Variable))
    return found


def with_inner_products(equations, readers) -> tuple[Equation, ...]:
    """The equations of a loop, a full sum of a product that nobody else reads being one inner product."""
    made = {e.outputs[0]: e for e in equations}
    replaced: dict[Equation, Equation | None] = {}
    for equation in equations:
        product = made.get(equation.inputs[0]) if equation.primitive.name == "sum" else None
        if product is None or equation.outputs[0].shape != () or readers[product.outputs[0]] != 1:
            continue
        factors = factors_of(product)
        if factors and all(_lies_in_one_piece(x, made) for x in factors):
            replaced[product] = None
            replaced[equation] = Equation(PRIMITIVES["vdot"], factors, {}, equation.outputs)
    kept = (replaced.get(e, e) for e in equations)
    return tuple(e for e in kept if e is not None)


def factors_of(product: Equation) -> tuple[Variable, Variable] | None:
    """The two arrays of which an equation is the product, both of its shape and in float64."""
    (out,), name = product.outputs, product.primitive.name
    factors = product.inputs if name == "multiply" else (*product.inputs, *product.inputs) if name == "square" else ()
    alike = all(isinstance(x, Variable) and (x.shape, x.dtype) == (out.shape, "float64") for x in factors)
    return tuple(factors) if factors and alike else None


def _lies_in_one_piece(x, made) -> bool:
    """Whether a block's rows of an array do: what the loop makes, and what has one axis."""
    return x in made or len(x.shape) == 1
