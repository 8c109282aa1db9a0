"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.
"""

from . import samplers, regression, bayesian_gan, mixture  # noqa: I001  (what one file needs of the other)

__all__ = ["bayesian_gan", "mixture", "regression", "samplers"]
