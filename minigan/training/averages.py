"""Averages of parts of a state over the steps: a smoother generator to sample from, beside the one that goes on learning.

    w_t = max(1 - decay, 1 / (t - start + 1)),    mean <- mean + w_t (part - mean)    for t >= start,

so the average of t - start + 1 steps is their arithmetic mean for as long as that weighs the latest more than ``decay``
would, and exponential from then on: nothing of the beginning is left in it, and nothing has to be divided out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import minigan.numpy as mnp

from ..autodiff import tree_leaves, tree_map
from ..validation import count, fraction, told
from .learner import Learner


class Averaged(NamedTuple):
    """A learner's state, the averages of its named parts, and the steps made, an array of shape ().

    >>> from minigan.training import train
    >>> counting = Learner(
    ...     lambda rng: {"x": mnp.asarray(0.0)}, lambda rng, s: None, lambda s, b: ({"x": s["x"] + 1.0}, {})
    ... )
    >>> found = train(averaged(counting, ["x"]), 3).state
    >>> float(found.state["x"]), float(found.means["x"]), float(found.steps)  # the mean of 0, 1, 2 and 3
    (3.0, 1.5, 3.0)
    """

    state: Any
    means: dict
    steps: Any


def averaged(learner: Learner, parts, decay: float = 0.999, start: int = 0) -> Learner:
    """``learner`` with averages of the parts of its state called ``parts``; its state becomes an `Averaged`.

    ``parts`` are names: fields of the state, or names below its ``parameters``. Before step ``start`` an average is the
    part itself. Raises `ValueError` for a decay outside [0, 1), a negative start and (in ``init``) a name that is none.
    Source of averaged generators: Yazici et al. (2019).

    >>> import minigan.numpy as mnp
    >>> from minigan.training import train
    >>> counting = Learner(
    ...     lambda rng: {"x": mnp.asarray(0.0)}, lambda rng, s: None, lambda s, b: ({"x": s["x"] + 1.0}, {"x": s["x"]})
    ... )
    >>> float(train(averaged(counting, ["x"], start=2), 4).state.means["x"])  # the mean of 2, 3 and 4
    3.0
    """
    if not isinstance(learner, Learner):
        raise TypeError(f"what is averaged is a Learner of minigan.training, and was {told(learner)}")
    decay = fraction(decay, "the decay of an average")
    start = count(start, "the start of an average, a step,", 0)
    parts = (parts,) if isinstance(parts, str) else parts
    if not isinstance(parts, list | tuple | set | frozenset) or not all(isinstance(name, str) for name in parts):
        raise TypeError(f"the parts to average are names, as ['generator'], and were {told(parts)}")
    parts = tuple(parts)

    def init(rng):
        state = learner.init(rng)
        chosen = {name: part_of(state, name) for name in parts}
        return Averaged(state, tree_map(lambda x: x + 0.0, chosen), mnp.zeros((), dtype=_dtype(chosen)))

    def draw(rng, state):
        return learner.draw(rng, state.state)

    def step(state, batch):
        inner, metrics = learner.step(state.state, batch)
        steps = state.steps + 1.0
        counted = mnp.maximum(steps - start + 1.0, 1.0)
        weight = mnp.where(steps <= start, 1.0, mnp.maximum(1.0 - decay, 1.0 / counted))

        def moved(mean, part):
            return mean + mnp.astype(weight, str(mean.dtype).rpartition(".")[2]) * (part - mean)

        means = {name: tree_map(moved, state.means[name], part_of(inner, name)) for name in parts}
        return Averaged(inner, means, steps), metrics

    return replace(learner, init=init, draw=draw, step=step, name=f"{learner.name}, averaged")


def part_of(state, name: str):
    """The part of a state that is called so: a field, a key, or one below ``parameters``."""
    for tree in (state, _get(state, "parameters")):
        found = _get(tree, name)
        if found is not None:
            return found
    named = [*getattr(state, "_fields", ()), *(state if isinstance(state, dict) else ())]
    below = _get(state, "parameters")
    named += [*getattr(below, "_fields", ()), *(below if isinstance(below, dict) else ())]
    raise ValueError(f"a state has no part called {name!r}; there are {', '.join(named) or 'none with names'}")


def _get(tree, name):
    if isinstance(tree, dict):
        return tree.get(name)
    return getattr(tree, name, None) if hasattr(tree, "_fields") else None


def _dtype(tree) -> str:
    from ..backend import dtype_name

    leaves = tree_leaves(tree)
    return dtype_name(leaves[0].dtype) if leaves else "float64"
