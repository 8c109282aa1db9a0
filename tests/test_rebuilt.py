"""What crosses processes: rebuilt there from its factory's name and arguments, it computes the same bits."""

import copy
import dataclasses
import multiprocessing
import pickle
from operator import methodcaller

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import dynamics, gan, nn, optim
from minigan.autodiff.primitive import PRIMITIVES
from minigan.divergences import TABLE, alpha, weighted_jensen_shannon
from minigan.gan.games import GAMES
from minigan.random import generator
from minigan.rebuilt import Rebuilt, rebuilt_by_name

LAYERS = {
    "activation": lambda: nn.activation(mnp.sin),
    "avg_pool2d": lambda: nn.avg_pool2d(2, count_include_pad=False, padding=1),
    "batch_norm": lambda: nn.batch_norm(1e-3),
    "branches": lambda: nn.branches(nn.dense(3), a=nn.tanh, b=nn.dense(1)),
    "causal_convolution": lambda: nn.causal_convolution(3, kernel=3, dilation=2),
    "concatenate": lambda: nn.concatenate(nn.identity, nn.embedding(3, 2)),
    "conv2d": lambda: nn.conv2d(4, (3, 2), stride=2, weight=nn.normal(0.1)),
    "conv_transpose2d": lambda: nn.conv_transpose2d(4, 4, 2, padding=1, use_bias=False),
    "dense": lambda: nn.dense(3, nn.he_uniform(0.2), bias=nn.normal(0.5)),
    "dropout": lambda: nn.dropout(0.5),
    "elu": lambda: nn.elu,
    **{name: lambda name=name: getattr(nn, name) for name in ("gelu", "gelu_tanh", "silu")},
    "embedding": lambda: nn.embedding(3, 2),
    "flatten": lambda: nn.flatten,
    "identity": lambda: nn.identity,
    "instance_noise": lambda: nn.instance_noise(0.1),
    "leaky_relu": lambda: nn.leaky_relu(0.1),
    "masked_conv2d": lambda: nn.masked_conv2d(3, 3, "before"),
    "masked_dense": lambda: nn.masked_dense(nn.autoregressive_masks(range(4))[0], bias=nn.normal(0.5)),
    "max_pool2d": lambda: nn.max_pool2d(2),
    "minibatch_discrimination": lambda: nn.minibatch_discrimination(2, width=3),
    "minibatch_stddev": lambda: nn.minibatch_stddev(group=3),
    "mlp": lambda: nn.mlp([4, 2], "relu", output=nn.sigmoid),
    "packing": lambda: nn.packing(nn.mlp([3, 1]), 2),
    "reference_batch_norm": lambda: nn.with_reference(nn.reference_batch_norm(4), 4),
    "relu": lambda: nn.relu,
    "reshape": lambda: nn.reshape(4, 1),
    "sequential": lambda: nn.sequential(nn.dense(3), nn.batch_norm(), nn.tanh, nn.dropout(0.2)),
    "sigmoid": lambda: nn.sigmoid,
    "softplus": lambda: nn.softplus,
    "spectral_norm": lambda: nn.spectral_norm(nn.dense(3), iterations=2),
    "tanh": lambda: nn.tanh,
    "upsample": lambda: nn.upsample((2, 3), mode="bilinear"),
    "virtual_batch_norm": lambda: nn.with_reference(nn.virtual_batch_norm(4), count=4),
    "with_reference": lambda: nn.with_reference(nn.dense(3), 4),
}
BIJECTIONS = {
    "activation_norm": lambda: nn.activation_norm(),
    "affine_coupling": lambda: nn.affine_coupling(nn.mlp([3, 8], "tanh"), "second half", largest=1.5),
    "chain": lambda: nn.chain(nn.unflatten(2, 2), nn.squeeze, nn.invertible_linear()),
    "invertible_linear": lambda: nn.invertible_linear(),
    "squeeze": lambda: nn.chain(nn.unflatten(2, 2), nn.squeeze),
    "unflatten": lambda: nn.unflatten(2, 2),
}
INITIALISERS = {
    "constant": lambda: nn.constant(3.0),
    "glorot_normal": lambda: nn.glorot_normal(2.0),
    "glorot_uniform": lambda: nn.glorot_uniform(),
    "he_normal": lambda: nn.he_normal(slope=0.2),
    "he_uniform": lambda: nn.he_uniform(0.2),
    "normal": lambda: nn.normal(0.3),
    "orthogonal": lambda: nn.orthogonal(0.5),
    "xavier_normal": lambda: nn.xavier_normal(3.0),
    "xavier_uniform": lambda: nn.xavier_uniform(3.0),
    "zeros": lambda: nn.zeros(),
}
OPTIMIZERS = {
    "adam": lambda: optim.adam(optim.cosine(0.1, 100), beta1=0.5, clip=optim.clip_by_norm(1.0)),
    "clip_weights": lambda: optim.clip_weights(optim.momentum(0.1), 0.3),
    "historical_averaging": lambda: optim.historical_averaging(optim.sgd(0.1), weight=0.2),
    "langevin": lambda: optim.langevin(optim.cosine(0.1, 10), temperature=0.0),
    "momentum": lambda: optim.momentum(optim.warmup(optim.exponential_decay(0.1, 10, 0.5), 3), nesterov=True),
    "projected": lambda: optim.projected(optim.sgd(optim.constant(0.1)), mnp.abs),
    "rmsprop": lambda: optim.rmsprop(optim.piecewise([1, 2], [0.1, 0.2, 0.3]), clip=optim.clip_by_value(0.1)),
    "sgd": lambda: optim.sgd(0.1),
    "sghmc": lambda: optim.sghmc(0.1, friction=0.3, temperature=0.0),
}
PARTS = ("clip_by_norm", "clip_by_value", "constant", "cosine", "exponential_decay", "piecewise", "warmup")
ROWS = [*TABLE.values(), alpha(1 / 3), alpha(-0.7), weighted_jensen_shannon(0.7)]
PLAYED = {
    **{name: game for name, game in GAMES.items()},
    **{f"trainable {row}": lambda row=row: gan.trainable_f_gan(row) for row in ROWS},
    "f_gan": lambda: gan.f_gan("pearson", generator="modified", canonical=True),
    "label_smoothing": lambda: gan.label_smoothing(0.8, gan.minimax()),
    "feature_matching": lambda: gan.feature_matching(nn.dense(3), game=gan.hinge()),
}
METHODS = {
    **{name: (lambda method=method: method(optim.adam(0.1), optim.sgd(0.2))) for name, method in dynamics.METHODS.items()},
    "iterate_average": lambda: dynamics.iterate_average(dynamics.alternating(0.1, y_steps=2, first="y")),
    "exponential_moving_average": lambda: dynamics.exponential_moving_average(dynamics.extragradient(0.1), 0.9),
    "heavy_ball": lambda: dynamics.simultaneous(dynamics.heavy_ball(0.1, -0.5)),
}
SHAPES = {  # of the inputs, where it is not (12, 4)
    **dict.fromkeys(["avg_pool2d", "conv2d", "conv_transpose2d", "max_pool2d", "upsample", "flatten"], (2, 6, 6, 2)),
    "concatenate": ((12, 4), (12,)), "embedding": (12,), "causal_convolution": (2, 6, 3), "masked_conv2d": (2, 6, 6, 2),
}  # fmt: skip


