"""What is drawn for an option of NumPy's functions, by its name, which NumPy gives one meaning; ``a`` is the array."""

from __future__ import annotations

import inspect

import numpy as np

from .drawing import Draw


def mask(d, a):
    return d.among(True, d.values(d.beside(np.shape(a)), "bool"))


def axes_in_order(d, a):
    n = np.ndim(a)
    drawn = tuple(i - n * d.chance(0.2) for i in d.permutation(n))
    return d.among(None, drawn, drawn, drawn[1:], (0, 0, *drawn[2:]))


def widths(d, a):
    pair = lambda: (d.integer(0, 2), d.integer(0, 2))
    return d.among(d.integer(0, 2), pair(), (d.integer(0, 2),), tuple(pair() for _ in range(np.ndim(a))), -1)


def sections(d, a):
    return d.among(1, 2, d.integer(1, 4), [1], [1, 2], (2, 1), np.array([1, 3]), [], 0)


def other(d, a):
    return d.array(d.beside(np.shape(a)))


def places(d, a):
    shape = d.among((), (2,), (0,), (2, 1))
    return d.rng.integers(-1, 2, shape) if d.chance(0.9) else d.rng.integers(-9, 9, shape)


def new_shape(d, a):
    """One that `reshape` takes, more often than not."""
    n = int(np.size(a))
    fits = [(n,), -1, (-1,), (1, n), (n, 1), (-1, 1), n, [n]]
    if n % 2 == 0:
        fits += [(2, n // 2), (n // 2, -1)]
    return d.among(*fits, *fits, d.shape(), (-1, -1), (3, -1))


def wider(d, a):
    """One to broadcast to."""
    return (d.among(1, 2),) * d.among(0, 1) + tuple(d.among(0, 2, 3) if n == 1 else n for n in np.shape(a))


METHODS = ("linear", "lower", "higher", "midpoint", "nearest", "hazen", "weibull", "inverted_cdf", "median_unbiased")
NORMS = (None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf, 0, 3, 2.5, -1.5, "other")

OPTIONS = {
    "axis": lambda d, a: d.axes(np.ndim(a)),
    "axis1": lambda d, a: d.axis(np.ndim(a)),
    "axis2": lambda d, a: d.axis(np.ndim(a)),
    "keepdims": lambda d, a: d.among(True, True, False),
    "ddof": lambda d, a: d.among(0, 1, 1, 2, 0.5),
    "correction": lambda d, a: d.among(0, 1, 1.5),
    "where": mask,
    "initial": lambda d, a: d.among(0, 1, 0.5, -2.0, np.inf),
    "dtype": lambda d, a: d.among(np.dtype("float64"), np.float32, "complex128", "int64", float, "float32", None),
    "order": lambda d, a: d.among("C", "F", "A", "K"),
    "k": lambda d, a: d.integer(-2, 3),
    "n": lambda d, a: d.among(0, 1, 2, 3, -1, np.int64(2)),
    "offset": lambda d, a: d.integer(-2, 2),
    "axes": axes_in_order,
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
    "source": lambda d, a: d.among(d.axis(np.ndim(a)), (0, 1), (-1,)),
    "destination": lambda d, a: d.among(d.axis(np.ndim(a)), (1, 0), (0,)),
    "start": lambda d, a: d.axis(np.ndim(a) + 1),
    "new_shape": new_shape,
    "shape": wider,
    "indices_or_sections": sections,
    "obj": lambda d, a: d.among(0, -1, 1, slice(0, 2), [0], [0, 1], [], 7, np.array([True, False])),
    "values": other,
    "q": lambda d, a: d.among(0.25, 0.5, 1.0, 0.0, [0.1, 0.9], np.array([[0.5], [0.75]]), 1.5),
    "method": lambda d, a: d.among("linear", *METHODS),
    "edge_order": lambda d, a: d.among(1, 2),
    "norm": lambda d, a: d.among(None, "ortho", "forward", "backward", "none"),
    "upper": lambda d, a: d.among(True, False),
    "UPLO": lambda d, a: d.among("L", "U", "X"),
    "ord": lambda d, a: d.among(*NORMS),
    "p": lambda d, a: d.among(*NORMS),
    "full_matrices": lambda d, a: d.among(False, False, True),
    "compute_uv": lambda d, a: d.among(False, True),
    "mode": lambda d, a: d.among("reduced", "r", "complete"),
    "rcond": lambda d, a: d.among(1e-10, None),
    "hermitian": lambda d, a: d.among(False, True),
    "side": lambda d, a: d.among("left", "right"),
    "fill_value": lambda d, a: d.among(d.number(), d.array(d.beside(np.shape(a)))),
    "b": other,
    "y": other,
    "discont": lambda d, a: d.among(None, 4.0),
    "period": lambda d, a: d.among(2.0, 3),
    "N": lambda d, a: d.among(None, 0, 2, 3),
    "increasing": lambda d, a: d.among(True, False),
    "kth": lambda d, a: d.among(0, -1, 1, [0, 1], 7),
    "condition": lambda d, a: d.values(np.shape(a), "bool"),
    "beta": lambda d, a: d.among(0.5, 8.0, np.float64(2.0)),
    "bins": lambda d, a: d.among(1, 3, [0.0, 0.5, 2.0], 0),
    "range": lambda d, a: d.among(None, (0.0, 1.0), (1.0, 0.0)),
    "density": lambda d, a: d.among(True, False),
    "minlength": lambda d, a: d.integer(0, 3),
    "trim": lambda d, a: d.among("f", "b", "fb"),
    "d": lambda d, a: d.among(1.0, 0.5),
    "tol": lambda d, a: d.among(None, 1e-3),
    "ind": lambda d, a: d.among(1, 2),
}
OFTEN = {"axis": 0.6, "keepdims": 0.3, "dtype": 0.08, "where": 0.08, "initial": 0.08, "order": 0.1, "kind": 0.1}
_TWO = "fliplr diagonal trace swapaxes moveaxis matrix_transpose tril triu vsplit"
_ONE = "diff gradient unstack split array_split hsplit delete sort argsort partition rollaxis repeat flipud unwrap"
FEWEST = {**dict.fromkeys(_ONE.split(), 1), **dict.fromkeys(_TWO.split(), 2), "dsplit": 3}  # axes that a function needs
SEVERAL = {"keepdims", "squeeze", "expand_dims", "flip"}  # functions, and a parameter of functions, of several axes
LEFT_OUT = {"out", "like", "device", "copy", "casting", "subok", "signature", "overwrite_input", "optimize", "mean"}


def by_signature(d: Draw, function, a=None):
    """Arguments by the names of the parameters of ``function``: an array first, what is needed, and some options."""
    first, *parameters = inspect.signature(function).parameters.values()
    a = d.array(d.shape(FEWEST.get(function.__name__, 0)) if d.chance(0.95) else None) if a is None else a
    args, kwargs = [a], {}
    one_axis = not SEVERAL & {function.__name__, *(parameter.name for parameter in parameters)}
    for parameter in parameters:
        name, needed = parameter.name, parameter.default is parameter.empty
        if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL) or name in LEFT_OUT:
            continue
        if name not in OPTIONS:
            if needed:
                raise LookupError(f"no drawing for the parameter {name!r} of {function}")
            continue
        if not needed and not d.chance(OFTEN.get(name, 0.25)):
            continue
        value = d.axis(np.ndim(a)) if name == "axis" and one_axis and d.chance(0.9) else OPTIONS[name](d, a)
        if needed and not kwargs:
            args.append(value)
        else:
            kwargs[name] = value
    return args, kwargs
