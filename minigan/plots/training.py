"""The pictures of a training run, by recipe."""

from __future__ import annotations

from .. import random as random_
from ..backend import to_numpy
from ..data import digits, ring_centres
from ..gan import Fit
from ..models import Recipe
from ..models.gaussian import DATA, learned_discriminator, model_density
from .images import samples_beside_real
from .losses import loss_curves
from .one_dimensional import densities_and_discriminator
from .plane import histograms_beside_real, scatter_beside_real


def training_pictures(recipe: Recipe, result: Fit) -> dict:
    """File name -> figure: ``samples.png`` as suits the data, and ``losses.png``."""
    rng = random_.generator(2)
    title = f"{recipe.name}: {recipe.title}, {len(result.history['generator_loss'])} steps"
    if recipe.picture == "digits":
        real = digits().images
        chosen = to_numpy(real)[to_numpy(rng.permutation(real.shape[0]))[:100]]
        samples = samples_beside_real(result.sample(100, rng), chosen, title=title)
    elif recipe.picture == "gaussian":
        samples = densities_and_discriminator(
            DATA,
            model_density(result),
            learned_discriminator(result),
            low=-0.5,
            high=4.5,
            samples=result.sample(200, rng),
            title=title,
        )
    elif recipe.picture == "ring":
        samples = scatter_beside_real(
            result.sample(2000, rng), recipe.data(rng, 2000), ring_centres(), title, ("x", "y")
        )
    else:
        real = to_numpy(recipe.data)
        fake = to_numpy(result.sample(min(2000, max(500, len(real))), rng))
        if real.shape[1] == 2:
            samples = scatter_beside_real(fake, real, None, title, ("column 0, standardised", "column 1, standardised"))
        else:
            samples = histograms_beside_real(fake, real, title, name="column {}, standardised")
    return {"samples.png": samples, "losses.png": loss_curves(result.history, result.players.game)}
