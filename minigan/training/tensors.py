"""Trees of arrays in one safetensors file: arrays under the names of their places, words as JSON beside them; no pickle.

A file appears whole or not at all, carries a checksum over all that it holds, and what it claims is compared with what
there should be before memory is taken for it.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import numpy as np

from ..autodiff.trees import Structure, flatten
from ..backend import dtype_name, to_numpy
from ..validation import file_path

WORDS = "minigan"  # the metadata's one key
MOST_WORDS = 1 << 28  # bytes of a header: a history of millions of steps, and no more


def names_of(structure: Structure, place: str = "") -> list[str]:
    """The name of every leaf of a tree, in order: keys, fields and positions, joined by points.

    >>> names_of(flatten({"w": 1.0, "b": (2.0, None, [3.0])})[1])
    ['b.0', 'b.2.0', 'w']
    """
    if structure.kind is None:
        return [place or "value"]
    if structure.kind is dict:
        keys = structure.keys
    else:
        keys = getattr(structure.kind, "_fields", range(len(structure.children)))
    found = []
    for key, child in zip(keys, structure.children):
        found += names_of(child, f"{place}.{key}" if place else str(key))
    return found


def named_leaves(tree, what: str) -> tuple[dict[str, np.ndarray], Structure]:
    """The leaves of a tree as NumPy arrays by name; `TypeError` for one that holds no numbers, naming it."""
    leaves, structure = flatten(tree)
    named: dict[str, np.ndarray] = {}
    for name, leaf in zip(_distinct(names_of(structure)), leaves):
        if not (hasattr(leaf, "dtype") or isinstance(leaf, int | float | complex)):
            raise TypeError(f"{what} holds arrays of numbers, and {name} is a {type(leaf).__name__}: {leaf!r:.80}")
        array = np.asarray(to_numpy(leaf))
        if array.dtype.kind not in "fiubc":
            raise TypeError(f"{what} holds arrays of numbers, and {name} has the dtype {array.dtype}")
        named[name] = np.ascontiguousarray(array).reshape(array.shape)
    return named, structure


def _distinct(names):
    """The names, numbered where two are one, as ``"a.b"`` below the root and ``"b"`` below ``"a"``."""
    seen: dict[str, int] = {}
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        yield name if seen[name] == 1 else f"{name}#{seen[name]}"


def write(path, arrays: dict[str, np.ndarray], words: dict) -> None:
    """Write arrays and JSON-able ``words`` under ``path``: beside it first, onto the disk, and then in its place."""
    from safetensors.numpy import save

    path = file_path(path, "the path of a file to write")
    path.parent.mkdir(parents=True, exist_ok=True)
    words = json.loads(json.dumps(words))  # as it will be read: keys are strings, tuples are lists
    words = {**words, "checksums": {name: checksum(array) for name, array in arrays.items()}}
    words["checksum"] = checksum_of_words(words)
    content = save(arrays, metadata={WORDS: json.dumps(words, allow_nan=True)})
    write_whole(path, content)


def write_whole(path: Path, content: bytes) -> None:
    """The file appears whole or not at all, and survives a power cut once this returns."""
    beside = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Put a folder's list of names onto the disk, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    except OSError:  # some network file systems refuse
        pass
    finally:
        os.close(handle)


def checksum(array: np.ndarray) -> str:
    """SHA-256 over dtype, shape and bytes of one array."""
    digest = hashlib.sha256(f"{array.dtype.str} {array.shape}".encode())
    digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data if array.size else b"")
    return digest.hexdigest()


def checksum_of_words(words: dict) -> str:
    """SHA-256 over the words, which hold the arrays' own."""
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


class File:
    """An open safetensors file of ours: what it says is read at once, arrays when they are asked for.

    Raises `ValueError`, naming the file, where it is missing, no such file, or damaged.
    """

    def __init__(self, path):
        from safetensors import SafetensorError, safe_open

        self.path = file_path(path, "the path of a file to read")
        if not self.path.is_file():
            raise ValueError(f"{self.path}: there is no such file")
        try:
            self._file = safe_open(str(self.path), framework="numpy")
            metadata = self._file.metadata() or {}
            if len(metadata.get(WORDS, "")) > MOST_WORDS:
                raise ValueError("its words are longer than any of minigan's")
            self.words = json.loads(metadata[WORDS])
            self.names = set(self._file.keys())
        except (SafetensorError, OSError, ValueError, KeyError, RecursionError) as error:
            raise self.damaged(f"{type(error).__name__}: {error}") from error
        if not isinstance(self.words, dict):
            raise self.damaged("its words are no dictionary")
        told = dict(self.words)
        if told.pop("checksum", None) != checksum_of_words(told) or not isinstance(told.get("checksums"), dict):
            raise self.damaged("its checksum is not that of what it says")

    def damaged(self, why: str) -> ValueError:
        """The error that says so in one line."""
        return ValueError(f"{self.path} is not a file of minigan's, or is damaged: {' '.join(why.split())}")

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape that the file's header claims; nothing is read for it."""
        return tuple(self._file.get_slice(name).get_shape())

    def arrays(self, expected: dict[str, np.ndarray], here: str = "the networks here") -> dict[str, np.ndarray]:
        """The arrays called as in ``expected``, of these shapes and dtypes, each with its checksum found right.

        Others that the file may hold are not read. Nothing is read before all shapes were compared.
        """
        for name, like in expected.items():
            if name not in self.names:
                raise ValueError(f"{self.path} has no array called {name}, and {here} do")
            if self.shape(name) != like.shape:
                raise ValueError(f"{self.path}: {name} has shape {self.shape(name)}, and {here} {like.shape}")
        found = {}
        for name, like in expected.items():
            array = self._read(name)
            if array.dtype != like.dtype:
                raise ValueError(f"{self.path}: {name} is {array.dtype.name}, and {here} {like.dtype.name}")
            if self.words["checksums"].get(name) != checksum(array):
                raise self.damaged(f"the checksum of {name} is not that of what it holds")
            found[name] = array
        return found

    def _read(self, name: str) -> np.ndarray:
        from safetensors import SafetensorError

        try:
            return self._file.get_tensor(name)
        except (SafetensorError, OSError, ValueError, TypeError, KeyError) as error:
            raise self.damaged(f"{name} cannot be read: {error}") from error


def like(tree, what: str) -> tuple[dict[str, np.ndarray], Structure]:
    """Names with empty stand-ins of the same shapes and dtypes, from a tree that need not be on the host."""
    leaves, structure = flatten(tree)
    named = {}
    for name, leaf in zip(_distinct(names_of(structure)), leaves):
        if not hasattr(leaf, "dtype"):
            raise TypeError(f"{what} holds arrays, and {name} is a {type(leaf).__name__}")
        named[name] = np.broadcast_to(np.zeros((), dtype=dtype_name(leaf.dtype)), tuple(leaf.shape))
    return named, structure
