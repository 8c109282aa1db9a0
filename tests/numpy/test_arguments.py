"""Every function that has a rule, with every argument of NumPy's signature: supported, to the bit and with the right
derivative, or refused by a sentence that names the argument. On plain arrays all of them are NumPy's."""

import copy
import inspect
import zlib

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.trees import tree_map
from tests.numpy.test_against_numpy import EVERY, NOT_DISPATCHED, A, assert_same_bits, floats_in, functions, leaves, put
from tests.numpy.test_laws_at_edges import assert_same

pytestmark = [pytest.mark.usefixtures("on_numpy"), pytest.mark.filterwarnings("ignore")]

NAMED = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
OF_UFUNCS = ("casting", "order", "dtype", "subok", "where")
FURTHER = {  # what **kwargs stands for
    "piecewise": (),
    "apply_along_axis": (),
    "clip": OF_UFUNCS,
    "einsum": ("dtype", "order", "casting"),
    "pad": ("constant_values", "end_values", "stat_length", "reflect_type"),
}
PADS = {"constant_values": "constant", "end_values": "linear_ramp", "stat_length": "mean", "reflect_type": "reflect"}


class Together(dict):
    """Values of several arguments, which only together make sense."""


def mask_like(x):
    return np.random.default_rng(3).random(np.shape(x)) < 0.6


def first(args):
    return next(x for x in args if isinstance(x, np.ndarray))


