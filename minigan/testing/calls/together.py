"""Calls of functions whose arguments hang together: arrays that are joined, indices that are there, borders."""

from __future__ import annotations

import inspect

import numpy as np

from .parameters import mask, new_shape, places, widths

PADS = ("constant", "edge", "reflect", "symmetric", "wrap", "mean", "maximum", "minimum", "linear_ramp", "empty", "none")


def pair(d, function):
    shape = d.shape()
    args = [d.array(shape), d.array(d.beside(shape))]
    return (args[::-1] if d.chance(0.5) else args), ufunc_options(d, function, args[0])


def one(d, function):
    a = d.array()
    return [a], ufunc_options(d, function, a)


def ufunc_options(d, function, a):
    if not isinstance(function, np.ufunc) or d.chance(0.93):
        return {}
    return {"where": mask(d, a)} if d.chance(0.3) else {"dtype": d.among("float32", "float64", "complex128", "int64")}


def several(d):
    """Arrays of one shape, but for one axis now and then."""
    shape = d.shape(fewest=d.among(0, 1, 1))
    many = d.integer(1, 3)
    shapes = [shape] * many
    if shape and d.chance(0.3):
        i = d.integer(0, len(shape) - 1)
        shapes = [(*shape[:i], d.among(0, 1, 2, 3), *shape[i + 1 :]) for _ in range(many)]
    return d.among(list, tuple)([d.array(s) for s in shapes])


def bits(d, function):
    shape, kind = d.shape(), d.among("bool", "int64", "uint8", "float64")
    args = [d.values(shape, kind), d.values(d.beside(shape), kind)]
    return args[: getattr(function, "nin", 2)], {}


def reshaped(d, function):
    a = d.array()
    return [a, new_shape(d, a)], {"order": d.among("C", "F", "A")} if d.chance(0.15) else {}


def images(d, function):
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


def added(d, function):
    x = d.array(d.shape(1, 2))
    index = d.among(0, slice(0, 2), -1, 9)
    return [x, index, d.number()], {}


def polygamma(d, function):
    return [d.among(0, 1, 2, np.int64(1), -1, 0.5), abs(d.values(d.shape(), d.among("float64", "float32")))], {}


def joined(d, function):
    args, kwargs = [several(d)], {}
    if "axis" in inspect.signature(function).parameters and d.chance(0.6):
        kwargs["axis"] = d.among(None, d.axis(2), d.axis(1), 0)
    return args, kwargs


def many(d, function):
    return [d.array() for _ in range(d.integer(1, 3))], {}


def broadcast_many(d, function):
    shape = d.shape()
    return [d.array(d.beside(shape)) for _ in range(d.integer(1, 3))], {}


def where(d, function):
    shape = d.shape()
    condition = d.values(d.beside(shape), d.among("bool", "bool", "int64", "float64"))
    if d.chance(0.05):
        return [condition], {}
    return [condition, d.array(d.beside(shape)), d.array(d.beside(shape))], {}


def clip(d, function):
    a = d.array()
    low, high = (d.among(None, -0.5, 1, d.array(d.beside(np.shape(a)))) for _ in range(2))
    if d.chance(0.3):
        return [a], {key: value for key, value in (("min", low), ("max", high)) if d.chance(0.7)}
    return [a, low, high], {}


def pad(d, function):
    a = d.array(d.shape(0, 2))
    args, kwargs = [a, widths(d, a)], {}
    if d.chance(0.6):
        kwargs["mode"] = d.among(*PADS[:5], *PADS)
    if kwargs.get("mode", "constant") == "constant" and d.chance(0.3):
        kwargs["constant_values"] = d.among(7.0, (1, 2), ((1, 2), (3, 4)))
    return args, kwargs


def take(d, function):
    a = d.array()
    args, kwargs = [a, places(d, a)], {}
    if d.chance(0.7):
        kwargs["axis"] = d.axis(np.ndim(a))
    if d.chance(0.2):
        kwargs["mode"] = d.among("raise", "wrap", "clip")
    return args, kwargs


def along(d, function):
    a = d.array(d.shape(1, 3))
    axis = d.axis(np.ndim(a))
    shape = list(np.shape(a))
    if isinstance(axis, int) and -len(shape) <= axis < len(shape):
        shape[axis] = d.among(0, 1, 2, 3)
    shape = [1 if d.chance(0.1) else n for n in shape]
    return [a, d.rng.integers(-1, 2, shape)], {"axis": axis if d.chance(0.9) else None}


def vectors(d, function):
    args = [d.array((d.among(0, 1, 2, 3, 5),)), d.array((d.among(0, 1, 2, 3),))]
    return args, {"mode": d.among("full", "same", "valid", "none")} if d.chance(0.7) else {}


def interp(d, function):
    n = d.among(0, 1, 2, 4)
    xp = np.cumsum(np.abs(d.rng.standard_normal(n)) + 0.1)
    args = [d.array(), xp, d.array((n,))]
    options = {"left": d.among(-1.0, 0), "right": 2.0, "period": d.among(2.0, 0, -1.5)}
    return args, {key: value for key, value in options.items() if d.chance(0.15)}


