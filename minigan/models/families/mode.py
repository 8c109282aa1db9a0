"""The top of a concave log density by Newton's method: slopes and curvature by autodiff, steps halved until they rise."""

from __future__ import annotations

import minigan.numpy as mnp

from ...arrays import floating
from ...autodiff import grad, hessian
from ...compiler import compile
from ...validation import count

NEAR = 1e-20  # of the height: what a step would still gain where it is the last, for it squares the distance
ROUNDING = 1e-12  # of the height: a step that falls by less has not descended
HALVINGS = 60


def mode(log_density, start, steps: int = 60, path=((),)):
    """w (d,) where ``log_density``, strictly concave and smooth, is highest; of a quadratic one Newton step is exact.

    A step is halved until it does not descend. ``path`` leads to a hard case by easier ones: ``log_density(w, *given)``
    for each ``given`` of it, from the last one's top. Raises `ValueError` where ``steps`` were too few for one of them,
    as for a density that has no top.

    >>> round(float(mode(lambda w: mnp.sum(2.0 * w - mnp.exp(w)), mnp.zeros(1))[0]), 12)  # log 2
    0.69314718056
    """
    climb = climber(log_density)
    for given in path:
        start = climb(start, *given, steps=steps)
    return start


def climber(log_density):
    """``climb(start, *given, steps=60)``: the `mode` of ``log_density(w, *given)``, compiled once for all given.

    >>> climb = climber(lambda w, n: mnp.sum(n * w - mnp.exp(w)))
    >>> [round(float(climb(mnp.zeros(1), n)[0]), 6) for n in (1.0, 2.0)]  # log n
    [0.0, 0.693147]
    """
    value = compile(log_density)
    slopes = compile(lambda w, *given: (grad(log_density)(w, *given), hessian(log_density)(w, *given)))

    def climb(start, *given, steps: int = 60):
        start = floating(start, "the weights to begin with")
        given = [mnp.asarray(one) for one in given]
        return _top(lambda w: value(w, *given), lambda w: slopes(w, *given), start, count(steps, "steps"))

    return climb


def _top(value, slopes, w, steps: int):
    height, gain = float(value(w)), None
    for _ in range(steps):
        slope, curvature = slopes(w)
        move = mnp.linalg.solve(-curvature, slope)
        gain = float(mnp.sum(slope * move))  # twice what a quadratic would rise
        if gain <= NEAR * (1.0 + abs(height)):
            return w + move
        for _ in range(HALVINGS):
            there = float(value(w + move))
            if there >= height - ROUNDING * (1.0 + abs(height)):
                break
            move = 0.5 * move
        w, height = w + move, there
    raise ValueError(
        f"no top of the log density was found in {steps} steps of Newton's method: by the last it would have risen by "
        f"{gain / 2:.3g}; begin elsewhere, or see whether it has a top at all"
    )
