"""What learners share: random numbers drawn beforehand, scheduled penalties, averages, players, the loop's doors."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.backend import to_numpy
from minigan.data import ring
from minigan.gan import Players, gan_learner, gradient_penalty, non_saturating, r1, r2, scheduled
from minigan.random import generator
from minigan.training import Learner, Player, averaged, players_learner, train, with_draws
from minigan.training.drawn import Unforeseeable, _Listener
from minigan.training.loop import compiled_or_plain

NOISY = nn.sequential(nn.instance_noise(0.3), nn.dense(4), nn.dropout(0.5), nn.relu, nn.dropout(0.1), nn.dense(1))


def leaves(tree):
    return [np.asarray(to_numpy(leaf)) for leaf in mg.tree_leaves(tree)]


def same(one, two):
    return all((a == b).all() for a, b in zip(leaves(one), leaves(two), strict=True))


# -- drawn beforehand ----------------------------------------------------------------------------------------


def test_the_numbers_are_those_that_the_layers_would_have_drawn():
    x, params = mnp.ones((5, 3)), NOISY.init(generator(0), (None, 3))
    draw, step = with_draws(
        lambda rng, state: rng.standard_normal((5, 3)),
        lambda state, batch, rng: (state, {"y": NOISY.apply(params, x + batch, train=True, rng=rng)}),
    )
    beforehand, inside = generator(7), generator(7)
    for _ in range(3):
        _, found = step(None, draw(beforehand, None))
        batch = inside.standard_normal((5, 3))
        expected = NOISY.apply(params, x + batch, train=True, rng=inside)
        assert (to_numpy(found["y"]) == to_numpy(expected)).all()
    assert beforehand.state == inside.state


@pytest.mark.parametrize("how", [{}, {"discriminator_steps": 3}, {"unroll": 1}, {"updates": "simultaneous"}], ids=str)
def test_a_step_with_layers_that_draw_compiles(how):
    adam = optim.adam(1e-2)
    learner = gan_learner(Players(non_saturating(), nn.mlp([4, 2]), NOISY, adam, adam), ring(4), batch=8, **how)
    rng = generator(0)
    state = learner.init(rng)
    compiled = mg.compile(learner.step)
    for _ in range(3):
        batch = learner.draw(rng, state)
        one, two = learner.step(state, batch), compiled(state, batch)
        for a, b in zip(leaves(one), leaves(two), strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-12)
        state = one[0]
    assert len(compiled.versions) == 1


def test_a_batch_of_another_shape_is_listened_to_anew():
    sizes = iter([4, 4, 6, 4])
    draw, step = with_draws(
        lambda rng, state: mnp.zeros((next(sizes), 2)),
        lambda state, batch, rng: (state, {"n": mnp.sum(mnp.astype(rng.uniform(batch.shape) < 2.0, "float64"))}),
    )
    rng = generator(0)
    assert [int(to_numpy(step(None, draw(rng, None))[1]["n"])) for _ in range(4)] == [8, 8, 12, 8]


def test_what_cannot_be_foreseen_runs_as_it_is():
    """Categories depend on logits that the step computes: it is given the generator itself, and is not compiled."""
    draw, step = with_draws(
        lambda rng, state: mnp.asarray([0.0, 1.0]),
        lambda state, batch, rng: (state, {"k": mnp.sum(rng.categorical(batch, shape=3))}),
    )
    rng, other = generator(3), generator(3)
    found = int(to_numpy(compiled_or_plain(step)(None, draw(rng, None))[1]["k"]))
    assert found == int(to_numpy(mnp.sum(other.categorical([0.0, 1.0], shape=3))))
    with pytest.raises(Unforeseeable):
        _Listener().spawn(2)


def test_a_step_that_draws_by_chance_is_refused():
    """What is drawn may depend on shapes alone: a step that asks for something else the second time is told so."""
    asked = iter([1, 2])
    draw, step = with_draws(lambda rng, state: mnp.zeros(1), lambda state, batch, rng: rng.uniform((next(asked),)))
    batch = draw(generator(0), None)
    with pytest.raises(ValueError, match="may depend on the shapes"):
        step(None, batch)


# -- penalties by the step -----------------------------------------------------------------------------------


@pytest.mark.parametrize("penalty", [r1(2.0), r2(2.0), r1(1.0) + r2(1.0), gradient_penalty(3.0)], ids=repr)
@pytest.mark.parametrize("every", [1, 3])
def test_a_scheduled_penalty_is_worth_its_weight_where_it_is_due(penalty, every):
    lazy = scheduled(penalty, lambda step: 1.0 / (1.0 + step), every)
    real, fake = mnp.asarray([[1.0], [2.0]]), mnp.asarray([[3.0], [-1.0]])

    def critic(x):
        return x[:, 0] ** 2

    for step in range(7):
        rng, plain = generator(step), generator(step)
        found = float(lazy.value(critic, real, fake, lazy.draw(rng, (2, 1), "float64", step)))
        if step % every:
            assert found == 0.0 and rng.state == plain.state  # and nothing is drawn
            continue
        chance = penalty.draw(plain, (2, 1), "float64") if penalty.draw else None
        expected = every / (1.0 + step) * float(penalty.value(critic, real, fake, chance))
        assert found == pytest.approx(expected, rel=1e-14)


def test_in_training_it_goes_by_the_steps_made():
    """With plain gradient steps D's parameters tell which steps had the penalty: without, they are those of no penalty."""

    def learner(penalty):
        sgd = optim.sgd(0.1)
        players = Players(non_saturating(), nn.dense(2), nn.mlp([4, 1]), sgd, sgd)
        return gan_learner(players, ring(4), noise=2, batch=8, penalty=penalty)

    lazy, never = learner(scheduled(r1(5.0), every=3)), learner(None)
    rng, other = generator(0), generator(0)
    state, bare = lazy.init(rng), never.init(other)
    assert float(to_numpy(state.steps)) == 0 and bare.steps is None
    for i in range(7):
        before = bare._replace(**{key: getattr(state, key) for key in state._fields if key != "steps"})
        state, _ = lazy.step(state, lazy.draw(rng, state))
        bare, _ = never.step(before, never.draw(other, before))
        assert same(state.discriminator, bare.discriminator) is (i % 3 != 0)
    assert float(to_numpy(state.steps)) == 7


