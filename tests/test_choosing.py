"""A choice without a branch is NumPy's ``where`` to the bit, alone, eager, and compiled in and out of loops."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp
from minigan import choosing
from minigan.choosing import at_least, at_most, chosen, counted, points, signed, with_signs
from minigan.compiler import blocks

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")
EDGES = [0.0, -0.0, 1.0, -2.5, np.inf, -np.inf, np.nan, -np.nan, 1e-310, 1e-40, 3e38]
N = 3 * choosing.LONG_ENOUGH + 7


def bits(x):
    return (x.dtype, x.shape, x.tobytes())


def drawn(seed, dtype, shape):
    """Edges and NaN of every payload among ordinary numbers."""
    rng = np.random.default_rng(seed)
    with np.errstate(over="ignore"):
        edges = np.asarray(EDGES).astype(dtype)
    word = {"float32": np.uint32, "float64": np.uint64}[dtype]
    anything = rng.integers(0, np.iinfo(word).max, shape, word).view(dtype)
    return np.where(rng.random(shape) < 0.5, rng.choice(edges, shape), anything)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([((9,), (9,), (9,)), ((4, 5), (5,), (4, 1)), ((5,), (4, 5), ()), ((4, 1), (), (4, 5))]),
    st.sampled_from(["x", "y", "neither", "new"]),
)
def test_chosen_is_where(dtype, seed, shapes, written_over):
    rng = np.random.default_rng(seed)
    condition, x, y = rng.random(shapes[0]) < 0.5, drawn(seed + 1, dtype, shapes[1]), drawn(seed + 2, dtype, shapes[2])
    x, y = np.asarray(x), np.asarray(y)
    for sides in ((x, y), (x, None), (None, y)):
        a, b = (np.zeros((), dtype) if side is None else side for side in sides)
        expected = np.where(condition, a, b)
        over = None if written_over == "new" else np.empty(expected.shape, dtype)
        if written_over in ("x", "y"):
            i = "xy".index(written_over)
            if sides[i] is None or sides[i].shape != expected.shape:
                continue
            over[...] = sides[i]
            sides = tuple(over if i == j else side for j, side in enumerate(sides))
        found = chosen(np, condition, *sides, out=over)
        assert over is None or found is over
        assert bits(found) == bits(expected)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("looping", [False, True])
def test_every_choice_is_numpys_to_the_bit(dtype, looping, monkeypatch, on_numpy):
    """Long arrays, eager and compiled; in what the loop writes over, x and y die in turn."""
    if looping:
        monkeypatch.setattr(blocks, "WORTHWHILE", 1)
        monkeypatch.setattr(blocks, "SHORTEST", 1)
        monkeypatch.setattr(blocks, "CACHED", 1 << 14)
    choices = {
        "two arrays": lambda c, x, y: (mnp.where(c, x, y), mnp.where(c, y, x)),
        "zeros": lambda c, x, y: (mnp.where(c, x, 0.0), mnp.where(c, 0.0, y), mnp.where(c, 0, y)),
        "numbers": lambda c, x, y: (mnp.where(c, x, -0.0), mnp.where(c, 2.5, y), mnp.where(c, float("nan"), x)),
        "two numbers": lambda c, x, y: (mnp.where(c, 1.0, 2.0) * x, mnp.where(c, 0.0, -0.0) * y),
        "over what dies": lambda c, x, y: (mnp.where(c, -x, -y), mnp.where(c, mnp.abs(x), y), mnp.where(c, x, -y)),
        "a total": lambda c, x, y: mnp.where(c, mnp.max(x[:3]), x),
        "a row": lambda c, x, y: mnp.where(c, x[:1], y),
        "a constant": lambda c, x, y: mnp.where(c, np.full(x.shape, 0.3, dtype), np.zeros(x.shape, dtype)) + 0.0 * y,
    }
    c = np.random.default_rng(0).random(N) < 0.5
    x, y = drawn(1, dtype, (N,)), drawn(2, dtype, (N,))
    x[:3] = 0.5
    for name, f in choices.items():
        with monkeypatch.context() as patch:
            patch.setattr(choosing, "LONG_ENOUGH", 1 << 60)
            expected = [bits(a) for a in mg.tree_leaves(f(c, x, y))]
        compiled = mg.compile(f)
        assert [bits(a) for a in mg.tree_leaves(f(c, x, y))] == expected, name
        assert [bits(a) for a in mg.tree_leaves(compiled(c, x, y))] == expected, name
        by_masks = "chosen(np" in compiled.source or ".view(np.int8)" in compiled.source
        assert by_masks and "np.where" not in compiled.source, name
        namespace: dict = {}
        exec(compiled.source, namespace)


NUMBERS = [0.0, -0.0, 0.2, 1.0, -1.0, 2.5, -2.5e-7, 3e38, 1e-40, np.inf, -np.inf, np.nan, None]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("held", ["some", "all", "none"])
def test_choices_between_numbers_are_where_to_the_bit(dtype, held):
    shape = (2, choosing.WORTH_A_LOOK)
    condition = {"some": np.random.default_rng(0).random(shape) < 0.5, "all": np.ones(shape, bool)}.get(held)
    condition = np.zeros(shape, bool) if condition is None else condition
    for a in NUMBERS:
        for b in NUMBERS:
            if a is b is None:
                continue
            x, y = (None if one is None else np.asarray(one, dtype) for one in (a, b))
            expected = np.where(condition, *(np.zeros((), dtype) if one is None else one for one in (x, y)))
            assert bits(chosen(np, condition, x, y)) == bits(expected), (a, b)
            out = np.full(shape, 7.0, dtype)
            assert chosen(np, condition, x, y, out=out) is out and bits(out) == bits(expected), (a, b)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("written_over", [False, True])
def test_signs_times_numbers(dtype, written_over):
    numbers = np.random.default_rng(0).standard_normal(3000).astype(dtype)
    for x in (numbers, np.append(numbers, [0.0, -0.0]).astype(dtype), drawn(3, dtype, (3000,))):
        for number in (np.asarray(2.5e-6, dtype), np.asarray(-0.3, dtype)):
            expected = number * np.sign(x)
            for sizes in (None, np.abs(x)):
                out = x.copy() if written_over else None
                found = signed(np, x if out is None else out, number, out=out, sizes=sizes)
                assert out is None or found is out
                np.testing.assert_array_equal(found, expected)
                zeros = expected == 0
                np.testing.assert_array_equal(np.signbit(found)[zeros], np.signbit(expected)[zeros])


def test_points():
    wins, ties = np.array([True, False, False]), np.array([False, True, False])
    found = points(np, wins, ties)
    assert found.dtype == np.int8 and found.tolist() == [2, 1, 0]
    assert counted(np, wins, wins | ties).tolist() == [2, 1, 0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_numbers_of_the_larger(dtype):
    first, second = np.asarray(2.5e-6, dtype), np.asarray(-7e-7, dtype)
    apart = np.random.default_rng(0).standard_normal((2, 3000)).astype(dtype)
    tied = drawn(3, dtype, (2, 3000))
    tied[1, ::3] = tied[0, ::3]
    for x, y in (apart, tied):
        tie = np.where(x == y, first / 2 + second / 2, np.zeros((), dtype))
        expected = np.where(x > y, first, np.where(y > x, second, tie))
        out = x.copy()
        assert choosing.of_the_larger(np, out, y, first, second, out=out) is out
        np.testing.assert_array_equal(out, expected)
        np.testing.assert_array_equal(choosing.of_the_larger(np, x, y, first, second), expected)


def test_sizes_with_signs():
    x, y = drawn(1, "float32", (3000,)), drawn(2, "float32", (3000,))
    for size in (x, np.asarray(1.0, np.float32)):
        expected = np.copysign(size, y)
        assert bits(with_signs(np, size, y)) == bits(expected)
        over = y.copy()
        assert bits(with_signs(np, size, over, out=over)) == bits(expected) == bits(over)
    over = x.copy()
    assert bits(with_signs(np, over, y, out=over)) == bits(np.copysign(x, y))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("number", [0.0, 1.5, -1e-3])
def test_bounds_without_nan(dtype, number):
    for x in (drawn(3, dtype, (3000,)), np.linspace(-2.0, 2.0, 3000).astype(dtype)):
        number = np.asarray(number, dtype)
        np.testing.assert_array_equal(at_least(np, x, number), np.where(x > number, x, number))
        out = x.copy()
        assert at_most(np, out, number, out=out) is out
        np.testing.assert_array_equal(out, np.where(x < number, x, number))


def test_other_arrays_are_chosen_by_numpy(on_numpy):
    """Integers, complex numbers, mixed widths, short arrays and conditions that are numbers."""
    long, short = np.arange(N), np.arange(5.0)
    for condition, x, y in (
        (long % 2 == 0, long, 0),
        (long % 2 == 0, long * 1j, 0.0),
        (long % 2 == 0, long.astype("float32"), long * 0.5),
        (long % 2, long * 0.5, 1.0),
        (short > 2, short, 0.0),
        (long > 2, True, long * 0.5),
    ):
        expected = np.where(condition, x, y)
        f = lambda *parts: mnp.where(*parts)
        assert bits(mnp.where(condition, x, y)) == bits(expected)
        if all(isinstance(part, np.ndarray) for part in (x, y)):
            compiled = mg.compile(f)
            assert bits(compiled(condition, x, y)) == bits(expected)
            assert "chosen" not in compiled.source


KINKED = {
    "maximum": (mnp.maximum, 2),
    "minimum": (mnp.minimum, 2),
    "fmax": (mnp.fmax, 2),
    "clip": (lambda x: mnp.clip(x, -0.75, 0.75), 1),
    "where": (lambda x, y: mnp.where(x > y, x * y, y), 2),
    "logaddexp": (mnp.logaddexp, 2),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", KINKED)
def test_slopes_of_long_arrays_are_those_of_short_ones(name, dtype, on_numpy):
    """Ties, zeros of both signs, infinities and NaN, with cotangents that are infinite or NaN, to the bit."""
    f, count = KINKED[name]
    args = [np.resize(drawn(i, dtype, (N,)), N) for i in range(count)]
    args[-1][::3] = args[0][::3] if count > 1 else 0.75
    g = drawn(7, dtype, (N,))
    pulled = lambda *args: mg.vjp(f, *args[:-1])[1](args[-1])
    found = [np.asarray(part) for part in pulled(*args, g)]
    pieces = [pulled(*(a[i : i + 500] for a in (*args, g))) for i in range(0, N, 500)]
    for part, expected in zip(found, map(np.concatenate, zip(*pieces))):
        assert bits(part) == bits(expected)
    for part, expected in zip(mg.compile(pulled)(*args, g), found):
        np.testing.assert_array_equal(np.isnan(part), np.isnan(expected))
        numbers = ~np.isnan(expected)
        np.testing.assert_array_equal(part[numbers], expected[numbers])


CHOSEN = {
    "where": lambda x, y: mnp.where(x > 0.25, x, y),
    "fmin": mnp.fmin,
    "copysign": mnp.copysign,
    "heaviside": mnp.heaviside,
    "logaddexp": mnp.logaddexp,
    "larger sizes": lambda x, y: mnp.maximum(abs(x), abs(y)),
    "bounded": lambda x, y: mnp.minimum(mnp.maximum(x, -0.75), 0.75) * y,
    "bounded from one side": lambda x, y: mnp.where(x > 0.75, x, 0.75) + mnp.where(y < 0.75, y, 0.75),
    "leaky": lambda x, y: mnp.maximum(x, 0.2 * x) - mnp.maximum(y, 0.3 * y),
}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", KINKED | CHOSEN)
def test_slopes_by_one_number_are_eager_ones(name, dtype, on_numpy):
    """Of means and of their negatives, of numbers among ties and edges, and of numbers without any."""
    f, count = KINKED.get(name) or (CHOSEN[name], 2)
    edged = [drawn(i, dtype, (N,)) for i in range(count)]
    edged[-1][::3] = edged[0][::3] if count > 1 else 0.75
    rng = np.random.default_rng(0)
    for args in (edged, [rng.standard_normal(N).astype(dtype) for _ in range(count)]):
        for sign in (1.0, -1.0):
            slopes = mg.grad(lambda *args, sign=sign: sign * mnp.mean(f(*args)), argnums=tuple(range(count)))
            for found, expected in zip(mg.compile(slopes)(*args), slopes(*args), strict=True):
                if name == "logaddexp":
                    np.testing.assert_allclose(found, expected, rtol=8 * np.finfo(dtype).eps, atol=np.finfo(dtype).tiny)
                else:
                    np.testing.assert_array_equal(found, expected)
