"""Sentences of the language of models, as sums over every value of what was not seen, densities and not logarithms."""

from itertools import pairwise

import autograd.numpy as np

from reference.densities import normal_density


def mixture(x, weights, means, deviations):
    """p(x) = prod_n sum_k w_k N(x_n; m_k, s_k) of numbers x.

    Lecture, "A language of models": mixture of Gaussians.

    >>> print(f"{mixture([1.0], [0.5, 0.5], [-1.0, 1.0], [1.0, 1.0]):.6f}")  # (N(2) + N(0)) / 2
    0.226467
    """
    found = 1.0
    for one in x:
        found = found * sum(w * normal_density(one, m, s) for w, m, s in zip(weights, means, deviations))
    return found


def logistic_regression(x, y, weights, bias):
    """p(y | x) = prod_n exp(l_n[y_n]) / sum_j exp(l_n[j]), l_n = W x_n + b.

    Lecture, "A language of models": logistic regression.

    >>> print(f"{logistic_regression([[1.0]], [1], np.array([[0.0], [2.0]]), np.array([0.0, 0.0])):.6f}")  # sigmoid(2)
    0.880797
    """
    found = 1.0
    for features, label in zip(x, y):
        grown = np.exp(weights @ np.array(features) + bias)
        found = found * grown[label] / np.sum(grown)
    return found


def paths(steps, states):
    """All (z_1, ..., z_T): states^T of them.

    Lecture, "A language of models": hidden Markov models.

    >>> print(paths(2, 2))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    return [(z, *rest) for z in range(states) for rest in paths(steps - 1, states)] if steps else [()]


def hidden_markov(x, start, moves, means, deviations):
    """p(x) = sum_z p(z_1) prod_t p(z_t | z_(t-1)) N(x_t; m_z, s_z), over all paths z, of numbers x.

    Lecture, "A language of models": hidden Markov models.

    >>> still = np.eye(2)  # a state that never changes: a mixture of two constant sequences
    >>> print(f"{hidden_markov([1.0, 1.0], [0.5, 0.5], still, [-1.0, 1.0], [1.0, 1.0]):.6f}")
    0.081035
    """
    found = 0.0
    for path in paths(len(x), len(start)):
        p = start[path[0]]
        for before, after in pairwise(path):
            p = p * moves[before][after]
        for one, state in zip(x, path):
            p = p * normal_density(one, means[state], deviations[state])
        found = found + p
    return found
