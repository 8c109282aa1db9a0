"""Models whose likelihood nobody can write down, and inference without one: by ratios that a discriminator learns.

`adversarial_bayes` the bound of a VAE whose q(z | x) has no density · `encoders` such q · `entropy` of what can only be
sampled · `two_posteriors` what such a q and a Gaussian one are judged by · `avb` the system · `hamiltonian` chains of a
law that is known up to a constant · `eight_schools` a posterior that is a quadrature.
"""

from . import avb

__all__ = ["avb"]
