"""Anybody's data: a ``.npy`` file of shape (n, d), refused at the door with one sentence if it cannot be trained on."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

import minigan.numpy as mnp


def load_rows(path, dtype="float64"):
    """The rows of a ``.npy`` file as a finite array of shape (n, d) on the active backend.

    Integers and booleans become floats. Raises `ValueError`, naming the file, where it is missing, empty, not a
    ``.npy`` file, ragged or otherwise not numeric, complex, not two-dimensional, or holds NaN or infinity.
    """
    path = Path(path)
    if not path.exists():
        raise ValueError(f"{path}: there is no such file")
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give a .npy file")
    if path.stat().st_size == 0:
        raise ValueError(f"{path} is empty")
    try:
        rows = np.load(path, allow_pickle=False, mmap_mode=None)
    except (ValueError, EOFError, OSError, zipfile.BadZipFile) as error:
        if "pickle" in str(error) or "Object arrays" in str(error):
            raise ValueError(
                f"{path} holds Python objects (a ragged or mixed array), which are not loaded: save one numeric array "
                f"of shape (n, d) with numpy.save, or this is no .npy file at all"
            ) from None
        raise ValueError(f"{path} is not a readable .npy file: {error}") from None
    if not isinstance(rows, np.ndarray):
        rows.close()
        raise ValueError(f"{path} is an archive of several arrays; save one array of shape (n, d) with numpy.save")
    if rows.dtype.kind not in "fiub":
        raise ValueError(f"{path} holds values of type {rows.dtype}, not real numbers")
    if rows.ndim != 2:
        raise ValueError(
            f"{path} holds an array of shape {rows.shape}; it must have two axes, (n, d): one row a sample"
        )
    if 0 in rows.shape:
        raise ValueError(f"{path} holds an array of shape {rows.shape}: there is nothing to train on")
    bad = ~np.isfinite(rows)
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise ValueError(
            f"{path} holds {int(bad.sum())} value(s) that are not finite, the first {rows[row, column]} in row {row}, "
            f"column {column}"
        )
    return mnp.asarray(rows.astype(dtype))
