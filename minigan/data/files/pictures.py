"""A folder of PNG or JPEG pictures of one size; its sub-folders, if there are any, are the classes."""

from __future__ import annotations

import io
import os
import warnings
from pathlib import Path

import numpy as np

from ..dataset import Dataset
from ..from_array import from_array
from .door import brief, name_of, named, refuse_expansion, refuse_large

SUFFIXES = (".png", ".jpg", ".jpeg")
MOST_PIXELS = 2**22  # of a picture: 2048 x 2048
LARGEST_FILE = 2**26  # bytes of a picture, packed
# what a mode of Pillow's is read as, and the channels it then has; a palette's colours stand in the picture itself
MODES = {"L": ("L", 1), "LA": ("LA", 2), "RGB": ("RGB", 3), "RGBA": ("RGBA", 4), "1": ("L", 1), "P": ("RGB", 3)}
DEEP = ("I", "I;16", "I;16B", "I;16L", "I;16N")  # 16 bits of grey


def pictures(path: Path, shape=None) -> Dataset:
    """All PNG and JPEG files of a folder, or of its sub-folders, in the order of their names.

    They must be of one size and mode: grey, RGB, both with opacity, or 16 bits of grey. ``cats/1.png`` and
    ``dogs/1.png`` are labelled 0 and 1, and ``label_names`` is ("cats", "dogs"). Other and hidden files are skipped.
    Every header is read before any picture is unpacked. Raises `ValueError`, naming the picture, for one that is
    broken, of another size or mode than the first, or of more than 2^22 pixels, and for pictures beside sub-folders.

    >>> import tempfile
    >>> from PIL import Image
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name, grey in (("cats", 10), ("dogs", 200)):
    ...         Path(folder, name).mkdir()
    ...         Image.fromarray(np.full((2, 3), grey, "uint8")).save(f"{folder}/{name}/1.png")
    ...     found = pictures(Path(folder))
    >>> found.sample_shape, found.values[:, 0, 0, 0].tolist(), found.labels.tolist(), found.label_names
    ((2, 3), [10, 200], [0, 1], ('cats', 'dogs'))
    """
    files, labels, names = _found(path)
    height, width, mode = first = _header(files[0])
    for file in files[1:]:
        if (here := _header(file)) != first:
            raise ValueError(
                f"{named(file)} is a picture of {_written(here)}, and {named(files[0])} of {_written(first)}: they "
                f"must be alike"
            )
    channels = MODES[mode][1] if mode in MODES else 1
    values = np.empty((len(files), height, width, channels), "uint8" if mode in MODES else "uint16")
    refuse_large(path, values.nbytes)
    for value, file in zip(values, files):
        value[...] = _pixels(file, mode).reshape(value.shape)
    if channels == 1:
        values = values[..., 0]
    return from_array(values, name_of(path), source=named(path), shape=shape, labels=labels, label_names=names)


def _found(path: Path) -> tuple[list[Path], list[int] | None, tuple[str, ...] | None]:
    """The pictures, and where they lie in sub-folders their labels and the names of these."""
    here = _pictures_in(path)
    with os.scandir(path) as entries:
        folders = sorted(entry.name for entry in entries if entry.is_dir() and not entry.name.startswith("."))
    classes = {name: found for name in folders if (found := _pictures_in(path / name))}
    if here and classes:
        raise ValueError(
            f"{named(path)} is a folder with pictures beside sub-folders of pictures, as {next(iter(classes))!r}: keep "
            f"either all in it or all in sub-folders, one a class"
        )
    if here:
        return here, None, None
    if not classes:
        raise ValueError(f"{named(path)} is a folder without PNG or JPEG pictures, in it or in sub-folders of it")
    files = [file for found in classes.values() for file in found]
    return files, [i for i, found in enumerate(classes.values()) for _ in found], tuple(classes)


def _pictures_in(folder: Path) -> list[Path]:
    with os.scandir(folder) as entries:
        names = [e.name for e in entries if e.name.lower().endswith(SUFFIXES) and e.name[0] != "." and e.is_file()]
    return [folder / name for name in sorted(names)]


def _header(file: Path) -> tuple[int, int, str]:
    """Height, width and mode, once they are known to be what such a file can hold."""
    size = file.stat().st_size
    refuse_large(file, size, LARGEST_FILE)
    image = _opened(file)
    (width, height), packed = image.size, image.mode
    clear = packed == "P" and "transparency" in image.info
    mode = "RGBA" if clear else "I;16" if packed in DEEP else MODES.get(packed, (packed,))[0]
    if mode not in (*MODES, "I;16"):
        raise ValueError(f"{named(file)} is a picture of mode {mode}: save it as grey or RGB")
    if width * height > MOST_PIXELS:
        raise ValueError(
            f"{named(file)} is a picture of {height} x {width} pixels, more than 2048 x 2048: make it smaller"
        )
    bits = 1 if packed in ("1", "P") else 8 * MODES[mode][1] if mode in MODES else 16
    refuse_expansion(file, size, width * height * bits // 8)
    try:
        image.verify()  # of PNG every chunk's sum: one cut short just behind its pixels is unpacked without a word
    except Exception as error:
        raise _broken(file, error) from None
    return height, width, mode


def _pixels(file: Path, mode: str) -> np.ndarray:
    with _opened(file) as image:
        try:
            return np.asarray(image.convert(mode) if mode in MODES and image.mode != mode else image)
        except Exception as error:
            raise _broken(file, error) from None


def _opened(file: Path):
    from PIL import Image  # not before it is needed

    # out of memory, not out of the file: Pillow reads as many bytes as a chunk claims, and a file takes room for them
    content = io.BytesIO(file.read_bytes())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pictures so large that they are refused here
            return Image.open(content, formats=("PNG", "JPEG"))
    except Exception as error:  # a broken header raises SyntaxError, struct.error, OSError and others
        raise _broken(file, error) from None


def _broken(file: Path, error: Exception) -> ValueError:
    if type(error).__name__ == "UnidentifiedImageError":  # which says the file's name and nothing else
        return ValueError(f"{named(file)} is neither a PNG nor a JPEG picture")
    return ValueError(f"{named(file)} is not a readable picture: {brief(error)}")


def _written(header) -> str:
    height, width, mode = header
    return f"{height} x {width} pixels in {mode}"
