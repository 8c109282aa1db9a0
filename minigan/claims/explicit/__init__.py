"""Models with an explicit likelihood: what each is, and what it costs, by enumeration and quadrature.

`autoregressive` belief nets, normalised, n steps a sample, without a code · `pixelcnn` what a pixel sees; named classes.
"""

from . import autoregressive, pixelcnn

__all__ = ["autoregressive", "pixelcnn"]
