"""Batching rules of reading and scattering by index (`minigan.numpy.batching`).

Where all examples are read at the same places, they stand behind a slice. Where each has positions of its own, these
stand beside the number of the example, one index array more.
"""

from __future__ import annotations

from ..autodiff.batching import ManyValues, moved, one_by_one, rank, size_of, spread, widened
from ..autodiff.program import user_line
from ..backend import dtype_name
from .creation import arange_like
from .indexing import SLOT
from .shape import _reshape, _transpose


def of_getitem(primitive, args, batched, params):
    """Read by what all share, behind a slice of all examples; by positions of each example's own, beside its number."""
    (x, *arrays), index = args, params["index"]
    parts = index if isinstance(index, tuple) else (index,)
    if not arrays:
        return primitive(x, index=(slice(None), *parts))
    if _has_masks(args, batched):
        return one_by_one(primitive, args, batched, params)
    first, together = _placed(parts, arrays, batched[1:], rank(x, batched[0]))
    width, arrays = _widened(arrays, batched[1:])
    if not any(batched[1:]):
        return moved(primitive(x, *arrays, index=(slice(None), *parts)), 0 if together else width, 0)
    if not batched[0]:
        return moved(primitive(x, *arrays, index=index), first, 0)
    out = primitive(x, _numbers(arrays, x.shape[0], width), *arrays, index=(SLOT, *parts))
    return _transpose(out, axes=_behind(out.ndim, first, width)) if first else out


def of_scatter(primitive, args, batched, params):
    """The transpose of reading there."""
    (x, *arrays), index, shape = args, params["index"], params["shape"]
    parts, size = index if isinstance(index, tuple) else (index,), size_of(args, batched)
    if _has_masks(args, batched):
        return one_by_one(primitive, args, batched, params)
    x = spread(x, batched[0], size)
    if not arrays:
        return primitive(x, index=(slice(None), *parts), shape=(size, *shape))
    first, together = _placed(parts, arrays, batched[1:], len(shape))
    width, arrays = _widened(arrays, batched[1:])
    if not any(batched[1:]):
        x = moved(x, 0, 0 if together else width)
        return primitive(x, *arrays, index=(slice(None), *parts), shape=(size, *shape))
    if first:
        order = _behind(x.ndim, first, width)
        x = _transpose(x, axes=tuple(order.index(i) for i in range(x.ndim)))
    return primitive(x, _numbers(arrays, size, width), *arrays, index=(SLOT, *parts), shape=(size, *shape))


def _has_masks(args, batched) -> bool:
    """Whether a mask stands beside positions of each example's own; raises `ManyValues` for a mask of each one's own."""
    masks = [i for i, x in enumerate(args) if i and dtype_name(x.dtype) == "bool"]
    if any(batched[i] for i in masks):
        raise ManyValues(
            f"{user_line()}a mask as an index selects as many elements as it has true ones, and under vectorize each "
            "example has a mask of its own: use mnp.where(mask, x, 0.0), multiply by the mask, or index with positions"
        )
    return bool(masks) and any(batched[1:])


def _placed(parts, arrays, batched, dimensions):
    """Which axis of a result is the first that index arrays and numbers make, and whether they stand side by side.

    If they do not, NumPy puts their axes in front. ``dimensions`` are those of what is indexed.
    """
    reads = iter([x.ndim if dtype_name(x.dtype) == "bool" else 1 for x in arrays])
    axes = [next(reads) if part is SLOT else 0 if part is None or part is ... or part is True or part is False else 1
            for part in parts]  # fmt: skip
    written = []
    for part in parts:
        written += [slice(None)] * (dimensions - sum(axes)) if part is ... else [part]
    chosen = [i for i, part in enumerate(written) if part is not None and not isinstance(part, slice)]
    together = chosen[-1] - chosen[0] + 1 == len(chosen)
    return chosen[0] if together else 0, together


def _widened(arrays, batched):
    """How many axes index arrays make together, and the arrays, batches widened to as many."""
    width = max(1 if dtype_name(x.dtype) == "bool" else rank(x, ours) for x, ours in zip(arrays, batched))
    return width, [widened(x, width - rank(x, ours)) if ours else x for x, ours in zip(arrays, batched)]


def _numbers(arrays, size, width):
    """The number of each example, to stand beside its positions."""
    return _reshape(arange_like(arrays[0], size), shape=(size, *(1,) * width))


def _behind(ndim, first, width):
    """The order that brings axes 1 to ``width``, of positions, behind the ``first`` ones that follow them: a slice
    parted them from the number of the example, so they came in front."""
    after = 1 + width + first
    return (0, *range(1 + width, after), *range(1, 1 + width), *range(after, ndim))
