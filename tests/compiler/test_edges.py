"""`mg.compile` where it is easy to be wrong: integers, views, odd names, aliases, values that a trace cannot know."""

import copy
import functools
import pickle
import threading

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp

X = np.array([[0.5, -1.25, 2.0], [3.0, 0.25, -0.75], [1.5, -2.0, 0.125], [-0.5, 1.0, 4.0]])
NARROW = np.array([0, 3, 200, 255], np.uint8)
SMALL = np.array([-128, -5, 0, 100], np.int8)


def same(found, expected, tolerance=1e-12):
    """Leaf by leaf: shape, dtype and value."""
    leaves, wanted = mg.tree_leaves(found), mg.tree_leaves(expected)
    assert len(leaves) == len(wanted)
    for a, b in zip(map(np.asarray, leaves), map(np.asarray, wanted)):
        assert (a.shape, a.dtype) == (b.shape, b.dtype)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=0)


def agrees(f, *args, donate=(), tolerance=1e-12):
    """The compiled function beside the eager one, at the recorded values and at others."""
    compiled = mg.compile(f, donate=donate)
    for values in (args, [np.roll(a, 1) if isinstance(a, np.ndarray) else a for a in args], args):
        expected = f(*mg.tree_map(lambda a: a.copy() if isinstance(a, np.ndarray) else a, list(values)))
        found = compiled(*values)
        same(found, expected, tolerance)
    return compiled


# -- dtypes ------------------------------------------------------------------------------------------------------

DISCRETE = {
    "bool + int": (lambda x: (x > 0) + 1, X),
    "bool * int": (lambda x: (x > 0) * 2, X),
    "bool * bool": (lambda x: (x > 0) * (x > 0), X),
    "int - bool": (lambda x: 1 - (x > 0) * 1, X),
    "bool ** int": (lambda x: (x > 0) ** 2, X),
    "maximum(bool, int)": (lambda x: mnp.maximum(x > 0, 0), X),
    "unsigned |-x|": (lambda x: abs(-x), NARROW),
    "unsigned (-x) 3": (lambda x: (-x) * 3, NARROW),
    "unsigned -(2 x)": (lambda x: -(2 * x), NARROW),
    "unsigned (-x) / 3": (lambda x: (-x) / 3, NARROW),
    "unsigned > -1": (lambda x: (x > -1, x < 300, x == -5), NARROW),
    "unsigned x + (-y)": (lambda x, y: (x + (-y), (-y) + x, x - (-y)), np.arange(4), NARROW),
    "unsigned (-x) (-y)": (lambda x, y: (-x) * (-y), np.arange(4.0), NARROW),
    "clip by infinity": (
        lambda x: (mnp.clip(x, -np.inf, 5), mnp.clip(x, 0, np.inf), mnp.clip(x, -np.inf, np.inf)),
        SMALL,
    ),
    "signed (-x) (-2)": (lambda x: ((-x) / -2, -(x - x)), SMALL),
    "float32 ** float64": (lambda x: (x ** np.float64(2), x ** np.float64(1), x ** np.float64(3)), X.astype("float32")),
    "complex64 * float": (lambda x: 2.0 * x, X.astype("complex64")),
    "cumsum in float32": (lambda x: mnp.cumsum(x, axis=0, dtype="float32"), X),
    "big-endian": (lambda x: (2.0 * x, mnp.sum(x)), X.astype(">f8")),
    "big-endian integers": (lambda x: x + 1, np.arange(4, dtype=">i4")),
    "float16": (lambda x: mnp.tanh(2.0 * x) + mnp.sum(x, axis=0), X.astype("float16")),
    "round to digits": (lambda x: np.round(x, 1) if isinstance(x, np.ndarray) else mnp.round(x, 1), X),
}


@pytest.mark.parametrize("name", DISCRETE)
def test_dtypes_are_those_of_the_eager_function(name, on_numpy):
    f, *args = DISCRETE[name]
    agrees(f, *args, tolerance=1e-3 if name == "float16" else 1e-12)


def test_a_float_has_the_dtype_of_the_arrays_beside_it_at_every_call(on_numpy):
    compiled = mg.compile(lambda x, s: x * s)
    x = X.astype("float32")
    assert compiled(x, np.float64(2.0)).dtype == np.float64
    assert compiled(x, 2.0).dtype == np.float32  # not the version before
    assert compiled(np.float32(2.0), 2.0).dtype == np.float32
    assert compiled(2.0, 2.0).dtype == np.float64
    assert compiled(np.float32(2.0), 2.0).dtype == np.float32


