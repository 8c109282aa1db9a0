"""Random numbers: distributions against their moments, streams against NumPy's own, states restored."""

import contextlib
import copy
import json
import math
import pickle
import types

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import stats

import minigan as mg
import minigan.numpy as mnp
from minigan.backend import Backend, dtype_name
from minigan.random import Generator, generator

SEEDS = (0, 1, 2**70)
N = 100_000

# name, draw, mean, variance, fourth central moment
DISTRIBUTIONS = [
    ("normal", lambda rng, dtype: rng.standard_normal(N, dtype=dtype), 0.0, 1.0, 3.0),
    ("uniform", lambda rng, dtype: rng.uniform(N, dtype=dtype), 1 / 2, 1 / 12, 1 / 80),
    ("uniform on [-1, 3)", lambda rng, dtype: rng.uniform(N, -1.0, 3.0, dtype=dtype), 1.0, 16 / 12, 256 / 80),
    # kurtosis of the Gumbel distribution: 3 + 12/5
    (
        "gumbel",
        lambda rng, dtype: rng.gumbel(N, dtype=dtype),
        np.euler_gamma,
        math.pi**2 / 6,
        5.4 * math.pi**4 / 36,
    ),
]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(
    ("name", "draw", "mean", "variance", "fourth"),
    DISTRIBUTIONS,
    ids=lambda x: x if isinstance(x, str) else "",
)
def test_mean_and_variance_within_five_standard_errors(name, draw, mean, variance, fourth, dtype, seed):
    x = draw(generator(seed), dtype)
    assert dtype_name(x.dtype) == dtype
    x = mg.to_numpy(x).astype(float)
    assert abs(x.mean() - mean) < 5 * math.sqrt(variance / N)
    deviation = np.mean((x - mean) ** 2) - variance
    assert abs(deviation) < 5 * math.sqrt((fourth - variance**2) / N)


@pytest.mark.parametrize("draw", ["standard_normal", "uniform", "gumbel"])
def test_float64_by_default_and_every_shape(draw):
    rng = generator(0)
    for shape, expected in (((), ()), (3, (3,)), ((2, 0, 3), (2, 0, 3)), ([4, 1], (4, 1))):
        x = getattr(rng, draw)(shape)
        assert tuple(x.shape) == expected and dtype_name(x.dtype) == "float64"
        assert type(x) is mg.active().array_type


def test_dtypes_go_by_any_name():
    rng = generator(0)
    for dtype in ("float32", np.float32, np.dtype("float32"), mnp.zeros(1, dtype="float32").dtype):
        assert dtype_name(rng.uniform(2, dtype=dtype).dtype) == "float32"


def test_host_stream_is_numpys_own_on_every_backend():
    """The switch decides where numbers arrive, never which numbers they are."""
    ours, theirs = generator(7, host=True), np.random.Generator(np.random.PCG64(7))
    assert_array_equal(mg.to_numpy(ours.standard_normal((3, 2))), theirs.standard_normal((3, 2)))
    assert_array_equal(mg.to_numpy(ours.uniform(4)), theirs.random(4))
    assert_array_equal(mg.to_numpy(ours.integers(-3, 5, 6)), theirs.integers(-3, 5, 6))
    assert_array_equal(mg.to_numpy(ours.permutation(5)), theirs.permutation(5))
    with mg.use("numpy"):
        plain = generator(11)
        here = [
            plain.gumbel(5),
            plain.categorical([0.1, 0.2, 0.3], 9),
            plain.standard_normal(3, dtype="float32"),
        ]
    with mg.use("strict"):
        strict = generator(11)
        there = [
            strict.gumbel(5),
            strict.categorical([0.1, 0.2, 0.3], 9),
            strict.standard_normal(3, dtype="float32"),
        ]
    for a, b in zip(here, there):
        assert_array_equal(a, mg.to_numpy(b))


def test_one_seed_one_stream_and_no_global_state():
    np.random.seed(0)
    before = np.random.get_state()[1].copy()
    a, b, c = generator(5), generator(5), generator(6)
    x = mg.to_numpy(a.standard_normal(8))
    assert_array_equal(x, mg.to_numpy(b.standard_normal(8)))
    assert not np.any(x == mg.to_numpy(c.standard_normal(8)))
    assert not np.any(x == mg.to_numpy(a.standard_normal(8)))  # a draw moves the stream on
    assert_array_equal(before, np.random.get_state()[1])


def use_up(rng, times=1):
    for _ in range(times):
        rng.integers(0, 7, 3)  # leaves half of a 64-bit word behind
        rng.standard_normal(5, dtype="float32")
        rng.gumbel((2, 2))


