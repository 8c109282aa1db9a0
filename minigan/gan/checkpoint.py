"""A training state in one file: arrays in NumPy's ``.npz``, structure and the rest as JSON beside them; no pickle."""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

import minigan.numpy as mnp

from ..autodiff.trees import flatten, unflatten
from ..backend import dtype_name, to_numpy


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
    text = np.frombuffer(json.dumps(meta).encode(), dtype=np.uint8)
    beside = path.with_name(path.name + ".part")
    try:
        with open(beside, "wb") as file:
            np.savez(file, meta=text, **arrays)
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def load_checkpoint(path, like):
    """Read ``(state, history, rng_state, about)``; ``like`` is a state of the same structure, shapes and dtypes.

    Raises `ValueError` where the file is missing, no checkpoint, damaged, or belongs to other networks.
    """
    if not Path(path).is_file():
        raise ValueError(f"{path}: there is no such file")
    try:
        with zipfile.ZipFile(path) as file:
            meta = json.loads(bytes(_member(file, "meta")).decode())
            found, history, rng, about = (meta[key] for key in ("structure", "history", "rng", "about"))
            arrays = [_member(file, f"leaf{i}") for i in range(len(file.namelist()) - 1)]
    except (KeyError, TypeError, ValueError, EOFError, OSError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is not a checkpoint of minigan, or is damaged: {error}") from error
    leaves, structure = flatten(like)
    if found != repr(structure) or len(arrays) != len(leaves):
        raise ValueError(f"{path} holds a state of structure {found}, and the networks here {structure}")
    for i, (leaf, array) in enumerate(zip(leaves, arrays)):
        if tuple(leaf.shape) != array.shape:
            raise ValueError(f"{path}: array {i} has shape {array.shape}, and the networks here {tuple(leaf.shape)}")
        if dtype_name(leaf.dtype) != array.dtype.name:
            raise ValueError(f"{path}: array {i} is {array.dtype.name}, and the networks here {dtype_name(leaf.dtype)}")
    state = unflatten(structure, [mnp.asarray(array) for array in arrays])
    return state, history, rng, about


def _member(file: zipfile.ZipFile, name: str):
    """One array of the archive; nothing that is pickled is opened."""
    with file.open(f"{name}.npy") as member:
        return np.lib.format.read_array(member, allow_pickle=False)
