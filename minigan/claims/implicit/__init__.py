"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.

`relation_to_vaes` one generator with and without a likelihood · `density_ratios` one ratio behind many losses ·
`likelihood_free` posteriors by such a ratio · `adversarial_bayes` a posterior without density, by a discriminator ·
`eight_schools` one of ten numbers, by a chain and by three kinds of q · `contrastive` an implicit q(z | x), and
`bidirectional` pairs · `hierarchical` a global number with local causes · `lotka_volterra` a simulator's rates, and
predictive checks · `bayesian_generator` a prior on a generator's weights · `samplers` of known law, `regression` with
them, `network_posterior` by Hamiltonian chains, `bayesian_gan` and `bayesian_digits` what a posterior over weights adds ·
`mixture` a discrete code, three ways.
"""

from . import relation_to_vaes, adversarial_bayes, density_ratios, likelihood_free  # noqa: I001  (the lecture's order)
from . import eight_schools, contrastive, bidirectional, hierarchical, lotka_volterra, bayesian_generator
from . import samplers, regression, network_posterior, bayesian_gan, bayesian_digits, mixture

__all__ = [
    "adversarial_bayes",
    "bayesian_digits",
    "bayesian_gan",
    "bayesian_generator",
    "bidirectional",
    "contrastive",
    "density_ratios",
    "eight_schools",
    "hierarchical",
    "likelihood_free",
    "lotka_volterra",
    "mixture",
    "network_posterior",
    "regression",
    "relation_to_vaes",
    "samplers",
]
