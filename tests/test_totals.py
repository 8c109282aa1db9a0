"""Sums of long arrays of floats: as exact as NumPy's, in every layout, alone and compiled."""

import math

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.totals import LONG_ENOUGH, total

pytestmark = pytest.mark.usefixtures("on_numpy")


def test_a_total_is_as_exact_as_numpys():
    """Root mean squares over forty draws, of positive terms and of terms of both signs, in units of the terms' sizes."""
    ours, numpys = [], []
    for seed in range(40):
        x = np.random.default_rng(seed).random(LONG_ENOUGH + seed).astype(np.float32) - np.float32(0.5 * (seed % 2))
        exact, size = math.fsum(x.tolist()), math.fsum(abs(x).tolist())
        ours.append((float(total(np, x)) - exact) / size)
        numpys.append((float(np.add.reduce(x, None)) - exact) / size)
    assert np.std(ours) <= 1.25 * np.std(numpys)
    assert np.abs(ours).max() < 2e-7


def test_layouts_and_ends():
    x = np.arange(2.0 * LONG_ENOUGH, dtype=np.float32) % 7  # all sums are exact
    for view in (x, x[:-5], x[::2], x.reshape(2, -1), x.reshape(64, -1).T):
        found = total(np, view)
        assert found.dtype == np.float32 and found == view.astype(float).sum()
    for end in (np.inf, -np.inf, np.nan):
        y = x.copy()
        y[-1] = end
        np.testing.assert_array_equal(total(np, y), np.float32(end))


def test_compiled_sums_take_it_and_short_ones_do_not():
    f = mg.compile(lambda x: mnp.sum(mnp.square(x)))
    x = np.arange(LONG_ENOUGH, dtype=np.float32) % 5
    assert f(x) == np.square(x.astype(float)).sum() and "total(np" in f.source
    f(x[:1000])
    assert "total(np" not in f.source
    f(x.astype(float))
    assert "total(np" not in f.source
