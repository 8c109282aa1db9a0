"""Many examples at once: a function of one example, run on a whole batch of them.

A `Batch` is a transformation like a tape. A tracer of it stands for one example and shows its shape, and its data holds
all of them, along a first axis. A primitive that meets one runs once on the whole batch, by its batching rule

    rule(primitive, args, batched, params)  ->  the result, its examples along the first axis

where ``batched`` says which of the ``args`` hold a batch, always along their first axis; the others are shared. Rules
of elementwise, reducing and composed primitives follow from their kind; those of the library's others stand in
`minigan.numpy.batching`; what has none runs example by example (`one_by_one`: right, and no faster than a loop).
"""

from __future__ import annotations

import functools
import math

from ..backend import active, backend_of, backend_of_type, dtype_name, get, is_elsewhere, kind_of
from ..validation import function
from .boundary import tell_leaving
from .ownership import own
from .primitive import PRIMITIVES, place_of, places_of
from .tracer import Leaving, Tracer, describe, innermost, new_level, outlived
from .trees import Structure, flatten, unflatten


class ManyValues(Leaving):
    """A function of one example asked for the value of its example, and there is one in each of the batch."""


class Batch:
    """The transformation behind `vectorize`, over ``size`` examples."""

    __slots__ = ("closed", "level", "size")

    def __init__(self, size):
        self.level = new_level()
        self.size = size
        self.closed = False

    def wrap(self, data) -> Tracer:
        """One example of ``data``, which holds them all along its first axis."""
        kind = innermost(data)
        one = _stand_in(backend_of_type(type(kind)).name, tuple(data.shape[1:]), dtype_name(data.dtype))
        return Tracer(one, self, data)

    def spread(self, x):
        """All examples of ``x``, along a first axis: what is the same for each is repeated."""
        if type(x) is Tracer and x.owner is self:
            return x.data
        return spread(x if hasattr(x, "shape") else active().asarray(x), False, self.size)

    def concrete(self, tracer, how):
        from .program import user_line

        raise ManyValues(
            f"{user_line()}{how} depends on the values of {tracer!r}, and vectorize runs its function once for "
            f"{self.size} examples, each of which has its own: use mnp.where(condition, a, b) to choose by value, "
            "or compute the condition from shapes and Python numbers"
        )

    def leaves(self, tracer, how):
        from .program import user_line

        raise ManyValues(
            f"{user_line()}{how} asks for the value of {tracer!r}, which under vectorize stands for {self.size} "
            "examples: return the array and convert it outside, keep computing with it as an array, and read a plain "
            "array at its positions with mnp.take"
        )

    def process(self, primitive, args, params):
        """Run ``primitive`` by its rule on all the examples."""
        if self.closed:
            raise RuntimeError(outlived(primitive.name, "vectorize"))
        if primitive.is_unprepared(args):
            return primitive.prepared(*args, **params)
        batched = [type(arg) is Tracer and arg.owner is self for arg in args]
        values = [arg.data if ours else arg for arg, ours in zip(args, batched)]
        rule = primitive.batch or BY_KIND.get(primitive.kind, one_by_one)
        out = rule(primitive, values, batched, params)
        return tuple(map(self.wrap, out)) if primitive.multiple else self.wrap(out)


@functools.lru_cache(maxsize=4096)
def _stand_in(backend, shape, dtype):
    """An array in the shape, dtype and library of one example, of one number's memory; its values mean nothing."""
    backend = get(backend)
    one = backend.create("full", (), math.nan if dtype.startswith(("float", "complex")) else 0, dtype=dtype)
    return backend.xp.broadcast_to(one, shape)


def inside(x):
    """What a traced ``x`` stands for one transformation further out: of a batch, all its examples."""
    return x.data if isinstance(x.owner, Batch) else x.value


# -- rules ---------------------------------------------------------------------------------------------------


def rank(x, batched) -> int:
    """How many axes one example of ``x`` has."""
    return getattr(x, "ndim", 0) - batched


def size_of(args, batched) -> int:
    """How many examples there are."""
    return next(x.shape[0] for x, ours in zip(args, batched) if ours)


def spread(x, batched, size):
    """All examples of what may be the same for each."""
    return x if batched else PRIMITIVES["broadcast_to"](x, shape=(size, *x.shape))


def widened(x, missing):
    """A batch with so many axes of size 1 in front of its examples' own, as broadcasting would put them there."""
    shape = tuple(x.shape)
    return PRIMITIVES["reshape"](x, shape=(shape[0], *(1,) * missing, *shape[1:])) if missing > 0 else x


