"""Every primitive under `minigan.vectorize` against a loop over the examples; a new one is picked up by itself."""

import itertools
import zlib

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.batching import BY_KIND, ManyValues, one_by_one
from minigan.numpy.indexing import getitem
from minigan.testing import draw_arguments
from minigan.testing.calls import draw_call
from tests.numpy.fuzzing import NAMES, Checked, apart, outcome

PRIMITIVES = [p for p in mg.PRIMITIVES.values() if not p.name.startswith("test_")]
each_primitive = pytest.mark.parametrize("primitive", PRIMITIVES, ids=lambda p: p.name)
each_dtype = pytest.mark.parametrize("dtype", ["float64", "float32"])
SIZE = 3
# shapes of an elementwise function's examples, of which some broadcast: one argument's, two's, three's
BROADCAST = {
    1: [((),), ((2, 3),)],
    2: [((), (3,)), ((2, 1), (3,)), ((3,), (2, 3)), ((2, 3), ())],
    3: [((3,), (2, 1), ()), ((), (2, 3), (3,)), ((2, 1), (), (3,))],
}
ONE_BY_ONE = {"lstsq", "lstsq_rank"}  # as the documentation of `vectorize` says


def test_what_runs_example_by_example_is_known():
    assert {p.name for p in PRIMITIVES if (p.batch or BY_KIND.get(p.kind, one_by_one)) is one_by_one} == ONE_BY_ONE


def cases(primitive, dtype):
    """Functions of one example, arguments, and which of these are batched: every choice for each of the examples."""
    for example in primitive.examples:
        count = len(example.shapes)
        params = {key: mg.active().dtype(value) if key == "dtype" else value for key, value in example.params.items()}
        for shapes in BROADCAST[count] if primitive.kind == "elementwise" else [None]:
            rng = np.random.default_rng(5)
            draws = [draw_arguments(rng, example, shapes, dtype) for _ in range(SIZE)]
            for batched in itertools.product([True, False], repeat=count):
                if any(batched):
                    args = [np.stack(column) if ours else column[0] for column, ours in zip(zip(*draws), batched)]
                    yield lambda *x, params=params: primitive(*x, **params), list(map(mnp.asarray, args)), batched


def one_of(args, batched, i):
    return [x[i, ...] if ours else x for x, ours in zip(args, batched)]


def axes(batched):
    return tuple(0 if ours else None for ours in batched)


def host(tree):
    return [mg.to_numpy(leaf) for leaf in mg.tree_leaves(tree)]


def assert_near(found, expected, dtype):
    """Equal shapes and dtypes, and values to a few hundred roundings of the largest."""
    for a, b in zip(host(found), host(expected), strict=True):
        assert a.shape == b.shape and a.dtype == b.dtype
        scale = 1.0 + np.max(np.abs(b), initial=0.0)
        np.testing.assert_allclose(a, b, rtol=0.0, atol=300 * np.finfo(dtype).eps * scale)


def stacked(trees):
    return mg.tree_map(lambda *parts: np.stack(parts), *mg.to_numpy(trees))


@each_dtype
@each_primitive
def test_values_are_those_of_a_loop(primitive, dtype):
    for f, args, batched in cases(primitive, dtype):
        expected = stacked([f(*one_of(args, batched, i)) for i in range(SIZE)])
        assert_near(mg.vectorize(f, axes(batched))(*args), expected, dtype)


@pytest.mark.parametrize("primitive", [p for p in PRIMITIVES if p.name != "lstsq"], ids=lambda p: p.name)
def test_no_examples_have_no_results_in_the_shape_of_one(primitive):
    """All but least squares, which have residuals or none as the rank is."""
    for f, args, batched in cases(primitive, "float64"):
        one = f(*one_of(args, batched, 0))
        found = mg.vectorize(f, axes(batched))(*(x[:0, ...] if ours else x for x, ours in zip(args, batched)))
        assert [x.shape for x in host(found)] == [(0, *x.shape) for x in host(one)]
        assert [x.dtype for x in host(found)] == [x.dtype for x in host(one)]


@each_dtype
@pytest.mark.parametrize("primitive", [p for p in PRIMITIVES if p.push], ids=lambda p: p.name)
def test_gradients_inside_and_outside_of_it_are_those_of_a_loop(primitive, dtype):
    """Per-example gradients, and the gradient of the whole, in which what examples share gets the sum of theirs."""
    rng = np.random.default_rng(6)
    for f, args, batched in cases(primitive, dtype):
        moving = range(len(args)) if primitive.differentiable == "all" else primitive.differentiable
        y = mg.vectorize(f, axes(batched))(*args)
        g = mg.tree_map(lambda y: mnp.asarray(np.asarray(rng.standard_normal(y.shape)), y.dtype), y)
        each = [mg.tree_map(lambda part, i=i: part[i, ...], g) for i in range(SIZE)]
        loop = stacked([pulled(f, one_of(args, batched, i), moving, each[i]) for i in range(SIZE)])

        inside = mg.vectorize(lambda g, *args, f=f, moving=moving: pulled(f, args, moving, g), (0, *axes(batched)))
        assert_near(inside(g, *args), loop, dtype)
        outside = pulled(mg.vectorize(f, axes(batched)), args, moving, g)
        assert_near(outside, tuple(x if batched[i] else x.sum(0) for i, x in zip(moving, loop)), dtype)


