"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.
"""

from . import bidirectional, contrastive, hierarchical

__all__ = ["bidirectional", "contrastive", "hierarchical"]
