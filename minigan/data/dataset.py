"""Data as they are trained on: the source's own values, what they are, and the way to [-1, 1] and back."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

import minigan.numpy as mnp

from ..arrays import float_name, real_array
from ..backend import to_numpy

BLOCK = 2**22  # values scaled at a time: the float64 in between never gets as large as the data


@dataclass(frozen=True, eq=False)
class Dataset:
    """Rows (n, d), images (n, h, w, c) or sound (1, samples) on the host, in the source's own dtype; `load` makes one.

    ``values``: the array; images always have their axis of channels. ``kind``: "rows", "images" or "sound".
    ``sample_shape``: one sample as the source has it, (d,), (h, w) or (h, w, c).
    ``columns``: a table's names of its d columns, or `None`.
    ``labels``: integers (n,), as the source counts them, or `None`.
    ``label_names``: what labels 0, 1 ... mean, or `None`.
    ``rate``: of sound, samples a second; its values lie in [-1, 1].
    ``low`` and ``high``: what is mapped to -1 and 1, of images only: 0 and 255 for uint8, 0 and 1 for booleans,
    [0, 1] or [-1, 1] for floats that stay within it, and else the smallest and the largest value there is.

    >>> import numpy as np
    >>> two = np.array([[[0, 255]], [[51, 102]]], dtype="uint8")[..., None]  # two images of 1x2 pixels
    >>> found = Dataset(two, "two", "images", sample_shape=(1, 2), low=0.0, high=255.0)
    >>> scaled = found.for_training("float64")
    >>> scaled.shape, round(float(scaled[1, 0, 0, 0]), 12), found.restore(scaled).tolist()
    ((2, 1, 2, 1), -0.6, [[[0, 255]], [[51, 102]]])
    """

    values: np.ndarray
    name: str
    kind: str
    sample_shape: tuple[int, ...]
    columns: tuple[str, ...] | None = None
    labels: np.ndarray | None = None
    label_names: tuple[str, ...] | None = None
    low: float | None = None
    high: float | None = None
    rate: int | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def dtype(self) -> np.dtype:
        """The source's own."""
        return self.values.dtype

    @cached_property
    def fingerprint(self) -> str:
        """SHA-256 of dtype, shape and bytes of the values, and of the labels if there are any; the name is left out."""
        found = hashlib.sha256()
        for array in (self.values, self.labels):
            if array is not None:
                array = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
                found.update(f"{array.dtype.str} {array.shape}\n".encode())
                found.update(array.data)
        return found.hexdigest()

    def for_training(self, dtype="float32"):
        """The values on the active backend, in float32 or float64: images scaled to [-1, 1], rows as they are.

        Raises `ValueError` for another dtype, and for rows with values beyond what that dtype holds.
        """
        name = float_name(dtype)
        out = np.empty(self.values.shape, dtype=name)
        step = max(1, BLOCK * len(self) // self.values.size)
        for start in range(0, len(self), step):
            block = self.values[start : start + step]
            if self.kind == "images":
                centre, half = self._scale()
                block = np.clip((block.astype("float64") - centre) / half, -1.0, 1.0)
            with np.errstate(over="ignore"):
                out[start : start + step] = block
        if self.kind == "rows" and not np.isfinite(out).all():
            largest = float(np.abs(self.values).max())
            raise ValueError(f"{self.name} has values up to {largest:.3g}, beyond {name}: train in float64")
        return mnp.asarray(out)

    def restore(self, samples) -> np.ndarray:
        """Samples of a model, (n, h, w, c), (n, h, w) or (n, d), as the source's own: shape (n, *sample_shape).

        Images come back from [-1, 1] in their own units and dtype: clipped to ``low`` .. ``high`` and, where the source
        holds whole numbers, rounded. Rows come back as they are. Raises `ValueError` for samples of another shape, and
        for ones that are no numbers where the dtype has no NaN.
        """
        samples = to_numpy(real_array(samples, f"the samples of {self.name}"))
        inner, one = samples.shape[1:], self.values.shape[1:]
        if samples.ndim < 2 or inner not in (one, self.sample_shape, (math.prod(one),)):
            raise ValueError(f"samples of {self.name} have shape (n, {_written(one)}), and these {samples.shape}")
        if self.kind != "images":
            return samples
        centre, half = self._scale()
        images = np.clip(samples.astype("float64"), -1.0, 1.0) * half + centre
        if self.dtype.kind != "f":
            wrong = int(np.isnan(images).sum())
            if wrong:
                raise ValueError(
                    f"{wrong} of the {images.size} values of these samples are NaN, which {self.dtype} cannot hold: "
                    f"the model has diverged"
                )
            images = np.rint(images)
        return np.clip(images, self.low, self.high).astype(self.dtype).reshape(len(samples), *self.sample_shape)

    def _scale(self) -> tuple[float, float]:
        """Centre and half the width of the range, each halved first, so that neither overflows."""
        return self.high / 2.0 + self.low / 2.0, self.high / 2.0 - self.low / 2.0


def _written(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
