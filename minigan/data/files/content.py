"""Which format a file is of: its first bytes tell, and its suffix where they do not."""

from __future__ import annotations

import codecs
import gzip
import zlib
from pathlib import Path

from .cifar import is_cifar
from .door import named
from .idx import GZIP, is_idx
from .svhn import MAGIC as MATLAB

BEGINNING = 4096
TEXT = (".csv", ".tsv")
MAGIC = {
    b"\x93NUMPY": "npy",
    b"PK\x03\x04": "npz",
    b"PK\x05\x06": "npz",
    MATLAB: "svhn",
    b"RIFF": "wav",
    b"RIFX": "wav",
    b"\x89PNG\r\n\x1a\n": "picture",
    b"\xff\xd8\xff": "picture",
    b"\x89HDF\r\n\x1a\n": "hdf5",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    **{b"\x80" + bytes([protocol]): "pickle" for protocol in range(2, 6)},
}
SUFFIXES = {".npy": "npy", ".npz": "npz", ".bin": "cifar", ".mat": "svhn", ".wav": "wav"}
TOLD = {"npy": "a NumPy array", "npz": "a zip archive", "svhn": "a MATLAB file", "idx": "an IDX file", "wav": "a WAV file"}
REFUSED = {
    "picture": "is one picture: give the folder that holds them all",
    "hdf5": "is an HDF5 file, as MATLAB 7.3 writes it: save it as .npy, or in MATLAB with '-v7'",
    "utf-16": "is text in UTF-16: save it in UTF-8",
    "pickle": "is a pickle, which is not opened, as it may run code: save the array with numpy.save, and of CIFAR-10 "
    "take the binary version",
}


def format_of(path: Path) -> str:
    """npy, npz, table, idx, cifar, svhn or wav, the names of the readers; `ValueError` for any other content."""
    if is_cifar(path):  # it has no magic number, and its pixels may look like any
        return "cifar"
    with path.open("rb") as file:
        start = file.read(BEGINNING)
    suffix, source = path.suffix.lower(), named(path)
    found = next((kind for magic, kind in MAGIC.items() if start.startswith(magic)), None)
    if found is None and is_idx(start):
        found = "idx"
    if start.startswith(GZIP):
        found = _packed(path)
    if found in REFUSED:
        raise ValueError(f"{source} {REFUSED[found]}")
    if found is not None and suffix in TEXT:
        raise ValueError(f"{source} is no text but {TOLD[found]}: give it the suffix that tells so")
    if found is not None:
        return found
    if is_text(start):
        if suffix in SUFFIXES:
            raise ValueError(
                f"{source} is no {suffix} file: this is text: {_beginning(start)!r}; if it is a table, call it .csv"
            )
        return "table"
    if suffix in TEXT:
        raise ValueError(f"{source} is not text in UTF-8, as a table is to be: save it in that encoding")
    if suffix in SUFFIXES:
        return SUFFIXES[suffix]  # its reader tells what is wrong
    if "idx" in path.name or "ubyte" in path.name:
        return "idx"
    raise ValueError(
        f"{source} is of no format that is read here: .npy, .npz, CSV, IDX, CIFAR-10's .bin, SVHN's .mat, .wav, or a "
        f"folder of PNG or JPEG pictures"
    )


def is_text(start: bytes) -> bool:
    """Whether a file's first bytes are UTF-8, a character cut at their end included, without control characters."""
    try:
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(start)
    except UnicodeDecodeError:
        return False
    return all(c >= " " or c in "\t\r\n\f" for c in text)


def _packed(path: Path) -> str:
    """What a gzip file holds."""
    try:
        with gzip.open(path) as file:
            start = file.read(4)
    except (OSError, EOFError, zlib.error):
        return "idx"  # its reader tells what is wrong
    if not is_idx(start):
        raise ValueError(f"{named(path)} is packed with gzip and holds no IDX file: unpack it first")
    return "idx"


def _beginning(start: bytes) -> str:
    return start.decode("utf-8-sig", errors="replace").strip()[:30]
