"""Wrong formulas for the claims on a language of models."""

import numpy as np
from scipy.special import softmax

import minigan.numpy as mnp
from minigan.claims.families.language import evidence_of_kinds, joint_covariance
from minigan.models.families import sentences as S
from minigan.models.families.factors import categorical, normal
from minigan.models.families.language import Discrete, Index, by, chain, observed, plate, sum_out

NAN = float("nan")


def mixture_of_sums(logits, means, deviations, x):
    """The sum stands outside of the plate: one component for all points."""
    n, k = Index("n", x.shape[0]), Discrete("k", logits.shape[0])
    seen = normal(observed("x", x, n), by(means, k), by(deviations, k))
    return sum_out(k, categorical(k, logits) * plate(n, seen))


def markov_backwards(start, moves, means, deviations, x):
    """Moves from a state to the one before."""
    t, z = Index("t", x.shape[0]), Discrete("z", start.shape[0])
    seen = normal(observed("x", x, t), by(means, z), by(deviations, z))
    return chain(t, z, categorical(z, start), categorical(z, by(mnp.matrix_transpose(moves), z.before)), seen)


def without_features(gate, start, moves, means, u, x):
    return evidence_of_kinds(gate, start, moves, means, 0.0 * u, x)


def one_chain(gate, start, moves, means, u, x):
    """A chain whose law is the mean over kinds, in place of a mean of chains."""
    mixed = np.log(softmax(moves, -1).mean(0))
    return evidence_of_kinds(gate, start, np.stack([mixed, mixed]), means, u, x)


PLANTED = {
    "sentences-of-a-language": [
        dict(mixture=mixture_of_sums),
        dict(mixture=lambda logits, means, deviations, x: S.mixture_of_gaussians(0.0 * logits, means, deviations, x)),
        dict(mixture=lambda logits, means, deviations, x: S.mixture_of_gaussians(logits, means, deviations**2, x)),
        dict(regression=lambda weights, bias, x, y: S.logistic_regression(-1.0 * weights, bias, x, y)),
        dict(regression=lambda weights, bias, x, y: S.logistic_regression(NAN * weights, bias, x, y)),
        dict(markov=markov_backwards),
        dict(markov=lambda start, *rest: S.hidden_markov_model(0.0 * start, *rest)),
    ],
    "a-kalman-filter-is-the-same-chain": [
        dict(covariance=lambda transition, noise, steps: joint_covariance(transition.T, noise, steps)),
        dict(covariance=lambda transition, noise, steps: np.eye(len(noise) * steps)),
        dict(covariance=lambda *given: (1.0 + 1e-6) * joint_covariance(*given)),
        dict(covariance=lambda *given: NAN * joint_covariance(*given)),
        dict(chain=lambda transition, noise, *rest: S.linear_gaussian_chain(transition, noise @ noise, *rest)),
    ],
    "a-new-sentence": [
        dict(evidence=without_features),
        dict(evidence=one_chain),
        dict(evidence=lambda *given: (NAN, evidence_of_kinds(*given)[1])),
        dict(learn=lambda seed, sequences, steps: (0.6, 0.05)),  # little more than by chance
        dict(learn=lambda seed, sequences, steps: (1.0, NAN)),
    ],
}
