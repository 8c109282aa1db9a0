"""What every sampler here must satisfy, whatever its formula: one program, two dtypes, frequencies of a law."""

import numpy as np
from numpy.testing import assert_allclose
from scipy import stats

import minigan as mg
from minigan.backend import dtype_name

LUCK = 1e-6  # how often a right law may fail a chi-square or Kolmogorov-Smirnov test, per seed


def frequencies_fit(counts, probabilities):
    """Pearson's chi-square: counts of a law with these probabilities, at significance `LUCK`."""
    counts, expected = np.asarray(counts, float), np.sum(counts) * np.asarray(probabilities, float)
    assert (counts[expected == 0] == 0).all()
    possible = expected > 0
    assert (expected[possible] > 5).all()  # or the statistic has not its law
    statistic = ((counts - expected)[possible] ** 2 / expected[possible]).sum()
    assert possible.sum() == 1 or stats.chi2.sf(statistic, possible.sum() - 1) > LUCK


def distribution_fits(samples, cdf):
    """Kolmogorov-Smirnov against a distribution function, at significance `LUCK`."""
    assert stats.kstest(np.asarray(samples, float), cdf).pvalue > LUCK


def one_program(f, *args):
    """``mg.compile(f)`` gives what ``f`` gives, value and dtype, recorded and run again; up to 8 roundings."""
    compiled = mg.compile(f)
    for _ in range(2):
        for one, other in zip(mg.tree_leaves(f(*args)), mg.tree_leaves(compiled(*args)), strict=True):
            assert one.dtype == other.dtype and one.shape == other.shape
            name = dtype_name(one.dtype)
            slack = 8 * np.finfo(name).eps if name.startswith("float") else 0
            assert_allclose(mg.to_numpy(other), mg.to_numpy(one), rtol=slack, atol=slack)


def arrays(seed, dtype, *shapes, scale=1.0):
    """Normal arrays on the active backend."""
    rng = np.random.default_rng(seed)
    return [mg.numpy.asarray((scale * rng.standard_normal(shape)).astype(dtype)) for shape in shapes]
