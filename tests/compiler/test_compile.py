"""`mg.compile` as a user meets it: signatures, refusals, nesting, donation, memory."""

import gc
import tracemalloc
import warnings
from typing import Any, NamedTuple

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp


def loss(w, x):
    return mnp.mean(mnp.square(mnp.tanh(x @ w["weight"] + w["bias"])))


def arguments(seed=0, rows=5, dtype="float64"):
    rng = np.random.default_rng(seed)
    w = {"weight": rng.standard_normal((3, 2)).astype(dtype), "bias": rng.standard_normal(2).astype(dtype)}
    return mg.tree_map(mnp.asarray, w), mnp.asarray(rng.standard_normal((rows, 3)).astype(dtype))


def close(a, b, tolerance=1e-12):
    for x, y in zip(mg.tree_leaves(a), mg.tree_leaves(b), strict=True):
        np.testing.assert_allclose(mg.to_numpy(x), mg.to_numpy(y), rtol=tolerance, atol=tolerance)


TRANSFORMED = {
    "value": loss,
    "gradient": mg.grad(loss),
    "both": mg.value_and_grad(loss),
    "jvp": lambda w, x: mg.jvp(lambda w: loss(w, x), (w,), (w,)),
    "hvp": lambda w, x: mg.hvp(lambda w: loss(w, x))(w, w),
    "hessian": lambda w, x: mg.hessian(lambda b: loss({**w, "bias": b}, x))(w["bias"]),
    "jacobian of a gradient": lambda w, x: mg.jacobian(lambda b: mg.grad(loss)({**w, "bias": b}, x)["bias"])(w["bias"]),
    "linear algebra": lambda w, x: mnp.linalg.slogdet(x.T @ x),
    "special functions": lambda w, x: mnp.erf(x) + mnp.gammaln(1.0 + mnp.abs(x)),
}


@pytest.mark.parametrize("name", TRANSFORMED)
def test_any_transformation_inside(name):
    f = TRANSFORMED[name]
    compiled = mg.compile(f)
    for seed in range(3):
        close(compiled(*arguments(seed)), f(*arguments(seed)), 1e-11)
    assert len(compiled.versions) == 1


def test_a_compiled_function_is_differentiated_and_compiled_again():
    inner = mg.compile(loss)
    inner(*arguments())
    close(mg.grad(inner)(*arguments()), mg.grad(loss)(*arguments()))
    twice = mg.compile(lambda w, x: 2.0 * inner(w, x))
    close(twice(*arguments()), 2.0 * loss(*arguments()))


def test_shapes_dtypes_and_structures_have_versions_of_their_own():
    compiled = mg.compile(lambda tree: mg.tree_map(lambda x: 2.0 * x, tree))
    for tree in ((mnp.ones(3),), [mnp.ones(3)], {"a": mnp.ones(3)}, (mnp.ones(4),), (mnp.ones(3, dtype="float32"),)):
        out = compiled(tree)
        assert type(out) is type(tree)
        close(out, mg.tree_map(lambda x: 2.0 * x, tree), 0)
        assert [x.dtype for x in mg.tree_leaves(out)] == [x.dtype for x in mg.tree_leaves(tree)]
    assert len(compiled.versions) == 5
    compiled((mnp.zeros(3),))
    assert len(compiled.versions) == 5


def test_python_values_are_part_of_the_version_and_floats_are_traced():
    compiled = mg.compile(lambda x, axis, scale, flag: mnp.sum(x, axis=axis) * scale if flag else x)
    x = mnp.asarray([[1.0, 2.0], [3.0, 5.0]])
    np.testing.assert_allclose(mg.to_numpy(compiled(x, 0, 2.0, True)), [8.0, 14.0])
    np.testing.assert_allclose(mg.to_numpy(compiled(x, 1, 3.0, True)), [9.0, 24.0])
    np.testing.assert_allclose(mg.to_numpy(compiled(x, 1, 0.5, True)), [1.5, 4.0])
    np.testing.assert_allclose(mg.to_numpy(compiled(x, 1, 0.5, False)), mg.to_numpy(x))
    assert len(compiled.versions) == 3  # axis 0, axis 1, flag False: the float made none


def test_a_float_beside_float32_arrays_stays_weak():
    compiled = mg.compile(lambda x, lr: x - lr * x)
    out = compiled(mnp.ones(3, dtype="float32"), 0.1)
    assert str(out.dtype).endswith("float32")


