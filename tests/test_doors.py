"""What is given is looked at where it is given: a sentence names the argument and tells the value, for every door.

The tables of doors are in tests/doors.py. A wrong value is answered with `ValueError` or `TypeError` itself, by name:
a KeyError, an AttributeError or NumPy's own words would come from somewhere deep inside.
"""

import math

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import discrete, nn, optim
from minigan.densities import Normal
from minigan.divergences import pearson
from minigan.gan import GAMES, Game, fit, gan_learner, minimax, r1, wgan_gp
from minigan.random import generator
from minigan.training import train
from tests import doors

NO_COUNTS = [True, -1, 2.5, math.nan, "3", None, [2], np.True_, np.float64(3.0)]
NO_NUMBERS = [True, -0.5, math.nan, math.inf, "0.5", None, [0.5], np.True_, 0.5j, np.ones(2)]
NO_SOURCES = ["0", 0.5, True, [0]]
NO_OBJECTS = [3, "word", 0.5, [3], {1: 2}]


def refused(door, value, named):
    """The door's sentence on ``value``: one of ours, which names the argument."""
    with pytest.raises((ValueError, TypeError), match=f"(?is){named}") as caught:
        door(value)
    assert type(caught.value) in (ValueError, TypeError)
    return str(caught.value)


def told(value) -> str:
    """How a sentence writes a value, as far as it is to be found in it."""
    return repr(value) if not isinstance(value, np.ndarray | dict) else ""


# -- the tables ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", doors.COUNTS)
def test_a_count_is_a_positive_integer_and_no_truth_value(name):
    named, door = doors.COUNTS[name]
    for value in [0, *NO_COUNTS]:
        assert told(value) in refused(door, value, named)


@pytest.mark.parametrize("name", doors.COUNTS_FROM_ZERO)
def test_a_count_from_zero(name):
    named, door = doors.COUNTS_FROM_ZERO[name]
    for value in NO_COUNTS:
        if not (name == "donate" and value == [2]):  # a list of positions
            assert told(value) in refused(door, value, named)
    door(0)


@pytest.mark.parametrize("name", [*doors.COUNTS, *doors.COUNTS_FROM_ZERO])
def test_numpys_integers_are_integers(name):
    _, door = {**doors.COUNTS, **doors.COUNTS_FROM_ZERO}[name]
    for kind in (int, np.int64, np.uint8):
        door(kind(2))


@pytest.mark.parametrize("name", [*doors.POSITIVE, *doors.NON_NEGATIVE])
def test_a_number_is_finite_and_not_negative(name):
    named, door = {**doors.POSITIVE, **doors.NON_NEGATIVE}[name]
    for value in [*NO_NUMBERS, *([0.0] if name in doors.POSITIVE else [])]:
        assert told(value) in refused(door, value, named)
    for value in (0.5, np.float32(0.5), np.float64(0.5)):
        door(value)


@pytest.mark.parametrize("name", doors.SOURCES)
def test_a_seed_stands_for_its_generator(name):
    door = doors.SOURCES[name]
    for value in NO_SOURCES:
        refused(door, value, "rng|seed")
    refused(door, np.random.default_rng(0), "mg.random.generator")

    def numbers(value):
        leaves = mg.autodiff.tree_leaves(value.state if hasattr(value, "state") else value)
        return [mg.to_numpy(leaf).tolist() for leaf in leaves if hasattr(leaf, "shape")]

    assert numbers(door(7)) == numbers(door(np.int64(7))) == numbers(door(generator(7)))


@pytest.mark.parametrize("name", doors.OBJECTS)
def test_an_object_of_another_kind(name):
    named, door = doors.OBJECTS[name]
    for value in NO_OBJECTS:
        if not (name == "history" and isinstance(value, dict)):
            refused(door, value, named)


@pytest.mark.parametrize("name", doors.SAMPLES)
def test_samples_that_are_no_numbers(name):
    named, door = doors.SAMPLES[name]
    wrong = {
        "none": None,
        "text": "abc",
        "objects": doors.ROWS.astype(object),
        "complex": doors.ROWS + 1j,
        "words": [["a", "b"], ["c", "d"]],
        "ragged": [[1.0, 2.0], [3.0]],
        "nan": np.where(doors.ROWS > 0.0, np.nan, doors.ROWS),
        "infinity": np.where(doors.ROWS > 0.0, np.inf, doors.ROWS),
        "nothing": np.zeros((0, 2)),
        "a number": 3.0,
    }
    for value in wrong.values():
        brought = mnp.asarray(value) if isinstance(value, np.ndarray) and value.dtype.kind == "f" else value
        refused(door, brought, named if value is not None else f"{named}|data")
    door(doors.ROWS.tolist())  # lists go wherever arrays go
    door(mnp.asarray(doors.ROWS))


# -- `fit`: more than one argument -----------------------------------------------------------------------------


