"""Einstein's summation, linear in each factor; `pairwise` computes it by products of matrices where that is faster."""

from __future__ import annotations

import string

from ..autodiff.primitive import Example, multilinear
from ..backend import backend_of
from . import pairwise
from .arguments import refuse
from .shape import _array, broadcast_to, reshape


def _einsum_transpose(position, g, *operands, subscripts, **optimize):
    """Exchange the operand's letters with the result's; letters it repeats lie on a diagonal, letters it alone has were
    summed over and come back by broadcasting, and letters of size 1 that the others have longer are summed over."""
    inputs, output = subscripts.split("->")
    terms = inputs.split(",")
    own, x = terms[position], operands[position]
    letters = "".join(dict.fromkeys(own))
    others = [(t, o) for i, (t, o) in enumerate(zip(terms, operands)) if i != position]
    available = set(output).union(*(t for t, _ in others)) if others else set(output)
    sizes = {c: x.shape[own.index(c)] for c in letters}
    reachable = "".join(c for c in letters if c in available and sizes[c] != 1)
    swapped = ",".join([output, *(t for t, _ in others)]) + "->" + reachable
    optimize = {"optimize": True} if optimize else {}  # the order of the factors is another one now
    cotangent = einsum_primitive(g, *(o for _, o in others), subscripts=swapped, **optimize)
    found = dict(zip(reachable, cotangent.shape))
    cotangent = reshape(cotangent, tuple(found.get(c, 1) for c in letters))
    cotangent = broadcast_to(cotangent, tuple(sizes[c] for c in letters))
    if letters == own:
        return cotangent
    from .creation import arange_like
    from .indexing import scatter

    places = {c: reshape(arange_like(x, sizes[c]), tuple(sizes[c] if d == c else 1 for d in letters)) for c in letters}
    return scatter(cotangent, x.shape, tuple(places[c] for c in own))


def _library_einsum(xp, *operands, subscripts, **optimize):
    if pairwise.by_matrices(subscripts, operands):
        return pairwise.contracted(subscripts, *operands)
    return backend_of(*operands).function("einsum")(subscripts, *operands, **optimize)


einsum_primitive = multilinear(
    "einsum",
    _einsum_transpose,
    library=_library_einsum,
    examples=[
        Example(((2, 3), (3, 4)), {"subscripts": "ij,jk->ik"}),
        Example(((3, 3),), {"subscripts": "ii->i"}),
        Example(((3, 3),), {"subscripts": "ii->"}),
        Example(((2, 3), (4,)), {"subscripts": "ij,k->ik"}),
        Example(((2, 3), (3, 2), (2,)), {"subscripts": "ij,ji,i->"}),
        Example(((2, 1), (3, 4)), {"subscripts": "ij,jk->ik"}),
        Example(((3,), (1,)), {"subscripts": "i,i->"}),
    ],
)


def einsum(subscripts, *operands, optimize=False, order="K"):
    """Einstein's summation: ``einsum("ij,jk->ik", a, b)``; ``...`` and an implicit output work as in NumPy.

    ``optimize`` lets the library choose the order of the products, as its own does, or is a path of pairs.
    Plain NumPy arrays are NumPy's own affair. Of traced ones, large products are those of matrices (BLAS), of several
    operands two by two, in the order of ``optimize`` or the greedy one: NumPy's values up to rounding.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> x = mnp.array([[1.0, 2.0], [3.0, 4.0]])
    >>> mg.grad(lambda x: mnp.einsum("ij,kj->", x, x))(x)
    array([[ 8., 12.],
           [ 8., 12.]])
    """
    if order != "K":
        refuse("einsum", "order", "NumPy adds up in another order then; leave order= away")
    if not isinstance(subscripts, str):
        subscripts, operands = _from_lists(subscripts, *operands)
    operands = [_array(o) for o in operands]
    subscripts = _explicit(subscripts, operands)
    if len(operands) > 2 and pairwise.is_large(subscripts, operands):
        return pairwise.in_pairs(einsum_primitive, subscripts, operands, optimize)
    if optimize is False or optimize is None:
        return einsum_primitive(*operands, subscripts=subscripts)
    path = tuple(optimize) if isinstance(optimize, list) else optimize
    return einsum_primitive(*operands, subscripts=subscripts, optimize=path)


def _from_lists(*given):
    """NumPy's other spelling, ``einsum(a, [0, 1], b, [1, 2], [0, 2])``, as a string and operands."""

    def letters(places):
        return "".join("..." if place is Ellipsis else string.ascii_letters[place] for place in places)

    output = "->" + letters(given[-1]) if len(given) % 2 else ""
    terms = given[: len(given) // 2 * 2]
    return ",".join(map(letters, terms[1::2])) + output, terms[::2]


def _explicit(subscripts, operands):
    """The subscripts with every ellipsis spelled out and the output named."""
    inputs, arrow, output = subscripts.replace(" ", "").partition("->")
    terms = inputs.split(",")
    if len(terms) != len(operands):
        raise ValueError(f"einsum {subscripts!r} names {len(terms)} operands and was given {len(operands)}")
    unused = [c for c in string.ascii_letters if c not in subscripts]
    widths = [o.ndim - len(t.replace("...", "")) if "..." in t else 0 for t, o in zip(terms, operands)]
    widest = max(widths, default=0)
    extra = unused[:widest]
    terms = [t.replace("...", "".join(extra[widest - w :])) for t, w in zip(terms, widths)]
    for t, o in zip(terms, operands):
        if len(t) != o.ndim:
            raise ValueError(f"einsum {subscripts!r}: term {t!r} has {len(t)} letters for shape {tuple(o.shape)}")
    if arrow:
        output = output.replace("...", "".join(extra))
    else:
        joined = "".join(terms)
        output = "".join(extra) + "".join(sorted(c for c in set(joined) if joined.count(c) == 1 and c not in extra))
    return ",".join(terms) + "->" + output


_EXPORTED = """
    einsum
"""
EXPORTS = {name: globals()[name] for name in _EXPORTED.split()}
