"""What every reader of files does before it takes memory, and how it writes what it refuses."""

from __future__ import annotations

from pathlib import Path

from ..from_array import LARGEST

EXPANSION = 1032  # deflate, of PNG, gzip and zip, makes of one byte at most so many; a JPEG's blocks come to less
SLACK = 1024  # bytes: what is too small to matter


def named(path: Path) -> str:
    """The file as errors write it: on one line, whatever its name.

    >>> named(Path("a.npy")), named(Path("[red]/a\\nb.npy"))
    ('a.npy', "'[red]/a\\\\nb.npy'")
    """
    text = str(path)
    return text if text.isprintable() else repr(text)


def name_of(path: Path) -> str:
    """The data's name: the file's without its suffix, or the folder's, with what is not printable replaced.

    >>> name_of(Path("there/train.csv")), name_of(Path("train-images.gz")), name_of(Path("[red].npy"))
    ('train', 'train-images', '[red]')
    """
    path = path if path.name.strip(".") else path.resolve()
    if path.is_dir():
        name = path.name or "data"
    else:
        name = path.stem if path.stem.strip(".") else path.name  # "...npy" has the stem "..", which is a folder's name
    return printable(name)


def printable(text: str) -> str:
    """The text with ``_`` for what has no printed form: line breaks, controls, halves of characters."""
    return "".join(c if c.isprintable() else "_" for c in text)


def brief(error: Exception) -> str:
    """What another library says: its first sentence, on one line and not too long."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    text = printable(" ".join(str(error).split()).partition(". ")[0])[:160].rstrip(". ")
    return text or type(error).__name__


def counted(number: int) -> str:
    """A number out of a header, which may claim any: Python itself refuses to write more than 4,300 digits.

    >>> counted(1234567), counted(10**5000)
    ('1,234,567', 'over 10^18')
    """
    return f"{number:,}" if abs(number) <= 10**18 else "over 10^18"


def refuse_large(path: Path, size: int, most: int = LARGEST) -> None:
    """Refuse ``size`` bytes in memory if they are more than ``most``."""
    if size > most:
        raise ValueError(
            f"{named(path)} takes {counted(size)} bytes, and data of up to {most:,} are read: save a part of them"
        )


def refuse_expansion(path: Path, packed: int, size: int, what: str = "") -> None:
    """Refuse a header that claims ``size`` bytes where ``packed`` bytes cannot hold as many."""
    if size > EXPANSION * packed + SLACK:
        raise ValueError(
            f"{named(path)} is cut short or broken: {what}its header tells of {counted(size)} bytes, and {packed:,} "
            f"packed bytes cannot hold them"
        )
