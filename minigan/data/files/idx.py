"""IDX, the format of MNIST and its kin, packed with gzip or not: four bytes, the axes' lengths, and the values."""

from __future__ import annotations

import contextlib
import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from ..dataset import Dataset
from ..from_array import from_array
from .door import brief, counted, name_of, named, refuse_expansion, refuse_large

TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}  # the third byte; big-endian
MOST_AXES = 4
GZIP = b"\x1f\x8b"


def idx(path: Path, shape=None) -> Dataset:
    """The images or rows of an IDX file, with the labels of the file beside it that MNIST's names lead to.

    Those of ``train-images-idx3-ubyte.gz`` are in ``train-labels-idx1-ubyte``, packed or not, if it is there. Source of
    the format: LeCun, Cortes and Burges, "The MNIST database" (1998). Raises `ValueError` for another magic number,
    a header that tells of more or fewer bytes than there are, labels alone, and labels of another number than images.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     images = struct.pack(">4B3I", 0, 0, 8, 3, 2, 1, 2) + bytes([0, 255, 51, 102])  # bytes, 3 axes: 2 x 1 x 2
    ...     written = Path(folder, "train-images-idx3-ubyte").write_bytes(images)
    ...     labels = struct.pack(">4BI", 0, 0, 8, 1, 2) + bytes([7, 3])
    ...     written = Path(folder, "train-labels-idx1-ubyte").write_bytes(labels)
    ...     found = idx(Path(folder, "train-images-idx3-ubyte"))
    >>> found.sample_shape, found.values[1].reshape(-1).tolist(), found.labels.tolist()
    ((1, 2), [51, 102], [7, 3])
    """
    values = _read(path)
    if values.ndim == 1:
        raise ValueError(
            f"{named(path)} holds one value a sample, as files of labels do: give the file of images beside it"
        )
    labels = _labels(path)
    return from_array(
        values, name_of(path), source=named(path), shape=shape, labels=None if labels is None else _read(labels)
    )


def is_idx(start: bytes) -> bool:
    """Whether a file's first four bytes are those of an IDX file: 0, 0, a type and the number of axes."""
    return len(start) >= 4 and start[:2] == b"\0\0" and start[2] in TYPES and 1 <= start[3] <= MOST_AXES


def _labels(path: Path) -> Path | None:
    if "images" not in path.name:
        return None
    name = path.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1").replace("idx4", "idx1")
    beside = (path.with_name(name + suffix) for suffix in ("", ".gz"))
    return next((file for file in beside if file.is_file()), None)


def _read(path: Path) -> np.ndarray:
    size = path.stat().st_size
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(path.open("rb"))
        packed = file.read(2) == GZIP
        file.seek(0)
        if packed:
            file = stack.enter_context(gzip.open(file))
        try:
            return _array(file, size, packed, path)
        except (EOFError, OSError, zlib.error) as error:
            if not packed:
                raise
            raise ValueError(f"{named(path)} is not a readable gzip file: {brief(error)}") from None


def _array(file, size: int, packed: bool, path: Path) -> np.ndarray:
    source = named(path)
    start = file.read(4)
    if not is_idx(start):
        raise ValueError(
            f"{source} is not an IDX file: it begins with the bytes {list(start)}, and those begin with 0, 0, a type "
            f"of 8 to 14 and 1 to {MOST_AXES} axes"
        )
    dtype, axes = np.dtype(TYPES[start[2]]), start[3]
    lengths = file.read(4 * axes)
    if len(lengths) < 4 * axes:
        raise ValueError(f"{source} is cut short: it ends within its header")
    shape = struct.unpack(f">{axes}I", lengths)
    told, header = math.prod(shape) * dtype.itemsize, 4 + 4 * axes
    if packed:
        refuse_expansion(path, size, told)
        if size > told + told // 100 + 2**16:
            raise ValueError(f"{source} is broken: its header tells of {told:,} bytes, and {size:,} are packed in it")
    elif size - header != told:
        raise ValueError(
            f"{source} is cut short or broken: its header tells of shape {shape}, {counted(told)} bytes, and "
            f"{size - header:,} follow"
        )
    if 0 in shape:
        raise ValueError(f"{source} holds an array of shape {shape}: there is nothing to train on")
    refuse_large(path, told)
    content = file.read(told)
    if len(content) != told or file.read(1):
        raise ValueError(
            f"{source} is cut short or broken: its header tells of shape {shape}, and "
            f"{'fewer' if len(content) != told else 'more'} values follow"
        )
    return np.frombuffer(content, dtype).reshape(shape)