# A value or values that are not the default: of the arguments and the plain result, or the same for all.
VALUES = {
    "out": [lambda args, plain: np.empty_like(plain)],
    "where": [lambda args, plain: mask_like(first(args))],
    "initial": [0.25],
    "keepdims": [True],
    "axis": [0, -1],
    "dtype": ["float32", np.float64],
    "order": ["F", "K"],
    "subok": [False, True],
    "casting": ["no", "unsafe"],
    "overwrite_input": [True],
    "copy": [True, False],
    "device": ["cpu"],
    "like": [np.zeros(1)],
    "stable": [True, False],
    "kind": ["stable", "heapsort", "mergesort", "quicksort", "nonsense"],
    "ddof": [1],
    "correction": [1],
    "mean": [0.0],
    "decimals": [1, -1],
    "ndmin": [0, 3],
    "ndmax": [1],
    "shape": [(2, 2)],
    "norm": ["ortho", "forward"],
    "n": [3],
    "s": [(3, 2)],
    "axes": [(0, 1)],
    "axis1": [1],
    "axis2": [0],
    "offset": [1],
    "k": [1],
    "num": [7],
    "endpoint": [False],
    "retstep": [True],
    "base": [2.0],
    "side": ["right"],
    "sorter": [lambda args, plain: np.argsort(-args[0]), np.array([0, 1, 2])],
    "returned": [True],
    "weights": [lambda args, plain: np.abs(first(args))],
    "fweights": [np.array([1, 2, 1, 3])],
    "aweights": [np.array([1.0, 2.0, 1.0, 3.0])],
    "rowvar": [False],
    "bias": [True],
    "y": [lambda args, plain: first(args)[::-1] ** 2],
    "mode": ["wrap", "clip", "same"],
    "method": [
        *("inverted_cdf", "averaged_inverted_cdf", "closest_observation", "interpolated_inverted_cdf", "hazen"),
        *("weibull", "median_unbiased", "normal_unbiased", "lower", "higher", "midpoint", "nearest", "nonsense"),
    ],
    "prepend": [0.0, lambda args, plain: first(args)],
    "append": [1.0],
    "to_end": [1.0],
    "to_begin": [[1.0, 2.0]],
    "edge_order": [2, 3],
    "left": [9.0],
    "right": [-9.0],
    "period": [0.8],
    "UPLO": ["U", "nonsense"],
    "upper": [True],
    "hermitian": [True],
    "rcond": [0.3],
    "rtol": [0.3],
    "full_matrices": [False],
    "compute_uv": [False],
    "optimize": [True, "optimal", "greedy"],
    "sparse": [True],
    "indexing": ["ij"],
    "include_initial": [True],
    "a_min": [-0.5],
    "a_max": [0.5],
    "min": [-0.5],
    "max": [0.5],
    "rtol of isclose": [1e-3],
    "atol": [1e-3],
    "equal_nan": [True],
    "nan": [1.0],
    "posinf": [2.0],
    "neginf": [3.0],
    "deg": [True],
    "x": [lambda args, plain: np.arange(first(args).size) ** 2.0],
    "dx": [0.5],
    "default": [2.0],
    "start": [1],
    "axisa": [0],
    "axisb": [0],
    "axisc": [0],
    "p": [1],
    "ord": [1],
    "M": [4],
    "dtype of creation": ["float32"],
    "constant_values": [2.0, (1.0, 2.0)],
    "end_values": [2.0, (1.0, 2.0)],
    "stat_length": [2, (1, 2)],
    "reflect_type": ["odd"],
    "step": [2],
    "stop": [6],
    "discont": [4.0],
    "N": [3],
    "increasing": [True],
    "m": [2],
    "full": [True],
    "cov": [True],
    "w": [lambda args, plain: np.abs(args[0]) + 0.1],
    "minlength": [9],
    "bins": [4, [-1.0, 0.0, 2.0], "auto"],
    "range": [(-1.0, 1.0)],
    "density": [True],
    "trim": ["f", "b"],
    "tol": [1.0],
    "ind": [1],
    "d": [0.5],
}
OF_ONE = {  # what one function means by it
    **{(name, "where"): [lambda args, plain: Together(where=mask_like(first(args)), initial=0.25)]
       for name in ("max", "min", "amax", "amin", "nanmax", "nanmin")},
    **{(name, "rtol"): [1e-3] for name in ("isclose", "allclose")},
    **{(name, "axis"): [1] for name in ("median", "squeeze", "linalg.cross", "cross", "insert")},
    ("squeeze", "axis"): [0],
    ("matmul", "axes"): [[(-2, -1), (0, 1), (0, 1)], [(-1, -2), (-1, -2), (-2, -1)]],
    ("matmul", "axis"): [-1],
    ("vecdot", "axes"): [[0, 0, ()], [0, 0]],
    ("vecdot", "axis"): [0],
    ("vecdot", "keepdims"): [True],
    ("full", "order"): ["F"],
    ("repeat", "axis"): [0],
    ("roll", "axis"): [0],
    ("diff", "prepend"): [0.0, lambda args, plain: first(args)],
    ("linspace", "axis"): [-1],
    ("logspace", "axis"): [-1],
    ("tensordot", "axes"): [1],
    ("linalg.tensordot", "axes"): [1],
    ("linalg.norm", "axis"): [0],
    ("rot90", "axes"): [(1, 0)],
    ("fft.fftshift", "axes"): [1],
    ("fft.ifftshift", "axes"): [1],
    ("compress", "axis"): [1],
    ("transpose", "axes"): [(2, 0, 1)],
    ("permute_dims", "axes"): [(2, 0, 1)],
    ("round", "decimals"): [1, 0, -1],
    ("resize", "axis"): [],
    ("average", "weights"): [lambda args, plain: np.abs(first(args)) + 0.1],
    ("quantile", "weights"): [lambda args, plain: Together(weights=np.abs(first(args)), method="inverted_cdf")],
    ("percentile", "weights"): [lambda args, plain: Together(weights=np.abs(first(args)), method="inverted_cdf")],
    ("sort", "order"): ["f"],
    ("argsort", "order"): ["f"],
    ("partition", "order"): ["f"],
    ("reshape", "order"): ["F", "A", "K"],
    ("ravel", "order"): ["F", "A", "K"],
    ("delete", "axis"): [0],
    ("append", "axis"): [0],
    ("unstack", "axis"): [1],
    ("trapezoid", "x"): [lambda args, plain: np.arange(first(args).shape[-1]) ** 2.0],
    ("take", "mode"): ["wrap", "clip", "nonsense"],
    ("choose", "mode"): ["wrap", "clip", "nonsense"],
    ("pad", "mode"): [
        *("edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "minimum", "mean", "median", "empty"),
        lambda args, plain: lambda vector, width, axis, options: None,
    ],
}  # fmt: skip


BASES = {
    "empty": [([(2, 3)], {})],
    "empty_like": [([np.ones((2, 3))], {})],
    "astype": [([A, "float64"], {})],
    "nan_to_num": [([A], {})],
    "trim_zeros": [([np.array([1.0, 2.0])], {})],
    "partition": [([np.array([3.0, 1.0, 2.0]), 1], {})],
}
REFUSED = {  # besides out= and, of ufuncs, where=
    "where": {"clip"},
    "casting": {"clip", "einsum"},
    "dtype": {"clip", "cov", "corrcoef", "einsum"},
    "device": {"astype", "asarray", "asanyarray", "empty_like", "full", "zeros_like", "ones_like", "full_like",
               "linspace"},
    "mean": {"var", "std", "nanvar", "nanstd"},
    "weights": {"quantile", "percentile"},
    "fweights": {"cov"},
    "aweights": {"cov"},
    "ndmax": {"array"},
    "like": {"array", "asarray", "full", "asanyarray", "ascontiguousarray", "asfortranarray"},
    "hermitian": {"linalg.svd"},
    "rcond": {"linalg.pinv", "linalg.lstsq", "polyfit"},
    "full": {"polyfit"},
    "cov": {"polyfit"},
    "rtol": {"linalg.pinv"},
}
REFUSED_VALUES = {
    ("einsum", "order"): lambda value: value != "K",
    **dict.fromkeys([("reshape", "order"), ("ravel", "order")], lambda value: value in ("A", "K")),
    ("pad", "mode"): callable,
    **dict.fromkeys([("histogram", "bins"), ("histogram_bin_edges", "bins")], lambda value: isinstance(value, str)),
}
SYMMETRIC = {"linalg.cholesky", "linalg.eigh", "linalg.eigvalsh"}  # matrices that stay so when they move


def parameters(name, numpys):
    """The names of NumPy's signature that may be left away, and those that **kwargs stands for."""
    if is_ufunc(numpys):
        further = ("where",) if numpys.signature is None else ("axes", "axis", "keepdims")
        return ["out", "signature", *OF_UFUNCS[:-1], *further]
    found = []
    for parameter in inspect.signature(numpys).parameters.values():
        if parameter.kind in NAMED and parameter.default is not inspect.Parameter.empty:
            found.append(parameter.name)
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            found += FURTHER.get(name, ())  # of the others, what the function takes that they apply
    return found


def base_of(name):
    """A call at a regular point, with its arrays by position."""
    ours, numpys, calls = functions(name)
    calls = BASES.get(name, calls)
    for args, kwargs in calls:
        if floats_in(args) and all(np.isfinite(x).all() or name.startswith("nan") for x in args if is_floats(x)):
            return ours, numpys, list(args), kwargs
    return ours, numpys, list(calls[0][0]), {}


def is_refused(name, parameter, value, numpys):
    if (name, parameter) in REFUSED_VALUES:
        return REFUSED_VALUES[name, parameter](value)
    if is_ufunc(numpys) and parameter == "where":
        return value is not True
    return parameter == "out" or name in REFUSED.get(parameter, ())


def is_ufunc(function):
    return isinstance(function, np.ufunc)


def is_floats(x):
    return isinstance(x, np.ndarray) and x.dtype.kind == "f"


def outcome(function, *args, **kwargs):
    """What it returns or raises, of arguments that it may write into."""
    try:
        return function(*copy.deepcopy(args), **kwargs)
    except Exception as error:
        return error


def cases():
    for name in EVERY:
        numpys = functions(name)[1]
        try:
            names = parameters(name, numpys)
        except (TypeError, ValueError):
            continue
        for parameter in names:
            yield pytest.param(name, parameter, id=f"{name}-{parameter}")


def values_of(name, parameter, numpys):
    if is_ufunc(numpys):
        if parameter == "where":
            return [lambda args, plain: mask_like(plain), True]
        if parameter == "signature":
            both = (None,) * numpys.nin + ("float32",)
            return [lambda args, plain: tuple(t and np.dtype(t) for t in both), "d" * numpys.nin + "->d"]
        if parameter == "dtype":
            return ["float32", "float64", "bool"]
    return OF_ONE[name, parameter] if (name, parameter) in OF_ONE else VALUES[parameter]


def derivative_by_differences(numpys, args, places, kwargs, moves, weights):
    """Central differences of NumPy's own function, in float64 whatever dtype was asked for."""
    wide = {key: "float64" if key == "dtype" else value for key, value in kwargs.items()}
    wide.pop("signature", None)
    values = [args[i] if j is None else args[i][j] for i, j in places]

    def at(step):
        out = numpys(*put(args, places, [x + step * v for x, v in zip(values, moves)]), **wide)
        return sum(np.sum(w * np.asarray(part)) for w, part in zip(weights, leaves(out)))

    return (at(1e-6) - at(-1e-6)) / 2e-6


def calls_of(name, parameter):
    """Calls of NumPy's function and ours with values of one argument: both, arguments by position, keywords."""
    ours, numpys, args, kwargs = base_of(name)
    plain = numpys(*args, **kwargs)
    given = [] if is_ufunc(numpys) else list(inspect.signature(numpys).parameters)[: len(args)]
    for value in values_of(name, parameter, numpys):
        value = value(args, plain) if callable(value) and not isinstance(value, type) else value
        keywords = dict(value) if isinstance(value, Together) else {parameter: value}
        called = args[: given.index(parameter)] if parameter in given[1:] else args
        keywords = {**{key: v for key, v in kwargs.items() if key not in keywords}, **keywords}
        if name == "pad" and parameter in PADS:
            called, keywords["mode"] = args[:2], PADS[parameter]
        yield ours, numpys, called, keywords


@pytest.mark.parametrize(("name", "parameter"), list(cases()))
def test_every_argument_is_supported_or_refused_by_its_name(name, parameter):
    for call in calls_of(name, parameter):
        check(name, parameter, *call)


def check(name, parameter, ours, numpys, args, keywords):
    expected, found = outcome(numpys, *args, **keywords), outcome(ours, *args, **keywords)
    what = (name, keywords)
    if isinstance(expected, Exception):
        assert isinstance(found, type(expected)), what
    elif not (name.startswith("empty") or (parameter == "where" and (name == "clip" or is_ufunc(numpys)))):
        assert_same_bits(found, expected, what)
    places = floats_in(args)
    if not places:
        return
    values = [args[i] if j is None else args[i][j] for i, j in places]

    def f(*values):
        return ours(*put(args, places, values), **keywords)

    def of_numpy(*values):
        return numpys(*put(args, places, values), **keywords)

    traced = outcome(mg.vjp, f, *values)
    compiled = outcome(mg.compile(f), *values)
    if isinstance(expected, Exception):
        for error in (traced, compiled):
            assert isinstance(error, TypeError | ValueError | IndexError), (what, error)
        return
    refused = is_refused(name, parameter, keywords[parameter], numpys)
    assert refused is isinstance(traced, Exception), (what, traced)
    if refused:
        for error in (traced, compiled, outcome(mg.vjp, of_numpy, *values))[: 2 if name in NOT_DISPATCHED else 3]:
            assert type(error) is TypeError, (what, error)
            assert f"{parameter}=" in str(error), (what, error)
            assert str(error).startswith("minigan.numpy.") or "write a traced value" in str(error), (what, error)
        return
    undefined = name.startswith("empty") or (name == "pad" and keywords.get("mode") == "empty")
    if not undefined:
        assert_same_bits(traced[0], expected, what)
        if not isinstance(compiled, mg.autodiff.program.NotStraight):
            assert_same(compiled, expected, what)
    elif not isinstance(traced[0], tuple):
        assert traced[0].shape == expected.shape
        return
    rng = np.random.default_rng(zlib.crc32(f"{name} {parameter}".encode()))
    y, pullback = traced
    weights = [rng.standard_normal(np.shape(part)) for part in leaves(y)]
    moves = [rng.standard_normal(x.shape) * np.isfinite(x) for x in values]
    moves = [v + np.swapaxes(v, -1, -2) for v in moves] if name in SYMMETRIC else moves
    if any(np.asarray(part).dtype.kind != "f" for part in leaves(y)):
        return
    drawn = iter(weights)
    cotangents = pullback(tree_map(lambda part: next(drawn).astype(part.dtype), y))
    by_rule = sum(np.sum(g * v) for g, v in zip(cotangents, moves))
    by_differences = derivative_by_differences(numpys, args, places, keywords, moves, weights)
    narrow = "float32" in {np.asarray(part).dtype.name for part in leaves(y)}
    np.testing.assert_allclose(by_rule, by_differences, rtol=1e-3 if narrow else 1e-5, atol=1e-3 if narrow else 1e-6,
                               err_msg=repr(what))  # fmt: skip


def on_strict(x):
    if isinstance(x, np.ndarray):
        return mnp.asarray(x)
    if isinstance(x, list | tuple) and any(isinstance(part, np.ndarray) for part in x):
        return type(x)(map(on_strict, x))
    return x


NOT_ON_STRICT = {"logical_and", "logical_or", "logical_xor", "logical_not", "array_equal"}  # of floats


@pytest.mark.parametrize("name", sorted({case.values[0] for case in cases()} - NOT_ON_STRICT))
def test_other_libraries_arrays_take_what_traced_ones_take(name):
    for parameter in parameters(name, functions(name)[1]):
        for ours, numpys, args, keywords in calls_of(name, parameter):
            expected = outcome(numpys, *args, **keywords)
            if isinstance(expected, Exception):
                continue
            with mg.use("strict"):
                found = outcome(
                    ours, *map(on_strict, args), **{key: on_strict(value) for key, value in keywords.items()}
                )
                found = found if isinstance(found, Exception) else [*map(mg.to_numpy, leaves(found))]
            what = (name, keywords, found)
            if isinstance(found, Exception):
                refused = is_refused(name, parameter, keywords[parameter], numpys)
                assert refused or parameter in ("device", "like"), what
                assert f"{parameter}=" in str(found), what
            elif not (name.startswith("empty") or keywords.get("mode") == "empty"):
                for a, b in zip(found, leaves(expected), strict=True):
                    # the signs of eigenvectors are LAPACK's
                    a, b = (np.abs(a), np.abs(b)) if name == "linalg.eigh" else (a, b)
                    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6, err_msg=repr(what))


