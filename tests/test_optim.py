"""Optimisers against the reference, number by number; their states, schedules, clipping and derivatives."""

import json
import math
from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
import reference.adam
from minigan import optim
from minigan.backend import dtype_name

STEPS = 300
START = np.array([1.0, -2.0, 0.5, 0.0])
CURVATURE = np.array([1.0, 10.0, 0.1, 0.0])


def bowl(x):
    """A bowl with ripples, flat along its last axis, where every gradient is exactly zero."""
    return mnp.sum(0.5 * mnp.asarray(CURVATURE) * x**2 - mnp.asarray([1.0, 1.0, 1.0, 0.0]) * mnp.cos(x))


def bowl_gradient(x):
    return CURVATURE * x + np.array([1.0, 1.0, 1.0, 0.0]) * np.sin(x)


class Reference(NamedTuple):
    """An optimiser of ours and the reference's step (x, memory, g, t) -> (x, *memory), under one name.

    ``units`` holds one factor a memory: our adam keeps sums, which (1 - beta) makes into the paper's moments.
    """

    ours: Any
    step: Any
    units: tuple = ()


REFERENCES = {
    "sgd": Reference(optim.sgd(0.02), lambda x, g, t: (reference.adam.sgd(x, g, 0.02),)),
    "momentum": Reference(
        optim.momentum(0.02, mass=0.8), lambda x, v, g, t: reference.adam.momentum(x, v, g, 0.02, 0.8), (1.0,)
    ),
    "rmsprop": Reference(
        optim.rmsprop(0.01, decay=0.95, epsilon=1e-6),
        lambda x, s, g, t: reference.adam.rmsprop(x, s, g, 0.01, 0.95, 1e-6),
        (1.0,),
    ),
    "adam": Reference(
        optim.adam(0.03), lambda x, m, v, g, t: reference.adam.adam(x, m, v, g, t, 0.03), (1.0 - 0.9, 1.0 - 0.999)
    ),
    "adam, other betas": Reference(
        optim.adam(0.03, beta1=0.5, beta2=0.9, epsilon=1e-3),
        lambda x, m, v, g, t: reference.adam.adam(x, m, v, g, t, 0.03, 0.5, 0.9, 1e-3),
        (1.0 - 0.5, 1.0 - 0.9),
    ),
    "adam, no first moment": Reference(
        optim.adam(0.03, beta1=0.0),
        lambda x, m, v, g, t: reference.adam.adam(x, m, v, g, t, 0.03, 0.0),
        (1.0, 1.0 - 0.999),
    ),
}
OPTIMIZERS = {
    **{name: r.ours for name, r in REFERENCES.items()},
    "nesterov": optim.momentum(0.02, nesterov=True),
    "scheduled": optim.adam(optim.warmup(optim.cosine(0.1, 20), 5), clip=optim.clip_by_norm(1.0)),
}


def run(optimizer, x, steps, gradient):
    init, update = optimizer
    state = init(x)
    for _ in range(steps):
        x, state = update(x, gradient(x), state)
    return x, state


@pytest.mark.parametrize("name", REFERENCES)
def test_every_number_of_a_run_is_the_references(name):
    """Both runs feed their own x back. In a bowl rounding errors contract, so 300 steps cost few digits."""
    init, update = REFERENCES[name].ours
    x, theirs = mnp.asarray(START), START
    state, memory = init(x), [np.zeros(4)] * len(REFERENCES[name].units)
    for t in range(1, STEPS + 1):
        x, state = update(x, mg.grad(bowl)(x), state)
        theirs, *memory = REFERENCES[name].step(theirs, *memory, bowl_gradient(theirs), t)
        assert_allclose(mg.to_numpy(x), theirs, rtol=1e-11, atol=1e-13)
        kept = [mg.to_numpy(value) for key, value in state.items() if key != "step"]
        for ours, unit, expected in zip(kept, REFERENCES[name].units, memory, strict=True):
            assert_allclose(unit * ours, expected, rtol=1e-11, atol=1e-13)
    assert float(state["step"]) == STEPS


def test_nesterov_looks_ahead():
    """The iterate is plain momentum seen from where its velocity will carry it: x = point - lr mass v."""
    mass, lr, a = 0.7, 0.05, 3.0
    x, _ = run(optim.momentum(lr, mass=mass, nesterov=True), mnp.asarray([1.0]), 20, lambda x: a * x)
    point, velocity = 1.0, 0.0
    for _ in range(20):
        velocity = mass * velocity + a * (point - lr * mass * velocity)  # the gradient ahead of the point
        point = point - lr * velocity
    assert_allclose(mg.to_numpy(x), [point - lr * mass * velocity], rtol=1e-12)


