"""WAV files: sound of one channel, as numbers in [-1, 1]."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from ..dataset import Dataset
from .door import brief, name_of, named, refuse_large

FULL = {"u1": (128.0, 128.0), "i2": (0.0, 2.0**15), "i4": (0.0, 2.0**31)}  # what is silence, and what is 1


def wav(path: Path, shape=None) -> Dataset:
    """The sound of a WAV file: values (1, samples) in [-1, 1], float32, with the ``rate`` of samples a second.

    Whole numbers of 8, 16, 24 and 32 bits are divided by their full scale, floats must lie within [-1, 1]. Raises
    `ValueError` for more than one channel, silence, no samples, and what is no WAV file.

    >>> import tempfile
    >>> from scipy.io import wavfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     wavfile.write(f"{folder}/four.wav", 8000, np.array([0, 2**14, -(2**15), 2**13], "int16"))
    ...     found = wav(Path(folder, "four.wav"))
    >>> found.values.tolist(), found.rate
    ([[0.0, 0.5, -1.0, 0.25]], 8000)
    """
    from scipy.io import wavfile

    source = named(path)
    if shape is not None:
        raise ValueError(f"{source} is sound, which has no shape of images: leave --shape away")
    refuse_large(path, path.stat().st_size)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", wavfile.WavFileWarning)
            rate, values = wavfile.read(path)
    except (ValueError, OSError, EOFError, wavfile.WavFileWarning, ArithmeticError, TypeError, LookupError) as error:
        raise ValueError(f"{source} is no WAV file that can be read: {brief(error)}") from None
    except Exception as error:  # struct.error of a header that is cut short, which is none of the above
        raise ValueError(f"{source} is no WAV file that can be read: {brief(error)}") from None
    if values.ndim != 1:
        raise ValueError(
            f"{source} has {values.shape[1]} channels of sound, and one is taken: mix it down to mono first"
        )
    if not values.size or not rate > 0:
        raise ValueError(f"{source} holds {values.size} samples at {rate} a second: there is nothing to train on")
    kind = values.dtype.str[1:]
    if kind in FULL:
        silence, full = FULL[kind]
        values = (values.astype("float64") - silence) / full
    elif values.dtype.kind != "f":
        raise ValueError(
            f"{source} holds samples of type {values.dtype}; whole numbers of 8 to 32 bits and floats are read"
        )
    if not np.isfinite(values).all() or np.abs(values).max() > 1.0:
        raise ValueError(f"{source} holds values beyond [-1, 1], up to {np.abs(values).max():g}: scale it down first")
    if values.min() == values.max():
        raise ValueError(f"{source} is silence: all of its {values.size:,} samples are {values[0]:g}")
    values = values.astype("float32")[None]
    values.setflags(write=False)
    return Dataset(values, name_of(path), "sound", (values.shape[1],), rate=int(rate))