def test_nothing_that_the_packages_export_is_left_out():
    apart = {"Activation", "Bijection", "Layer", "Optimizer"}
    apart |= {"autoregressive_masks", "window_mask", "update_statistics", "global_norm"}
    assert set(nn.__all__) - apart == set(LAYERS) | set(BIJECTIONS) | set(INITIALISERS)
    assert set(optim.__all__) - apart == set(OPTIMIZERS) | set(PARTS)


def input_of(shape):
    if shape and isinstance(shape[0], tuple):
        return tuple(map(input_of, shape))
    return generator(1).integers(0, 3, shape) if len(shape) == 1 else generator(1).standard_normal(shape)


def bits(tree):
    return [mg.to_numpy(leaf) for leaf in mg.tree_leaves(tree)]


def same(a, b):
    for x, y in zip(bits(a), bits(b), strict=True):
        assert x.dtype == y.dtype
        assert_array_equal(x, y)


def as_layer(layer, shape):
    """All there is to see of a layer: parameters, outputs in training, new statistics, derivatives."""
    params, x = layer.init(generator(0), shape), input_of(shape)
    y = layer.apply(params, x, train=True, rng=generator(2))
    gradient = mg.grad(lambda params: sum(mnp.sum(mnp.square(part)) for part in mg.tree_leaves(layer.apply(params, x))))
    derivative = gradient(params) if mg.tree_leaves(params) else ()
    return params, y, layer.apply(params, x), nn.update_statistics(layer, params, x, 0.3, generator(3)), derivative


