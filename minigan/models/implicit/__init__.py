"""Models whose likelihood nobody can write down, and inference without one: by ratios that a discriminator learns.

`sprinkler` two causes of one effect, with posteriors known on a grid · `contrastive` an implicit q(z | x), found by its
ratio to the prior or to the model's pairs · `hierarchical` a global number and local causes, from simulations
· `three_ways` one generator, trained as a VAE is, by its exact likelihood, and as a GAN is.
"""

from . import contrastive, hierarchical, sprinkler, three_ways

__all__ = ["contrastive", "hierarchical", "sprinkler", "three_ways"]
