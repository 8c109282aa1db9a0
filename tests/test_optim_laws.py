"""Laws of every optimiser: dtypes are the parameters' own whatever the rate is, compiled is eager to the bit, a clip is
a clip, and each array is moved as if it were alone."""

import math
from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import optim
from minigan.backend import dtype_name
from minigan.dynamics import heavy_ball
from minigan.optim.dtypes import in_dtype
from minigan.random import Source


class Given(Source):
    """In place of a generator: noise that goes by an array's shape alone."""

    def noise(self, shape, dtype):
        return mnp.asarray(np.asarray(np.random.default_rng([7, *shape]).standard_normal(shape)), dtype=dtype)


def fed(optimizer):
    """A sampler whose noise is given, so that what holds of every other optimiser may be asked of it."""
    assert optimizer.draws
    return replace(optimizer, update=lambda x, g, state: optimizer.update(x, g, state, Given()), draws=False)


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
    "langevin, cold": lambda lr, clip=None: optim.langevin(lr, 0.0, clip=clip),
    "sghmc, cold": lambda lr, clip=None: optim.sghmc(lr, 0.2, 0.0, clip=clip),
    "langevin, warm": lambda lr, clip=None: fed(optim.langevin(lr, 0.3, clip=clip)),
    "sghmc, warm": lambda lr, clip=None: fed(optim.sghmc(lr, 0.2, 0.3, clip=clip)),
}
WRAPPED = {
    "heavy_ball": lambda lr: heavy_ball(lr, -0.3),
    "clip_weights": lambda lr: optim.clip_weights(optim.adam(lr), 0.5),
    "projected": lambda lr: optim.projected(optim.momentum(lr), lambda x: mnp.maximum(x, -0.2)),
    "historical_averaging": lambda lr: optim.historical_averaging(optim.rmsprop(lr), 0.3),
    "clip_weights, warm": lambda lr: fed(optim.clip_weights(optim.langevin(lr), 0.5)),
    "historical_averaging, warm": lambda lr: fed(optim.historical_averaging(optim.sghmc(lr), 0.3)),
}
WARM = ("langevin, warm", "sghmc, warm", "clip_weights, warm", "historical_averaging, warm")
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


@pytest.mark.parametrize("name", [name for name in EVERY if name not in WARM])
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


# -- defaults, names and dtypes of the parts -----------------------------------------------------------------------

BY_PAPER = {
    "rmsprop": (optim.rmsprop, lambda g: 0.1 * g / (math.sqrt(0.1 * g * g) + 1e-8)),
    "adam": (optim.adam, lambda g: 0.1 * g / (abs(g) + 1e-8)),
    "momentum": (optim.momentum, lambda g: 0.1 * g),
    "sgd": (optim.sgd, lambda g: 0.1 * g),
}


@pytest.mark.parametrize("name", BY_PAPER)
@pytest.mark.parametrize("g", [3.0, 1e-8])
def test_defaults_are_the_papers(name, g):
    """The first step from 0, by hand: with a gradient as small as epsilon it is seen."""
    make, step = BY_PAPER[name]
    optimizer, x = make(0.1), mnp.asarray(0.0)
    assert float(optimizer.update(x, mnp.asarray(g), optimizer.init(x))[0]) == pytest.approx(-step(g), rel=1e-12)


def test_the_second_step_of_the_defaults():
    """mass 0.9 of momentum, betas 0.9 and 0.999 of adam, decay 0.9 of rmsprop, no Nesterov: gradients 2 and then 4."""
    ends = {}
    for name, (make, _) in BY_PAPER.items():
        optimizer, x = make(0.1), mnp.asarray(0.0)
        state = optimizer.init(x)
        for g in (2.0, 4.0):
            x, state = optimizer.update(x, mnp.asarray(g), state)
        ends[name] = float(x)
    m, v = (0.9 * 0.1 * 2.0 + 0.1 * 4.0) / (1 - 0.9**2), (0.999 * 1e-3 * 4.0 + 1e-3 * 16.0) / (1 - 0.999**2)
    assert ends["adam"] == pytest.approx(-0.1 - 0.1 * m / math.sqrt(v), rel=1e-7)
    assert ends["rmsprop"] == pytest.approx(-0.1 / math.sqrt(0.1) - 0.4 / math.sqrt(0.36 + 1.6), rel=1e-7)
    assert ends["momentum"] == pytest.approx(-0.2 - 0.1 * (1.8 + 4.0), rel=1e-14)
    assert ends["sgd"] == pytest.approx(-0.6, rel=1e-14)


