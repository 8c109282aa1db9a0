"""Wrong formulas for the claims on contrastive inference, games of pairs, a hierarchy, and the relation to VAEs."""

import math

import numpy as np

import minigan.numpy as mnp
from minigan.claims.generator import smoothed_density
from minigan.claims.implicit.bidirectional import posterior_of, value_at_best
from minigan.claims.implicit.contrastive import joint_ratio, prior_cost, prior_ratio
from minigan.claims.implicit.relation_to_vaes import implicit_law
from minigan.models.implicit.contrastive import Posterior
from minigan.models.implicit.hierarchical import Found, Normals, global_posterior, observed
from minigan.models.implicit.sprinkler import OBSERVATIONS
from minigan.models.implicit.three_ways import GENERATOR, Law, axis, log_normal
from minigan.random import generator

NAN = math.nan
EXACT = global_posterior(observed(20))


def of_marginals(encoded, generated):
    """The lecture's game, which looks at x alone."""
    return value_at_best(encoded.sum(-1, keepdims=True), generated.sum(-1, keepdims=True))


def sprinkler_found(distance=0.05, modes=(1, 1, 1, 1, 2)):
    """A training that ended so."""

    def train(joint, seed, steps):
        return [
            Posterior(x, None, None, distance, found, exact)
            for x, found, exact in zip(OBSERVATIONS, modes, (1, 1, 1, 1, 2))
        ]

    return train


def hierarchy_found(mean=float(EXACT.mean), deviation=EXACT.deviation, local_error=0.0, local_deviation=1.0):
    """A training that ended so."""
    return lambda seed, steps: Found(mean, deviation, EXACT, local_error, local_deviation)


def untrained(way, seed):
    """The generator as it begins."""
    network = GENERATOR.init(generator(seed), (None, 1), "float32")
    return network, mnp.asarray(math.log(0.5), dtype="float32")


def law_found(**kl):
    """Laws with these divergences, and a density that is a Gaussian's."""

    def law(way, params):
        x = axis()
        return Law(way, log_normal(x, 0.0, 0.0 * x), kl.get(way, 0.01), kl.get(way, 0.01), 0.5, 1.0)

    return law


TRAINS = ("sprinkler-posteriors", "hierarchical-posterior", "one-model-three-trainings")
PLANTED = {
    "bidirectional-inverts": [
        dict(value=of_marginals),
        dict(value=lambda e, g: 2.0 * value_at_best(e, g)),
        dict(value=lambda e, g: value_at_best(e, g) + 1e-9),
        dict(value=lambda e, g: -value_at_best(e, g)),
        dict(value=lambda e, g: NAN * value_at_best(e, g)),
        dict(posterior=lambda prior, fibres: posterior_of(prior**2, fibres)),
        dict(posterior=lambda prior, fibres: np.stack([prior, prior])),  # q is the prior: not from the fibre
    ],
    "contrastive-objectives": [
        dict(prior_ratio=joint_ratio),
        dict(joint_ratio=prior_ratio),
        dict(prior_ratio=lambda *given: -prior_ratio(*given)),
        dict(joint_ratio=lambda *given: joint_ratio(*given) + 1e-6),
        dict(joint_ratio=lambda q, prior, joint, r: mnp.log(q) - mnp.log(joint)),  # without the law of x
        dict(prior_cost=lambda t, q, joint, prior, r: mnp.sum(r[:, None] * q * t)),  # without a likelihood
        dict(prior_cost=lambda *given: NAN * prior_cost(*given)),
    ],
    "sprinkler-posteriors": [
        dict(train=sprinkler_found(distance=0.16)),
        dict(train=sprinkler_found(modes=(1, 1, 1, 1, 1))),
        dict(train=sprinkler_found(modes=(2, 1, 1, 1, 2))),
        dict(train=sprinkler_found(distance=NAN)),
    ],
    "hierarchical-posterior": [
        dict(train=hierarchy_found(mean=0.0)),
        dict(train=hierarchy_found(deviation=1.12 * EXACT.deviation)),
        dict(train=hierarchy_found(deviation=1.0)),
        dict(train=hierarchy_found(local_deviation=0.0)),
        dict(train=hierarchy_found(local_error=1.0)),
        dict(train=hierarchy_found(), exact=lambda x: Normals(float(np.mean(x)) + 0.06, EXACT.deviation)),
        dict(train=hierarchy_found(), exact=lambda x: Normals(EXACT.mean, (1.0 / 9.0 + len(x)) ** -0.5)),
        dict(train=hierarchy_found(mean=NAN)),
    ],
    "one-model-three-trainings": [
        dict(train=untrained),
        dict(train=untrained, law=law_found(bound=0.03)),
        dict(train=untrained, law=law_found(bound=0.1, exact=0.05)),
        dict(train=untrained, law=law_found(bound=NAN)),
        dict(train=untrained, density=lambda params, x: NAN * x),
    ],
    "no-likelihood-at-width-zero": [
        dict(likelihood=lambda x, mean, log_deviation: log_normal(x, mean, 0.5 * log_deviation)),
        dict(likelihood=lambda x, mean, log_deviation: log_normal(x, mean, 0.0 * log_deviation)),
        dict(law=lambda g, x: implicit_law(g, x) + 0.1),
        dict(law=lambda g, x: NAN * x),
        dict(smoothed=lambda g, s, x: smoothed_density(g, 2.0 * s**0.5, x)),
    ],
}
