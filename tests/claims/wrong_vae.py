"""Wrong formulas for the claims on the evidence bound."""

import math

import minigan.numpy as mnp
from minigan.claims.explicit.vae import expected_bound, joint_and_entropy
from minigan.models.explicit.vae import exact_elbo, in_doubles, posterior

NAN = math.nan


def without_entropy(layers, params, x):
    """E_q log p(x, z) alone."""
    _, log_deviation = posterior(layers, in_doubles(params), mnp.astype(x, "float64"))
    entropy = mnp.sum(log_deviation, -1) + math.log(2.0 * math.pi * math.e)
    return joint_and_entropy(layers, params, x) - entropy


PLANTED = {
    "evidence-bound": [
        dict(second_form=without_entropy),
        dict(second_form=lambda *given: joint_and_entropy(*given) + 1e-5),
        dict(gap=lambda found: 0.0 * found.gap),
        dict(gap=lambda found: -found.gap),
        dict(gap=lambda found: found.gap + 1e-5),
        dict(elbo=lambda *given: exact_elbo(*given) + 1.0),
        dict(elbo=lambda *given: NAN * exact_elbo(*given)),
    ],
    "importance-weighted-bound": [
        dict(bound=lambda log_w, q, k: expected_bound(log_w, q, 1)),  # the same for every k
        dict(bound=lambda log_w, q, k: expected_bound(log_w, q, k) + math.log(k)),  # a sum where a mean should be
        dict(bound=lambda log_w, q, k: -expected_bound(-log_w, q, k)),  # a bound from above
        dict(bound=lambda log_w, q, k: NAN),
    ],
}