def test_a_game_is_given_by_its_name():
    for name in GAMES:
        for spelled in (name, name.replace("_", "-"), name.replace("_", "").upper()):
            assert doors.trained(game=spelled).players.game.name == name
    assert doors.trained(game="pearson").players.game.name == doors.trained(game=pearson).players.game.name
    assert doors.trained(game="alpha(0.5)").players.game.name == "f_gan_alpha(0.5)"
    assert doors.trained(game="minimax").history == doors.trained(game=minimax()).history
    refused(lambda game: doors.trained(game=game), "minmax", "nearest is 'minimax'")
    refused(lambda game: doors.trained(game=game), minimax, r"call it, minimax\(\)")
    refused(lambda game: doors.trained(game=game), 3, "the game is a Game.*3")


def test_a_discriminator_of_several_outputs():
    sentence = refused(lambda d: doors.trained(discriminator=d), nn.mlp([4, 2]), "2 numbers a sample")
    assert "non_saturating takes 1" in sentence and "nn.dense(1)" in sentence
    several = nn.branches(nn.dense(4), real=nn.dense(1), label=nn.dense(3))
    refused(lambda d: doors.trained(discriminator=d), several, "answers with a dict")
    patches = nn.sequential(nn.reshape(1, 2, 1), nn.conv2d(1, 1))  # an answer a place is one number each
    assert len(doors.trained(discriminator=patches).history["generator_loss"]) == 1


def test_a_game_of_ones_own_may_take_several_outputs():
    def loss(real, fake):
        return mnp.mean(mnp.logsumexp(fake, axis=-1)) - mnp.mean(real)

    own = Game("own", loss, lambda fake, real=None: -mnp.mean(fake), 0.0, 0.0, outputs=None)
    assert len(doors.trained(game=own, discriminator=nn.dense(3)).history["generator_loss"]) == 1
    three = Game("three", loss, lambda fake, real=None: -mnp.mean(fake), 0.0, 0.0, outputs=3)
    refused(lambda d: doors.trained(game=three, discriminator=d), nn.dense(2), "takes 3")


def test_a_generator_of_another_width():
    refused(lambda g: doors.trained(generator=g), nn.dense(3), r"samples of shape \(3,\).*have shape \(2,\)")


@pytest.mark.parametrize("what, option", [("training data", "data"), ("noise", "noise")])
def test_a_function_that_returns_other_than_was_asked_for(what, option):
    def given(function):
        return lambda _: doors.trained(**{option: function})

    refused(given(lambda rng, n: rng.standard_normal((n + 1, 2))), 0, rf"{what} was asked for 4 samples.*\(5, 2\)")
    refused(given(lambda rng, n: mnp.asarray(1.0)), 0, rf"{what} was asked for 4.*shape \(\)")
    refused(given(lambda rng, n: None), 0, f"{what}.*returned None")
    refused(given(lambda rng, n: "rows"), 0, f"{what}.*returned 'rows'")
    refused(given(lambda rng, n: np.full((n, 2), 1j)), 0, f"{what} are real numbers.*complex")
    refused(given(lambda rng, n: np.full((n, 2), None)), 0, f"{what} are real numbers.*objects")
    refused(given(lambda rng, n: mnp.full((n, 2), math.nan)), 0, f"{what} hold NaN or infinity: 8 of 8")
    refused(given(lambda rng: rng.standard_normal((4, 2))), 0, rf"{what} is a function of \(rng, n\).*takes \(rng\)")


def test_lists_and_numbers_in_a_row_are_data():
    column = [0.5, -1.0, 2.0]
    expected = fit(nn.dense(1), nn.dense(1), mnp.asarray(column)[:, None], steps=2, batch=4).history
    assert fit(nn.dense(1), nn.dense(1), column, steps=2, batch=4).history == expected
    assert fit(nn.dense(1), nn.dense(1), mnp.asarray(column), steps=2, batch=4).history == expected
    numbers = fit(nn.dense(1), nn.dense(1), lambda rng, n: rng.standard_normal((n,)), steps=2, batch=4)
    columns = fit(nn.dense(1), nn.dense(1), lambda rng, n: rng.standard_normal((n, 1)), steps=2, batch=4)
    assert numbers.history == columns.history


def test_one_callback_and_several():
    seen = []
    doors.trained(steps=2, callbacks=lambda step, state, metrics: seen.append(step))
    doors.trained(steps=2, callbacks=(lambda step, *_: seen.append(-step), lambda step, *_: seen.append(10 * step)))
    assert seen == [1, 2, -1, 10, -2, 20]


def test_the_door_is_passed_once():
    """Nothing is looked at in the steps: a door that fails at the second look is never looked through again."""
    looks = []

    class Once(Game):
        def __getattribute__(self, name):
            if name == "outputs":
                looks.append(name)
            return super().__getattribute__(name)

    game = Once(**{field: getattr(minimax(), field) for field in Game.__dataclass_fields__})
    doors.trained(game=game, steps=1)
    once = len(looks)
    doors.trained(game=game, steps=20)
    assert len(looks) == 2 * once