METHODS = {
    "reshape": [((6, 2), {"order": "F"}), ((-1,), {}), (((2, 6),), {"copy": True})],
    "flatten": [((), {}), (("F",), {})],
    "ravel": [(("F",), {}), ((), {"order": "C"})],
    "astype": [(("float32",), {}), (("float32", "F", "same_kind", False, True), {})],
    "clip": [((-0.5,), {}), ((-0.5, 0.5), {}), ((), {"max": 0.5})],
    "copy": [((), {}), (("F",), {})],
    "round": [((1,), {}), ((), {"decimals": -1})],
    "sum": [((0, None, None, True), {}), ((), {"where": A > 0, "initial": 1.0})],
    "mean": [((1, "float32"), {}), ((), {"where": A > 0, "keepdims": True})],
    "var": [((0, None, None, 1, True), {}), ((), {"ddof": 1, "where": A > 0})],
    "std": [((0, None, None, 1), {}), ((), {"where": A > 0})],
    "prod": [((0, None, None, True), {}), ((), {"initial": 2.0})],
    "max": [((0, None, True), {}), ((), {"where": A > 0, "initial": 1.0})],
    "min": [((0, None, True), {}), ((), {"initial": -5.0})],
    "argmax": [((0,), {"keepdims": True})],
    "argsort": [((0, "stable"), {}), ((), {"kind": "heapsort"})],
    "cumsum": [((1, "float32"), {})],
    "take": [(([0, 5], 1, None, "wrap"), {})],
    "trace": [((1, 0, 1, "float32"), {})],
    "diagonal": [((1,), {})],
    "repeat": [((2, 0), {})],
    "all": [((0,), {"keepdims": True}), ((), {"where": A > 0})],
    "any": [((), {"axis": 1, "where": A > 0})],
}