def test_a_negative_zero_is_another_value(on_numpy):
    compiled = mg.compile(lambda x, y, s: (x + y) * 0.0 + s)  # floats beside two dtypes belong to the version
    x, y = np.full(2, -1.0, np.float32), np.full(2, -1.0)
    for s in (0.0, -0.0, 0.0):
        assert not np.signbit(compiled(x, y, s)[0] + 0.0 - s)
    compiled = mg.compile(lambda x, y, s: mnp.where(x + y < 0, s, 1.0))
    for s in (0.0, -0.0, 0.0):
        assert np.signbit(compiled(x, y, s)).all() == np.signbit(s)


EXACT = {
    "(-x) / 0": lambda x: (-x) / 0,
    "(-x) 0": lambda x: (-x) * 0,
    "0 / (-x)": lambda x: 0 / (-x),
    "-(0 x)": lambda x: -(0 * x),
    "x ** 0.5": lambda x: x**0.5,
    "double where": lambda x: mnp.where(x > 0, mnp.log(mnp.where(x > 0, x, 1.0)), 0.0),
    "logsumexp": lambda x: mnp.logsumexp(x, axis=1),
}


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_zeros_and_infinities_keep_their_signs(name, on_numpy):
    x = np.array([[0.0, -0.0, 1.0], [np.inf, -np.inf, -1.0], [-np.inf] * 3, [np.nan, 5e-324, 1e308]])
    found, expected = mg.compile(EXACT[name])(x), EXACT[name](x)
    np.testing.assert_allclose(found, expected, rtol=1e-15)
    numbers = ~np.isnan(expected)
    np.testing.assert_array_equal(np.signbit(found)[numbers], np.signbit(expected)[numbers])


# -- views of memory that is used again --------------------------------------------------------------------------

VIEWS = {
    "an element": lambda x: mnp.exp(x)[1, 2] * mnp.sin(mnp.exp(x)) + mnp.exp(x)[0, 0],
    "an element by ellipsis": lambda x: mnp.exp(x)[1, 2, ...] * mnp.sin(mnp.exp(x)),
    "the first of a vector": lambda x: (x[0] + 1.0)[0] * 2.0 + mnp.sum((x[0] + 1.0) * 3.0),
    "a new axis by True": lambda x: mnp.exp(x)[True] * mnp.exp(x),
    "a diagonal by einsum": lambda x: (mnp.einsum("ii->i", mnp.exp(x[:3])), 2.0 * mnp.exp(x[:3]) + 1.0),
    "rows backwards": lambda x: mnp.exp(x)[::-1] * mnp.exp(x),
    "a reshaped transpose": lambda x: mnp.reshape(mnp.exp(x).T, (12,)) * 2.0,
    "a number that is a view": lambda x: (
        (mnp.reshape(mnp.max(mnp.sin(x), axis=(0, 1), keepdims=True), ()) * 0.5 + 1.0)
        * mnp.max(mnp.cos(x + mnp.min(x, axis=(0, 1), keepdims=True)), axis=(0, 1), keepdims=True)
    ),
}


@pytest.mark.parametrize("name", VIEWS)
def test_views_are_read_when_they_have_their_values(name, on_numpy):
    agrees(VIEWS[name], X)


def test_a_result_shares_memory_with_no_argument(on_numpy):
    """As for an eager function that computes it, whatever simplification found it to be equal to."""
    x = X.copy()
    results = mg.compile(lambda x: (x + 0.0, x.copy(), (1.0 * x).T, 2.0 * x, x + x))(x)
    for result in results:
        assert not np.shares_memory(result, x)
    assert not np.shares_memory(results[3], results[4])
    first, second = mg.compile(lambda x: (x + 1.0, 1.0 + x))(x)
    first[...] = 0.0
    np.testing.assert_array_equal(second, x + 1.0)


def test_donated_memory_passed_a_second_time_is_read_before_it_is_overwritten(on_numpy):
    compiled = mg.compile(lambda state, old: [state[0] + 1.0, state[1] + mnp.sum(old, axis=0)], donate=0)
    state = compiled([np.zeros((3, 2)), np.zeros(2)], np.ones((3, 2)))
    state = compiled(state, state[0])  # all ones, as is its view
    np.testing.assert_array_equal(state[1], 6.0)
    state = compiled(state, state[0][::-1])
    np.testing.assert_array_equal(state[1], 12.0)


class Subclass(np.ndarray):
    """An array of somebody else's."""


