"""The registry: what a stranger's function becomes under `system`, and that it is then a system like the lecture's."""

import math
from typing import Annotated, Unpack

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.data import Dataset, from_array
from minigan.models import SYSTEMS, Form, GameOptions, System, gan_system, system
from minigan.options import Above
from minigan.training import Player, players_learner

from . import laws


@pytest.fixture(autouse=True)
def registry_is_restored():
    """A system that a test registers is gone after it."""
    before = dict(SYSTEMS)
    yield
    SYSTEMS.clear()
    SYSTEMS.update(before)


def two_moons(
    *,
    batch: Annotated[int, Above(0), "examples a step"] = 16,
    width: Annotated[int, "of both networks"] = 8,
    **how: Unpack[GameOptions],
) -> System:
    """A GAN of a stranger's: two half circles."""

    def data(rng, n):
        angle = np.pi * rng.uniform((n, 1), dtype="float32")
        side = mnp.where(rng.uniform((n, 1), dtype="float32") < 0.5, 1.0, -1.0)
        side = mnp.astype(side, "float32")
        return mnp.concatenate([mnp.cos(angle) + 0.5 * side, side * mnp.sin(angle)], 1)

    return gan_system(
        "two half circles",
        generator=nn.mlp([width, 2]),
        discriminator=nn.mlp([width, 1]),
        generator_optimizer=optim.adam(1e-3),
        discriminator_optimizer=optim.adam(1e-3),
        data=data,
        noise=3,
        steps=100,
        batch=batch,
        measure=lambda fit, rng: {"deviation": float(mg.to_numpy(fit.sample(100, rng)).std()), "collapsed": False},
        form=Form(columns=("x", "y")),
        options=how,
    )


def normal_by_likelihood(*, batch: int = 16, sharp: bool = False) -> System:
    """A density of a stranger's, with one player: N(mean, exp(s)^2) by maximum likelihood; sampled in two ways."""
    truth = from_array(np.random.default_rng(3).normal(2.0, 0.5, (60, 1)), "sixty")
    rows = truth.for_training("float64")

    def log_density(theta, x):
        z = (mnp.reshape(x, (-1,)) - theta["mean"]) * mnp.exp(-theta["s"])
        return -0.5 * z * z - theta["s"] - 0.5 * math.log(2.0 * math.pi)

    def of(state):
        return state.parameters["model"]

    def sample(state, n, rng, condition=None):
        z = rng.standard_normal((n, 1)) * (0.0 if condition == "mean" else 1.0)
        return of(state)["mean"] + mnp.exp(of(state)["s"]) * z

    def init(rng):
        return {"mean": rng.standard_normal(()), "s": mnp.zeros(())}

    player = Player(init, lambda p, x, rng: -mnp.mean(log_density(p["model"], x)), optim.adam(1e-2))
    return System(
        "sixty numbers",
        players_learner({"model": player}, lambda rng, state: mnp.take(rows, rng.integers(0, 60, (batch,)), 0)),
        sample,
        lambda state, rng: {"mean": float(mg.to_numpy(of(state)["mean"])), "collapsed": False},
        100,
        data=rows,
        log_density=lambda state, x: log_density(of(state), x),
        conditions=("mean", "spread"),
    )


STRANGERS = {"two_moons": two_moons, "normal_by_likelihood": normal_by_likelihood}


