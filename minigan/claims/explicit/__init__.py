"""Models with an explicit likelihood: what each is, and what it costs, by enumeration and quadrature."""
from . import change_of_variables, consistency, vae, wavenet

__all__ = ["change_of_variables", "consistency", "vae", "wavenet"]
