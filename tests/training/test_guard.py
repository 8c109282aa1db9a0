"""What is not finite is found and named, and what is merely large is left alone."""

import math
import multiprocessing
import pickle

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.gan import Diverged, Players, State, initial_state, minimax
from minigan.random import generator
from minigan.training import Averaged, PlayersState
from minigan.training.guard import find_non_finite

FINE = {"discriminator_loss": 0.7, "generator_loss": 0.3}


def metrics(**changed):
    return {key: mnp.asarray(value) for key, value in {**FINE, **changed}.items()}


def state_with(place=None, value=math.nan, dtype=None):
    """A state of two small networks with ``value`` planted at ``place(state)``, which names one leaf."""
    players = Players(minimax(), nn.mlp([3, 2]), nn.mlp([3, 1]), optim.adam(0.1), optim.adam(0.1))
    state = initial_state(players, generator(0), (1, 2), (1, 2), dtype)
    if place is None:
        return state
    target = place(state)
    host = np.array(mg.to_numpy(target))
    host.reshape(-1)[-1] = value
    planted = mnp.asarray(host)
    return mg.tree_map(lambda leaf: planted if leaf is target else leaf, state)


PLACES = {
    ("discriminator", "parameter [0].weight"): lambda s: s.discriminator[0]["weight"],
    ("discriminator", "parameter [2].bias"): lambda s: s.discriminator[2]["bias"],
    ("generator", "parameter [2].weight"): lambda s: s.generator[2]["weight"],
    ("discriminator", "memory second_moment[0].weight"): lambda s: s.discriminator_memory["second_moment"][0]["weight"],
    ("generator", "memory first_moment[2].bias"): lambda s: s.generator_memory["first_moment"][2]["bias"],
}


@pytest.mark.parametrize("where", PLACES, ids=" ".join)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_each_place_is_named(where, value, dtype):
    assert find_non_finite(state_with(PLACES[where], value, dtype), metrics()) == where


@pytest.mark.parametrize("player", ["discriminator", "generator"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_losses_are_looked_at(player, value):
    assert find_non_finite(state_with(), metrics(**{f"{player}_loss": value})) == (player, "loss")


def test_all_is_well():
    assert find_non_finite(state_with(), metrics()) is None
    assert find_non_finite(State(None, (), None, {}), metrics()) is None


@pytest.mark.filterwarnings("error")
def test_large_finite_numbers_are_no_divergence():
    """Their sum overflows, and they do not."""
    huge = mnp.full((4,), 1e308)
    state = State({"w": huge}, {"w": huge}, None, None)
    assert find_non_finite(state, metrics()) is None
    assert find_non_finite(State({"w": -huge}, {"w": huge}, None, None), metrics(generator_loss=1e300)) is None


def test_infinities_that_cancel_are_found():
    state = State({"w": mnp.asarray([math.inf, -math.inf])}, None, None, None)
    assert find_non_finite(state, metrics()) == ("generator", "parameter w")


def test_parameters_come_before_losses_and_the_discriminator_first():
    both = State({"w": mnp.asarray([math.nan])}, {"w": mnp.asarray([math.nan])}, None, None)
    assert find_non_finite(both, metrics(generator_loss=math.nan)) == ("discriminator", "parameter w")


def test_the_message_says_where_and_what_to_do():
    error = Diverged(7, "generator", "loss", "state", {"generator_loss": [1.0]})
    assert (error.step, error.player, error.tensor, error.state) == (7, "generator", "loss", "state")
    assert "step 7: the generator's loss is no longer finite" in str(error)
    assert "learning rate" in str(error) and "\n" not in str(error)


def test_any_learners_state_is_looked_at_part_by_part():
    bad, fine = mnp.asarray([1.0, math.nan]), mnp.ones(2)
    players = PlayersState({"critic": [fine], "encoder": [bad]}, {"critic": fine, "encoder": fine}, mnp.asarray(3))
    assert find_non_finite(players, {}) == ("encoder", "parameter [0]")
    remembered = players._replace(parameters={}, memories={"encoder": {"m": bad}})
    assert find_non_finite(remembered, {}) == ("encoder", "memory m")
    assert find_non_finite(Averaged({"w": bad}, {"w": fine}, fine[0]), {}) == ("w", "parameter")
    assert find_non_finite((fine, bad), {}) == ("learner", "parameter [1]")
    assert find_non_finite((), {"critic_loss": math.nan}) == ("critic", "loss")
    assert find_non_finite((), {"loss": math.nan}) == ("learner", "loss")


def test_it_crosses_processes():
    error = Diverged(7, "generator", "loss", {"w": np.ones(2)}, {"generator_loss": [1.0]})
    again = pickle.loads(pickle.dumps(error))
    assert (again.step, again.player, again.tensor, again.history) == (7, "generator", "loss", {"generator_loss": [1.0]})
    assert str(again) == str(error) and (again.state["w"] == 1.0).all()


def raises():
    raise Diverged(1, "generator", "loss", {"w": np.ones(2)}, {})


def test_a_pool_hears_of_it():
    with multiprocessing.get_context("spawn").Pool(1) as pool, pytest.raises(Diverged, match="step 1: the generator"):
        pool.apply_async(raises).get(timeout=60)
