"""A learner: whatever learns by steps, as three functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Learner:
    """What learns by steps.

    * ``init(rng) -> state``: how it begins. A state is one tree of arrays and holds all that goes from step to step:
      parameters, optimisers' memories, counts, chains.
    * ``draw(rng, state) -> batch``: the data *and* every random number of one step, a tree of arrays. It may look at the
      state, a count of steps say, but a state on a GPU is waited for.
    * ``step(state, batch) -> (state, metrics)``: pure, so it compiles and its derivative exists. ``metrics`` is a dict of
      numbers, arrays of shape ().
    * ``at_optimum``: the metrics by name, and what each is where training has come to its end; ``None`` if unknown.

    >>> import minigan.numpy as mnp
    >>> from minigan.training import train
    >>> halving = Learner(
    ...     init=lambda rng: mnp.asarray(8.0),
    ...     draw=lambda rng, state: mnp.asarray(0.5),
    ...     step=lambda state, batch: (batch * state, {"size": state}),
    ...     at_optimum={"size": 0.0},
    ... )
    >>> train(halving, 3).history
    {'size': [8.0, 4.0, 2.0]}
    """

    init: Callable[[Any], Any]
    draw: Callable[[Any, Any], Any]
    step: Callable[[Any, Any], tuple[Any, dict]]
    at_optimum: Mapping[str, float | None] = field(default_factory=dict)
    name: str = "learner"

    def __post_init__(self):
        for what in ("init", "draw", "step"):
            if not callable(getattr(self, what)):
                raise TypeError(f"the {what} of a learner is a function, and was {getattr(self, what)!r}")
