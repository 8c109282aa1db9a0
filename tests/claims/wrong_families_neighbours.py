"""Wrong formulas for the claims on k-means, kernel densities, nearest neighbours and forests as corners of families."""

import math

import minigan.numpy as mnp
from minigan.backend import to_numpy
from minigan.claims.families.k_means import scaled
from minigan.claims.families.kernel_density import distribution_along_x
from minigan.models.families import forests as F
from minigan.models.families import kernel_density as K
from minigan.models.families import neighbours as N
from minigan.models.families.k_means import (
    certified_variance,
    em_step,
    least_margin,
    margins,
    merging_variance,
    within_cluster_squares,
)
from minigan.models.families.points import squared_distances

NAN = math.nan


def normal_along_x(x, h):
    """One Gaussian of the mixture's moments."""
    mean, covariance = K.moments(x, h)
    z = lambda t: (mnp.asarray(t) - mean[0]) / mnp.sqrt(covariance[0, 0])
    return lambda t: to_numpy(mnp.ndtr(z(t)))


def without_counts(forest, points, x):
    """As if every point were once in every bootstrap sample."""
    leaves, at = (mnp.asarray(forest.apply(to_numpy(one))) for one in (points, x))
    return mnp.mean(F.tree_weights(leaves, at), -1)


def divided_last(forest, points, x):
    """Leaves added up before they are divided."""
    leaves, at = (mnp.asarray(forest.apply(to_numpy(one))) for one in (points, x))
    together = F.shared(leaves, at)
    return together / mnp.sum(together, -1, keepdims=True)


def squared(x, z, lifetime):
    """A Gaussian kernel."""
    return mnp.exp(-lifetime * squared_distances(x, z))


def normalised(points, x, lifetime):
    """The kernel's weights in place of the leaves' own."""
    found = to_numpy(F.mondrian_kernel(mnp.asarray([[x]]), mnp.asarray(points)[:, None], lifetime))[0]
    return found / found.sum()


PLANTED = {
    "k-means-objective": [
        dict(objective=lambda x, m: 0.5 * within_cluster_squares(x, m)),
        dict(objective=lambda x, m: mnp.sum(mnp.sqrt(mnp.min(squared_distances(x, m), -1)))),  # distances, not squared
        dict(scale=lambda log_p, n, d, v: scaled(log_p, n, d, v) / 2.0),
        dict(scale=lambda log_p, n, d, v: -2.0 * v * (log_p + 0.5 * n * d * math.log(2.0 * math.pi * v))),  # no n log K
        dict(rate=lambda x, m: 0.5 * least_margin(x, m)),
        dict(rate=lambda x, m: float(mnp.mean(mnp.sort(margins(x, m), -1)[:, 1]))),  # the mean margin
        dict(objective=lambda x, m: NAN),
    ],
    "k-means-assignments": [
        dict(step=lambda x, m, v: em_step(x, m, 0.1)),
        dict(step=lambda x, m, v: 0.5 * (m + em_step(x, m, v)) + 1e-6),
        dict(certified=lambda x, m: 60.0 * certified_variance(x, m)),
        dict(merging=lambda x: float(mnp.sum(mnp.var(x, 0)))),  # the trace
        dict(merging=lambda x: merging_variance(x) * x.shape[0] / (x.shape[0] - 1)),  # with 1 / (n - 1)
        dict(merging=lambda x: 1.01 * merging_variance(x)),
    ],
    "kernel-density-mixture": [
        dict(density=lambda x, h, at: K.log_density(x, 1.001 * h, at)),
        dict(density=lambda x, h, at: K.log_density(x, h, at) + math.log(x.shape[0])),  # a sum, and no mean
        dict(density=lambda x, h, at: K.log_density(x[:-1, :], h, at)),
        dict(density=lambda x, h, at: NAN * K.log_density(x, h, at)),
        dict(growth=lambda n, d: -float(n)),
        dict(growth=lambda n, d: 0.0),
    ],
    "kernel-density-leave-one-out": [
        dict(likelihood=K.own_log_likelihood),
        dict(likelihood=lambda x, h: K.leave_one_out(x, h) + x.shape[0] * math.log1p(-1.0 / x.shape[0])),  # 1 / n
        dict(best=lambda x: 0.9 * K.best_bandwidth(x)),
        dict(step=lambda x, h: math.sqrt(2.0) * K.em_bandwidth(x, h)),  # without the dimension
        dict(step=lambda x, h: K.em_bandwidth(x, 1.01 * h)),
        dict(likelihood=lambda x, h: NAN),
    ],
    "kernel-density-draws": [
        dict(draw=lambda x, h, rng, n: K.generated(x, 0.5 * h, rng, n)),
        dict(draw=lambda x, h, rng, n: K.generated(x[:50, :], h, rng, n)),
        dict(law=lambda x, h: K.moments(x, 0.0)),  # the data's own covariance
        dict(law=lambda x, h: K.moments(x, math.sqrt(h))),
        dict(distribution=normal_along_x),
        dict(distribution=lambda x, h: distribution_along_x(x, 2.0 * h)),
        dict(law=lambda x, h: (NAN * K.moments(x, h)[0], K.moments(x, h)[1])),
    ],
    "nearest-neighbour-limit": [
        dict(posterior=lambda x, y, h, at: N.class_posterior(x, y, 1.01 * h, at)),
        dict(posterior=lambda x, y, h, at: N.class_posterior(x, y, h, at, 1.0)),  # of Laplace's kernel
        dict(posterior=lambda x, y, h, at: NAN * N.class_posterior(x, y, h, at)),
        dict(certain=lambda x, y, at: 4.0 * N.certain_bandwidth(x, y, at)),
        dict(certain=lambda x, y, at: 1.0 + 0.0 * N.certain_bandwidth(x, y, at)),
        dict(nearest=lambda x, y, at: (2.0 * N.nearest_of_classes(x, y, at)[0], None)),  # over h^2
    ],
    "k-neighbours-adapted": [
        dict(posterior=lambda x, y, k, at, p=math.inf: N.neighbours_posterior(x, y, k + 1, at, p)),
        dict(posterior=lambda x, y, k, at, p=math.inf: N.neighbours_posterior(x, y, k, at, 2.0)),  # Gaussians
        dict(posterior=lambda x, y, k, at, p=math.inf: N.class_posterior(x, y, 3.0, at, p)),  # one radius for all
        dict(posterior=lambda x, y, k, at, p=math.inf: NAN * N.neighbours_posterior(x, y, k, at, p)),
        dict(bound=lambda x, k, at, p: 1e-3 * N.adapted_bound(x, k, at, p)),
    ],
    "forest-weights": [
        dict(weights=without_counts),
        dict(weights=divided_last),
        dict(weights=lambda forest, x, at: mnp.ones((at.shape[0], x.shape[0])) / x.shape[0]),
        dict(weights=lambda forest, x, at: 1.0001 * F.forest_weights(forest, x, at)),
        dict(weights=lambda forest, x, at: NAN * F.forest_weights(forest, x, at)),
    ],
    "mondrian-kernel": [
        dict(kernel=squared),
        dict(kernel=lambda x, z, lifetime: F.mondrian_kernel(x, z, 1.1 * lifetime)),
        dict(kernel=lambda x, z, lifetime: 1.0 - lifetime * (1.0 - F.mondrian_kernel(x, z, 1.0))),
        dict(kernel=lambda x, z, lifetime: NAN * F.mondrian_kernel(x, z, lifetime)),
        dict(on_a_line=normalised),
        dict(on_a_line=lambda points, x, lifetime: F.line_weights(points, x, 0.9 * lifetime)),
    ],
}
