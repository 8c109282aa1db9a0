"""Training stops where a number stops being one, and says where."""

from __future__ import annotations

import math
from typing import Any

import minigan.numpy as mnp

from ..autodiff import tree_leaves
from ..backend import active, dtype_name, to_numpy

FIRST = ("discriminator", "critic")  # who moves first: what breaks there breaks the other within the same step


class Diverged(FloatingPointError):
    """A parameter, an optimiser's memory or a loss became NaN or infinite.

    ``step`` is where it was found, ``player`` whose, ``tensor`` which (as ``"parameter [0].weight"``, ``"memory
    second_moment[0].weight"`` or ``"loss"``), ``state`` the last state found finite, ``history`` the losses up to there.

    >>> from minigan.training import Learner, train
    >>> summing = Learner(
    ...     lambda rng: mnp.asarray(0.0),
    ...     lambda rng, s: mnp.asarray(math.nan if float(s) == 2.0 else 1.0),  # the third batch is broken
    ...     lambda s, b: (s + b, {"sum": s}),
    ... )
    >>> try:
    ...     found = train(summing, 10)
    ... except Diverged as stopped:
    ...     print(stopped.step, stopped.player, float(stopped.state))
    3 learner 2.0
    """

    def __init__(self, step: int, player: str, tensor: str, state: Any, history: Any):
        self.step, self.player, self.tensor, self.state, self.history = step, player, tensor, state, history
        super().__init__(
            f"step {step}: the {player}'s {tensor} is no longer finite. The last good state is kept; lower the learning "
            f"rate, clip gradients, or look at the data's scale."
        )

    def __reduce__(self):
        """Its five arguments, not its message: an exception is otherwise made again from what it says."""
        return type(self), (self.step, self.player, self.tensor, self.state, self.history)


def find_non_finite(state, metrics) -> tuple[str, str] | None:
    """The (player, tensor) that is not finite: parameters, then memories, then metrics; ``None`` if all is well.

    Players are the named parts of a state: ``generator`` with its ``generator_memory``, or the names below
    ``parameters`` and ``memories``.
    """
    with active().errstate(all="ignore"):
        # a sum is not finite if any of its terms is not; only where it is not, a second look finds which
        total = sum(mnp.sum(leaf) for leaf in tree_leaves((state, metrics)) if _floating(leaf))
    if math.isfinite(float(to_numpy(total))):
        return None
    parts = list(_parts(state))
    for wanted in ("parameter", "memory"):
        for player, kind, tree in sorted(parts, key=lambda part: part[0] not in FIRST):
            path = _first_bad(tree, "") if kind == wanted else None
            if path is not None:
                return player, f"{kind} {path}".rstrip()
    return non_finite_metric({name: float(to_numpy(value)) for name, value in metrics.items()})


def non_finite_metric(row: dict[str, float]) -> tuple[str, str] | None:
    """The (player, metric) of a step's metrics that is not finite; ``None`` if all are."""
    if all(map(math.isfinite, row.values())):
        return None
    for name in sorted(row, key=lambda name: not name.startswith(FIRST)):
        if not math.isfinite(row[name]):
            player, _, rest = name.rpartition("_")
            return (player, "loss") if player and rest == "loss" else ("learner", name)
    return None


def _parts(state):
    """(player, "parameter" or "memory", tree) of every part of a state; a state within one, as beside averages, counts."""
    for name, tree in _named(state) or [("learner", state)]:
        player, _, rest = name.rpartition("_")
        if name == "state":
            yield from _parts(tree)
        elif name in ("parameters", "memories"):
            kind = "parameter" if name == "parameters" else "memory"
            for who, part in _named(tree) or [("learner", tree)]:
                yield who, kind, part
        elif rest == "memory":
            yield player, "memory", tree
        else:
            yield ("learner", "memory", tree) if name == "memory" else (name, "parameter", tree)


def _named(tree):
    """The parts of a tree that has names for them, a dict or a named tuple; ``None`` for another."""
    if isinstance(tree, dict) and all(isinstance(key, str) for key in tree):
        return list(tree.items())
    if hasattr(tree, "_fields"):
        return list(zip(tree._fields, tree))
    return None


def _floating(leaf) -> bool:
    return isinstance(leaf, float) or (hasattr(leaf, "dtype") and dtype_name(leaf.dtype).startswith(("float", "complex")))


def _first_bad(tree, path):
    named = _named(tree)
    if named is not None:
        parts = [(f"{path}.{key}" if path else str(key), value) for key, value in named]
    elif isinstance(tree, dict):
        parts = [(f"{path}.{key}" if path else str(key), value) for key, value in tree.items()]
    elif isinstance(tree, tuple | list):
        parts = [(f"{path}[{i}]", value) for i, value in enumerate(tree)]
    elif not _floating(tree):
        return None
    else:
        return None if bool(mnp.all(mnp.isfinite(tree))) else path
    for name, value in parts:
        found = _first_bad(value, name)
        if found is not None:
            return found
    return None
