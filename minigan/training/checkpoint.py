"""A training state in one file, safetensors with JSON beside the arrays, and back."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..autodiff.trees import unflatten
from . import tensors

SQUARES = ("second_moment", "mean_square")  # memories that are means of squares


def save_checkpoint(path, state, *, history=None, rng=None, about=None) -> None:
    """Write ``state`` (a tree of arrays) with the losses so far, the state of ``rng`` and a JSON-able ``about``.

    The file appears whole or not at all, with a checksum over everything. Raises `TypeError` for a state that holds
    anything but numbers and for an ``about`` that is no JSON, `OSError` where the file cannot be written; what was there
    before is then left as it was.

    >>> import tempfile, minigan.numpy as mnp
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/one.safetensors", {"w": mnp.asarray([1.0, 2.0])}, about={"game": "minimax"})
    ...     state, history, rng, about = load_checkpoint(f"{folder}/one.safetensors", {"w": mnp.zeros(2)})
    >>> float(state["w"][1]), about
    (2.0, {'game': 'minimax'})
    """
    arrays, structure = tensors.named_leaves(state, "a training state")
    words = {
        "structure": repr(structure),
        "history": history or {},
        "rng": None if rng is None else rng.state,
        "about": about or {},
    }
    tensors.write(path, arrays, words)


def load_checkpoint(path, like, good: bool = False):
    """Read ``(state, history, rng_state, about)``; ``like`` is a state of the same structure, shapes and dtypes.

    Sizes are compared with those of ``like`` before memory is taken. With ``good`` the state must be one to go on from:
    finite, and no second moment negative. Raises `ValueError`, naming the file, where it is missing, no checkpoint,
    damaged, belongs to other networks, or is not good.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save_checkpoint(f"{folder}/one.safetensors", mnp.asarray([1.0, 2.0]), history={"loss": [0.5, 0.25]})
    ...     state, history, rng_state, about = load_checkpoint(f"{folder}/one.safetensors", mnp.zeros(2), good=True)
    >>> float(state[1]), history["loss"][-1], rng_state, about
    (2.0, 0.25, None, {})
    """
    file = tensors.File(path)
    try:
        structure, history, rng, about = (file.words[key] for key in ("structure", "history", "rng", "about"))
    except KeyError as error:
        raise file.damaged(f"it does not say its {error.args[0]}") from None
    _checked_words(file, history, rng, about)
    expected, own = tensors.like(like, "a training state")
    if structure != repr(own):
        raise ValueError(f"{file.path} holds a state of structure {structure}, and the networks here {own}")
    arrays = file.arrays(expected)
    if good:
        _check_good(file, arrays)
    return unflatten(own, [mnp.asarray(array) for array in arrays.values()]), history, rng, about


def _checked_words(file: tensors.File, history, rng, about) -> None:
    if not isinstance(history, dict) or not all(
        isinstance(values, list) and all(isinstance(x, float | int) and not isinstance(x, bool) for x in values)
        for values in history.values()
    ):
        raise file.damaged("its history is no dictionary of lists of numbers")
    if len({len(values) for values in history.values()}) > 1:
        raise file.damaged("its history tells of more steps for one metric than for another")
    if not isinstance(about, dict):
        raise file.damaged("what it says of itself is no dictionary")
    if rng is not None and not isinstance(rng, dict):
        raise file.damaged("its state of randomness is no dictionary")


def _check_good(file: tensors.File, arrays: dict[str, np.ndarray]) -> None:
    for name, array in arrays.items():
        if array.dtype.kind in "fc" and not np.isfinite(array).all():
            raise ValueError(f"{file.path}: {name} holds values that are not finite, so this is no state to go on from")
        if any(part in SQUARES for part in name.split(".")) and array.size and array.min() < 0:
            raise ValueError(
                f"{file.path}: {name} is a mean of squares and holds {array.min()}, so this is no state to go on from"
            )
    for key, values in file.words["history"].items():
        if not all(map(math.isfinite, values)):
            raise ValueError(f"{file.path}: its history of {key} holds values that are not finite")