def what_follows(rng):
    child = rng.spawn(2)[1]
    draws = [rng.integers(0, 10**6, 5), rng.uniform(3, dtype="float32"), rng.permutation(9), child.gumbel(4)]
    return [mg.to_numpy(draw) for draw in draws]


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("path", [(), (3,), (1, 2)])
def test_state_comes_back_through_json_mid_stream(seed, path):
    rng = generator(seed)
    for i in path:
        rng = rng.spawn(i + 1)[i]
    use_up(rng, 3)
    rng.spawn(2)
    state = rng.state
    text = json.dumps(state)
    assert json.loads(text) == state
    again = Generator.from_state(json.loads(text))
    assert again.state == state
    for a, b in zip(what_follows(rng), what_follows(again)):
        assert_array_equal(a, b)
    assert again.state == rng.state


def test_a_state_is_a_copy():
    rng = generator(0)
    state = rng.state
    rng.uniform(3)
    assert state != rng.state and Generator.from_state(state).state == state


def test_a_host_state_goes_on_under_another_backend():
    with mg.use("numpy"):
        rng = generator(3)
        use_up(rng)
        state, expected = rng.state, rng.standard_normal(4)
    with mg.use("strict"):
        found = Generator.from_state(state).standard_normal(4)
    assert type(found) is not np.ndarray
    assert_array_equal(expected, mg.to_numpy(found))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("copied", [lambda rng: pickle.loads(pickle.dumps(rng)), copy.deepcopy], ids=["pickle", "copy"])
def test_a_copy_goes_on_where_the_other_stood_and_alone(seed, copied):
    rng = generator(seed).spawn(2)[1]
    use_up(rng, 3)
    rng.spawn(2)
    again = copied(rng)
    assert again.state == rng.state and again.backend is rng.backend
    for a, b in zip(what_follows(rng), what_follows(again)):
        assert_array_equal(a, b)
    rng.uniform()
    assert again.state != rng.state


def test_a_pickle_keeps_its_backend():
    with mg.use("strict"):
        pickled = pickle.dumps(generator(3))
    with mg.use("numpy"):
        again = pickle.loads(pickled)
    assert again.backend.name == "strict" and type(again.uniform(2)) is again.backend.array_type


# -- states that are none ------------------------------------------------------

HOST = generator(3, host=True).spawn(2)[1].state
COUNTED = {"stream": "Philox4x3210", "seed": 5, "path": [0], "spawned": 1, "draws": 7}
NUMBERS = st.one_of(
    st.integers(-3, 3), st.integers(-(2**140), 2**140), st.sampled_from([2**32 - 1, 2**32, 2**128 - 1, 2**128]),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
    max_leaves=4,
)


@given(field=st.sampled_from([*HOST, "other"]), value=JSON)
@example(field="spawned", value=2**32)
@example(field="inc", value=4)
@example(field="state", value=2**128)
@example(field="has_uint32", value=True)
@example(field="seed", value=None)
@example(field="path", value=[0, [1]])
def test_a_mutated_state_is_refused_by_name_or_is_that_very_state(field, value):
    state = {**HOST, field: value}
    try:
        found = Generator.from_state(state)
    except ValueError as error:
        assert field in str(error)
    else:
        assert json.dumps(found.state) == json.dumps(state)  # to the type: True is not 1
        found.spawn(0)
        found.integers(0, 9, 3)


@given(field=st.sampled_from([*COUNTED, "state"]), value=JSON)
@example(field="draws", value=-1)
@example(field="draws", value=1.0)
def test_a_mutated_counted_state_is_too(field, value):
    with pytest.MonkeyPatch.context() as patch:
        stand_in = Backend("cupy", "cupy", types.SimpleNamespace(), contextlib.nullcontext(), np.ndarray)
        patch.setattr("minigan.random.active", lambda: stand_in)
        state = {**COUNTED, field: value}
        try:
            found = Generator.from_state(state)
        except ValueError as error:
            assert field in str(error)
        else:
            assert json.dumps(found.state) == json.dumps(state)


@given(state=JSON)
def test_what_is_no_state_at_all_is_refused(state):
    with pytest.raises(ValueError, match="no state of a generator"):
        Generator.from_state(state)


@pytest.mark.parametrize("field", HOST)
def test_a_state_that_lacks_a_field_says_which(field):
    with pytest.raises(ValueError, match=f"{field}|stream"):
        Generator.from_state({key: value for key, value in HOST.items() if key != field})


