"""Models whose likelihood nobody can write down, and inference without one: by ratios that a discriminator learns.
"""

__all__ = []
