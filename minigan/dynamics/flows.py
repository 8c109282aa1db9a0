"""Continuous time: what the two players do when every step is infinitely small."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..arrays import host_array
from ..backend import to_numpy
from ..validation import positive
from .compiled import compiled_at
from .fields import vector_velocity
from .game import TwoPlayerGame


def flow(game: TwoPlayerGame, at, times, *, rtol: float = 1e-11, atol: float = 1e-12) -> np.ndarray:
    """dz/dt = v(z) from ``at``: the positions at ``times``, rows of a NumPy array of shape (len(times), n).

    ``times`` increase, and the first is that of ``at``. Solved by SciPy's DOP853, an explicit Runge-Kutta method of order
    8 with step size control, to ``rtol`` and ``atol`` a step; errors add up over many turns. Raises `ArithmeticError`
    where the solution cannot be followed to the end. Lecture, "Solution": the differential equation of xy is a circle.

    >>> import math
    >>> from minigan.dynamics import bilinear
    >>> flow(bilinear(), (1.0, 0.0), [0.0, math.pi / 2]).round(8)[1] + 0.0
    array([0., 1.])
    """
    from scipy.integrate import solve_ivp

    times = host_array(times, "the times of a flow")
    rtol, atol = positive(rtol, "the rtol of a flow"), positive(atol, "the atol of a flow")
    if times.ndim != 1 or len(times) < 2 or not (np.diff(times) > 0).all():
        raise ValueError(f"the times of a flow increase, and there are two of them or more; got {times!r}")
    z, velocity = vector_velocity(game, at)
    run = compiled_at(velocity, z)
    solved = solve_ivp(
        lambda t, vector: to_numpy(run(mnp.asarray(vector))),
        (times[0], times[-1]),
        to_numpy(z),
        method="DOP853",
        t_eval=times,
        rtol=rtol,
        atol=atol,
    )
    if not solved.success:
        raise ArithmeticError(f"the flow cannot be followed to t = {times[-1]:g}: {solved.message}")
    return solved.y.T
