"""The written source: it runs without minigan, gives the same numbers, and reads like a program."""

import subprocess
import sys

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.divergences import TABLE
from minigan.gan import GAMES, Players, f_gan, initial_state, make_step
from minigan.gan.penalties import chance_of
from minigan.random import generator

ALL_GAMES = {**{name: make() for name, make in GAMES.items()}, **{name: f_gan(row) for name, row in TABLE.items()}}
RUNNER = """
import sys
sys.modules["minigan"] = None  # importing it would fail
import importlib.util
import numpy as np
spec = importlib.util.spec_from_file_location("written", sys.argv[1])
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
with np.load(sys.argv[2]) as data:
    leaves = [data[f"x{i}"] for i in range(len(data.files))]
np.savez(sys.argv[3], *module.step(*leaves))
"""


def training_step(game, discriminator=None):
    """A small training step of a game, its state, and a batch."""
    players = Players(
        game,
        nn.mlp([8, 2]),
        discriminator or nn.mlp([8, 1], activation="leaky_relu"),
        optim.adam(1e-3, epsilon=1e-3),  # else a gradient that is zero but for a rounding is a whole step
        optim.adam(1e-3, epsilon=1e-3),
    )
    rng = generator(0)
    state = initial_state(players, rng, (1, 3), (1, 2), "float32")
    real, noise = (rng.standard_normal((16, d), dtype="float32") for d in (2, 3))
    chance = chance_of(game.penalty, rng, real)  # where to take the slope that WGAN-GP penalises
    return make_step(players), (state, real, noise, *(() if chance is None else (None, chance)))


def flat(tree):
    return [np.asarray(leaf) for leaf in mg.tree_leaves(tree)]


@pytest.mark.parametrize("name", ALL_GAMES)
def test_every_games_step_runs_from_a_file_over_numpy_alone(name, on_numpy, tmp_path):
    step, args = training_step(ALL_GAMES[name])
    compiled = mg.compile(step)
    expected = flat(compiled(*args))
    (tmp_path / "written.py").write_text(compiled.source)
    np.savez(tmp_path / "in.npz", **{f"x{i}": leaf for i, leaf in enumerate(flat(args))})
    command = [sys.executable, "-c", RUNNER, tmp_path / "written.py", tmp_path / "in.npz", tmp_path / "out.npz"]
    subprocess.run([str(part) for part in command], check=True, timeout=120)
    with np.load(tmp_path / "out.npz") as found:
        for i, leaf in enumerate(expected):
            np.testing.assert_array_equal(found[f"arr_{i}"], leaf)
    for a, b in zip(expected, flat(step(*args)), strict=True):  # and the eager step, to a few float32 roundings
        np.testing.assert_allclose(a, b, rtol=2e-4, atol=2e-6)


def test_a_donated_step_runs_from_its_source_too(on_numpy):
    step, (state, real, noise) = training_step(ALL_GAMES["non_saturating"])
    compiled = mg.compile(step, donate=0)
    expected = flat(mg.tree_map(np.copy, compiled(state, real, noise)))
    namespace: dict = {}
    exec(compiled.source, namespace)
    leaves = flat(state)
    arrays, numbers = [x for x in leaves if x.shape], [x for x in leaves if not x.shape]
    found = namespace["step"](tuple(arrays), *numbers, real, noise)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def test_the_one_dimensional_gan_fits_on_two_screens(on_numpy):
    """A hundred and twenty lines of at most 120 columns: what a person would write, and could read at one sitting."""
    from minigan.models import SYSTEMS

    system = SYSTEMS["gaussian"]()
    compiled = mg.compile(make_step(system.parts["players"]))
    rng = generator(0)
    state = system.train(0, rng).state
    real, noise = (rng.standard_normal((system.options["batch"], 1)) for _ in range(2))
    compiled(state, real, noise)
    lines = compiled.source.splitlines()
    assert len(lines) < 240, len(lines)
    assert max(map(len, lines)) <= 120
    assert "minigan" not in compiled.source.replace("minigan.compile", "")


def test_the_program_prints_shapes_dtypes_and_memory(on_numpy):
    compiled = mg.compile(lambda x: np.tanh(x * 2.0 + 1.0))
    compiled(np.ones((4, 3), np.float32))
    program = compiled.program
    assert "multiply" in program and ":float32[4,3]" in program and "-> t0" in program
    assert program.splitlines()[0] == "program(x:float32[4,3])"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(400_001,), (700, 501)])
