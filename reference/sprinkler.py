"""The continuous sprinkler (Huszar, 2017): a density of two causes and an effect, and the posterior by a double loop."""

import autograd.numpy as np

from reference.densities import normal_density


def joint_density(x, z1, z2):
    """p(x, z) = N(z1; 0, 2) N(z2; 0, 2) exp(-x / m) / m, m = 3 + max(0, z1)^3 + max(0, z2)^3; 2 is a variance.

    Lecture, "Generalizing these ideas": variational inference using implicit distributions.

    >>> print(f"{joint_density(0.0, 0.0, 0.0):.6f}")  # 1 / (4 pi) / 3
    0.026526
    """
    mean = 3 + max(0.0, z1) ** 3 + max(0.0, z2) ** 3
    prior = normal_density(z1, 0.0, np.sqrt(2.0)) * normal_density(z2, 0.0, np.sqrt(2.0))
    return prior * np.exp(-x / mean) / mean


def posterior(x, reach, cells):
    """p(z | x) = p(x, z) / sum_z p(x, z) at the middles of cells over [-reach, reach]^2: shape (cells, cells), z1 first.

    Lecture, "Generalizing these ideas": variational inference using implicit distributions.

    >>> print(f"{posterior(50.0, 6.0, 2)[1, 1]:.4f}")  # of four middles, (-3, -3) to (3, 3)
    0.3669
    """
    middles = [reach * ((2 * i + 1) / cells - 1) for i in range(cells)]
    found = np.array([[joint_density(x, a, b) for b in middles] for a in middles])
    return found / np.sum(found)
