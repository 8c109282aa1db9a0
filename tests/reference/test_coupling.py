"""The reference's coupling: its inverse is one, and its determinant is the product that theory states."""

import numpy as np
from numpy.testing import assert_allclose

from reference.coupling import coupling, coupling_inverse, log_determinant


def stretch(a):
    return np.array([0.3 * a[0] - a[1], a[0] * a[1]])


def shift(a):
    return np.array([a[0] ** 2, a[1] - 1.0])


def test_the_determinant_is_the_exponential_of_the_summed_stretch():
    x = np.array([0.4, -0.7, 1.2, 0.1])
    import autograd.numpy as anp

    def stretched(a):
        return anp.array([0.3 * a[0] - a[1], a[0] * a[1]])

    def shifted(a):
        return anp.array([a[0] ** 2, a[1] - 1.0])

    found = log_determinant(lambda x: coupling(x, stretched, shifted), x)
    assert_allclose(found, stretch(x[:2]).sum(), rtol=1e-13)


def test_there_and_back():
    x = np.array([0.4, -0.7, 1.2, 0.1])
    assert_allclose(coupling_inverse(coupling(x, stretch, shift), stretch, shift), x, rtol=1e-14)
