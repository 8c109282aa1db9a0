"""What models are trained on: `digits` (1,797 real 8x8 handwritten digits), `ring`, `file` (any ``.npy`` of rows)."""

from .digits import digits
from .file import load_rows
from .ring import ring, ring_centres

__all__ = ["digits", "load_rows", "ring", "ring_centres"]