def test_spawned_generators_are_independent():
    """Correlations of 1e5 pairs have standard error 1 / sqrt(1e5) around 0."""
    for seed in SEEDS:
        parent = generator(seed)
        streams = [parent, *parent.spawn(2), *parent.spawn(1)]
        streams.append(streams[1].spawn(1)[0])
        drawn = np.stack([mg.to_numpy(rng.standard_normal(N)) for rng in streams])
        correlation = np.corrcoef(drawn) - np.eye(len(streams))
        assert np.max(np.abs(correlation)) < 5 / math.sqrt(N)


def test_spawning_leaves_the_parents_stream_alone():
    a, b = generator(1), generator(1)
    first = a.spawn(3)
    assert_array_equal(mg.to_numpy(a.uniform(5)), mg.to_numpy(b.uniform(5)))
    second = b.spawn(3)  # and draws leave the children alone
    for x, y in zip(first, second):
        assert_array_equal(mg.to_numpy(x.uniform(3)), mg.to_numpy(y.uniform(3)))
    assert generator(1).spawn(0) == []


# -- single distributions ------------------------------------------------------


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_gumbel_is_finite_where_the_exponential_is_zero_or_huge(dtype, monkeypatch):
    rng = generator(0)
    extremes = np.array([0.0, 5e-324, np.finfo(float).tiny, 1e-30, 1.0, 800.0])
    monkeypatch.setattr(rng._stream, "standard_exponential", lambda shape: extremes)
    g = mg.to_numpy(rng.gumbel(6, dtype=dtype))
    assert g.dtype == dtype and np.all(np.isfinite(g))
    expected = -np.log(np.maximum(extremes, np.finfo(float).tiny))
    # 4 eps: one rounding in log, one in the cast, and log of a number near 1 is compared absolutely
    np.testing.assert_allclose(g, expected, rtol=4 * np.finfo(dtype).eps, atol=1e-15)


@pytest.mark.parametrize("seed", SEEDS)
def test_gumbel_tails_in_float32(seed):
    """Kolmogorov-Smirnov for the body, and nothing impossible: a float32 exponential of 0 would give 87."""
    g = mg.to_numpy(generator(seed).gumbel(N, dtype="float32")).astype(float)
    assert stats.kstest(g, "gumbel_r").pvalue > 1e-4
    assert g.max() < 35.0  # P = 1e5 exp(-35) = 6e-11


def test_uniform_keeps_off_its_upper_end():
    """1 + 2^-23 u rounds to the end for half of all u."""
    high = float(np.nextafter(np.float32(1.0), np.float32(2.0)))
    x = mg.to_numpy(generator(0).uniform(1000, 1.0, high, dtype="float32"))
    assert_array_equal(x, np.ones(1000, dtype=np.float32))
    x = mg.to_numpy(generator(0).uniform(1000, -1e300, 1e300))
    assert np.all(np.isfinite(x)) and x.min() < -9e299 and x.max() > 9e299


@pytest.mark.parametrize("seed", SEEDS)
def test_integers_are_uniform_and_inside(seed):
    x = mg.to_numpy(generator(seed).integers(-3, 4, N))
    assert x.dtype == np.int64
    counts = np.bincount(x + 3, minlength=7)
    assert len(counts) == 7
    assert stats.chisquare(counts).pvalue > 1e-4
    wide = mg.to_numpy(generator(seed).integers(-(2**63), 2**63, 100))
    assert wide.min() < 0 < wide.max()


@pytest.mark.parametrize("seed", SEEDS)
def test_permutations_are_uniform(seed):
    rng = generator(seed)
    orders = [tuple(mg.to_numpy(rng.permutation(3))) for _ in range(1200)]
    counts = [orders.count(order) for order in sorted(set(orders))]
    assert len(counts) == 6 and stats.chisquare(counts).pvalue > 1e-4
    assert mg.to_numpy(rng.permutation(0)).shape == (0,)


def test_permutation_of_an_array_moves_whole_rows():
    rows = mnp.reshape(mnp.arange(20.0), (10, 2))
    shuffled = mg.to_numpy(generator(0).permutation(rows))
    assert_array_equal(shuffled[:, 0] + 1, shuffled[:, 1])
    assert_array_equal(np.sort(shuffled[:, 0]), np.arange(0.0, 20.0, 2.0))
    assert not np.array_equal(shuffled, mg.to_numpy(rows))


