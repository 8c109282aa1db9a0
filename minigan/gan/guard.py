"""Training stops where a number stops being one, and says where."""

from __future__ import annotations

import math
from typing import Any

import minigan.numpy as mnp

from ..autodiff import tree_leaves
from ..backend import active, to_numpy


class Diverged(FloatingPointError):
    """A parameter, an optimiser's memory or a loss became NaN or infinite.

    ``step`` is where it was found, ``player`` whose, ``tensor`` which (as ``"parameter [0].weight"``, ``"memory
    second_moment[0].weight"`` or ``"loss"``), ``state`` the last state found finite, ``history`` the losses up to there.
    """

    def __init__(self, step: int, player: str, tensor: str, state: Any, history: Any):
        self.step, self.player, self.tensor, self.state, self.history = step, player, tensor, state, history
        super().__init__(
            f"step {step}: the {player}'s {tensor} is no longer finite. The last good state is kept; lower the learning "
            f"rate, clip gradients, or look at the data's scale."
        )


def find_non_finite(state, metrics) -> tuple[str, str] | None:
    """The (player, tensor) that is not finite: parameters, then memories, then losses; ``None`` if all is well."""
    with active().errstate(all="ignore"):
        # a sum is not finite if any of its terms is not; only where it is not, a second look finds which
        total = sum(mnp.sum(leaf) for leaf in tree_leaves((state, metrics)))
    if math.isfinite(float(to_numpy(total))):
        return None
    for kind, suffix in (("parameter", ""), ("memory", "_memory")):
        for player in ("discriminator", "generator"):
            path = _first_bad(getattr(state, player + suffix), "")
            if path is not None:
                return player, f"{kind} {path}"
    for player in ("discriminator", "generator"):
        if not math.isfinite(float(to_numpy(metrics[f"{player}_loss"]))):
            return player, "loss"
    return None


def _first_bad(tree, path):
    if isinstance(tree, dict):
        parts = [(f"{path}.{key}" if path else str(key), value) for key, value in tree.items()]
    elif isinstance(tree, tuple | list):
        parts = [(f"{path}[{i}]", value) for i, value in enumerate(tree)]
    elif tree is None:
        return None
    else:
        return None if bool(mnp.all(mnp.isfinite(tree))) else path
    for name, value in parts:
        found = _first_bad(value, name)
        if found is not None:
            return found
    return None
