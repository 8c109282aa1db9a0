"""The formats that data come in, a file each: `npy`, `npz`, `table` (CSV, TSV), `pictures` (a folder of PNG or JPEG),
`idx` (MNIST), `cifar` (CIFAR-10, binary), `svhn` (MATLAB) and `wav` (sound). `content` tells which one a file is of;
`door` has what they all do first: a size is compared with the file before memory is taken for it.

A reader takes a path and an image's shape and returns a `Dataset`, or raises `ValueError` with one sentence that names
the file. None of them unpickles.
"""

from .cifar import cifar
from .idx import idx
from .npy import npy
from .npz import npz
from .pictures import pictures
from .svhn import svhn
from .table import table
from .wav import wav

READERS = {
    "npy": npy,
    "npz": npz,
    "table": table,
    "pictures": pictures,
    "idx": idx,
    "cifar": cifar,
    "svhn": svhn,
    "wav": wav,
}

__all__ = ["READERS", "cifar", "idx", "npy", "npz", "pictures", "svhn", "table", "wav"]
