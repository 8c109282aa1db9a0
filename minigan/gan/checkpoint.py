"""A training state in one file: arrays in NumPy's ``.npz``, structure and the rest as JSON beside them; no pickle."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

import minigan.numpy as mnp

from ..autodiff.trees import flatten, unflatten
from ..backend import to_numpy


def save_checkpoint(path, state, *, history=None, rng=None, about=None) -> None:
    """Write ``state`` (a tree of arrays) with the losses so far, the state of ``rng`` and a JSON-able ``about``.

    The file appears whole or not at all: it is written beside its place and then moved there.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    leaves, structure = flatten(state)
    meta = {
        "structure": repr(structure),
        "history": history or {},
        "rng": None if rng is None else rng.state,
        "about": about or {},
    }
    arrays = {f"leaf{i}": to_numpy(leaf) for i, leaf in enumerate(leaves)}
    beside = path.with_name(path.name + ".part")
    with open(beside, "wb") as file:
        np.savez(file, meta=np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8), **arrays)
    os.replace(beside, path)


def load_checkpoint(path, like):
    """Read ``(state, history, rng_state, about)``; ``like`` is a state of the same structure and shapes.

    Raises `ValueError` where the file is no checkpoint or belongs to other networks, with both structures.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            meta = json.loads(bytes(file["meta"]).decode())
            arrays = [file[f"leaf{i}"] for i in range(len(file.files) - 1)]
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(f"{path} is not a checkpoint of minigan: {error}") from error
    leaves, structure = flatten(like)
    if meta["structure"] != repr(structure):
        raise ValueError(f"{path} holds a state of structure {meta['structure']}, and the networks here {structure}")
    for i, (leaf, array) in enumerate(zip(leaves, arrays)):
        if tuple(leaf.shape) != array.shape:
            raise ValueError(f"{path}: array {i} has shape {array.shape}, and the networks here {tuple(leaf.shape)}")
    state = unflatten(structure, [mnp.asarray(array) for array in arrays])
    return state, meta["history"], meta["rng"], meta["about"]
