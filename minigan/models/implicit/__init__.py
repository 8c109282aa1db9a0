"""Models whose likelihood nobody can write down, and inference without one: by ratios that a discriminator learns.

`pairs` of laws with a known density ratio, `ratio_estimators` that learn it from samples, `linear_ratio` the same of few
numbers, `ratio_error` what is wrong about it and where, `ratios` the system · `simulators` with parameters,
`likelihood_free` their posterior by such a ratio.

`sprinkler` two causes of one effect, with posteriors known on a grid · `contrastive` an implicit q(z | x), found by its
ratio to the prior or to the model's pairs · `hierarchical` a global number and local causes, from simulations ·
`bayesian_generator` a generator with a prior on its weights, from few observations ·
`three_ways` one generator, trained as a VAE is, by its exact likelihood, and as a GAN is.

`populations` of prey and predators, simulated · `lotka_volterra` the posterior of their rates by a ratio · a
`predictive_check` of it, and a `particle_filter` that judges it.

`adversarial_bayes` the bound of a VAE whose q(z | x) has no density · `encoders` such q · `entropy` of what can only be
sampled · `two_posteriors` what such a q and a Gaussian one are judged by · `avb` the system · `hamiltonian` chains of a
law that is known up to a constant · `eight_schools` a posterior that is a quadrature, `schools_posteriors` three kinds
of q for it · `bayesian_regression` by such chains of a network's weights, beside what is known of it.

`bayesian_gan` weights that are sampled and not fitted, on the data of `planes`, `bayesian_digits` on digits, both by the
networks of `many_generators` in a `sampled_game`.
"""

from . import (
    avb,
    bayesian_digits,
    bayesian_gan,
    contrastive,
    hierarchical,
    likelihood_free,
    lotka_volterra,
    ratios,
    sprinkler,
    three_ways,
)

__all__ = [
    "avb",
    "bayesian_digits",
    "bayesian_gan",
    "contrastive",
    "hierarchical",
    "likelihood_free",
    "lotka_volterra",
    "ratios",
    "sprinkler",
    "three_ways",
]
