"""The Dirac-GAN against its theory: eigenvalues, who comes to rest, conserved energy, slow convergence."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import optim
from minigan.backend import dtype_name
from minigan.dynamics import (
    alternating,
    bilinear,
    consensus,
    dirac_eigenvalues,
    dirac_gan,
    extragradient,
    flow,
    non_saturating_radius,
    simultaneous,
    spectral_radius,
    spectrum,
    trajectory,
    zero_sum,
)

ORIGIN = (0.0, 0.0)


def mescheders(loss="minimax", gamma=0.0, sigma=0.0):
    """Written again from f(t) = -log(1 + e^-t), f'(0) = 1/2, f''(0) = -1/4, and f(t) = t."""
    first, second = (1.0, 0.0) if loss == "wasserstein" else (0.5, -0.25)
    trace, determinant = 2.0 * second * sigma**2 - gamma, first**2
    return np.roots([1.0, -trace, determinant])


CASES = [
    *((loss, {}, {}) for loss in ("minimax", "non_saturating", "wasserstein")),
    *(
        (loss, {"r1": g}, {"gamma": g})
        for loss in ("minimax", "non_saturating", "wasserstein")
        for g in (0.3, 0.7, 3.0)
    ),
    ("minimax", {"r2": 0.3}, {"gamma": 0.3}),
    ("minimax", {"r1": 0.1, "r2": 0.4}, {"gamma": 0.5}),
    ("wasserstein", {"gradient_penalty": 0.4, "target": 0.0}, {"gamma": 0.8}),  # lambda psi^2 is gamma/2 psi^2
    *((loss, {"instance_noise": s}, {"sigma": s}) for loss in ("minimax", "non_saturating") for s in (0.3, 0.7, 2.0)),
    ("wasserstein", {"instance_noise": 0.7}, {}),
]


@pytest.mark.parametrize("loss, options, theirs", CASES)
def test_eigenvalues(loss, options, theirs):
    found = spectrum(dirac_gan(loss, **options), ORIGIN)
    assert_allclose(np.sort_complex(found), np.sort_complex(mescheders(loss, **theirs)), atol=1e-10)
    gamma = theirs.get("gamma", 0.0)
    stated = dirac_eigenvalues(loss, gamma=gamma, instance_noise=options.get("instance_noise", 0.0))
    assert_allclose(np.sort_complex(found), np.sort_complex(stated), atol=1e-10)


def test_critical_damping_and_the_factor_of_two():
    """gamma/2: at gamma = 1 (2 for WGAN) the eigenvalues meet. With gamma in place of gamma/2 they would at half of it."""
    for loss, critical in (("minimax", 1.0), ("wasserstein", 2.0)):
        below, above = (spectrum(dirac_gan(loss, r1=share * critical), ORIGIN) for share in (0.999, 1.001))
        assert (abs(below.imag) > 0.01).all() and (above.imag == 0.0).all()
    sigma = math.sqrt(2.0)
    below, above = (spectrum(dirac_gan("minimax", instance_noise=share * sigma), ORIGIN) for share in (0.999, 1.001))
    assert (abs(below.imag) > 0.01).all() and (above.imag == 0.0).all()


@pytest.mark.parametrize("gamma", [0.1, 1.0])
@pytest.mark.parametrize("lr", [0.05, 0.4])
def test_consensus(gamma, lr):
    """Of the field: -gamma/4 +- i/2; a step has 1 + lr times that."""
    found = spectral_radius(consensus(lr, gamma=gamma), dirac_gan("minimax"), ORIGIN)
    assert_allclose(found, abs(1.0 + lr * (-0.25 * gamma + 0.5j)), rtol=1e-12)


