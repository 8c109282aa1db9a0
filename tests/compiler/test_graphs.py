"""The CUDA graph's life on a stand-in for CuPy: what is recorded, what is copied, and what happens on a refusal."""

import contextlib
import ctypes
import sys
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.compiler import compiled, cublas, graphs
from minigan.gan import GAMES, Players, initial_state, make_step
from minigan.gan.penalties import chance_of
from tests.compiler.stand_in import Array, Library, Stream, backend, owned, plain, tape


@pytest.fixture
def library(monkeypatch, on_numpy):
    """Functions compiled for the stand-in: their arguments are its arrays."""
    library = Library()
    monkeypatch.setattr(compiled, "backend_of", lambda *_: backend(library))
    return library


def device(tree):
    return mg.tree_map(owned, tree)


def host(tree):
    return mg.tree_map(lambda x: np.array(plain(x)), tree)


def asked(*names):
    return [call[0] for call in tape.calls if call[0] in names]


def equal(a, b, tolerance=0.0):
    for x, y in zip(mg.tree_leaves(host(a)), mg.tree_leaves(b), strict=True):
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)
        assert x.dtype == y.dtype


def loss(w, x):
    return mnp.mean(mnp.square(mnp.tanh(x @ w["weight"] + w["bias"])))


def arguments(seed=0, dtype="float64"):
    rng = np.random.default_rng(seed)
    w = {"weight": rng.standard_normal((3, 2)).astype(dtype), "bias": rng.standard_normal(2).astype(dtype)}
    return w, rng.standard_normal((5, 3)).astype(dtype)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_eager_then_recorded_then_launched_with_other_arguments(library, dtype):
    f = mg.value_and_grad(loss)
    step = mg.compile(f)
    results = []
    for seed in range(5):
        given = arguments(seed, dtype)
        results.append((step(*device(given)), f(*given)))
    for found, expected in results:  # all of them now: what was returned has not changed since
        equal(found, expected, 1e-14 if dtype == "float64" else 1e-6)
        assert all(type(x) is Array for x in mg.tree_leaves(found))
    assert asked("begin", "end", "upload", "launch") == ["begin", "end", "upload", *["launch"] * 4]
    assert len(step.versions) == 1


def test_a_rehearsal_comes_before_the_recording(library):
    step, x = mg.compile(lambda x: mnp.exp(-mnp.square(x))), owned(np.ones(3))
    step(x)
    tape.calls.clear()
    step(x)
    own = next(call[1] for call in tape.calls if call[0] == "wait")
    waits = [call for call in tape.calls if call[0] == "wait"]
    assert waits[:2] == [("wait", own, library.default), ("wait", library.default, own)]
    assert asked("wait", "kernel", "begin", "end")[:6] == ["wait", "kernel", "wait", "begin", "kernel", "end"]


def test_what_runs_is_printed(library):
    step = mg.compile(loss)
    step(*device(arguments()))
    assert "program(" in step.program and "tanh" in step.program
    with pytest.raises(ValueError, match="NumPy"):
        _ = step.source


def sgd(state, g):
    velocity = mg.tree_map(lambda v, d: 0.9 * v + d, state["velocity"], g)
    return {
        "x": mg.tree_map(lambda x, v: x - 0.1 * v, state["x"], velocity),
        "velocity": velocity,
        "t": state["t"] + 1.0,
    }


def first_state():
    return {"x": [np.ones((3, 2)), np.ones(4)], "velocity": [np.zeros((3, 2)), np.zeros(4)], "t": np.asarray(0.0)}


def test_a_donated_state_stays_where_it_is(library):
    g = [np.full((3, 2), 2.0), np.full(4, 3.0)]
    step, expected, state, gradient = mg.compile(sgd, donate=0), first_state(), device(first_state()), device(g)
    given = state
    for _ in range(2):
        expected, state = sgd(expected, g), step(state, gradient)
    equal(state, expected, 1e-15)
    equal(given, first_state())  # the arrays of the caller were copied
    for _ in range(3):
        tape.calls.clear()
        expected, again = sgd(expected, g), step(state, gradient)
        assert all(a is b for a, b in zip(mg.tree_leaves(again), mg.tree_leaves(state)))
        assert asked("copy") == [] and len(asked("write")) == len(g)  # the gradients, and no state
        state = again
    equal(state, expected, 1e-15)
    fresh = step(device(first_state()), gradient)  # another state is copied in
    equal(fresh, sgd(first_state(), g), 1e-15)