def moved(x, source, destination):
    """``x`` with one axis elsewhere, the others in their order."""
    if source == destination:
        return x
    order = [i for i in range(x.ndim) if i != source]
    order.insert(destination, source)
    return PRIMITIVES["transpose"](x, axes=tuple(order))


def aligned(primitive, args, batched, params):
    """An elementwise function: examples of fewer axes get the others, so that batches meet batches."""
    ranks = list(map(rank, args, batched))
    widest = max(ranks)
    wide = [widened(x, widest - n) if ours and n < widest else x for x, ours, n in zip(args, batched, ranks)]
    return primitive(*wide, **params)


def reduced(primitive, args, batched, params):
    """A reduction: over axes counted one further, or over all of each example, laid in a line."""
    (x,) = args
    axis, shape = params.get("axis"), tuple(x.shape)
    if axis is not None and len(shape) > 1:
        places = places_of(axis, len(shape) - 1)
        axis = tuple(place + 1 for place in places) if isinstance(axis, tuple | list) else places[0] + 1
        return primitive(x, **{**params, "axis": axis})
    places_of(axis, len(shape) - 1)
    line = PRIMITIVES["reshape"](x, shape=(shape[0], math.prod(shape[1:])))
    out = primitive(line, **{**params, "axis": 1})
    kept = (shape[0], *(1,) * (len(shape) - 1)) if params.get("keepdims") else (shape[0],)
    return PRIMITIVES["reshape"](out, shape=kept) if tuple(out.shape) != kept else out


def composed(primitive, args, batched, params):
    """A composition: of the rules of what it is composed of."""
    return over_examples(lambda *args: primitive.composition(*args, **params), args, batched)


def one_by_one(primitive, args, batched, params):
    """Each example by itself, and the results stacked: for what has no rule of its own."""
    size = size_of(args, batched)
    examples = [
        [PRIMITIVES["getitem"](x, index=(i, ...)) if ours else x for x, ours in zip(args, batched)] for i in range(size)
    ]
    if size == 0:  # the shapes and dtypes are those of some example's result
        return _nothing(primitive, args, batched, params)
    found = [primitive(*example, **params) for example in examples]
    if not primitive.multiple:
        return PRIMITIVES["stack"](*found, axis=0)
    return tuple(PRIMITIVES["stack"](*parts, axis=0) for parts in zip(*found))


def _nothing(primitive, args, batched, params):
    def like(x, name, shape):
        x = innermost(x)
        return backend_of(x).create(name, shape, dtype=x.dtype)

    out = primitive(*(like(x, "ones", x.shape[1:]) if ours else x for x, ours in zip(args, batched)), **params)
    parts = tuple(like(part, "zeros", (0, *part.shape)) for part in (out if primitive.multiple else (out,)))
    return parts if primitive.multiple else parts[0]


BY_KIND = {"elementwise": aligned, "reduction": reduced, "composed": composed}


# -- the transformation --------------------------------------------------------------------------------------


def over_examples(f, args, batched):
    """``f(*args)`` for each example of those ``args`` that are ``batched``; every result has its examples first."""
    trace = Batch(size_of(args, batched))
    try:
        y = f(*(trace.wrap(x) if ours else x for x, ours in zip(args, batched)))
    finally:
        trace.closed = True
    leaves, structure = flatten(y)
    return unflatten(structure, [trace.spread(leaf) for leaf in leaves])


