"""The wrap-up: bags of tricks as special cases of extensible families, each limit or identity a claim."""

from . import k_means, kernel_density, neighbours

__all__ = ["k_means", "kernel_density", "neighbours"]
