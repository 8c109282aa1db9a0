"""Wrong formulas for the claims on k-means, kernel densities, nearest neighbours and forests as corners of families."""

import math

import minigan.numpy as mnp
from minigan.claims.families.k_means import scaled
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
}
