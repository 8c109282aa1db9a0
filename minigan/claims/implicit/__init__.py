"""Implicit models and inference without likelihoods: what is learned beside the truth, by grids and conjugate families.
"""

from . import bidirectional, contrastive, hierarchical, relation_to_vaes  # in the lecture's order

__all__ = ["bidirectional", "contrastive", "hierarchical", "relation_to_vaes"]
