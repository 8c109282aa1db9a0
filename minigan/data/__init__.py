"""What models are trained on: `digits` (1,797 real 8x8 handwritten digits), `stacked_digits` (three as channels),
`ring`, `grid`, `binary_digits` (the digits in black and white), `bars_and_stripes` (30 images), `grammar` (strings with
a known law), `blobs` (always so many in an image), `symmetric` (images that equal their mirror image); and data of
one's own: `file` (`load`, from the formats in `files`), `dataset`.
"""

from .bars_and_stripes import bars_and_stripes
from .binary_digits import binary_digits
from .blobs import blobs
from .dataset import Dataset
from .digits import digits
from .file import load, load_rows
from .from_array import from_array
from .grammar import Language, brackets, language
from .grid import grid, grid_centres
from .ring import ring, ring_centres
from .stacked_digits import stacked_digits
from .symmetric import symmetric

__all__ = [
    "Dataset",
    "Language",
    "bars_and_stripes",
    "binary_digits",
    "blobs",
    "brackets",
    "digits",
    "from_array",
    "grid",
    "grid_centres",
    "language",
    "load",
    "load_rows",
    "ring",
    "ring_centres",
    "stacked_digits",
    "symmetric",
]
