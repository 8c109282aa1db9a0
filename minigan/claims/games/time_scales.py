"""Training Procedure: k steps of one player for each of the other, or one player with the larger rate."""

from __future__ import annotations

import math

import numpy as np

from ...dynamics import alternating, bilinear, quadratic, simultaneous, trajectory, update_spectrum
from ..registry import Check, Run, claim

HEADING = "Training Procedure"


def tracked(ratio):
    """y / x on the slow line of V = xy - y^2 / 2, best response y = x: the root of ratio k^2 - k + 1 near 1."""
    return (1.0 - math.sqrt(1.0 - 4.0 * ratio)) / (2.0 * ratio)


@claim(
    "two-time-scales",
    section="games",
    heading=HEADING,
    statement="A faster player stays near its best response, off by the ratio of the rates; k steps are k times the rate.",
    latex=r"y = \left(1 + \tfrac{\eta_x}{\eta_y} + O(\tfrac{\eta_x}{\eta_y})^2\right) y^*(x), \quad "
    r"V = xy - \tfrac12 y^2,\ y^*(x) = x",
)
def two_time_scales(run: Run, line=tracked):
    game, fast = quadratic(0.0, 1.0, 1.0), 0.5
    for ratio in (0.2, 0.1, 0.01, 0.001):
        x, y = trajectory(simultaneous(ratio * fast, fast), game, (1.0, 0.0), 100)[-1]
        yield Check(f"lr_x / lr_y = {ratio:g}: y / x after 100 steps", line(ratio), float(y / x), 1e-10)
    yield Check("(y / x - 1) / ratio, ratio = 0.001", 1.0, float(y / x - 1.0) / ratio, 3.0 * ratio)
    for share, turns in ((0.99, False), (1.01, True)):
        found = update_spectrum(simultaneous(share * 0.25 * fast, fast), game, (0.0, 0.0))
        stated = math.sqrt(abs(share - 1.0)) * 0.5 * fast if turns else 0.0
        yield Check(
            f"at {share:g} of the ratio 1/4: the eigenvalues' imaginary part", stated, float(found[0].imag), 1e-9
        )
    for x_steps, y_steps in ((1, 3), (2, 2)):
        several = trajectory(alternating(0.3, 0.2, x_steps=x_steps, y_steps=y_steps), bilinear(), (1.0, 0.5), 20)
        once = trajectory(alternating(0.3 * x_steps, 0.2 * y_steps), bilinear(), (1.0, 0.5), 20)
        what = f"V = xy: {x_steps} and {y_steps} steps against one each, as much longer"
        yield Check(what, 0.0, float(np.abs(several - once).max()), 1e-12)