@pytest.mark.parametrize("seed", SEEDS)
def test_categorical_has_the_softmax_as_its_frequencies(seed):
    p = np.array([0.02, 0.3, 0.0, 0.5, 0.18])
    with np.errstate(divide="ignore"):
        logits = mnp.asarray(np.log(p) + 7.0)  # unnormalised
    x = mg.to_numpy(generator(seed).categorical(logits, N))
    counts = np.bincount(x, minlength=5)
    assert counts[2] == 0
    assert stats.chisquare(counts[p > 0], N * p[p > 0]).pvalue > 1e-4


def test_categorical_shapes_and_axes():
    logits = np.full((4, 3, 2), -np.inf)
    logits[1, :, 0] = logits[3, :, 1] = 0.0  # along axis 0, the outcome is certain: 1 in column 0, 3 in column 1
    logits = mnp.asarray(logits)
    rng = generator(0)
    for axis in (0, -3):
        assert_array_equal(mg.to_numpy(rng.categorical(logits, axis=axis)), np.tile([1, 3], (3, 1)))
        sampled = mg.to_numpy(rng.categorical(logits, (5, 6), axis=axis))
        assert_array_equal(sampled, np.broadcast_to([1, 3], (5, 6, 3, 2)))
    assert tuple(rng.categorical(mnp.zeros((4, 3, 2)), axis=1).shape) == (4, 2)
    assert tuple(rng.categorical(mnp.zeros(3)).shape) == ()
    assert tuple(rng.categorical(mnp.zeros((0, 3))).shape) == (0,)


def test_categorical_of_float32_logits_and_under_a_gradient():
    def loss(logits):
        x = generator(4).categorical(logits, 3)
        return mnp.sum(mnp.take(mnp.log_softmax(logits), x))

    gradient = mg.to_numpy(mg.grad(loss)(mnp.asarray([0.0, 1.0], dtype="float32")))
    x = mg.to_numpy(generator(4).categorical(mnp.asarray([0.0, 1.0], dtype="float32"), 3))
    softmax = np.exp([0.0, 1.0]) / np.exp([0.0, 1.0]).sum()
    np.testing.assert_allclose(gradient, np.bincount(x, minlength=2) - 3 * softmax, rtol=1e-5)
    assert gradient.dtype == np.float32


# -- what is refused -----------------------------------------------------------

INF = float("inf")


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (lambda rng: generator(-1), ValueError, "non-negative"),
        (lambda rng: generator(1.0), TypeError, "seed must be an integer"),
        (lambda rng: generator(None), TypeError, "seed must be an integer"),
        (lambda rng: generator(True), TypeError, "truth value"),
        (lambda rng: rng.standard_normal(-1), ValueError, "non-negative sizes"),
        (lambda rng: rng.uniform((2, -3)), ValueError, r"\(2, -3\)"),
        (lambda rng: rng.gumbel(2.5), TypeError, "2.5"),
        (lambda rng: rng.standard_normal(3, dtype="int64"), ValueError, "float64 or float32"),
        (lambda rng: rng.uniform(3, dtype="float16"), ValueError, "float64 or float32"),
        (lambda rng: rng.uniform(3, 1.0, 1.0), ValueError, "low < high"),
        (lambda rng: rng.uniform(3, 2.0, 1.0), ValueError, "low=2.0 and high=1.0"),
        (lambda rng: rng.uniform(3, -INF, 1.0), ValueError, "finite"),
        (lambda rng: rng.uniform(3, 0.0, float("nan")), ValueError, "finite"),
        (lambda rng: rng.integers(3, 3), ValueError, "low < high"),
        (lambda rng: rng.integers(0.0, 3), TypeError, "low must be an integer"),
        (lambda rng: rng.integers(0, 2**63 + 1), ValueError, "int64"),
        (lambda rng: rng.permutation(-1), ValueError, "negative"),
        (lambda rng: rng.permutation(1.5), TypeError, "integer"),
        (lambda rng: rng.spawn(-1), ValueError, "negative"),
        (lambda rng: rng.categorical([0.0, float("nan")]), ValueError, "NaN"),
        (lambda rng: rng.categorical([-INF, -INF]), ValueError, "nothing but -inf"),
        (lambda rng: rng.categorical([[0.0, 1.0], [-INF, -INF]]), ValueError, "nothing but -inf"),
        (lambda rng: rng.categorical([0.0, INF]), ValueError, "inf"),
        (lambda rng: rng.categorical(0.0), ValueError, "single number"),
        (lambda rng: rng.categorical([0.0], axis=1), ValueError, "axis 1"),
        (lambda rng: rng.categorical(mnp.zeros((3, 0))), ValueError, "at least one category"),
        (lambda rng: rng.categorical([0.0], shape=-1), ValueError, "non-negative sizes"),
        (lambda rng: Generator.from_state({}), ValueError, "no state of a generator"),
        (lambda rng: Generator.from_state({"stream": "PCG64", "seed": 0}), ValueError, "lacks path, spawned"),
    ],
)
def test_refused_in_a_sentence(bad, error, words):
    with pytest.raises(error, match=words):
        bad(generator(0))