def test_adam_in_float32_keeps_its_first_steps():
    """1 - 0.999 in float32 is wrong in the fifth digit, and the first step would be, too."""
    gradient = mnp.asarray([250.0, -1e-3, 4.0], dtype="float32")
    x, _ = run(optim.adam(0.25), mnp.zeros(3, dtype="float32"), 1, lambda x: gradient)
    assert_allclose(mg.to_numpy(x), [-0.25, 0.25 / 1.00001, -0.25], rtol=4 * np.finfo(np.float32).eps)


# -- dtypes and trees ----------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float32_stays_float32(name):
    x, state = run(OPTIMIZERS[name], mnp.asarray(START, dtype="float32"), 3, lambda x: mnp.sin(x))
    assert {dtype_name(leaf.dtype) for leaf in mg.tree_leaves((x, state))} == {"float32"}
    double, _ = run(OPTIMIZERS[name], mnp.asarray(START), 3, lambda x: mnp.sin(x))
    assert_allclose(mg.to_numpy(x), mg.to_numpy(double), rtol=2e-6, atol=1e-6)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_float64_stays_float64_and_mixed_trees_stay_mixed(name):
    params = {"half": mnp.asarray([1.0, 2.0], dtype="float32"), "whole": mnp.asarray([[1.0], [2.0]])}
    x, state = run(OPTIMIZERS[name], params, 3, lambda p: mg.tree_map(mnp.sin, p))
    for tree in (x, *(value for key, value in state.items() if key != "step")):
        assert dtype_name(tree["half"].dtype) == "float32" and dtype_name(tree["whole"].dtype) == "float64"
    assert dtype_name(state["step"].dtype) == "float64"
    wide = {"half": mnp.zeros(2), "whole": mnp.zeros((2, 1))}  # gradients of another dtype are cast
    x, _ = OPTIMIZERS[name].update(params, wide, OPTIMIZERS[name].init(params))
    assert dtype_name(x["half"].dtype) == "float32"


class Pair(NamedTuple):
    left: Any
    right: Any


@pytest.mark.parametrize("name", [name for name in OPTIMIZERS if name != "scheduled"])  # clipping joins the leaves
def test_a_tree_is_its_leaves_one_by_one(name):
    rng = np.random.default_rng(0)
    shapes = [(2, 3), (3,), (), (0,), (1, 1)]
    leaves = [mnp.asarray(rng.standard_normal(shape)) for shape in shapes]
    tree = ({"w": leaves[0], "b": leaves[1]}, None, Pair(leaves[2], [leaves[3], (None, leaves[4])]))
    x, _ = run(OPTIMIZERS[name], tree, 4, lambda p: mg.tree_map(mnp.sin, p))
    assert type(x[2]) is Pair and x[1] is None and x[2].right[1][0] is None
    separate = [run(OPTIMIZERS[name], leaf, 4, mnp.sin)[0] for leaf in mg.tree_leaves(tree)]
    for a, b in zip(mg.tree_leaves(x), separate):
        assert_array_equal(mg.to_numpy(a), mg.to_numpy(b))
    empty = OPTIMIZERS[name].update((None, {}), (None, {}), OPTIMIZERS[name].init((None, {})))
    assert empty[0] == (None, {}) and float(empty[1]["step"]) == 1.0


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_a_state_of_arrays_goes_through_json_and_on(name):
    optimizer = OPTIMIZERS[name]
    x, state = run(optimizer, mnp.asarray(START), 7, mnp.sin)
    leaves = mg.tree_leaves(state)
    assert all(isinstance(mg.to_numpy(leaf), np.ndarray) for leaf in leaves)
    kept = json.loads(json.dumps({key: mg.to_numpy(value).tolist() for key, value in state.items()}))
    restored = {key: mnp.asarray(value) for key, value in kept.items()}
    a, b = (optimizer.update(x, mnp.sin(x), s) for s in (state, restored))
    for left, right in zip(mg.tree_leaves(a), mg.tree_leaves(b)):
        assert_array_equal(mg.to_numpy(left), mg.to_numpy(right))


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_arguments_are_left_alone(name):
    x = mnp.asarray(START)
    state = OPTIMIZERS[name].init(x)
    x, state = OPTIMIZERS[name].update(x, mnp.sin(x), state)
    g = mnp.cos(x)
    before = [mg.to_numpy(leaf).copy() for leaf in mg.tree_leaves((x, g, state))]
    OPTIMIZERS[name].update(x, g, state)
    for leaf, kept in zip(mg.tree_leaves((x, g, state)), before):
        assert_array_equal(mg.to_numpy(leaf), kept)


