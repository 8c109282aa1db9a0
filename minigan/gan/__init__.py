"""Games between a generator and a discriminator: losses, the optimal discriminator, one step, and the training loop.

`optimal` D* = p_data / (p_data + p_model) · `games` the two losses · `step` one update as a pure function · `fit` the
loop with its progress bar and guard · `pushforward` exact densities of one-dimensional generators · `checkpoint`.
"""

from .checkpoint import load_checkpoint, save_checkpoint
from .f_gan import f_gan, implied_divergence, trainable_f_gan
from .fit import Fit, fit
from .games import GAMES, Game, discriminator_loss, minimax, non_saturating
from .guard import Diverged
from .optimal import optimal_discriminator, optimal_logit
from .pushforward import Pushforward, affine_density
from .step import Players, State, initial_state, make_step

__all__ = [
    "GAMES",
    "Diverged",
    "Fit",
    "Game",
    "Players",
    "Pushforward",
    "State",
    "affine_density",
    "discriminator_loss",
    "f_gan",
    "fit",
    "implied_divergence",
    "initial_state",
    "load_checkpoint",
    "make_step",
    "minimax",
    "non_saturating",
    "optimal_discriminator",
    "optimal_logit",
    "save_checkpoint",
    "trainable_f_gan",
]