@pytest.mark.parametrize("law", laws.LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("name", STRANGERS)
def test_a_law_of_systems(name, law):
    registered = system(heading="Of my own", about="a stranger's")(STRANGERS[name])
    assert SYSTEMS[name] is registered
    made = registered()
    law(made, made.train(2))


@pytest.mark.parametrize("name", STRANGERS)
def test_its_steps_are_compiled(name, monkeypatch):
    made = system(heading="Of my own", about="a stranger's")(STRANGERS[name])()
    laws.is_compiled(made, made.train(2), monkeypatch)


@pytest.mark.parametrize("name", STRANGERS)
def test_it_is_drawn(name):
    """By the default for rows; nobody wrote a drawing for it."""
    from minigan.plots import pictures

    made = system(heading="Of my own", about="a stranger's")(STRANGERS[name])()
    drawn = pictures(made, made.train(2))
    assert set(drawn) == {"samples.png", "losses.png"}


def test_what_a_function_becomes():
    registered = system(heading="Mode Collapse", about="of my own", name="two-moons")(two_moons)
    assert list(SYSTEMS)[-1] == "two-moons" and "two_moons" not in SYSTEMS
    assert (registered.name, registered.heading, registered.about) == ("two-moons", "Mode Collapse", "of my own")
    assert registered.function is two_moons and not registered.takes_data and registered.kind == ""
    made = registered(width=5, game="minimax")
    assert (made.name, made.heading, made.about) == ("two-moons", "Mode Collapse", "of my own")
    told = dict(made.options)
    assert (told.pop("width"), told.pop("batch"), told.pop("game")) == (5, 16, "minimax")
    assert told and set(told.values()) == {None}


def test_a_name_is_taken_once():
    def ring(*, batch: int = 3) -> System: ...

    with pytest.raises(ValueError, match=r"called 'ring' is registered already, by minigan\.models\.games\.ring"):
        system(heading="Mine", about="mine")(ring)
    assert SYSTEMS["ring"].function is not ring


def test_a_file_may_be_run_again():
    """What it registers takes the place of what it registered before."""

    def run():
        @system(heading="Mine", about="mine")
        def again(*, batch: int = 3) -> System:
            return two_moons(batch=batch)

        return again

    first, second = run(), run()
    assert first is not second and SYSTEMS["again"] is second


def test_what_is_no_option_is_refused():
    def wrong(batch) -> System: ...

    with pytest.raises(TypeError, match="keywords with a default, and batch of wrong is not"):
        system(heading="Mine", about="mine")(wrong)
    assert "wrong" not in SYSTEMS


def test_what_returns_no_system_is_told_so():
    def forgetful(*, batch: int = 3):
        two_moons(batch=batch)

    with pytest.raises(TypeError, match="system forgetful returns a System, and returned None"):
        system(heading="Mine", about="mine")(forgetful)()


def test_what_is_passed_on():
    """All options of the function's own, defaults among them; of `GameOptions` what is given, hyphens or not."""
    passed = []

    def curious(*, some_steps: int = 3, quick: bool = False, **how: Unpack[GameOptions]) -> System:
        passed.append({"some_steps": some_steps, "quick": quick, **how})
        return two_moons()

    registered = system(heading="Mine", about="mine")(curious)
    registered()
    registered(**{"some-steps": 4, "--discriminator-steps": 2, "first_order": False})
    assert passed == [
        {"some_steps": 3, "quick": False},
        {"some_steps": 4, "quick": False, "discriminator_steps": 2, "first_order": False},
    ]


def test_data_of_ones_own():
    seen = []

    @system(heading="Mine", about="mine", kind="rows")
    def hungry(data: Dataset, *, batch: int = 3) -> System:
        seen.append(data)
        return two_moons()

    @system(heading="Mine", about="mine", kind="rows")
    def modest(data: Dataset | None = None, *, batch: int = 3) -> System:
        seen.append(data)
        return two_moons()

    assert (hungry.takes_data, hungry.needs_data, hungry.kind) == (True, True, "rows")
    assert (modest.takes_data, modest.needs_data) == (True, False)
    assert "data" not in hungry.options and list(hungry.options) == ["batch"]
    mine = from_array(np.eye(3), "mine")
    hungry(data=mine)
    modest()
    assert seen == [mine, None]
    for registered in (hungry, modest):
        with pytest.raises(TypeError, match=f"the data of {registered.name} is a Dataset"):
            registered(data=[[1.0]])
    with pytest.raises(ValueError, match="hungry trains on data of your own"):
        hungry(batch=4)
