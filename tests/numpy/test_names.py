"""The page of NumPy's names is what its table makes, is complete, and is true."""

import pathlib
import subprocess
import sys
import types

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.numpy import names, without_rules
from minigan.numpy.names import DIFFERENTIABLE, NEWEST, OF_OTHER_VERSIONS, classified
from minigan.numpy.without_rules import CONSTANT, NO_ARRAY_FUNCTION, REFUSED
from tests.numpy import test_against_numpy
from tests.numpy.test_against_numpy import CUBE, HOLES, MASK, POSITIVE, ROW, SQUARE, VECTOR, A, B, floats_in, put

PAGE = pathlib.Path(__file__).parents[2] / "docs" / "numpy.md"
NAMESPACES = {"": np, "linalg": np.linalg, "fft": np.fft}
KNOWN = {namespace: classified(namespace) for namespace in NAMESPACES}
EVERY = [(namespace, name) for namespace in NAMESPACES for name in KNOWN[namespace]]


def of_kind(kind):
    found = [pair for pair in EVERY if KNOWN[pair[0]][pair[1]].kind == kind]
    return pytest.mark.parametrize(("namespace", "name"), found, ids=[".".join(filter(None, pair)) for pair in found])


def spelled(namespace, name):
    return f"{namespace}.{name}" if namespace else name


def ours(namespace, name):
    return getattr(getattr(mnp, namespace) if namespace else mnp, name)


def test_the_page_is_the_one_that_is_made():
    assert PAGE.read_text() == names.page(), "python -m minigan.numpy.names > docs/numpy.md"


def test_the_command_prints_the_page():
    run = subprocess.run([sys.executable, "-m", "minigan.numpy.names"], capture_output=True, text=True, check=True,
                         cwd=PAGE.parents[1])  # fmt: skip
    assert run.stdout == PAGE.read_text() and not run.stderr


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_every_name_is_classified(namespace):
    """A newer NumPy's new names are refused by a sentence until they have a line."""
    theirs = set(NAMESPACES[namespace].__all__)
    known = set(KNOWN[namespace])
    version = tuple(map(int, np.__version__.split(".")[:2]))
    newest = tuple(map(int, NEWEST.split(".")))
    if version > newest:
        for name in theirs - known:
            function = ours(namespace, name)
            if callable(function) and not isinstance(function, type):
                assert names.kind_of(name, namespace) == REFUSED
                with pytest.raises(TypeError, match=f"{name} does not take a traced array: .*no derivative rule"):
                    mg.jvp(function, (mnp.ones(3),), (mnp.ones(3),))
        return
    assert theirs - known == set()
    if version == newest:
        assert known - theirs <= OF_OTHER_VERSIONS | {"float128", "complex256"}


def test_no_name_stands_twice():
    groups = without_rules.GROUPS
    assert sum(len(group.names) for group in groups) == len(set().union(*(group.names for group in groups)))
    stands_in = {name for group in groups if group.kind != CONSTANT for name in group.names}
    assert stands_in.isdisjoint(mnp.__all__)


# -- differentiable ------------------------------------------------------------------------------------------

ON_POSITIVE = "reciprocal sqrt log log1p log2 log10 cbrt".split()  # noqa: SIM905
ON_UNIT = "arcsin asin arccos acos arctanh atanh".split()  # noqa: SIM905
UNIT = np.random.default_rng(3).uniform(0.2, 0.8, (3, 4))
FIRST = {
    "where": ((MASK, A, B), {}),
    "nan_to_num": ((A,), {}),
    **dict.fromkeys(ON_UNIT, ((UNIT,), {})),
    **dict.fromkeys(ON_POSITIVE, ((POSITIVE,), {})),
    **dict.fromkeys(("arccosh", "acosh"), ((POSITIVE + 1.5,), {})),
    **dict.fromkeys(("power", "pow", "float_power"), ((POSITIVE, B), {})),
    "angle": ((A + 1j * B,), {}),
    "imag": ((A + 1j * B,), {}),
    "copysign": ((POSITIVE, B), {}),
    "cumulative_prod": ((ROW,), {}),
    "full": (((2, 4), ROW), {}),
    "full_like": ((A, ROW), {}),
    "linspace": ((ROW, B[0], 5), {}),
    "logspace": ((ROW, B[0], 5), {}),
    "array": ((A,), {}),
    "asarray": ((A,), {}),
    "meshgrid": ((ROW, B[0]), {}),
    "polydiv": ((VECTOR[:6], ROW + 3.0), {}),
    "polyval": ((ROW, A), {}),
    "concatenate": (([A, B],), {}),
    "histogram": ((A, np.array([-1.0, 0.1, 2.0])), {"weights": B}),
    "histogram_bin_edges": ((A, 4), {}),
    "bincount": ((np.array([0, 2, 2, 1]), ROW), {}),
    "frexp": ((A,), {}),
    "divmod": ((A, POSITIVE + 1.0), {}),
    "astype": ((A, float), {}),
    "matrix_power": ((SQUARE, 3), {}),
    "clip": ((A, -0.5, 0.5), {}),
    "interp": ((UNIT, np.array([-0.5, 0.0, 0.25, 0.95]), ROW), {}),
    "kaiser": ((7, np.array(2.5)), {}),
    "fftfreq": ((7, np.array(0.5)), {}),
    "rfftfreq": ((7, np.array(0.5)), {}),
    "poly": ((ROW,), {}),
    "nanmax": ((HOLES[::2],), {}),
    "r_": ((ROW, B[0]), {}),
    "c_": ((ROW, B[0]), {}),
    "apply_over_axes": ((lambda a, axis: mnp.sum(a, axis) ** 2, CUBE, (0, 2)), {}),
    "piecewise": ((A, [A < 0.0], [lambda x: -x, lambda x: x * x]), {}),
    "eig": ((SQUARE + SQUARE.T,), {}),
    "cholesky": ((SQUARE @ SQUARE.T + np.eye(3),), {}),
    "pad": ((A, 1), {}),
    "heaviside": ((np.array([[0.0, 1.0, 0.0, -1.0]]), ROW), {}),
    "trim_zeros": ((np.array([0.0, 1.5, 0.0, -2.0, 0.0]),), {}),
}  # fmt: skip
WEIGHTS = np.random.default_rng(9)


