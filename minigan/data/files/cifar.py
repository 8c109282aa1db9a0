"""CIFAR-10's binary version: records of one byte of label and 3 x 32 x 32 of colour, nothing else."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..dataset import Dataset
from ..from_array import from_array
from .door import name_of, named, refuse_large

RECORD = 1 + 3 * 32 * 32
CLASSES = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
BATCHES = "data_batch_*.bin"


def cifar(path: Path, shape=None) -> Dataset:
    """The images (n, 32, 32, 3) and labels of a ``.bin`` file, or of all ``data_batch_*.bin`` of a folder.

    A folder's ``test_batch.bin`` is left out; it can be given by itself. Source: Krizhevsky, "Learning multiple layers
    of features from tiny images" (2009). Raises `ValueError` where a file is no whole number of records or a label is
    none of 0 to 9.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     red = bytes([6] + 1024 * [255] + 2048 * [0])  # a frog: all of red comes first, then green, then blue
    ...     written = Path(folder, "data_batch_1.bin").write_bytes(red)
    ...     found = cifar(Path(folder))
    >>> found.values.shape, found.values[0, 0, 0].tolist(), found.label_names[found.labels[0]]
    ((1, 32, 32, 3), [255, 0, 0], 'frog')
    """
    files = batches(path) if path.is_dir() else [path]
    if not files:
        raise ValueError(f"{named(path)} is a folder without {BATCHES}")
    refuse_large(path, sum(file.stat().st_size for file in files))
    records = np.concatenate([_records(file) for file in files])
    images = records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return from_array(images, name_of(path), source=named(path), shape=shape, labels=records[:, 0], label_names=CLASSES)


def batches(folder: Path) -> list[Path]:
    """The files of a folder with batches to train on."""
    return sorted(file for file in folder.glob(BATCHES) if file.is_file())


def is_cifar(path: Path) -> bool:
    """Whether a file may be one of records: of their length, which no magic number tells."""
    return path.suffix == ".bin" and path.stat().st_size % RECORD == 0


def _records(path: Path) -> np.ndarray:
    size = path.stat().st_size
    if size == 0 or size % RECORD:
        raise ValueError(
            f"{named(path)} has {size:,} bytes, and CIFAR-10's binary version a multiple of {RECORD:,}, a label and "
            f"3 x 32 x 32 colours"
        )
    records = np.fromfile(path, dtype="uint8").reshape(-1, RECORD)
    wrong = np.flatnonzero(records[:, 0] >= len(CLASSES))
    if len(wrong):
        raise ValueError(
            f"{named(path)} is no file of CIFAR-10's binary version: its record {wrong[0]} has the label "
            f"{records[wrong[0], 0]}, and those are 0 to {len(CLASSES) - 1}"
        )
    return records