@pytest.mark.parametrize("name", METHODS)
def test_methods_take_what_numpy_s_take(name):
    for args, kwargs in METHODS[name]:
        expected = getattr(A, name)(*args, **kwargs)
        method = lambda x, name=name, args=args, kwargs=kwargs: getattr(x, name)(*args, **kwargs)
        assert_same_bits(mg.vjp(method, A)[0], expected, (name, args, kwargs))
        assert_same(mg.compile(method)(A), expected, (name, args, kwargs))


def test_a_narrowing_cast_is_allowed_or_not():
    with pytest.raises(TypeError, match=r"float64 is not converted to dtype=float32 by casting='safe'"):
        mg.grad(lambda x: x.astype("float32", casting="safe").sum())(A)
    with pytest.raises(TypeError, match=r"dtype=float32 by casting='no'"):
        mg.grad(lambda x: np.concatenate([x, x], dtype="float32", casting="no").sum())(A)


def test_a_condition_alone_has_positions():
    for function in (np.where, lambda condition: np.nonzero(condition)):
        found = mg.vjp(lambda x: (function(x), x.sum()), np.array([0.0, 2.0, 3.0]))[0][0]  # noqa: B023
        np.testing.assert_array_equal(found[0], [1, 2])


def test_a_traced_initial_value_is_refused():
    with pytest.raises(TypeError, match=r"sum has no derivative rule with initial=.*\+ initial"):
        mg.grad(lambda x: np.sum(x, initial=x[0]))(np.ones(2))


@pytest.mark.parametrize("mask", [{}, {"where": np.array([True, False, True])}])
@pytest.mark.parametrize("dtype", ["int64", "bool"])
def test_moments_in_integers_are_refused(dtype, mask):
    for function in (np.var, np.std):
        for change in (lambda f: mg.vjp(f, A), lambda f: mg.compile(f)(A)):
            with pytest.raises(TypeError, match=f"{function.__name__} of a traced .* dtype={dtype}: leave dtype= away"):
                change(lambda x: function(x, axis=0, dtype=dtype, **mask))  # noqa: B023


def test_moments_of_complex_arrays_in_a_real_dtype_are_refused():
    for function in (np.var, np.std):
        with pytest.raises(TypeError, match=r"no derivative rule with dtype=.*mnp.real"):
            mg.grad(lambda x: function(x * (1.0 + 2.0j), dtype="float64"))(A)  # noqa: B023