def test_donated_arrays_may_come_back_in_another_order(library):
    step = mg.compile(lambda pair: (2.0 * pair[0], 3.0 * pair[1]), donate=0)
    a, b = step((owned(np.ones(3)), owned(np.ones(3))))
    a, b = step((a, b))
    equal((a, b), (np.full(3, 4.0), np.full(3, 9.0)))
    a, b = step((b, a))
    equal((a, b), (np.full(3, 18.0), np.full(3, 12.0)))
    a, b = step((b, a[::-1]))
    equal((a, b), (np.full(3, 24.0), np.full(3, 54.0)))


def as_they_were(pair, x):
    return (pair[1], pair[0]), pair[0] + x, pair[0].T, (x, mnp.reshape(x, (4,)), mnp.ones(2))


def turned(pair, x):
    return (pair[1].T, pair[0].T), pair[1].T, pair[1][::-1], (x, mnp.reshape(x, (4,)), mnp.ones(2), pair[0] + x)


@pytest.mark.parametrize("f", [as_they_were, turned])
def test_results_that_show_what_is_overwritten(library, f):
    rng = np.random.default_rng(0)
    step, pair = mg.compile(f, donate=0), (rng.standard_normal((2, 2)), rng.standard_normal((2, 2)))
    moved, results = device(pair), []
    for k in range(4):
        x = np.full((2, 2), float(k))
        (pair, *expected), (moved, *rest) = f(pair, x), step(moved, owned(x))
        equal(moved, pair)
        results.append((rest, mg.tree_map(np.array, expected)))
    for found, expected in results:
        equal(found, expected)


def test_another_stream_waits_for_the_one_before(library):
    step, x = mg.compile(lambda x: 2.0 * mnp.exp(x)), owned(np.ones(3))
    for _ in range(3):
        step(x)
    tape.calls.clear()
    other = Stream(library)
    with other:
        equal(step(x), 2.0 * np.exp(np.ones(3)), 1e-15)
        step(x)
    assert [call for call in tape.calls if call[0] == "wait"] == [("wait", other, library.default)]


REFUSALS = {
    "products": ("refuses_products", "without a CUDA graph.*NotImplementedError: calling cuBLAS"),
    "the whole capture": ("loses_captures", "without a CUDA graph.*cudaErrorStreamCaptureInvalidated"),
    "a kernel": ("refuses_kernels", r"without fused kernels.*RuntimeError: nvrtc: error: no such file\)"),
}


@pytest.mark.parametrize("donate", [(), 0])
@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_warns_once_and_changes_no_result(library, name, donate):
    flag, pattern = REFUSALS[name]
    setattr(library, flag, True)
    step = mg.compile(mg.grad(loss), donate=donate)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for seed in range(4):
            given = arguments(seed)
            on_device = device(given)
            equal(step(*on_device), mg.grad(loss)(*given), 1e-14)
            equal(on_device, given)
            assert library.streams == [library.default] and tape.recording is None
    (warning,) = caught
    assert warning.category is RuntimeWarning and warning.filename == __file__
    with pytest.warns(RuntimeWarning, match=pattern):
        raise_again(warning)
    assert "launch" not in asked("launch")


def raise_again(warning):
    warnings.warn(str(warning.message), warning.category, stacklevel=2)


def test_an_interrupted_recording_is_ended_and_tried_again(library, monkeypatch):
    step, x = mg.compile(lambda w, x: mnp.tanh(w @ x)), owned(np.eye(2))
    step(x, x)
    interrupted = iter([KeyboardInterrupt])

    def matmul(x, y, out=None):
        if tape.recording is not None:
            for error in interrupted:
                raise error
        return np.matmul(x, y)

    monkeypatch.setattr(library, "dot", matmul)
    monkeypatch.setattr(library, "matmul", matmul)
    with pytest.raises(KeyboardInterrupt):
        step(x, x)
    assert tape.recording is None
    equal(step(x, x), np.tanh(np.eye(2)), 1e-15)
    assert asked("begin", "end", "launch") == ["begin", "end", "begin", "end", "launch"]


class OwnProducts:
    """Products as `cublas.Gemm` makes them, for an array library without addresses."""

    def __init__(self):
        self.functions = ("float32", "float64")

    def __call__(self, x, y):
        assert x.ndim == y.ndim == 2 and x.dtype == y.dtype
        return tape.run(lambda: plain(x) @ plain(y))


