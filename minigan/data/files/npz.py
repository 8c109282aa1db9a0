"""NumPy's ``.npz``: a zip archive of named ``.npy`` files, of which one is the data and one may be the labels."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np

from ..dataset import Dataset
from ..from_array import from_array
from .door import brief, counted, name_of, named, refuse_expansion, refuse_large
from .npy import read_array

# names that archives in use have; those of the second group count where none of the first is there
DATA = (("x", "data", "images", "samples", "features", "rows"), ("x_train", "train_images", "train_x", "train_data"))
LABELS = (("y", "label", "labels", "target", "targets"), ("y_train", "train_labels", "train_y", "train_targets"))


def npz(path: Path, shape=None) -> Dataset:
    """One array, or the one called x, data, images ..., with the labels called y, labels ... if there are any.

    An archive of training and test data (x_train, y_train, x_test ...) gives the training data. Capitals make no
    difference. Raises `ValueError`, with the names there are, where they do not tell which array is meant, and as
    `read_array` and `from_array` do.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.savez(f"{folder}/set.npz", x_train=np.ones((3, 2)), y_train=[4, 5, 6], x_test=np.zeros((1, 2)))
    ...     found = npz(Path(folder, "set.npz"))
    >>> found.values.shape, found.labels.tolist()
    ((3, 2), [4, 5, 6])
    """
    source = named(path)
    try:
        archive = zipfile.ZipFile(path)
    except Exception as error:  # a broken directory raises BadZipFile, UnicodeDecodeError, NotImplementedError ...
        what = ".npy file but a broken archive" if path.suffix == ".npy" else "archive"
        raise ValueError(f"{source} is not a readable {what}: {brief(error)}") from None
    with archive:
        members = {m.filename.removesuffix(".npy"): m for m in archive.infolist() if m.filename.endswith(".npy")}
        data, labels = _chosen(sorted(members), source)
        values = _member(archive, members[data], path)
        labels = None if labels is None else _member(archive, members[labels], path)
    return from_array(values, name_of(path), source=source, shape=shape, labels=labels)


def _chosen(names: list[str], source: str) -> tuple[str, str | None]:
    """The names of the data and of the labels."""
    if not names:
        raise ValueError(f"{source} is an archive without arrays: unpack it, or save arrays with numpy.savez")
    labels = None
    if len(names) > 1:
        labels, data = _called(LABELS, names, source), _called(DATA, names, source)
        others = [name for name in names if name != labels]
        if data is None and len(others) > 1:
            raise _ambiguous(source, names)
        return data or others[0], labels
    return names[0], None


def _called(wanted, names, source) -> str | None:
    for group in wanted:
        found = [name for name in names if name.lower() in group]
        if len(found) > 1:
            raise _ambiguous(source, names)
        if found:
            return found[0]
    return None


def _ambiguous(source, names) -> ValueError:
    told = ", ".join(repr(name[:40]) for name in names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
    return ValueError(f"{source} is an archive of several arrays, {told}: call the data x and the labels, if any, y")


def _member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> np.ndarray:
    what = f"{named(path)}, its array {member.filename.removesuffix('.npy')[:40]!r},"
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{what} is packed in a way that NumPy does not pack: save it with numpy.savez_compressed")
    if member.compress_size > path.stat().st_size:
        raise ValueError(f"{what} is cut short or broken: it claims {counted(member.compress_size)} bytes of the file")
    refuse_large(path, member.file_size)
    refuse_expansion(path, member.compress_size, member.file_size, f"of {member.filename[:40]!r} ")
    try:
        content = archive.read(member)
    except Exception as error:  # BadZipFile, zlib.error, EOFError, RuntimeError where there is a password ...
        raise ValueError(f"{what} is not readable: {brief(error)}") from None
    return read_array(io.BytesIO(content), len(content), path, what)
