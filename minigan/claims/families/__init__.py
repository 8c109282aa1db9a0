"""The wrap-up: bags of tricks as special cases of extensible families, each limit or identity a claim."""

from . import k_means, kernel_density, neighbours, forests  # noqa: I001  (the lecture's order)

__all__ = ["forests", "k_means", "kernel_density", "neighbours"]
"""The wrap-up: bags of tricks as special cases of extensible families, each limit or identity a claim.

`support_vectors` machines and margins as modes and limits · `boosting` as descent, and a discriminator by it ·
`regularisers` as Gaussian inference · `variational` EM, and the families of q that they all are.
"""

from . import support_vectors, boosting, regularisers, variational  # noqa: I001  (the lecture's order)

__all__ = ["boosting", "regularisers", "support_vectors", "variational"]
from . import language

__all__ = ["language"]
