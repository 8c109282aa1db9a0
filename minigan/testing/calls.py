"""Calls of NumPy's functions, drawn: for every name of `minigan.numpy`, `linalg` and `fft`, arguments that it takes, and a few
that it does not.

What is drawn for a parameter goes by its name, which NumPy gives one meaning (`OPTIONS`); functions whose arguments hang
together say how (`TOGETHER`). A name that is new is drawn by its signature at once.
"""

from __future__ import annotations

import inspect

import numpy as np
from hypothesis import strategies as st

from .drawing import Draw

# -- by the name of the parameter; `a` is the first array ----------------------------------------------------


def _ndim(a) -> int:
    return np.ndim(a)


def _mask(d, a):
    return d.among(True, d.values(d.beside(np.shape(a)), "bool"))


def _perm(d, a):
    n = _ndim(a)
    drawn = tuple(i - n * d.chance(0.2) for i in d.permutation(n))
    return d.among(None, drawn, drawn, drawn[1:], (0, 0, *drawn[2:]))


def _pads(d, a):
    pair = lambda: (d.integer(0, 2), d.integer(0, 2))
    return d.among(d.integer(0, 2), pair(), (d.integer(0, 2),), tuple(pair() for _ in range(_ndim(a))), -1)


def _sections(d, a):
    return d.among(1, 2, d.integer(1, 4), [1], [1, 2], (2, 1), np.array([1, 3]), [], 0)


def _other(d, a):
    return d.array(d.beside(np.shape(a)))


def _places(d, a):
    shape = d.among((), (2,), (0,), (2, 1))
    return d.rng.integers(-1, 2, shape) if d.chance(0.9) else d.rng.integers(-9, 9, shape)


def _sizes(d, a):
    return tuple(d.integer(1, 5) for _ in range(d.integer(1, 2)))


