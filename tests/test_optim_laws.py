"""Laws of every optimiser: dtypes are the parameters' own whatever the rate is, compiled is eager to the bit, a clip is
a clip, and each array is moved as if it were alone."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import optim
from minigan.backend import dtype_name
from minigan.dynamics import heavy_ball

# every optimiser as a function of its rate and its clip
MAKERS = {
    "sgd": lambda lr, clip=None: optim.sgd(lr, clip=clip),
    "momentum": lambda lr, clip=None: optim.momentum(lr, 0.8, clip=clip),
    "nesterov": lambda lr, clip=None: optim.momentum(lr, 0.8, nesterov=True, clip=clip),
    "rmsprop": lambda lr, clip=None: optim.rmsprop(lr, 0.8, clip=clip),
    "rmsprop, epsilon in the root": lambda lr, clip=None: optim.rmsprop(lr, 0.8, epsilon_root=1e-3, clip=clip),
    "adam": lambda lr, clip=None: optim.adam(lr, clip=clip),
    "adam, no first moment": lambda lr, clip=None: optim.adam(lr, beta1=0.0, clip=clip),
    "adam, epsilon in the root": lambda lr, clip=None: optim.adam(lr, 0.5, 0.8, 1e-4, 1e-3, clip=clip),
}
WRAPPED = {
    "heavy_ball": lambda lr: heavy_ball(lr, -0.3),
    "clip_weights": lambda lr: optim.clip_weights(optim.adam(lr), 0.5),
    "projected": lambda lr: optim.projected(optim.momentum(lr), lambda x: mnp.maximum(x, -0.2)),
    "historical_averaging": lambda lr: optim.historical_averaging(optim.rmsprop(lr), 0.3),
}
EVERY = {**MAKERS, **WRAPPED}
RATES = {
    "a number": lambda: 0.1,
    "a NumPy number": lambda: np.float64(0.1),
    "a float64 array": lambda: mnp.asarray(0.1),
    "a schedule that gives float64 arrays": lambda: lambda step: mnp.asarray(0.1),
    "a schedule of the step": lambda: optim.warmup(optim.exponential_decay(0.1, 7, 0.5), 3),
}
each = pytest.mark.parametrize("name", EVERY)


def parameters(dtype="float64", seed=0):
    """A matrix, a vector, a number, an array of nothing, and zeros of both signs."""
    rng = np.random.default_rng(seed)
    host = [rng.standard_normal((5, 7)), rng.standard_normal(7), np.float64(0.3), np.zeros((0, 2)), np.array([0.0, -0.0])]
    return {str(i): mnp.asarray(np.asarray(x), dtype=dtype) for i, x in enumerate(host)}


def gradients(params, n):
    """``n`` trees like ``params``, drawn from a seed array by array; the first one has zeros in it."""
    drawn = []
    for i in range(n):
        rngs = {key: np.random.default_rng([int(key), i]) for key in params}
        host = {key: np.asarray(rngs[key].standard_normal(x.shape)) for key, x in params.items()}
        drawn.append({k: mnp.asarray(g if i else g * (g > 0), dtype=params[k].dtype) for k, g in host.items()})
    return drawn


def steps(optimizer, params, n, update=None):
    """Parameters and states after each of ``n`` updates."""
    update, state, seen = update or optimizer.update, optimizer.init(params), []
    for gradient in gradients(params, n):
        params, state = update(params, gradient, state)
        seen.append((params, state))
    return seen


def bits(tree):
    return [(dtype_name(x.dtype), x.shape, mg.to_numpy(x).tobytes()) for x in mg.tree_leaves(tree)]


@each
@pytest.mark.parametrize("rate", RATES)
def test_parameters_and_state_keep_their_dtypes_whatever_the_rate_is(name, rate):
    params = {"0": mnp.asarray([1.0, -2.0], dtype="float32"), "1": mnp.asarray([[0.5]])}
    optimizer = EVERY[name](RATES[rate]())
    start = optimizer.init(params)
    end, state = steps(optimizer, params, 2)[-1]
    for one, other in ((params, end), (start, state)):
        assert mg.tree_map(lambda x: dtype_name(x.dtype), one) == mg.tree_map(lambda x: dtype_name(x.dtype), other)
    alone = steps(EVERY[name](RATES[rate]()), {"0": params["0"]}, 2)[-1]
    assert {dtype_name(x.dtype) for x in mg.tree_leaves(alone)} == {"float32"}


@each
def test_a_rate_is_the_same_rate_as_a_number_an_array_or_a_schedule(name):
    as_number, *others = (steps(EVERY[name](RATES[rate]()), parameters(), 3)[-1] for rate in list(RATES)[:4])
    for other in others:
        for a, b in zip(mg.tree_leaves(as_number), mg.tree_leaves(other), strict=True):
            assert_allclose(mg.to_numpy(b), mg.to_numpy(a), rtol=1e-14)


@each
@pytest.mark.parametrize("rate", ["a number", "a schedule of the step"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_compiled_is_eager_to_the_bit(name, rate, dtype, on_numpy):
    """Updates of different arrays are packed into one, and nothing may be rounded otherwise for it."""
    optimizer = EVERY[name](RATES[rate]())
    plain = steps(optimizer, parameters(dtype), 6)
    compiled = steps(optimizer, parameters(dtype), 6, mg.compile(optimizer.update))
    for one, other in zip(plain, compiled, strict=True):
        assert bits(one) == bits(other)


@each
def test_each_array_is_moved_as_if_it_were_alone(name):
    params = parameters()
    together = steps(EVERY[name](0.1), params, 3)[-1][0]
    for key in params:
        assert bits(steps(EVERY[name](0.1), {key: params[key]}, 3)[-1][0]) == bits({key: together[key]})


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("clip", [optim.clip_by_norm(0.3), optim.clip_by_value(0.1)], ids=["norm", "value"])
def test_a_clip_is_applied_to_the_gradient_first(name, clip):
    params = parameters()
    clipping, plain = MAKERS[name](0.1, clip), MAKERS[name](0.1)
    by_hand = steps(plain, params, 4, lambda x, g, state: plain.update(x, clip(g), state))
    assert bits(steps(clipping, params, 4)) == bits(by_hand)
    assert bits(by_hand[0][0]) != bits(steps(plain, params, 4)[0][0]) or name.startswith(("adam", "rmsprop"))


@pytest.mark.parametrize("name", EVERY)
def test_a_gradient_of_zero_leaves_the_parameters_at_the_first_step(name):
    optimizer, x = EVERY[name](0.1), mnp.asarray([0.25, -0.125])
    end, state = optimizer.update(x, mnp.zeros(2), optimizer.init(x))
    assert_array_equal(mg.to_numpy(end), [0.25, -0.125])
    assert float(state["step"]) == 1.0


def path(optimizer, x, scale):
    """Three steps from ``x`` by gradients ``scale`` times as large as [1, -3], [2, -2], [3, -1]."""
    state = optimizer.init(x)
    for i in range(3):
        x, state = optimizer.update(x, scale * mnp.asarray([1.0 + i, -3.0 + i]), state)
    return mg.to_numpy(x)


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "heavy_ball"])
@pytest.mark.parametrize("unit", [2.0**20, 2.0**-20])
def test_in_other_units_the_path_is_the_same(name, unit):
    """With x in a unit 1 / ``unit`` as large a gradient is 1 / ``unit`` as large, and the rate unit^2 as large."""
    x = mnp.asarray([1.0, -2.0])
    scaled = path(EVERY[name](0.1 * unit**2), unit * x, 1.0 / unit)
    assert_array_equal(scaled / unit, path(EVERY[name](0.1), x, 1.0))


@pytest.mark.parametrize("make", [optim.rmsprop, optim.adam])
@pytest.mark.parametrize("scale", [2.0**10, 2.0**-10])
def test_adaptive_steps_do_not_see_the_gradients_unit(make, scale):
    x, optimizer = mnp.asarray([1.0, -2.0]), make(0.1, epsilon=0.0)
    assert_array_equal(path(optimizer, x, scale), path(optimizer, x, 1.0))
    # an epsilon and an epsilon_root in the gradients' unit are seen as little
    at_scale, plain = (make(0.1, epsilon=0.25 * unit, epsilon_root=0.5 * unit**2) for unit in (scale, 1.0))
    assert_array_equal(path(at_scale, x, scale), path(plain, x, 1.0))
