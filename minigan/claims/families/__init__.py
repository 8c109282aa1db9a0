"""The wrap-up: bags of tricks as special cases of extensible families, each limit or identity a claim."""

from . import latent_linear, wide_networks, inference, language  # noqa: I001  (the lecture's order)

__all__ = ["inference", "language", "latent_linear", "wide_networks"]