def test_thresholds_of_discrete_steps():
    minimax = dirac_gan("minimax")
    assert_allclose(spectral_radius(simultaneous(0.1), minimax, ORIGIN), math.sqrt(1.0 + 0.1**2 / 4.0), rtol=1e-13)
    for share, inside in ((0.99, True), (1.01, False)):
        assert (spectral_radius(alternating(share * 4.0), minimax, ORIGIN) < 1.0 + 1e-9) == inside
        several = alternating(share * 4.0 / math.sqrt(6.0), x_steps=2, y_steps=3)
        assert (spectral_radius(several, minimax, ORIGIN) < 1.0 + 1e-9) == inside
        damped = dirac_gan("minimax", r1=0.3)  # a complex pair: lr < gamma / f'(0)^2
        assert (spectral_radius(simultaneous(share * 0.3 / 0.25), damped, ORIGIN) < 1.0) == inside
        overdamped = dirac_gan("minimax", r1=2.0)  # real ones: lr < 2 / |smallest|
        longest = 2.0 / (1.0 + math.sqrt(0.75))
        assert (spectral_radius(simultaneous(share * longest), overdamped, ORIGIN) < 1.0) == inside


def clipped(limit=1.0, lr=0.2):
    return optim.clip_weights(optim.sgd(lr), limit)


RESTS = {
    "instance noise": (dirac_gan("minimax", instance_noise=0.7), simultaneous(0.2)),
    "instance noise, alternating": (dirac_gan("minimax", instance_noise=0.7), alternating(0.2)),
    "R1": (dirac_gan("minimax", r1=0.3), simultaneous(0.2)),
    "R2": (dirac_gan("non_saturating", r2=0.3), alternating(0.2)),
    "WGAN with R1": (dirac_gan("wasserstein", r1=1.0), simultaneous(0.2)),
    "consensus": (dirac_gan("minimax"), consensus(0.2, gamma=1.0)),
    "zero-centred penalty": (dirac_gan("wasserstein", gradient_penalty=0.5, target=0.0), simultaneous(0.2)),
}
TURNS = {
    "minimax": (dirac_gan("minimax"), simultaneous(0.2)),
    "minimax, alternating": (dirac_gan("minimax"), alternating(0.2)),
    "WGAN": (dirac_gan("wasserstein"), alternating(0.2)),
    "clipped WGAN": (dirac_gan("wasserstein"), simultaneous(optim.sgd(0.2), clipped())),
    "clipped WGAN, alternating": (dirac_gan("wasserstein"), alternating(optim.sgd(0.2), clipped())),
    "WGAN-GP": (dirac_gan("wasserstein", gradient_penalty=0.35), simultaneous(0.2)),
    "WGAN-GP, alternating": (dirac_gan("wasserstein", gradient_penalty=0.35), alternating(0.2)),
}


@pytest.mark.parametrize("start", [(1.0, 1.0), (1.0, -1.0), (0.5, 0.0)])
@pytest.mark.parametrize("name", RESTS)
def test_the_set_that_converges(name, start):
    game, method = RESTS[name]
    radii = np.linalg.norm(trajectory(method, game, start, 1500), axis=1)
    assert radii[-1] < 1e-6 < radii[0]


@pytest.mark.parametrize("start", [(1.0, 1.0), (1.0, -1.0), (0.5, 0.0)])
@pytest.mark.parametrize("name", TURNS)
def test_the_set_that_does_not(name, start):
    game, method = TURNS[name]
    radii = np.linalg.norm(trajectory(method, game, start, 1500), axis=1)
    assert radii[-300:].min() > 0.4


def test_known_final_radii():
    """From (1, 1), 500 steps of 0.2, psi's sign that of the paper: in ours the start is (1, -1)."""
    for (game, rule), stated in {
        ("minimax", simultaneous): 3.097,
        ("minimax", alternating): 1.421,
        ("non_saturating", simultaneous): 0.640,
        ("non_saturating", alternating): 0.284,
    }.items():
        found = np.linalg.norm(trajectory(rule(0.2), dirac_gan(game), (1.0, -1.0), 500)[-1])
        assert_allclose(found, stated, atol=6e-4)