def first_call(namespace, name):
    """A call at which the function is smooth, and the places of its floating-point arrays."""
    if name in FIRST:
        return FIRST[name]
    calls = {"": test_against_numpy.CALLS, "linalg": test_against_numpy.LINALG, "fft": test_against_numpy.FFT}[namespace]
    return next((args, kwargs) for args, kwargs in calls[name] if floats_in(args) and "order" not in kwargs)


def real_leaves(x):
    """The real arrays of a result; a complex one's real and imaginary part."""
    found = []
    for leaf in mg.tree_leaves(x):
        if not hasattr(leaf, "dtype") or not str(leaf.dtype).rpartition(".")[2].startswith(("float", "complex")):
            continue
        found += [mnp.real(leaf), mnp.imag(leaf)] if "complex" in str(leaf.dtype) else [leaf]
    return found


def as_function(namespace, name):
    """The function of its floating-point arrays alone, weighed and added up, and those arrays."""
    function = ours(namespace, name)
    args, kwargs = first_call(namespace, name)
    args = list(args)
    places = [(i, None) for i, x in enumerate(args) if isinstance(x, np.ndarray) and x.dtype.kind in "fc"]
    places = places if name in ("angle", "imag") else floats_in(args)
    values = [mnp.asarray(args[i] if j is None else args[i][j]) for i, j in places]
    args = [mnp.asarray(x) if isinstance(x, np.ndarray) else x for x in args]
    kwargs = {key: mnp.asarray(x) if isinstance(x, np.ndarray) else x for key, x in kwargs.items()}
    args = [[mnp.asarray(p) if isinstance(p, np.ndarray) else p for p in x] if isinstance(x, list) else x for x in args]
    if name in ("r_", "c_"):
        return (lambda *v: [function[v]]), values

    def f(*values):
        if name in ("eigh", "eigvalsh", "cholesky"):  # the derivative is along symmetric matrices
            values = [0.5 * (x + mnp.matrix_transpose(x)) for x in values]
        out = function(*put(args, places, values), **kwargs)
        if name in ("eig", "eigh", "svd", "qr"):  # a vector's sign is the library's
            return [part if part.ndim == 1 else mnp.square(part) for part in out]
        return out

    return f, values


@pytest.mark.filterwarnings("ignore")
@of_kind(DIFFERENTIABLE)
def test_differentiable_names_agree_with_differences(namespace, name):
    f, values = as_function(namespace, name)
    weights = [mnp.asarray(WEIGHTS.standard_normal(leaf.shape)) for leaf in real_leaves(f(*values))]

    def loss(*values):
        total = 0.0
        for weight, leaf in zip(weights, real_leaves(f(*values))):
            total = total + mnp.sum(weight * leaf)
        return total

    gradients = mg.grad(loss, argnums=tuple(range(len(values))))(*values)
    # zeros stay what they are: some functions cut them away
    turns = [1.0 + 0.5j if "complex" in str(x.dtype) else 1.0 for x in values]
    direction = [mg.to_numpy(x != 0) * WEIGHTS.standard_normal(x.shape) * turn for x, turn in zip(values, turns)]
    moved = sum(float(np.sum(np.real(mg.to_numpy(g) * d))) for g, d in zip(gradients, direction))
    h = 1e-6
    ahead, behind = (
        float(loss(*(mnp.asarray(mg.to_numpy(x) + side * h * d) for x, d in zip(values, direction)))) for side in (1, -1)
    )
    assert moved == pytest.approx((ahead - behind) / (2.0 * h), rel=1e-5, abs=1e-7)
    assert any(np.any(mg.to_numpy(g) != 0.0) for g in gradients), "a constant"


