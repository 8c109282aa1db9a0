"""What a transformation leaves behind: nothing. And what an exception leaves behind: nothing either."""

import contextlib
import gc
import tracemalloc
import weakref

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff import elementwise
from minigan.autodiff.memory import keep_memory


@pytest.fixture
def no_collector():
    """Only reference counts free memory while this is in force."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


class Watched(np.ndarray):
    """An array that a weak reference can point to."""


def deep(x):
    y = x
    for _ in range(5):
        y = mnp.tanh(mnp.sum(y * y) * y + mnp.exp(-y))
    return mnp.sum(y)


TRANSFORMATIONS = {
    "grad": lambda x: mg.grad(deep)(x),
    "value_and_grad": lambda x: mg.value_and_grad(deep)(x),
    "jvp": lambda x: mg.jvp(deep, (x,), (x,)),
    "hvp": lambda x: mg.hvp(deep)(x, x),
    "hessian": lambda x: mg.hessian(deep)(x),
    "vjp": lambda x: mg.vjp(deep, x)[0],
}


@pytest.mark.parametrize("name", TRANSFORMATIONS)
def test_no_reference_cycles(name, no_collector):
    x = mnp.asarray([0.1, 0.2, 0.3])
    TRANSFORMATIONS[name](x)  # what is cached on first use is not garbage
    gc.collect()
    for _ in range(3):
        TRANSFORMATIONS[name](x)
    assert gc.collect() == 0


def test_an_intermediate_value_dies_with_the_gradient_call(no_collector, on_numpy):
    seen = []

    def f(x):
        y = mnp.exp(x)
        seen.append(weakref.ref(y.value))
        return mnp.sum(y * y)

    mg.grad(f)(np.ones(3))
    assert seen[0]() is None


def test_a_pullback_keeps_its_tape_and_lets_it_go(no_collector, on_numpy):
    seen = []

    def f(x):
        y = mnp.exp(x)
        seen.append(weakref.ref(y.value))
        return mnp.sum(y * y)

    _, pullback = mg.vjp(f, np.ones(3))
    first, second = pullback(1.0), pullback(1.0)
    np.testing.assert_array_equal(first[0], second[0])  # it can be called again
    assert seen[0]() is not None
    del pullback
    assert seen[0]() is None


def test_repeated_gradients_do_not_grow(on_numpy):
    x = np.ones(1000)
    step = mg.grad(deep)
    step(x)
    tracemalloc.start()
    try:
        for _ in range(5):
            step(x)
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(50):
            step(x)
        grown = tracemalloc.get_traced_memory()[0] - before
        assert grown < 50 * x.nbytes / 2  # one array kept a step would be twice that; the rest is Python's free lists
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("transformation", ["grad", "jvp", "hvp", "trace"])
def test_ten_thousand_operations_in_a_row(transformation):
    """The tape is a list, not a recursion: depth is no limit. x -> x + 1e-4 x, ten thousand times."""

    def chain(x):
        for _ in range(5000):
            x = x + 1e-4 * x
        return x

    exact = 1.0001**5000
    x = mnp.asarray(1.0)
    found = {
        "grad": lambda: mg.grad(chain)(x),
        "jvp": lambda: mg.jvp(chain, (x,), (mnp.asarray(1.0),))[1],
        "hvp": lambda: mg.hvp(lambda x: chain(x) ** 2)(x, mnp.asarray(0.5)) / exact,
        "trace": lambda: mg.trace(mg.grad(chain))(x)(x),
    }[transformation]()
    assert float(mg.to_numpy(found)) == pytest.approx(exact, rel=1e-11)


class Deliberate(Exception):
    pass


def test_an_exception_inside_leaves_everything_working():
    def fails(x):
        mnp.exp(x)
        raise Deliberate

    x = mnp.asarray(0.5)
    attempts = {
        "grad": lambda: mg.grad(fails)(x),
        "jacobian": lambda: mg.jacobian(fails)(x),
        "trace": lambda: mg.trace(fails)(x),
        "grad of grad": lambda: mg.grad(mg.grad(fails))(x),
        "jvp": lambda: mg.jvp(fails, (x,), (x,)),
        "hvp": lambda: mg.hvp(fails)(x, x),
    }
    for attempt in attempts.values():
        with pytest.raises(Deliberate):
            attempt()
        assert float(mg.to_numpy(mg.grad(mg.grad(mnp.sin))(x))) == pytest.approx(-np.sin(0.5), rel=1e-15)


def test_an_exception_caught_inside_leaves_the_outer_transformation_working():
    def f(x):
        with contextlib.suppress(IndexError, ValueError):
            mg.grad(lambda y: mnp.sum(y[0, 0, 0]))(x)
        return mnp.sum(x * x)

    np.testing.assert_allclose(mg.to_numpy(mg.grad(f)(mnp.asarray([1.0, 2.0]))), [2.0, 4.0])


def test_a_leaked_tracer_says_so():
    leaked = []

    def f(x):
        leaked.append(x)
        return mnp.sum(x)

    mg.grad(f)(mnp.asarray([1.0, 2.0]))
    with pytest.raises(RuntimeError, match=r"outlived the grad or vjp.*has_aux"):
        mnp.exp(leaked[0])
    with pytest.raises(RuntimeError, match="outlived"):
        leaked[0] + 1.0
    assert "tracer" in repr(leaked[0])


def test_a_tracer_leaked_from_trace_says_so():
    leaked = []
    mg.trace(lambda x: leaked.append(x) or x * 2.0)(mnp.asarray(1.0))
    with pytest.raises(RuntimeError, match="outlived"):
        mnp.exp(leaked[0])


def test_a_tracer_leaked_from_jvp_says_so():
    leaked = []
    mg.jvp(lambda x: leaked.append(x) or x * 2.0, (mnp.asarray(1.0),), (mnp.asarray(1.0),))
    with pytest.raises(RuntimeError, match="outlived"):
        mnp.exp(leaked[0])


def test_a_cotangent_that_is_used_up_is_let_go(no_collector, on_numpy):
    """On its way back a pullback holds no cotangent of an operation that is done."""
    seen = []

    def rule(g, out, x):
        seen.append(weakref.ref(g))
        if len(seen) > 2:
            assert seen[-3]() is None
        return 2.0 * g

    double = elementwise("own", rule, library=lambda xp, x: 2.0 * x)
    try:
        mg.grad(lambda x: mnp.sum(double(double(double(double(double(x)))))))(np.ones(3))
    finally:
        del mg.PRIMITIVES["own"]
    assert len(seen) == 5


# -- the allocator --------------------------------------------------------------------------------------------------


class Allocator:
    """Stands for the C library: notes what it is asked for, and answers ``answer``."""

    def __init__(self, answer=1):
        self.asked = {}
        self.answer = answer

    def mallopt(self, name, value):
        self.asked[name] = value
        return self.answer if name == -3 else 1


@pytest.fixture
def linux(monkeypatch):
    """``linux(library)`` is what `keep_memory` says on Linux with that C library."""

    def ask(library, platform="linux", setting=None):
        def load(name):
            assert name is None  # the process itself
            if isinstance(library, Exception):
                raise library
            return library

        monkeypatch.setattr("ctypes.CDLL", load)
        monkeypatch.setattr("sys.platform", platform)
        monkeypatch.delenv("MINIGAN_KEEP_MEMORY", raising=False)
        if setting is not None:
            monkeypatch.setenv("MINIGAN_KEEP_MEMORY", setting)
        keep_memory.cache_clear()
        return keep_memory()

    yield ask
    monkeypatch.undo()
    keep_memory.cache_clear()


def test_glibc_is_asked_to_keep_what_is_freed(linux):
    """By the names of malloc.h: M_MMAP_THRESHOLD, M_TRIM_THRESHOLD and M_TOP_PAD; arrays come from what is kept."""
    for setting in (None, "1"):
        library = Allocator()
        assert linux(library, setting=setting) is True
        assert sorted(library.asked) == [-3, -2, -1]
        assert 0 < library.asked[-2] <= library.asked[-3] <= library.asked[-1]
        assert library.asked[-3] == 32 * 2**20  # the most that it accepts


def test_what_is_not_glibc_or_not_wanted_is_left_alone(linux):
    library = Allocator()
    assert linux(library, setting="0") is False and linux(library, platform="darwin") is False
    assert library.asked == {}
    assert linux(OSError("none")) is False and linux(object()) is False
    assert linux(Allocator(answer=0)) is False


def test_it_is_asked_once(linux):
    first = Allocator()
    linux(first)
    first.asked.clear()
    assert keep_memory() is True and first.asked == {}
