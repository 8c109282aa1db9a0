"""Wrong trainings and wrong judges for the claim on the quality of samples."""

import functools
import math

from minigan.claims.explicit.sample_quality import Quality, quality, sampled, trained_by_the_bound, trained_by_the_game
from minigan.models.explicit.vae import objective

NAN = math.nan
BOUND, GAME = functools.cache(trained_by_the_bound), functools.cache(trained_by_the_game)


def without_kl(layers, params, x, noise, weight):
    """Of an autoencoder whose codes go wherever they like: the generator knows none that are drawn."""
    return objective(layers, params, x, noise, 0.0 * weight)


def exchanged(sets, held_out):
    """Precision for recall."""
    found = quality(sets, held_out)
    return Quality(found.recall, found.precision, found.frechet)


def never_drawn(params, seed):
    """The likelier pixels, twice."""
    return 2 * sampled(params, seed)[1:]


PLANTED = {
    "vae-sample-quality": [
        dict(judged=exchanged),
        dict(judged=lambda sets, held_out: quality([held_out], held_out)),  # of other images
        dict(judged=lambda sets, held_out: Quality(NAN, NAN, NAN)),
        dict(bound=GAME, game=GAME),  # how a generator is trained makes no difference
        dict(bound=GAME, game=BOUND),
        dict(bound=lambda seed, steps: trained_by_the_bound(seed, 300, without_kl), game=GAME),
        dict(bound=lambda seed, steps: trained_by_the_bound(seed, 1), game=GAME),
        dict(bound=BOUND, game=lambda seed, steps: trained_by_the_game(seed, 1)),
        dict(bound=BOUND, game=GAME, drawing=never_drawn),
    ],
}
