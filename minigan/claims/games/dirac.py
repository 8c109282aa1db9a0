"""Non-convergence in GANs: the Dirac-GAN, eigenvalues at its equilibrium, and which regularisers bring it to rest."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ...backend import to_numpy
from ...dynamics import (
    METHODS,
    alternating,
    consensus,
    dirac_eigenvalues,
    dirac_gan,
    extragradient,
    simultaneous,
    spectral_radius,
    spectrum,
    trajectory,
)
from ...gan import Players, gradient_penalty, minimax, non_saturating, r1, r2, two_player_game, wgan
from ...nn import Layer
from ..registry import Check, Run, claim, largest, smallest
from .methods import HEADING, ORIGIN


def distance(found, stated) -> float:
    """The largest distance between eigenvalues of two two-dimensional games, paired the better way."""
    (a, b), (c, d) = found, stated
    return min(largest([abs(a - c), abs(b - d)]), largest([abs(a - d), abs(b - c)]))


@claim(
    "dirac-eigenvalues",
    section="games",
    heading=HEADING,
    statement="The Dirac-GAN's eigenvalues: imaginary without a regulariser, damped by R1, R2 and instance noise.",
    latex=r"\lambda = -\tfrac\gamma2 \pm \sqrt{\tfrac{\gamma^2}4 - f'(0)^2}, \quad "
    r"\lambda_\text{noise} = f''(0)\sigma^2 \pm \sqrt{f''(0)^2\sigma^4 - f'(0)^2}",
)
def dirac_eigenvalues_by_autodiff(run: Run, eigenvalues=dirac_eigenvalues):
    shown = {
        "minimax": ("minimax", {}, {}),
        "non-saturating": ("non_saturating", {}, {}),
        "WGAN": ("wasserstein", {}, {}),
        "R1, gamma = 0.3": ("minimax", {"r1": 0.3}, {"gamma": 0.3}),
        "R1, gamma = 3": ("non_saturating", {"r1": 3.0}, {"gamma": 3.0}),
        "instance noise 0.7": ("minimax", {"instance_noise": 0.7}, {"instance_noise": 0.7}),
    }
    for name, (loss, options, theirs) in shown.items():
        found = spectrum(dirac_gan(loss, **options), ORIGIN)[0]
        stated = max(eigenvalues(loss, **theirs), key=lambda value: (value.real, value.imag))
        yield Check(f"{name}: real part of the leading eigenvalue", stated.real, found.real, 1e-10)
        yield Check(f"{name}: its imaginary part", stated.imag, found.imag, 1e-10)
    rng, count = run.rng(), 5 if run.quick else 40
    drawn = to_numpy(rng.uniform((count,), 0.1, 3.0))
    for loss in ("minimax", "non_saturating", "wasserstein"):
        for name in ("r1", "r2", "instance_noise"):
            errors = []
            for weight in drawn:
                found = spectrum(dirac_gan(loss, **{name: float(weight)}), ORIGIN)
                stated = eigenvalues(loss, **{"gamma" if name[0] == "r" else name: float(weight)})
                errors.append(distance(found, stated))
            yield Check(f"{loss}, {name} drawn {count} times: largest error", 0.0, largest(errors), 1e-10)
    for loss, critical in (("minimax", 1.0), ("wasserstein", 2.0)):
        for gamma in (0.999 * critical, 1.001 * critical):
            stated = largest(abs(value.imag) for value in eigenvalues(loss, gamma=gamma))
            found = largest(abs(spectrum(dirac_gan(loss, r1=gamma), ORIGIN).imag))
            yield Check(f"{loss}: |imaginary part| at gamma = {gamma:g}, critical {critical:g}", stated, found, 1e-10)


STEPS = {  # the radius of a step of length lr at the equilibrium
    "simultaneous": (simultaneous, lambda lr: math.hypot(1.0, 0.5 * lr)),
    "alternating": (alternating, lambda lr: 1.0),
    "extragradient": (extragradient, lambda lr: math.sqrt(1.0 - 0.25 * lr**2 + lr**4 / 16.0)),
    "consensus, gamma = 1": (lambda lr: consensus(lr, gamma=1.0), lambda lr: abs(1.0 + lr * (-0.25 + 0.5j))),
}
CRITICAL = {  # the game, the method, and its critical step
    "alternating": ({}, alternating, 4.0),
    "2 steps of G, 3 of D": ({}, lambda lr: alternating(lr, x_steps=2, y_steps=3), 4.0 / math.sqrt(6.0)),
    "R1, gamma = 0.3: 4 gamma": ({"r1": 0.3}, simultaneous, 1.2),
    "R1, gamma = 2: 2/|lambda|": ({"r1": 2.0}, simultaneous, 2.0 / (1.0 + math.sqrt(0.75))),
    "extragradient": ({}, extragradient, 2.0),
}


@claim(
    "dirac-steps",
    section="games",
    heading=HEADING,
    statement="Steps of finite length on the Dirac-GAN: their radii, and the lengths up to which they stay with it.",
    latex=r"\rho_\text{sim} = \sqrt{1 + \eta^2 f'(0)^2}, \quad \rho_\text{alt} = 1 \iff \sqrt{n_g n_d}\,\eta f'(0) < 2",
)
def steps_on_the_dirac_gan(run: Run, steps=STEPS, critical=CRITICAL):
    for name, (method, radius) in steps.items():
        for lr in (0.1, 1.0):
            found = spectral_radius(method(lr), dirac_gan("minimax"), ORIGIN)
            yield Check(f"{name}: radius of a step of {lr:g}", radius(lr), found, 1e-12)
    for name, (penalty, method, lr) in critical.items():
        game = dirac_gan("minimax", **penalty)
        below, above = (spectral_radius(method(share * lr), game, ORIGIN) for share in (0.99, 1.01))
        stated, slack = (1.0, 1e-9) if method is alternating or name.startswith("2 steps") else (0.9999, 0.0)
        yield Check(f"{name}: radius at 0.99 of the critical {lr:.4g}", stated, below, slack, "<=")
        yield Check(f"{name}: at 1.01 of it", 1.0001, above, 0.0, ">=")


# theta at any noise, and D(x) = psi x: the Dirac-GAN made of layers, as gan.fit would train it
POINT = Layer(
    lambda rng, shape, dtype=None: mnp.zeros(()),
    lambda theta, z, *, train=False, rng=None: theta + 0.0 * z,
    name="point",
)
SLOPE = Layer(
    lambda rng, shape, dtype=None: mnp.zeros(()), lambda psi, x, *, train=False, rng=None: psi * x, name="slope"
)


@claim(
    "penalty-factor",
    section="games",
    heading=HEADING,
    statement="R1 and R2 are gamma/2 times the mean squared slope of D: the eigenvalue of a GAN made of layers tells.",
    latex=r"\lambda = -\tfrac\gamma2 \pm \sqrt{\tfrac{\gamma^2}4 - \tfrac1{16}}, "
    r"\quad \text{losses with the lecture's factor } \tfrac12",
)
def factor_of_the_penalties(run: Run, penalties=(r1, r2, lambda gamma: gradient_penalty(0.5 * gamma, target=0.0))):
    names = ("R1", "R2", "penalty gamma/2 |dD/dx|^2")
    real, noise, chance = mnp.zeros((4, 1)), mnp.ones((4, 1)), mnp.full((4, 1), 0.25)
    for name, penalty in zip(names, penalties):
        for game, slope in ((minimax(), 0.25), (non_saturating(), 0.25), (wgan(), 1.0)):
            errors = []
            for gamma in (0.3, 1.5, 10.0):
                players = Players(game, POINT, SLOPE, None, None)
                both = two_player_game(players, real, noise, penalty=penalty(gamma), chance=chance)
                root = np.sqrt(complex(0.25 * gamma**2 - slope**2))
                errors.append(distance(spectrum(both, ORIGIN), (-0.5 * gamma + root, -0.5 * gamma - root)))
            what = f"{name}, {game.name}: largest error of the eigenvalues"
            yield Check(what, 0.0, largest(errors), 1e-10)


def clipped(lr):
    """Weight clipping for the second player."""
    return optim.sgd(lr), optim.clip_weights(optim.sgd(lr), 1.0)


REST = {
    "instance noise 0.7": (lambda: dirac_gan("minimax", instance_noise=0.7), simultaneous),
    "instance noise 0.7, alternating": (lambda: dirac_gan("minimax", instance_noise=0.7), alternating),
    "R1, gamma = 0.3": (lambda: dirac_gan("minimax", r1=0.3), simultaneous),
    "R1, gamma = 0.3, alternating": (lambda: dirac_gan("minimax", r1=0.3), alternating),
    "R2, gamma = 0.3, non-saturating": (lambda: dirac_gan("non_saturating", r2=0.3), simultaneous),
    "consensus, gamma = 1": (lambda: dirac_gan("minimax"), lambda lr: consensus(lr, gamma=1.0)),
    "WGAN with R1, gamma = 1": (lambda: dirac_gan("wasserstein", r1=1.0), simultaneous),
}
TURN = {
    "GAN": (lambda: dirac_gan("minimax"), simultaneous),
    "GAN, alternating": (lambda: dirac_gan("minimax"), alternating),
    "WGAN, weights clipped at 1": (lambda: dirac_gan("wasserstein"), lambda lr: simultaneous(*clipped(lr))),
    "WGAN, clipped, alternating": (lambda: dirac_gan("wasserstein"), lambda lr: alternating(*clipped(lr))),
    "WGAN-GP": (lambda: dirac_gan("wasserstein", gradient_penalty=0.35), simultaneous),
    "WGAN-GP, alternating": (lambda: dirac_gan("wasserstein", gradient_penalty=0.35), alternating),
}


@claim(
    "dirac-who-rests",
    section="games",
    heading=HEADING,
    statement="R1, R2, instance noise and consensus bring the Dirac-GAN to rest; GAN, WGAN and WGAN-GP turn for ever.",
    latex=r"\|(\theta_t, \psi_t)\| \to 0 \quad \text{or} \quad \liminf_t \|(\theta_t, \psi_t)\| > 0",
)
def who_comes_to_rest(run: Run, rest=REST, turn=TURN):
    steps, last = (700, 300) if run.quick else (2000, 500)
    starts = ((1.0, 1.0),) if run.quick else ((1.0, 1.0), (1.0, -1.0), (0.5, 0.0))
    for name, (game, method) in rest.items():
        ends = [np.linalg.norm(trajectory(method(0.2), game(), start, steps)[-1]) for start in starts]
        yield Check(f"{name}: |z| after {steps} steps of 0.2", 1e-5, largest(ends), 0.0, "<=")
    for name, (game, method) in turn.items():
        paths = (trajectory(method(0.2), game(), start, steps)[-last:] for start in starts)
        nearest = smallest(np.linalg.norm(path, axis=1).min() for path in paths)
        yield Check(f"{name}: smallest |z| in the last {last}", 0.4, nearest, 0.0, ">=")
    known = {  # in the paper's notebook psi has the other sign: from (1, 1) there
        ("minimax", "simultaneous"): 3.097,
        ("minimax", "alternating"): 1.421,
        ("non_saturating", "simultaneous"): 0.640,
        ("non_saturating", "alternating"): 0.284,
    }
    for (loss, method), stated in known.items():
        path = trajectory(METHODS[method](0.2), dirac_gan(loss), (1.0, -1.0), 500)
        yield Check(f"{loss}, {method}: |z| after 500 steps", stated, float(np.linalg.norm(path[-1])), 6e-4)
