"""Why HIPS autograd's GAN example always collapses: an objective without a best D, and what training makes of it."""

from __future__ import annotations

import math

from .. import numpy as mnp
from .. import random as random_
from ..backend import to_numpy
from ..models.games.hips_example import PUBLISHED, SOUND, best_value, hips_system, value_along_ray
from .images import tile_images
from .style import DISCRIMINATOR, EXACT, FAKE, tidy

COLLAPSED = "#b03a2e"
ALL_STEPS = 4000


def hips_story(steps: int = ALL_STEPS, seed: int = 0, shown: int = 50):
    """Left, what D maximises along a ray of its outputs: the published objective grows for ever, the corrected one ends
    below its value at D*. Right, what ``steps`` steps lead to: as published; with the label alone corrected; and with the
    learning rate, beta1 and first weights changed as well. Trains three small GANs, some twenty seconds of work.
    """
    from matplotlib.figure import Figure

    drawn = Figure(figsize=(11.0, 4.6), layout="constrained", dpi=130)
    ray, *panels = drawn.subplots(1, 4, gridspec_kw={"width_ratios": (1.35, 1, 1, 1)})
    p, q = mnp.asarray([0.1, 0.2, 0.3, 0.4]), mnp.asarray([0.4, 0.3, 0.2, 0.1])
    far = [0.1 * i for i in range(1, 81)]
    for name, colour in (("published", COLLAPSED), ("corrected", DISCRIMINATOR)):
        values = [float(to_numpy(value_along_ray(name, p, q, t))) for t in far]
        ray.plot(far, values, color=colour, linewidth=2, label=name)
    top = best_value("corrected", p, q)
    ray.axhline(top, color=EXACT, linestyle="--", linewidth=1, label="2 JSD - log 4, at $D^*$")
    ray.set_xlabel("D's outputs: t sign(p - q)")
    ray.set_title("what D maximises", fontsize=11)
    ray.legend(frameon=False, fontsize=8.5)
    tidy(ray)
    ways = (
        ("as published", "published", PUBLISHED, COLLAPSED),
        ("the label corrected", "corrected", PUBLISHED, COLLAPSED),
        ("and rate, $\\beta_1$, first weights", "corrected", SOUND, FAKE),
    )
    for axes, (name, objective, settings, colour) in zip(panels, ways, strict=True):
        system = hips_system(objective, settings)
        state = system.train(steps, seed, check_every=50).state
        classes = system.measure(state, random_.generator(1))["classes_covered"]
        images = 2.0 * to_numpy(system.sample(state, shown, random_.generator(1))) - 1.0
        axes.imshow(tile_images(images, 5, math.isqrt(images.shape[1])), cmap="gray_r", vmin=-1, vmax=1)
        axes.set_title(f"{name}:\n{classes} of 10 digits", fontsize=11, color=colour)
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_visible(False)
    drawn.suptitle(f"HIPS autograd's GAN example on 8x8 digits, {steps} steps, seed {seed}", fontsize=12)
    return drawn