def test_long_runs_from_1_0(on_numpy):
    minimax = trajectory(simultaneous(0.1), dirac_gan("minimax"), (1.0, 0.0), 10_000)[-1]
    assert_allclose(np.linalg.norm(minimax), 3.86209340627, rtol=1e-9)
    damped = trajectory(simultaneous(0.1), dirac_gan("minimax", r1=1.0), (1.0, 0.0), 1000)[-1]
    assert_allclose(np.linalg.norm(damped), 9.1e-21, rtol=0.01)
    settled = trajectory(simultaneous(0.1), dirac_gan("non_saturating"), (1.0, 0.0), 20_000)[-504:]
    assert_allclose((settled**2).sum(1).mean() / 0.2, 0.9994, atol=2e-3)  # r^2 turns about 2 lr (a turn: 126 steps)
    goes_on = trajectory(alternating(0.1), dirac_gan("non_saturating"), (1.0, 0.0), 100_000)[-1]
    assert_allclose(np.linalg.norm(goes_on), 0.027920204429, rtol=1e-9)


@pytest.mark.outcome
@pytest.mark.parametrize("loss", ["minimax", "wasserstein"])
def test_continuous_time_conserves_energy(loss):
    """d(theta^2 + psi^2)/dt = 0 in the zero-sum game, for any f: over 100 units of time, 8 or 16 turns."""
    path = flow(dirac_gan(loss), (1.0, 1.0), np.linspace(0.0, 100.0, 101))
    assert_allclose((path**2).sum(1), 2.0, rtol=1e-9)


def test_continuous_time_of_the_damped_game_loses_it():
    path = flow(dirac_gan("minimax", r1=0.3), (1.0, 1.0), [0.0, 50.0, 100.0])
    assert (np.diff((path**2).sum(1)) < 0.0).all()
    assert_allclose(
        np.log((path[2] ** 2).sum() / (path[1] ** 2).sum()) / 100.0, -0.15, atol=0.01
    )  # |z| ~ e^(-gamma t/2)


def test_the_non_saturating_game_comes_to_rest_like_the_root_of_8_over_t(on_numpy):
    times = np.array([0.0, 10.0, 100.0, 1000.0, 2000.0])
    radii = np.linalg.norm(flow(dirac_gan("non_saturating"), (1.0, -1.0), times, rtol=1e-9, atol=1e-10), axis=1)
    scaled = radii[1:] * np.sqrt(times[1:])
    assert_allclose(scaled, [2.371, 2.783, 2.822, 2.826], atol=2e-3)
    assert (np.diff(abs(scaled - math.sqrt(8.0))) < 0.0).all()
    assert_allclose(radii[-1], non_saturating_radius(2000.0), rtol=2e-3)


def test_extragradient_converges_without_a_regulariser():
    game = dirac_gan("minimax")
    assert_allclose(spectral_radius(extragradient(1.0), game, ORIGIN), math.sqrt(1.0 - 0.25 + 0.0625), rtol=1e-12)
    assert np.linalg.norm(trajectory(extragradient(1.0), game, (1.0, 1.0), 200)[-1]) < 1e-6


@pytest.mark.parametrize(
    "options, message",
    [
        ({"loss": "hinge"}, "one of minimax"),
        ({"r1": -1.0}, "the r1 of dirac_gan is a non-negative number"),
        ({"instance_noise": math.nan}, "the instance_noise of dirac_gan"),
    ],
)
def test_refusals(options, message):
    with pytest.raises(ValueError, match=message):
        dirac_gan(**options)


def test_a_flow_takes_times_that_increase():
    with pytest.raises(ValueError, match="increase"):
        flow(dirac_gan(), (1.0, 0.0), [0.0, 0.0])


def literal_losses(loss, theta, psi, r1=0.0, r2=0.0, gradient_penalty=0.0, target=1.0, instance_noise=0.0):
    """Both losses at real x = 0 and generated theta; expectations over the noise by a sum over a fine grid."""
    grid = np.linspace(-10.0, 10.0, 4001)
    weights = np.exp(-0.5 * grid**2) / np.exp(-0.5 * grid**2).sum()
    expected = lambda f, centre: (weights * f(psi * (centre + instance_noise * grid))).sum()
    softplus = lambda v: np.logaddexp(0.0, v)
    of_real, of_generated = expected(lambda v: softplus(-v), 0.0), expected(softplus, theta)
    penalty = 0.5 * (r1 + r2) * psi**2 + gradient_penalty * (abs(psi) - target) ** 2
    if loss == "wasserstein":
        return -psi * theta, psi * theta + penalty
    generators = {"minimax": -of_generated, "non_saturating": expected(lambda v: softplus(-v), theta)}
    return generators[loss], of_real + of_generated + penalty


