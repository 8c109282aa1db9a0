"""Solution: the canonical saddle point, V(x, y) = x y."""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ...autodiff import grad, hessian
from ...backend import to_numpy
from ..registry import Check, Run, claim


def xy(z):
    """The lecture's surface, V(x, y) = x y."""
    return z[0] * z[1]


@claim(
    "saddle",
    section="games",
    heading="Solution",
    statement="There is an equilibrium at x = 0, y = 0, the canonical saddle: stationary, neither minimum nor maximum.",
    latex=r"V(x, y) = xy: \quad \nabla V(0, 0) = 0, \quad \lambda(\nabla^2 V) = \{-1, +1\}",
)
def saddle_at_origin(run: Run, surface=xy):
    origin = mnp.zeros(2)
    gradient = to_numpy(grad(surface)(origin))
    yield Check("|grad V(0, 0)|", 0.0, float(abs(gradient).max()), 0.0)
    low, high = to_numpy(mnp.linalg.eigvalsh(hessian(surface)(origin)))
    yield Check("smallest eigenvalue of the Hessian", -1.0, float(low), 1e-15)
    yield Check("largest eigenvalue of the Hessian", 1.0, float(high), 1e-15)
    step = 1e-3
    for name, direction, sign in (("x = y (rises)", (1.0, 1.0), 1.0), ("x = -y (falls)", (1.0, -1.0), -1.0)):
        value = float(to_numpy(surface(step * mnp.asarray(direction))))
        yield Check(f"V a step of 0.001 away along {name}", sign * step**2, value, 1e-18)
    players = mnp.asarray([0.7, 0.0])
    yield Check("x alone cannot improve at y = 0: dV/dx", 0.0, float(to_numpy(grad(surface)(players)[0])), 0.0)
    players = mnp.asarray([0.0, -0.4])
    yield Check("y alone cannot improve at x = 0: dV/dy", 0.0, float(to_numpy(grad(surface)(players)[1])), 0.0)


@claim(
    "saddle-spiral",
    section="games",
    heading="Non-convergence in GANs",
    statement="Simultaneous gradient steps do not converge: each multiplies the distance to the saddle by sqrt(1 + lr^2).",
    latex=r"\|z_{t+1}\|^2 = (1 + \eta^2) \|z_t\|^2",
)
def simultaneous_steps_spiral_out(run: Run, growth=lambda lr: math.sqrt(1.0 + lr * lr)):
    gradient = grad(xy)
    for lr in (0.01, 0.1, 0.5):
        z = mnp.asarray([1.0, 0.0])
        for _ in range(200):
            g = gradient(z)
            z = mnp.stack([z[0] - lr * g[0], z[1] + lr * g[1]])  # x descends, y ascends
        norm = float(to_numpy(mnp.linalg.norm(z)))
        yield Check(f"log |z| after 200 steps of {lr:g}", 200.0 * math.log(growth(lr)), math.log(norm), 1e-12)
