"""Compiled functions on several threads: the results, errors and settings of one; and the pool by itself."""

import os
import subprocess
import sys
import threading
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp
from minigan.compiler import blocks, expansions, loops, shared_loops, shared_products, threads
from minigan.compiler.threads import share_out, threads_of
from minigan.testing.programs import programs
from tests.compiler.test_drawn_programs import arrays


@pytest.fixture
def sharing(monkeypatch):
    """Everything is shared out, however small it is, a row or a sample at a time."""
    monkeypatch.setattr(blocks, "WORTHWHILE", 1)
    monkeypatch.setattr(blocks, "SHORTEST", 1)
    monkeypatch.setattr(loops, "MANY_ROWS", 2)
    monkeypatch.setattr(expansions, "WORTH_A_PRODUCT", 1)
    monkeypatch.setattr(shared_loops, "WORTH_SHARING", 0)
    monkeypatch.setattr(shared_products, "WORTH_SHARING", 0)
    monkeypatch.setattr(shared_products, "LINES", 1)


def bits(tree):
    return [(x.shape, x.dtype, mg.to_numpy(x).tobytes()) for x in mg.tree_leaves(tree)]


# -- results -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [1, 2])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("donate", [(), 0], ids=["pure", "donated"])
def test_drawn_programs_are_the_same_to_the_bit_on_two_threads(dtype, donate, rows, sharing, monkeypatch):
    monkeypatch.setattr(blocks.Block, "step", lambda block: min(rows, block.shape[0]))
    monkeypatch.setattr(shared_products, "WORTH_SHARING", 1 << 60)  # products may be rounded otherwise

    @given(programs(), st.integers(0, 2**32 - 1), st.sampled_from([2, 3]))
    def holds(program, seed, several):
        found = []
        for n in (1, several):
            compiled = mg.compile(lambda inputs: program(inputs), donate=donate, threads=n)
            found.append([bits(compiled(arrays(seed + i, dtype))) for i in range(2)])
        assert found[0] == found[1]

    holds()


def backwards(work, size, step, threads):
    """`share_out` by one thread, the last range first, every seat in turn."""
    for i, start in reversed(list(enumerate(range(0, size, step)))):
        work(i % threads, start, min(start + step, size))


def elementwise(x, y):
    z = mnp.tanh(x * y) + mnp.exp(-mnp.square(x))
    rows = mnp.sum(z * x, axis=0)
    return mnp.log1p(mnp.square(z)) * y, mnp.sum(z), rows, mnp.where(x > 0.5, z, y), mnp.maximum(x, 0.25) * z


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("shape", [(20_000,), (1_003, 20), (300, 4, 17)], ids=str)
def test_rows_of_a_shared_loop_do_not_wait_for_one_another(shape, dtype, sharing, monkeypatch):
    monkeypatch.setattr(blocks, "CACHED", 1 << 12)
    rng = np.random.default_rng(0)
    x, y = (rng.uniform(-1.0, 1.0, shape).astype(dtype) for _ in range(2))
    expected = bits(mg.compile(elementwise, threads=1)(x, y))
    assert bits(mg.compile(elementwise, threads=2)(x, y)) == expected
    monkeypatch.setattr(threads, "share_out", backwards)
    compiled = mg.compile(elementwise, threads=3)
    assert bits(compiled(x, y)) == expected
    assert compiled.source.count("share_out(") >= 1
    assert compiled.source.count("share_out(") <= compiled.source.count("for lo in range(")


