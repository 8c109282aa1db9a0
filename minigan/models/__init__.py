"""The lecture's systems, one short file each. A model is a `Recipe`; `RECIPES` maps names to functions that build one."""

from .digits import digits_recipe
from .gaussian import gaussian_recipe
from .recipe import Recipe
from .ring import ring_recipe
from .rows import rows_recipe

RECIPES = {"gaussian": gaussian_recipe, "ring": ring_recipe, "digits": digits_recipe}

__all__ = ["RECIPES", "Recipe", "digits_recipe", "gaussian_recipe", "ring_recipe", "rows_recipe"]