# -- the counted stream, over a stand-in for CuPy ------------------------------


class StandInGenerator:
    """What of cupy.random.Generator is used, under its names and keywords, and no more."""

    def __init__(self, bits):
        self.numpy = np.random.Generator(bits)

    def standard_normal(self, size=None, dtype=np.float64):
        return self.numpy.standard_normal(size, dtype)

    def random(self, size=None, dtype=np.float64):
        return self.numpy.random(size, dtype)

    def standard_exponential(self, size=None, dtype=np.float64, method="inv"):
        return self.numpy.standard_exponential(size, dtype)

    def integers(self, low, high=None, size=None, dtype=np.int64):
        return self.numpy.integers(low, high, size, dtype)


@pytest.fixture
def counted(monkeypatch):
    seeds = []

    def philox(seed, *, size=-1):
        assert size % 256 == 0 and size > 0
        seeds.append(int(seed.generate_state(1, np.uint32)[0]))
        return np.random.Philox(seeds[-1])

    random = types.SimpleNamespace(Generator=StandInGenerator, Philox4x3210=philox)
    xp = types.SimpleNamespace(random=random, asarray=np.asarray, argsort=np.argsort)
    backend = Backend("cupy", "cupy", xp, contextlib.nullcontext(), np.ndarray)
    with mg.use("numpy"):
        monkeypatch.setattr("minigan.random.active", lambda: backend)
        yield seeds


def test_counted_stream_restores_from_its_count(counted):
    rng = generator(5)
    assert rng.state == {"stream": "Philox4x3210", "seed": 5, "path": [], "spawned": 0, "draws": 0}
    use_up(rng)
    rng.spawn(2)
    state = json.loads(json.dumps(rng.state))
    assert state["draws"] == 3 and state["spawned"] == 2
    again = Generator.from_state(state)
    for a, b in zip(what_follows(rng), what_follows(again)):
        assert_array_equal(a, b)
    assert again.state == rng.state


def test_counted_draws_have_seeds_of_their_own(counted):
    parent = generator(0)
    for rng in (parent, *parent.spawn(3), *parent.spawn(1)[0].spawn(2)):
        for _ in range(20):
            rng.uniform(2)
    assert len(set(counted)) == len(counted) == 120
    assert sorted(generator(0).permutation(50)) == list(range(50))


def test_host_numbers_on_a_gpu_are_numpys(counted):
    rng = generator(7, host=True)
    assert rng.state["stream"] == "PCG64" and rng.spawn(1)[0].state["stream"] == "PCG64"
    assert_array_equal(rng.standard_normal(3), np.random.Generator(np.random.PCG64(7)).standard_normal(3))
    assert counted == []


def test_a_counted_state_is_refused_off_the_gpu(counted, monkeypatch):
    state = generator(5).state
    monkeypatch.setattr("minigan.random.active", mg.active)
    with pytest.raises(ValueError, match="stream on a GPU"):
        Generator.from_state(state)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_noise_is_standard_normal(dtype):
    """Kolmogorov-Smirnov over three seeds (p > 1e-3 each), independence of the two halves, and the stated reach."""
    for seed in range(3):
        z = mg.to_numpy(generator(seed).noise((301, 331), dtype=dtype))
        assert z.shape == (301, 331) and z.dtype == dtype
        values = z.ravel().astype(float)
        assert stats.kstest(values, "norm").pvalue > 1e-3
        assert abs(np.mean(values**4) - 3.0) < 5 * np.sqrt(96 / values.size)  # var of z^4 is 105 - 9
        first, second = values[:8192], values[8192:16384]  # the cosines and sines of one block
        assert abs(np.corrcoef(first, second)[0, 1]) < 5 / np.sqrt(8192)
        assert abs(np.corrcoef(first**2, second**2)[0, 1]) < 5 / np.sqrt(8192)
        assert np.abs(values).max() < (5.8 if dtype == "float32" else 8.6)


@pytest.mark.parametrize("shape", [(), (0,), (1,), (3,), (2**14 + 1,), (2, 0, 3)])
def test_noise_of_any_shape_repeats_with_its_seed(shape):
    first, again = (mg.to_numpy(generator(7).noise(shape)) for _ in range(2))
    assert first.shape == shape and np.isfinite(first).all()
    np.testing.assert_array_equal(first, again)
