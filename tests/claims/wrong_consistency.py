"""Wrong formulas for the claims on which estimates tend to the truth."""

import math

from minigan.claims.explicit.consistency import full, least_gap, mean_field, mean_field_limit
from minigan.gan import optimal_logit

NAN = math.nan


def without_entropy(theta, q, x2):
    """The bound with half of H(q) left out."""
    return mean_field(theta, q, x2) - 0.5 * (q[1] + q[2])


PLANTED = {
    "vae-not-consistent": [
        dict(limit=lambda a0: 1.0),
        dict(limit=lambda a0: 1.0001 * mean_field_limit(a0)),
        dict(limit=lambda a0: NAN),
        dict(gap=lambda a: 0.0),
        dict(gap=lambda a: least_gap(a) + 1e-7),
        dict(independent=without_entropy),
        dict(independent=lambda theta, q, x2: full(theta, (q[0], q[1], q[2], -0.5), x2)),
        dict(perfect=mean_field),
    ],
    "gan-consistent": [
        dict(best=lambda p, q: optimal_logit(q, p)),
        dict(best=lambda p, q: lambda x: optimal_logit(p, q)(x) + 0.01 * x * x),
        dict(best=lambda p, q: lambda x: 0.0 * x),
        dict(best=lambda p, q: lambda x: NAN * x),
    ],
}
