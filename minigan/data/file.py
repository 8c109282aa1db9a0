"""Anybody's data: a file or a folder of them, refused at the door with one sentence if it cannot be trained on."""

from __future__ import annotations

from pathlib import Path

import minigan.numpy as mnp

from ..arrays import float_name
from ..validation import file_path
from .dataset import Dataset
from .files import READERS
from .files.cifar import batches
from .files.content import format_of
from .files.door import brief, named
from .from_array import parsed_shape


def load(path, shape=None) -> Dataset:
    """The data of a file, in whichever of the formats its content tells: rows (n, d), images (n, h, w, c) or sound.

    Read are ``.npy`` and ``.npz`` (its array x, data or images, with labels y), CSV and TSV, a folder of PNG or JPEG
    pictures whose sub-folders are classes, IDX (MNIST's, ``.gz`` too, with the labels beside it), CIFAR-10's binary
    batches, SVHN's ``.mat``, and WAV files of one channel. Arrays of two axes are rows, unless ``shape``, "28x28" or
    (32, 32, 3), says that a row holds an image's pixels; those of three and four are images.

    Raises `ValueError`, in one sentence that names the file, for everything else: what is missing, empty, cut short,
    broken, of another format or of more than 4 GiB, ragged, not finite or no real numbers. Nothing is unpickled, and no
    memory is taken on the word of a header.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "heights.csv"
    ...     written = path.write_text("height,weight\\n1.8,75\\n1.6,55\\n1.7,68\\n")
    ...     found = load(path)
    >>> found.kind, found.columns, found.values.tolist()
    ('rows', ('height', 'weight'), [[1.8, 75.0], [1.6, 55.0], [1.7, 68.0]])
    """
    path, shape = file_path(path, "the path of data (arrays go to from_array)"), parsed_shape(shape)
    try:
        return READERS[_reader(path)](path, shape)
    except OSError as error:
        raise ValueError(f"{named(path)} cannot be read: {brief(error)}") from None
    except MemoryError:
        raise ValueError(f"{named(path)} does not fit into this machine's memory: save a part of it") from None


def load_rows(path, dtype="float64"):
    """The rows of a file as a finite array of shape (n, d) on the active backend.

    Integers and booleans become floats; ``dtype`` is float64 or float32. Raises `ValueError`, naming the file, where
    `load` does, and for images and sound.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "heights.csv"
    ...     written = path.write_text("height,weight\\n1.8,75\\n1.6,55\\n")
    ...     rows = load_rows(path, "float32")
    >>> rows.shape, float(mnp.sum(rows[:, 1]))
    ((2, 2), 130.0)
    """
    dtype, found = float_name(dtype), load(path)
    if found.kind != "rows":
        raise ValueError(
            f"{named(Path(path))} holds an array of shape {(len(found), *found.sample_shape)}; it must have two axes, "
            f"(n, d): one row a sample"
        )
    return mnp.asarray(found.values.astype(dtype))


def _reader(path: Path) -> str:
    if not path.exists():
        raise ValueError(f"{named(path)}: there is no such file")
    if path.is_dir():
        return "cifar" if batches(path) else "pictures"
    if not path.is_file():
        raise ValueError(f"{named(path)} is neither a file nor a folder")
    if path.stat().st_size == 0:
        raise ValueError(f"{named(path)} is empty")
    return format_of(path)