@pytest.mark.parametrize("number", [np.float64, np.float32])
def test_numbers_of_numpy_as_hyperparameters_are_weak_too(number):
    x = mnp.asarray(START, dtype="float32")
    rate = optim.warmup(optim.cosine(number(0.1), number(20), number(0.01)), number(5))
    clip = optim.clip_by_norm(number(1.0))
    optimizer = optim.adam(rate, number(0.9), number(0.99), number(1e-8), number(1e-8), clip)
    for tree in (run(optimizer, x, 3, mnp.sin), run(optim.momentum(number(0.1), number(0.5)), x, 3, mnp.sin)):
        assert {dtype_name(leaf.dtype) for leaf in mg.tree_leaves(tree)} == {"float32"}
    rate = optim.piecewise([number(2)], [number(0.1), number(0.2)])
    clip = optim.clip_by_value(number(1.0))
    assert dtype_name(run(optim.rmsprop(rate, number(0.9), clip=clip), x, 3, mnp.sin)[0].dtype) == "float32"


def test_python_numbers_are_parameters():
    x, _ = run(optim.sgd(0.5), {"x": 1.0}, 2, lambda p: p)
    assert float(x["x"]) == 0.25


# -- schedules -----------------------------------------------------------------

SCHEDULES = {
    "constant": (optim.constant(0.1), lambda t: 0.1),
    "exponential_decay": (optim.exponential_decay(0.1, 7, 0.5), lambda t: 0.1 * 0.5 ** (t / 7)),
    "cosine": (
        optim.cosine(0.1, 8, final=0.01),
        lambda t: 0.01 + 0.09 * (1 + math.cos(math.pi * min(t, 8) / 8)) / 2,
    ),
    "piecewise": (
        optim.piecewise([3, 6], [0.3, 0.2, 0.1]),
        lambda t: 0.3 if t < 3 else 0.2 if t < 6 else 0.1,
    ),
    "piecewise of one": (optim.piecewise([], [0.3]), lambda t: 0.3),
    "warmup": (optim.warmup(0.1, 4), lambda t: 0.1 * min((t + 1) / 4, 1)),
    "warmup of another": (
        optim.warmup(optim.exponential_decay(0.1, 2, 0.9), 4),
        lambda t: min((t + 1) / 4, 1) * 0.1 * 0.9 ** (t / 2),
    ),
}


@pytest.mark.parametrize("name", SCHEDULES)
def test_schedules_by_hand_for_numbers_and_arrays(name):
    schedule, by_hand = SCHEDULES[name]
    for t in range(12):
        for step in (t, float(t), mnp.asarray(float(t))):
            assert float(schedule(step)) == pytest.approx(by_hand(t), rel=1e-14)
        single = schedule(mnp.asarray(float(t), dtype="float32"))
        assert not hasattr(single, "dtype") or dtype_name(single.dtype) == "float32"
        assert float(single) == pytest.approx(by_hand(t), rel=1e-6)


@pytest.mark.parametrize("name", SCHEDULES)
def test_sgd_walks_by_the_schedule_from_step_zero(name):
    """With gradient one, x falls by the sum of the rates at 0, 1, ..., n - 1."""
    schedule, by_hand = SCHEDULES[name]
    x, state = run(optim.sgd(schedule), mnp.zeros(2), 12, lambda x: mnp.ones(2))
    assert_allclose(mg.to_numpy(x), -sum(by_hand(t) for t in range(12)) * np.ones(2), rtol=1e-13)
    assert float(state["step"]) == 12.0


def test_a_learning_rate_can_be_differentiated():
    """x after three steps on x^2 / 2 is (1 - lr)^3, with derivative -3 (1 - lr)^2 in lr."""
    for make in (lambda lr: optim.sgd(lr), lambda lr: optim.sgd(lambda step: lr)):

        def end(lr, make=make):
            return run(make(lr), mnp.asarray(1.0), 3, lambda x: x)[0]

        assert float(mg.grad(end)(mnp.asarray(0.1))) == pytest.approx(-3 * 0.9**2, rel=1e-14)


# -- clipping ------------------------------------------------------------------


def random_tree(scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "a": mnp.asarray(scale * rng.standard_normal((3, 2))),
        "b": (mnp.asarray(scale * rng.standard_normal()), None),
    }


