"""Games: a saddle instead of a minimum, turning instead of convergence, and what brings the players to rest.

`solution` the canonical saddle · `methods` every method on it · `time_scales` one player faster than the other · `dirac`
the Dirac-GAN · `continuous` infinitely small steps · `order` who moves last, and densities in place of parameters ·
`networks` the same of networks.
"""

from . import solution, methods, time_scales, dirac, continuous, order, networks  # noqa: I001  (the lecture's order)

__all__ = ["continuous", "dirac", "methods", "networks", "order", "solution", "time_scales"]