def test_what_a_scheduled_penalty_refuses():
    with pytest.raises(ValueError, match="every was 0"):
        scheduled(r1(), every=0)
    with pytest.raises(ValueError, match="scheduled already"):
        scheduled(scheduled(r1(), every=2))
    with pytest.raises(TypeError, match="function of the step"):
        scheduled(r1(), weight=3.0)
    with pytest.raises(ValueError, match="goes by the step"):
        scheduled(r1()).value(lambda x: x[:, 0], mnp.ones((2, 1)), mnp.ones((2, 1)))
    assert repr(scheduled(r1(2.0), every=4)) == "r1(2) every 4 steps"
    assert (scheduled(r1(1.0), every=4) + r2(1.0)).timed and not (r1(1.0) + r2(1.0)).timed


# -- averages ------------------------------------------------------------------------------------------------


def walking(values):
    """A learner whose part x walks through ``values``."""
    path = mnp.asarray(values)
    return Learner(
        lambda rng: {"x": path[0], "i": mnp.zeros((), dtype="int64")},
        lambda rng, state: path[int(state["i"]) + 1],
        lambda state, batch: ({"x": batch, "i": state["i"] + 1}, {"x": batch}),
    )


@given(st.lists(st.floats(-10, 10), min_size=2, max_size=12), st.sampled_from([0.0, 0.5, 0.9, 0.999]), st.integers(0, 5))
def test_an_average_is_the_weighted_sum_it_says(values, decay, start):
    """w_t = max(1 - decay, 1 / (t - start + 1)) from step ``start`` on, written out as weights of each value."""
    steps = len(values) - 1
    state = train(averaged(walking(values), ["x"], decay, start), steps, compiled=False).state
    mean = values[0]
    for t in range(1, steps + 1):
        weight = 1.0 if t <= start else max(1.0 - decay, 1.0 / (t - start + 1))
        mean = (1.0 - weight) * mean + weight * values[t]
    assert float(state.means["x"]) == pytest.approx(mean, rel=1e-9, abs=1e-9)
    assert float(state.state["x"]) == values[-1]
    if decay == 0.999:  # still the arithmetic mean
        assert float(state.means["x"]) == pytest.approx(np.mean(values[min(start, steps) :]), rel=1e-9, abs=1e-9)


def test_averages_are_of_the_parts_that_are_named():
    own = Player(lambda rng: {"w": mnp.ones(2)}, lambda p, b, rng: mnp.sum(p["a"]["w"] ** 2), optim.sgd(0.1))
    other = Player(lambda rng: {"w": mnp.ones(2)}, lambda p, b, rng: mnp.sum(p["b"]["w"] ** 2), optim.sgd(0.1))
    learner = players_learner({"a": own, "b": other}, lambda rng, state: ())
    state = train(averaged(learner, ["b"], start=1), 3).state
    assert list(state.means) == ["b"] and same(state.state, train(learner, 3).state)
    assert to_numpy(state.means["b"]["w"]) == pytest.approx(np.mean([0.8, 0.64, 0.512]))
    with pytest.raises(ValueError, match="no part called 'c'; there are parameters, memories, steps, a, b"):
        averaged(learner, ["c"]).init(generator(0))
    with pytest.raises(ValueError, match="decay"):
        averaged(learner, ["a"], decay=1.0)
    with pytest.raises(ValueError, match="start"):
        averaged(learner, ["a"], start=-1)


