"""Games: a saddle instead of a minimum, turning instead of convergence, and what brings the players to rest.

`solution` the canonical saddle · `methods` every method on it · `time_scales` one player faster than the other ·
`dirac` the Dirac-GAN · `continuous` infinitely small steps · `order` who moves last, and densities in place of
parameters · `networks` the same of networks · `pairing` of real and generated samples, and the `landscape` of such
games · `collapse` of modes, and looking ahead · `inner_loop` G moving last · `scores` of a perfect generator ·
`minibatch` what whole batches show · `batch_norm` and what it carries from sample to sample · `structure` of whole
images · `hips` an example that always collapses, and why.
"""

from . import solution, methods, time_scales, dirac, continuous, order, networks  # noqa: I001  (the lecture's order)
from . import pairing, landscape, collapse, inner_loop, hips, scores, minibatch, structure, batch_norm

__all__ = [
    "batch_norm",
    "collapse",
    "continuous",
    "dirac",
    "hips",
    "inner_loop",
    "landscape",
    "methods",
    "minibatch",
    "networks",
    "order",
    "pairing",
    "scores",
    "solution",
    "structure",
    "time_scales",
]
