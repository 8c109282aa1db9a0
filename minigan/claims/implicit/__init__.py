"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.

`density_ratios` one ratio behind many losses · `likelihood_free` posteriors by such a ratio.
"""

from . import density_ratios, likelihood_free

__all__ = ["density_ratios", "likelihood_free"]
