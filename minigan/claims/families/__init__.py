"""The wrap-up: bags of tricks as special cases of extensible families, each limit or identity a claim."""

from . import latent_linear, wide_networks, language  # noqa: I001  (the lecture's order)

__all__ = ["language", "latent_linear", "wide_networks"]
