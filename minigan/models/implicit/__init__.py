"""Models whose likelihood nobody can write down, and inference without one: by ratios that a discriminator learns.

`bayesian_gan` weights that are sampled and not fitted, on the data of `planes`, by the networks of `many_generators`.
"""

from .bayesian_gan import bayesian_gan

__all__ = ["bayesian_gan"]
