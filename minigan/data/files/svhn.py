"""SVHN's cropped digits: a MATLAB file of images X, (32, 32, 3, n), and labels y, (n, 1), where 10 stands for 0."""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from pathlib import Path

import numpy as np

from ..dataset import Dataset
from ..from_array import from_array
from .door import brief, name_of, named, refuse_expansion, refuse_large

MAGIC = b"MATLAB 5.0 MAT-file"
MATRIX, COMPRESSED = 14, 15  # types of a file's elements
NUMBERS = range(6, 16)  # classes of an element's array: double, single and eight kinds of integers; objects are others
VALUES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}  # types of an array's values: bytes of each
PARTS = {"flags": (6,), "axes": (5,), "name": (1,), "values": VALUES}  # of an array, and their types: 6 is uint32 ...
BEGINNING = 4096  # bytes of an element in which its flags, axes and name lie


def svhn(path: Path, shape=None) -> Dataset:
    """The images (n, 32, 32, 3), or of any other size, with the digits they show as labels if there is a ``y``.

    Source: Netzer et al., "Reading digits in natural images" (2011). Raises `ValueError` for anything but arrays of
    numbers in a file of MATLAB 5 to 7, MATLAB's own objects above all, and for elements longer than the file.

    >>> import tempfile
    >>> from scipy.io import savemat
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     savemat(f"{folder}/test_32x32.mat", {"X": np.zeros((32, 32, 3, 2), "uint8"), "y": [[10], [7]]})
    ...     found = svhn(Path(folder, "test_32x32.mat"))
    >>> found.values.shape, found.labels.tolist()  # 10 stands for 0
    ((2, 32, 32, 3), [0, 7])
    """
    from scipy.io import loadmat, whosmat  # not before it is needed: a third of a second

    source = named(path)
    refuse_large(path, path.stat().st_size)
    _refuse_lengths(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            held = {name: axes for name, axes, _ in whosmat(path, appendmat=False)}
            wanted = [name for name in ("X", "y") if name in held]
            found = loadmat(path, appendmat=False, variable_names=list(wanted)) if "X" in held else {}
    except Exception as error:  # SciPy's reader raises what its parts do
        raise ValueError(f"{source} is not a readable MATLAB file: {brief(error)}") from None
    if "X" not in held:
        told = ", ".join(repr(name[:40]) for name in list(held)[:8]) or "nothing"
        raise ValueError(f"{source} has no X, the images of SVHN's cropped digits, but {told}: save it as .npz")
    if not all(isinstance(found.get(name), np.ndarray) for name in wanted):
        raise ValueError(f"{source} is not a readable MATLAB file: an array of it is broken")
    images = found["X"]
    if images.ndim == 3:  # MATLAB leaves a last axis of one out
        images = images[..., None]
    if images.ndim != 4 or 0 in images.shape:
        raise ValueError(f"{source} has an X of shape {images.shape}, and SVHN's cropped digits (32, 32, 3, n)")
    labels = found.get("y")
    if labels is not None:
        labels = np.where(labels == 10, 0, labels)
        if labels.shape == (1, images.shape[3]):
            labels = labels.T
    return from_array(np.moveaxis(images, 3, 0), name_of(path), source=source, shape=shape, labels=labels)


def _refuse_lengths(path: Path) -> None:
    """Refuse a file whose elements are not arrays of numbers, or claim to be longer than what they lie in.

    SciPy's reader takes the memory that a header asks for, and a type that there is not ends the process: so every
    header is compared with the file first, down to those of an array's parts.
    """
    source, size = named(path), path.stat().st_size
    with path.open("rb") as file:
        start = file.read(128)
        order = {b"IM": "<", b"MI": ">"}.get(start[126:128])
        if not start.startswith(MAGIC) or order is None or struct.unpack(f"{order}H", start[124:126]) != (0x0100,):
            raise ValueError(f"{source} is not a file of MATLAB 5 to 7: save it with save(file, '-v7')")
        while file.tell() < size:
            tag = file.read(8)
            if len(tag) < 8:
                raise ValueError(f"{source} is cut short: it ends within an element's header")
            kind, length = struct.unpack(f"{order}II", tag)
            end = file.tell() + length
            if end > size:
                raise ValueError(
                    f"{source} is cut short or broken: an element of it ends {end - size:,} bytes too late"
                )
            if kind not in (MATRIX, COMPRESSED):
                raise ValueError(f"{source} is broken: an element of it is of type {kind}")
            element = file.read(min(length, BEGINNING))
            if kind == COMPRESSED:
                element, length = _unpacked(element, length, order, path)
            _refuse_element(element, length, order, source)
            file.seek(end)


def _unpacked(packed: bytes, length: int, order: str, path: Path) -> tuple[bytes, int]:
    """An element's first bytes and its length, out of a packed one's."""
    try:
        start = zlib.decompressobj().decompress(packed, BEGINNING)
        kind, told = struct.unpack(f"{order}II", start[:8])
    except (zlib.error, struct.error) as error:
        raise ValueError(f"{named(path)} is broken: an element of it cannot be unpacked: {brief(error)}") from None
    if kind != MATRIX:
        raise ValueError(f"{named(path)} is broken: an element of it is of type {kind}")
    refuse_large(path, told)
    refuse_expansion(path, length, told)
    return start[8:], told


def _refuse_element(element: bytes, length: int, order: str, source: str) -> None:
    """Flags, axes, name and values, each with a header of its own, must be of an array of numbers and fit together."""
    at = 0
    for part, types in PARTS.items():
        if len(element) < at + 8:
            raise ValueError(f"{source} is cut short or broken: an element of it ends too early")
        kind, told = struct.unpack(f"{order}II", element[at : at + 8])
        within = kind >> 16  # up to four bytes stand in the header itself
        kind, told, start = (kind & 0xFFFF, within, at + 4) if within else (kind, told, at + 8)
        end = start + told
        if kind not in types or within > 4 or end > (length if part == "values" else len(element)):
            raise ValueError(f"{source} is broken: its array's {part} are of {told:,} bytes and type {kind}")
        if part == "flags":
            _refuse_flags(element[start:end], order, source)
        if part == "axes":
            axes = struct.unpack(f"{order}{told // 4}i", element[start : end - told % 4])
        at = at + 8 if within else end + -told % 8
    if not 2 <= len(axes) <= 8 or min(axes) < 0 or math.prod(axes) * VALUES[kind] != told:
        raise ValueError(f"{source} is broken: it has an array of shape {axes[:8]} and {told:,} bytes for its values")


def _refuse_flags(flags: bytes, order: str, source: str) -> None:
    flags = struct.unpack(f"{order}I", flags[:4].ljust(4, b"\0"))[0]
    if flags & 0xFF not in NUMBERS:
        raise ValueError(
            f"{source} holds more than arrays of numbers (a structure, a cell or an object of MATLAB's), which is not "
            f"read: save X and y alone"
        )
    if flags & 0x800:
        raise ValueError(f"{source} holds complex numbers, not real ones")
