"""Learning rates that change: functions of the number of updates made before, 0 at the first update.

Any such function will do. It is given the step as an array of shape () in the parameters' dtype and returns the rate.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

from .. import numpy as mnp
from ..rebuilt import rebuilt_by_name
from ..validation import non_negative, number, positive, told


@rebuilt_by_name
def constant(lr: float):
    """lr at every step. Raises `ValueError` for a rate that is not positive.

    >>> from minigan import optim
    >>> optim.constant(0.1)(0), optim.constant(0.1)(1000)
    (0.1, 0.1)
    """
    lr = positive(lr, "lr")
    return lambda step: lr


@rebuilt_by_name
def exponential_decay(lr: float, steps: float, rate: float):
    """lr rate^(step / steps): multiplied by ``rate``, in (0, 1], once every ``steps`` steps, smoothly.

    >>> from minigan import optim
    >>> float(optim.exponential_decay(0.1, steps=100, rate=0.5)(200))
    0.025
    """
    lr = positive(lr, "lr")
    steps = positive(steps, "steps")
    rate = positive(rate, "the rate of exponential_decay")
    if rate > 1.0:
        raise ValueError(f"the rate of exponential_decay lies in (0, 1], and was {rate!r}")
    return lambda step: lr * mnp.exp(_count(step) * (math.log(rate) / steps))


@rebuilt_by_name
def cosine(lr: float, steps: float, final: float = 0.0):
    """final + (lr - final) (1 + cos(pi step / steps)) / 2 for ``steps`` steps, then ``final``.

    Source: Loshchilov & Hutter (2016), equation 5, without restarts.

    >>> from minigan import optim
    >>> float(optim.cosine(0.1, steps=100)(50))
    0.05
    """
    lr = positive(lr, "lr")
    steps = positive(steps, "steps")
    final = non_negative(final, "the final rate of cosine")
    return lambda step: final + 0.5 * (lr - final) * (1.0 + mnp.cos(mnp.minimum(_count(step) / steps, 1.0) * math.pi))


@rebuilt_by_name
def piecewise(boundaries, rates):
    """rates[i] for boundaries[i - 1] <= step < boundaries[i]; one more rate than boundaries.

    >>> from minigan import optim
    >>> schedule = optim.piecewise([100, 200], [0.1, 0.01, 0.001])
    >>> float(schedule(99)), float(schedule(100)), float(schedule(1000))
    (0.1, 0.01, 0.001)
    """
    for given, what in ((boundaries, "boundaries"), (rates, "rates")):
        if isinstance(given, str) or not isinstance(given, Iterable):
            raise TypeError(f"the {what} of piecewise are a list of numbers, and were {told(given)}")
    boundaries, rates = [number(boundary, "a boundary of piecewise") for boundary in boundaries], list(rates)
    if len(rates) != len(boundaries) + 1:
        raise ValueError(f"piecewise needs one more rate than boundaries, and got {len(rates)} and {len(boundaries)}")
    if any(low >= high for low, high in itertools.pairwise(boundaries)):
        raise ValueError(f"the boundaries of piecewise increase, and were {boundaries}")
    rates = [positive(rate, "a rate of piecewise") for rate in rates]

    def schedule(step):
        step = _count(step)
        rate = mnp.full_like(step, rates[0])
        for boundary, later in zip(boundaries, rates[1:]):
            rate = mnp.where(step >= boundary, later, rate)
        return rate

    return schedule


@rebuilt_by_name
def warmup(lr, steps: int):
    """min((step + 1) / steps, 1) times ``lr``, a number or a schedule: a linear rise over ``steps`` updates.

    Source: Goyal et al. (2017), section 2.2.

    >>> from minigan import optim
    >>> [round(float(optim.warmup(0.1, steps=4)(step)), 3) for step in range(5)]
    [0.025, 0.05, 0.075, 0.1, 0.1]
    """
    steps = positive(steps, "steps")
    schedule = lr if callable(lr) else constant(lr)
    return lambda step: mnp.minimum((_count(step) + 1.0) / steps, 1.0) * schedule(step)


def _count(step):
    return step if hasattr(step, "shape") else mnp.asarray(number(step, "the step of a schedule"))
