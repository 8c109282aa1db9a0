"""Training stops where a number stops being one, and says where."""

from __future__ import annotations

import math
from typing import Any

import minigan.numpy as mnp

from ..backend import to_numpy


class Diverged(FloatingPointError):
    """A loss or parameter became NaN or infinite.

    ``step`` is where, ``player`` whose, ``tensor`` which (``"loss"`` or the path to a parameter), ``state`` the last
    state in which everything was finite, ``history`` the losses up to there.
    """

    def __init__(self, step: int, player: str, tensor: str, state: Any, history: Any):
        self.step, self.player, self.tensor, self.state, self.history = step, player, tensor, state, history
        super().__init__(
            f"step {step}: the {player}'s {tensor} is no longer finite. The last good state is kept; lower the learning "
            f"rate, clip gradients, or look at the data's scale."
        )


def find_non_finite(state, metrics) -> tuple[str, str] | None:
    """The (player, tensor) that is not finite, losses first; ``None`` if all is well."""
    for player in ("discriminator", "generator"):
        path = _first_bad(getattr(state, player), "")
        if path is not None:
            return player, f"parameter {path}"
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
        # a sum is not finite if any of its terms is not; only an overflow of finite terms needs the second look
        total = float(to_numpy(mnp.sum(tree)))
        return path if not math.isfinite(total) and not bool(mnp.all(mnp.isfinite(tree))) else None
    for name, value in parts:
        found = _first_bad(value, name)
        if found is not None:
            return found
    return None