def test_the_default_box_of_clipped_weights():
    optimizer, x = optim.clip_weights(optim.sgd(1.0)), mnp.asarray([0.5, -0.5, 0.001])
    end = optimizer.update(x, mnp.asarray([0.1, 0.1, 0.0]), optimizer.init(x))[0]
    assert_array_equal(mg.to_numpy(end), [0.01, -0.01, 0.001])


REFUSED = {
    "the learning rate of sgd, unless it is a schedule,": lambda: optim.sgd(-1.0),
    "the mass of momentum": lambda: optim.momentum(0.1, -1.0),
    "the decay of rmsprop": lambda: optim.rmsprop(0.1, -1.0),
    "the learning rate of sghmc, unless it is a schedule,": lambda: optim.sghmc(-1.0),
    "the friction of sghmc": lambda: optim.sghmc(0.1, -1.0),
    "the temperature of sghmc": lambda: optim.sghmc(0.1, temperature=-1.0),
    "the temperature of langevin": lambda: optim.langevin(0.1, -1.0),
    "the epsilon of rmsprop": lambda: optim.rmsprop(0.1, epsilon=-1.0),
    "the epsilon_root of rmsprop": lambda: optim.rmsprop(0.1, epsilon_root=-1.0),
    "the beta1 of adam": lambda: optim.adam(0.1, -1.0),
    "the beta2 of adam": lambda: optim.adam(0.1, beta2=-1.0),
    "the epsilon of adam": lambda: optim.adam(0.1, epsilon=-1.0),
    "the epsilon_root of adam": lambda: optim.adam(0.1, epsilon_root=-1.0),
    "the norm to clip at": lambda: optim.clip_by_norm(-1.0),
    "the value to clip at": lambda: optim.clip_by_value(-1.0),
    "the limit of clip_weights": lambda: optim.clip_weights(optim.sgd(0.1), -1.0),
    "the weight of historical_averaging": lambda: optim.historical_averaging(optim.sgd(0.1), -1.0),
    "lr": lambda: optim.cosine(-1.0, 3),
    "steps": lambda: optim.cosine(0.1, -1.0),
    "the final rate of cosine": lambda: optim.cosine(0.1, 3, -1.0),
    "the rate of exponential_decay": lambda: optim.exponential_decay(0.1, 3, -1.0),
    "a rate of piecewise": lambda: optim.piecewise([3], [0.1, -1.0]),
}


@pytest.mark.parametrize("option", REFUSED)
def test_a_refusal_begins_with_the_option_and_ends_with_the_value(option):
    with pytest.raises(ValueError) as refused:
        REFUSED[option]()
    assert str(refused.value).startswith(option) and "-1.0" in str(refused.value)


@pytest.mark.parametrize("name", EVERY)
def test_what_is_no_array_of_floats_is_refused_with_the_optimisers_name(name):
    optimizer = EVERY[name](0.1)
    plain = name.split(",")[0].replace("nesterov", "momentum")
    inner = {"clip_weights": "adam", "projected": "momentum"}.get(plain, plain)
    inner = {"clip_weights, warm": "langevin"}.get(name, inner)
    for call in (
        lambda: optimizer.init(mnp.asarray([1, 2])),
        lambda: optimizer.update(mnp.asarray([1, 2]), mnp.zeros(2), optimizer.init(mnp.zeros(2))),
    ):
        with pytest.raises(TypeError, match=inner):
            call()
    with pytest.raises(TypeError, match=f"the gradient given to {inner}"):
        optimizer.update(mnp.zeros(2), mnp.asarray([1, 2]), optimizer.init(mnp.zeros(2)))