def select(d, function):
    shape, many = d.shape(), d.integer(1, 2)
    conditions = [d.values(d.beside(shape), "bool") for _ in range(many)]
    choices = [d.array(d.beside(shape)) for _ in range(many if d.chance(0.95) else many + 1)]
    return [conditions, choices], {"default": d.among(0, 7.0)} if d.chance(0.3) else {}


def choose(d, function):
    shape, many = d.shape(), d.integer(1, 3)
    choices = [d.array(d.beside(shape)) for _ in range(many)]
    chosen = d.rng.integers(0, many, d.beside(shape)) if d.chance(0.9) else d.rng.integers(-2, many + 2, shape)
    return [chosen, choices], {"mode": d.among("wrap", "clip", "raise")} if d.chance(0.2) else {}


def compress(d, function):
    a = d.array()
    condition = d.among([True, False], [True], [], d.values((2,), "bool"))
    if function.__name__ == "extract":
        return [d.values(np.shape(a), "bool"), a], {}
    return [condition, a], {"axis": d.axis(np.ndim(a))} if d.chance(0.6) else {}


def searchsorted(d, function):
    return [np.sort(d.rng.standard_normal(d.among(0, 1, 4))), d.array(dtype="float64")], {}


def trapezoid(d, function):
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


def scaled(d, function):
    shape = d.shape()
    return [d.array(shape), d.rng.integers(-3, 4, d.beside(shape))], {}


def gradient(d, function):
    f = d.array(tuple(d.among(2, 3, 4, 4 if d.chance(0.9) else 1) for _ in d.shape(1, 2)))
    steps = [d.among(0.5, 2, np.cumsum(np.abs(d.rng.standard_normal(n)) + 0.1)) for n in np.shape(f)]
    args = [f, *d.among([], [], [2.0], steps)]
    options = {"axis": d.axes(np.ndim(f)), "edge_order": d.among(1, 2)}
    return args, {key: value for key, value in options.items() if d.chance(0.2)}


def matrices_of_data(d, function):
    args = [d.array(d.shape(0, 2))]
    options = {"rowvar": d.among(True, False), "bias": True, "ddof": d.among(0, 1, 3), "y": d.array(np.shape(args[0]))}
    taken = inspect.signature(function).parameters
    return args, {key: value for key, value in options.items() if key in taken and d.chance(0.2)}


def shifted(d, function):
    a = d.array()
    return [a], {"axes": d.axes(np.ndim(a))} if d.chance(0.6) else {}


def rotated(d, function):
    a = d.array(d.shape(1, 3))
    options = {"k": d.integer(-5, 5), "axes": d.among((0, 1), (1, 0), (-1, 0), (0, 0), (0, 2))}
    return [a], {key: value for key, value in options.items() if d.chance(0.6)}


def rolled(d, function):
    a = d.array()
    args = [a, d.among(0, 1, -2, 7, (1, 2), np.int64(1))]
    return args, {"axis": d.among(d.axis(np.ndim(a)), (0, 1), (0, 0), 0)} if d.chance(0.6) else {}


def grid(d, function):
    arrays = [d.array(d.shape(0, 1)) for _ in range(d.integer(1, 3))]
    options = {"indexing": d.among("ij", "xy", "no"), "sparse": True}
    return arrays, {key: value for key, value in options.items() if d.chance(0.3)}


def spaced(d, function):
    shape = d.among((), (), (2,))
    dtype = d.among("float64", "float32")
    ends = [abs(d.rng.standard_normal(shape)).astype(dtype) + 1 for _ in range(2)]
    options = {"num": d.among(0, 1, 5, np.int64(3), -1), "endpoint": d.among(True, False), "retstep": True, "base": 2.0}
    taken = inspect.signature(function).parameters
    return ends, {key: value for key, value in options.items() if key in taken and d.chance(0.4)}


def block(d, function):
    row = lambda: [d.array((2, d.among(1, 2))), d.array((2, 1))]
    return [d.among(row(), [row()], [[d.array((2, 2)), d.array((2, 1))], [d.array((1, 2)), d.array((1, 1))]])], {}


def made(d, function):
    """Creation: sizes and dtypes."""
    size = d.among(2, (2, 3), (0,), (), 3, -1)
    args = {"full": [size, d.among(d.number(), d.array(()))], "arange": [d.among(0, 3, 2.5, 0.0), *d.among([], [5, 2])],
            "eye": [d.integer(0, 3)], "identity": [d.integer(0, 3)], "tri": [d.integer(0, 3)]}  # fmt: skip
    return args.get(function.__name__, [size]), {"dtype": d.among(float, "float32", int)} if d.chance(0.3) else {}


def cast(d, function):
    return [np.asarray(d.array()), d.among("float32", "float64", "complex128", "int64", "float16", bool)], {}