def as_optimizer(optimizer):
    """Three updates of two arrays."""
    params = {"a": generator(0).standard_normal((3,)), "b": generator(1).standard_normal((2, 2))}
    state, seen = optimizer.init(params), []
    for i in range(3):
        gradient = mg.tree_map(lambda x, i=i: mnp.sin(x) + i, params)
        params, state = optimizer.update(params, gradient, state)
        seen.append((params, state))
    return seen


def pickled(x):
    return pickle.loads(pickle.dumps(x))


BOTH_WAYS = pytest.mark.parametrize("again", [pickled, copy.deepcopy, copy.copy], ids=["pickle", "deepcopy", "copy"])


@BOTH_WAYS
@pytest.mark.parametrize("name", LAYERS)
def test_layers(name, again):
    layer, shape = LAYERS[name](), SHAPES.get(name, (12, 4))
    found = again(layer)
    assert type(found) is type(layer) and repr(found) == repr(layer)
    assert found.output_shape(shape) == layer.output_shape(shape)
    same(as_layer(layer, shape), as_layer(found, shape))


@BOTH_WAYS
@pytest.mark.parametrize("name", BIJECTIONS)
def test_bijections(name, again):
    bijection, x = BIJECTIONS[name](), generator(1).standard_normal((5, 4))
    found = again(bijection)
    assert repr(found) == repr(bijection) and found.output_shape((5, 4)) == bijection.output_shape((5, 4))
    params = [one.init(generator(0), (None, 4)) for one in (bijection, found)]
    same(*params)
    same(*(one.forward(own, x) for one, own in zip((bijection, found), params)))


@BOTH_WAYS
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers(name, again):
    optimizer = OPTIMIZERS[name]()
    found = again(optimizer)
    assert repr(found) == repr(optimizer)
    same(as_optimizer(optimizer), as_optimizer(found))


# -- drawn ----------------------------------------------------------------------------------------------------------

POSITIVE = st.floats(1e-4, 0.5)
INITIALISER = st.sampled_from([None, nn.normal(0.5), nn.orthogonal(), nn.he_normal(0.1)])
PLAIN_LAYERS = st.one_of(
    st.builds(nn.dense, st.just(4), INITIALISER, bias=INITIALISER.filter(lambda x: x is None or x.__name__ == "normal")),
    st.builds(nn.dropout, st.floats(0.0, 0.9)),
    st.builds(nn.leaky_relu, st.floats(0.0, 1.0)),
    st.builds(nn.batch_norm, epsilon=POSITIVE),
    st.builds(nn.mlp, st.lists(st.integers(1, 5), max_size=2).map(lambda sizes: [*sizes, 4]), st.just("elu")),
    st.sampled_from([nn.tanh, nn.identity, nn.activation(mnp.sin)]),
)  # fmt: skip
DRAWN_LAYERS = st.recursive(
    PLAIN_LAYERS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda layers: nn.sequential(*layers)),
        st.builds(nn.with_reference, inner, st.just(64)),
        st.builds(nn.packing, inner.map(lambda layer: nn.sequential(nn.dense(4), layer)), st.just(2)),
        st.builds(lambda layer: nn.sequential(nn.spectral_norm(nn.dense(4)), layer), inner),
    ),
    max_leaves=4,
)


@given(DRAWN_LAYERS)
def test_drawn_layers(layer):
    for found in (pickled(layer), copy.deepcopy(layer)):
        assert repr(found) == repr(layer)
        same(as_layer(layer, (128, 4)), as_layer(found, (128, 4)))  # packs of packs, reference batches of 64


RATES = st.recursive(
    st.one_of(
        POSITIVE,
        st.builds(optim.cosine, POSITIVE, st.integers(1, 50), final=POSITIVE),
        st.builds(optim.exponential_decay, POSITIVE, POSITIVE, POSITIVE),
        st.builds(lambda a, b: optim.piecewise([2], [a, b]), POSITIVE, POSITIVE),
    ),
    lambda inner: st.builds(optim.warmup, inner, st.integers(1, 9)),
    max_leaves=2,
)
CLIPS = st.none() | st.builds(optim.clip_by_norm, POSITIVE) | st.builds(optim.clip_by_value, POSITIVE)
DRAWN_OPTIMIZERS = st.recursive(
    st.one_of(
        st.builds(optim.sgd, RATES, CLIPS),
        st.builds(optim.momentum, RATES, POSITIVE, nesterov=st.booleans(), clip=CLIPS),
        st.builds(optim.adam, RATES, beta1=POSITIVE, clip=CLIPS),
        st.builds(optim.rmsprop, RATES, epsilon_root=POSITIVE, clip=CLIPS),
    ),
    lambda inner: st.builds(optim.clip_weights, inner, POSITIVE) | st.builds(optim.historical_averaging, inner, POSITIVE),
    max_leaves=2,
)


