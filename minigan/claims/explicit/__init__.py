"""Models with an explicit likelihood: what each is, and what it costs, by enumeration and quadrature."""
from . import consistency, vae, wavenet

__all__ = ["consistency", "vae", "wavenet"]
