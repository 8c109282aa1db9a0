"""An array becomes a data set, or is refused with one sentence: the door that every kind of file goes through."""

from __future__ import annotations

import math
import re

import numpy as np

from ..backend import to_numpy
from ..validation import told
from .dataset import Dataset

LARGEST = 4 * 2**30  # bytes of a data set: it is held in memory whole, and so is what is made of it
MOST_CHANNELS = 4  # grey, grey and opacity, RGB, RGB and opacity
EXACT = 2**53  # whole numbers beyond are not told apart by float64


def from_array(values, name, *, source=None, shape=None, columns=None, labels=None, label_names=None) -> Dataset:
    """The data set of an array: (n, d) are rows, (n, h, w) and (n, h, w, c) with c of 1 to 4 images.

    ``shape``, (h, w) or (h, w, c) or their text "28x28", says that rows (n, d) are the pixels of images, d = h * w * c,
    row by row from the top left with the channels of a pixel side by side. ``source`` is what errors begin with, by
    default ``name``. The array is not copied where its memory can be shared. Labels are whole numbers, (n,) or (n, 1).

    Raises `ValueError` for values that are no real numbers or not finite (the first one's place is told), for nothing,
    for any other number of axes or of channels, and where shapes or the number of labels do not fit.

    >>> import numpy as np
    >>> found = from_array(np.arange(12, dtype="uint8").reshape(2, 6), "mine", shape="2x3")
    >>> found.kind, found.values.shape, found.high
    ('images', (2, 2, 3, 1), 255.0)
    """
    values, source, shape = _host(values, source or name), source or name, parsed_shape(shape)
    refuse_dtype(values.dtype, source)
    refuse_axes(values.shape, source)
    values = np.ascontiguousarray(values, dtype=values.dtype.newbyteorder("=")).view()
    _refuse_not_finite(values, source, columns)
    values, sample_shape = _shaped(values, source, shape)
    if labels is not None:
        labels = _whole(_host(labels, source), len(values), source)
    kind, low, high = "rows", None, None
    if values.ndim == 4:
        kind, columns = "images", None
        low, high = _range(values, source)
    for array in (values, labels):
        if array is not None:
            array.setflags(write=False)  # the fingerprint stays true
    columns, label_names = (names if names is None else tuple(names) for names in (columns, label_names))
    return Dataset(values, name, kind, sample_shape, columns, labels, label_names, low, high)


def _host(values, source) -> np.ndarray:
    """The array, list, tensor or table on the host; a ragged list is refused as such."""
    if isinstance(values, list | tuple):
        try:
            return np.asarray(values)
        except ValueError:
            raise ValueError(f"{source} is a list of parts that differ in length: {told(values)}") from None
    return np.asarray(to_numpy(values))


def parsed_shape(shape) -> tuple[int, ...] | None:
    """An image's shape, "28x28", "32x32x3" or whole numbers, as (h, w) or (h, w, c). Raises `ValueError` for others.

    >>> parsed_shape("32x32x3"), parsed_shape((28, 28)), parsed_shape(None)
    ((32, 32, 3), (28, 28), None)
    """
    if shape is None:
        return None
    try:
        parts = re.split("[xX×]", shape) if isinstance(shape, str) else list(shape)
        found = tuple(int(part) for part in parts)
        right = len(found) in (2, 3) and all(float(part) == size > 0 for part, size in zip(parts, found))
    except (TypeError, ValueError, OverflowError):
        right = False
    if not right:
        raise ValueError(
            f"an image's shape is height x width or height x width x channels, as 28x28, and not {shape!r}"
        )
    if len(found) == 3 and found[2] > MOST_CHANNELS:
        raise ValueError(
            f"an image has 1 to {MOST_CHANNELS} channels, which come last, as in 32x32x3, and not {shape!r}"
        )
    return found


def refuse_dtype(dtype, source) -> None:
    """Refuse what are no real numbers, and what has another layout on another machine."""
    if dtype.hasobject:
        raise ValueError(
            f"{source} holds Python objects (a ragged or mixed array), which are not loaded: save one numeric array of "
            f"shape (n, d) with numpy.save"
        )
    if dtype.kind not in "fiub":
        raise ValueError(f"{source} holds values of type {str(dtype)[:80]}, not real numbers")
    if dtype.itemsize > 8:
        raise ValueError(f"{source} holds values of type {dtype}, which differs between machines: save float64")


