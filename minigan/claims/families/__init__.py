"""The wrap-up: bags of tricks as special cases of extensible families, each limit or identity a claim.

`regularisers` as Gaussian inference · `variational` EM, and the families of q that they all are.
"""

from . import regularisers, variational

__all__ = ["regularisers", "variational"]
