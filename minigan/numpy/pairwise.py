"""Contractions of two operands as products of matrices; several operands, two by two.

The letters of two terms are of four kinds: in both and in the output (the batch), in both alone (the inner ones), and in
one of them and in the output (rows and columns). With the letters of each kind merged into one axis, and those that one
term alone has summed first, a contraction is one product of matrices, or a stack of them:

    einsum("nij,jmn->nim", x, y) = matmul(x, transpose(y, (2, 0, 1))).

NumPy's own einsum runs a loop over all letters instead, 10 to 30 times slower than BLAS at 256 x 256 x 256. Small
contractions stay with it, and have its values to the bit.
"""

from __future__ import annotations

import functools
import math

import numpy as np

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.tracer import innermost
from ..backend import backend_of, dtype_name
from .elementwise import astype, multiply
from .reductions import sum as sum_over
from .shape import ravel, reshape, transpose

LARGE = 1 << 12  # multiplications in NumPy's loop: from here on a product is faster even with all calls around it
_OF_BLAS = {"float32", "float64", "complex64", "complex128"}


def terms_of(subscripts: str) -> tuple[list[str], str]:
    inputs, _, output = subscripts.partition("->")
    return inputs.split(","), output


def is_large(subscripts: str, operands) -> bool:
    """Whether explicit ``subscripts`` fit the operands, which BLAS knows the dtypes of, and make a `LARGE` loop."""
    terms, output = terms_of(subscripts)
    sizes: dict[str, int] = {}
    for term, operand in zip(terms, operands):
        if not hasattr(operand, "dtype") or dtype_name(operand.dtype) not in _OF_BLAS or len(term) != operand.ndim:
            return False
        for letter, size in zip(term, operand.shape):
            if sizes.setdefault(letter, size) == 1:
                sizes[letter] = size
            elif size not in (1, sizes[letter]):
                return False  # NumPy says what is wrong
    if len(set(output)) < len(output) or not sizes.keys() >= set(output):
        return False
    return math.prod(sizes.values()) >= LARGE


def by_matrices(subscripts: str, operands) -> bool:
    """Whether `contracted` is to compute it: all large ones of two operands but rows of inner products ("bi,bi->b")."""
    if len(operands) != 2 or not is_large(subscripts, operands):
        return False
    (first, second), output = terms_of(subscripts)
    shared = set(first) & set(second)
    return not shared - set(output) or not set(output) & shared or bool(set(output) - shared)


def contracted(subscripts: str, x, y):
    """The contraction of two operands by a product of matrices, or elementwise where nothing is summed over pairs."""
    (own_x, own_y), output = terms_of(subscripts)
    x, y = _of_one_dtype(x, y)
    (x, own_x), (y, own_y) = _diagonal(x, own_x), _diagonal(y, own_y)
    sizes = {c: max(dict(zip(own_x, x.shape)).get(c, 1), dict(zip(own_y, y.shape)).get(c, 1)) for c in own_x + own_y}
    x, own_x = _alone_summed(*_without_ones(x, own_x, sizes), own_y, output)
    y, own_y = _alone_summed(*_without_ones(y, own_y, sizes), own_x, output)
    inner = "".join(c for c in own_x if c in own_y and c not in output)
    if not inner:
        return multiply(_spread(x, own_x, output), _spread(y, own_y, output))
    batch = "".join(c for c in output if c in own_x and c in own_y)
    rows, columns = ("".join(c for c in output if c in own and c not in batch) for own in (own_x, own_y))
    if rows and columns and output.index(columns[0]) < output.index(rows[0]):  # the result lies as it is asked for
        (x, own_x, rows), (y, own_y, columns) = (y, own_y, columns), (x, own_x, rows)
    shape = tuple(sizes[c] for c in batch + rows + columns)
    if batch:
        x = _merged(x, own_x, sizes, *batch, rows, inner, kept=True)
        y = _merged(y, own_y, sizes, *batch, inner, columns, kept=True)
        product = PRIMITIVES["matmul"](x, y)
    elif not rows and not columns:
        product = PRIMITIVES["dot"](ravel(x), ravel(_ordered(y, own_y, own_x)))
    else:
        product = PRIMITIVES["dot"](_merged(x, own_x, sizes, rows, inner), _merged(y, own_y, sizes, inner, columns))
    return _ordered(reshape(product, shape), batch + rows + columns, output)


def in_pairs(contract, subscripts: str, operands, optimize):
    """The contraction of several operands by ``contract(x, y, subscripts=...)`` of two at a time, by a path as
    `numpy.einsum` takes it in ``optimize``, or else the greedy one."""
    terms, output = terms_of(subscripts)
    terms, operands = list(terms), list(operands)
    asked = tuple(optimize) if isinstance(optimize, list | tuple) else optimize or "greedy"
    for places in _path(subscripts, tuple(tuple(o.shape) for o in operands), asked):
        taken = [(terms.pop(i), operands.pop(i)) for i in sorted(places, reverse=True)][::-1]
        own, chosen = zip(*taken)
        needed = set(output).union(*terms)
        kept = "".join(dict.fromkeys(c for c in "".join(own) if c in needed)) if terms else output
        operands.append(contract(*chosen, subscripts=",".join(own) + "->" + kept))
        terms.append(kept)
    return operands[0]


@functools.lru_cache(maxsize=256)
def _path(subscripts, shapes, optimize):
    shown = [np.broadcast_to(np.float32(0), shape) for shape in shapes]  # NumPy asks for arrays, and reads shapes
    return np.einsum_path(subscripts, *shown, optimize=list(optimize) if type(optimize) is tuple else optimize)[0][1:]


def _of_one_dtype(x, y):
    if x.dtype == y.dtype:
        return x, y
    dtype = backend_of(innermost(x), innermost(y)).xp.result_type(x.dtype, y.dtype)
    return tuple(a if a.dtype == dtype else astype(a, dtype) for a in (x, y))


def _diagonal(x, own):
    """``x`` with every letter once."""
    letters = "".join(dict.fromkeys(own))
    return (x, own) if letters == own else (PRIMITIVES["einsum"](x, subscripts=f"{own}->{letters}"), letters)


def _without_ones(x, own, sizes):
    """``x`` without the axes of size 1 that the other operand has longer."""
    kept = [(c, n) for c, n in zip(own, x.shape) if n == sizes[c]]
    return (x, own) if len(kept) == len(own) else (reshape(x, tuple(n for _, n in kept)), "".join(c for c, _ in kept))


def _alone_summed(x, own, other, output):
    """``x`` summed over the letters that nobody else has."""
    alone = tuple(i for i, c in enumerate(own) if c not in other and c not in output)
    return (sum_over(x, axis=alone), "".join(c for i, c in enumerate(own) if i not in alone)) if alone else (x, own)


def _ordered(x, own, wanted):
    return x if own == wanted else transpose(x, tuple(own.index(c) for c in wanted))


def _spread(x, own, output):
    """``x`` with its axes in the order of the output, and size 1 where it has none."""
    x = _ordered(x, own, "".join(c for c in output if c in own))
    sizes = iter(x.shape)
    return reshape(x, tuple(next(sizes) if c in own else 1 for c in output))


def _merged(x, own, sizes, *groups, kept=False):
    """``x`` with one axis for each group of letters; a group without letters has none, or size 1 where it is ``kept``."""
    x = _ordered(x, own, "".join(groups))
    return reshape(x, tuple(math.prod(sizes[c] for c in group) for group in groups if group or kept))