def _shape(d, a):
    """One that `reshape` takes, more often than not."""
    n = int(np.size(a))
    fits = [(n,), -1, (-1,), (1, n), (n, 1), (-1, 1), n, [n]]
    if n % 2 == 0:
        fits += [(2, n // 2), (n // 2, -1)]
    return d.among(*fits, *fits, d.shape(), (-1, -1), (3, -1))


METHODS = ("linear", "lower", "higher", "midpoint", "nearest", "hazen", "weibull", "inverted_cdf", "median_unbiased")
PADS = ("constant", "edge", "reflect", "symmetric", "wrap", "mean", "maximum", "minimum", "linear_ramp", "empty", "none")
NORMS = (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf, 0, 3, 2.5, -1.5, "other")

OPTIONS = {
    "axis": lambda d, a: d.axes(_ndim(a)),
    "axis1": lambda d, a: d.axis(_ndim(a)),
    "axis2": lambda d, a: d.axis(_ndim(a)),
    "keepdims": lambda d, a: d.among(True, True, False),
    "ddof": lambda d, a: d.among(0, 1, 1, 2, 0.5),
    "correction": lambda d, a: d.among(0, 1, 1.5),
    "where": _mask,
    "initial": lambda d, a: d.among(0, 1, 0.5, -2.0, np.inf),
    "dtype": lambda d, a: d.among(*map(np.dtype, ("float32", "float64", "complex128", "int64")), float, "float32", None),
    "order": lambda d, a: d.among("C", "F", "A", "K"),
    "k": lambda d, a: d.integer(-2, 3),
    "n": lambda d, a: d.among(0, 1, 2, 3, -1, np.int64(2)),
    "offset": lambda d, a: d.integer(-2, 2),
    "axes": _perm,
    "decimals": lambda d, a: d.integer(-1, 3),
    "deg": lambda d, a: d.among(True, False),
    "rtol": lambda d, a: d.among(1e-5, 0.5),
    "atol": lambda d, a: d.among(1e-8, 0.5),
    "equal_nan": lambda d, a: d.among(True, False),
    "kind": lambda d, a: d.among("stable", "stable", "quicksort", None),
    "stable": lambda d, a: d.among(True, None),
    "include_initial": lambda d, a: d.among(True, False),
    "rowvar": lambda d, a: d.among(True, False),
    "bias": lambda d, a: d.among(True, False),
    "prepend": lambda d, a: d.among(0.0, d.array(np.shape(a))),
    "append": lambda d, a: d.among(0.0, d.array(np.shape(a))),
    "to_end": lambda d, a: d.among(1.0, d.array((2,))),
    "to_begin": lambda d, a: d.among(1.0, d.array((2,))),
    "returned": lambda d, a: d.among(True, False),
    "weights": lambda d, a: abs(d.values(np.shape(a) if d.chance(0.7) else d.shape(1, 1), "float64")),
    "nan": lambda d, a: d.number(),
    "posinf": lambda d, a: d.number(),
    "neginf": lambda d, a: d.number(),
    "shift": lambda d, a: d.among(0, 1, -2, 5, (1, 2), np.int64(1)),
    "reps": lambda d, a: d.among(0, 1, 2, (2, 1), (1, 2, 1), (), [2], np.int64(2)),
    "repeats": lambda d, a: d.among(0, 1, 2, [2], np.array([1, 0, 2]), np.int64(2), -1),
    "source": lambda d, a: d.among(d.axis(_ndim(a)), (0, 1), (-1,)),
    "destination": lambda d, a: d.among(d.axis(_ndim(a)), (1, 0), (0,)),
    "start": lambda d, a: d.axis(_ndim(a) + 1),
    "new_shape": _shape,
    "shape": lambda d, a: (d.among(1, 2),) * d.among(0, 1) + tuple(d.among(0, 2, 3) if n == 1 else n for n in np.shape(a)),
    "pad_width": _pads,
    "indices_or_sections": _sections,
    "indices": _places,
    "obj": lambda d, a: d.among(0, -1, 1, slice(0, 2), [0], [0, 1], [], 7, np.array([True, False])),
    "values": _other,
    "q": lambda d, a: d.among(0.25, 0.5, 1.0, 0.0, [0.1, 0.9], np.array([[0.5], [0.75]]), 1.5),
    "method": lambda d, a: d.among("linear", *METHODS),
    "edge_order": lambda d, a: d.among(1, 2),
    "norm": lambda d, a: d.among(None, "ortho", "forward", "backward", "none"),
    "s": lambda d, a: _sizes(d, a),
    "upper": lambda d, a: d.among(True, False),
    "UPLO": lambda d, a: d.among("L", "U", "X"),
    "ord": lambda d, a: d.among(*NORMS),
    "p": lambda d, a: d.among(*NORMS),
    "full_matrices": lambda d, a: d.among(False, False, True),
    "compute_uv": lambda d, a: d.among(False, True),
    "mode": lambda d, a: d.among("reduced", "r", "complete"),
    "rcond": lambda d, a: d.among(1e-10, None),
    "hermitian": lambda d, a: d.among(False, True),
    "a_min": lambda d, a: d.among(None, -0.5, d.array(d.beside(np.shape(a)))),
    "a_max": lambda d, a: d.among(None, 0.5, d.array(d.beside(np.shape(a)))),
    "side": lambda d, a: d.among("left", "right"),
    "fill_value": lambda d, a: d.among(d.number(), d.array(d.beside(np.shape(a)))),
    "x1": _other,
    "x2": _other,
    "b": _other,
    "y": _other,
    "values_": _other,
}
ARRAYS = {"x", "a", "m", "v", "A", "arr", "array", "ary", "z", "val", "x1", "f", "arg", "prototype", "Z"}
OFTEN = {"axis": 0.6, "keepdims": 0.3, "dtype": 0.08, "where": 0.08, "initial": 0.08, "order": 0.1, "kind": 0.1}
FEWEST = dict.fromkeys(["fliplr", "diagonal", "trace", "swapaxes", "moveaxis", "matrix_transpose", "tril", "triu", "vsplit"], 2) | {"dsplit": 3}
FEWEST |= dict.fromkeys(["diff", "gradient", "unstack", "split", "array_split", "hsplit", "delete", "sort", "argsort", "rollaxis", "repeat", "flipud"], 1)
SEVERAL = {"keepdims", "squeeze", "expand_dims", "flip"}  # functions, and a parameter of functions, of several axes
HERE = {"copy", "device", "out", "casting", "subok", "signature", "like", "overwrite_input", "optimize", "mean"}


def by_signature(d: Draw, function, a=None):
    """Arguments by the names that ``function`` gives its parameters: an array first, then what is needed, then some options."""
    parameters = list(inspect.signature(function).parameters.values())
    a = d.array(d.shape(FEWEST.get(function.__name__, 0)) if d.chance(0.95) else None) if a is None else a
    args, kwargs = [a], {}
    one_axis = not SEVERAL & {function.__name__, *(parameter.name for parameter in parameters)}
    for parameter in parameters[1:]:
        name, needed = parameter.name, parameter.default is parameter.empty
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or name in HERE:
            continue
        if name not in OPTIONS:
            if needed:
                raise LookupError(f"no drawing for the parameter {name!r} of {function}")
            continue
        if not needed and not d.chance(OFTEN.get(name, 0.25)):
            continue
        value = d.axis(_ndim(a)) if name == "axis" and one_axis and d.chance(0.9) else OPTIONS[name](d, a)
        if needed and not kwargs:
            args.append(value)
        else:
            kwargs[name] = value
    return args, kwargs


# -- functions whose arguments hang together -----------------------------------------------------------------


def _bits(d, function):
    shape, kind = d.shape(), d.among("bool", "int64", "uint8", "float64")
    args = [d.values(shape, kind), d.values(d.beside(shape), kind)]
    return args[: getattr(function, "nin", 2)], {}


def _reshaped(d, function):
    a = d.array()
    return [a, _shape(d, a)], {"order": d.among("C", "F", "A")} if d.chance(0.15) else {}


def _images(d, function):
    """What NumPy has not: rows of images with their channels last."""
    size, channels = d.among(3, 4), d.among(1, 2)
    x = d.values((d.among(0, 1, 2), size, size, channels), d.among("float64", "float32"))
    further = {
        "conv2d": [d.values((2, 2, channels, 3), x.dtype)],
        "conv_transpose2d": [d.values((2, 2, 3, channels), x.dtype)],
        "max_pool2d": [d.among(2, 1, 9)],
        "avg_pool2d": [d.among(2, 1, 9)],
    }.get(function.__name__, [d.among(2, 3)])
    return [x if d.chance(0.95) else x[:, 0], *further], {}


def _added(d, function):
    x = d.array(d.shape(1, 2))
    index = d.among(0, slice(0, 2), -1, 9)
    return [x, index, d.number()], {}


def _polygamma(d, function):
    return [d.among(0, 1, 2, np.int64(1), -1, 0.5), abs(d.values(d.shape(), d.among("float64", "float32")))], {}


def _several(d, a=None):
    """Arrays of one shape, but for one axis now and then."""
    shape = d.shape(fewest=d.among(0, 1, 1))
    many = d.integer(1, 3)
    shapes = [shape] * many
    if shape and d.chance(0.3):
        i = d.integer(0, len(shape) - 1)
        shapes = [(*shape[:i], d.among(0, 1, 2, 3), *shape[i + 1 :]) for _ in range(many)]
    return d.among(list, tuple)([d.array(s) for s in shapes])


def _joined(d, function):
    args, kwargs = [_several(d)], {}
    if "axis" in inspect.signature(function).parameters and d.chance(0.6):
        kwargs["axis"] = d.among(None, d.axis(2), d.axis(1), 0)
    return args, kwargs


def _many(d, function):
    return [d.array() for _ in range(d.integer(1, 3))], {}


def _broadcast_many(d, function):
    shape = d.shape()
    return [d.array(d.beside(shape)) for _ in range(d.integer(1, 3))], {}


def _products(d, function):
    """Two arrays whose inner sizes agree, mostly."""
    n = d.among(0, 1, 2, 3)
    stack = d.shape(0, 1)
    first = d.among((n,), (d.among(1, 2, 3), n), (*stack, 2, n))
    second = d.among((n,), (n, d.among(1, 2, 3)), (*d.beside(stack), n, 2))
    if d.chance(0.06):
        second = d.shape()
    return [d.array(first), d.array(second)], {}


def _last_axes(d, function):
    n = d.among(0, 1, 2, 3)
    stack = d.shape(0, 2)
    args = [d.array((*stack, n)), d.array((*d.beside(stack), n if d.chance(0.95) else 4))]
    takes_axis = "axis" in inspect.signature(function).parameters or function.__name__ == "vecdot"
    return args, {"axis": -1} if takes_axis and d.chance(0.2) else {}


def _any_two(d, function):
    return [d.array(d.shape(0, 2)), d.array(d.shape(0, 2))], {}


def _pair(d, function):
    shape = d.shape()
    args = [d.array(shape), d.array(d.beside(shape))]
    return (args[::-1] if d.chance(0.5) else args), _ufunc_options(d, function, args[0])


def _one(d, function):
    a = d.array()
    return [a], _ufunc_options(d, function, a)


def _ufunc_options(d, function, a):
    if function is None or getattr(function, "__module__", "").startswith("minigan") or d.chance(0.93):
        return {}
    return {"where": _mask(d, a)} if d.chance(0.3) else {"dtype": d.among("float32", "float64", "complex128", "int64")}


def _tensordot(d, function):
    a = d.array(d.shape(1, 3))
    n = np.ndim(a)
    if d.chance(0.5):
        k = d.integer(0, min(n, 2))
        shape = tuple(np.shape(a)[n - k :]) + d.shape(0, 1)
        return [a, d.array(shape)], {"axes": d.among(k, np.int64(k)) if d.chance(0.95) else 5}
    k = d.integer(0, n)
    chosen = d.permutation(n)[:k]
    sizes = [np.shape(a)[i] for i in chosen]
    places = d.permutation(k)
    shape = [0] * k
    for i, place in enumerate(places):
        shape[place] = sizes[i]
    return [a, d.array((*shape, *d.shape(0, 1)))], {"axes": (chosen, places)}


SUBSCRIPTS = ("i->i", "i->", "ij->ji", "ij->i", "ij->", "ii", "ii->i", "i,i", "i,j->ij", "ij,jk->ik", "ij,kj->ik", "ij,ij->ij")
SUBSCRIPTS += ("bij,bjk->bik", "...i,...i->...", "...ij->...ji", "i,j,k->ijk", "ij,j", "ii,i->i", "ab,ba", "i,i,i->", "ij->k")
SUBSCRIPTS += ("ij,jk,kl->il", "i...->...", "...,...", "ij,jk->", "iij->j", "ij...,jk...->ik...")


def _einsum(d, function):
    subscripts = d.among(*SUBSCRIPTS)
    sizes = {letter: d.among(0, 1, 2, 2, 3) for letter in "abijkl"}
    dots = d.shape(0, 1)
    arrays = []
    for term in subscripts.split("->")[0].split(","):
        shape = []
        for part in term.replace("...", "."):
            shape += list(d.beside(dots) if part == "." else [1 if d.chance(0.05) else sizes[part]])
        arrays.append(d.array(shape if d.chance(0.97) else [*shape, 2]))
    return [subscripts, *arrays], {}


def _where(d, function):
    shape = d.shape()
    condition = d.values(d.beside(shape), d.among("bool", "bool", "int64", "float64"))
    if d.chance(0.05):
        return [condition], {}
    return [condition, d.array(d.beside(shape)), d.array(d.beside(shape))], {}


def _clip(d, function):
    a = d.array()
    low, high = (d.among(None, -0.5, 1, d.array(d.beside(np.shape(a)))) for _ in range(2))
    if d.chance(0.3):
        return [a], {key: value for key, value in (("min", low), ("max", high)) if d.chance(0.7)}
    return [a, low, high], {}


def _pad(d, function):
    a = d.array(d.shape(0, 2))
    args, kwargs = [a, _pads(d, a)], {}
    if d.chance(0.6):
        kwargs["mode"] = d.among(*PADS[:5], *PADS)
    if kwargs.get("mode", "constant") == "constant" and d.chance(0.3):
        kwargs["constant_values"] = d.among(7.0, (1, 2), ((1, 2), (3, 4)))
    return args, kwargs


def _take(d, function):
    a = d.array()
    args, kwargs = [a, _places(d, a)], {}
    if d.chance(0.7):
        kwargs["axis"] = d.axis(_ndim(a))
    if d.chance(0.2):
        kwargs["mode"] = d.among("raise", "wrap", "clip")
    return args, kwargs


def _along(d, function):
    a = d.array(d.shape(1, 3))
    axis = d.axis(np.ndim(a))
    shape = list(np.shape(a))
    if isinstance(axis, int) and -len(shape) <= axis < len(shape):
        shape[axis] = d.among(0, 1, 2, 3)
    shape = [1 if d.chance(0.1) else n for n in shape]
    return [a, d.rng.integers(-1, 2, shape)], {"axis": axis if d.chance(0.9) else None}


def _vectors(d, function):
    args = [d.array((d.among(0, 1, 2, 3, 5),)), d.array((d.among(0, 1, 2, 3),))]
    return args, {"mode": d.among("full", "same", "valid", "none")} if d.chance(0.7) else {}


def _interp(d, function):
    n = d.among(0, 1, 2, 4)
    places = np.cumsum(np.abs(d.rng.standard_normal(n)) + 0.1)
    args = [d.array(), places, d.array((n,))]
    options = {"left": d.among(-1.0, 0), "right": 2.0, "period": d.among(2.0, 0, -1.5)}
    return args, {key: value for key, value in options.items() if d.chance(0.15)}


def _select(d, function):
    shape, many = d.shape(), d.integer(1, 2)
    conditions = [d.values(d.beside(shape), "bool") for _ in range(many)]
    choices = [d.array(d.beside(shape)) for _ in range(many if d.chance(0.95) else many + 1)]
    return [conditions, choices], {"default": d.among(0, 7.0)} if d.chance(0.3) else {}


def _choose(d, function):
    shape, many = d.shape(), d.integer(1, 3)
    choices = [d.array(d.beside(shape)) for _ in range(many)]
    places = d.rng.integers(0, many, d.beside(shape)) if d.chance(0.9) else d.rng.integers(-2, many + 2, shape)
    return [places, choices], {"mode": d.among("wrap", "clip", "raise")} if d.chance(0.2) else {}


def _compress(d, function):
    a = d.array()
    return [d.among([True, False], [True], [], d.values((2,), "bool")), a], {"axis": d.axis(_ndim(a))} if d.chance(0.6) else {}


def _searchsorted(d, function):
    return [np.sort(d.rng.standard_normal(d.among(0, 1, 4))), d.array(dtype="float64")], {}


def _trapezoid(d, function):
    y = d.array(d.shape(1, 3))
    args, kwargs = [y], {}
    how = d.rng.random()
    if how < 0.3:
        kwargs["dx"] = d.among(0.5, 2)
    elif how < 0.6:
        kwargs["x"] = d.array(np.shape(y) if d.chance(0.4) else np.shape(y)[-1:])
    if d.chance(0.3):
        kwargs["axis"] = d.axis(np.ndim(y))
    return args, kwargs


def _gradient(d, function):
    f = d.array(d.shape(1, 3))
    steps = [d.among(0.5, 2, np.cumsum(np.abs(d.rng.standard_normal(n)) + 0.1)) for n in np.shape(f)]
    args = [f, *d.among([], [], [2.0], steps)]
    options = {"axis": d.axes(np.ndim(f)), "edge_order": d.among(1, 2)}
    return args, {key: value for key, value in options.items() if d.chance(0.2)}


def _square(d, function):
    """Matrices, most of them square; symmetric and positive definite where that is asked for."""
    n = d.among(0, 1, 2, 2, 3, 3)
    shape = (*d.shape(0, 1), n, n if d.chance(0.92) else n + 1)
    dtype = d.among("float64", "float64", "float64", "float32", "complex128", "float16", "int64")
    a = d.values(shape, dtype) if d.chance(0.5) else d.rng.standard_normal(shape).astype(dtype)
    name = function.__name__
    if shape[-1] == n and name in ("eigh", "eigvalsh", "cholesky"):
        with np.errstate(all="ignore"):
            a = a + np.conj(np.swapaxes(a, -1, -2)) if name != "cholesky" else a @ np.conj(np.swapaxes(a, -1, -2)) + np.eye(n, dtype=dtype)
    if name in UNSAFE and not np.all(np.isfinite(a)):
        a = np.ones(shape, dtype)
    return a


# LAPACK on infinities and NaN: no end, or what differs from one build to the next
UNSAFE = {"svd", "svdvals", "pinv", "cond", "matrix_norm", "norm", "qr", "eigh", "eigvalsh", "eig", "eigvals", "lstsq", "matrix_rank"}


def _matrix(d, function):
    a = _square(d, function)
    if function.__name__ == "matrix_power":
        return [a, d.among(0, 1, 2, 3, -1, -2, np.int64(2), 1.5)], {}
    return by_signature(d, function, a)


def _rectangle(d, function):
    shape = (*d.shape(0, 1), d.among(0, 1, 2, 3), d.among(1, 2, 3)) if d.chance(0.95) else d.shape(0, 1)
    a = d.rng.standard_normal(shape).astype(d.among("float64", "float64", "float32", "complex128"))
    return by_signature(d, function, a)


def _norm(d, function):
    a = d.array()
    if not np.all(np.isfinite(a)):
        a = np.ones(np.shape(a))
    return by_signature(d, function, a)


def _solve(d, function):
    a = _square(d, function)
    right = d.among((a.shape[-1],), (a.shape[-1], 2), (*a.shape[:-2], a.shape[-1], 1))
    return [a, d.array(right)], {}


def _chain(d, function):
    sizes = [d.among(1, 2, 3) for _ in range(d.integer(3, 5))]
    arrays = [d.array((m, n)) for m, n in zip(sizes[:-1], sizes[1:])]
    if d.chance(0.2):
        arrays[-1] = d.array((sizes[-2],))
    return [arrays], {}


def _matrices_of_data(d, function):
    args = [d.array(d.shape(0, 2))]
    options = {"rowvar": d.among(True, False), "bias": True, "ddof": d.among(0, 1, 3), "y": d.array(np.shape(args[0]))}
    taken = inspect.signature(function).parameters
    return args, {key: value for key, value in options.items() if key in taken and d.chance(0.2)}


def _fft(d, function):
    a = d.array(d.shape(1, 3) if d.chance(0.97) else ())
    kwargs = {"norm": OPTIONS["norm"](d, a)} if d.chance(0.3) else {}
    if "n" in inspect.signature(function).parameters:
        options = {"n": d.among(1, 2, 3, 5, 6, 0), "axis": d.axis(_ndim(a))}
        return [a], kwargs | {key: value for key, value in options.items() if d.chance(0.4)}
    axes = tuple(d.permutation(_ndim(a))[:2]) if _ndim(a) else (0,)
    if d.chance(0.4):
        kwargs["axes"] = axes if d.chance(0.9) else d.among((0, 0), (5,), ())
        if d.chance(0.5):
            kwargs["s"] = tuple(d.integer(1, 5) for _ in kwargs["axes"])
    return [a], kwargs


def _shifted(d, function):
    a = d.array()
    return [a], {"axes": d.axes(_ndim(a))} if d.chance(0.6) else {}


def _rotated(d, function):
    a = d.array(d.shape(1, 3))
    options = {"k": d.integer(-5, 5), "axes": d.among((0, 1), (1, 0), (-1, 0), (0, 0), (0, 2))}
    return [a], {key: value for key, value in options.items() if d.chance(0.6)}


def _rolled(d, function):
    a = d.array()
    args = [a, d.among(0, 1, -2, 7, (1, 2), np.int64(1))]
    return args, {"axis": d.among(d.axis(_ndim(a)), (0, 1), (0, 0), 0)} if d.chance(0.6) else {}


def _crossed(d, function):
    shape = (*d.shape(0, 2), 3 if d.chance(0.9) else 2)
    return [d.array(shape), d.array(d.beside(shape))], {}


def _grid(d, function):
    arrays = [d.array(d.shape(0, 1)) for _ in range(d.integer(1, 3))]
    options = {"indexing": d.among("ij", "xy", "no"), "sparse": True}
    return arrays, {key: value for key, value in options.items() if d.chance(0.3)}


def _spaced(d, function):
    shape = d.among((), (), (2,))
    dtype = d.among("float64", "float32")
    ends = [abs(d.rng.standard_normal(shape)).astype(dtype) + 1 for _ in range(2)]
    options = {"num": d.among(0, 1, 5, np.int64(3), -1), "endpoint": d.among(True, False), "retstep": True, "base": 2.0}
    taken = inspect.signature(function).parameters
    return ends, {key: value for key, value in options.items() if key in taken and d.chance(0.4)}


def _block(d, function):
    row = lambda: [d.array((2, d.among(1, 2))), d.array((2, 1))]
    return [d.among(row(), [row()], [[d.array((2, 2)), d.array((2, 1))], [d.array((1, 2)), d.array((1, 1))]])], {}


def _made(d, function):
    """Creation: sizes and dtypes."""
    size = d.among(2, (2, 3), (0,), (), 3, -1)
    args = {"full": [size, d.among(d.number(), d.array(()))], "arange": [d.among(0, 3, 2.5, 0.0), *d.among([], [5, 2])],
            "eye": [d.integer(0, 3)], "identity": [d.integer(0, 3)], "tri": [d.integer(0, 3)]}  # fmt: skip
    return args.get(function.__name__, [size]), {"dtype": d.among(float, "float32", int)} if d.chance(0.3) else {}


def _cast(d, function):
    return [np.asarray(d.array()), d.among("float32", "float64", "complex128", "int64", "float16", bool)], {}


def _converted(d, function):
    return [d.array()], {"dtype": d.among("float32", "float64", "complex128")} if d.chance(0.2) else {}


def _counted(d, function):
    return [d.array(d.beside(d.shape())), d.array()], {}


TOGETHER = {
    **dict.fromkeys(["concatenate", "concat", "stack", "hstack", "vstack", "dstack", "column_stack"], _joined),
    **dict.fromkeys(["atleast_1d", "atleast_2d", "atleast_3d"], _many),
    "broadcast_arrays": _broadcast_many,
    **dict.fromkeys(["dot", "matmul", "matvec", "vecmat", "linalg.matmul"], _products),
    **dict.fromkeys(["inner", "vdot", "vecdot", "linalg.vecdot"], _last_axes),
    **dict.fromkeys(["outer", "kron"], _any_two),
    "linalg.outer": lambda d, function: ([d.array((d.among(0, 1, 3),)) for _ in range(2)], {}),
    **dict.fromkeys(["tensordot", "linalg.tensordot"], _tensordot),
    **dict.fromkeys(["cross", "linalg.cross"], _crossed),
    **dict.fromkeys(["convolve", "correlate"], _vectors),
    **dict.fromkeys(["cov", "corrcoef"], _matrices_of_data),
    **dict.fromkeys(["linspace", "logspace", "geomspace"], _spaced),
    **dict.fromkeys(["zeros", "ones", "empty", "full", "arange", "eye", "identity", "tri"], _made),
    **dict.fromkeys(["array", "asarray"], _converted),
    **dict.fromkeys(["fftshift", "ifftshift", "fft.fftshift", "fft.ifftshift"], _shifted),
    **dict.fromkeys(["linalg.inv", "linalg.det", "linalg.slogdet", "linalg.cholesky", "linalg.eigh", "linalg.eigvalsh", "linalg.eig"], _matrix),
    **dict.fromkeys(["linalg.eigvals", "linalg.matrix_power"], _matrix),
    **dict.fromkeys(["linalg.svd", "linalg.svdvals", "linalg.qr", "linalg.pinv", "linalg.cond"], _rectangle),
    **dict.fromkeys(["linalg.norm", "linalg.vector_norm", "linalg.matrix_norm"], _norm),
    **dict.fromkeys(["linalg.solve", "linalg.lstsq"], _solve),
    "linalg.multi_dot": _chain,
    **dict.fromkeys(["bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_not", "bitwise_invert", "invert"], _bits),
    **dict.fromkeys(["conv2d", "conv_transpose2d", "max_pool2d", "avg_pool2d", "upsample_nearest2d", "upsample_bilinear2d"], _images),
    "index_add": _added, "polygamma": _polygamma, "reshape": _reshaped,
    "einsum": _einsum, "where": _where, "clip": _clip, "pad": _pad, "take": _take, "take_along_axis": _along,
    "interp": _interp, "select": _select, "choose": _choose, "compress": _compress, "searchsorted": _searchsorted,
    "trapezoid": _trapezoid, "gradient": _gradient, "rot90": _rotated, "roll": _rolled, "meshgrid": _grid,
    "block": _block, "astype": _cast,
}  # fmt: skip
ELEMENTWISE = set(["sigmoid", "expit", "softplus", "log_sigmoid", "log1mexp", "logit", "erf", "gammaln", "digamma", "wrightomega"])
PAIRS = {"xlogy"}


def draw_call(rng, name: str):
    """Arguments and keywords for one call of NumPy's function ``name`` (``"sum"``, ``"linalg.norm"``, ``"fft.rfft"``).

    >>> import numpy as np
    >>> args, kwargs = draw_call(np.random.default_rng(0), "sum")
    >>> args == draw_call(np.random.default_rng(0), "sum")[0] or len(args)
    1
    """
    d = Draw(rng)
    function = np
    for part in name.split("."):
        function = getattr(function, part, None)
    if function is None:
        import minigan.numpy as mnp

        function = getattr(mnp, name)
    if name in TOGETHER:
        return TOGETHER[name](d, function)
    if isinstance(function, np.ufunc) or name in ELEMENTWISE | PAIRS:
        return _pair(d, function) if name in PAIRS or getattr(function, "nin", 1) == 2 else _one(d, function)
    if name.startswith("fft."):
        return _fft(d, function)
    return by_signature(d, function)


def calls(name: str):
    """`draw_call` as a strategy: what Hypothesis varies is the seed."""
    return st.integers(0, 2**32 - 1).map(lambda seed: draw_call(np.random.default_rng(seed), name))
