"""Compiled is eager to the bit where no sum may be taken in another order, and in every thread.

Of a step of two networks the compiler joins batches and reorders their sums: there the two agree to rounding.
"""

import threading

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.dynamics import (
    METHODS,
    bilinear,
    consensus,
    descent_of_densities,
    dirac_gan,
    exponential_moving_average,
    function_space_game,
    heavy_ball,
    iterate_average,
    optimistic,
    quadratic,
    simultaneous,
)
from minigan.gan import GAMES, Players, initial_state, make_step
from minigan.random import generator

pytestmark = pytest.mark.usefixtures("on_numpy")


def bits(tree):
    leaves = map(mg.to_numpy, mg.tree_leaves(tree))
    return [(x.dtype, x.shape, x.tobytes()) for x in leaves]


# -- games with closed forms: numbers and vectors, every method ----------------------------------------------------

PLAYED = {
    "bilinear": bilinear(1.3),
    "quadratic": quadratic(0.3, 1.1, 0.2),
    **{f"dirac {loss}": dirac_gan(loss) for loss in ("minimax", "non_saturating", "wasserstein")},
    "dirac, all penalties": dirac_gan(r1=0.3, r2=0.2, gradient_penalty=0.1, target=0.5),
    "dirac, noise": dirac_gan(instance_noise=0.3),
}
STEPPED = {
    **{name: lambda make=make: make(0.1) for name, make in METHODS.items() if name != "proximal_point"},
    "two rates": lambda: simultaneous(0.1, 0.03),
    "alternating, several": lambda: METHODS["alternating"](0.1, 0.2, x_steps=2, y_steps=3, first="y"),
    "heavy ball": lambda: METHODS["alternating"](heavy_ball(0.1, -0.3)),
    "adam and rmsprop": lambda: simultaneous(optim.adam(0.1), optim.rmsprop(0.05)),
    "optimistic adam": lambda: optimistic(optim.adam(0.1)),
    "consensus, strong": lambda: consensus(0.1, 0.2, gamma=3.0),
    "averaged": lambda: iterate_average(METHODS["extragradient"](0.1)),
    "moving average": lambda: exponential_moving_average(simultaneous(0.1), 0.9),
}


@pytest.mark.parametrize("game", PLAYED)
@pytest.mark.parametrize("method", STEPPED)
def test_every_method_on_every_game(method, game):
    method, game = STEPPED[method](), PLAYED[game]
    plain = fast = method.init(mnp.asarray(1.3), mnp.asarray(-0.7))
    compiled = mg.compile(lambda play: method.step(game, play))
    for _ in range(5):
        plain, fast = method.step(game, plain), compiled(fast)
        assert bits(plain) == bits(fast)


def test_densities_on_a_simplex():
    p = mnp.asarray([0.2, 0.5, 0.3])
    method, game = descent_of_densities(0.1, 0.05), function_space_game(p)
    plain = fast = method.init(mnp.asarray([0.9, 0.05, 0.05]), mnp.asarray([0.5, 0.4, 0.9]))
    compiled = mg.compile(lambda play: method.step(game, play))
    for _ in range(5):
        plain, fast = method.step(game, plain), compiled(fast)
        assert bits(plain) == bits(fast)


@pytest.mark.parametrize("updates", ["alternating", "simultaneous", *sorted(set(METHODS) - {"proximal_point"})])
@pytest.mark.parametrize("game", GAMES)
def test_two_networks_to_rounding(game, updates):
    """Sixteen roundings, relative to each array's largest entry."""
    rule = optim.sgd(0.1)
    players = Players(GAMES[game](), nn.mlp([5, 3], "tanh"), nn.mlp([4, 1], "tanh"), rule, rule)
    rng = generator(0, host=True)
    state = initial_state(players, rng, (1, 2), (1, 3), updates=updates)
    step = make_step(players, updates=updates)
    real, noise = rng.standard_normal((6, 3)), rng.standard_normal((6, 2))
    chance = players.game.penalty.draw(rng, (6, 3)) if players.game.penalty else None
    plain, fast = step(state, real, noise, None, chance), mg.compile(step)(state, real, noise, None, chance)
    for a, b in zip(mg.tree_leaves(plain), mg.tree_leaves(fast), strict=True):
        assert a.dtype == b.dtype
        assert_allclose(b, a, rtol=0, atol=16 * np.finfo(float).eps * max(1.0, np.max(np.abs(a), initial=0.0)))


# -- constants -----------------------------------------------------------------------------------------------------

