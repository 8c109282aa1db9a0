"""Wrong formulas for the claims on regularisers and on the variational bound."""

import math

import minigan.numpy as mnp
from minigan.models.families import dropout, early_stopping, ensembling, gradient_noise, l2, variational
from minigan.models.families import expectation_maximisation as em

NAN = math.nan

PLANTED = {
    "early-stopping-filter": [
        dict(stopped=early_stopping.ridge_filter),
        dict(stopped=lambda at, t: early_stopping.flow_filter(at, 2.0 * t)),
        dict(descent=lambda at, rate, steps: early_stopping.flow_filter(at, rate * steps)),  # as if steps had no length
        dict(descent=lambda at, rate, steps: early_stopping.descent_filter(at, rate, steps - 1)),
        dict(precision=lambda at, t: 1.0 / t),  # of L2 alone
        dict(worst=1.6862),
        dict(worst=NAN),
    ],
    "ensembling-draws-the-posterior": [
        dict(law=lambda model, what="data": ensembling.law_of_optima(model, what)),  # the prior is not randomised
        dict(draws=lambda model, members, rng: ensembling.ensemble(model, members, rng, "prior")),
        dict(law=lambda model, what="both": tuple(NAN * part for part in ensembling.law_of_optima(model, what))),
    ],
    "l2-gaussian-prior": [
        dict(weight=lambda noise, deviation: 1.0 / deviation**2),  # as if the noise were 1
        dict(weight=lambda noise, deviation: 0.5 * l2.penalty(noise, deviation)),
        dict(weight=lambda noise, deviation: l2.penalty(noise, deviation) * (1.0 + 1e-9)),
        dict(strength=lambda deviation: deviation),
    ],
    "gradient-noise-settles": [
        dict(law=lambda model, rate: model.posterior()[1]),  # as if steps had no length
        dict(law=lambda model, rate: gradient_noise.stationary_covariance(model, 0.5 * rate)),
        dict(law=lambda model, rate: model.posterior()[1] + 0.5 * rate * mnp.eye(5)),  # to first order
        dict(law_of_examples=gradient_noise.stationary_covariance),
        dict(law_of_examples=lambda model, rate: 1.2 * gradient_noise.covariance_of_examples(model, rate)),
    ],
    "dropout-is-ridge": [
        dict(ridge=lambda model, w, keep: dropout.as_ridge(model, w, 1.0 - 0.999 * (1.0 - keep))),
        dict(ridge=lambda model, w, keep: mnp.sum(mnp.square(model.y - mnp.matmul(model.x, w)))),  # no penalty
        dict(weights=lambda model, keep: l2.ridge(model, (1.0 - keep) / keep)),  # one weight for every column
        dict(weights=lambda model, keep: NAN * dropout.ridge_of_scaled(model, keep)),
    ],
    "dropout-geometric-mean": [
        dict(mean=lambda layer, x, keep: dropout.geometric_mean(layer, x / keep, keep)),  # masks not divided by p
        dict(mean=lambda layer, x, keep: mnp.log(mnp.mean(mnp.exp(layer(x * dropout.masks(8, keep)[0])), 0))),
        dict(mean=lambda layer, x, keep: layer(x[None, :])[0, :]),  # as if networks were averaged exactly
    ],
    "em-is-coordinate-ascent": [
        dict(
            e_step=lambda theta, x: mnp.log_softmax(em.log_joint(theta, x) - mnp.log(theta.weights) + 1e-3 * x[:, :3])
        ),
        dict(e_step=lambda theta, x: mnp.log_softmax(0.99 * em.log_joint(theta, x))),
        dict(e_kl=lambda log_q, log_p: em.kl_of_assignments(log_p, log_q)),
        dict(m_kl=lambda new, old: em.kl_of_joints(old, new)),
        dict(m_kl=lambda new, old: em.kl_of_joints(new, old) * (1.0 + 1e-9)),
        dict(m_kl=lambda new, old: NAN),
    ],
    "variational-inference-contains-them": [
        dict(bound=lambda *q: variational.bound(*q) + 1e-6),
        dict(bound=lambda model, mean, covariance: float(model.log_density(mean))),  # of a point, without entropy
        dict(noise_gap=lambda model, rate: 0.0),
        dict(noise_gap=lambda model, rate: variational.langevin_gap(model, 2.0 * rate)),
        dict(ridge=lambda model, keep: dropout.ridge_of_scaled(model, keep)),  # no prior
        dict(ridge=lambda model, keep: NAN * variational.dropout_ridge(model, keep)),
    ],
}
