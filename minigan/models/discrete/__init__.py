"""Discrete outputs: strings, pixels in black and white, a code of letters."""

from . import binary_digits, categorical_vae, string_generator, strings

__all__ = ["binary_digits", "categorical_vae", "string_generator", "strings"]
