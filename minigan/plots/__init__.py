"""What a person looks at. Every function returns a Matplotlib figure, drawn without a window system."""

from .images import samples_beside_real
from .losses import loss_curves
from .one_dimensional import densities_and_discriminator
from .plane import histograms_beside_real, scatter_beside_real

__all__ = [
    "densities_and_discriminator",
    "histograms_beside_real",
    "loss_curves",
    "samples_beside_real",
    "scatter_beside_real",
]