def test_a_method_of_dynamics_needs_no_optimisers():
    from minigan.dynamics import simultaneous
    from minigan.gan import Players

    players = Players(minimax(), nn.dense(1), nn.dense(1), None, None)
    learner = gan_learner(players, Normal(0.0, 1.0), updates=simultaneous(0.1), batch=4)
    assert len(train(learner, 2).history["generator_loss"]) == 2
    refused(lambda updates: gan_learner(players, Normal(0.0, 1.0), updates=updates), "alternating", "optimizer.*None")


def test_penalties_add_up_and_nothing_else_does():
    with pytest.raises(TypeError):
        r1(1.0) + 3.0
    assert doors.trained(game=wgan_gp(), penalty=r1(1.0)).history


# -- parameters, weights, shares ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "layer, shape",
    [
        (nn.dense(2), (None, 2)),
        (nn.batch_norm(), (None, 2)),
        (nn.embedding(3, 2), (None,)),
        (nn.conv2d(2, 2), (None, 4, 4, 1)),
        (nn.minibatch_discrimination(2, 2), (None, 2)),
        (nn.spectral_norm(nn.dense(2)), (None, 2)),
        (nn.with_reference(nn.dense(2), 3), (None, 2)),
    ],
    ids=str,
)
def test_parameters_of_another_layer(layer, shape):
    x = mnp.zeros(tuple(n or 3 for n in shape), dtype="int64" if "embedding" in layer.name else float)
    layer.apply(layer.init(0, shape), x)
    for params in (None, [1.0], {}, 3.0):
        refused(lambda params: layer.apply(params, x), params, "takes its parameters as a dict of")


def test_parts_of_a_layer_draw_from_one_stream():
    """A seed is made a generator once, outside: layers of one shape do not begin with the same weights."""
    for layer in (nn.sequential(nn.dense(2), nn.dense(2)), nn.concatenate(nn.dense(2), nn.dense(2))):
        shape = (None, 2) if "sequential" in layer.name else ((None, 2), (None, 2))
        first, second = (part["weight"] for part in layer.init(0, shape))
        assert bool(mnp.any(first != second))


def test_shares():
    from minigan import dynamics

    for door in (
        dynamics.minimax_of_pure,
        dynamics.maximin,
        dynamics.function_space_game,
        lambda p: dynamics.total_variation_along([[0.5, 0.5]], p),
    ):
        refused(door, [0.5, 0.75], "shares p sum to 1, and these to 1.25")
        refused(door, [1.5, -0.5], "shares p are never negative, and one is -0.5")
        refused(door, [0.5, math.nan], "shares p hold NaN")
        refused(door, ["a", "b"], "shares p are real numbers")
        door([0.5, 0.5])


def test_a_complex_gradient_of_real_parameters():
    x = mnp.ones(2)
    with pytest.raises(TypeError, match=r"the gradient given to sgd is complex128\[2\]"):
        optim.sgd(0.1).update(x, x * 1j, optim.sgd(0.1).init(x))


def test_a_mode_of_check_grads_is_a_word():
    mg.check_grads(mnp.sin, (0.5,), modes="reverse")
    refused(lambda modes: mg.check_grads(mnp.sin, (0.5,), modes=modes), "revers", "mode of check_grads.*'revers'")


def test_what_a_system_is_made_of():
    from minigan.models import System, find_system
    from minigan.runs import RunDirectory, request_for

    def made(**wrong):
        given = {"learner": doors.COUNTING, "sample": len, "measure": len, "steps": 3, **wrong}
        return System("a title", **given)

    assert made().train().state is not None
    for what in ("learner", "sample", "measure"):
        for value in (None, 3, "word"):
            refused(lambda value, what=what: made(**{what: value}), value, f"{what} of a system")
    for value in NO_COUNTS:
        assert told(value) in refused(lambda value: made(steps=value), value, "steps of a system")
    refused(find_system, 3, "system is called by its name")
    refused(RunDirectory, 3, "directory of a run.*3")
    ring = find_system("ring")
    assert ring(batch=np.int64(8), lr=np.float32(0.5)).options["batch"] == 8
    for option, value in (("batch", True), ("batch", 8.5), ("lr", True), ("lr", np.True_), ("lr", "fast"), ("unroll", -1)):
        refused(lambda value, option=option: ring(**{option: value}), value, f"--{option}")
    for value in (True, -1, 0.5, "0"):
        refused(lambda seed: request_for("ring", seed=seed), value, "seed")
        refused(lambda steps: request_for("ring", steps=steps), value, "steps")
    request, _ = request_for("ring", seed=np.int64(3), steps=np.int32(5))
    assert type(request.seed) is type(request.steps) is int


def test_argnums_are_positions():
    refused(lambda argnums: mg.grad(lambda x, y: x * y, argnums)(1.0, 2.0), True, "argnums names argument True")
    assert float(mg.grad(lambda x, y: x * y, np.int64(1))(3.0, 2.0)) == 3.0


def test_baselines():
    for value in (None, True, math.nan, "best"):
        refused(lambda b: discrete.reinforce(doors.linear, doors.LOGITS, 0, samples=2, baseline=b), value, "baseline")
    discrete.reinforce(doors.linear, doors.LOGITS, 0, samples=2, baseline=[0.0, 1.0, 2.0])