def test_optimisers_say_what_they_are():
    assert repr(optim.projected(optim.sgd(0.1), abs)) == "projected(sgd(lr=0.1))"
    assert repr(optim.clip_weights(optim.momentum(0.5), 0.25)) == "clip_weights[0.25](momentum(lr=0.5))"
    assert repr(optim.historical_averaging(optim.rmsprop(0.5), 2.0)) == "historical_averaging[2](rmsprop(lr=0.5))"
    assert repr(optim.sgd(lambda step: 0.1)) == "sgd(lr=<lambda>)"
    assert repr(optim.sghmc(0.1)) == "sghmc(lr=0.1)"
    assert repr(optim.langevin(optim.constant(0.1))) == "langevin(lr=constant)"
    assert repr(heavy_ball(0.1, 0.5)) == "heavy_ball(lr=0.1)"


WIDTHS = [("float16", "float32"), ("float16", "float64"), ("float32", "float64")]


@pytest.mark.parametrize("narrow, wide", WIDTHS)
def test_what_is_common_to_all_arrays_has_the_widest_dtype_and_each_array_its_own(narrow, wide, on_numpy):
    """Half precision is NumPy's and CuPy's; the array-API standard has none."""
    tree = {"0": mnp.asarray([3.0, 0.0], dtype=narrow), "1": mnp.asarray([[4.0]], dtype=wide)}
    assert dtype_name(optim.global_norm(tree).dtype) == wide and float(optim.global_norm(tree)) == 5.0
    assert dtype_name(optim.adam(0.1).init(tree)["step"].dtype) == wide
    assert dtype_name(optim.historical_averaging(optim.sgd(0.1), 0.1).init(tree)["step"].dtype) == wide
    for clip in (optim.clip_by_norm(1.0), optim.clip_by_value(1.0)):
        assert {key: dtype_name(x.dtype) for key, x in clip(tree).items()} == {"0": narrow, "1": wide}
    empty = {"0": mnp.zeros((0,), dtype=narrow)}
    assert dtype_name(optim.global_norm(empty).dtype) == narrow and dtype_name(optim.global_norm({}).dtype) == "float64"


def test_an_array_in_its_dtype_already_is_not_converted():
    """A conversion would be an operation in every compiled step, and a copy."""
    x = mnp.asarray([1.0], dtype="float32")
    assert in_dtype(x, "float32") is x and in_dtype(0.5, "float32") == 0.5
    assert dtype_name(in_dtype(x, "float64").dtype) == "float64"


def test_a_norm_at_the_limit_is_not_clipped():
    x = mnp.asarray([3.0, 4.0])
    assert_array_equal(mg.to_numpy(optim.clip_by_norm(5.0)(x)), [3.0, 4.0])
    found = mg.grad(lambda x: mnp.sum(optim.clip_by_norm(5.0)(x)))(x)
    assert_array_equal(mg.to_numpy(found), [1.0, 1.0])  # from inside, the derivative of x itself


def test_nothing_to_move_is_moved():
    for name in EVERY:
        optimizer = EVERY[name](0.1)
        end, state = optimizer.update((), (), optimizer.init(()))
        assert end == () and float(state["step"]) == 1.0


def test_the_ends_of_what_schedules_take():
    """A decay by 1 is none, one by a hair is, and bounds are seen from the step that they name."""
    assert [float(optim.exponential_decay(0.1, 5, 1.0)(t)) for t in (0, 3, 50)] == [0.1] * 3
    assert float(optim.exponential_decay(0.1, 5, 0.25)(5)) == pytest.approx(0.025, rel=1e-14)
    assert [optim.piecewise([3], [0.2, 0.1])(t) for t in (2, 3)] == [0.2, 0.1]
    for t, rate in ((2.0, 0.2), (3.0, 0.1)):
        assert float(optim.piecewise([3], [0.2, 0.1])(mnp.asarray(t))) == rate
    with pytest.raises(ValueError, match="increase"):
        optim.piecewise([2, 2], [0.1, 0.2, 0.3])
    assert float(optim.cosine(0.1, 4)(4)) == 0.0 and float(optim.cosine(0.1, 4)(9)) == 0.0
    for make in (lambda: optim.momentum(0.1, 0.0), lambda: optim.rmsprop(0.1, 0.0), lambda: optim.adam(0.1, 0.0, 0.0)):
        assert path(make(), mnp.asarray([1.0, 1.0]), 1.0).shape == (2,)  # no memory at all is one of the choices
