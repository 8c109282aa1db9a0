"""Expected values of estimators without sampling: noise that visits every state, or the nodes of a quadrature."""

import itertools

import numpy as np

import minigan as mg
import minigan.numpy as mnp

P = np.array([1 / 2, 1 / 3, 1 / 6])
A = np.array([1.0, 2.0, 3.0])

# f on the simplex, its values at the vertices, and the true gradient p_j (f_j - E f)
TOYS = {
    "linear": (lambda s, x: s, (1, 2, 3), (-1 / 3, 1 / 9, 2 / 9)),
    "square": (lambda s, x: s**2, (1, 4, 9), (-7 / 6, 2 / 9, 17 / 18)),
    "coordinatewise": (lambda s, x: mnp.square(x) @ mnp.asarray(A, dtype=x.dtype), (1, 2, 3), (-1 / 3, 1 / 9, 2 / 9)),
    "shifted square": (lambda s, x: (s - 2.0) ** 2, (1, 0, 1), (1 / 6, -2 / 9, 1 / 18)),
    "cubic": (lambda s, x: s**3, (1, 8, 27), (-10 / 3, 1 / 9, 29 / 9)),
}


def toy(name, dtype="float64"):
    """f and logits of the toy of three symbols."""
    function = TOYS[name][0]

    def f(x):
        return function(x @ mnp.asarray(A, dtype=x.dtype), x)

    return f, mnp.asarray(np.log(P), dtype=dtype)


def states(shape):
    """All one-hot states of a product of categoricals, in NumPy: (count, *shape)."""
    symbols, places = shape[-1], int(np.prod(shape[:-1], dtype=int))
    digits = np.array(list(itertools.product(range(symbols), repeat=places)), dtype=int)
    return np.eye(symbols)[digits].reshape(-1, *shape)


def probabilities(logits):
    """P of each of `states`, by their one-hot rows."""
    logits = np.asarray(logits, dtype=float)
    p = np.exp(logits - logits.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    return np.prod((states(logits.shape) * p).sum(-1).reshape(-1, int(np.prod(logits.shape[:-1], dtype=int))), axis=1)


def noise_of_all(logits, samples=1):
    """Noise (count, samples, *shape) that leads to every combination of states, and the probability of each."""
    logits = mg.to_numpy(logits).astype(float)
    visited, p = states(logits.shape), probabilities(logits)
    ways = list(itertools.product(range(len(p)), repeat=samples))
    noise = np.stack([1e4 * visited[list(way)] for way in ways])
    return mnp.asarray(noise), np.array([np.prod(p[list(way)]) for way in ways])


def moments(estimates, weights):
    """Exact mean and variance of estimates that come with ``weights``."""
    estimates = mg.to_numpy(estimates).astype(float)
    weights = weights.reshape(-1, *(1,) * (estimates.ndim - 1))
    mean = (weights * estimates).sum(0)
    return mean, (weights * (estimates - mean) ** 2).sum(0)


def logistic_nodes(split=0.5, nodes=60):
    """Quantiles of the logistic law at Gauss-Legendre nodes on (0, split) and (split, 1), and their weights.

    For two symbols everything depends on the difference of the two Gumbel variables, which is logistic.
    """
    x, w = np.polynomial.legendre.leggauss(nodes)
    u = np.concatenate([split * (x + 1) / 2, split + (1 - split) * (x + 1) / 2])
    weights = np.concatenate([split * w / 2, (1 - split) * w / 2])
    return np.log(u) - np.log1p(-u), weights