SIGNS = np.array([0.0, -0.0])
CONSTANTS = {
    "itself": lambda x, c: x * 0.0 + c * 1.0,
    "its reciprocal": lambda x, c: x / c,
    "the other way round": lambda x, c: (x * c, x * c[::-1]),
    "two that are equal but for signs": lambda x, c: (mnp.copysign(x, c), mnp.copysign(x, abs(c))),
    "folded": lambda x, c: mnp.copysign(x, mnp.concatenate([c[:1], c[1:]])),
    "through a square root": lambda x, c: mnp.copysign(x, mnp.sqrt(mnp.asarray(c))),
    "subtracted": lambda x, c: mnp.copysign(x, 0.0 - mnp.asarray(c)),
    "negated": lambda x, c: mnp.copysign(x, -mnp.asarray(c)),
    "selected": lambda x, c: mnp.where(x > 0.0, c, -c),
}
EDGES = {
    "zeros of both signs": SIGNS,
    "the other order": SIGNS[::-1].copy(),
    "float32": SIGNS.astype(np.float32),
    "infinities": np.array([np.inf, -np.inf]),
    "not a number": np.array([np.nan, -np.nan]),
    "subnormal": np.array([5e-324, -5e-324]),
    "one rounding apart": np.array([1.0, 1.0 + 2.0**-52]),
}


@pytest.mark.parametrize("constant", EDGES)
@pytest.mark.parametrize("f", CONSTANTS.values(), ids=CONSTANTS)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_constants_are_what_they_are(f, constant):
    c, x = EDGES[constant], np.array([1.5, -2.5])
    inside = lambda x: f(x, c)
    compiled = mg.compile(inside)
    assert bits(compiled(x)) == bits(inside(x))
    written = {}
    exec(compiled.source, written)  # the source by itself writes its constants down
    found = written[inside.__name__ if inside.__name__.isidentifier() else "f"](x)
    assert bits(list(found)) == bits(mg.tree_leaves(inside(x)))


def test_constants_that_are_equal_but_not_the_same():
    """One is not taken for the other: -0.0 == 0.0, 1 == 1.0 == True, and float32 beside float64."""
    a, b = SIGNS.copy(), SIGNS[::-1].copy()
    f = lambda x: (x * a, x * b, x * 0.0, x * -0.0, x * a.astype(np.float32), x + np.float32(1), x + 1, x + True)
    x = np.array([1.5, 2.5])
    assert bits(mg.compile(f)(x)) == bits(f(x))
    x = x.astype(np.float32)
    assert bits(mg.compile(f)(x)) == bits(f(x))


# -- updates packed into one ---------------------------------------------------------------------------------------

def update(x, g):
    return x - 0.1 * g / (1.0 + mnp.abs(g))


A, B = np.random.default_rng(1).standard_normal((2, 6, 6))
ORDERS = {
    "at once": lambda p, q: (update(p, A @ q), update(q, B @ p)),
    "the first and then the second": lambda p, q: (lambda p: (p, update(q, B @ p)))(update(p, A @ q)),
    "the second and then the first": lambda p, q: (lambda q: (update(p, A @ q), q))(update(q, B @ p)),
    "by a sum": lambda p, q: (lambda p: (p, update(q, mnp.sum(p) * mnp.cumsum(q))))(update(p, mnp.cumsum(p))),
    "twice each": lambda p, q: (lambda p: (lambda q: (update(p, A @ q), q))(update(q, B @ p)))(update(p, A @ q)),
}


@pytest.mark.parametrize("donate", [(), (0, 1)])
@pytest.mark.parametrize("step", ORDERS.values(), ids=ORDERS)
def test_updates_that_wait_for_one_another_are_not_made_at_once(step, donate):
    """Two that are equal in form are packed into one where neither needs the other's end."""
    p, q = np.random.default_rng(0).standard_normal((2, 6))
    expected = step(p, q)
    found = mg.compile(step, donate=donate)(p.copy(), q.copy())
    assert bits(found) == bits(expected)


# -- threads -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("donate", [(), 0])
def test_four_threads_with_data_of_their_own(donate):
    """20,000 elements: a call is long enough for the others to come in between; 50 showed a missing lock one time in 3."""

    def step(state, x):
        return {"w": mnp.exp(-mnp.square(state["w"])) * x + mnp.tanh(x * state["w"]), "n": state["n"] + mnp.sum(x)}

    compiled, wrong, start = mg.compile(step, donate=donate), [], threading.Barrier(4)

    def work(k):
        rng = np.random.default_rng(k)
        x, state = rng.standard_normal(20_000), {"w": rng.standard_normal(20_000), "n": np.asarray(float(k))}
        expected = step(step(state, x), x)
        start.wait()
        for _ in range(40):
            own = {"w": state["w"].copy(), "n": state["n"].copy()}
            found = compiled(compiled(own, x), x)
            if bits(found["w"]) != bits(expected["w"]) or abs(found["n"] - expected["n"]) > 1e-9:
                wrong.append(k)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
