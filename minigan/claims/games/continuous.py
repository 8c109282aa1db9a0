"""Solution, in continuous time: what infinitely small steps keep for ever, and what they lose slowly."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...dynamics import (
    bilinear,
    dirac_gan,
    flow,
    non_saturating_radius,
    simultaneous,
    trajectory,
    vector_field,
    zero_sum,
)
from ..registry import Check, Run, claim, largest
from .methods import HEADING

ZERO_SUM = {
    "V = xy": bilinear,
    "minimax Dirac-GAN": lambda: dirac_gan("minimax"),
    "WGAN": lambda: dirac_gan("wasserstein"),
    "V = tanh(xy)": lambda: zero_sum(lambda x, y: mnp.tanh(x * y)),
}


@claim(
    "conserved-energy",
    section="games",
    heading="Solution",
    statement="In continuous time the players of a zero-sum V = f(xy) circle the saddle for ever: x^2 + y^2 is conserved.",
    latex=r"\tfrac{d}{dt}(x^2 + y^2) = 2x(-y f'(xy)) + 2y (x f'(xy)) = 0",
)
def energy_is_conserved(run: Run, energy=lambda x, y: x * x + y * y, games=ZERO_SUM):
    duration = 20.0 if run.quick else 100.0
    points = to_numpy(run.rng().uniform((10, 2), -2.0, 2.0))
    for name, game in games.items():
        work = []
        for x, y in points:
            v = [float(to_numpy(one)) for one in vector_field(game(), (float(x), float(y)))]
            work.append(abs(x * v[0] + y * v[1]))
        yield Check(f"{name}: largest |z . v(z)| at drawn points", 0.0, largest(work), 1e-14)
        path = flow(game(), (1.0, 0.5), np.linspace(0.0, duration, 41))
        kept = energy(*path.T)
        yield Check(f"{name}: energy at t = {duration:g}", float(energy(1.0, 0.5)), float(kept[-1]), 1e-9)
        yield Check(f"{name}: its largest change until then", 0.0, float(abs(kept - kept[0]).max()), 1e-9)
    turn = flow(bilinear(), (1.0, 0.0), [0.0, 0.5 * math.pi, 2.0 * math.pi])
    yield Check("V = xy: y at t = pi/2 from (1, 0)", 1.0, float(turn[1, 1]), 1e-9)
    yield Check("V = xy: x at t = 2 pi", 1.0, float(turn[2, 0]), 1e-9)
    period = 2.0 * math.pi / math.sqrt(0.25 - 0.0225)  # of -0.15 +- i sqrt(0.25 - 0.0225)
    damped = flow(dirac_gan("minimax", r1=0.3), (1e-3, 0.0), [0.0, period, 3.0 * period])
    lost = math.log(energy(*damped[2]) / energy(*damped[0]))
    yield Check("with R1, gamma = 0.3: log of the energy after 3 turns", -0.3 * 3.0 * period, lost, 1e-5)


@claim(
    "non-saturating-rests-slowly",
    section="games",
    heading=HEADING,
    statement="The non-saturating Dirac-GAN comes to rest as sqrt(8/t) in continuous time; simultaneous steps never do.",
    latex=r"r(t)\sqrt t \to \sqrt 8, \quad \tfrac{d}{dt} r^2 = -2 s \tanh\tfrac s2,\ s = \theta\psi; \qquad "
    r"r_\infty^2 \approx 2\eta",
)
def non_saturating_rests_slowly(run: Run, radius=non_saturating_radius, settled=lambda lr: 2.0 * lr):
    lr, steps = (0.2, 3000) if run.quick else (0.1, 20_000)
    turns = round(4.0 * math.pi / lr)
    path = trajectory(simultaneous(lr), dirac_gan("non_saturating"), (1.0, 0.0), steps)[-4 * turns :]
    mean = float((path**2).sum(1).mean())
    yield Check(f"simultaneous steps of {lr:g}: mean r^2 / 2 lr after {steps}", 1.0, mean / settled(lr), 0.01)
    known = {10.0: 2.371, 100.0: 2.783} if run.quick else {10.0: 2.371, 100.0: 2.783, 1000.0: 2.822, 2000.0: 2.826}
    times = np.array([0.0, *known])
    radii = np.linalg.norm(flow(dirac_gan("non_saturating"), (1.0, -1.0), times, rtol=1e-9, atol=1e-10), axis=1)[1:]
    for (t, stated), r in zip(known.items(), radii):
        yield Check(f"r(t) sqrt(t) at t = {t:g}, 4 digits known", stated, float(r * math.sqrt(t)), 2e-3)
        yield Check(f"r(t) against sqrt(8 / t) at t = {t:g}: ratio", 1.0, float(r / radius(t)), 2.5 / t)  # 8 / (t + 4)
