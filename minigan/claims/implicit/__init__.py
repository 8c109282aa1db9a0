"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.

`relation_to_vaes` one generator with and without a likelihood · `density_ratios` one ratio behind many losses ·
`likelihood_free` posteriors by such a ratio · `adversarial_bayes` a posterior without density, by a discriminator ·
`contrastive` an implicit q(z | x), and `bidirectional` pairs · `hierarchical` a global number with local causes ·
`samplers` of known law, `regression` with them, `network_posterior` by Hamiltonian chains, `bayesian_gan` and
`bayesian_digits` what a posterior over weights adds · `mixture` a discrete code, three ways.
"""

from . import relation_to_vaes, adversarial_bayes, density_ratios, likelihood_free  # noqa: I001  (the lecture's order)
from . import contrastive, bidirectional, hierarchical, samplers, regression, network_posterior
from . import bayesian_gan, bayesian_digits, mixture

__all__ = [
    "adversarial_bayes",
    "bayesian_digits",
    "bayesian_gan",
    "bidirectional",
    "contrastive",
    "density_ratios",
    "hierarchical",
    "likelihood_free",
    "mixture",
    "network_posterior",
    "regression",
    "relation_to_vaes",
    "samplers",
]
