"""Every method on V = xy: spectral radii from the differentiated step against closed forms, thresholds, long runs."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import optim
from minigan.dynamics import (
    METHODS,
    TwoPlayerGame,
    alternating,
    averages,
    bilinear,
    consensus,
    exponential_moving_average,
    extragradient,
    heavy_ball,
    iterate_average,
    optimistic,
    play,
    proximal_point,
    simultaneous,
    spectral_radius,
    trajectory,
    update_spectrum,
    zero_sum,
)

ORIGIN = (0.0, 0.0)
RATES = (0.01, 0.1, 0.3, 0.5, 0.57, 0.6, 1.0, 1.5, 1.9, 2.5)
MAKE = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "extragradient": extragradient,
    "optimistic": optimistic,
    "proximal_point": proximal_point,
    "consensus 0.1": lambda lr: consensus(lr, gamma=0.1),
    "consensus 1": lambda lr: consensus(lr, gamma=1.0),
}
# computed elsewhere, at 60 digits; in the order of RATES
PRINTED = {
    "simultaneous": "1.000049999 1.004987562 1.044030651 1.118033989 1.151043005 1.166190379 1.414213562 1.802775638 "
    "2.147091055 2.692582404",
    "alternating": "1 1 1 1 1 1 1 1 1 4",
    "extragradient": "0.9999500038 0.9950376877 0.9581753493 0.9013878189 0.8835496647 0.877268488 1 1.952562419 "
    "3.22832774 5.814851675",
    "optimistic": "0.9999499937 0.994936153 0.9486832981 0.7071067812 0.9807107901 1.057352815 1.931851653 2.956795679 "
    "3.766366293 4.974680765",
    "proximal_point": "0.9999500037 0.9950371902 0.9578262852 0.894427191 0.8687772702 0.8574929257 0.7071067812 "
    "0.5547001962 0.4657464328 0.3713906764",
    "consensus 0.1": "0.9990500488 0.9950376877 1.015332458 1.073545528 1.101884295 1.115168149 1.345362405 1.724093965 "
    "2.065453945 2.610076627",
    "consensus 1": "0.9900505038 0.9055385138 0.7615773106 0.7071067812 0.7140028011 0.7211102551 1 1.58113883 "
    "2.102379604 2.915475947",
}


def closed_form(name, lr):
    if name == "simultaneous":
        return math.sqrt(1.0 + lr**2)
    if name == "alternating":  # det 1, trace 2 - lr^2
        return 1.0 if lr <= 2.0 else (lr**2 - 2.0 + lr * math.sqrt(lr**2 - 4.0)) / 2.0
    if name == "extragradient":
        return math.sqrt(1.0 - lr**2 + lr**4)
    if name == "optimistic":
        if lr <= 0.5:
            return math.sqrt((1.0 + math.sqrt(1.0 - 4.0 * lr**2)) / 2.0)
        return math.sqrt(0.25 + (lr + 0.5 * math.sqrt(4.0 * lr**2 - 1.0)) ** 2)
    if name == "proximal_point":
        return 1.0 / math.sqrt(1.0 + lr**2)
    gamma = float(name.split()[1])
    return math.hypot(1.0 - lr * gamma, lr)


@pytest.mark.parametrize("lr", RATES)
@pytest.mark.parametrize("name", MAKE)
def test_spectral_radius(name, lr):
    found = spectral_radius(MAKE[name](lr), bilinear(), ORIGIN)
    # at lr = 1/2 the optimistic map has a double eigenvalue and no basis: an error e of rounding moves it by sqrt(e)
    defective = name == "optimistic" and lr == 0.5
    assert_allclose(found, closed_form(name, lr), rtol=3e-8 if defective else 1e-12)
    printed = float(PRINTED[name].split()[RATES.index(lr)])
    assert_allclose(found, printed, rtol=3e-8 if defective else 1e-8)


@pytest.mark.parametrize("name, critical", [
    ("extragradient", 1.0),
    ("optimistic", 1.0 / math.sqrt(3.0)),
    ("consensus 0.1", 0.2 / 1.01),
    ("consensus 1", 1.0),
])  # fmt: skip
def test_stability_thresholds(name, critical):
    below, above = (spectral_radius(MAKE[name](share * critical), bilinear(), ORIGIN) for share in (0.99, 1.01))
    assert below < 1.0 < above


def test_alternating_is_bounded_as_far_as_two():
    start = (1.0, 0.0)
    assert abs(spectral_radius(alternating(1.98), bilinear(), ORIGIN) - 1.0) < 1e-12
    bound = 1.0 / (1.0 - 0.99)  # of x^2 + y^2, from the invariant x^2 + y^2 - lr xy = 1
    path = trajectory(alternating(1.98), bilinear(), start, 2000)
    assert (path**2).sum(1).max() <= bound * (1.0 + 1e-9)
    assert_allclose((path**2).sum(1) - 1.98 * path.prod(1), 1.0, rtol=1e-9)
    assert spectral_radius(alternating(2.02), bilinear(), ORIGIN) > 1.2
    assert (trajectory(alternating(2.0), bilinear(), start, 1000)[-1] == (-1999.0, -2000.0)).all()


def test_two_time_scales():
    for lr_x, lr_y in ((0.1, 0.4), (1.0, 0.05), (3.0, 1.3)):
        found = spectral_radius(simultaneous(lr_x, lr_y), bilinear(), ORIGIN)
        assert_allclose(found, math.sqrt(1.0 + lr_x * lr_y), rtol=1e-13)
        assert_allclose(spectral_radius(alternating(lr_x, lr_y), bilinear(), ORIGIN), 1.0, rtol=1e-12)
    assert spectral_radius(alternating(3.0, 1.36), bilinear(), ORIGIN) > 1.1  # 4.08 > 4


@pytest.mark.parametrize("x_steps, y_steps", [(1, 3), (2, 2), (4, 1)])
def test_several_steps_each_multiply_the_rates(x_steps, y_steps):
    """The loss is linear in each player: k steps against a player at rest are one step of k times the length."""
    several = alternating(0.3, 0.2, x_steps=x_steps, y_steps=y_steps)
    once = alternating(0.3 * x_steps, 0.2 * y_steps)
    assert_allclose(
        trajectory(several, bilinear(), (1.0, 0.5), 20), trajectory(once, bilinear(), (1.0, 0.5), 20), rtol=1e-12
    )
    y_first = trajectory(alternating(0.3, first="y"), bilinear(), (1.0, 0.5), 1)[1]
    assert_allclose(y_first, [1.0 - 0.3 * 0.8, 0.8], rtol=1e-15)


@pytest.mark.parametrize("mass, radius", [(-0.5, 0.9625), (0.5, 1.269), (0.0, 1.0)])
def test_momentum_of_either_sign(mass, radius):
    assert_allclose(spectral_radius(alternating(heavy_ball(0.5, mass)), bilinear(), ORIGIN), radius, atol=5e-4)


def test_positive_momentum_is_optims():
    ours, theirs = (
        trajectory(alternating(rule), bilinear(), (1.0, 0.5), 30)
        for rule in (heavy_ball(0.2, 0.6), optim.momentum(0.2, 0.6))
    )
    assert_allclose(ours, theirs, rtol=1e-12)


@pytest.mark.parametrize(
    "name, norm",
    [
        ("simultaneous", 1.64463182184),
        ("alternating", 1.02341384742),
        ("extragradient", 0.608069227376),
        ("optimistic", 0.608101422371),
    ],
)
def test_a_hundred_steps(name, norm):
    assert_allclose(np.linalg.norm(trajectory(MAKE[name](0.1), bilinear(), (1.0, 0.0), 100)[-1]), norm, rtol=1e-11)


@pytest.mark.parametrize("name", [name for name in MAKE if name != "alternating"])
@pytest.mark.parametrize("lr", [0.05, 0.2])
def test_the_slope_of_log_distance_is_that_of_the_spectral_radius(name, lr):
    """Over 200 steps; eigenvalues of these maps are a conjugate pair c e^(+-iw), so |z_t| = |c|^t up to a fixed ellipse,
    a circle but for the optimistic method, whose smaller pair has to die out first."""
    path = trajectory(MAKE[name](lr), bilinear(), (0.6, -0.8), 250)
    norms = np.linalg.norm(path[50:], axis=1)
    slope = math.log(norms[-1] / norms[0]) / 200.0
    assert_allclose(slope, math.log(closed_form(name, lr)), rtol=0, atol=1e-12)


def test_update_spectrum_sees_what_a_method_remembers():
    lr = 0.3
    mu = np.array([1j, -1j])  # optimistic: l^2 - l (1 - 2 lr mu) - lr mu = 0
    root = np.sqrt(1.0 + 4.0 * lr**2 * mu**2)
    stated = np.concatenate([0.5 * (1.0 - 2.0 * lr * mu + root), 0.5 * (1.0 - 2.0 * lr * mu - root)])
    found = update_spectrum(optimistic(lr), bilinear(), ORIGIN)
    assert_allclose(np.sort_complex(found), np.sort_complex(stated), atol=1e-12)
    assert_allclose(update_spectrum(simultaneous(lr), bilinear(), ORIGIN), [1 + 0.3j, 1 - 0.3j], rtol=1e-14)
    mean = update_spectrum(exponential_moving_average(proximal_point(1.0), 0.9), bilinear(), ORIGIN)
    assert_allclose(abs(mean), [0.9, 0.9, math.sqrt(0.5), math.sqrt(0.5)], rtol=1e-12)


def test_averages():
    T = 2000
    cycle = play(iterate_average(alternating(0.5)), bilinear(), (1.0, 0.0), T)
    path = trajectory(alternating(0.5), bilinear(), (1.0, 0.0), T)
    mean = [float(mg.to_numpy(one)) for one in averages(cycle)]
    assert_allclose(mean, path[1:].mean(0), atol=1e-13)
    assert np.linalg.norm(mean) < 8.0 / T < np.linalg.norm(path[-1])  # a geometric sum: O(1 / T)
    spiral = play(iterate_average(simultaneous(0.5)), bilinear(), (1.0, 0.0), 200)
    assert np.linalg.norm([float(mg.to_numpy(one)) for one in averages(spiral)]) > 1e6
    smooth = averages(play(exponential_moving_average(alternating(0.5), 0.9), bilinear(), (1.0, 0.0), 50))
    stated = path[0]
    for row in path[1:51]:
        stated = 0.9 * stated + 0.1 * row
    assert_allclose([float(mg.to_numpy(one)) for one in smooth], stated, rtol=1e-12)
    with pytest.raises(ValueError, match="holds no averages"):
        averages(play(simultaneous(0.1), bilinear(), (1.0, 0.0), 1))


def test_the_proximal_point_solves_its_equation():
    game = zero_sum(lambda x, y: x * y + 0.1 * x**4 - 0.2 * mnp.cos(y))
    for method in (proximal_point(0.4), proximal_point(0.4, solver="fixed_point", iterations=200)):
        start = trajectory(method, game, (1.0, -0.5), 1)
        g = game.gradients(*(mnp.asarray(z) for z in start[1]))
        assert_allclose(start[1], start[0] - 0.4 * np.array([float(mg.to_numpy(one)) for one in g]), atol=1e-11)
    two_rounds = proximal_point(0.4, solver="fixed_point", tolerance=10.0, iterations=2)
    with pytest.raises(ArithmeticError, match="take a smaller learning rate"):
        play(proximal_point(2.5, solver="fixed_point"), bilinear(), (1.0, 0.0), 1)
    assert np.isfinite(trajectory(two_rounds, bilinear(), (1.0, 0.0), 3)).all()


def test_methods_on_trees_are_methods_on_each_coordinate():
    """<x, y> over a tree is a sum of independent saddles."""

    def value(x, y):
        return mnp.sum(x["a"] * y[0]) + x["b"] * y[1]

    at = ({"a": mnp.asarray([1.0, 0.3]), "b": mnp.asarray(-0.2)}, (mnp.asarray([0.0, 0.5]), mnp.asarray(2.0)))
    for name, make in MAKE.items():
        path = trajectory(make(0.3), zero_sum(value), at, 5)
        for i, start in enumerate(((1.0, 0.0), (0.3, 0.5), (-0.2, 2.0))):
            alone = trajectory(make(0.3), bilinear(), start, 5)
            assert_allclose(path[:, [i, i + 3]], alone, atol=1e-13, err_msg=name)


def test_float32_stays_float32():
    at = (mnp.asarray(1.0, dtype="float32"), mnp.asarray(0.5, dtype="float32"))
    methods = [*MAKE.values(), lambda lr: iterate_average(optimistic(lr)), lambda lr: alternating(heavy_ball(lr, -0.3))]
    for make in methods:
        if make is proximal_point:
            make = lambda lr: proximal_point(lr, tolerance=1e-6)
        end = play(make(0.1), bilinear(), at, 3)
        assert {mg.to_numpy(leaf).dtype for leaf in mg.tree_leaves(end)} == {np.dtype("float32")}


@pytest.mark.outcome
def test_optimisers_as_players():
    """Any optimiser of the library is a rule for a player, and none of the methods moves the start."""
    game = TwoPlayerGame(lambda x, y: (x - 1.0) ** 2 + 0.5 * x * y, lambda x, y: (y + 2.0) ** 2 - 0.5 * x * y)
    # 2 (x - 1) + y / 2 = 0 and 2 (y + 2) - x / 2 = 0
    stated = np.linalg.solve([[2.0, 0.5], [-0.5, 2.0]], [2.0, -4.0])
    for name, make in METHODS.items():
        end = play(make(optim.adam(optim.cosine(0.1, 400), beta1=0.5), 0.1), game, (0.0, 0.0), 400)
        assert_allclose([float(mg.to_numpy(z)) for z in (end.x, end.y)], stated, atol=1e-3, err_msg=name)


@pytest.mark.parametrize(
    "make, error, message",
    [
        (lambda: simultaneous(-0.1), ValueError, "positive number"),
        (lambda: alternating(0.1, x_steps=0), ValueError, "positive integer"),
        (lambda: alternating(0.1, first="z"), ValueError, "'x' or 'y'"),
        (lambda: heavy_ball(0.1, 1.0), ValueError, r"\(-1, 1\)"),
        (lambda: consensus(0.1, gamma=-1.0), ValueError, "non-negative"),
        (lambda: proximal_point(0.1, solver="guess"), ValueError, "'newton' or 'fixed_point'"),
        (lambda: proximal_point(0.1, iterations=0), ValueError, "positive integer"),
        (lambda: exponential_moving_average(simultaneous(0.1), 1.0), ValueError, r"\[0, 1\)"),
        (lambda: play(simultaneous(0.1), bilinear(), (1.0,), 1), ValueError, "a pair"),
        (lambda: play(simultaneous(0.1), bilinear(), (1.0, 0.0), -1), ValueError, "non-negative integer"),
    ],
)
def test_refusals(make, error, message):
    with pytest.raises(error, match=message):
        make()
