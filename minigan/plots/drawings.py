"""The pictures of a run: drawings that are registered by a system's name, and one for every other by what its samples are.

    @draws("gaussian")
    def gaussian(system, trained):
        return {"samples.png": ...}

A drawing takes the `System` and what came of training (state, history, records) and returns Matplotlib figures by file
name. ``losses.png`` is added to all, and ``density-and-samples.png`` to those of a likelihood.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .. import random as random_
from ..backend import to_numpy
from ..models import System, fit_of
from ..training import Trained
from ..validation import function as checked
from ..validation import told
from .density_and_samples import density_and_samples
from .images import samples_beside_real
from .losses import metric_curves
from .one_dimensional import densities_and_discriminator
from .plane import joint_structure, scatter_beside_real
from .rows import histograms_beside_real, pairs_beside_real
from .strings import law_beside_true
from .style import FRAME

DRAWINGS: dict[str, Callable] = {}


def draws(*names: str):
    """Register the decorated function as the drawing of the systems called ``names``.

    >>> "gaussian" in DRAWINGS
    True
    """

    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"draws takes the names of systems, as draws('ring'), and was given {told(name)}")

    def register(function):
        checked(function, "a drawing", "(system, trained)")
        for name in names:
            DRAWINGS[name] = function
        return function

    return register


def pictures(system: System, trained: Trained) -> dict:
    """File name -> figure: what the system's drawing makes of the run, or the one for its kind of data; and losses.

    A system of `minigan.models.explicit.likelihood_system` has both of its views drawn besides, in one row. Raises
    `TypeError` for a drawing that returns no dict.

    >>> from minigan.models import SYSTEMS
    >>> ring = SYSTEMS["ring"](batch=16)
    >>> drawn = pictures(ring, ring.train(2))
    >>> sorted(drawn), len(drawn["losses.png"].axes[0].lines[0].get_ydata())
    (['losses.png', 'samples.png'], 2)
    """
    draw = DRAWINGS.get(system.name, BY_KIND[system.form.kind])
    drawn = draw(system, trained)
    if not isinstance(drawn, dict):
        raise TypeError(f"the drawing of {system.name} returns figures by file name, and returned {drawn!r:.80}")
    title = f"{system.name}: {system.learner.name.replace('_', '-')}"
    if {"held_out", "nats", "judge"} <= set(system.parts):
        drawn = {**drawn, "density-and-samples.png": density_and_samples(system, trained, title_of(system, trained))}
    return {**drawn, "losses.png": metric_curves(trained.history, system.learner.at_optimum, title)}


def title_of(system: System, trained: Trained) -> str:
    """What stands above the samples."""
    steps = max(map(len, trained.history.values()), default=0)
    return f"{system.name}: {system.title}, {steps} steps"


def real_examples(system: System, rng, most: int):
    """At most ``most`` real examples as the data has them; of an array of fewer all, none twice."""
    rows = system.data.shape[0] if hasattr(system.data, "shape") else most
    return system.form.restore(system.real(rng, min(most, rows)))


def draw_rows(system: System, trained: Trained) -> dict:
    """A table in its own units: a histogram, a plane, all pairs of few columns, or histograms and what columns share."""
    rng, form = random_.generator(2), system.form
    real = real_examples(system, rng, 2000)
    fake = form.restore(system.sample(trained.state, min(2000, max(500, len(real))), rng))
    names, title = form.columns or tuple(f"column {i}" for i in range(real.shape[1])), title_of(system, trained)
    if real.shape[1] == 1:
        return {"samples.png": histograms_beside_real(fake, real, title, names=names)}
    if real.shape[1] == 2:
        return {"samples.png": scatter_beside_real(fake, real, form.centres, title, names)}
    if real.shape[1] <= 5:
        return {"samples.png": pairs_beside_real(fake, real, names, title)}
    return {
        "samples.png": histograms_beside_real(fake, real, title, names=names),
        "joint.png": joint_structure(fake, real, title),
    }


def draw_images(system: System, trained: Trained, shown: int = 100) -> dict:
    """Generated images beside as many real ones."""
    rng, form = random_.generator(2), system.form
    fake = form.restore(system.sample(trained.state, shown, rng))
    real = real_examples(system, rng, shown)
    how = {"low": form.low, "high": form.high, "ink": form.ink, "title": title_of(system, trained)}
    between = FRAME if form.ink and _pale(real, form) else "white"
    return {"samples.png": samples_beside_real(fake, real, between=between, **how)}


def _pale(real, form) -> bool:
    """Whether images run out to white at their edges, so that one would not be told from the next."""
    edge = np.concatenate([real[:, 0].ravel(), real[:, -1].ravel()]).astype(float)
    return float(np.mean(edge <= form.low)) > 0.5


def draw_strings(system: System, trained: Trained) -> dict:
    """The most frequent strings among the samples."""
    from .strings import most_frequent

    found = system.form.spell(system.sample(trained.state, 2000, random_.generator(2)))
    return {"samples.png": most_frequent(found, title_of(system, trained))}


def draw_sound(system: System, trained: Trained) -> dict:
    """Waves of samples beside those of real ones, and how their energy spreads over frequencies."""
    from .sound import waves_beside_real

    rng, form = random_.generator(2), system.form
    fake = form.restore(system.sample(trained.state, 4, rng))
    real = form.restore(system.real(rng, 4))
    return {"samples.png": waves_beside_real(fake, real, form.rate, title_of(system, trained))}


BY_KIND = {"rows": draw_rows, "images": draw_images, "strings": draw_strings, "sound": draw_sound}


@draws("gaussian")
def draw_gaussian(system: System, trained: Trained) -> dict:
    """Both densities, the learned D and the best one."""
    from ..models.games.gaussian import DATA, learned_discriminator, model_density

    result = fit_of(system, trained)
    return {
        "samples.png": densities_and_discriminator(
            DATA,
            model_density(result),
            learned_discriminator(result),
            low=-0.5,
            high=4.5,
            samples=to_numpy(result.sample(200, random_.generator(2))),
            title=title_of(system, trained),
        )
    }


@draws("strings")
def draw_law(system: System, trained: Trained) -> dict:
    """The law of the generated strings beside the true one."""
    from ..models.discrete.strings import model_law

    language = system.parts["language"]
    law = model_law(fit_of(system, trained), language)
    shown = language.strings, language.probabilities, law.probabilities, law.outside
    return {"samples.png": law_beside_true(*shown, title_of(system, trained))}


@draws("stacked_digits")
def draw_stacks(system: System, trained: Trained, shown: int = 48) -> dict:
    """The three channels of a stack side by side, each digit by itself: a number that can be read."""
    rng, form = random_.generator(2), system.form
    fake = form.restore(system.sample(trained.state, shown, rng))
    real = real_examples(system, rng, shown)
    fake, real = (np.concatenate(np.moveaxis(stacks, -1, 0), axis=2) for stacks in (fake, real))  # (n, 8, 24)
    how = {"low": form.low, "high": form.high, "columns": 4, "between": FRAME}
    return {"samples.png": samples_beside_real(fake, real, title=title_of(system, trained), **how)}