def test_memory_of_loops_begins_at_cache_lines(shape, dtype, on_numpy):
    """Of an argument called as the function that makes it, too; the chance that NumPy does so by itself is small."""

    def f(aligned):
        return mg.value_and_grad(lambda v: np.mean(np.tanh(v) * mnp.softplus(v) * np.sin(v)))(aligned)

    values = np.random.default_rng(0).standard_normal(shape).astype(dtype)
    compiled = mg.compile(f)
    eps = float(np.finfo(dtype).eps)
    for a, b in zip(flat(compiled(values)), flat(f(values))):  # slopes are sums of three terms, some of which cancel
        np.testing.assert_allclose(a, b, rtol=500 * eps, atol=20 * eps * np.max(np.abs(b)))
    namespace: dict = {}
    exec(compiled.source, namespace)
    buffers = [value for name, value in namespace.items() if name.startswith("s") and isinstance(value, np.ndarray)]
    assert len(buffers) > 2 and {b.dtype.name for b in buffers} == {dtype}
    assert [b.ctypes.data % 64 for b in buffers] == [0] * len(buffers)


def test_constants_come_back_bit_for_bit(on_numpy):
    from minigan.compiler.modules import literal

    rng = np.random.default_rng(0)
    arrays = [
        rng.standard_normal((5, 7)), rng.standard_normal(9).astype(np.float32), np.arange(40).reshape(8, 5),
        np.ones((3, 4), np.float32), np.zeros(5), -np.zeros(5), np.array([np.nan, np.inf, -np.inf, -0.0, 1e-320]),
        np.array(True), rng.random(30) < 0.5, np.array(0.1, np.float32), np.zeros((0, 3)), np.full((2, 50), 0.1),
    ]  # fmt: skip
    for array in arrays:
        back = eval(literal(array), {"np": np})
        assert back.dtype == array.dtype and back.shape == array.shape
        assert back.tobytes() == array.tobytes()


def test_constants_lie_as_their_text_makes_them(on_numpy):
    """A product with a transposed matrix may round otherwise, and takes longer."""
    rng = np.random.default_rng(0)
    w, x = rng.standard_normal((64, 64)).T, rng.standard_normal((3, 64))
    compiled = mg.compile(lambda x: x @ w)
    found = compiled(x)
    namespace = {}
    exec(compiled.source, namespace)
    (written,) = namespace[compiled.__name__.replace("<lambda>", "f")](x)
    np.testing.assert_array_equal(found, written)
    kept = compiled._latest.run.__globals__
    assert all(value.flags.c_contiguous for value in kept.values() if isinstance(value, np.ndarray))
    assert compiled(x[:2]).shape == (2, 64)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "x, y", [((5, 6, 1), (5, 1, 8)), ((6, 1), (5, 1, 9)), ((2, 5, 6, 1), (1, 8)), ((5, 6, 1), (5, 1, 7))]
)
def test_stacks_of_columns_times_rows(x, y, dtype, on_numpy):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal(x).astype(dtype), rng.standard_normal(y).astype(dtype)
    x[..., 0, 0], x[..., 1, 0], y[..., 0, 1] = 0.0, np.nan, np.inf
    compiled = mg.compile(mnp.matmul)
    with np.errstate(invalid="ignore"):
        np.testing.assert_array_equal(compiled(x, y), np.matmul(x, y))
    assert ("np.multiply(" in compiled.source) == (y.shape[-1] >= 8)


def test_equal_programs_are_written_alike(on_numpy):
    """Whatever lay where in memory while they were compiled: of arrays that die together, either could come first."""
    step, args = training_step(ALL_GAMES["non_saturating"])
    texts, kept = set(), []
    for i in range(6):
        compiled = mg.compile(step, donate=0)
        compiled(*args)
        texts.add(compiled.source)
        kept.append((compiled, [object() for _ in range(37 * i)]))  # the next one's variables lie elsewhere
    assert len(texts) == 1


def test_kept_arrays_multiply_by_their_method_and_arguments_by_numpys_function(on_numpy):
    """An argument may be of a subclass whose ``dot`` is its own, as a masked array's: it is read as a plain one."""
    f = mg.compile(lambda x, w: mnp.tanh(mnp.dot(mnp.tanh(mnp.dot(x, w)), w)))
    x, w = np.linspace(-1.0, 1.0, 12).reshape(4, 3), np.linspace(0.0, 1.0, 9).reshape(3, 3)
    plain = f(x, w)
    assert "np.dot(x, w, " in f.source and ".dot(w, " in f.source.replace("np.dot", "")
    masked = f(np.ma.masked_array(x, x > 0.5), w)
    assert len(f.versions) == 1 and type(masked) is np.ndarray
    np.testing.assert_array_equal(masked, plain)
