"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.
"""

__all__ = []
