"""What crosses processes: systems, what `fit` returns, penalties; each is made again and does the same to the bit."""

import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest

from minigan import nn, optim, tree_leaves
from minigan.backend import to_numpy
from minigan.data import from_array
from minigan.densities import Normal
from minigan.gan import fit, gradient_penalty, r1, r2, scheduled
from minigan.gan.penalties import drawn
from minigan.models import SYSTEMS, find_system, fit_of
from minigan.random import generator

pytestmark = pytest.mark.usefixtures("on_numpy")
MINE = '''
from minigan.gan.penalties import drawn
from minigan.models import System, system
from minigan.training import Player, players_learner
from minigan import optim
import minigan.numpy as mnp

@system(heading="Mine", about="a number that learns to be another", name="crossing-system")
def crossing(*, goal: float = 1.0) -> System:
    model = Player(lambda rng: mnp.zeros(1), lambda p, b, rng: mnp.sum((p["m"] - goal) ** 2), optim.sgd(0.1))
    learner = players_learner({"m": model}, lambda rng, state: ())
    return System("a number", learner, lambda state, n, rng, condition=None: None, lambda state, rng: {}, 5)
'''


def made(name):
    system = SYSTEMS[name]
    if not system.needs_data:
        return system()
    values = np.random.default_rng(0).standard_normal((20, 3) if system.kind == "rows" else (20, 8, 8))
    return system(data=from_array(values, "mine"))


def trained(system, steps=2):
    """What another process is asked for: the final parameters of a small run."""
    return [to_numpy(leaf) for leaf in tree_leaves(system.train(steps).state)]


@pytest.mark.parametrize("name", SYSTEMS)
def test_a_system_is_made_again(name):
    system = made(name)
    again = pickle.loads(pickle.dumps(system))
    assert (again.name, again.options, again.title) == (system.name, system.options, system.title)
    assert all((a == b).all() for a, b in zip(trained(again), trained(system), strict=True))
    assert pickle.loads(pickle.dumps(SYSTEMS[name])) is SYSTEMS[name]


def test_one_of_a_file_of_ones_own_goes_to_another_process(tmp_path):
    Path(tmp_path, "mine.py").write_text(MINE)
    system = find_system(f"{tmp_path}/mine.py:crossing-system")(goal=3.0)
    try:
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            parameters, steps = pool.submit(trained_elsewhere, system).result(timeout=120)
        assert np.allclose(parameters, 3.0 * (1.0 - 0.8**5)) and steps == 5
    finally:
        del SYSTEMS["crossing-system"]


def trained_elsewhere(system):
    found = system.train(5).state
    return to_numpy(found.parameters["m"]), int(to_numpy(found.steps))


@pytest.mark.parametrize("name", sorted(name for name in SYSTEMS if "players" in made(name).parts))
def test_what_a_gan_came_to_goes_with_its_noise(name):
    system = made(name)
    result = fit_of(system, system.train(1))
    again = pickle.loads(pickle.dumps(result))
    assert (to_numpy(again.sample(4, generator(1))) == to_numpy(result.sample(4, generator(1)))).all()
    assert again.history == result.history and again.rng.state == result.rng.state


def test_what_fit_returns():
    result = fit(nn.dense(1), nn.mlp([4, 1]), Normal(1.0, 1.0), steps=1, batch=4, penalty=r1(1.0))
    again = pickle.loads(pickle.dumps(result))
    assert (to_numpy(again.sample(4)) == to_numpy(result.sample(4))).all()


@pytest.mark.parametrize(
    "penalty",
    [r1(2.0), r2(1.0) + r1(1.0), gradient_penalty(3.0), scheduled(r1(), optim.cosine(1.0, 9), every=2)],
    ids=repr,
)
def test_penalties(penalty):
    again = pickle.loads(pickle.dumps(penalty))
    x = generator(0).standard_normal((4, 2))
    draws = [drawn(one, generator(1), (4, 2), "float64", 4) for one in (penalty, again)]
    values = [float(one.value(lambda x: x[:, 0] ** 2, x, -x, luck)) for one, luck in zip((penalty, again), draws)]
    assert values[0] == values[1] and repr(again) == repr(penalty)