@pytest.mark.usefixtures("on_numpy")
def test_one_thread_writes_what_it_wrote(sharing):
    x = np.linspace(0.0, 1.0, 20_000)
    compiled = mg.compile(lambda x: mnp.sum(mnp.tanh(x) * x), threads=1)
    compiled(x)
    assert "share_out" not in compiled.source and "minigan" not in compiled.source


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize("n", [2, 3])
def test_convolutions_and_products_agree_to_rounding(n, stride, sharing):
    """A batch that the threads do not divide, with and without Winograd's way, and the gradients of both factors."""
    rng = np.random.default_rng(0)
    x, w = rng.normal(size=(7, 6, 8, 3)), rng.normal(size=(2 * stride, 2 * stride, 3, 5))
    matrix = rng.normal(size=(mnp.conv2d(x, w, stride=stride).size // 7, 70))

    def loss(x, w, matrix):
        y = mnp.conv2d(mnp.conv2d(x, w, stride=stride), np.ones((1, 1, 5, 5)))
        return mnp.sum(mnp.square(mnp.reshape(y, (7, -1)) @ matrix))

    step = mg.value_and_grad(loss, argnums=(0, 1, 2))
    compiled = mg.compile(step, threads=n)
    for found, expected in zip(mg.tree_leaves(compiled(x, w, matrix)), mg.tree_leaves(step(x, w, matrix)), strict=True):
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12 * np.max(np.abs(expected)))
    for shared in ("share_product", "share_samples", "share_gradient"):
        assert f"{shared}(" in compiled.source


@pytest.mark.usefixtures("on_numpy")
def test_donated_states_stay_in_their_places(sharing):
    """Workers hold nothing of a call that has returned: a held reference would look like a caller's."""
    compiled = mg.compile(lambda w, x: mnp.tanh(w * x) + 0.5 * w - mnp.sum(w) * 1e-6, donate=0, threads=2)
    x = np.linspace(-1.0, 1.0, 20_000)
    states = [compiled(np.full(20_000, float(k)), x) for k in range(2)]
    places = [id(w) for w in states]
    for _ in range(50):
        states = [compiled(w, x) for w in states]
        assert [id(w) for w in states] == places
    alone = mg.compile(compiled.f, threads=1)
    w = np.full(20_000, 1.0)
    for _ in range(51):
        w = alone(w, x)
    np.testing.assert_array_equal(states[1], w)


# -- callers -------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("on_numpy")
@pytest.mark.parametrize("several", [False, True], ids=["one function", "a function each"])
def test_four_callers_get_each_their_own(several, sharing):
    functions = [mg.compile(elementwise, threads=2) for _ in range(4 if several else 1)]
    rng = np.random.default_rng(1)
    data = [[rng.uniform(-1.0, 1.0, 20_000) for _ in range(2)] for _ in range(4)]
    alone = mg.compile(elementwise, threads=1)
    expected = [bits(alone(*pair)) for pair in data]
    wrong = []

    def call(k):
        for _ in range(25):
            if bits(functions[k % len(functions)](*data[k])) != expected[k]:
                wrong.append(k)

    callers = [threading.Thread(target=call, args=(k,)) for k in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert wrong == []


@pytest.mark.usefixtures("on_numpy")
def test_error_settings_are_the_callers(sharing, monkeypatch):
    """As with one thread: raised, left alone, warned of, or told, wherever in the array the value is."""
    monkeypatch.setattr(blocks, "CACHED", 1 << 12)
    compiled = mg.compile(lambda x: mnp.log(x) * 2.0 + mnp.sqrt(x), threads=2)
    fine = np.ones(20_000)
    compiled(fine)
    for at in (0, 10_000, 19_999):
        x = fine.copy()
        x[at] = 0.0
        with np.errstate(divide="raise"), pytest.raises(FloatingPointError, match="divide by zero"):
            compiled(x)
        with np.errstate(divide="ignore"), warnings.catch_warnings():
            warnings.simplefilter("error")
            assert np.isneginf(compiled(x)[at])
        with np.errstate(divide="warn"), pytest.warns(RuntimeWarning, match="divide by zero"):
            compiled(x)
        told = []
        with np.errstate(divide="call"):
            before = np.seterrcall(lambda kind, flag, told=told: told.append(kind))
            compiled(x)
            np.seterrcall(before)
        assert told == ["divide by zero"]
        np.testing.assert_array_equal(compiled(fine), 1.0)  # after an error all is as before


FORKING = """
import os
import numpy as np
import minigan as mg, minigan.numpy as mnp
from minigan.compiler import blocks, shared_loops

blocks.WORTHWHILE, shared_loops.WORTH_SHARING, blocks.CACHED = 1, 0, 1 << 12
compiled = mg.compile(lambda x: mnp.sum(mnp.tanh(x) * x), threads=2)
x = np.linspace(0.0, 1.0, 20_000)
y = compiled(x)
child = os.fork()
if child == 0:
    os._exit(0 if compiled(x) == y and compiled(x) == y else 1)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), compiled(x) == y)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_child_has_workers_of_its_own_and_both_end():
    environment = {**os.environ, "MINIGAN_BACKEND": "numpy"}
    run = subprocess.run([sys.executable, "-c", FORKING], capture_output=True, text=True, timeout=60, env=environment)
    assert run.stdout.split() == ["0", "True"] and run.returncode == 0, run.stdout + run.stderr


# -- the pool ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("size", "step", "n"), [(10, 3, 2), (1, 5, 4), (64, 1, 3), (7, 7, 2), (100, 9, 8)])
def test_ranges_make_up_all_in_whole_steps(size, step, n):
    lock, ranges, busy = threading.Lock(), [], set()

    def work(seat, start, stop):
        with lock:
            assert seat not in busy and 0 <= seat < n
            busy.add(seat)
            ranges.append((start, stop))
        with lock:
            busy.remove(seat)

    share_out(work, size, step, n)
    ranges.sort()
    assert [start for start, _ in ranges] == [0, *(stop for _, stop in ranges[:-1])] and ranges[-1][1] == size
    assert all(start % step == 0 for start, _ in ranges)


def test_two_threads_work_at_the_same_time():
    meeting = threading.Barrier(2, timeout=20.0)
    share_out(lambda seat, start, stop: meeting.wait(), 2, 1, 2)


def test_the_error_of_the_earliest_range_is_raised():
    def work(seat, start, stop):
        if start in (3, 5):
            raise ValueError(start)

    for _ in range(20):
        with pytest.raises(ValueError, match="3"):
            share_out(work, 8, 1, 2)


def test_an_interrupted_caller_waits_for_the_workers():
    inside, go_on, done = threading.Event(), threading.Event(), []

    def work(seat, start, stop):
        if seat:
            inside.set()
            go_on.wait(20.0)
            done.append(start)
        else:
            assert inside.wait(20.0)
            threading.Timer(0.05, go_on.set).start()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        share_out(work, 2, 1, 2)
    assert done == [1] or done == [0]


def test_a_loop_inside_a_loop_waits_for_nobody():
    made = []
    share_out(lambda seat, start, stop: share_out(lambda *inner: made.append(inner[1:]), 4, 1, 2), 4, 1, 2)
    assert len(made) == 16


def test_blas_has_its_threads_back(monkeypatch):
    blas = SimpleNamespace(n=5)
    library = SimpleNamespace(get_num_threads=lambda: blas.n, set_num_threads=lambda n: setattr(blas, "n", n))
    monkeypatch.setattr(shared_products, "_libraries", lambda: [library])
    one = shared_products.OneBlasThread()
    with pytest.raises(ValueError, match="mine"), one:
        with one:
            assert blas.n == 1
        assert blas.n == 1
        raise ValueError("mine")
    assert blas.n == 5


# -- how many ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [0, -1, True, 1.5, "2", np.ones(2)])
def test_threads_are_a_positive_integer(wrong):
    with pytest.raises(ValueError, match=r"threads of mg\.compile must be a positive integer"):
        mg.compile(lambda x: x, threads=wrong)


def test_the_environment_says_how_many_where_nothing_else_does(monkeypatch):
    monkeypatch.delenv("MINIGAN_THREADS", raising=False)
    assert threads_of(None) == 1 and mg.compile(lambda x: x).threads == 1
    monkeypatch.setenv("MINIGAN_THREADS", "3")
    assert mg.compile(lambda x: x).threads == 3 and mg.compile(threads=np.int64(2))(lambda x: x).threads == 2
    for wrong in ("0", "two", "-1", "1.5"):
        monkeypatch.setenv("MINIGAN_THREADS", wrong)
        with pytest.raises(ValueError, match=f"MINIGAN_THREADS is how many .* and is '{wrong}'"):
            mg.compile(lambda x: x)


@pytest.mark.usefixtures("on_numpy")
def test_smaller_products_are_shared_beside_others_alone():
    """BLAS keeps its threads where nothing is shared: of small products it makes more than we do."""
    small, large = np.ones((128, 256), "float32"), np.ones((1024, 256), "float32")
    w = np.ones((256, 256), "float32")  # 2^23 and 2^26 multiplications
    alone, beside = (mg.compile(lambda *xs: [x @ w for x in xs], threads=2) for _ in range(2))
    alone(small)
    beside(small, large)
    assert "share" not in alone.source and "one_blas_thread" not in alone.source
    assert beside.source.count("share_product(") == 2 and "with one_blas_thread" in beside.source