def flat(tree):
    return np.concatenate([np.ravel(mg.to_numpy(leaf)) for leaf in mg.tree_leaves(tree)])


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e3, 1e200, 1e-200])
def test_the_norm_of_a_tree(scale):
    tree = random_tree(scale)
    assert float(optim.global_norm(tree)) == pytest.approx(math.hypot(*flat(tree)), rel=1e-14)


def test_clipping_by_norm_keeps_direction_and_bounds_length():
    tree = random_tree()
    norm = np.linalg.norm(flat(tree))
    for limit in (0.1, 1.0, norm * 0.999):
        assert_allclose(flat(optim.clip_by_norm(limit)(tree)), flat(tree) * limit / norm, rtol=1e-13)
    for limit in (norm * 1.001, 1e6):
        assert_array_equal(flat(optim.clip_by_norm(limit)(tree)), flat(tree))
    huge = flat(optim.clip_by_norm(1.0)(random_tree(1e300)))
    assert_allclose(huge, flat(tree) / norm, rtol=1e-13)


def test_clipping_by_value():
    tree = random_tree()
    clipped = optim.clip_by_value(0.3)(tree)
    assert_array_equal(flat(clipped), np.clip(flat(tree), -0.3, 0.3))
    assert clipped["b"][1] is None


def test_zero_and_broken_gradients_go_through_clipping():
    zero = (mnp.zeros(3), mnp.zeros((0,)))
    assert_array_equal(flat(optim.clip_by_norm(1.0)(zero)), np.zeros(3))
    assert float(optim.global_norm(())) == 0.0 and optim.clip_by_norm(1.0)(()) == ()
    with np.errstate(invalid="ignore"):
        for broken in (math.nan, math.inf):
            found = flat(optim.clip_by_norm(1.0)(mnp.asarray([broken, 2.0])))
            assert_array_equal(found, [broken, 2.0])


def test_clipping_differentiates():
    mg.check_grads(lambda *leaves: optim.clip_by_norm(0.5)(leaves), (mnp.asarray([3.0, -1.0]), mnp.asarray(0.7)))
    mg.check_grads(lambda *leaves: optim.clip_by_norm(50.0)(leaves), (mnp.asarray([3.0, -1.0]), mnp.asarray(0.7)))
    mg.check_grads(lambda *leaves: optim.global_norm(leaves), (mnp.asarray([3.0, -1.0]), mnp.asarray(0.7)))
    assert_array_equal(mg.to_numpy(mg.grad(optim.global_norm)(mnp.zeros(3))), np.zeros(3))


def test_an_optimizer_clips_first():
    clip = optim.clip_by_norm(0.5)
    params = random_tree(3.0)
    found, _ = run(optim.adam(0.1, clip=clip), params, 5, lambda p: mg.tree_map(mnp.sin, p))
    by_hand, _ = run(optim.adam(0.1), params, 5, lambda p: clip(mg.tree_map(mnp.sin, p)))
    assert_array_equal(flat(found), flat(by_hand))


# -- unrolled ------------------------------------------------------------------


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_unrolled_updates_differentiate(name):
    """The end of four updates on a bowl, as a function of the start and of the bowl's curvature."""

    def end(start, curvature):
        return run(OPTIMIZERS[name], start, 4, lambda x: mnp.sinh(x) * curvature)[0]

    mg.check_grads(end, (mnp.asarray([1.0, -0.5]), mnp.asarray([0.7, 1.3])))


@pytest.mark.parametrize("make", [optim.adam, optim.rmsprop])
@pytest.mark.parametrize("epsilon_root", [0.0, 1e-4])
def test_unrolling_through_a_gradient_of_zero_is_finite(make, epsilon_root):
    """A dead unit. To first order in g the first step is lr g / (sqrt(epsilon_root) + epsilon)."""
    optimizer = make(0.1, epsilon=1e-2, epsilon_root=epsilon_root)
    slope = 0.1 / (math.sqrt(epsilon_root) + 1e-2)

    def one_step(g):
        return run(optimizer, mnp.zeros(()), 1, lambda x: g)[0]

    def many(g):
        return run(optimizer, mnp.zeros(()), 5, lambda x: g)[0]

    zero = mnp.asarray(0.0)
    assert float(mg.grad(one_step)(zero)) == pytest.approx(-slope, rel=1e-12)
    assert float(mg.jvp(one_step, (zero,), (1.0,))[1]) == pytest.approx(-slope, rel=1e-12)
    assert math.isfinite(float(mg.grad(many)(zero)))
    assert math.isfinite(float(mg.grad(mg.grad(many))(zero)))
    assert math.isfinite(float(mg.hvp(many)(zero, mnp.asarray(1.0))))


