"""A linear generator with a prior on its two weights: the likelihood and the posterior, by a double loop."""

import autograd.numpy as np

from reference.densities import normal_density


def linear_generator_posterior(observations, error, reach, cells):
    """p(w | x) for x_n = w_1 + w_2 z_n + error e_n, all of N(0, 1), at the middles of cells over [-reach, reach]^2.

    Lecture, "Generalizing these ideas": deep and hierarchical implicit models.

    >>> found = linear_generator_posterior([1.0], 0.5, 1.0, 2)  # w of (-1/2 or 1/2, -1/2 or 1/2)
    >>> [f"{one:.4f}" for one in found[:, 0]]
    ['0.0596', '0.4404']
    """
    middles = [reach * ((2 * i + 1) / cells - 1) for i in range(cells)]
    found = np.zeros((cells, cells))
    for i, first in enumerate(middles):
        for j, second in enumerate(middles):
            mass = normal_density(first, 0.0, 1.0) * normal_density(second, 0.0, 1.0)
            for x in observations:
                mass = mass * normal_density(x, first, np.sqrt(second**2 + error**2))
            found[i, j] = mass
    return found / np.sum(found)
