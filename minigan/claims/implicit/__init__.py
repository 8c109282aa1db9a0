"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.

`adversarial_bayes` a posterior without density, by a discriminator.
"""

from . import adversarial_bayes

__all__ = ["adversarial_bayes"]
