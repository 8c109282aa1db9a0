"""The grid's centres and samples."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
from minigan.data import grid, grid_centres
from minigan.random import generator


def test_centres():
    centres = mg.to_numpy(grid_centres())
    assert centres.shape == (25, 2) and len(np.unique(centres, axis=0)) == 25
    assert_allclose(centres.mean(0), 0.0, atol=1e-15)
    assert set(np.unique(centres)) == {-4.0, -2.0, 0.0, 2.0, 4.0}
    assert_allclose(mg.to_numpy(grid_centres(1)), 0.0)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_samples(dtype):
    x = mg.to_numpy(grid(deviation=0.1, dtype=dtype)(generator(0), 20_000))
    assert x.dtype == dtype
    nearest = np.round(x / 2.0) * 2.0
    _, counts = np.unique(nearest, axis=0, return_counts=True)
    assert len(counts) == 25 and abs(counts - 800).max() < 5 * np.sqrt(800)
    assert_allclose((x - nearest).std(0), 0.1, rtol=0.03)


@pytest.mark.parametrize("act, message", [
    (lambda: grid_centres(0), "points a side of a grid must be a positive integer"),
    (lambda: grid_centres(5, 0.0), "spacing of a grid"),
    (lambda: grid(deviation=-1.0), "deviation of a grid"),
])  # fmt: skip
def test_refused(act, message):
    with pytest.raises(ValueError, match=message):
        act()
