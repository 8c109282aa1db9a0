"""The wrap-up: bags of tricks as special cases of extensible families, each limit or identity a claim."""

from . import k_means, kernel_density, neighbours, forests  # noqa: I001  (the lecture's order)

__all__ = ["forests", "k_means", "kernel_density", "neighbours"]
