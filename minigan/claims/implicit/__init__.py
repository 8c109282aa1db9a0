"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.
"""

from . import bayesian_gan, samplers

__all__ = ["bayesian_gan", "samplers"]