OPTIONS = [
    {},
    {"r1": 0.3},
    {"r2": 0.7},
    {"r1": 0.2, "r2": 1.0},
    {"gradient_penalty": 0.4},
    {"gradient_penalty": 1.0},
    {"gradient_penalty": 1.0, "target": 0.0},
    {"gradient_penalty": 0.4, "target": 1.5, "r1": 1.0},
    {"instance_noise": 0.4},
    {"instance_noise": 1.0},
    {"instance_noise": 1.0, "r2": 0.1, "gradient_penalty": 2.0},
]


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("loss", ["minimax", "non_saturating", "wasserstein"])
def test_losses_are_the_formula(loss, options):
    game = dirac_gan(loss, **options)
    assert game.name == f"dirac_{loss}"
    for theta, psi in ((0.7, -0.3), (-1.2, 0.9), (0.4, 0.0)):
        found = [float(mg.to_numpy(one(mnp.asarray(theta), mnp.asarray(psi)))) for one in (game.x_loss, game.y_loss)]
        assert_allclose(found, literal_losses(loss, theta, psi, **options), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("loss", ["minimax", "non_saturating", "wasserstein"])
def test_losses_in_float32_stay_there(loss, options):
    game, at = dirac_gan(loss, **options), [mnp.asarray(z, dtype="float32") for z in (0.7, -0.3)]
    assert {dtype_name(one(*at).dtype) for one in (game.x_loss, game.y_loss)} == {"float32"}


@pytest.mark.parametrize("loss", ["minimax", "non_saturating", "wasserstein"])
def test_eigenvalues_without_options_are_those_of_the_bare_game(loss):
    assert_allclose(dirac_eigenvalues(loss), spectrum(dirac_gan(loss), ORIGIN), atol=1e-12)
    for options in ({"gamma": 0.3}, {"instance_noise": 0.4}):
        full = {"gamma": 0.0, "instance_noise": 0.0} | options
        assert (dirac_eigenvalues(loss, **options) == dirac_eigenvalues(loss, **full)).all()


def test_a_flow_is_of_order_eight():
    """An error of a step of h^8: for a tolerance 10^6 times as small 10^(6/8) = 5.6 times the steps; of order 5, 15.8."""
    asked = []

    def value(x, y):
        asked.append(bool(x > 0.0))  # looks at the value: every call comes here
        return x * y

    calls = []
    for tolerance in (1e-6, 1e-12):
        asked.clear()
        path = flow(zero_sum(value), (1.0, 0.0), [0.0, 50.0], rtol=tolerance, atol=tolerance)
        calls.append(len(asked))
        assert_allclose(path[-1], [math.cos(50.0), math.sin(50.0)], atol=1e3 * tolerance)
    assert 10.0 ** (6.0 / 10.0) < calls[1] / calls[0] < 10.0 ** (6.0 / 7.0)


@pytest.mark.parametrize("which", ["rtol", "atol"])
def test_the_tolerances_of_a_flow_are_kept_to(which):
    """Each alone: looser than the other it is what the error follows, over five orders of magnitude."""
    errors = []
    for tolerance in (1e-3, 1e-6, 1e-9):
        path = flow(bilinear(), (1.0, 0.0), [0.0, 10.0], **{which: tolerance})
        errors.append(np.linalg.norm(path[-1] - [math.cos(10.0), math.sin(10.0)]))
    assert errors[0] > 30.0 * errors[1] > 900.0 * errors[2] > 0.0
    assert np.linalg.norm(flow(bilinear(), (1.0, 0.0), [0.0, 10.0])[-1] - [math.cos(10.0), math.sin(10.0)]) < 1e-10


def test_a_flow_does_not_see_when_it_starts():
    times = np.array([0.0, 0.7, 3.0])
    game = dirac_gan("minimax", r1=0.3)
    early, late = (flow(game, (1.0, 0.5), start + times) for start in (0.0, 40.0))
    assert_allclose(late, early, rtol=1e-9)
    assert (early[0] == (1.0, 0.5)).all()