def vectorize(f, in_axes=0, out_axes=0):
    """A function that maps ``f``, written for one example, over an axis of its arguments, all examples at once.

    ``vectorize(f)(x, y)[i] = f(x[i], y[i])``, computed by one run of ``f`` in which every operation takes the whole
    batch. ``in_axes`` says which axis of the arguments counts the examples: a number for all of them, or a tuple with
    an entry an argument; an entry is a number, ``None`` for what all examples share, or a tree of such, as far down
    as they differ (``({"w": 0, "b": None}, 0)``). ``out_axes`` says in the same way where the results have the axis;
    ``None`` is for a result that is the same for each. Keyword arguments are shared. Arguments and results are any
    trees; dtypes are those of ``f``; a batch of size 0 gives results of size 0.

    It is a transformation like the others: ``vectorize(grad(loss), (None, 0))`` are per-example gradients, and it may
    be nested, differentiated, recorded and compiled. A Python branch on a batched value is a `TypeError` that names
    the line. A generator drawn from inside of ``f`` draws once, the same numbers for all examples: draw a batch
    outside and pass it in. What has no batching rule runs example by example: `numpy.linalg.lstsq`, `searchsorted` in
    batched bins, a mask beside batched positions, and primitives of one's own that are no elementwise functions,
    reductions or compositions and were given no ``batch``. Raises `ValueError` where axes or sizes of batches do not
    fit, with the sizes. Source: the idea is that of ``vmap`` in JAX, Bradbury et al. (2018).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> w, x = mnp.array([1.0, 2.0]), mnp.array([[3.0, 1.0], [0.0, 1.0], [2.0, 0.0]])
    >>> mg.to_numpy(mg.vectorize(mg.grad(lambda w, x: (w @ x) ** 2), in_axes=(None, 0))(w, x))  # 2 (w . x) x
    array([[30., 10.],
           [ 0.,  4.],
           [ 8.,  0.]])
    """
    function(f, "what is vectorized", "(arrays)")

    @functools.wraps(f, assigned=("__name__", "__qualname__", "__module__"), updated=())
    def over_batch(*args, **kwargs):
        leaves, structure = flatten(args)
        axes = _axes(in_axes, structure, "in_axes")
        places = [None if axis is None else _place(x, axis) for x, axis in zip(leaves, axes)]
        trace = Batch(_common_size(leaves, places))
        given = [x if place is None else trace.wrap(moved(x, place, 0)) for x, place in zip(leaves, places)]
        try:
            y = f(*unflatten(structure, given), **kwargs)
        except ValueError as error:
            tell_leaving(error)
            raise
        finally:
            trace.closed = True
        results, out_structure = flatten(y)
        del given, y  # tracers hold what they stand for
        results = [_result(trace, x, axis) for x, axis in zip(results, _axes(out_axes, out_structure, "out_axes"))]
        return unflatten(out_structure, own(results))

    return over_batch


def _result(trace, x, axis):
    ours = type(x) is Tracer and x.owner is trace
    if axis is None:
        if ours:
            raise ValueError(
                f"out_axes is None for the result {x!r}, which differs from example to example: name an axis for it"
            )
        return x
    if not ours and not hasattr(x, "shape") and not isinstance(x, int | float | complex):
        raise TypeError(f"a vectorized function returns trees of arrays and numbers, and returned {x!r}")
    data = trace.spread(x)
    return moved(data, 0, place_of(axis, data.ndim))


def _place(x, axis):
    """Where ``x`` has its examples, counted from the front."""
    if type(x) is Tracer or backend_of_type(type(x)) is not None:
        if x.ndim == 0:
            raise ValueError(f"vectorize over axis {axis} of {describe(x)}, which has none: let in_axes be None for it")
        return place_of(axis, x.ndim)
    if is_elsewhere(type(x)):
        raise TypeError(f"vectorize was given {kind_of(x)}: bring it over with mnp.asarray(x)")
    raise TypeError(
        f"vectorize over axis {axis} of {x!r}, which is no array: let in_axes be None for what all examples share"
    )


def _common_size(leaves, places) -> int:
    found = [(x, place) for x, place in zip(leaves, places) if place is not None]
    if not found:
        raise ValueError("vectorize was given nothing to run over: in_axes is None for every argument")
    if len({x.shape[place] for x, place in found}) > 1:
        told = ", ".join(f"{x.shape[place]} (axis {place} of {describe(x)})" for x, place in found)
        raise ValueError(f"vectorize was given batches of different sizes: {told}")
    x, place = found[0]
    return x.shape[place]


def _axes(axes, structure: Structure, name) -> list:
    """An axis or ``None`` for every leaf of a tree of that ``structure``, of which ``axes`` is a prefix."""
    if axes is None or (hasattr(axes, "__index__") and not isinstance(axes, bool)):
        return [axes] * structure.size
    one_argument = isinstance(axes, tuple | list) and structure.kind not in (None, dict)
    if one_argument and len(axes) == len(structure.children):
        parts = list(axes)
    elif isinstance(axes, dict) and structure.kind is dict and set(axes) == set(structure.keys):
        parts = [axes[key] for key in structure.keys]
    else:
        raise ValueError(
            f"{name} has {axes!r} for a tree of structure {structure}: it takes an axis, None, or as many entries as "
            "that has"
        )
    return [axis for part, child in zip(parts, structure.children) for axis in _axes(part, child, name)]
