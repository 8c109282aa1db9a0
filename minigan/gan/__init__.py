"""Games between a generator and a discriminator: losses, the optimal discriminator, one step, and training.

`optimal` D* = p_data / (p_data + p_model) · `games` the two losses · `step` one update as a pure function · `door` what is
checked before the first · `learner` what `minigan.training` trains · `fit` all of it in one call · `penalties` on the
discriminator's gradient · `smoothing` of labels · `feature_matching` · `two_players` a GAN as a game of
`minigan.dynamics` · `pushforward` exact densities of one-dimensional generators · `batch_correlation` of samples that
share batch statistics.
"""

from ..training import Diverged, load_checkpoint, save_checkpoint
from .batch_correlation import Sensitivity, sensitivity_to_batch, variance_from_batch
from .f_gan import f_gan, implied_divergence, trainable_f_gan
from .feature_matching import feature_matching
from .fit import Fit, fit
from .games import (
    GAMES,
    Game,
    discriminator_loss,
    hinge,
    least_squares,
    minimax,
    non_saturating,
    relativistic_pairing,
    wgan,
    wgan_gp,
)
from .learner import gan_learner
from .optimal import optimal_discriminator, optimal_logit
from .penalties import Penalty, gradient_penalty, r1, r2, scheduled
from .pushforward import Pushforward, affine_density
from .smoothing import label_smoothing, smoothed_discriminator
from .step import Players, State, initial_state, make_step
from .two_players import two_player_game

__all__ = [
    "GAMES",
    "Diverged",
    "Fit",
    "Game",
    "Penalty",
    "Players",
    "Pushforward",
    "Sensitivity",
    "State",
    "affine_density",
    "discriminator_loss",
    "f_gan",
    "feature_matching",
    "fit",
    "gan_learner",
    "gradient_penalty",
    "hinge",
    "implied_divergence",
    "initial_state",
    "label_smoothing",
    "least_squares",
    "load_checkpoint",
    "make_step",
    "minimax",
    "non_saturating",
    "optimal_discriminator",
    "optimal_logit",
    "r1",
    "r2",
    "relativistic_pairing",
    "save_checkpoint",
    "scheduled",
    "sensitivity_to_batch",
    "smoothed_discriminator",
    "trainable_f_gan",
    "two_player_game",
    "variance_from_batch",
    "wgan",
    "wgan_gp",
]
