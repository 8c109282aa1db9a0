"""Samples of a run, in a file: an array, a table, a picture or lines of text, as its suffix says and the system allows."""

from __future__ import annotations

import csv
import io
import math

import numpy as np

from ..backend import to_numpy
from ..names import unknown
from ..random import generator
from ..training.tensors import write_whole
from ..validation import file_path, is_count
from .read import ReadRun

SEEN = 32  # pixels of an image's side that one can see: smaller images are enlarged, each pixel to a square
SUFFIXES = {
    "rows": (".npy", ".csv", ".png"),
    "images": (".npy", ".png"),
    "strings": (".txt", ".npy"),
    "sound": (".wav", ".npy", ".png"),
}


def write_samples(run: ReadRun, n: int, path, *, condition: str | None = None, seed: int = 0) -> np.ndarray:
    """Draw ``n`` samples of a run that was read and write them to ``path``; returns them as they were written.

    ``.npy``: in the data's own units and dtype, uint8 images as uint8. ``.csv``: rows below the names of their columns.
    ``.png``: images side by side, points or histograms of rows, waves of sound. ``.txt``: strings, one a line. ``.wav``:
    sound, one sample after the other, whole numbers of 16 bits. Raises `ValueError` for
    another suffix, no samples, and a condition that the system does not know.

    >>> import tempfile
    >>> from minigan.runs import RunDirectory, execute, read_run, request_for
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = RunDirectory.new("gaussian", f"{folder}/run")
    ...     outcome = execute(place, request_for("gaussian", steps=2)[0], pictures=False)
    ...     samples = write_samples(read_run(place), 5, f"{folder}/five.csv")
    ...     with open(f"{folder}/five.csv") as file:
    ...         samples.shape, len(file.readlines())  # the first line is the name of the column
    ((5, 1), 6)
    """
    path, form = file_path(path, "the file of samples"), run.system.form
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES[form.kind]:
        places = _or(SUFFIXES[form.kind])
        raise ValueError(f"samples of {run.system.name} are written to {places}, and not to {str(path)!r}")
    if not is_count(n):
        raise ValueError(f"how many samples is a positive number, and was {n!r}")
    if path.is_dir():
        raise ValueError(f"{path} is a folder: give the name of a file in it")
    drawn = run.system.sample(run.found.state, n, generator(seed), **_conditioned(run, condition))
    samples = drawn if form.kind == "strings" else form.restore(drawn)
    samples = to_numpy(samples)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, _content(run, drawn, samples, suffix))
    return samples


def _conditioned(run: ReadRun, condition: str | None) -> dict:
    known = run.system.conditions
    if condition is None:
        return {}
    if not known:
        raise ValueError(f"{run.system.name} takes no condition: leave --condition away")
    if condition not in known:
        raise unknown("condition", condition, known, f"{run.system.name} knows {', '.join(known)}")
    return {"condition": condition}


def _content(run: ReadRun, drawn, samples: np.ndarray, suffix: str) -> bytes:
    form = run.system.form
    if suffix == ".npy":
        out = io.BytesIO()
        np.save(out, samples, allow_pickle=False)
        return out.getvalue()
    if suffix == ".csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(form.columns or [f"column {i}" for i in range(samples.shape[1])])
        writer.writerows(samples.tolist())
        return text.getvalue().encode()
    if suffix == ".txt":
        return "".join(f"{one}\n" for one in form.spell(drawn)).encode()
    if suffix == ".wav":
        from scipy.io import wavfile

        out = io.BytesIO()
        wavfile.write(out, form.rate, np.rint(np.clip(samples, -1.0, 1.0) * 32767.0).astype("int16").reshape(-1))
        return out.getvalue()
    return sheet(form, samples) if form.kind == "images" else _plotted(run, samples)


def sheet(form, images: np.ndarray) -> bytes:
    """Images side by side as a PNG, small ones enlarged by a whole number, an empty line between them."""
    from matplotlib.image import imsave

    from ..plots.images import tile_images

    columns = math.ceil(math.sqrt(len(images)))
    times = max(1, SEEN // max(images.shape[1:3]))
    large = images.astype(float).repeat(times, axis=1).repeat(times, axis=2)
    scaled = (tile_images(large, columns) - form.low) / (form.high - form.low)
    if scaled.ndim == 3 and scaled.shape[2] in (1, 2):
        scaled = scaled[..., 0]
    scaled = np.clip(1.0 - scaled if form.ink else scaled, 0.0, 1.0)
    scaled = np.where(np.isfinite(scaled), scaled, 1.0)
    out = io.BytesIO()
    imsave(out, scaled[..., :3] if scaled.ndim == 3 else scaled, format="png", cmap="gray", vmin=0.0, vmax=1.0)
    return out.getvalue()


def _plotted(run: ReadRun, samples: np.ndarray) -> bytes:
    from ..plots import histograms_beside_real, pairs_beside_real, scatter_beside_real
    from ..plots.sound import waves_beside_real

    form = run.system.form
    real = form.restore(run.system.real(generator(2), max(2, min(2000, len(samples)))))
    names = form.columns or tuple(f"column {i}" for i in range(samples.shape[1]))
    if form.kind == "sound":
        drawn = waves_beside_real(samples, real, form.rate)
    elif samples.shape[1] == 2:
        drawn = scatter_beside_real(samples, real, form.centres, names=names)
    elif 2 < samples.shape[1] <= 5:
        drawn = pairs_beside_real(samples, real, names)
    else:
        drawn = histograms_beside_real(samples, real, names=names)
    out = io.BytesIO()
    drawn.savefig(out, format="png")
    return out.getvalue()


def _or(suffixes) -> str:
    return ", ".join(suffixes[:-1]) + f" or {suffixes[-1]}"
