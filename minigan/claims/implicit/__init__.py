"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.

`density_ratios` one ratio behind many losses · `likelihood_free` posteriors by such a ratio · `samplers` of known law,
`regression` with them, `bayesian_gan` what a posterior over weights adds · `mixture` a discrete code, three ways.
"""

from . import density_ratios, likelihood_free  # noqa: I001  (the lecture's order)
from . import samplers, regression, bayesian_gan, mixture

__all__ = ["bayesian_gan", "density_ratios", "likelihood_free", "mixture", "regression", "samplers"]
