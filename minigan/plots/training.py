"""The pictures of a training run, by recipe."""

from __future__ import annotations

import math

from .. import random as random_
from ..backend import to_numpy
from ..data import binary_digits, digits, grid_centres, ring_centres
from ..gan import Fit
from ..models import Recipe
from ..models.binary_digits import pixels
from ..models.gaussian import DATA, learned_discriminator, model_density
from ..models.strings import language_of, model_law
from .images import samples_beside_real
from .losses import loss_curve, loss_curves
from .one_dimensional import densities_and_discriminator
from .plane import histograms_beside_real, scatter_beside_real
from .strings import law_beside_true

FRAME = "#cfd8dc"  # about images whose ground is white


def training_pictures(recipe: Recipe, result: Fit) -> dict:
    """File name -> figure: ``samples.png`` as suits the data, and ``losses.png``."""
    rng = random_.generator(2)
    title = f"{recipe.name}: {recipe.title}, {len(next(iter(result.history.values())))} steps"
    if recipe.picture == "autoencoder":
        samples = samples_beside_real(result.sample(100, rng), _some(binary_digits().images, rng), title=title)
        losses = loss_curve(
            result.history["loss"], f"minus the objective, the KL's weight rising for {recipe.warm_up} steps"
        )
        return {"samples.png": samples, "losses.png": losses}
    if recipe.picture == "digits":
        chosen = _some(digits().images, rng)
        samples = samples_beside_real(result.sample(100, rng), chosen, title=title)
    elif recipe.picture == "binary_digits":
        chosen = _some(binary_digits().images, rng)
        samples = samples_beside_real(pixels(result, 100, rng), chosen, title=title)
    elif recipe.picture == "unit_digits":
        samples = samples_beside_real(2.0 * result.sample(100, rng) - 1.0, _some(digits().images, rng), title=title)
    elif recipe.picture == "images":
        real = recipe.data(rng, 100)
        samples = samples_beside_real(
            result.sample(100, rng), real, side=math.isqrt(real.shape[1]), title=title, between=FRAME
        )
    elif recipe.picture == "strings":
        language = language_of(recipe)
        law = model_law(result, language)
        samples = law_beside_true(language.strings, language.probabilities, law.probabilities, law.outside, title)
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
    elif recipe.picture in ("ring", "grid"):
        centres = ring_centres() if recipe.picture == "ring" else grid_centres()
        samples = scatter_beside_real(result.sample(2000, rng), recipe.data(rng, 2000), centres, title, ("x", "y"))
    else:
        real = to_numpy(recipe.data)
        fake = to_numpy(result.sample(min(2000, max(500, len(real))), rng))
        if real.shape[1] == 2:
            samples = scatter_beside_real(fake, real, None, title, ("column 0, standardised", "column 1, standardised"))
        else:
            samples = histograms_beside_real(fake, real, title, name="column {}, standardised")
    return {"samples.png": samples, "losses.png": loss_curves(result.history, result.players.game)}


def _some(images, rng, n: int = 100):
    """``n`` of the images, none twice."""
    return to_numpy(images)[to_numpy(rng.permutation(images.shape[0]))[:n]]
