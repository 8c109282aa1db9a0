"""Tables as text: CSV and TSV, semicolons as well, with names of columns or without."""

from __future__ import annotations

import csv
import math
import re
from array import array
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..dataset import Dataset
from ..from_array import EXACT, from_array
from .door import brief, name_of, named, printable, refuse_large

LARGEST_TEXT = 2**30  # bytes; a value of two characters takes eight bytes of memory
LABEL_COLUMNS = ("label", "labels", "class", "target", "y")


def table(path: Path, shape=None) -> Dataset:
    """The rows of a table in float64, with its columns' names if its first line has any.

    Fields stand apart by tabs, semicolons or commas, whichever of them the first line has first in this order, or, in a
    file of numbers alone, by blanks. The first line is one of names unless all it holds are numbers. Fields may be
    quoted; a byte order mark and empty lines are skipped. With ``shape`` rows are the pixels of images, a column more
    that is called label, class, target or y is the labels, and values that are all whole are integers.

    Raises `ValueError` for rows of different lengths, with the line; for columns that are not all numbers, with their
    names; and for two columns of one name.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     written = Path(folder, "heights.tsv").write_text("height\\tweight\\n1.8\\t75\\n1.6\\t55\\n")
    ...     found = table(Path(folder, "heights.tsv"))
    >>> found.columns, found.values.tolist()
    (('height', 'weight'), [[1.8, 75.0], [1.6, 55.0]])
    """
    source = named(path)
    refuse_large(path, path.stat().st_size, LARGEST_TEXT)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            values, columns = _read(_records(file), source)
    except UnicodeDecodeError:
        raise ValueError(f"{source} is not text in UTF-8: save it in that encoding") from None
    except csv.Error as error:
        raise ValueError(f"{source} is no readable table: {brief(error)}") from None
    labels = None
    if shape is not None:
        values, columns, labels = _labels_apart(values, columns, shape)
        if np.isfinite(values).all() and (abs(values) <= EXACT).all() and (values == np.rint(values)).all():
            values = values.astype("int64")
    return from_array(values, name_of(path), source=source, shape=shape, columns=columns, labels=labels)


def _records(file) -> Iterator[tuple[int, list[str]]]:
    """The fields of each row that is not empty, with the number of its last line, from 1."""
    first = ""
    while not first.strip():
        first = file.readline()
        if not first:
            return
    file.seek(0)
    outside = re.sub(r'"[^"]*"', "", first)
    delimiter = next((mark for mark in "\t;," if mark in outside), None)
    if delimiter is None and len(first.split()) > 1 and all(map(_is_number, first.split())):
        rows = ((line, text.split()) for line, text in enumerate(file, 1))
    else:
        reader = csv.reader(file, delimiter=delimiter or ",", skipinitialspace=True, strict=True)
        rows = ((reader.line_num, fields) for fields in reader)
    for line, fields in rows:
        if len(fields) > 1 or (fields and fields[0].strip()):
            yield line, fields


def _read(records, source: str) -> tuple[np.ndarray, tuple[str, ...] | None]:
    """All values, (n, d), and the columns' names."""
    line, first = next(records, (0, []))
    if not first:
        raise ValueError(f"{source} has no lines but empty ones: there is nothing to train on")
    has_names = not all(_is_number(field) or not field.strip() for field in first) or _is_counted(first)
    columns = _names(first, source) if has_names else None
    values, wrong, rows = array("d"), {}, 0
    if not has_names:
        _take(first, line, values, wrong)
        rows = 1
    for at, fields in records:
        if len(fields) != len(first):
            here, there = f"{len(fields)} value(s) in line {at}", f"{len(first)} in line {line}"
            raise ValueError(f"{source} has rows of different lengths: {here}, {there}")
        _take(fields, at, values, wrong)
        rows += 1
    if rows == 0:
        raise ValueError(f"{source} has names of columns and no rows: there is nothing to train on")
    if wrong:
        raise ValueError(f"{source}: {_told(wrong, columns)}")
    found = np.frombuffer(values, dtype="float64").reshape(rows, len(first))
    if columns is not None and not first[0].strip() and (found[:, 0] == np.arange(rows)).all():
        raise ValueError(
            f"{source} has a first column without a name that counts the rows, as pandas writes one: leave it out, "
            f"to_csv(file, index=False)"
        )
    return found, columns


def _take(fields: list[str], line: int, values: array, wrong: dict[int, tuple[int, str]]) -> None:
    """Add a row's values, or note where in it the first field of a column is that is no number."""
    try:
        if "_" in "".join(fields):  # Python's own float takes 1_000 for a number
            raise ValueError
        values.extend(map(float, fields))
    except ValueError:
        for column, field in enumerate(fields):
            if column not in wrong and not _is_number(field):
                wrong[column] = line, field


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field


def _is_counted(first: list[str]) -> bool:
    """Whether the first line is that which pandas writes for columns without names: nothing, 0, 1, 2 ..."""
    return len(first) > 1 and first == ["", *map(str, range(len(first) - 1))]


def _names(fields: list[str], source: str) -> tuple[str, ...]:
    fields = [fields[0].lstrip("# "), *fields[1:]]  # numpy.savetxt writes its header as a comment
    names = tuple(printable(" ".join(field.split())) or f"column {i}" for i, field in enumerate(fields))
    twice = next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None
    if twice is not None:
        raise ValueError(f"{source} has two columns called {twice!r}: give each a name of its own")
    return names


def _told(wrong: dict[int, tuple[int, str]], columns) -> str:
    """Which columns are no numbers, and what to do."""
    told = []
    for column, (line, field) in sorted(wrong.items())[:5]:
        name = repr(columns[column][:60]) if columns else f"{column} (counted from 0)"
        held = f"holds {printable(field.strip())[:40]!r}" if field.strip() else "is empty"
        told.append(f"column {name} {held} in line {line}")
    more = f", and {len(wrong) - 5} more columns are not all numbers" if len(wrong) > 5 else ""
    point = ", with a decimal point" if any("," in field for _, field in wrong.values()) else ""
    return f"{', '.join(told)}{more}: leave such columns or rows out, or write numbers{point}"


def _labels_apart(values, columns, shape):
    """Values, their names and labels, where there is one column more than the shape has pixels and it is called so."""
    at = [i for i, name in enumerate(columns or ()) if name.lower() in LABEL_COLUMNS]
    if len(at) != 1 or values.shape[1] != math.prod(shape) + 1:
        return values, columns, None
    return np.delete(values, at[0], axis=1), None, values[:, at[0]]
