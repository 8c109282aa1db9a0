"""Non-convergence in GANs: every method of `minigan.dynamics` on the canonical saddle, against its closed form."""

from __future__ import annotations

import math

import numpy as np

from ... import dynamics
from ...backend import to_numpy
from ...dynamics import alternating, bilinear, consensus, heavy_ball, play, simultaneous, spectral_radius, trajectory
from ..registry import Check, Run, claim, largest

ORIGIN = (0.0, 0.0)
HEADING = "Non-convergence in GANs"

MAKE = {
    "simultaneous": simultaneous,
    "alternating": alternating,
    "extragradient": dynamics.extragradient,
    "optimistic": dynamics.optimistic,
    "proximal point": dynamics.proximal_point,
    "consensus, gamma = 1": lambda lr: consensus(lr, gamma=1.0),
    "consensus, gamma = 0.1": lambda lr: consensus(lr, gamma=0.1),
    "alternating, mass 1/2": lambda lr: alternating(heavy_ball(lr, 0.5)),
    "alternating, mass -1/2": lambda lr: alternating(heavy_ball(lr, -0.5)),
    "alternating, 2 and 3 steps": lambda lr: alternating(lr, x_steps=2, y_steps=3),
    "alternating, lr and 4 lr": lambda lr: alternating(lr, 4.0 * lr),
}


def optimistic_radius(lr):
    """The larger root of l^2 - l (1 - 2 i lr) - i lr, in modulus."""
    if lr <= 0.5:
        return math.sqrt((1.0 + math.sqrt(1.0 - 4.0 * lr**2)) / 2.0)
    return math.sqrt(0.25 + (lr + 0.5 * math.sqrt(4.0 * lr**2 - 1.0)) ** 2)


def radius_with_mass(mass):
    """The largest root of (l - 1)^2 (l - m)^2 + lr^2 l^3, in modulus."""

    def radius(lr):
        squared = np.polymul([1.0, -2.0, 1.0], [1.0, -2.0 * mass, mass * mass])
        return float(abs(np.roots(np.polyadd(squared, [lr * lr, 0.0, 0.0, 0.0]))).max())

    return radius


RADII = {
    "simultaneous": lambda lr: math.sqrt(1.0 + lr**2),
    "alternating": lambda lr: 1.0,
    "extragradient": lambda lr: math.sqrt(1.0 - lr**2 + lr**4),
    "optimistic": optimistic_radius,
    "proximal point": lambda lr: 1.0 / math.sqrt(1.0 + lr**2),
    "consensus, gamma = 1": lambda lr: math.hypot(1.0 - lr, lr),
    "consensus, gamma = 0.1": lambda lr: math.hypot(1.0 - 0.1 * lr, lr),
    "alternating, mass 1/2": radius_with_mass(0.5),
    "alternating, mass -1/2": radius_with_mass(-0.5),
}
CIRCLING = ("alternating", "alternating, mass 1/2", "alternating, mass -1/2")  # on ellipses, not circles
RATES = (0.01, 0.1, 0.57, 0.6, 1.0, 1.5, 1.9)  # not 1/2, where the optimistic eigenvalues meet and rounding shows


@claim(
    "saddle-methods",
    section="games",
    heading=HEADING,
    statement="On V = xy each method has a spectral radius in closed form: of the step, by autodiff, and of long runs.",
    latex=r"\rho_\text{sim} = \sqrt{1 + \eta^2},\ \rho_\text{alt} = 1,\ \rho_\text{extra} = \sqrt{1 - \eta^2 + \eta^4}",
)
def radii_on_the_saddle(run: Run, radii=RADII):
    for name, closed in radii.items():
        found = spectral_radius(MAKE[name](0.3), bilinear(), ORIGIN)
        yield Check(f"{name}: spectral radius at lr = 0.3", closed(0.3), found, 1e-12)
    for name, closed in radii.items():
        errors = [abs(spectral_radius(MAKE[name](lr), bilinear(), ORIGIN) - closed(lr)) for lr in RATES]
        yield Check(f"{name}: largest error for 7 rates, 0.01 to 1.9", 0.0, largest(errors), 1e-10)
    for name, closed in radii.items():
        if name not in CIRCLING:  # after 50 steps the optimistic method's small eigenvalues have died out
            norms = np.linalg.norm(trajectory(MAKE[name](0.2), bilinear(), (0.6, -0.8), 250)[50:], axis=1)
            grown = math.log(norms[-1] / norms[0])
            yield Check(f"{name}: log |z| gained in 200 steps of 0.2", 200.0 * math.log(closed(0.2)), grown, 1e-10)
    for mass, stated in ((-0.5, 0.9625), (0.5, 1.269)):
        found = spectral_radius(alternating(heavy_ball(0.5, mass)), bilinear(), ORIGIN)
        yield Check(f"alternating, lr = 1/2, mass {mass:g}: 4 digits known", stated, found, 5e-4)


CRITICAL = {
    "alternating": 2.0,
    "alternating, 2 and 3 steps": 2.0 / math.sqrt(6.0),
    "alternating, lr and 4 lr": 1.0,
    "extragradient": 1.0,
    "optimistic": 1.0 / math.sqrt(3.0),
    "consensus, gamma = 1": 1.0,
    "consensus, gamma = 0.1": 0.2 / 1.01,
}