@pytest.mark.parametrize("game", GAMES)
@pytest.mark.parametrize("donate", [(), 0])
def test_a_game_is_trained_in_one_graph(library, monkeypatch, game, donate):
    library.refuses_products = True  # CuPy's own: ours are recorded
    monkeypatch.setattr(graphs, "products", lambda *_: contextlib.nullcontext(OwnProducts()))
    players = Players(GAMES[game](), nn.mlp([8, 2]), nn.mlp([8, 1], activation="leaky_relu"), optim.adam(0.01),
                      optim.adam(0.01))  # fmt: skip
    rng = mg.random.generator(0)
    state = mg.tree_map(np.asarray, initial_state(players, rng, (1, 3), (1, 2), "float64"))
    plain_step = make_step(players)
    step, moved = mg.compile(plain_step, donate=donate), device(state)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for _ in range(6):
            real, noise = (rng.standard_normal((16, d)) for d in (2, 3))
            chance = chance_of(players.game.penalty, rng, real)
            state, metrics = plain_step(state, real, noise, None, chance)
            moved, found = step(moved, owned(real), owned(noise), None, mg.tree_map(owned, chance))
            # six steps of rounding, through Adam's division by small roots
            equal(found, mg.tree_map(np.asarray, metrics), 1e-9)
            equal(moved, mg.tree_map(np.asarray, state), 1e-9)
    assert asked("launch") == ["launch"] * 5


# -- products and concatenations that are recorded -----------------------------------------------------------


def columns(pointer, rows, across, step, dtype):
    """A matrix of cuBLAS: columns one after the other, ``step`` elements apart."""
    if not rows or not across:
        return np.zeros((rows, across), dtype)
    kind = ctypes.c_float if dtype == "float32" else ctypes.c_double
    flat = np.ctypeslib.as_array((kind * ((across - 1) * step + rows)).from_address(pointer))
    return np.lib.stride_tricks.as_strided(flat, (rows, across), (flat.itemsize, step * flat.itemsize))


class CuBLAS:
    """The reference definition of gemm: C = op(A) op(B)."""

    def _gemm(self, dtype, handle, a_way, b_way, m, n, k, one, a, a_step, b, b_step, zero, c, c_step):
        assert (one._obj.value, zero._obj.value) == (1.0, 0.0)
        assert a_step >= (k if a_way else m) and b_step >= (n if b_way else k) and c_step >= m
        left = columns(a, k, m, a_step, dtype).T if a_way else columns(a, m, k, a_step, dtype)
        right = columns(b, n, k, b_step, dtype).T if b_way else columns(b, k, n, b_step, dtype)
        columns(c, m, n, c_step, dtype)[...] = left @ right
        return self.status

    status = 0

    def cublasSgemm_v2(self, *given):
        return self._gemm("float32", *given)

    def cublasDgemm_v2(self, *given):
        return self._gemm("float64", *given)


@pytest.fixture
def gemm(monkeypatch):
    monkeypatch.setattr(cublas, "address", lambda x: x.__array_interface__["data"][0])
    return cublas.Gemm(np, CuBLAS(), None, None)