def test_an_update_can_be_recorded_as_a_program():
    """No branch on values: the recorded step is the step, for other numbers and later steps as well."""
    init, update = OPTIMIZERS["scheduled"]
    x = mnp.asarray(START)
    state = init(x)
    program = mg.trace(update)(x, mnp.sin(x), state)
    for _ in range(3):
        g = mnp.cos(x)
        replayed, expected = program(x, g, state), update(x, g, state)
        for a, b in zip(mg.tree_leaves(replayed), mg.tree_leaves(expected)):
            assert_allclose(mg.to_numpy(a), mg.to_numpy(b), rtol=1e-14)
        x, state = expected


# -- what is refused -----------------------------------------------------------

X = {"w": np.ones(2), "b": np.ones(())}


def updated(gradient, optimizer=None, params=None, state=None):
    optimizer = optimizer or optim.adam(0.1)
    params = mg.tree_map(mnp.asarray, X) if params is None else params
    return optimizer.update(params, gradient, optimizer.init(params) if state is None else state)


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (
            lambda: optim.sgd(0.0),
            ValueError,
            "learning rate of sgd, unless it is a schedule, is a positive number, and was 0.0",
        ),
        (lambda: optim.adam(-1.0), ValueError, "-1.0"),
        (lambda: optim.momentum(math.nan), ValueError, "nan"),
        (lambda: optim.rmsprop(math.inf), ValueError, "inf"),
        (lambda: optim.sgd(True), ValueError, "True"),
        (lambda: optim.sgd("0.1"), ValueError, "'0.1'"),
        (lambda: optim.momentum(0.1, mass=1.0), ValueError, r"mass of momentum lies in \[0, 1\)"),
        (lambda: optim.adam(0.1, beta1=-0.1), ValueError, "beta1"),
        (lambda: optim.adam(0.1, beta2=1.0), ValueError, "beta2"),
        (lambda: optim.rmsprop(0.1, decay=1.5), ValueError, "decay"),
        (lambda: optim.adam(0.1, epsilon=-1e-8), ValueError, "epsilon of adam"),
        (lambda: optim.adam(0.1, epsilon_root=math.nan), ValueError, "epsilon_root"),
        (lambda: optim.adam(0.1, clip=1.0), TypeError, "clip_by_norm"),
        (lambda: optim.clip_by_norm(0.0), ValueError, "positive"),
        (lambda: optim.clip_by_value(-1.0), ValueError, "positive"),
        (lambda: optim.constant(0.0), ValueError, "lr is a positive number"),
        (lambda: optim.exponential_decay(0.1, 0, 0.5), ValueError, "steps"),
        (lambda: optim.exponential_decay(0.1, 5, 1.5), ValueError, "rate"),
        (lambda: optim.cosine(0.1, 5, final=-1.0), ValueError, "final"),
        (lambda: optim.piecewise([1, 2], [0.1, 0.2]), ValueError, "one more rate than boundaries"),
        (lambda: optim.piecewise([2, 1], [0.1, 0.2, 0.3]), ValueError, "increase"),
        (lambda: optim.warmup(0.1, 0), ValueError, "steps"),
        (
            lambda: updated({"w": mnp.ones(2)}),
            ValueError,
            r"gradient given to adam has the structure \{'w': \*\} and the parameters \{'b': \*, 'w': \*\}",
        ),
        (
            lambda: updated({"w": mnp.ones(3), "b": mnp.ones(())}),
            ValueError,
            r"float64\[3\] at leaf 1, where .* float64\[2\]",
        ),
        (lambda: updated({"w": 1, "b": 1}), TypeError, "no derivative"),
        (lambda: optim.adam(0.1).init({"w": mnp.asarray([1, 2])}), TypeError, "no derivative"),
        (
            lambda: updated(mg.tree_map(mnp.asarray, X), state=optim.sgd(0.1).init(mg.tree_map(mnp.asarray, X))),
            ValueError,
            "state of adam is a dict of",
        ),
        (
            lambda: updated(mnp.ones(2), params=mnp.ones(2), state=optim.adam(0.1).init((mnp.ones(2),))),
            ValueError,
            "the first_moment of adam has the structure",
        ),
    ],
)
def test_refused_in_a_sentence(bad, error, words):
    with pytest.raises(error, match=words):
        bad()


def test_an_optimizer_is_a_pair_and_says_what_it_is():
    optimizer = optim.adam(0.1)
    init, update = optimizer
    assert init is optimizer.init and update is optimizer.update
    assert repr(optimizer) == "adam(lr=0.1)"
