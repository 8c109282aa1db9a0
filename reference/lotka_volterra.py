"""The stochastic Lotka-Volterra model, event by event: Gillespie's exact simulation."""

import math


def gillespie(prey, predators, birth, predation, death, end, uniform):
    """Prey and predators at time ``end``: the time to the next event is exponential, and which it is goes by the rates.

    ``uniform()`` draws from (0, 1). Lecture, "Generalizing these ideas": models that are only simulators.

    >>> gillespie(5, 0, 0.0, 1.0, 1.0, 3.0, lambda: 0.5)  # nobody to be born, eaten or to die
    (5, 0)
    >>> gillespie(1, 0, 1.0, 0.0, 0.0, 1.1, lambda: 0.5)  # births at log 2, and half as long after
    (3, 0)
    """
    time = 0.0
    while True:
        rates = [birth * prey, predation * prey * predators, death * predators]
        total = sum(rates)
        if total == 0.0:
            return prey, predators
        time += -math.log(uniform()) / total
        if time > end:
            return prey, predators
        at = uniform() * total
        if at < rates[0]:
            prey += 1
        elif at < rates[0] + rates[1]:
            prey, predators = prey - 1, predators + 1
        else:
            predators -= 1
