"""What a person looks at. Every function returns a Matplotlib figure, drawn without a window system."""

from . import (
    aggregate_posteriors,
    autoregressive,
    bayesian_digits,
    bayesian_gan,
    boltzmann,
    codes,
    density_ratios,
    flows,
    independent_components,
    lotka_volterra,
    posteriors,
    sprinkler,
)
from .bias_variance import bias_against_variance
from .drawings import draws, pictures
from .images import samples_beside_real
from .losses import loss_curves, metric_curves
from .one_dimensional import densities_and_discriminator
from .plane import scatter_beside_real
from .rows import histograms_beside_real, pairs_beside_real

__all__ = [
    "aggregate_posteriors",
    "autoregressive",
    "bayesian_digits",
    "bayesian_gan",
    "bias_against_variance",
    "boltzmann",
    "codes",
    "densities_and_discriminator",
    "density_ratios",
    "draws",
    "flows",
    "histograms_beside_real",
    "independent_components",
    "loss_curves",
    "lotka_volterra",
    "metric_curves",
    "pairs_beside_real",
    "pictures",
    "posteriors",
    "samples_beside_real",
    "scatter_beside_real",
    "sprinkler",
]