# -- constant ------------------------------------------------------------------------------------------------

COUNTS = np.array([[0, 2, 1, 3], [1, 1, 0, 2], [3, 0, 0, 1]])
MIXED = {
    "array_equal": (A, B), "array_equiv": (A, B), "isin": (A, B), "digitize": (A, np.array([-1.0, 0.0, 1.0])),
    "argpartition": (A, 2), "lexsort": ([ROW, B[0]],), "searchsorted": (np.sort(ROW), A), "can_cast": (A, "f8"),
    "allclose": (A, B), "isclose": (A, B), "common_type": (A,), "result_type": (A, 1.0),
    "diag_indices_from": (SQUARE,), "tril_indices_from": (SQUARE,), "triu_indices_from": (SQUARE,),
}  # fmt: skip
_NAMES = """
    bitwise_and bitwise_or bitwise_xor bitwise_count bitwise_left_shift bitwise_right_shift bitwise_invert bitwise_not
    gcd invert lcm left_shift right_shift ix_ packbits unpackbits ravel_multi_index unravel_index isnat
"""
OF_INTEGERS = frozenset(_NAMES.split())
SIZES = next(group.names for group in without_rules.GROUPS if group.what == "new arrays from sizes")


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.filterwarnings("ignore")
@of_kind(CONSTANT)
def test_constant_names_do_not_move(namespace, name):
    """Their results are no tracers, and are the same beside the point."""
    function = ours(namespace, name)
    if name in SIZES or name in OF_INTEGERS:
        return  # they take no floating-point array; what they make is plain
    two = test_against_numpy.CALLS.get(name, ())[:1]
    args = MIXED.get(name) or ((A, B) if two and sum(isinstance(x, np.ndarray) for x in two[0][0]) == 2 else (A,))
    places = floats_in(args)
    values = [mnp.asarray(args[i] if j is None else args[i][j]) for i, j in places]
    seen = []

    def f(*values):
        seen.append(function(*put(args, places, values)))
        return mnp.sum(values[0])

    gradient = mg.to_numpy(mg.grad(f)(*values))
    np.testing.assert_array_equal(gradient, 1.0)
    f(*(x + 1e-9 for x in values))
    if name == "empty_like":  # of values that mean nothing
        return
    traced, beside = ([*map(str, map(host, mg.tree_leaves(out)))] for out in seen)
    assert traced == beside


def host(leaf):
    assert "tracer" not in str(type(leaf)).lower()
    return mg.to_numpy(leaf) if hasattr(leaf, "dtype") and hasattr(leaf, "shape") else leaf


@pytest.mark.parametrize("name", sorted(SIZES))
def test_sizes_are_not_traced(name):
    with pytest.raises(TypeError):
        mg.grad(lambda n: mnp.sum(getattr(mnp, name)(n)))(mnp.asarray(4.0))


# -- refused -------------------------------------------------------------------------------------------------


@of_kind(REFUSED)
def test_refused_names_say_why(namespace, name):
    if not hasattr(NAMESPACES[namespace], name):
        assert name in OF_OTHER_VERSIONS
        return
    reason = without_rules.group_of(name).reason
    with pytest.raises(TypeError) as caught:
        mg.grad(lambda x: mnp.sum(ours(namespace, name)(x)))(mnp.asarray(A))
    assert str(caught.value) == f"minigan.numpy.{spelled(namespace, name)} does not take a traced array: {reason}"
    assert len(reason) > 20


@of_kind(NO_ARRAY_FUNCTION)
def test_what_is_no_array_function_is_numpy_s(namespace, name):
    theirs = getattr(NAMESPACES[namespace], name, None)
    if theirs is None:
        return  # None itself, newaxis, or another version's
    found = ours(namespace, name) if not name.startswith("__") else theirs
    if isinstance(theirs, types.ModuleType):
        assert isinstance(found, types.ModuleType)
        return
    same = found is theirs or found == theirs if not callable(theirs) or isinstance(theirs, type) else callable(found)
    assert same or name == "nan"


def test_unique_values_are_read_where_they_stand():
    """What the refusal advises works: the gradient of distinct values is one for the first of each."""
    x = mnp.asarray([3.0, 1.0, 3.0, 2.0])

    def f(x):
        places = np.unique(mg.to_numpy(mg.stop_gradient(x)), return_index=True)[1]
        return mnp.sum(mnp.take(x, mnp.asarray(places)) * mnp.asarray([1.0, 2.0, 3.0]))

    np.testing.assert_array_equal(mg.to_numpy(mg.grad(f)(x)), [3.0, 1.0, 0.0, 2.0])
