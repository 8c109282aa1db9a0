"""The wrap-up: bags of tricks as special cases of extensible families, each limit or identity a claim.

`k_means`, `kernel_density`, `neighbours` and `forests` as mixtures and averages · `support_vectors` machines and margins
as modes and limits · `boosting` as descent, and a discriminator by it · `regularisers` as Gaussian inference ·
`variational` EM, and the families of q that they all are · `language` of which models are sentences.
"""

from . import k_means, kernel_density, support_vectors, boosting, forests, neighbours  # noqa: I001  (the lecture's order)
from . import regularisers, variational, language

__all__ = [
    "boosting",
    "forests",
    "k_means",
    "kernel_density",
    "language",
    "neighbours",
    "regularisers",
    "support_vectors",
    "variational",
]
from . import latent_linear, wide_networks, language  # noqa: I001  (the lecture's order)

__all__ = ["language", "latent_linear", "wide_networks"]