@given(DRAWN_OPTIMIZERS)
def test_drawn_optimizers(optimizer):
    for found in (pickled(optimizer), copy.deepcopy(optimizer)):
        assert repr(found) == repr(optimizer)
        same(as_optimizer(optimizer), as_optimizer(found))


# -- games, rows, methods, primitives -------------------------------------------------------------------------------


@BOTH_WAYS
@pytest.mark.parametrize("name", PLAYED)
def test_games(name, again):
    game = PLAYED[name]()
    found, real, fake = again(game), *(generator(seed).standard_normal((5, 2)) for seed in (0, 1))
    for field in dataclasses.fields(game):
        a, b = getattr(game, field.name), getattr(found, field.name)
        assert callable(a) == callable(b)
        if not callable(a) and field.name != "penalty":
            assert a == b
    assert (found.penalty is None) == (game.penalty is None) and repr(found.penalty) == repr(game.penalty)
    for f in (lambda g: g.discriminator_loss(real, fake), lambda g: g.generator_loss(fake, real)):
        same(f(game), f(found))
    if game.probability is not None:
        same(game.probability(real), found.probability(real))
    if game.generator_objective is not None:
        params = (nn.dense(3).init(generator(0), (None, 2)),)
        same(*(g.generator_objective(params, real, fake) for g in (game, found)))


@BOTH_WAYS
@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_row_is_the_very_row(row, again):
    assert again(row) is row and again(row.f)(2.0) == row.f(2.0)


@BOTH_WAYS
@pytest.mark.parametrize("name", METHODS)
def test_methods(name, again):
    method, game = METHODS[name](), dynamics.quadratic(0.3, 1.0, 0.2)
    assert repr(again(method)) == repr(method)
    ways = [dynamics.trajectory(m, g, (1.0, 0.5), 5) for m, g in ((method, game), (again(method), again(game)))]
    assert_array_equal(*ways)


def test_functions_of_arrays_are_themselves():
    for function in (*PRIMITIVES.values(), *(getattr(mnp, name) for name in mnp.__all__)):
        assert pickled(function) is function and copy.deepcopy(function) is function


# -- another process ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def elsewhere():
    with multiprocessing.get_context("spawn").Pool(1, initializer=mg.use, initargs=("numpy",)) as pool:
        yield lambda call, thing: pool.apply(call, (thing,))


def test_a_spawned_process_computes_the_same_bits(elsewhere, on_numpy):
    """Everything at once, for a process takes its time to start; each object is given to a call of one of its own."""
    x, g = np.linspace(-1.0, 1.0, 48).reshape(12, 4), np.linspace(0.5, -0.7, 5)
    calls = []
    for name, made in LAYERS.items():
        layer, shape = made(), SHAPES.get(name, (12, 4))
        params = layer.init(generator(0), shape)
        calls.append((layer, methodcaller("apply", params, input_of(shape), train=True, rng=generator(4))))
        calls.append((layer, methodcaller("init", generator(4), shape)))
    for made in OPTIMIZERS.values():
        optimizer = made()
        calls.append((optimizer, methodcaller("update", g, g, optimizer.init(g))))
    calls += [(made(), methodcaller("__call__", generator(4), (3, 2))) for made in INITIALISERS.values()]
    calls += [(made(), methodcaller("discriminator_loss", x, x[::-1])) for made in PLAYED.values()]
    calls += [(row, methodcaller("activation", x)) for row in ROWS]
    for made in METHODS.values():
        method, game = made(), dynamics.bilinear(0.5)
        calls.append((method, methodcaller("step", game, method.init(1.0, 0.5))))
    for thing, call in calls:
        try:
            found = elsewhere(call, thing)
        except Exception as error:
            raise AssertionError(f"{thing!r} did not arrive") from error
        same(found, copy.deepcopy(call)(thing))


def test_a_generator_goes_on_elsewhere_where_it_stands(elsewhere, on_numpy):
    rng = generator(5)
    rng.uniform(3)
    assert_array_equal(elsewhere(methodcaller("standard_normal", 7), rng), rng.standard_normal(7))


