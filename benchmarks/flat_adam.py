"""Adam by hand in NumPy over one flat vector, for the peers that come without an optimiser."""

from __future__ import annotations

import numpy as np

from .problem import Problem


class FlatAdam:
    """``params`` are views into one vector, which ``update`` moves in place, without allocating."""

    def __init__(self, arrays: list[np.ndarray], problem: Problem):
        self.flat = np.concatenate([a.ravel() for a in arrays])
        self.gradient, self.m, self.v, self.scratch = (np.zeros_like(self.flat) for _ in range(4))
        ends = np.cumsum([a.size for a in arrays])
        slices = [slice(end - a.size, end) for a, end in zip(arrays, ends)]
        self.params = [self.flat[s].reshape(a.shape) for s, a in zip(slices, arrays)]
        self._gradients = [self.gradient[s].reshape(a.shape) for s, a in zip(slices, arrays)]
        self.lr, self.beta1, self.beta2, self.epsilon = problem.lr, problem.beta1, problem.beta2, problem.epsilon
        self.t = 0

    def update(self, gradients) -> None:
        for mine, given in zip(self._gradients, gradients):
            mine[...] = given
        self.t += 1
        g, m, v, s = self.gradient, self.m, self.v, self.scratch
        np.multiply(g, 1.0 - self.beta1, out=s)
        m *= self.beta1
        m += s
        np.multiply(g, g, out=s)
        s *= 1.0 - self.beta2
        v *= self.beta2
        v += s
        np.sqrt(v, out=s)
        s *= (1.0 - self.beta2**self.t) ** -0.5
        s += self.epsilon
        np.divide(m, s, out=s)
        s *= self.lr / (1.0 - self.beta1**self.t)
        self.flat -= s
