"""Batching rules: how a primitive runs on many examples at once, for those whose kind does not say it already.

``rule(primitive, args, batched, params)`` has the examples of each batched argument along its first axis, and returns
the result in the same way (`minigan.autodiff.batching`). Most rules count axes one further. Values are those of a loop
over the examples, to rounding: a product of one matrix with many becomes one product of two matrices.
"""

from __future__ import annotations

import math
import string

from ..autodiff.batching import aligned, composed, moved, one_by_one, rank, reduced, size_of, spread, widened
from ..autodiff.primitive import PRIMITIVES, place_of, places_of
from .batched_indexing import of_getitem, of_scatter
from .products import dot_primitive
from .shape import _reshape, _transpose

# -- axes ----------------------------------------------------------------------------------------------------


def as_it_is(primitive, args, batched, params):
    """What works on the last axes, or on each element: further axes in front are further examples."""
    return primitive(*args, **params)


def along_axis(primitive, args, batched, params):
    """What works along an axis, or several, and keeps the shape: axes are counted one further."""
    (x,), axis = args, params["axis"]
    places = tuple(place + 1 for place in places_of(axis, x.ndim - 1))
    return primitive(x, **{**params, "axis": places[0] if hasattr(axis, "__index__") else places})


def _of_softmax(primitive, args, batched, params):
    (x,) = args
    if x.ndim > 1:
        return along_axis(primitive, args, batched, params)
    place_of(params["axis"] or 0, 1)  # a number is one of its kind
    return _reshape(primitive(_reshape(x, shape=(x.shape[0], 1)), axis=1), shape=tuple(x.shape))


def _of_quantile(primitive, args, batched, params):
    """Of shares that all examples have, the library's, which puts their axes in front."""
    x, share = args
    if batched[1] or x.ndim == 1 or 0 in x.shape:
        return composed(primitive, args, batched, params)
    axis = params.get("axis")
    places = tuple(place + 1 for place in places_of(axis, x.ndim - 1))
    out = primitive(x, share, **{**params, "axis": places[0] if hasattr(axis, "__index__") else places})
    return moved(out, getattr(share, "ndim", 0), 0)


def _of_trace(primitive, args, batched, params):
    (x,) = args
    axes = {name: place_of(params.get(name, i), x.ndim - 1) + 1 for i, name in enumerate(("axis1", "axis2"))}
    return primitive(x, **{**params, **axes})


def joined(primitive, args, batched, params):
    """Arrays joined along an axis; the first of them says how many a negative one is counted from."""
    size, axis = size_of(args, batched), params["axis"]
    parts = [spread(x, ours, size) for x, ours in zip(args, batched)]
    dimensions = parts[0].ndim - 1 + (primitive.name == "stack")
    return primitive(*parts, axis=place_of(axis, dimensions) + 1)