# -- what is remembered, and what is refused --------------------------------------------------------------------------


def test_a_pickle_holds_the_outermost_factorys_name_and_its_arguments():
    data = pickle.dumps(nn.mlp([64, 1], "relu"))
    assert b"mlp" in data and b"relu" in data and b"sequential" not in data and len(data) < 150


def test_arguments_are_remembered_as_they_were():
    sizes, boundaries = [4, 2], np.asarray([1.0, 5.0])
    layer, schedule = nn.mlp(sizes), optim.piecewise(boundaries, rates := [0.1, 0.2, 0.3])
    sizes.append(7)
    boundaries += 100.0
    rates[1] = 9.0
    assert repr(pickled(layer)) == repr(copy.deepcopy(layer)) == repr(layer)
    assert float(pickled(schedule)(3)) == 0.2


def test_functions_of_factories_print_as_their_calls():
    assert repr(optim.warmup(optim.cosine(0.1, steps=100), 5)) == "warmup(cosine(0.1, steps=100), 5)"
    assert repr(optim.adam(optim.cosine(0.1, 100))) == "adam(lr=cosine)"


def double(x):
    return 2.0 * x


def init_nothing(rng, shape, dtype=None):
    return None


def apply_double(params, x, *, train=False, rng=None):
    return double(x)


@rebuilt_by_name
def scaled(factor):
    return nn.Layer(init_nothing, lambda params, x, *, train=False, rng=None: factor * x, name=f"scaled({factor})")


@rebuilt_by_name
def given_back(layer):
    return layer


@rebuilt_by_name
def the_same(name):
    return getattr(nn, name)


def test_what_was_there_before_keeps_its_name():
    assert the_same("tanh") is nn.tanh and b"the_same" not in pickle.dumps(nn.tanh)


def test_a_layer_of_ones_own():
    by_hand = nn.Layer(init_nothing, apply_double, name="double")
    for layer in (by_hand, scaled(2.0), nn.activation(double), given_back(scaled(2.0))):
        for found in (pickled(layer), copy.deepcopy(layer)):
            assert repr(found) == repr(layer) and float(found.apply(None, 4.0)) == 8.0


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (lambda: nn.dense(3, weight=lambda rng, shape, dtype=None: 0), r"^dense\(3\) .* its argument weight is <function"),
        (lambda: nn.dense(3, None, lambda rng, shape, dtype=None: 0), "its argument bias is"),
        (lambda: nn.sequential(nn.tanh, nn.activation(lambda x: x)), "its argument function is"),
        (lambda: optim.adam(lambda step: 0.1), "its argument lr is"),
        (lambda: optim.adam(0.1, clip=lambda g: g), "its argument clip is"),
        (lambda: optim.projected(optim.sgd(0.1), lambda x: x), "its argument projection is"),
        (lambda: gan.feature_matching(nn.dense(3), lambda params: params), "its argument of is"),
        (lambda: dynamics.zero_sum(lambda x, y: x * y), "its argument value is"),
        (lambda: nn.Layer(lambda rng, shape: None, apply_double), "its field init is.*in a factory under"),
        (lambda: dataclasses.replace(nn.dense(3), name="mine"), "^mine .* its field init is"),
        (lambda: dataclasses.replace(alpha(0.5), name="mine"), r"^mine .* its field formulas\.f is"),
        (lambda: nn.concatenate(nn.dense(2), given_back(dataclasses.replace(nn.tanh, name="t"))), "its field init is"),
    ],
)  # fmt: skip
def test_what_has_no_name_is_refused_in_a_sentence_and_copied_all_the_same(made, words):
    thing = made()
    with pytest.raises(TypeError, match=words) as refused:
        pickle.dumps(thing)
    assert "top level of a module" in str(refused.value)
    assert copy.deepcopy(thing).name == thing.name and copy.copy(thing) is thing


def test_what_pickle_itself_refuses_is_named_too():
    with pytest.raises(TypeError, match=r"scaled\(.*its argument factor is .*which pickle refuses \(cannot pickle"):
        pickle.dumps(scaled(x for x in range(3)))


def test_a_factory_under_the_decorator_keeps_its_name_and_signature():
    assert scaled.__name__ == "scaled" and isinstance(scaled(1.0), Rebuilt)
    with pytest.raises(TypeError, match="factories of layers and their like, and 3 is none"):
        rebuilt_by_name(lambda: 3)()
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'factor'"):
        scaled()