def refuse_axes(shape, source) -> None:
    """Refuse what is neither rows nor images, and what is empty."""
    if len(shape) not in (2, 3, 4):
        raise ValueError(
            f"{source} holds an array of shape {written(shape)}; it must have two axes, (n, d), one row a sample, or "
            f"those of images, (n, h, w) or (n, h, w, channels)"
        )
    if 0 in shape:
        raise ValueError(f"{source} holds an array of shape {written(shape)}: there is nothing to train on")


def written(shape) -> str:
    """A shape as errors write it; in a broken header it may have any number of axes of any length.

    >>> written((3,)), written((10**5000, 2))
    ('(3,)', '(over 10^18, 2)')
    """
    told = [str(length) if abs(length) <= 10**18 else "over 10^18" for length in shape[:8]]
    return f"({', '.join(told)}{',' if len(shape) == 1 else ''}{', ...' if len(shape) > 8 else ''})"


def _refuse_not_finite(values, source, columns) -> None:
    if values.dtype.kind != "f":
        return
    bad = ~np.isfinite(values)
    if bad.any():
        at = tuple(int(i) for i in np.unravel_index(np.argmax(bad), bad.shape))
        axes = ("row", "column") if values.ndim == 2 else ("image", "row", "column", "channel")
        place = [f"{axis} {i}" for axis, i in zip(axes, at)]
        if columns is not None:
            place[1] = f"column {columns[at[1]]!r}"
        place = ", ".join(place)
        raise ValueError(
            f"{source} holds {int(bad.sum())} value(s) that are not finite, the first {values[at]} in {place}"
        )


def _shaped(values, source, shape) -> tuple[np.ndarray, tuple[int, ...]]:
    """The values with their axis of channels if they are images, and the shape of a sample without what was added."""
    here = values.shape[1:]
    if values.ndim == 2 and shape is not None:
        if math.prod(shape) != here[0]:
            raise ValueError(
                f"{source} has rows of {here[0]} values, and an image of {_times(shape)} has {math.prod(shape)}"
            )
        here = shape
    elif shape is not None and _with_channels(here) != _with_channels(shape):
        raise ValueError(f"{source} holds images of {_times(here)}, and not of {_times(shape)}")
    if len(here) == 1:
        return values, here
    if len(here) == 3 and here[2] > MOST_CHANNELS:
        first = (
            "; its channels seem to come first: save numpy.moveaxis(images, 1, -1)" if here[0] <= MOST_CHANNELS else ""
        )
        raise ValueError(
            f"{source} holds an array of shape {values.shape}: images have 1 to {MOST_CHANNELS} channels as last axis, "
            f"and not {here[2]}{first}"
        )
    return values.reshape(-1, *_with_channels(here)), here


def _with_channels(shape) -> tuple[int, ...]:
    return (*shape, 1) if len(shape) == 2 else tuple(shape)


def _times(shape) -> str:
    return "x".join(map(str, shape))


def _range(values, source) -> tuple[float, float]:
    """What is mapped to -1 and 1; a range that is not empty even where all values are the same."""
    if values.dtype == bool:
        return 0.0, 1.0
    if values.dtype == np.uint8:
        return 0.0, 255.0
    low, high = values.min(), values.max()
    if values.dtype.kind == "f":
        if low >= 0.0 and high <= 1.0:
            return 0.0, 1.0
        if low >= -1.0 and high <= 1.0:
            return -1.0, 1.0
    elif not -EXACT <= int(low) <= int(high) <= EXACT:
        raise ValueError(f"{source} has pixels of {low} to {high}: floats tell whole numbers apart up to {EXACT}")
    low, high = float(low), float(high)
    if low == high:
        low, high = min(low, 0.0), max(high, 0.0)
    return (low, high) if low < high else (0.0, 1.0)


def _whole(labels, n, source) -> np.ndarray:
    """Labels as int64 of shape (n,)."""
    if labels.dtype.kind not in "iufb":
        raise ValueError(f"{source} has labels of type {labels.dtype}; labels are whole numbers")
    if labels.shape not in ((n,), (n, 1)):
        raise ValueError(f"{source} has {n} samples and labels of shape {labels.shape}; they must be ({n},)")
    labels = labels.reshape(n)
    wrong = ~(abs(labels.astype("float64")) < EXACT)
    if labels.dtype.kind == "f":
        wrong |= labels != np.rint(labels)
    if wrong.any():
        raise ValueError(f"{source} has the label {labels[wrong][0]}; labels are whole numbers")
    return labels.astype("int64")