# -- players -------------------------------------------------------------------------------------------------


def saddle(order, moves=1):
    players = {
        "x": Player(lambda rng: mnp.asarray(1.0), lambda p, b, rng: p["x"] * p["y"], optim.sgd(0.5), at_optimum=0.0),
        "y": Player(lambda rng: mnp.asarray(1.0), lambda p, b, rng: -p["x"] * p["y"], optim.sgd(0.5), moves=moves),
    }
    return players_learner(players, lambda rng, state: (), order=order)


@pytest.mark.parametrize(
    ("order", "moves", "x", "y"),
    [("simultaneous", 1, 0.5, 1.5), ("alternating", 1, 0.5, 1.25), ("alternating", 2, 0.5, 1.5)],
)
def test_who_sees_whom(order, moves, x, y):
    found = train(saddle(order, moves), 1)
    assert (float(found.state.parameters["x"]), float(found.state.parameters["y"])) == (x, y)
    assert found.history["x_loss"] == [1.0]  # as it was before x moved
    assert int(to_numpy(found.state.steps)) == 1 and saddle(order).at_optimum == {"x_loss": 0.0, "y_loss": None}


def test_running_statistics_are_observed():
    layer = nn.batch_norm()
    player = Player(
        lambda rng: layer.init(rng, (None, 1)),
        lambda p, x, rng: 0.0 * mnp.mean(layer.apply(p["n"], x, train=True)),
        optim.sgd(1.0),
        observe=lambda own, p, x, rng: nn.update_statistics(layer, own, x, rng=rng),
    )
    learner = players_learner({"n": player}, lambda rng, state: mnp.asarray([[1.0], [3.0]]))
    assert to_numpy(train(learner, 1).state.parameters["n"]["mean"]) == pytest.approx([0.2])


@pytest.mark.parametrize(
    ("players", "how", "told"),
    [
        ({}, {}, "one player at least"),
        ({"a b": None}, {}, "called by names"),
        ({"a": None}, {"order": "random"}, "'alternating' or 'simultaneous'"),
    ],
)
def test_players_that_are_refused(players, how, told):
    with pytest.raises(ValueError, match=told):
        players_learner(players, lambda rng, state: (), **how)


# -- the loop ------------------------------------------------------------------------------------------------


def counting(spoilt_at=None):
    def step(state, batch):
        bad = spoilt_at is not None and int(state) + 1 == spoilt_at
        return state + 1.0, {"count": state + (math.nan if bad else 1.0)}

    return Learner(lambda rng: mnp.asarray(0.0), lambda rng, state: (), step, {"count": 3.0})


def test_rows_and_good_states_are_told_in_order():
    rows, good, seen = [], [], []
    found = train(
        counting(),
        7,
        check_every=3,
        due=lambda step: step == 4,
        watch=lambda step, state: {"at": step} if step % 2 == 0 else None,
        on_row=lambda step, row: rows.append((step, row)),
        on_good=lambda step, state, rng: good.append((step, float(state))),
        callbacks=[lambda step, state, metrics: seen.append(step)],
    )
    assert [step for step, _ in rows] == seen == list(range(1, 8))
    assert [row.get("watched") for _, row in rows] == [None, {"at": 2}, None, {"at": 4}, None, {"at": 6}, None]
    assert good == [(3, 3.0), (4, 4.0), (6, 6.0), (7, 7.0)]
    assert found.records == [{"step": s, "at": s} for s in (2, 4, 6)] and found.history == {"count": [1, 2, 3, 4, 5, 6, 7]}


def test_nothing_of_a_bad_interval_is_told():
    rows = []
    with pytest.raises(mg.training.Diverged) as caught:
        train(counting(spoilt_at=5), 9, check_every=3, on_row=lambda step, row: rows.append(step), compiled=False)
    assert rows == [1, 2, 3] and float(caught.value.state) == 3.0
    assert (caught.value.step, caught.value.player, caught.value.tensor) == (5, "learner", "count")


def test_step_numbers_go_on():
    first = train(counting(), 2)
    seen = []
    train(counting(), 2, state=first.state, history=first.history, callbacks=[lambda step, *_: seen.append(step)])
    assert seen == [3, 4]


@pytest.mark.parametrize("steps", [-1, 2.5, "3", True, None])
def test_steps_that_are_none(steps):
    with pytest.raises(ValueError, match="steps must be a non-negative integer"):
        train(counting(), steps)


def test_what_is_no_learner():
    with pytest.raises(TypeError, match="is a Learner"):
        train(lambda x: x, 3)
    with pytest.raises(TypeError, match="the draw of a learner is a function"):
        Learner(lambda rng: 0, 3, lambda s, b: s)
    assert train(counting(), np.int64(2)).history == {"count": [1.0, 2.0]}