def converted(d, function):
    return [d.array()], {"dtype": d.among("float32", "float64", "complex128")} if d.chance(0.2) else {}


def doubled(v, *args):
    return v + v


def summed(v, axis=-1):
    return v.sum(axis)


def in_pieces(d, function):
    x = d.array(dtype="float64")
    conditions = [d.values(np.shape(x), "bool") for _ in range(d.integer(1, 2))]
    pieces = [d.among(doubled, 2.0, -1) for _ in range(len(conditions) + d.among(0, 0, 1, 2))]
    return [np.asarray(x), conditions, pieces], {}


def along_an_axis(d, function):
    a = np.asarray(d.array(d.shape(1, 3)))
    if function.__name__ == "apply_over_axes":
        return [np.sum, a, d.among(0, -1, [0], (0,))], {}
    return [d.among(doubled, summed), d.axis(a.ndim), a], {}


def polynomials(d, function):
    p = d.array((d.among(1, 2, 3),), d.among("float64", "float64", "float32", "complex128", "int64"))
    if function.__name__ == "polyfit":
        x = np.sort(d.rng.standard_normal(d.among(3, 5)))
        return [x, d.values(x.shape, "float64"), d.among(0, 1, 2, 7)], {}
    if function.__name__ == "polyval":
        return [p, d.array()], {}
    if function.__name__ in ("polyder", "polyint"):
        return [p], {"m": d.among(0, 1, 2, -1)} if d.chance(0.5) else {}
    if function.__name__ in ("roots", "poly"):
        return [p], {}
    return [p, d.array((d.among(1, 2),))], {}


def histograms(d, function):
    a = d.values(d.shape(), d.among("float64", "float32", "int64"))
    options = {"bins": d.among(1, 3, [0.0, 0.5, 2.0], 0), "range": d.among((0.0, 1.0), (1.0, 0.0)), "density": True}
    taken = inspect.signature(function).parameters
    return [a], {key: value for key, value in options.items() if key in taken and d.chance(0.4)}


def counted(d, function):
    x = d.rng.integers(0, 4, d.among(0, 1, 3))
    options = {"weights": d.array(x.shape), "minlength": d.integer(-1, 6)}
    return [x], {key: value for key, value in options.items() if d.chance(0.5)}


def windows(d, function):
    return [d.among(0, 1, 4, 2.5, np.int64(3))], {}


def window_of_shape(d, function):
    return [d.among(0, 1, 4), d.among(0.5, 8, np.float64(2.0), np.array(14.0))], {}


def vandermonde(d, function):
    options = {"N": d.among(None, 0, 2, 3), "increasing": True}
    return [d.array(d.shape(1, 1))], {key: value for key, value in options.items() if d.chance(0.5)}


def inserted(d, function):
    a = d.array(d.shape(1, 3))
    args = [a, d.among(0, -1, 1, [0, 1], slice(0, 1), 9), d.among(1.0, d.array(()))]
    return args, {"axis": d.axis(np.ndim(a))} if d.chance(0.6) else {}


def trimmed(d, function):
    return [d.array((d.among(0, 1, 4),))], {"trim": d.among("f", "b", "fb")} if d.chance(0.5) else {}


DRAWINGS = {
    joined: "concatenate concat stack hstack vstack dstack column_stack row_stack",
    many: "atleast_1d atleast_2d atleast_3d",
    broadcast_many: "broadcast_arrays",
    vectors: "convolve correlate",
    matrices_of_data: "cov corrcoef",
    spaced: "linspace logspace geomspace",
    made: "zeros ones empty full arange eye identity tri",
    converted: "array asarray asanyarray asarray_chkfinite ascontiguousarray asfortranarray",
    shifted: "fft.fftshift fft.ifftshift",
    bits: "bitwise_and bitwise_or bitwise_xor bitwise_not bitwise_invert invert",
    images: "conv2d conv_transpose2d max_pool2d avg_pool2d upsample_nearest2d upsample_bilinear2d",
    in_pieces: "piecewise",
    along_an_axis: "apply_along_axis apply_over_axes",
    polynomials: "poly polyadd polyder polydiv polyfit polyint polymul polysub polyval roots",
    histograms: "histogram histogram_bin_edges",
    windows: "bartlett blackman hamming hanning",
    **{window_of_shape: "kaiser", vandermonde: "vander", inserted: "insert", trimmed: "trim_zeros", counted: "bincount"},
    **{added: "index_add", polygamma: "polygamma", reshaped: "reshape", where: "where", clip: "clip", pad: "pad"},
    **{take: "take", along: "take_along_axis", interp: "interp", select: "select", choose: "choose", cast: "astype"},
    **{compress: "compress extract", searchsorted: "searchsorted", trapezoid: "trapezoid", gradient: "gradient"},
    scaled: "ldexp",
    **{rotated: "rot90", rolled: "roll", grid: "meshgrid", block: "block"},
}