def pulled(f, args, moving, g):
    """The cotangents of those arguments that it can be differentiated in."""

    def of_moving(*values):
        full = list(args)
        for i, value in zip(moving, values):
            full[i] = value
        return f(*full)

    return mg.vjp(of_moving, *(args[i] for i in moving))[1](g)


# -- drawn calls ---------------------------------------------------------------------------------------------------

INFINITE = {"convolve", "correlate"}  # the composition multiplies infinities by zero
DEFINED_ON_ORDER = {"interp"}  # of places that do not increase NumPy's means nothing


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.filterwarnings("ignore")
def test_drawn_calls_of_every_function_are_those_of_a_loop():
    """What `tests.numpy.fuzzing` draws, batched with the same numbers in another order."""
    taken = 0
    for name in NAMES:
        for i in range(3):
            rng = np.random.default_rng([zlib.crc32(name.encode()), i])
            call = Checked(name, *draw_call(rng, name), rng)
            if call.means_nothing() or name in DEFINED_ON_ORDER or (name in INFINITE and not call.is_finite()):
                continue
            examples = [call.values, [rng.permutation(x.ravel()).reshape(x.shape) for x in call.values]]
            expected = [outcome(call.with_values, *values) for values in examples]
            refused = any(error for _, error in expected) or outcome(mg.vjp, call.with_values, *call.values)[1]
            if not call.values or refused:  # plain or traced
                continue
            found, error = outcome(mg.vectorize(call.with_values), *map(np.stack, zip(*examples)))
            if error is not None:
                assert isinstance(error, ManyValues), call.told
                continue
            taken += 1
            for i, (y, _) in enumerate(expected):
                one = mg.tree_map(lambda x, i=i: x[i], found)
                assert not apart(one, mg.tree_map(np.asarray, y), call.is_narrow()), call.told
    assert taken > 500


# -- indices -------------------------------------------------------------------------------------------------------

S = np.s_
MASK = np.array([True, False, True, True])
INDICES = {  # of x (4, 3, 5) at positions i (2), j (6, 2) and a number k
    "x[i]": lambda x, i, j, k: getitem(x, S[i]),
    "x[:, i]": lambda x, i, j, k: getitem(x, S[:, i]),
    "x[..., i]": lambda x, i, j, k: getitem(x, S[..., i]),
    "x[i, :, i]": lambda x, i, j, k: getitem(x, S[i, :, i]),
    "x[0, :, i]": lambda x, i, j, k: getitem(x, S[0, :, i]),
    "x[:, j, i]": lambda x, i, j, k: getitem(x, S[:, j, i]),
    "x[j, i]": lambda x, i, j, k: getitem(x, S[j, i]),
    "x[i, None, j]": lambda x, i, j, k: getitem(x, S[i, None, j]),
    "x[:, i, None, j]": lambda x, i, j, k: getitem(x, S[:, i, None, j]),
    "x[None, i, :, None]": lambda x, i, j, k: getitem(x, S[None, i, :, None]),
    "x[::2, i, 1:3]": lambda x, i, j, k: getitem(x, S[::2, i, 1:3]),
    "x[k]": lambda x, i, j, k: getitem(x, S[k]),
    "x[:, k, 1]": lambda x, i, j, k: getitem(x, S[:, k, 1]),
    "x[k, 1:, None, i]": lambda x, i, j, k: getitem(x, S[k, 1:, None, i]),
    "x[mask]": lambda x, i, j, k: getitem(x, S[mnp.asarray(MASK)]),
    "x[mask, 1]": lambda x, i, j, k: getitem(x, S[mnp.asarray(MASK), 1]),
    "x[mask, k]": lambda x, i, j, k: getitem(x, S[mnp.asarray(MASK), k]),
    "take": lambda x, i, j, k: mnp.take(x, i, 1),
    "along an axis": lambda x, i, j, k: mnp.take_along_axis(x, mnp.argsort(x, 1), 1),
    "a diagonal": lambda x, i, j, k: mnp.diagonal(x, 1, 0, 2),
    "added": lambda x, i, j, k: mnp.index_add(x, (slice(None), j), 2.0 * mnp.take(x, j, 1)),
    "added apart": lambda x, i, j, k: mnp.index_add(x, (0, slice(None), i), getitem(x, S[0, :, i])),
}


@pytest.mark.parametrize("name", INDICES)
def test_reading_and_scattering_at_positions_that_are_shared_or_each_one_s_own(name):
    f, rng = INDICES[name], np.random.default_rng(7)
    whole = [rng.standard_normal((SIZE, 4, 3, 5)), *(rng.integers(0, 3, (SIZE, *s)) for s in ((2,), (6, 2), ()))]
    used = [True, *(letter in name for letter in "ijk")]

    def slopes(x, i, j, k):
        return mg.grad(lambda x: mnp.sum(mnp.sin(f(x, i, j, k))))(x)

    for batched in itertools.product([True, False], repeat=4):
        if not any(a and b for a, b in zip(batched, used)):
            continue
        args = [mnp.asarray(a if ours else a[0, ...]) for a, ours in zip(whole, batched)]
        for g in (f, slopes):
            expected = stacked([g(*one_of(args, batched, i)) for i in range(SIZE)])
            assert_near(mg.vectorize(g, axes(batched))(*args), expected, "float64")
