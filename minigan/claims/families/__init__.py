"""The wrap-up: bags of tricks as special cases of extensible families, each limit or identity a claim.

`k_means`, `kernel_density`, `neighbours` and `forests` as mixtures and averages · `support_vectors` machines and margins
as modes and limits · `boosting` as descent, and a discriminator by it · `latent_linear` codes and `wide_networks` ·
`regularisers` as Gaussian inference · `variational` EM, and the families of q that they all are · `inference` of one
posterior, ever cheaper · `language` of which models are sentences.
"""

from . import k_means, kernel_density, support_vectors, boosting, forests, neighbours  # noqa: I001  (the lecture's order)
from . import latent_linear, wide_networks, regularisers, variational, inference, language

__all__ = [
    "boosting",
    "forests",
    "inference",
    "k_means",
    "kernel_density",
    "language",
    "latent_linear",
    "neighbours",
    "regularisers",
    "support_vectors",
    "variational",
    "wide_networks",
]
