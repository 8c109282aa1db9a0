"""Models whose likelihood nobody can write down, and inference without one: by ratios that a discriminator learns.

`adversarial_bayes` the bound of a VAE whose q(z | x) has no density · `entropy` of what can only be sampled ·
`two_posteriors` what such a q and a Gaussian one are judged by · `avb` the system.
"""

from . import avb

__all__ = ["avb"]