CHANGED = {
    "a leaf replaced": lambda s, x: ({**s, "w": s["w"] + 1.0}, x),
    "two leaves exchanged": lambda s, x: ({**s, "w": s["m"], "m": s["w"]}, x),
    "memory read beside": lambda s, x: (s, s["w"]),
    "a part of memory": lambda s, x: (s, s["w"][::-1]),
    "memory by its strides": lambda s, x: (s, np.lib.stride_tricks.as_strided(s["w"])),
    "memory as others see it": lambda s, x: (s, np.asarray(memoryview(s["w"]))),
    "memory in another class": lambda s, x: (s, s["w"].view(Subclass)),
    "a key more": lambda s, x: ({**s, "more": x}, x),
    "another dtype": lambda s, x: (s, x.astype(np.float32)),
    "a number for the step": lambda s, x: ({**s, "step": 7.0}, x),
    "an array for the step": lambda s, x: ({**s, "step": np.array(7.0)}, x),
    "another kind": lambda s, x: (dict(sorted(s.items(), reverse=True)), x),
}


@pytest.mark.parametrize("change", CHANGED)
def test_a_call_unlike_the_last_one_is_seen_as_such(change, on_numpy):
    def step(state, x):
        w = state["w"] - 0.1 * x * state["m"]
        rest = {key: value * 2.0 for key, value in state.items() if key == "more"}
        return {"w": w, "m": 0.5 * state["m"] + x, "step": state["step"] + 1.0, **rest}, w * x

    run, x = mg.compile(step, donate=0), np.array([1.0, -2.0, 3.0])
    state = {"w": x + 1.0, "m": x * 2.0, "step": np.float64(0.0)}
    for _ in range(3):
        state, _ = run(state, x)
    changed, y = CHANGED[change](state, x)
    copied, z = mg.tree_map(np.array, changed), np.array(y)
    for found, expected in zip(mg.tree_leaves(run(changed, y)), mg.tree_leaves(step(copied, z)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-6 if y.dtype == np.float32 else 1e-15)


def test_donated_arrays_read_end_to_end_are_overwritten_afterwards(on_numpy):
    """The concatenation of two donated arrays is their kept memory itself."""

    def f(state):
        both = mnp.concatenate(state)
        return [mnp.exp(-state[0]), 2.0 * state[1], both]

    agrees(f, [np.arange(3.0), np.arange(6.0)], donate=0)


def test_donated_arrays_turned_or_cut_lie_in_no_concatenation(on_numpy):
    def f(state):
        turned = mnp.concatenate([state[0], mnp.reshape(state[1].T, (9,)), state[0][::-1]])
        return [2.0 * state[0] + mnp.sum(turned[1:] * turned[:-1]), mnp.exp(-state[1])]

    agrees(f, [np.arange(3.0), np.arange(9.0).reshape(3, 3)], donate=0)
    agrees(lambda s: [s[0] + mnp.concatenate([s[1][::-1], s[2]])[1:5], 2.0 * s[1], 3.0 * s[2]], list(X.T), donate=0)
    agrees(
        lambda s: [2.0 * s[0], 2.0 * s[1], mnp.concatenate(s)],
        [np.arange(3, dtype="float32"), np.arange(4.0)],
        donate=0,
    )


def test_a_batch_that_is_the_weights_is_multiplied_by_the_weights():
    def f(w, x):
        return mnp.tanh(w @ w), mnp.tanh(x @ w)

    w, x = mnp.asarray(X[:3]), mnp.asarray(X)
    for a, b in zip(mg.compile(f)(w, x), f(w, x)):
        np.testing.assert_allclose(mg.to_numpy(a), mg.to_numpy(b), rtol=1e-14)


LAYOUTS = {
    "Fortran order": np.asfortranarray,
    "strided": lambda x: np.repeat(x, 2, axis=1)[:, ::2],
    "backwards": lambda x: np.ascontiguousarray(x[::-1])[::-1],
    "broadcast": lambda x: np.broadcast_to(x[:1], x.shape),
}


@pytest.mark.parametrize("name", LAYOUTS)
@pytest.mark.parametrize("donate", [(), 0], ids=["pure", "donated"])
def test_memory_of_any_layout_is_read_and_left_alone(name, donate, on_numpy):
    x = LAYOUTS[name](X)
    x.setflags(write=False)
    agrees(lambda x, y: (mnp.exp(x) + 1.0, mnp.reshape(x, (12,)) * 2.0, x @ y.T, x.T, x), x, x, donate=donate)


# -- what goes in and out ----------------------------------------------------------------------------------------


def test_python_values_come_out_as_they_are():
    values = (-np.inf, np.inf, 2**100, True, 2.5, None, (), "a  'b'", b"c d")
    assert mg.compile(lambda x: (x, *values))(mnp.ones(2))[1:] == values
    assert np.isnan(mg.compile(lambda x: float("nan"))(mnp.ones(2)))
    assert mg.compile(lambda: 3.0)() == 3.0


def test_other_objects_do_not_come_out():
    with pytest.raises(TypeError, match=r"returned.*object.*arrays and Python numbers"):
        mg.compile(lambda x: (x, object()))(mnp.ones(2))
    with pytest.raises(TypeError, match="of numbers"):
        mg.compile(lambda x: x)(np.array(["a"]))


def multiplied(a, b):
    return a * b


class Scaled:
    scale = 3.0

    def __call__(self, x):
        return 2.0 * x

    @mg.compile
    def method(self, x):
        return self.scale * x

    @staticmethod
    @mg.compile
    def static(x):
        return 4.0 * x


module_level = mg.compile(multiplied)


def test_whatever_can_be_called_is_compiled():
    x = mnp.ones(3)
    for f, factor in (
        (functools.partial(multiplied, 2.0), 2.0),
        (Scaled(), 2.0),
        (Scaled().method, 3.0),
        (Scaled.static, 4.0),
        (mg.compile(lambda x: 5.0 * x), 5.0),
    ):
        np.testing.assert_array_equal(mg.to_numpy(mg.compile(f)(x)), factor)
    np.testing.assert_array_equal(mg.to_numpy(Scaled().method(x)), 3.0)
    with pytest.raises(TypeError, match="function"):
        mg.compile(3)


def test_copies_and_pickles():
    for again in (pickle.loads(pickle.dumps(module_level)), copy.deepcopy(module_level), copy.copy(module_level)):
        np.testing.assert_array_equal(mg.to_numpy(again(mnp.ones(2), mnp.ones(2))), 1.0)
    assert pickle.loads(pickle.dumps(Scaled.static)) is Scaled.static  # by name, as functions are


NAMES = ["np", "t0", "s0", "c0", "received", "KEPT", "given", "range", "min", "zip", "n_2_0", "special", "scattered"]


@pytest.mark.parametrize("name", NAMES)
def test_names_mean_what_they_mean_in_the_function(name, on_numpy):
    """A function or an argument may be called like something that the written module uses."""
    namespace = {"mnp": mnp, "mg": mg}
    body = "mnp.exp(mnp.exp({0} * 2.0 - 3.0)) + mnp.sum({0} * {0}), mnp.where({0} > 0, {0}, 0.0)"
    exec(f"def {name}(x): return {body.format('x')}", namespace)
    exec(f"def f({name}): return {body.format(name)}", namespace)
    for f in (namespace[name], namespace["f"]):
        for rows in (5, 300_001):  # the longer one in uneven blocks
            x = np.linspace(-1.0, 1.0, rows)
            for donate in ((), 0):
                agrees(f, x, donate=donate)


def test_greek_names_in_blocks(on_numpy):
    agrees(lambda θ: mnp.exp(mnp.exp(θ) * 2.0 - 3.0) + mnp.sum(θ), np.linspace(-1.0, 1.0, 300_000))


def test_source_and_program_are_those_of_the_latest_call(on_numpy):
    compiled = mg.compile(lambda x, i: x[i] * 2.0)
    compiled(X, 1)
    compiled(X, 2)
    compiled(X, 1)
    assert "x[1]" in compiled.source and "index=1" in compiled.program


# -- what a trace cannot know ------------------------------------------------------------------------------------

UNKNOWN_SHAPES = {
    "a mask computed": lambda x, mask: x[x > 0],
    "a mask passed": lambda x, mask: mnp.sum(x[mask]),
    "a mask in a tuple": lambda x, mask: x[mask, 0],
    "index_add": lambda x, mask: mnp.index_add(x, mask, 1.0),
    "a gradient": lambda x, mask: mg.grad(lambda x: mnp.sum(x[mask] ** 2))(x),
    "compress": lambda x, mask: mnp.compress(mask, x, axis=0),
}


@pytest.mark.parametrize("name", UNKNOWN_SHAPES)
def test_a_traced_mask_is_no_index(name):
    mask = mnp.asarray([True, False, True, True])
    with pytest.raises(TypeError, match=r"test_edges.py, line \d+.*mask.*mnp\.where"):
        mg.compile(UNKNOWN_SHAPES[name])(mnp.asarray(X), mask)


def test_a_traced_value_has_no_digits_to_print():
    with pytest.raises(TypeError, match=r"test_edges.py, line \d+.*formatting it as '.3f'"):
        mg.compile(lambda x: print(f"{x:.3f}"))(mnp.asarray(2.0))
    assert "float64[]" in mg.compile(lambda x: f"{x}")(mnp.asarray(2.0))


def test_a_constant_mask_and_traced_positions_are_indices():
    mask, positions = mnp.asarray([True, False, True, True]), mnp.asarray([0, 2, 2, 1])
    f = mg.grad(lambda x, i: mnp.sum(x[mask] ** 2) + mnp.sum(x[i] ** 3))
    compiled = mg.compile(f)
    for i in (positions, mnp.asarray([3, 3, 3, 0])):
        np.testing.assert_allclose(
            mg.to_numpy(compiled(mnp.asarray(X), i)), mg.to_numpy(f(mnp.asarray(X), i)), rtol=1e-14
        )


def test_a_closure_over_a_traced_value_is_part_of_the_transformation():
    def loss(w):
        predict = mg.compile(lambda x: x @ w)
        return mnp.sum(predict(mnp.asarray(X)) ** 2)

    def plain(w):
        return mnp.sum((mnp.asarray(X) @ w) ** 2)

    w = mnp.asarray([1.0, -2.0, 0.5])
    for transform in (mg.grad, mg.hessian, lambda f: lambda w: mg.jvp(f, (w,), (w,))[1], mg.compile):
        np.testing.assert_allclose(mg.to_numpy(transform(loss)(w)), mg.to_numpy(transform(plain)(w)), rtol=1e-13)


def test_compile_follows_the_backend_where_no_array_names_one():
    compiled = mg.compile(lambda s: s * mnp.ones(2))
    with mg.use("numpy"):
        assert type(compiled(2.0)) is np.ndarray
    with mg.use("strict"):
        assert type(compiled(2.0)) is mg.active().array_type
    with mg.use("numpy"):
        assert type(compiled(2.0)) is np.ndarray


# -- passes ------------------------------------------------------------------------------------------------------


def test_constants_that_differ_in_the_tenth_digit_are_different(on_numpy):
    a, b = np.array(0.123456789012), np.array(0.123456789999)
    agrees(lambda x, y: (mnp.exp(x * a) * a + 1.0, mnp.exp(y * b) * b + 1.0), X[0], X[:, 0], tolerance=1e-15)


def test_an_evicted_version_is_kept(on_numpy):
    """More signatures than are tried one after the other: none is compiled or written a second time."""
    compiled = mg.compile(lambda x: x + 1.0)
    with pytest.warns(UserWarning, match="9 signatures"):
        for n in range(1, 13):
            compiled(np.ones(n))
    runs = {key: version.run for key, version in compiled.versions.items()}
    for n in range(1, 13):
        np.testing.assert_array_equal(compiled(np.ones(n)), 2.0)
    assert {key: version.run for key, version in compiled.versions.items()} == runs


def test_threads_share_a_compiled_function():
    compiled = mg.compile(lambda x: mnp.exp(mnp.sin(x) * 2.0) + mnp.sum(x))
    wrong = []

    def work(k):
        x = mnp.full((50,), float(k))
        expected = np.exp(np.sin(float(k)) * 2.0) + 50.0 * k
        for _ in range(200):
            if not np.allclose(mg.to_numpy(compiled(x)), expected):
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_product_of_complex_matrices_keeps_what_zero_times_infinity_is():
    x, y = mnp.asarray(np.array([[complex(0.0, np.inf)], [1.0]], "complex64")), mnp.asarray(np.zeros(1, "complex64"))
    eager, compiled = (np.isnan(mg.to_numpy(f(x, y))) for f in (mnp.matmul, mg.compile(mnp.matmul)))
    assert eager.tolist() == compiled.tolist() == [True, False]


@pytest.mark.parametrize("axes", [(-1, 0), (1, -2), (-1, -2), (-2, -1)])
@pytest.mark.parametrize("size", [3, 64])  # from 1,024 elements on elementwise work is done before the transpose
def test_axes_counted_from_the_end_turn_a_square(axes, size):
    x = mnp.asarray(np.sin(np.arange(size * size * 1.0)).reshape(size, size))
    for f in (lambda x: mnp.transpose(x, axes), lambda x: mnp.exp(mnp.transpose(x, axes)) * mnp.transpose(x)):
        same(mg.to_numpy(mg.compile(f)(x)), mg.to_numpy(f(x)))
