"""The wrap-up: bags of tricks as special cases of extensible families, each limit or identity a claim."""

from . import language

__all__ = ["language"]
