"""What the shipped strategies promise."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from minigan.testing import (
    alphas,
    channels,
    divergences,
    gaussians,
    merges,
    mixture_weights,
    mixtures,
    near_equal_pairs,
    near_singular_pairs,
    pairs,
    pairs_with_zeros,
    probabilities,
)


@given(probabilities(), pairs(), near_equal_pairs(), near_singular_pairs(), pairs_with_zeros())
def test_everything_sums_to_one(p, ordinary, near, singular, zeros):
    for one in (p, *ordinary, *near, *singular, *zeros):
        assert abs(one.sum() - 1.0) < 1e-12 and np.all(one >= 0.0)
    assert np.all(p > 0) and np.abs(near[0] - near[1]).sum() < 0.05
    assert np.minimum(*singular).sum() < 0.2


@given(st.integers(1, 6).flatmap(lambda k: st.tuples(channels(k), merges(k), st.just(k))))
def test_channels(drawn):
    channel, merge, inputs = drawn
    for matrix in (channel, merge):
        assert matrix.shape[0] == inputs and np.allclose(matrix.sum(axis=1), 1.0)
    assert set(np.unique(merge)) <= {0.0, 1.0}


@given(alphas(), mixture_weights(), divergences(), gaussians(), mixtures())
def test_parameters_and_densities(a, pi, row, gaussian, mixture):
    assert a not in (0.0, 1.0) and 0.0 < pi < 1.0
    assert float(row.between([0.5, 0.5], [0.25, 0.75])) > row.smallest
    assert gaussian.deviation > 0 and abs(sum(mixture.weights) - 1.0) < 1e-12
