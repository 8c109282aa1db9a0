"""The landscape of `landscape` with points of some width on a line, so that it has slopes: the value at the best D.

Data points and fakes are Gaussians of one small deviation. The separate game and that of all pairs have a best D in
closed form, and their values are integrals that are differentiated by `minigan`; with fixed partners D is the maximum of
a concave function on a grid, found by Newton's method.
"""

from __future__ import annotations

import numpy as np
from scipy.special import expit, log_expit

import minigan.numpy as mnp

from ...backend import to_numpy
from ...validation import count, positive

AT = (-1.0, 1.0)  # the data


class Smoothed:
    """Values for fakes at any two places ``y`` on the line, the data at -1 and 1, all of deviation ``width``.

    Integrals by sums over ``points`` of [-3, 3], to 1e-6 for widths from two spacings, 0.125 of 97, to 0.25. Raises
    `ValueError` for a width below that, which the sums do not see.

    >>> collapsed = Smoothed(0.25)
    >>> round(float(collapsed.separate(mnp.asarray([-1.0, -1.0]))), 4), round(collapsed.partners([-1.0, -1.0]), 4)
    (-0.4774, -0.3466)
    """

    def __init__(self, width: float = 0.25, points: int = 97):
        self.width, self.points = positive(width, "the width"), count(points, "the points of the grid", 9)
        self.x = np.linspace(-3.0, 3.0, points)
        self.spacing = self.x[1] - self.x[0]
        if self.width < 1.999 * self.spacing:
            raise ValueError(
                f"the width is two spacings of the grid or more, {2.0 * self.spacing:.3g}, and was {width!r}: "
                "take more points"
            )

    def share(self, place):
        """The grid's weights of N(``place``, width^2): shape (points,)."""
        x = mnp.asarray(self.x)
        scale = self.spacing / (self.width * np.sqrt(2.0 * np.pi))
        return scale * mnp.exp(-0.5 * mnp.square((x - place) / self.width))

    def both(self, y):
        """The weights of the data and of the fakes, the mean of two Gaussians each."""
        data, fakes = (0.5 * (self.share(at[0]) + self.share(at[1])) for at in (AT, y))
        return data, fakes

    def separate(self, y):
        """JSD(data, fakes) - log 2, halved as in `landscape`; y an array of shape (2,)."""
        p, q = self.both(y)
        return 0.5 * mnp.sum(mnp.xlogy(p, p / (p + q)) + mnp.xlogy(q, q / (p + q)))

    def all_pairs(self, y):
        """The integral of p(a) q(b) log(p(a) q(b) / (p(a) q(b) + p(b) q(a))) over a and b."""
        p, q = self.both(y)
        one_way = p[:, None] * q[None, :]
        return mnp.sum(mnp.xlogy(one_way, one_way / (one_way + mnp.matrix_transpose(one_way))))

    def partners(self, y) -> float:
        """The maximum over D of the mean over both pairs of E log sigmoid(D(x) - D(G)), x and G near their places."""
        given = [to_numpy(self.share(place)) for place in (*AT, *(float(to_numpy(place)) for place in y))]
        weights = 0.5 * (np.outer(given[0], given[2]) + np.outer(given[1], given[3]))
        return maximum_over_differences(weights)


def maximum_over_differences(weights, ridge: float = 1e-9, steps: int = 200) -> float:
    """The maximum over D, shape (n,), of sum_kl W_kl log sigmoid(D_k - D_l), for weights (n, n) >= 0 that sum to 1.

    Concave; where D would go to infinity, or nothing depends on it, ``ridge`` |D|^2 / 2 keeps it. Newton's steps are
    halved until they gain.

    >>> round(maximum_over_differences(np.array([[0.0, 0.5], [0.5, 0.0]])), 9)  # each wins half of the time
    -0.693147181
    """
    weights = np.asarray(weights, dtype=float)
    D = np.zeros(len(weights))

    def gained(D):
        return float(np.sum(weights * log_expit(D[:, None] - D[None, :]))) - 0.5 * ridge * float(D @ D)

    now = gained(D)
    for _ in range(steps):
        lost = expit(D[None, :] - D[:, None])  # sigmoid of minus the difference
        pull = weights * lost
        slope = pull.sum(1) - pull.sum(0) - ridge * D
        stiff = pull * (1.0 - lost)
        stiff = stiff + stiff.T
        curvature = np.diag(stiff.sum(1) + ridge) - stiff
        step = np.linalg.solve(curvature, slope)
        length = 1.0
        while gained(D + length * step) < now and length > 1e-8:
            length *= 0.5
        D = D + length * step
        before, now = now, gained(D)
        if now - before < 1e-13:
            break
    return now