def test_keywords_and_methods():
    compiled = mg.compile(lambda x, *, shift: x + shift)
    np.testing.assert_allclose(mg.to_numpy(compiled(mnp.ones(2), shift=mnp.ones(2))), 2.0)


def test_a_ninth_signature_warns_with_its_shapes():
    compiled = mg.compile(lambda x: x + 1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for n in range(1, 9):
            compiled(mnp.ones(n))
    with pytest.warns(UserWarning, match=r"9 signatures, the last with float64\[9\]"):
        compiled(mnp.ones(9))


REFUSED = {
    "branch": (lambda x: x if x > 0 else -x, r"line \d+.*branch.*mnp\.where"),
    "float()": (lambda x: float(x) + 1.0, r"line \d+.*float\(\).*outside"),
    "int()": (lambda x: int(x) + 1.0, r"line \d+.*int\(\).*outside"),
    "a branch on a gradient": (lambda x: mg.grad(lambda x: x * x if x > 0 else x)(x), r"line \d+.*branch"),
    "float() under grad": (lambda x: mg.grad(lambda x: x * float(x))(x), r"line \d+.*float\(\)"),
    "item": (lambda x: x.item(), r"line \d+.*\.item\(\)"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_needs_a_value_is_refused_with_the_line_and_the_remedy(name):
    f, pattern = REFUSED[name]
    with pytest.raises(TypeError, match=pattern) as error:
        mg.compile(f)(mnp.asarray(2.0))
    assert "test_compile.py" in str(error.value)


def test_mutation_is_refused_with_the_line():
    def f(x):
        x[0] = 1.0
        return x

    with pytest.raises(TypeError, match=r"test_compile.py, line \d+.*in-place assignment.*mnp.where"):
        mg.compile(f)(mnp.ones(3))


def test_numbers_drawn_inside_are_refused():
    rng = mg.random.generator(0)
    with pytest.raises(TypeError, match="draw them outside"):
        mg.compile(lambda x: x + rng.standard_normal((3,)))(mnp.ones(3))
    rng.standard_normal((3,))  # and only there


def test_bad_arguments_at_the_door():
    with pytest.raises(TypeError, match="takes a function"):
        mg.compile(3.0)
    with pytest.raises(TypeError, match="donate names positions"):
        mg.compile(loss, donate="w")
    with pytest.raises(ValueError, match="donate names argument 2"):
        mg.compile(loss, donate=2)(*arguments())
    with pytest.raises(TypeError, match="neither"):
        mg.compile(lambda x, s: x)(mnp.ones(2), {1, 2})
    with pytest.raises(ValueError, match="call it once first"):
        _ = mg.compile(loss).source


def test_an_error_in_the_function_leaves_nothing_behind():
    broken = [True]

    def f(x):
        if broken[0]:
            raise KeyError("mine")
        return 2.0 * x

    compiled = mg.compile(f)
    with pytest.raises(KeyError, match="mine"):
        compiled(mnp.ones(2))
    broken[0] = False
    np.testing.assert_allclose(mg.to_numpy(compiled(mnp.ones(2))), 2.0)


def test_decorator_with_options():
    @mg.compile(donate=0)
    def double(x):
        """Twice."""
        return 2.0 * x

    assert double.__doc__ == "Twice." and double.__name__ == "double"
    np.testing.assert_allclose(mg.to_numpy(double(mnp.ones(2))), 2.0)


def step(state, g):
    moved = [0.9 * v + d for v, d in zip(state["velocity"], g)]
    return {"x": [x - 0.1 * v for x, v in zip(state["x"], moved)], "velocity": moved}


def test_a_donated_state_is_updated_in_its_place(on_numpy):
    state = {"x": [np.ones((3, 2)), np.ones(4)], "velocity": [np.zeros((3, 2)), np.zeros(4)]}
    g = [np.full((3, 2), 2.0), np.full(4, 3.0)]
    compiled = mg.compile(step, donate=0)
    expected = state
    first = compiled(state, g)
    np.testing.assert_array_equal(state["x"][0], 1.0)  # the first call copies: the caller's arrays are as they were
    for _ in range(4):
        expected = step(expected, g)
    out = first
    for _ in range(3):
        again = compiled(out, g)
        assert all(a is b for a, b in zip(mg.tree_leaves(again), mg.tree_leaves(out)))
        out = again
    close(out, expected)


def test_donated_arrays_given_back_in_another_order(on_numpy):
    compiled = mg.compile(lambda pair: (2.0 * pair[0], 3.0 * pair[1]), donate=0)
    a, b = compiled((np.ones(3), np.ones(3)))
    a, b = compiled((b, a))
    np.testing.assert_array_equal(a, 6.0)
    np.testing.assert_array_equal(b, 6.0)


def test_outputs_are_the_callers_for_good(on_numpy):
    compiled = mg.compile(lambda x: (x, x.T, 1.0 * x, mnp.ones(3), mnp.tanh(x)))
    x = np.arange(6.0).reshape(2, 3)
    first = compiled(x)
    copies = [np.array(y) for y in first]
    compiled(x + 1.0)
    for y, copy in zip(first, copies):
        np.testing.assert_array_equal(y, copy)


def test_training_allocates_nothing_that_stays(on_numpy):
    """5,000 steps of the ring's step leave no more memory than the first ten did, to a few kilobytes of bookkeeping."""
    from minigan import optim
    from minigan.gan import initial_state, make_step
    from minigan.models import SYSTEMS

    adam = optim.adam(1e-3)
    players = SYSTEMS["ring"]().parts["players"]._replace(generator_optimizer=adam, discriminator_optimizer=adam)
    rng = mg.random.generator(0)
    state = initial_state(players, rng, (1, 2), (1, 2), "float32")
    compiled = mg.compile(make_step(players))
    real, noise = (rng.standard_normal((64, 2), dtype="float32") for _ in range(2))
    for _ in range(10):
        state, _ = compiled(state, real, noise)
    gc.collect()
    tracemalloc.start()
    for _ in range(10):
        state, _ = compiled(state, real, noise)
    before = tracemalloc.get_traced_memory()[0]
    tracemalloc.reset_peak()
    for _ in range(5000):
        state, _ = compiled(state, real, noise)
    after, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    size = sum(x.nbytes for x in mg.tree_leaves(state))
    assert after - before < 4096
    assert peak - before < 2 * size + 65536  # the next state beside the present one, and nothing else


def test_a_compiled_step_needs_no_more_memory_than_the_eager_one(on_numpy):
    """Peak memory of one iteration, the kept buffers of the compiled step included."""
    from minigan import nn, optim
    from minigan.gan import Players, initial_state, make_step, non_saturating

    players = Players(non_saturating(), nn.mlp([64, 64, 2]), nn.mlp([64, 64, 1]), optim.adam(1e-3), optim.adam(1e-3))
    rng = mg.random.generator(0)
    state = initial_state(players, rng, (1, 32), (1, 2), "float32")
    real, noise = (rng.standard_normal((1024, d), dtype="float32") for d in (2, 32))

    def peak(f):
        gc.collect()
        tracemalloc.start()
        now = f(state, real, noise)[0]
        for _ in range(3):
            now = f(now, real, noise)[0]
        found = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return found

    eager = make_step(players)
    peak(mg.compile(eager))  # imports and caches
    compiled = mg.compile(eager)
    during_recording = peak(compiled)
    writer = compiled._latest.items
    kept = sum(b.size * np.dtype(b.dtype).itemsize for b in writer._buffers())  # made when the step was compiled
    assert kept > 0
    assert peak(compiled) + kept < peak(eager)
    assert during_recording < 2 * peak(eager)  # the recorded run keeps every intermediate, once


class Pair(NamedTuple):
    a: Any
    b: Any


def test_trees_that_are_nearly_alike_are_told_apart(on_numpy):
    """A key or a member more, less or other, a list for a tuple, a leaf for a branch: each is a version of its own."""
    x = [np.full(3, float(i)) for i in range(4)]
    trees = [
        {"a": x[0], "b": (x[1], x[2])},
        {"a": x[0], "b": (x[1], x[2]), "c": x[3]},
        {"a": x[0]},
        {"a": x[0], "c": (x[1], x[2])},
        {"a": x[0], "b": (x[1],)},
        {"a": x[0], "b": (x[1], x[2], x[3])},
        {"a": x[0], "b": [x[1], x[2]]},
        {"a": x[0], "b": x[1]},
        {"a": (x[0], x[3]), "b": (x[1], x[2])},
        {"a": x[0], "b": Pair(x[1], x[2])},
        {"a": x[0], "b": {}},
        {"a": x[0], "b": None},
    ]
    compiled = mg.compile(lambda tree: mg.tree_map(lambda leaf: 2.0 * leaf, tree))
    with pytest.warns(UserWarning, match="has been compiled for 9 signatures"):
        for tree in 2 * trees:
            assert repr(compiled(tree)) == repr(mg.tree_map(lambda leaf: 2.0 * leaf, tree))
    assert len(compiled.versions) == len(trees)