LAYOUTS = {
    "rows": lambda x: x.copy(),
    "columns": lambda x: np.asfortranarray(x),
    "part of rows": lambda x: np.hstack([x, x])[:, : x.shape[1]],
    "part of columns": lambda x: np.asfortranarray(np.vstack([x, x]))[: x.shape[0]],
    "every other": lambda x: np.repeat(np.repeat(x, 2, 0), 2, 1)[::2, ::2],
    "backwards": lambda x: x[::-1, ::-1].copy()[::-1, ::-1],
    "one row, again and again": lambda x: np.broadcast_to(x[:1], x.shape),
    "one column, again and again": lambda x: np.broadcast_to(x[:, :1].copy(), x.shape),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("left", LAYOUTS)
@pytest.mark.parametrize("right", LAYOUTS)
def test_products_of_every_layout(gemm, left, right, dtype):
    rng = np.random.default_rng(0)
    for m, k, n in [(2, 3, 4), (1, 3, 4), (2, 1, 4), (2, 3, 1), (1, 1, 4), (1, 3, 1), (5, 1, 1), (1, 1, 1)]:
        x = LAYOUTS[left](rng.standard_normal((m, k)).astype(dtype))
        y = LAYOUTS[right](rng.standard_normal((k, n)).astype(dtype))
        out = gemm(x, y)
        assert out.dtype == dtype
        np.testing.assert_allclose(out, x @ y, rtol=1e-13 if dtype == "float64" else 1e-5, atol=1e-6)


def test_a_failed_product_is_an_error(gemm):
    gemm.functions["float64"] = (lambda *_: 13, *gemm.functions["float64"][1:])
    with pytest.raises(RuntimeError, match="status 13"):
        gemm(np.ones((2, 2)), np.ones((2, 2)))


SHAPES = [((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 4)), ((2, 3), (3, 4)), ((5, 2, 3), (3, 4)), ((5, 2, 3), (3,)),
          ((5, 2, 3), (5, 3, 4)), ((0, 3), (3, 4)), ((2, 0), (0, 4))]  # fmt: skip


@pytest.mark.parametrize("shapes", SHAPES)
def test_matmul_and_dot_of_every_shape(gemm, shapes):
    rng = np.random.default_rng(0)
    x, y = (rng.standard_normal(shape) for shape in shapes)
    xp = cublas.Capturable(np, gemm)
    np.testing.assert_allclose(xp.matmul(x, y), x @ y, rtol=1e-13, atol=1e-13)
    np.testing.assert_allclose(xp.dot(x, y), np.dot(x, y), rtol=1e-13, atol=1e-13)
    into = np.empty_like(np.dot(x, y))
    if into.shape:
        assert xp.dot(x, y, out=into) is into
        np.testing.assert_allclose(into, np.dot(x, y), rtol=1e-13, atol=1e-13)
    np.testing.assert_array_equal(xp.matmul(np.ones((2, 2), int), np.ones((2, 2), int)), np.full((2, 2), 2))


def test_many_arrays_are_joined_a_few_at_a_time():
    class Few:
        def __getattr__(self, name):
            return getattr(np, name)

        def concat(self, arrays, axis):
            assert len(arrays) <= cublas.AT_ONCE
            return np.concat(arrays, axis=axis)

    xp = cublas.Capturable(Few())
    for count in (1, 8, 9, 70):
        arrays = [np.full((2, i % 3 + 1), float(i)) for i in range(count)]
        np.testing.assert_array_equal(xp.concat(arrays, axis=1), np.concat(arrays, axis=1))
        same = [np.full((2, 3), float(i)) for i in range(count)]
        for axis in (0, 1, -1):
            np.testing.assert_array_equal(xp.stack(same, axis=axis), np.stack(same, axis=axis))


def test_without_its_library_cupy_is_left_to_refuse(monkeypatch):
    monkeypatch.setitem(sys.modules, "cupy_backends.cuda.libs", None)
    assert cublas.library.__wrapped__() is None
    monkeypatch.setattr(cublas, "library", lambda: None)
    with cublas.products(np, None) as gemm:
        assert gemm is None
        np.testing.assert_array_equal(cublas.Capturable(np, gemm).matmul(np.eye(2), np.ones(2)), np.ones(2))


class Handles(CuBLAS):
    """A library that remembers its handles; ``status`` is what creating one returns."""

    def __init__(self, status=0):
        self.calls, self.status = [], status

    def __getattr__(self, name):
        return lambda *_: (self.calls.append(name), self.status)[1]


@pytest.mark.parametrize("fails", [False, True])
def test_a_handle_is_given_back(monkeypatch, fails):
    found = Handles()
    monkeypatch.setattr(cublas, "library", lambda: found)
    monkeypatch.setattr(cublas, "address", lambda x: 0)
    with contextlib.suppress(KeyError), cublas.products(np, SimpleNamespace(ptr=7)) as gemm:
        assert gemm.workspace.nbytes == cublas.WORKSPACE
        if fails:
            raise KeyError
    # a stream takes the workspace away, so it is set first
    order = ["cublasCreate_v2", "cublasSetStream_v2", "cublasSetWorkspace_v2", "cublasDestroy_v2"]
    assert found.calls == order


def test_a_handle_that_is_refused_is_an_error(monkeypatch):
    found = Handles(status=1)
    monkeypatch.setattr(cublas, "library", lambda: found)
    with pytest.raises(RuntimeError, match="status 1"), cublas.products(np, SimpleNamespace(ptr=7)):
        pass
    assert found.calls == ["cublasCreate_v2"]


def test_a_second_state_is_not_written_over_one_that_is_held(library):
    step, g = mg.compile(sgd, donate=0), [np.full((3, 2), 2.0), np.full(4, 3.0)]
    states, expected = [device(first_state()) for _ in range(3)], [first_state() for _ in range(3)]
    for _ in range(4):
        for k in range(3):
            gradient = [(k + 1.0) * d for d in g]
            states[k], expected[k] = step(states[k], device(gradient)), sgd(expected[k], gradient)
    for found, right in zip(states, expected):
        equal(found, right, 1e-15)
    assert asked("begin") == ["begin"] * 3
    del states, found
    tape.calls.clear()  # it remembers what was written to
    equal(step(device(first_state()), device(g)), sgd(first_state(), g), 1e-15)
    assert asked("begin") == []
