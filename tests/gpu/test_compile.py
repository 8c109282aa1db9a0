"""Compiled functions on the device: fused kernels, and the CUDA graph that holds a whole step."""

import contextlib
import math
import warnings

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.autodiff.program import Equation, Variable
from minigan.compiler import cublas
from minigan.compiler.cuda import ARITHMETIC, COMPARISONS, LOGIC
from minigan.compiler.fusion import Chain, kernel, kernel_text
from minigan.gan import GAMES, Players, initial_state, make_step


@pytest.fixture(autouse=True)
def on_cupy():
    with mg.use("cupy") as backend:
        yield backend


@pytest.fixture
def cupy(on_cupy):
    return on_cupy.xp


@pytest.fixture
def quietly():
    """A refusal warns; here it fails."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def close(a, b, tolerance):
    for x, y in zip(mg.tree_leaves(mg.to_numpy(a)), mg.tree_leaves(mg.to_numpy(b)), strict=True):
        assert (x.dtype, x.shape) == (y.dtype, y.shape)
        np.testing.assert_allclose(x, y, rtol=tolerance, atol=tolerance)


def stage(compiled) -> str:
    """What the latest version does when it is called."""
    return list(compiled.versions.values())[-1].run.run.__name__


# -- kernels -------------------------------------------------------------------------------------------------

SPECIAL_VALUES = np.array([0.0, -0.0, 1.0, -1.0, 0.25, -2.5, 1e30, -1e-30, math.inf, -math.inf, math.nan])
EXPRESSIONS = {name: text for name, text in {**ARITHMETIC, **COMPARISONS}.items() if name != "astype"}


def computed(cupy, name, *operands):
    """A primitive as a kernel of its own, and by NumPy."""
    inputs = [Variable("x", x.shape, x.dtype.name) if hasattr(x, "shape") else x for x in operands]
    with np.errstate(all="ignore"):
        expected = np.asarray(mg.PRIMITIVES[name](*operands))
    out = Variable("y", expected.shape, expected.dtype.name)
    chain = Chain((Equation(mg.PRIMITIVES[name], tuple(inputs), {}, (out,)),), (out,))
    (found,) = kernel(cupy, kernel_text(chain))(*(cupy.asarray(x) for x in operands if hasattr(x, "shape")))
    return found.get(), expected


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", EXPRESSIONS)
def test_every_kernel_computes_what_numpy_does(name, dtype, cupy):
    x = SPECIAL_VALUES.astype(dtype)
    others = [x[None], 0.1, -3, math.inf, -math.inf, math.nan] if "{1}" in EXPRESSIONS[name] else [None]
    for other in others:
        operands = (x,) if other is None else (x[:, None], other)
        found, expected = computed(cupy, name, *operands)
        assert found.dtype == expected.dtype
        # CUDA's functions err by up to nine units in the last place (pow in float32, after its programming guide)
        np.testing.assert_allclose(found, expected, rtol=1e-14 if dtype == "float64" else 2e-6)


@pytest.mark.parametrize("name", LOGIC)
def test_every_logical_kernel_computes_what_numpy_does(name, cupy):
    x, y = np.array([[True], [False]]), np.array([True, False])
    found, expected = computed(cupy, name, *((x, y) if "{1}" in LOGIC[name] else (x,)))
    np.testing.assert_array_equal(found, expected)


def test_choices_and_casts_in_one_kernel(cupy, quietly):
    def f(single, double, flag):
        wide = mnp.where(flag, single * double, single)
        return wide + 1.0, mnp.maximum(single * 0.1, 1), single == double, mnp.astype(wide, "float32"), double * flag

    host = np.float32([0.1, 2.0, -3.0]), np.array([0.1, 2.0, 5.0]), np.array([True, False, True])
    compiled = mg.compile(f)
    for _ in range(3):
        close(compiled(*map(cupy.asarray, host)), f(*host), 1e-15)
    assert stage(compiled) == "_launch"


# -- graphs --------------------------------------------------------------------------------------------------


def loss(w, x):
    return mnp.mean(mnp.square(mnp.tanh(x @ w["weight"] + w["bias"])))


def arguments(seed=0, dtype="float64"):
    rng = np.random.default_rng(seed)
    w = {"weight": rng.standard_normal((3, 2)).astype(dtype), "bias": rng.standard_normal(2).astype(dtype)}
    return w, rng.standard_normal((5, 3)).astype(dtype)


def device(tree):
    return mg.tree_map(mnp.asarray, tree)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_other_arguments_at_every_launch(dtype, cupy, quietly):
    compiled, results = mg.compile(mg.value_and_grad(loss)), []
    for seed in range(6):
        results.append(compiled(*device(arguments(seed, dtype))))
        junk = [cupy.full(n, np.nan) for n in range(1, 2000, 50)]  # takes whatever memory seems free
        del junk
    assert stage(compiled) == "_launch"
    for seed, found in enumerate(results):
        with mg.use("numpy"):
            expected = mg.value_and_grad(loss)(*arguments(seed, dtype))
        close(found, mg.tree_map(np.asarray, expected), 1e-12 if dtype == "float64" else 1e-5)
    assert "tanh" in compiled.program


def players_of(game):
    make, judge = nn.mlp([16, 16, 2]), nn.mlp([16, 16, 1], activation="leaky_relu")
    return Players(GAMES[game](), make, judge, optim.adam(1e-3), optim.adam(1e-3))


def host_state(players, dtype):
    with mg.use("numpy"):
        return mg.tree_map(np.asarray, initial_state(players, mg.random.generator(0), (1, 3), (1, 2), dtype))


@pytest.mark.parametrize("donate", [(), 0])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("game", GAMES)
def test_a_game_is_trained_as_on_the_host(game, dtype, donate, quietly):
    players, rng = players_of(game), np.random.default_rng(0)
    state, step = host_state(players, dtype), make_step(players)
    moved, compiled = device(state), mg.compile(step, donate=donate)
    for _ in range(10):
        real, noise = (rng.standard_normal((16, d)).astype(dtype) for d in (2, 3))
        with mg.use("numpy"):
            state, metrics = step(state, real, noise)
        moved, found = compiled(moved, *device((real, noise)))
    assert stage(compiled) == "_launch"
    # Adam divides by the root of small means of squares, which lets rounding grow tenfold in some steps
    tolerance = 1e-8 if dtype == "float64" else 2e-3
    close(moved, mg.tree_map(np.asarray, state), tolerance)
    close(found, mg.tree_map(np.asarray, metrics), tolerance)


def test_a_donated_state_stays_where_it_is_and_its_first_arrays_are_kept(quietly):
    players = players_of("non_saturating")
    host = host_state(players, "float32")
    given = device(host)
    compiled = mg.compile(make_step(players), donate=0)
    batch = device((np.ones((4, 2), "float32"), np.ones((4, 3), "float32")))
    state, _ = compiled(given, *batch)
    state, _ = compiled(state, *batch)
    again, _ = compiled(state, *batch)
    assert all(a is b for a, b in zip(mg.tree_leaves(again), mg.tree_leaves(state)))
    close(given, host, 0.0)


@pytest.mark.parametrize("donate", [(), 0])
def test_a_launch_does_not_synchronise_and_keeps_no_memory(donate, cupy, quietly):
    import cupyx

    players = players_of("non_saturating")
    compiled, state = mg.compile(make_step(players), donate=donate), device(host_state(players, "float32"))
    batch = device((np.ones((64, 2), "float32"), np.ones((64, 3), "float32")))
    for _ in range(5):
        state, metrics = compiled(state, *batch)
    before = cupy.get_default_memory_pool().used_bytes()
    with cupyx.allow_synchronize(False):
        for _ in range(500):
            state, metrics = compiled(state, *batch)
    assert cupy.get_default_memory_pool().used_bytes() == before
    assert all(isinstance(x, cupy.ndarray) for x in mg.tree_leaves((state, metrics)))


def test_from_stream_to_stream(cupy, quietly):
    compiled = mg.compile(lambda x, w: mnp.tanh(x @ w) + x, donate=0)
    eager, w = cupy.asarray(np.eye(64)), cupy.asarray(np.full((64, 64), 0.01))
    x = eager.copy()
    streams = [cupy.cuda.Stream(non_blocking=True) for _ in range(2)]
    for k in range(20):
        eager = cupy.tanh(eager @ w) + eager
        with streams[k % 2] if k > 4 else contextlib.nullcontext():
            x = compiled(x, w)
    cupy.cuda.Device().synchronize()
    close(x, eager, 1e-12)


def test_more_than_eight_arrays_are_joined_in_a_graph(quietly):
    f = lambda *xs: (mnp.concatenate(xs), mnp.stack(xs, axis=1))
    host = [np.full(3, float(i)) for i in range(20)]
    compiled = mg.compile(f)
    for _ in range(3):
        with mg.use("numpy"):
            expected = f(*host)
        close(compiled(*map(mnp.asarray, host)), expected, 0.0)
    assert stage(compiled) == "_launch"


def test_what_cupy_does_not_record_runs_eagerly_after_one_warning():
    f = lambda a, b: mnp.tanh(mnp.linalg.solve(a, b))
    rng, compiled = np.random.default_rng(0), mg.compile(f)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(4):
            a, b = np.eye(3) + 0.1 * rng.standard_normal((3, 3)), rng.standard_normal((3, 2))
            found = compiled(mnp.asarray(a), mnp.asarray(b))
            np.testing.assert_allclose(mg.to_numpy(found), np.tanh(np.linalg.solve(a, b)), rtol=1e-12, atol=1e-13)
    assert [w.category for w in caught if "CUDA graph" in str(w.message)] == [RuntimeWarning]
    close(mnp.exp(mnp.zeros(2)), np.ones(2), 0.0)  # the device is in order


def test_convolutions_are_recorded(quietly):
    layers = nn.sequential(
        nn.conv2d(8, 4, stride=2, padding=1), nn.leaky_relu(0.2), nn.conv2d(4, 3), nn.flatten, nn.dense(1)
    )
    with mg.use("numpy"):
        params = layers.init(mg.random.generator(0), (None, 12, 12, 1), "float64")
    f = mg.value_and_grad(lambda w, x: mnp.mean(mnp.softplus(layers.apply(w, x))))
    x, compiled = np.random.default_rng(0).standard_normal((4, 12, 12, 1)), mg.compile(f)
    with mg.use("numpy"):
        expected = mg.tree_map(np.asarray, f(params, x))
    for _ in range(3):
        close(compiled(device(params), mnp.asarray(x)), expected, 1e-11)
    assert stage(compiled) == "_launch"


# -- products ------------------------------------------------------------------------------------------------

LAYOUTS = {
    "rows": lambda xp, x: x.copy(),
    "columns": lambda xp, x: xp.asfortranarray(x),
    "part of rows": lambda xp, x: xp.hstack([x, x])[:, : x.shape[1]],
    "every other": lambda xp, x: xp.repeat(xp.repeat(x, 2, 0), 2, 1)[::2, ::2],
    "one row, again and again": lambda xp, x: xp.broadcast_to(x[:1], x.shape),
    "one column, again and again": lambda xp, x: xp.broadcast_to(x[:, :1].copy(), x.shape),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("left", LAYOUTS)
@pytest.mark.parametrize("right", LAYOUTS)
def test_products_of_every_layout(left, right, dtype, cupy):
    rng = np.random.default_rng(0)
    stream = cupy.cuda.get_current_stream()
    with cublas.products(cupy, stream) as gemm:
        assert gemm is not None  # the library that CuPy is linked with has been found
        for m, k, n in [(2, 3, 4), (1, 3, 4), (2, 1, 4), (2, 3, 1), (1, 1, 1), (64, 128, 32)]:
            x = LAYOUTS[left](cupy, cupy.asarray(rng.standard_normal((m, k)).astype(dtype)))
            y = LAYOUTS[right](cupy, cupy.asarray(rng.standard_normal((k, n)).astype(dtype)))
            tolerance = 1e-12 if dtype == "float64" else 1e-4
            np.testing.assert_allclose(gemm(x, y).get(), x.get() @ y.get(), rtol=tolerance, atol=tolerance)
