"""The reference's sums over codes against a model whose integrals are known."""

import math

import numpy as np
from numpy.testing import assert_allclose

from reference.evidence_bound import evidence, evidence_bound


def test_a_bit_that_follows_the_sign_of_a_code():
    """logit = 1000 z1: p(x = 1) = 1/2, by symmetry; a bit that ignores the code has its own probability."""
    decoder = lambda z: np.array([20.0 * z[0], -1.0])
    assert_allclose(evidence(np.array([1.0, 1.0]), decoder), 0.5 / (1.0 + math.e), rtol=1e-6)


def test_the_bound_is_below_by_the_kl_to_the_posterior():
    """A likelihood that is constant: the posterior is the prior, and KL(N(m, s^2) || N(0, 1)) has a closed form."""
    mean, deviation, x = np.array([0.5, -1.0]), np.array([0.7, 1.2]), np.array([1.0])
    kl = sum(0.5 * (m * m + s * s - 1.0) - math.log(s) for m, s in zip(mean, deviation))
    flat = lambda z: np.zeros(1)
    assert_allclose(math.log(0.5) - evidence_bound(x, flat, mean, deviation), kl, rtol=1e-6)