@claim(
    "saddle-thresholds",
    section="games",
    heading=HEADING,
    statement="Each method stays at the saddle for steps below a critical one, and at 1.01 of it is thrown out.",
    latex=r"\eta_\text{alt} < 2, \quad \eta_\text{extra} < 1, \quad \eta_\text{opt} < 1/\sqrt 3, \quad "
    r"\eta_\text{cons} < 2\gamma / (1 + \gamma^2)",
)
def thresholds_on_the_saddle(run: Run, critical=CRITICAL):
    for name, lr in critical.items():
        below, above = (spectral_radius(MAKE[name](share * lr), bilinear(), ORIGIN) for share in (0.99, 1.01))
        if name.startswith("alternating"):  # on the unit circle, not inside
            yield Check(f"{name}: radius at 0.99 of the critical {lr:.4g}", 1.0, below, 1e-9)
        else:
            yield Check(f"{name}: radius at 0.99 of the critical {lr:.4g}", 0.9999, below, 0.0, "<=")
        yield Check(f"{name}: at 1.01 of it", 1.0001, above, 0.0, ">=")
    slow = spectral_radius(simultaneous(1e-3), bilinear(), ORIGIN)
    yield Check("simultaneous: no step is small enough, radius - 1 at 0.001", 5e-7, slow - 1.0, 1e-12)
    bold = spectral_radius(dynamics.proximal_point(1000.0), bilinear(), ORIGIN)
    yield Check("proximal point: none is too large, radius at 1000", 1e-3, bold, 1e-9)


@claim(
    "alternating-cycle",
    section="games",
    heading=HEADING,
    statement="Alternating steps on V = xy neither converge nor diverge: x^2 + y^2 - lr xy stays what it was.",
    latex=r"x_t^2 + y_t^2 - \eta x_t y_t = \text{const}, \quad 0 < \eta < 2",
)
def alternating_steps_cycle(run: Run, invariant=lambda x, y, lr: x * x + y * y - lr * x * y):
    steps = 300 if run.quick else 3000
    for lr in (0.1, 0.5, 1.5, 1.9):
        path = trajectory(alternating(lr), bilinear(), (1.0, 0.3), steps)
        kept, squares = invariant(*path.T, lr), (path**2).sum(1)
        change = float(abs(kept / kept[0] - 1.0).max())
        yield Check(f"lr = {lr:g}: largest relative change in {steps} steps", 0.0, change, 1e-9)
        yield Check(f"lr = {lr:g}: smallest |z|^2", kept[0] / (1.0 + 0.5 * lr), squares.min(), 1e-9, ">=")
        yield Check(f"lr = {lr:g}: largest |z|^2", kept[0] / (1.0 - 0.5 * lr), squares.max(), 1e-9, "<=")
    back = trajectory(alternating(1.0), bilinear(), (1.0, 0.0), 6)
    yield Check(
        "lr = 1: the players are back after 6 steps, |z_6 - z_0|", 0.0, float(abs(back[6] - back[0]).max()), 0.0
    )
    end = trajectory(alternating(2.0), bilinear(), (1.0, 0.0), 1000)[-1]
    yield Check("lr = 2, where it ends: x after 1000 steps from (1, 0)", -1999.0, float(end[0]), 0.0)
    yield Check("lr = 2: y", -2000.0, float(end[1]), 0.0)


def spiral_average(lr, steps):
    """|(z_1 + ... + z_T) / T| of simultaneous steps from (1, 0): z_t = (1 + i lr)^t, a geometric sum."""
    turn = 1.0 + 1j * lr
    return abs(turn * (turn**steps - 1.0) / (1j * lr * steps))


def cycle_average(lr, steps):
    """The same of alternating steps: lr (x_1 + ...) = y_T - y_0 and lr (y_1 + ...) = x_1 - x_(T+1), on an ellipse."""
    angle = math.acos(1.0 - 0.5 * lr * lr)  # of a step; y_t = lr sin(angle t) / sin(angle)
    now, then = (lr * math.sin(angle * t) / math.sin(angle) for t in (steps, steps + 1))
    return math.hypot(now, 1.0 - (then - now) / lr) / (lr * steps)


@claim(
    "iterate-averages",
    section="games",
    heading=HEADING,
    statement="Averages over the iterates come to the saddle as 1/T where the steps circle it, and diverge with a spiral.",
    latex=r"\textstyle \|\frac1T \sum_t z_t\| = O(1/T) \ \text{(alternating)}, \quad "
    r"\sim (1 + \eta^2)^{T/2} / (\eta T) \ \text{(simultaneous)}",
)
def averages_of_iterates(run: Run, cycle=cycle_average, spiral=spiral_average):
    def average(rule, steps):
        end = play(dynamics.iterate_average(rule(0.5)), bilinear(), (1.0, 0.0), steps)
        return math.hypot(*(float(to_numpy(one)) for one in dynamics.averages(end)))

    for steps in (10, 100, 1000) if run.quick else (10, 100, 1000, 10_000):
        found = average(alternating, steps)
        yield Check(f"alternating: |average| of {steps} iterates, lr = 1/2", cycle(0.5, steps), found, 1e-12)
        yield Check(f"alternating: {steps} |average|", 5.0, steps * found, 0.0, "<=")
    for steps in (10, 100, 300):
        ratio = average(simultaneous, steps) / spiral(0.5, steps)
        yield Check(f"simultaneous: |average| of {steps} iterates / closed form", 1.0, ratio, 1e-10)
