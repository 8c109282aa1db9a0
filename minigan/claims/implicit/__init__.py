"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.

`samplers` what Langevin dynamics and SGHMC draw of a Gaussian · `regression` of a linear network's weights ·
`bayesian_gan` of generators, beside some that were fitted · `mixture` a discrete code, and gradients past it.
"""

from . import samplers, regression, bayesian_gan, mixture  # noqa: I001  (what one file needs of the other)

__all__ = ["bayesian_gan", "mixture", "regression", "samplers"]
