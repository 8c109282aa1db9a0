"""The lecture's systems, one short file each. A model is a `Recipe`; `RECIPES` maps names to functions that build one."""

from .binary_digits import binary_digits_recipe
from .blobs import blobs_recipe
from .categorical_vae import CategoricalVAE
from .digits import digits_recipe
from .gaussian import gaussian_recipe
from .grid import grid_recipe
from .hips_example import hips_example_recipe
from .recipe import Recipe
from .ring import ring_recipe
from .rows import rows_recipe
from .strings import strings_recipe
from .symmetry import symmetry_recipe
from .unrolled_ring import compare_unrolling, looking_ahead, unrolled_ring_recipe

RECIPES = {
    "gaussian": gaussian_recipe,
    "ring": ring_recipe,
    "digits": digits_recipe,
    "strings": strings_recipe,
    "binary_digits": binary_digits_recipe,
    "blobs": blobs_recipe,
    "symmetry": symmetry_recipe,
    "hips-example": hips_example_recipe,
    "grid": grid_recipe,
}
AUTOENCODERS = {"categorical_vae": CategoricalVAE}  # trained by one loss, not by a game
VARIANTS = {  # what chooses among them
    "strings": "estimator",
    "binary_digits": "estimator",
    "categorical_vae": "kl",
    "hips-example": "objective",
}

__all__ = [
    "AUTOENCODERS",
    "RECIPES",
    "VARIANTS",
    "CategoricalVAE",
    "Recipe",
    "binary_digits_recipe",
    "blobs_recipe",
    "compare_unrolling",
    "digits_recipe",
    "gaussian_recipe",
    "grid_recipe",
    "hips_example_recipe",
    "looking_ahead",
    "ring_recipe",
    "rows_recipe",
    "strings_recipe",
    "symmetry_recipe",
    "unrolled_ring_recipe",
]
