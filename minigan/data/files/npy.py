"""NumPy's ``.npy``: a short header, and the array's bytes."""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format

from ..dataset import Dataset
from ..from_array import from_array, refuse_axes, refuse_dtype, written
from .door import brief, counted, name_of, named, refuse_large

HEADERS = {(1, 0): npy_format.read_array_header_1_0, (2, 0): npy_format.read_array_header_2_0}  # 3.0 is for records
LONGEST_HEADER = 2**15  # bytes; NumPy itself refuses more than 10,000


def npy(path: Path, shape=None) -> Dataset:
    """The array of a ``.npy`` file, in its own dtype: rows (n, d), or images (n, h, w) or (n, h, w, c).

    Source of the format: NumPy's `numpy.lib.format`. Raises `ValueError` as `read_array` and `from_array` do.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     np.save(f"{folder}/two.npy", np.array([[1.5, 2.0], [3.0, 4.0]]))
    ...     found = npy(Path(folder, "two.npy"))
    >>> found.kind, float(found.values[0, 0]), str(found.dtype)
    ('rows', 1.5, 'float64')
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        values = read_array(file, size, path, named(path))
    return from_array(values, name_of(path), source=named(path), shape=shape)


def read_array(file, size: int, path: Path, source: str) -> np.ndarray:
    """The array in ``size`` bytes of a binary file, whose header is believed where it tells of just as many bytes.

    Raises `ValueError` for another format, for Python objects, which would have to be unpickled, and where the header
    tells of more or fewer bytes than there are, before any memory is taken for them.
    """
    start = io.BytesIO(file.read(LONGEST_HEADER))
    try:
        version = npy_format.read_magic(start)
        if version not in HEADERS:
            raise ValueError(f"it is of version {version}, and numbers are of {' or '.join(map(str, HEADERS))}")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of headers as Python 2 wrote them
            shape, column_major, dtype = HEADERS[version](start)
    except Exception as error:  # the header is parsed as a Python literal, which fails in many ways
        raise ValueError(f"{source} is not a readable .npy file: {brief(error)}") from None
    refuse_dtype(dtype, source)
    shape = tuple(int(length) for length in shape)
    here, told = size - start.tell(), math.prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or told != here:
        raise ValueError(
            f"{source} is cut short or broken: its header tells of shape {written(shape)} in {dtype}, which takes "
            f"{counted(told)} bytes, and {here:,} follow"
        )
    if len(shape) != 1:  # as labels have
        refuse_axes(shape, source)
    refuse_large(path, told)
    file.seek(start.tell())
    content = file.read(told)
    if len(content) != told:
        raise ValueError(f"{source} is cut short: {told:,} bytes were to follow its header, and {len(content):,} do")
    return np.frombuffer(content, dtype).reshape(shape, order="F" if column_major else "C")