def _of_reshape(primitive, args, batched, params):
    (x,) = args
    shape, size = params["shape"], math.prod(x.shape[1:])
    if -1 in shape:
        known = math.prod(n for n in shape if n != -1)
        shape = tuple(size // known if n == -1 and known else 0 if n == -1 else n for n in shape)
    if math.prod(shape) != size:
        raise ValueError(f"cannot reshape {tuple(x.shape[1:])} into {params['shape']}")
    return primitive(x, shape=(x.shape[0], *shape))


def _of_transpose(primitive, args, batched, params):
    (x,) = args
    return primitive(x, axes=(0, *(place_of(a, x.ndim - 1) + 1 for a in params["axes"])))


def _of_broadcast_to(primitive, args, batched, params):
    (x,), shape = args, params["shape"]
    return primitive(widened(x, len(shape) + 1 - x.ndim), shape=(x.shape[0], *shape))


def _of_searchsorted(primitive, args, batched, params):
    return (one_by_one if batched[0] else as_it_is)(primitive, args, batched, params)


# -- products ------------------------------------------------------------------------------------------------


def _product(x, y, batched):
    """Matrices (m, k) times (k, n), of each example where batched: one product of two matrices where one is shared."""
    if not batched[1]:
        size, rows, inner = x.shape
        flat = dot_primitive(_reshape(x, shape=(size * rows, inner)), y)
        return _reshape(flat, shape=(size, rows, y.shape[1]))
    if not batched[0]:
        size, inner, columns = y.shape
        if columns == 1:  # vectors, which lie in memory as rows
            flat = dot_primitive(_reshape(y, shape=(size, inner)), _transpose(x, axes=(1, 0)))
            return _reshape(flat, shape=(size, x.shape[0], 1))
    elif x.shape[2] == 1:  # matmul is slow with nothing to sum over
        return PRIMITIVES["multiply"](x, y)
    return PRIMITIVES["matmul"](x, y)


def _as_matrix(x, batched, contracted, first):
    """One example as a matrix, its ``contracted`` axis first or last and the others in one; and what these were."""
    shape = tuple(x.shape)
    axes = shape[batched:]
    free = axes[:contracted] + axes[contracted + 1 :]
    x = moved(x, contracted + batched, batched if first else x.ndim - 1)
    matrix = (axes[contracted], math.prod(free)) if first else (math.prod(free), axes[contracted])
    return _reshape(x, shape=shape[:batched] + matrix), free


def contracting(place):
    """A rule of products that sum over the last axis of x and the axis ``place(rank)`` of y, kept axes side by side."""

    def rule(primitive, args, batched, params):
        x, y = args
        ranks = [rank(a, ours) for a, ours in zip(args, batched)]
        if 0 in ranks:
            return aligned(PRIMITIVES["multiply"], args, batched, {})
        inner = (ranks[0] - 1, place(ranks[1]))
        if x.shape[inner[0] + batched[0]] != y.shape[inner[1] + batched[1]]:
            shapes = [tuple(a.shape[ours:]) for a, ours in zip(args, batched)]
            raise ValueError(f"minigan.numpy.{primitive.name} of shapes {shapes[0]} and {shapes[1]}: they do not match")
        x, free_x = _as_matrix(x, batched[0], inner[0], first=False)
        y, free_y = _as_matrix(y, batched[1], inner[1], first=True)
        out = _product(x, y, batched)
        return _reshape(out, shape=(out.shape[0], *free_x, *free_y))

    return rule


def _of_matmul(primitive, args, batched, params):
    ranks = [rank(x, ours) for x, ours in zip(args, batched)]
    if min(ranks) < 1:
        raise ValueError(f"matmul of {ranks[0]} and {ranks[1]} axes: write * for a product with a number")
    x, y = args
    if ranks[0] == 1:  # a vector is a row on the left
        x = _reshape(x, shape=(*x.shape[:-1], 1, x.shape[-1]))
    if ranks[1] == 1:  # and a column on the right
        y = _reshape(y, shape=(*y.shape, 1))
    if max(ranks) <= 2 and x.shape[-1] == y.shape[-2]:
        out = _product(x, y, batched)
    elif not batched[1] and ranks[1] <= 2 and x.shape[-1] == y.shape[-2]:  # all rows of all examples at once
        flat = _product(_reshape(x, shape=(x.shape[0], math.prod(x.shape[1:-1]), x.shape[-1])), y, batched)
        out = _reshape(flat, shape=(*x.shape[:-1], y.shape[-1]))
    else:
        out = _stacks(primitive, (x, y), batched, params, 2)
    if ranks[0] == 1:
        out = _reshape(out, shape=(*out.shape[:-2], out.shape[-1]))
    return _reshape(out, shape=out.shape[:-1]) if ranks[1] == 1 else out


def _stacks(primitive, args, batched, params, *own):
    """A function of stacks of arrays with so many axes of their ``own``, and stacks broadcast: batches meet batches."""
    own = own * len(args) if len(own) == 1 else own
    stack = [rank(x, ours) - axes for x, ours, axes in zip(args, batched, own)]
    wide = [widened(x, max(stack) - n) if ours else x for x, ours, n in zip(args, batched, stack)]
    return primitive(*wide, **params)


def stacked(*own):
    """The rule of such a function."""
    return lambda primitive, args, batched, params: _stacks(primitive, args, batched, params, *own)


def _of_vecdot(primitive, args, batched, params):
    if params["axis"] >= 0:  # counted from the front of each
        return one_by_one(primitive, args, batched, params)
    return aligned(primitive, args, batched, params)


def _of_solve(primitive, args, batched, params):
    a, b = args
    if rank(b, batched[1]) > 1:
        return _stacks(primitive, args, batched, params, 2)
    b = _reshape(b, shape=(*b.shape, 1))
    out = _stacks(primitive, (a, b), batched, params, 2)
    return _reshape(out, shape=out.shape[:-1])


def _of_einsum(primitive, args, batched, params):
    inputs, output = params["subscripts"].split("->")
    free = [c for c in string.ascii_letters if c not in params["subscripts"]]
    if not free:
        return one_by_one(primitive, args, batched, params)
    terms = [free[0] * ours + term for term, ours in zip(inputs.split(","), batched)]
    return primitive(*args, **{**params, "subscripts": f"{','.join(terms)}->{free[0]}{output}"})


# -- images --------------------------------------------------------------------------------------------------


def as_samples(primitive, args, batched, params):
    """A function of images, (samples, rows, columns, channels): the examples' samples in one line."""
    size = size_of(args, batched)
    args = [spread(x, ours, size) for x, ours in zip(args, batched)]
    out = primitive(*(_reshape(x, shape=(size * x.shape[1], *x.shape[2:])) for x in args), **params)
    return _reshape(out, shape=(size, args[0].shape[1], *out.shape[1:]))


def _side_by_side(x):
    """The examples of images or weights in their last axis."""
    x = moved(x, 0, x.ndim - 2)
    return _reshape(x, shape=(*x.shape[:-2], x.shape[-2] * x.shape[-1]))


def _of_convolution(primitive, args, batched, params):
    """One of the three maps of `convolution`: examples are further samples, features, or groups of channels."""
    size, groups, name = size_of(args, batched), params["groups"], primitive.name
    if not batched[1] and name != "conv2d_kernel_gradient":
        x = _reshape(args[0], shape=(size * args[0].shape[1], *args[0].shape[2:]))
        out = primitive(x, args[1], **params)
        return _reshape(out, shape=(size, args[0].shape[1], *out.shape[1:]))
    if size == 0:  # no channels
        return one_by_one(primitive, args, batched, params)
    if batched[0] or groups > 1 or name == "conv2d_input_gradient":
        groups = groups * size
        args = [spread(x, ours, size) for x, ours in zip(args, batched)]
        batched = [True, True]
    args = [_side_by_side(x) if ours else x for x, ours in zip(args, batched)]
    out = primitive(*args, **{**params, "groups": groups})
    return moved(_reshape(out, shape=(*out.shape[:-1], size, out.shape[-1] // size)), out.ndim - 1, 0)


# -- the table -----------------------------------------------------------------------------------------------


def _rules():
    of_elements = """
        is_positive points cast_to_discrete sign floor ceil round round_to trunc rint floor_divide equal not_equal less
        less_equal greater greater_equal logical_and logical_or logical_xor logical_not bitwise_and bitwise_or
        bitwise_xor bitwise_invert isfinite isnan isinf signbit exponent_of spacing ldexp sign_of_complex
    """
    of_stacks = """
        astype tril triu inv adjugate det slogdet eigh eig svd qr pinv cut_pinv cholesky eigvalsh eigvals svdvals
        cholesky_upper
    """
    over_axes = "sum mean argmax argmin any all count_nonzero prod nanmax nanmin nanmean nanvar nanstd nanmedian"
    along_one = "cumsum cumprod argsort sort partition partition_alone fft ifft rfft irfft"
    of_images = """
        max_pool2d largest_places sum_windows spread_windows read_places write_places upsample_nearest2d
        upsample_bilinear2d upsample_bilinear2d_transpose
    """
    return {
        **dict.fromkeys(of_elements.split(), aligned),
        **dict.fromkeys(of_stacks.split(), as_it_is),
        **dict.fromkeys(over_axes.split(), reduced),
        **dict.fromkeys(along_one.split(), along_axis),
        **dict.fromkeys(of_images.split(), as_samples),
        **dict.fromkeys(("concatenate", "stack"), joined),
        **dict.fromkeys(("softmax", "log_softmax"), _of_softmax),
        **dict.fromkeys(("quantile", "nanquantile"), _of_quantile),
        "trace": _of_trace,
        "reshape": _of_reshape,
        "transpose": _of_transpose,
        "broadcast_to": _of_broadcast_to,
        "dot": contracting(lambda rank: max(rank - 2, 0)),
        "inner": contracting(lambda rank: rank - 1),
        "matmul": _of_matmul,
        "vecdot": _of_vecdot,
        "matvec": stacked(2, 1),
        "vecmat": stacked(1, 2),
        "einsum": _of_einsum,
        "solve": _of_solve,
        "getitem": of_getitem,
        "scatter_add": of_scatter,
        "searchsorted": _of_searchsorted,
        **dict.fromkeys(("conv2d", "conv2d_input_gradient", "conv2d_kernel_gradient"), _of_convolution),
    }


for _name, _rule in _rules().items():
    PRIMITIVES[_name].batch = _rule
